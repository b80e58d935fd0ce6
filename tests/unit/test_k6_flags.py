"""S1, W6: flags as k6 reads them, against the list of those that describe the load."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from binaries import wheel
from k6ci.errors import SettingsError
from k6ci.k6.commandline import refusal
from k6ci.k6.flags import Flag, check_flags, variables_in
from k6ci.k6.variables import inspection_environment, k6_environment, refused_variables, withheld_variables

HOME = pathlib.Path("/nowhere")


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


def test_s1_variables_that_reach_k6_describe_the_load():
    given = dict.fromkeys(
        [
            "K6_VUS",
            "K6_DURATION",
            "K6_THRESHOLDS",
            "K6_CONSOLE_OUTPUT",
            "K6_LOG_OUTPUT",
            "K6_LOG_FORMAT",
            "K6_TYPE",
            "K6_OUT",
            "K6_ADDRESS",
            "K6_WEB_DASHBOARD",
            "K6_WEB_DASHBOARD_EXPORT",
            "K6_TRACES_OUTPUT",
            "K6_SECRET_SOURCE",
            "K6_PROFILING_ENABLED",
            "K6_LINGER",
            "K6_SUMMARY_EXPORT",
            "K6_CONFIG",
            "K6_CLOUD_TOKEN",
            "K6_TLSAUTH",
            "K6_EXT",
            "SSLKEYLOGFILE",
            "K6_PAUSED",
            "K6_NO_THRESHOLDS",
            "K6_INCLUDE_SYSTEM_ENV_VARS",
            "K6_SOMETHING_NEW",
            "GITHUB_TOKEN",
            "HOME",
        ],
        "x",
    )
    passed = {name for name, value in k6_environment(given, HOME).items() if value == "x"}
    assert passed == {"K6_VUS", "K6_DURATION", "K6_THRESHOLDS"}


def test_w10_nothing_that_changes_its_output_reaches_k6_inspect():
    """The archive has all options in it: a variable would even outrank a flag."""
    given = {"K6_VUS": "3", "K6_TYPE": "js", "K6_LOG_FORMAT": "json", "K6_LOG_OUTPUT": "stdout", "PATH": "/bin"}
    found = inspection_environment(given, HOME)
    assert found["PATH"] == "/bin"
    assert not set(given) - {"PATH"} & set(found)


@pytest.mark.parametrize("name", ["K6_INCLUDE_SYSTEM_ENV_VARS", "K6_NO_THRESHOLDS", "K6_PAUSED"])
@pytest.mark.parametrize(
    ("value", "count"), [("true", 1), ("1", 1), ("T", 1), (" yes", 1), ("false", 0), ("0", 0), ("", 0)]
)
def test_w13_a_variable_whose_effect_is_refused_is_a_problem(name, value, count):
    problems = refused_variables({name: value})
    assert len(problems) == count
    assert all(name in problem.cause for problem in problems)


def test_w13_a_variable_of_k6_without_effect_is_named():
    given = {
        "K6_OUT": "json",
        "K6_WEB_DASHBOARD": "true",
        "K6_VUS": "1",
        "K6_CLOUD_TOKEN": "t",
        "K6_TYPE": " ",
        "A": "b",
    }
    said = withheld_variables(given)
    assert said is not None
    assert said.startswith("Not passed to k6: K6_OUT, K6_WEB_DASHBOARD.")
    assert withheld_variables({"K6_VUS": "1", "K6_CONFIG": "x"}) is None


@pytest.mark.parametrize(
    ("given", "is_on", "service"),
    [
        ({}, False, None),
        ({"K6_AUTO_EXTENSION_RESOLUTION": "true"}, True, None),
        (
            {"K6_AUTO_EXTENSION_RESOLUTION": "1", "K6_BUILD_SERVICE_URL": "http://127.0.0.1:1"},
            True,
            "http://127.0.0.1:1",
        ),
        ({"K6_BUILD_SERVICE_URL": "http://127.0.0.1:1"}, True, "http://127.0.0.1:1"),
        ({"K6_AUTO_EXTENSION_RESOLUTION": "false", "K6_BUILD_SERVICE_URL": "http://127.0.0.1:1"}, False, None),
    ],
)
def test_w8_extension_resolution_is_what_the_user_says(given, is_on, service):
    for make in (k6_environment, inspection_environment):
        found = make({**given, "K6_CLOUD_TOKEN": "secret"}, HOME)
        assert found["K6_AUTO_EXTENSION_RESOLUTION"] == ("true" if is_on else "false")
        assert found.get("K6_BUILD_SERVICE_URL") == service
        assert "secret" not in found.values()


@pytest.mark.parametrize(
    "words",
    [["-e", "A=b"], ["-e=A=b"], ["-eA=b"], ["--env=A=b"], ["--env", "A=b"], ["-weA=b"], ["x", "-e", "A=b", "-u"]],
)
def test_w6_variables_in_flags_are_found_however_they_are_written(words):
    assert "A=b" in variables_in(words)


def test_k6s_words_are_read_as_go_wrote_them():
    said = r'time="x" level=error msg="one \"two\"\n\tthree \x1b[31m \u00e4 \\n" hint="script exception"'
    logged = 'time="x" level=error msg="not this" source=console'
    cause = refusal("a.js", 107, f"{said}\n{logged}\n").cause
    assert cause == 'k6 refuses a.js (exit code 107):\none "two"\n    three \x1b[31m \xe4 \\n'
