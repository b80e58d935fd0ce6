"""The log of the script, tailed from the cloud: shown, bounded, harmless, and never part of the verdict."""

from __future__ import annotations

import json
import secrets
import threading

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from emulation import emulator_in_thread, wheel_config
from k6ci.cloud.tail import _lines
from story import PASSING

TALKING = PASSING.replace("sleep(0.1);", "console.warn('said \\u001b[31m::error::x\\nnext'); sleep(0.1);")
TALKATIVE = PASSING.replace("sleep(0.1);", "for (let i = 0; i < 100; i++) console.log('line ' + i); sleep(0.05);")


def test_what_the_script_says_is_shown_and_forges_nothing(k6ci, emulator):
    """Control characters are gone: no colours, no lines of its own."""
    k6ci.write(a=TALKING)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert "k6ci: log warning: said  [31m::error::x next" in told.text
    assert "\x1b" not in told.text


def test_a_secret_that_the_script_says_is_masked(k6ci):
    """The redactor stands behind the tail, too."""
    token = secrets.token_hex(16)
    with emulator_in_thread(wheel_config(token=token)) as cloud:
        half = PASSING.replace("sleep(0.1);", f"console.log('{token[:20]}' + '{token[20:]}'); sleep(0.1);")
        k6ci.write(a=half)
        told = k6ci("run", "a.js", on=cloud)
    assert told.code == 0, told.text
    assert "log info: ***" in told.text
    assert token not in told.text


def test_a_talkative_script_is_cut_with_a_count(k6ci, emulator):
    """Five hundred lines, then a number."""
    k6ci.write(a=TALKATIVE)
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text
    assert told.text.count("k6ci: log info:") == 500
    assert "more lines of the script's log are left out here" in told.text


@pytest.mark.parametrize("off", [{"K6_SHOW_CLOUD_LOGS": "false"}, {"K6CI_SHOW_LOGS": "false"}])
def test_the_log_can_be_left_out(k6ci, emulator, off):
    """k6's own variable counts."""
    k6ci.write(a=TALKING)
    told = k6ci("run", "a.js", on=emulator, **off)
    assert "log warning" not in told.text
    assert not emulator.journal("/tail")


def test_a_tail_that_does_not_answer_is_a_warning(k6ci, emulator):
    """Green stays green."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator, K6_CLOUD_LOGS_TAIL_URL="ws://127.0.0.1:9/tail")
    assert told.code == 0, told.text
    assert "The script's log is not shown (any more)" in told.text


def test_an_emulators_token_goes_to_no_real_tail(k6ci, emulator):
    """The API on loopback, the tail elsewhere: there is no tail."""
    k6ci.write(a=TALKING)
    told = k6ci("run", "a.js", on=emulator, K6_CLOUD_LOGS_TAIL_URL="wss://logs.example.invalid/tail")
    assert told.code == 0, told.text
    assert "not shown" not in told.text
    assert "log warning" not in told.text


def test_the_tail_follows_no_redirect(k6ci, emulator):
    """A token does not travel, not on a websocket either."""
    arrived: list[str] = []

    def redirect(_: ServerConnection, request: Request) -> Response:
        arrived.append(request.path)
        return Response(302, "Found", Headers({"Location": f"ws://127.0.0.1:{port}/elsewhere"}), b"")

    server = serve(lambda _: None, "127.0.0.1", 0, process_request=redirect)
    port = server.socket.getsockname()[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator, K6_CLOUD_LOGS_TAIL_URL=f"ws://127.0.0.1:{port}/tail")
    server.shutdown()
    thread.join(5)
    assert told.code == 0, told.text
    assert arrived
    assert all(path.startswith("/tail?query=") for path in arrived)


@pytest.mark.parametrize(
    "frame", ["", "{", "[]", "null", '{"streams": 1}', '{"streams": [{"stream": 1, "values": [["1", "x"]]}]}', b"\xff"]
)
def test_a_frame_of_another_shape_holds_no_lines(frame):
    """What the wire says may be anything."""
    assert _lines(frame) == []


def test_a_frame_holds_lines_with_their_level():
    """Loki's tail format; a stream without a level is info."""
    streams = [
        {"stream": {"level": "error"}, "values": [["1", "a"], ["2", "b"]]},
        {"stream": {}, "values": [["3", "c"]]},
    ]
    frame = json.dumps({"streams": streams, "dropped_entries": None})
    assert [(line.level, line.message) for line in _lines(frame)] == [("error", "a"), ("error", "b"), ("info", "c")]
