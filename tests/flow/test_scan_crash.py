"""A crash of the scan is 70, never 1, which is findings; and nothing of what it read is shown."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys

import pytest

from examples import pairs

# Breaks one function of k6ci and then runs the command line as it is: a real fault in a real process.
RUNNER = """
import sys
from unittest import mock
place, fault = sys.argv[1:3]
del sys.argv[1:3]

def recurse(text):
    return recurse(text) + recurse(text)

def broken(*arguments, **named):
    held = repr(arguments)
    if fault == "value":
        raise ValueError("cannot read " + held)
    if fault == "recursion":
        recurse(held)
    if fault == "memory":
        raise MemoryError
    if fault == "group":
        raise ExceptionGroup("several", [KeyError(held)])
    if fault == "exit":
        raise SystemExit("cannot read " + held)
    if fault == "system":
        raise OSError(28, "No space left on device", held)
    if fault == "killed":
        import os, signal
        os.kill(os.getpid(), signal.SIGSEGV)

from k6ci.__main__ import main
with mock.patch(place, broken):
    main()
"""
FAULTS = {
    "value": "ValueError",
    "recursion": "RecursionError",
    "memory": "MemoryError",
    "group": "KeyError",
    "exit": "SystemExit",
    "system": "OSError (No space left on device)",
}
IN_THE_SCAN = "k6ci.secretscan.file_scan.hit_lines"


def scan(folder, place, fault, *argv, **environ):
    """`k6ci scan` with a function that fails."""
    return subprocess.run(
        [sys.executable, "-c", RUNNER, place, fault, "scan", *argv],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.fixture
def held(tmp_path):
    """A secret that the files hold."""
    value = secrets.token_hex(16)
    for number in range(400):  # more than one process takes by itself
        (tmp_path / f"f{number}.env").write_text(f"K6_CLOUD_TOKEN={value}\n" + "# filled\n" * 700)
    return value


def expect_70(done, kind, held):
    assert done.returncode == 70, done.stdout + done.stderr
    assert f"A bug in k6ci: {kind} at " in done.stderr
    assert "issues" in done.stderr
    assert "Traceback" not in done.stderr
    assert held not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(("fault", "jobs"), pairs(list(FAULTS), ["1", "2", "8"]))
def test_k15_a_crash_in_a_detector_is_70_in_one_process_or_several(tmp_path, held, fault, jobs):
    expect_70(scan(tmp_path, IN_THE_SCAN, fault, ".", "--jobs", jobs), FAULTS[fault], held)


@pytest.mark.parametrize(
    ("place", "fault"),
    pairs(
        [
            "argparse.ArgumentParser.parse_args",
            "k6ci.secretscan.cli.scan_selected",
            "k6ci.secretscan.cli._code",
            "k6ci.secretscan.cli.render",
            "k6ci.secretscan.selection.scan_paths",
            "k6ci.secretscan.cli.reopen_closed",
            "k6ci.git.tracked_paths",
        ],
        ["value", "recursion", "memory"],
    ),
)
def test_k15_a_crash_anywhere_is_70(tmp_path, held, place, fault):
    argv = [] if place.startswith("k6ci.git") else ["."]
    if not argv:
        subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    expect_70(scan(tmp_path, place, fault, *argv), FAULTS[fault], held)


def test_a_process_that_dies_of_a_fault_is_70(tmp_path, held):
    """Not the first one, which the shell would see itself."""
    place = "k6ci.processes._answer"
    done = scan(tmp_path, place, "killed", ".", "--jobs", "2")
    assert done.returncode == 70, done.stderr
    assert "ended with -11" in done.stderr


@pytest.mark.parametrize("fault", ["value", "exit"])
def test_a_crash_in_ci_closes_the_fence_and_says_error(tmp_path, held, fault):
    """The annotation is a command again: after the fence; the outputs say error."""
    outputs = tmp_path / "outputs"
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    ci = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(outputs), "K6CI_MODE": "scan"}
    done = scan(tmp_path, "k6ci.secretscan.cli.scan_selected", fault, "--ci", **ci)
    assert done.returncode == 70, done.stdout + done.stderr
    opening, *said, closing, annotation = done.stdout.splitlines()
    assert said[0].startswith("k6ci: A bug in k6ci")
    assert closing == f"::{opening.removeprefix('::stop-commands::')}::"
    assert annotation.startswith("::error title=k6ci scan (exit code 70)::A bug in k6ci")
    assert "error" in outputs.read_text()
    assert held not in done.stdout + done.stderr + outputs.read_text()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_crash_with_a_stream_that_takes_nothing_is_70(tmp_path, held, stream):
    """A full disk, or a reader that has gone: neither hides the crash."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-c", RUNNER, IN_THE_SCAN, "value", "scan", "."],
            cwd=tmp_path,
            **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: full},
            timeout=280,
            check=False,
        )
    assert done.returncode == 70


def test_a_report_that_nothing_takes_is_no_finding_and_no_pass(tmp_path):
    """`k6ci scan > /dev/full`, with a finding: not 1, because nobody can have read it."""
    (tmp_path / "a.env").write_text(f"K6_CLOUD_TOKEN={secrets.token_hex(16)}\n")
    with open("/dev/full", "w") as full:  # noqa: PTH123
        argv = [sys.executable, "-m", "k6ci", "scan", "."]
        done = subprocess.run(argv, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 70
    assert "No space left on device" in done.stderr


def test_a_broken_installation_is_70(tmp_path):
    """A module of ours that cannot be loaded, before there is any command."""
    code = (
        "import sys; sys.modules['k6ci.secretscan.selection'] = None; sys.argv[1:] = ['scan', '.']\n"
        "from k6ci.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 70, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("argv", [["--no-such-option"], ["--jobs", "x"], ["--format", "x"], ["--staged", "--all"]])
def test_wrong_usage_is_still_2(tmp_path, argv):
    done = subprocess.run(
        [sys.executable, "-m", "k6ci", "scan", *argv], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2


def test_a_reader_that_has_gone_is_as_before(tmp_path):
    """`k6ci scan | head -0` with findings."""
    (tmp_path / "a.env").write_text("".join(f"K6_CLOUD_TOKEN={secrets.token_hex(16)}\n" for _ in range(3000)))
    with subprocess.Popen(
        [sys.executable, "-m", "k6ci", "scan", "."], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.wait(60) == 1
        assert b"Traceback" not in process.stderr.read()
