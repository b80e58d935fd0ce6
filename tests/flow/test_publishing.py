"""Deliveries that cannot be made, in whole runs: warnings, in bounded time, and the exit code of the run."""

from __future__ import annotations

import json
import os
import pathlib
import secrets
import time

import jsonschema

from emulation import EmulatorHandle
from k6ci.publish import html_file
from story import PASSING, Teller
from waiting import PATIENCE_SECONDS


def test_pipes_that_nobody_reads_delay_a_job_and_do_not_block_it(k6ci: Teller, emulator: EmulatorHandle):
    """A thread that waits for a reader cannot be ended: the process ends without it."""
    k6ci.write(a=PASSING)
    pipes = {name: k6ci.folder / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for path in pipes.values():
        os.mkfifo(path)
    environ = {name: str(path) for name, path in pipes.items()}
    begun = time.monotonic()
    with k6ci.process("run", "a.js", on=emulator, GITHUB_ACTIONS="true", **environ) as process:
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    assert time.monotonic() - begun < PATIENCE_SECONDS
    assert "::warning title=k6ci::the job summary and the step outputs could not be written: it timed out." in told.text
    assert told.result["verdict"] == "passed"


ODD = """
import { check } from 'k6';
const pin = __ENV.DB_PIN;
export const options = { vus: 1, iterations: 2, thresholds: { iteration_duration: [`avg<${pin}`] } };
export default function () {
  check(1, { [`a ${__ENV.DB_PASSWORD} b ${pin}`]: () => true, [`x${__ENV.OTHER_SECRET}y`]: () => true });
}
"""


def test_secrets_of_digits_quotes_and_words_of_our_own_leave_result_json_valid(k6ci: Teller, emulator: EmulatorHandle):
    """They used to be masked in the serialised document: `"vuh": ***`."""
    pin = str(10**8 + secrets.randbelow(9 * 10**8))
    password = f"{secrets.token_hex(6)}\"\\{{é'{secrets.token_hex(2)}"
    variables = f"DB_PIN={pin}\nDB_PASSWORD={password}\nOTHER_SECRET=threshold"
    k6ci.write(a=ODD)
    told = k6ci("run", "a.js", on=emulator, K6CI_ENV=variables)
    assert told.code == 0, told.text
    schema = json.loads((pathlib.Path(__file__).parents[2] / "docs" / "result.schema.json").read_text())
    jsonschema.validate(told.result, schema, format_checker=jsonschema.FormatChecker())
    assert told.run["thresholds"][0]["expression"] == "avg<***"
    assert told.run["thresholds"][0]["limit"] is None
    assert {check["name"] for check in told.run["checks"]} == {"a *** b ***", "x***y"}
    for name in ("result.json", "summary.md", "junit.xml", "report.html"):
        assert pin not in told.files[name]
        assert password not in told.files[name]
        assert json.dumps(password)[1:-1] not in told.files[name]
    assert pin not in told.text
    assert password not in told.text


def test_a_page_that_could_not_be_written_is_not_named(k6ci: Teller, emulator: EmulatorHandle, monkeypatch):
    """The line with its path leads to the report, not to a file that does not exist."""

    def fail(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(html_file, "report_html", fail)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert "report.html could not be written: No space left on device" in told.text
    assert "report: " not in told.text
