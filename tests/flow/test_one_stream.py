"""GitHub's runner reads the two streams in no defined order: whatever the order, nothing foreign is obeyed (S2, S3)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from github_runner.commands import CommandReader
from github_runner.masking import Masker
from scan_repository import git
from story import PASSING

FORGED = "::error title=forged::forged"
OLD = "##[error]forged"
GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}
ORDERS = ("stdout first", "stderr first")
# What a command's own code, a C library or a child process may write past Python's streams.
LOW_LEVEL = f"""
import faulthandler, os, sys, subprocess
from k6ci import cli
from k6ci.commands import check
def broken(*_):
    os.write(1, b"{FORGED} 1\\n")
    os.write(2, b"{FORGED} 2\\n")
    child = "import os; os.write(1, b'{FORGED} 3\\\\n'); os.write(2, b'{FORGED} 4\\\\n')"
    subprocess.run([sys.executable, "-c", child])
    faulthandler.enable()
    import warnings; warnings.warn("{FORGED} 5")
    raise RuntimeError("a\\n{FORGED}\\n{OLD}")
check.resolve = broken
sys.exit(cli.main(sys.argv[1:]))
"""


def heard(done: subprocess.CompletedProcess[str], order: str) -> tuple[CommandReader, list[str]]:
    """What the runner makes of a step's two streams, and the lines that it shows."""
    reader = CommandReader(Masker())
    streams = [done.stdout, done.stderr] if order == "stdout first" else [done.stderr, done.stdout]
    shown = [reader.feed(line) for text in streams for line in text.split("\n")]
    return reader, [line for line in shown if line is not None]


def on_github(folder, environ, *argv, code=None):
    program = ["-c", code] if code else ["-m", "k6ci"]
    return subprocess.run(
        [sys.executable, *program, *map(str, argv)],
        cwd=folder,
        env={"PYTHONPATH": os.pathsep.join(sys.path), **environ, **GITHUB},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        timeout=60,
    )


def own_annotations(reader: CommandReader) -> list[str]:
    assert not reader.is_stopped, "the fence is ended"
    return [note.properties.get("title", "") for note in reader.annotations]


@pytest.mark.parametrize("argv", [("check", "a.js"), ("doctor",), ("whoami",), ("nope",), ("doctor", "--json")])
def test_s2_the_masks_come_first_in_the_stream_of_the_fence(k6ci, emulator, argv):
    k6ci.write(a=PASSING)
    done = on_github(k6ci.folder, k6ci.environ(emulator), *argv)
    for order in ORDERS:
        reader, shown = heard(done, order)
        assert own_annotations(reader) == []
        assert emulator.token not in "\n".join(shown)
        fenced = done.stderr if "--json" in argv else done.stdout
        assert fenced.split("\n")[0] == f"::add-mask::{emulator.token}"
        assert re.fullmatch("::stop-commands::[0-9a-f]{32}", fenced.split("\n")[1])
        assert "--json" in argv or done.stderr == ""


def test_s2_a_token_of_several_lines_is_masked_line_by_line(k6ci, emulator):
    lines = ["first-line-of-it", "second-line-of-it"]
    done = on_github(k6ci.folder, k6ci.environ(emulator, K6_CLOUD_TOKEN="\n".join(lines)), "check")
    for order in ORDERS:
        _, shown = heard(done, order)
        assert done.returncode != 0
        assert not [line for line in lines if line in "\n".join(shown)]


def test_s2_a_program_behind_standard_output_gets_no_mask(k6ci, emulator):
    """`| tee`: the file may become an artifact. The fence goes through the program to the runner."""
    k6ci.write(a=PASSING)
    line = f'"{sys.executable}" -m k6ci check a.js | tee kept; exit 0'
    environ = {**k6ci.environ(emulator), **GITHUB}
    done = subprocess.run(
        ["bash", "-c", line], cwd=k6ci.folder, env=environ, capture_output=True, text=True, check=True
    )
    assert emulator.token not in (k6ci.folder / "kept").read_text(encoding="utf-8")
    assert done.stdout.startswith("::stop-commands::")
    assert done.stderr == f"::add-mask::{emulator.token}\n"


def bad_script(k6ci):
    k6ci.write(bad=f"throw new Error('x\\n{FORGED}\\n{OLD}\\r{FORGED}');")
    return ("check", "bad.js")


def no_such_script(k6ci):
    return ("check", f"none\n{FORGED}\n{OLD}.js")


def no_such_option(k6ci):
    return ("run", f"--none\n{FORGED}")


def no_such_run_file(k6ci):
    return ("abort", f"none\n{FORGED}\n{OLD}")


def forged_settings(k6ci):
    (k6ci.folder / "k6ci.toml").write_text(f'"a\\n{FORGED}\\n{OLD}" = 1\n', encoding="utf-8")
    return ("run", "a.js")


