"""check: proves the set-up, tells all that is wrong at once, and starts nothing."""

from __future__ import annotations

import json
import os
import pathlib

import pytest

from story import PASSING


def test_check_proves_the_set_up_and_starts_nothing(k6ci, emulator):
    """Token, stack, project, k6 and scripts, each with where it came from."""
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--stack", "https://demo.grafana.net/", on=emulator)
    assert told.code == 0, told.text
    for part in ("(EMULATED)", "accepted (from environment variable K6_CLOUD_TOKEN)", "4711, https://demo.grafana.net"):
        assert part in told.text
    assert "3101 Default project" in told.text
    assert "k6       1.1.0" in told.text
    assert "a.js is valid, for project 3101" in told.text
    assert "about 0.0167 VUh" in told.text
    written = [entry["path"] for entry in emulator.journal() if entry["method"] != "GET"]
    assert written == ["/cloud/v6/validate_options"]
    assert told.files == {}


def test_check_works_without_a_script(k6ci, emulator):
    """The credentials alone are worth checking."""
    assert k6ci("check", on=emulator).code == 0


def test_check_reports_all_problems_together(k6ci, emulator):
    """One run of check, every remedy."""
    k6ci.write(a="syntax error (")
    told = k6ci(
        "check",
        "a.js",
        "--timeout",
        "5",
        "--project-id",
        "99",
        "--flags",
        "--vus 'x",
        on=emulator,
        K6_CLOUD_TOKEN="'t'",
    )
    assert told.code == 11
    for part in ("wrapped in quotes", "has no unit", "cannot be split", "k6 refuses a.js"):
        assert part in told.text


@pytest.mark.parametrize(
    ("stack", "code", "said"),
    [
        ("demo", 0, "everything is in place"),
        ("4711", 0, "everything is in place"),
        ("other", 12, "Stack https://other.grafana.net (from --stack) not found"),
        ("4712", 12, "Stack 4712 (from --stack) not found"),
    ],
)
def test_a_stack_is_reached_by_slug_or_number_or_told_to_be_wrong(k6ci, emulator, stack, code, said):
    """`GET /auth` resolves a slug; a number is proved by the first question that uses it."""
    told = k6ci("check", "--stack", stack, on=emulator)
    assert told.code == code, told.text
    assert said in told.text


@pytest.mark.parametrize("stack", ["demo", "4711"])
def test_a_missing_project_gets_the_default_one_suggested(k6ci, emulator, stack):
    """Suggested, not assumed: a stack token always needs one."""
    told = k6ci("check", "--stack", stack, on=emulator, K6_CLOUD_PROJECT_ID="")
    assert told.code == 10, told.text
    assert "The default project of this stack is 3101" in told.text


def test_stack_and_project_may_come_from_the_script(k6ci, emulator):
    """`options.cloud`, when nothing stronger says otherwise."""
    script = "export const options = { cloud: %s }; export default () => {};"
    k6ci.write(a=script % "{ projectID: 3102, stackID: 4711, name: 'Mine' }", b=script % "{ stackID: 5 }")
    unset = {"K6_CLOUD_PROJECT_ID": "", "K6_CLOUD_STACK_ID": "", "K6_CLOUD_STACK_URL": ""}
    told = k6ci("check", "a.js", on=emulator, **unset)
    assert told.code == 0, told.text
    assert "a.js is valid, for project 3102" in told.text
    both = k6ci("check", "a.js", "b.js", on=emulator, **unset)
    assert both.code == 10, both.text
    assert "The scripts name different stacks" in both.text
    none = k6ci("check", on=emulator, **unset)
    assert "No Grafana stack was named" in none.text
    wrong = k6ci("check", "a.js", on=emulator, **unset | {"K6_CLOUD_STACK_ID": "x y"})
    assert "neither a number" in wrong.text
    assert "No Grafana stack" not in wrong.text


def test_a_stored_token_goes_to_an_emulator_only_when_its_file_is_named(k6ci, emulator):
    """A stored token is never sent to an emulator unasked; the reason is a note, and the remedy works."""
    path = pathlib.Path(os.environ["HOME"]) / ".config" / "k6" / "config.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"collectors": {"cloud": {"token": emulator.token}}}))
    path.chmod(0o600)
    told = k6ci("check", on=emulator, K6_CLOUD_TOKEN="")
    assert told.code == 11
    assert f"note: The token of collectors.cloud.token of {path} is not sent to an emulator" in told.text
    assert "K6_CLOUD_TOKEN is not set" in told.text
    assert emulator.journal() == []
    assert k6ci("check", "-c", str(path), on=emulator, K6_CLOUD_TOKEN="").code == 0
