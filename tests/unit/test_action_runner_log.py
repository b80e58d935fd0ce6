"""The stand-in runner's log: workflow commands, masks, the five files, and what fails a step."""

from __future__ import annotations

import base64
import secrets

import pytest

from github_runner import NotModelledError
from github_runner.commands import CommandError, CommandReader
from github_runner.files import FileCommandError, parse_pairs, read_summary
from github_runner.masking import Masker


@pytest.fixture
def reader():
    return CommandReader(Masker())


def test_an_annotation_is_unescaped_and_kept(reader):
    shown = reader.feed("  ::error file=a%2Cb.js,line=3,title=x%3Ay::50%25 of it%0Anext")
    (note,) = reader.annotations
    assert (note.level, note.message) == ("error", "50% of it\nnext")
    assert note.properties == {"file": "a,b.js", "line": "3", "title": "x:y"}
    assert shown == "##[error]50% of it\nnext"


def test_the_old_form_is_found_in_the_middle_of_a_line(reader):
    """Output of a k6 script can forge it without a line of its own."""
    reader.feed('time="now" msg="##[warning]forged" source=console')
    assert [note.level for note in reader.annotations] == ["warning"]


def test_between_stop_and_token_nothing_is_a_command(reader):
    token = secrets.token_hex(16)
    reader.feed(f"::stop-commands::{token}")
    assert reader.feed("::error::forged") == "::error::forged"
    assert reader.feed("##[add-mask]k6 ") == "##[add-mask]k6 "
    assert reader.is_stopped
    reader.feed(f"::{token}::")
    reader.feed("::notice::real")
    assert [note.message for note in reader.annotations] == ["real"]
    assert reader.stopped_lines == ["::error::forged", "##[add-mask]k6 "]


@pytest.mark.parametrize("token", ["", "error", "pause-logging"])
def test_a_stop_token_that_could_be_guessed_is_refused(reader, token):
    with pytest.raises(CommandError):
        reader.feed(f"::stop-commands::{token}")


@pytest.mark.parametrize(
    "line", ["::set-output name=a::b", "::eror::typo", "::error colour=red::x", "::add-matcher::m"]
)
def test_a_command_that_is_not_modelled_raises(reader, line):
    """The real runner prints a misspelt command and goes on, so nobody would notice."""
    with pytest.raises(NotModelledError):
        reader.feed(line)


def test_a_masked_value_is_hidden_in_every_form_that_the_runner_knows():
    secret = f'{secrets.token_hex(8)}"&<{secrets.token_hex(8)}'
    masker = Masker([secret])
    forms = [
        secret,
        base64.b64encode(secret.encode()).decode(),
        base64.b64encode(secret.encode()[1:]).decode(),
        secret.replace('"', '\\"'),
        secret.replace('"', "%22").replace("&", "%26").replace("<", "%3C"),
        secret.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;"),
    ]
    assert [masker.hide(f"x {form} y") for form in forms] == ["x *** y"] * len(forms)
    assert masker.hide(secret.encode().hex()) == secret.encode().hex(), "not one of them: the runner does not know hex"


def test_a_mask_of_several_lines_hides_each_of_them(reader):
    first, second = secrets.token_hex(8), secrets.token_hex(8)
    assert reader.feed(f"::add-mask::{first}%0A{second}") is None
    assert reader.feed(f"a {second} b {first}") == "a *** b ***"


def test_an_empty_mask_is_a_warning(reader):
    reader.feed("::add-mask::")
    assert [note.level for note in reader.annotations] == ["warning"]


def test_pairs_and_heredocs_are_read():
    text = "a=1<<2\nb<<END\nline=1\n\nline 2\nEND\nc<<E=F\nx\nE=F\nd=\n"
    assert parse_pairs(text) == {"a": "1<<2", "b": "line=1\n\nline 2", "c": "x", "d": ""}


@pytest.mark.parametrize("text", ["no pair", "=value", "a<<END\nnever closed", "a<<\nx\n"])
def test_a_file_that_the_runner_cannot_read_fails(text):
    with pytest.raises(FileCommandError):
        parse_pairs(text)


def test_a_summary_over_the_limit_vanishes(tmp_path):
    summary = tmp_path / "summary"
    summary.write_bytes(b"x" * (1024 * 1024))
    assert len(read_summary(summary)) == 1024 * 1024
    summary.write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(FileCommandError, match="1024k"):
        read_summary(summary)
