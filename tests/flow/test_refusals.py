"""What is refused before any money is spent: flags, scripts, binaries, folders."""

from __future__ import annotations

import pytest

from story import PASSING


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--include-system-env-vars", "it puts every variable of the job, K6_CLOUD_TOKEN too"),
        ("--include-system-env-vars=true", "it puts every variable of the job"),
        ("-c other.json", "-c is refused"),
        ("-oexperimental", "-o is refused"),
        ("-- b.js", "'--' ends the flags"),
        ("--nope", "'--nope' is not on the list of supported k6 flags"),
        ("--vus", "--vus needs a value"),
        ("--vus=many", "k6 refuses them"),
    ],
)
def test_flags_that_leak_or_that_k6_does_not_know_are_10(k6ci, emulator, flags, said):
    """Refused before k6 is asked, or k6's own words."""
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--flags", flags, on=emulator)
    assert told.code == 10, told.text
    assert said in told.text


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("export const options = { cloud: { token: __ENV.T } }; export default () => {};", "sets options.cloud.token"),
        (
            "export const options = { ext: { loadimpact: { token: __ENV.T } } }; export default () => {};",
            "loadimpact.token",
        ),
        ("const kept = '%s'; export default () => {};", "would carry the token into the cloud, in data"),
    ],
)
def test_a_script_that_carries_a_token_is_16_and_not_uploaded(k6ci, emulator, script, said):
    """The archive is opened, and looked at."""
    k6ci.write(a=script.replace("%s", emulator.token))
    told = k6ci("run", "a.js", "-e", "T=0123456789", on=emulator)
    assert told.code == 16, told.text
    assert said in told.text
    assert emulator.token not in told.text
    assert emulator.state()["load_tests"] == []


def test_a_token_in_a_variable_of_the_script_is_16(k6ci, emulator):
    """`-e` lands in metadata.json, in clear."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "-e", f"API_TOKEN={emulator.token}", on=emulator)
    assert told.code == 16, told.text
    assert "in metadata.json" in told.text


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (None, "k6-path: "),
        ("#!/bin/sh\necho hello\n", "is not k6: unexpected output of `version`"),
        ("#!/bin/sh\necho 'k6 v0.57.0 (go1.23.5, linux/amd64)'\n", "is k6 0.57.0; k6ci requires 1.0 or later"),
        ("not a program", "does not run"),
    ],
)
def test_a_k6_that_cannot_do_it_is_15_with_what_to_add(k6ci, emulator, make, said):
    """Missing, not k6, too old, broken."""
    k6ci.write(a=PASSING)
    path = k6ci.folder / "k6"
    if make is not None:
        path.write_text(make)
        path.chmod(0o755)
    told = k6ci("run", "a.js", "--k6-path", path, on=emulator)
    assert told.code == 15, told.text
    assert said in told.text
    assert "Set k6-version, without k6-path" in told.text


def test_another_k6_version_than_asked_for_is_15(k6ci, emulator):
    """`k6-version` is a promise about what runs."""
    assert k6ci("check", "--k6-version", "v1.1.0", on=emulator).code == 0
    told = k6ci("check", "--k6-version", "2.2.0", "--k6-mirror", "http://127.0.0.1:9", on=emulator)
    assert told.code == 15
    assert "k6-version requires 2.2.0" in told.text


def test_a_report_folder_that_cannot_be_is_10(k6ci, emulator):
    """A file in its place."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--report-dir", "a.js/report", on=emulator)
    assert told.code == 10
    assert "report-dir" in told.text


def test_an_old_report_is_not_taken_for_this_one(k6ci, emulator):
    """A run that fails early must not leave the green report of yesterday."""
    k6ci.write(a=PASSING)
    assert k6ci("run", "a.js", on=emulator).code == 0
    told = k6ci("run", "a.js", on=emulator, K6_CLOUD_TOKEN="")
    assert told.result["verdict"] == "error"
    assert "run.json" not in told.files


def test_a_token_on_the_command_line_is_no_option(k6ci):
    """Process lists show arguments."""
    told = k6ci("run", "--token", "0123456789")
    assert told.code == 2
    assert "0123456789" not in told.text
