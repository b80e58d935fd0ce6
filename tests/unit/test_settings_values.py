"""The values of inputs: which forms are accepted, and how malformed ones are reported."""

from __future__ import annotations

import types
import typing

import pytest

from k6ci.errors import ExitCode
from k6ci.settings.catalogue import BY_NAME, FIELDS, INPUTS, Face, Inputs, Kind
from k6ci.settings.parse import parse
from k6ci.settings.resolve import resolve
from k6ci.settings.stack import Stack


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("project-id", "abc", "'abc' is not a positive whole number"),
        ("project-id", "0", "'0' is not a positive whole number"),
        ("project-id", "-3", "'-3' is not a positive whole number"),
        ("project-id", "1.5", "'1.5' is not a positive whole number"),
        ("project-id", "\u0662", "is not a positive whole number"),
        ("stack", "not a stack", "neither a number, a slug nor an https URL"),
        ("stack", "http://acme.grafana.net", "neither a number, a slug nor an https URL"),
        ("stack", "99999999999", "is not a stack number"),
        ("timeout", "5", "has no unit"),
        ("timeout", "5 minutes", "is not a duration"),
        ("timeout", "0s", "is not longer than zero"),
        ("flags", "--tag 'a", "cannot be split into words"),
        ("env", "A", "item 1 has no '='"),
        ("env", "1A=2", "item 1: the part before '=' is not a variable name"),
        ("allow-no-samples", "maybe", "is not true or false"),
        ("target", "moon", "'moon' is not one of cloud, emulator"),
        ("k6-path", "a\0b", "NUL byte"),
    ],
)
def test_each_malformed_input_names_itself_its_source_and_the_accepted_form(tmp_path, name, raw, said):
    """One sentence on the cause, one on the remedy."""
    (problem,) = resolve({name: raw}, {}, tmp_path).problems
    assert problem.code is ExitCode.SETTINGS
    assert problem.cause.startswith(f"{name}: ")
    assert said in problem.cause
    assert f"(from --{name})" in problem.cause
    assert problem.remedy == f"Give {BY_NAME[name].accepted}."


@pytest.mark.parametrize(
    ("variable", "raw", "said"),
    [
        ("K6_CLOUD_HOST_V6", "http://api.k6.io", "in plain text to another machine"),
        ("K6_CLOUD_HOST_V6", "api.k6.io", "is not a valid URL for this input"),
        ("K6_CLOUD_HOST_V6", "https://user:word@api.k6.io", "contains a user name or password"),
        ("K6_CLOUD_LOGS_TAIL_URL", "ws://cloudlogs.k6.io", "in plain text to another machine"),
    ],
)
def test_a_token_goes_in_plain_text_to_loopback_only(tmp_path, variable, raw, said):
    """Promise 3, at the first possible moment."""
    (problem,) = resolve({}, {variable: raw}, tmp_path).problems
    assert said in problem.cause
    assert f"(from environment variable {variable})" in problem.cause


def test_all_malformed_inputs_are_reported_together(tmp_path):
    """Nobody wants to mend one a run."""
    settings = resolve({"project-id": "x", "timeout": "y"}, {"K6CI_ENV": "z"}, tmp_path)
    assert settings.malformed == {"project-id", "timeout", "env"}
    assert len(settings.problems) == 3


@pytest.mark.parametrize(
    ("raw", "stack"),
    [
        ("12345", Stack(number=12345)),
        (12345, Stack(number=12345)),
        (" acme ", Stack(url="https://acme.grafana.net")),
        ("ACME", Stack(url="https://acme.grafana.net")),
        ("https://acme.grafana.net/a/k6-app", Stack(url="https://acme.grafana.net")),
        ("acme.grafana.net", Stack(url="https://acme.grafana.net")),
        ("https://k6.example.org", Stack(url="https://k6.example.org")),
    ],
)
def test_a_stack_is_named_by_number_slug_or_url(raw, stack):
    """All three are what people copy."""
    assert parse(BY_NAME["stack"], raw) == stack


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("500ms", 0.5), ("1.5m", 90), (" 2d ", 172800)]
)
def test_durations_are_those_of_k6(text, seconds):
    """k6's notation, with its unit."""
    assert parse(BY_NAME["timeout"], text).total_seconds() == seconds


def test_lists_come_as_lists_or_as_one_string(tmp_path):
    """`-e` and flags as lists, or one string split as a shell does; scripts one a line."""
    (tmp_path / "k6ci.toml").write_text('flags = ["--tag", "a=b c"]\nscript = ["x.js"]\n[env]\nA = "1 2"\n')
    from_file = resolve({}, {}, tmp_path)
    assert from_file.flags == ("--tag", "a=b c")
    assert from_file.scripts == ("x.js",)
    assert from_file.variables == ("A=1 2",)
    environ = {"K6CI_FLAGS": "--tag 'a=b c'", "K6CI_SCRIPT": "a.js\n\n b.js \n", "K6CI_ENV": "A='1 2'\nB=3"}
    from_environment = resolve({}, environ, tmp_path)
    assert from_environment.flags == ("--tag", "a=b c")
    assert from_environment.scripts == ("a.js", "b.js")
    assert from_environment.variables == ("A='1 2'", "B=3")


@pytest.mark.parametrize(
    ("key", "value"), [("flags", "1"), ("script", "[1]"), ("project-id", "true"), ("stack", "true")]
)
def test_a_value_of_another_type_is_malformed(tmp_path, key, value):
    """TOML has types; a wrong one is told, not coerced."""
    (tmp_path / "k6ci.toml").write_text(f"{key} = {value}\n")
    (problem,) = resolve({}, {}, tmp_path).problems
    assert problem.cause.startswith(f"{key}: ")
    assert f"k6ci.toml, key {key}" in problem.cause


def test_settings_never_show_a_secret(tmp_path):
    """repr is what lands in a traceback."""
    value = "t" * 20
    settings = resolve({"env": [f"API_TOKEN={value}"]}, {"K6_CLOUD_TOKEN": value}, tmp_path)
    assert value not in repr(settings)


def test_every_input_has_a_face_and_an_accepted_form():
    """The catalogue is whole."""
    assert len(BY_NAME) == len(INPUTS)
    for entry in INPUTS:
        assert entry.faces
        assert entry.help
        assert entry.accepted
        assert not (entry.secret and Face.CLI in entry.faces)


SAMPLES = {
    Kind.TEXT: "a text",
    Kind.PATH: "a/path",
    Kind.URL: "https://api.example.com",
    Kind.SHA256: "0" * 64,
    Kind.SWITCH: "true",
    Kind.PROJECT: "7",
    Kind.STACK: "acme",
    Kind.DURATION: "9m",
    Kind.WAIT: "0s",
    Kind.COUNT: "7",
    Kind.AMOUNT: "7",
    Kind.SHARE: "95%",
    Kind.LINES: "a.js",
    Kind.WORDS: "--vus 10",
    Kind.ASSIGNMENTS: "A=1",
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_value_has_the_type_that_its_field_declares(tmp_path, field):
    """The parser follows from the kind, and the type is written beside it: both must say the same."""
    entry = FIELDS[field]
    settings = resolve({entry.name: entry.default or SAMPLES[entry.kind]}, {}, tmp_path)
    value, declared = getattr(settings, field), typing.get_type_hints(Inputs)[field]
    if types.NoneType in typing.get_args(declared):
        declared, _ = typing.get_args(declared)
    assert isinstance(value, typing.get_origin(declared) or declared)
    if entry.config_keys:
        assert isinstance(value.value, typing.get_args(declared)[0])
