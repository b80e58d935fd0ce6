"""Variables that reach k6, and what it does with the words of flags: read as k6 reads them."""

from __future__ import annotations

import pathlib

import pytest

from k6ci.k6.commandline import refusal
from k6ci.k6.flags import variables_in
from k6ci.k6.variables import inspection_environment, k6_environment, refused_variables, withheld_variables

HOME = pathlib.Path("/nowhere")


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
