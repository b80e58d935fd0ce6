"""Inputs: precedence, provenance, and the error of each malformed form."""

from __future__ import annotations

import json
import pathlib
import types
import typing

import pytest

from k6ci.errors import ExitCode
from k6ci.settings.catalogue import BY_NAME, FIELDS, INPUTS, Face, Inputs, Kind
from k6ci.settings.parse import parse
from k6ci.settings.provenance import Rank
from k6ci.settings.resolve import resolve, with_script
from k6ci.settings.stack import Stack


def config_file(home: pathlib.Path, **cloud: object) -> pathlib.Path:
    path = home / ".config" / "k6" / "config.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"collectors": {"cloud": cloud}}))
    return path


def test_flag_beats_environment_beats_file_beats_config_beats_default(tmp_path):
    """The precedence of the design, one source taken away after the other."""
    config_file(tmp_path, projectID=4)
    (tmp_path / "k6ci.toml").write_text("project-id = 3\n")
    environ = {"HOME": str(tmp_path), "K6CI_PROJECT_ID": "1", "K6_CLOUD_PROJECT_ID": "2"}

    def project(flags, environ):
        found = resolve(flags, environ, tmp_path, system="linux").project
        return found.value, found.rank

    assert project({"project-id": "7"}, environ) == (7, Rank.FLAG)
    assert project({}, environ) == (1, Rank.ENVIRONMENT)
    del environ["K6CI_PROJECT_ID"]
    assert project({}, environ) == (2, Rank.ENVIRONMENT)
    del environ["K6_CLOUD_PROJECT_ID"]
    assert project({}, environ) == (3, Rank.FILE)
    (tmp_path / "k6ci.toml").unlink()
    assert project({}, environ) == (4, Rank.CONFIG)


def test_the_script_outranks_the_config_file_and_nothing_stronger(tmp_path):
    """`options.cloud` stands between k6ci.toml and k6's config file."""
    config_file(tmp_path, projectID=4, stackURL="https://config.grafana.net")
    settings = resolve({}, {"HOME": str(tmp_path)}, tmp_path, system="linux")
    ours = with_script(settings, {"projectID": 5, "stackID": 6}, "a.js")
    assert (ours.project.value, ours.stack.value) == (5, Stack(number=6))
    assert ours.project.source == "options.cloud.projectID of a.js"
    stronger = resolve({}, {"HOME": str(tmp_path), "K6CI_PROJECT_ID": "9"}, tmp_path, system="linux")
    assert with_script(stronger, {"projectID": 5}, "a.js").project.value == 9


def test_an_empty_variable_counts_as_unset_and_is_noted(tmp_path):
    """CI systems hand over empty strings; k6's own variable is worth a word, ours (an unset input) is not."""
    settings = resolve({}, {"K6_CLOUD_PROJECT_ID": " ", "K6CI_STACK": ""}, tmp_path)
    assert settings.project is None
    assert settings.notes == ("environment variable K6_CLOUD_PROJECT_ID is set but empty: counted as unset.",)


def test_an_empty_secret_in_ci_is_never_a_reason_to_look_further(tmp_path):
    """Without CI the config file is asked next; in CI an empty secret is a missing secret."""
    config_file(tmp_path, token="from-the-config-file")
    environ = {"HOME": str(tmp_path), "K6_CLOUD_TOKEN": ""}
    local = resolve({}, environ, tmp_path, system="linux")
    assert local.token.value.get_secret_value() == "from-the-config-file"
    in_ci = resolve({}, environ | {"CI": "true"}, tmp_path, system="linux")
    assert in_ci.token is None
    assert in_ci.empty_secret == "environment variable K6_CLOUD_TOKEN"


def test_a_stored_token_is_not_sent_to_a_loopback_origin(tmp_path):
    """An emulator gets a token only from who asks for it."""
    config_file(tmp_path, token="from-the-config-file")
    environ = {"HOME": str(tmp_path), "K6_CLOUD_HOST_V6": "http://127.0.0.1:1"}
    settings = resolve({}, environ, tmp_path, system="linux")
    assert settings.token is None
    assert "is not sent to an emulator" in settings.notes[0]


@pytest.mark.parametrize("key", ["token", "host", "logs-tail-url", "k6-path", "config", "proxy", "target"])
def test_the_file_that_pull_requests_edit_sets_nothing_that_redirects(tmp_path, key):
    """k6ci.toml may set neither token, hosts, k6 path nor proxy."""
    (tmp_path / "k6ci.toml").write_text(f'{key} = "x"\n')
    (problem,) = resolve({}, {}, tmp_path).problems
    assert problem.code is ExitCode.SETTINGS
    assert f"k6ci.toml sets {key}" in problem.cause
    assert "Remove the key" in problem.remedy


def test_an_unknown_key_gets_a_suggestion(tmp_path):
    """A typo in k6ci.toml is not silently without effect."""
    (tmp_path / "k6ci.toml").write_text("projct-id = 1\n")
    (problem,) = resolve({}, {}, tmp_path).problems
    assert "unknown key 'projct-id'" in problem.cause
    assert "Did you mean project-id?" in problem.remedy


@pytest.mark.parametrize("content", ["= 1", "a = \n", "\x00"])
def test_a_broken_file_is_a_problem_with_its_name(tmp_path, content):
    """TOML that cannot be read names the file."""
    (tmp_path / "k6ci.toml").write_text(content)
    (problem,) = resolve({}, {}, tmp_path).problems
    assert "k6ci.toml is not TOML" in problem.cause


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    """A folder in the place of k6ci.toml."""
    (tmp_path / "k6ci.toml").mkdir()
    (problem,) = resolve({}, {}, tmp_path).problems
    assert "cannot be read" in problem.cause


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