def run_of_a_bad_script(k6ci):
    return ("run", *bad_script(k6ci)[1:])


@pytest.mark.parametrize(
    "attack", [bad_script, no_such_script, no_such_option, no_such_run_file, forged_settings, run_of_a_bad_script]
)
def test_s3_foreign_text_in_errors_forges_no_command(k6ci, emulator, attack):
    argv = attack(k6ci)
    done = on_github(k6ci.folder, k6ci.environ(emulator), *argv)
    assert done.returncode in (2, 10, 15, 16), done.stdout
    for order in ORDERS:
        reader, shown = heard(done, order)
        assert [title for title in own_annotations(reader) if not title.startswith("k6 load test: ")] == []
        assert not [line for line in shown if line.lstrip().startswith(("::error", "##[error]forged"))]


def test_s3_what_is_written_past_pythons_streams_is_fenced_too(k6ci, emulator):
    """Fake: a command that writes to the descriptors, warns, and has a bug with foreign text in it."""
    done = on_github(k6ci.folder, k6ci.environ(emulator), "check", code=LOW_LEVEL)
    assert done.returncode == 70
    for order in ORDERS:
        reader, _ = heard(done, order)
        assert own_annotations(reader) == ["k6 load test: error (exit code 70)"]
        assert all(any(f"{FORGED} {number}" in line for line in reader.stopped_lines) for number in range(1, 6))


def test_s3_a_document_for_a_program_holds_no_command(k6ci, emulator):
    """It is not in the fence, which would spoil it: `##[` is found anywhere in a line."""
    environ = k6ci.environ(emulator, GITHUB_REF=f"a {OLD}\n{FORGED}\u2028x")
    done = on_github(k6ci.folder, environ, "doctor", "--json")
    for order in ORDERS:
        reader, _ = heard(done, order)
        assert own_annotations(reader) == []
        items = {item["name"]: item["text"] for item in json.loads(done.stdout)["items"]}
        assert OLD in items["GITHUB_REF"]


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("--all",),
        ("--ci",),
        ("--format", "json"),
        ("--form", "sarif"),
        ("--nope\n" + FORGED,),
        (f"none\n{FORGED}",),
    ],
)
def test_s3_scan_names_of_files_forge_no_command(repository, argv):
    for name in (f"a\n{FORGED}\nb.env", f"{FORGED}.env", f"{OLD}.env", f"big\r{FORGED}.bin"):
        (repository / name.replace("/", "_")).write_bytes(b"\0\1\2" if name.endswith("bin") else b"A=1\n")
    secret = "".join(["glsa", "_", "Zx9" * 10, "aB", "_", "0123abcd"])
    (repository / f"leak\n{FORGED}.env").write_text(f"TOKEN={secret}\n", encoding="utf-8")
    git("add", "--all", cwd=repository)
    git("commit", "--quiet", "--message", FORGED, cwd=repository)
    done = on_github(repository, {**os.environ, "K6CI_REPORT_DIR": "out"}, "scan", *argv)
    assert done.returncode in (1, 2, 3, 10), done.stdout + done.stderr
    for order in ORDERS:
        reader, shown = heard(done, order)
        assert [title for title in own_annotations(reader) if not title.startswith("k6ci")] == []
        assert not [line for line in shown if line.lstrip().startswith(("::error", "##[error]forged"))]
        assert secret not in "\n".join(shown)


def test_s3_nothing_is_written_after_the_fence_but_our_own_annotation(k6ci, emulator):
    """Not even what Python complains about at its end."""
    code = """
import sys
from k6ci import cli
class Late:
    def __del__(self):
        raise RuntimeError("late")
late = Late()
sys.exit(cli.main(sys.argv[1:]))
"""
    done = on_github(k6ci.folder, k6ci.environ(emulator, K6_CLOUD_TOKEN=""), "check", code=code)
    lines = done.stdout.rstrip("\n").split("\n")
    word = re.fullmatch("::stop-commands::([0-9a-f]{32})", lines[0])[1]
    assert lines[lines.index(f"::{word}::") + 1 :] == [lines[-1]]
    assert lines[-1].startswith("::error title=k6 load test%3A error (exit code 11)::")
    assert done.stderr == ""


@pytest.mark.parametrize("command", [("check", "a.js"), ("doctor",), ("run", "a.js"), ("abort",), ("whoami",)])
def test_a_deleted_working_directory_is_10_with_its_cause(k6ci, emulator, command):
    line = f'mkdir gone && cd gone && rmdir ../gone && exec "{sys.executable}" -m k6ci {" ".join(command)}'
    done = subprocess.run(
        ["sh", "-c", line], cwd=k6ci.folder, env=k6ci.environ(emulator), capture_output=True, text=True, check=False
    )
    assert done.returncode == 10, done.stderr
    assert "The working directory cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
