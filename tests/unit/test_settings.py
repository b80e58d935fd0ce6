"""Inputs: precedence, provenance, and the error of each malformed form."""

from __future__ import annotations

import json
import pathlib

import pytest

from k6ci.errors import ExitCode
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
