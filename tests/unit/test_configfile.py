"""k6's config file: where each k6 keeps it, and how it is read."""

from __future__ import annotations

import os
import pathlib

import pytest

from k6ci.errors import ExitCode, SettingsError
from k6ci.settings.configfile import default_config_path, legacy_config_path, read_config
from k6ci.settings.configwrite import prepare
from logins import store, write


@pytest.mark.parametrize(
    ("system", "environ", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.config"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support"),
        ("win32", {"APPDATA": "/a"}, "/a"),
        ("win32", {"AppData": "/a"}, "/a"),
        ("linux", {}, None),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": ""}, "/h/.config"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "x"}, None),
        ("linux", {"HOME": "h"}, None),
        ("darwin", {}, None),
        ("win32", {"HOME": "/h"}, None),
        ("win32", {}, None),
    ],
)
def test_both_generations_of_k6_have_their_place_on_every_system(system, environ, folder):
    """Go's os.UserConfigDir; k6 before 1.0 under `loadimpact`."""
    current, old = default_config_path(environ, system), legacy_config_path(environ, system)
    if folder is None:
        assert (current, old) == (None, None)
    else:
        assert current == pathlib.Path(folder) / "k6" / "config.json"
        assert old == pathlib.Path(folder) / "loadimpact" / "k6" / "config.json"


def make_folder(path):
    path.mkdir()


def make_pipe(path):
    os.mkfifo(path)


def make_broken(path):
    path.write_text('{"collectors": ')


def make_deep(path):
    path.write_text("[" * 100_000)


def make_huge(path):
    path.write_text(" " * (2**20 + 1))


def make_binary(path):
    path.write_bytes(b"\xff\xfe\x00\x01\xff")


BROKEN = [
    (make_folder, "it is a folder"),
    (make_pipe, "it is not a regular file"),
    (make_broken, "it is not JSON"),
    (make_deep, "it is not JSON"),
    (make_binary, "it is not JSON"),
    (make_huge, "it is larger than 1 MiB"),
]


@pytest.mark.parametrize(("make", "said"), BROKEN)
def test_a_file_that_is_none_is_told_and_never_waited_for(tmp_path, make, said):
    """A folder, a pipe without a writer, nonsense, endless nesting: one sentence each, code 10."""
    path = tmp_path / "config.json"
    make(path)
    for attempt in (lambda: read_config(path), lambda: prepare(path, is_own_folder=False), lambda: write(path)):
        with pytest.raises(SettingsError) as caught:
            attempt()
        assert said in caught.value.cause
        assert str(path) in caught.value.cause
        assert caught.value.code is ExitCode.SETTINGS


def test_no_file_is_no_error(tmp_path):
    """Neither is a file in the place of a folder on the way."""
    (tmp_path / "file").write_text("")
    assert read_config(tmp_path / "config.json") is None
    assert read_config(tmp_path / "file" / "config.json") is None


@pytest.mark.parametrize(("mode", "is_exposed"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_a_token_that_others_may_read_is_told(tmp_path, mode, is_exposed):
    """k6 before 2.1 writes 0644; a file without a token is nobody's business."""
    path = store(tmp_path / "config.json", mode, token="t" * 20)
    told = read_config(path).exposure
    assert bool(told) is is_exposed
    assert not is_exposed or f"chmod 600 {path}" in told
    assert read_config(store(tmp_path / "other.json", mode, token=None)).exposure is None
