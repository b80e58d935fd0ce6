"""S1, W6: flags as k6 reads them, against the list of those that describe the load."""

from __future__ import annotations

import re
import subprocess

import pytest

from binaries import wheel
from k6ci.errors import SettingsError
from k6ci.k6.flags import Flag, check_flags

READ = [
        (["--vus", "5"], [("vus", "5")]),
        (["--vus=5"], [("vus", "5")]),
        (["-u5"], [("vus", "5")]),
        (["-u=5"], [("vus", "5")]),
        (["-u", "5", "-d=10s"], [("vus", "5"), ("duration", "10s")]),
        (["-wu5"], [("throw", "true"), ("vus", "5")]),
        (["-w=false"], [("throw", "false")]),
        (["-wi", "3"], [("throw", "true"), ("iterations", "3")]),
        (["--no-setup", "--http-debug"], [("no-setup", "true"), ("http-debug", "headers")]),
        (["--http-debug=full"], [("http-debug", "full")]),
        (["--tag", "--out=x"], [("tag", "--out=x")]),
        (["-s", "1s:2", "--stage=2s:3"], [("stage", "1s:2"), ("stage", "2s:3")]),
        (["-e", "A=b", "-eB=c"], [("env", "A=b"), ("env", "B=c")]),
        (["-e=C=d", "--env=D=e"], [("env", "C=d"), ("env", "D=e")]),
        (["--tag="], [("tag", "")]),
        ([], []),
    ]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), READ)
def test_s1_flags_are_read_as_k6_reads_them(words, expected):
    assert check_flags(words) == tuple(Flag(name, value) for name, value in expected)


@pytest.mark.parametrize("words", [words for words, _ in READ])
def test_s1_real_k6_reads_no_second_script_out_of_flags_that_pass(tmp_path, words):
    """It gets past the flags, and misses the one script that is not there."""
    argv = [wheel(), "archive", "-O", tmp_path / "a.tar", *words, "--", "missing.js"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "missing.js" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--console-output", "k6ci.py"],
        ["--console-output=x"],
        ["--log-output", "file=x"],
        ["--log-output=loki=http://127.0.0.1:1"],
        ["--log-format", "json"],
        ["--summary-export=x"],
        ["--out", "json=x"],
        ["-o", "json=x"],
        ["-ojson=x"],
        ["-wojson=x"],
        ["-wqOx"],
        ["-O", "x"],
        ["-wOx"],
        ["-c", "x"],
        ["--config=x"],
        ["-a", "127.0.0.1:6565"],
        ["--address=:6565"],
        ["--profiling-enabled"],
        ["--traces-output", "otel"],
        ["--secret-source=file=/etc/passwd"],
        ["--include-system-env-vars"],
        ["--include-system-env-vars=false"],
        ["--exclude-env-vars"],
        ["--no-thresholds"],
        ["--no-usage-report"],
        ["--paused"],
        ["-p"],
        ["-l"],
        ["-t", "archive"],
        ["--type=archive"],
        ["-v"],
        ["-q"],
        ["-h"],
        ["--help"],
    ],
)
def test_s1_what_writes_listens_connects_or_loads_is_refused_by_name(words):
    with pytest.raises(SettingsError, match=r"^flags: --?[\w-]+ is refused: "):
        check_flags(words)


@pytest.mark.parametrize(
    "words",
    [
        ["--vu", "5"],  # pflag knows no abbreviations, and neither do we
        ["--VUS", "5"],
        ["--console-outpu", "x"],
        ["--web-dashboard"],
        ["-x"],
        ["-"],
        ["other.js"],
        ["--no-setup", "false"],  # k6 takes `false` for a script
        ["--", "other.js"],
        ["---vus"],
        ["--=5"],
        ["--"],
        ["-u5", "x"],
        [""],
        ["-=5"],
        ["--vus\n--out=x"],
    ],
)
def test_s1_what_is_not_known_is_refused(words):
    with pytest.raises(SettingsError, match=r"^flags: "):
        check_flags(words)


@pytest.mark.parametrize("word", ["--vus", "-u", "--env", "-e", "--tag", "-wu"])
def test_s1_a_flag_without_its_value_takes_no_word_of_ours(word):
    """Behind the user's flags k6ci writes `-e ... -- script`, which a last flag would swallow."""
    with pytest.raises(SettingsError, match="needs a value"):
        check_flags([word])


def test_s1_every_flag_of_real_k6_is_allowed_or_refused_by_name():
    """A new k6 brings new flags: they are unknown until somebody has looked at them; those of 1.1.0 were looked at."""
    for command in (["archive"], ["cloud", "run"], ["run"], ["inspect"]):
        text = subprocess.run([wheel(), *command, "--help"], capture_output=True, text=True, check=True).stdout
        for short, name in re.findall(r"^ +(?:-(\w), )?--([\w-]+)", text, re.MULTILINE):
            for words in ([f"--{name}", "x"], *([[f"-{short}", "x"]] if short else [])):
                assert "unknown" not in _cause(words) or name == "execution-requirements", (command, words)


def _cause(words: list[str]) -> str:
    try:
        check_flags(words)
    except SettingsError as error:
        return error.cause
    return ""
