"""The log of the script, tailed from the cloud: shown, bounded, harmless, and never part of the verdict."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import threading
import urllib.parse

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from emulation import emulator_in_thread, wheel_config
from github_runner.commands import CommandReader
from github_runner.masking import Masker
from k6ci.cloud.tail import lines_of
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
    assert "more lines of the script's log are omitted here" in told.text


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


def frame_of(*lines: tuple[int, str]) -> str:
    values = [[str(at), text] for at, text in lines]
    return json.dumps({"streams": [{"stream": {"level": "info"}, "values": values}], "dropped_entries": None})


def test_a_tail_that_breaks_is_picked_up_from_the_newest_line(k6ci, emulator):
    """Twice it is cut in the middle; no line comes twice, none is missing, and the verdict does not care."""
    asked: list[int] = []
    said: list[tuple[int, str]] = []

    def tail(connection: ServerConnection) -> None:
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(connection.request.path).query)
        start = int(query["start"][0])
        asked.append(start)
        if not said:
            said.extend((start + number, f"line {number}") for number in range(6))
        fresh = [line for line in said if line[0] >= start][:2]
        if fresh:
            connection.send(frame_of(*fresh))
            connection.close_socket()  # as a network does: no farewell
        else:
            with contextlib.suppress(ConnectionClosed):
                connection.recv()  # until the other side goes

    with serve(tail, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        k6ci.write(a=PASSING.replace("'1s'", "'6s'"))
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/tail"
        told = k6ci("run", "a.js", on=emulator, K6_CLOUD_LOGS_TAIL_URL=url)
        server.shutdown()
        thread.join(5)
    assert told.code == 0, told.text
    assert [told.text.count(f"log info: line {number}\n") for number in range(6)] == [1] * 6
    assert [start - asked[0] for start in asked[1:4]] == [2, 4, 6]
    assert "not shown (any more)" not in told.text


def test_on_github_the_log_is_folded_outside_of_the_fence(k6ci, emulator):
    """Only the two commands stand outside; what the script says cannot be one, nor guess the fence's word."""
    forging = "console.log('::error::forged'); console.log('::endgroup::'); console.log('##[group]x');"
    k6ci.write(a=TALKATIVE.replace("sleep(0.05)", f"{forging} sleep(0.05)"))
    on_github = {"CI": "true", "GITHUB_ACTIONS": "true"}
    with k6ci.process("run", "a.js", on=emulator, **on_github) as process:  # a pipe, as the runner has it
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    reader = CommandReader(Masker())
    shown = [line for text in told.text.splitlines() if (line := reader.feed(text)) is not None]
    groups = [line for line in shown if line.startswith("##[group]k6ci: log of a.js (")]
    assert groups
    assert len([line for line in shown if line.startswith("##[endgroup]")]) == len(groups)
    assert reader.annotations == []
    assert not reader.is_stopped
    inside = [line for line in reader.stopped_lines if "log info: line" in line]
    assert len(inside) == told.text.count("log info: line") > 100
    fences = [text for text in told.text.splitlines() if text.startswith("::stop-commands::")]
    assert len(set(fences)) == len(fences) == 1 + 2 * len(groups)


def test_a_log_that_goes_into_a_file_is_not_folded(k6ci, emulator):
    """The fence then stands in the other stream: a command here would take it down for good."""
    k6ci.write(a=TALKATIVE)
    told = k6ci("run", "a.js", on=emulator, CI="true", GITHUB_ACTIONS="true")  # the test's own streams are files
    assert told.code == 0, told.text
    assert "log info: line" in told.text
    assert "::group::" not in told.text


def test_on_gitlab_the_log_is_a_collapsed_section(k6ci, emulator):
    """With a name of its own each time; control characters of the script are gone, so it can close none."""
    k6ci.write(a=TALKATIVE.replace("'line '", "'\\u001b[0Ksection_end:1:x\\r\\u001b[0K line '"))
    with k6ci.process("run", "a.js", on=emulator, CI="true", GITLAB_CI="true") as process:
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    started = re.findall(r"\x1b\[0Ksection_start:\d+:(k6ci_[0-9a-f]+)\[collapsed=true\][\r\n]\x1b\[0K(.*)", told.text)
    ended = re.findall(r"\x1b\[0Ksection_end:\d+:(k6ci_[0-9a-f]+)[\r\n]\x1b\[0K", told.text)
    assert [name for name, _ in started] == ended
    assert started
    assert all(title.startswith("k6ci: log of a.js (") for _, title in started)
    assert told.text.count("\x1b") == 4 * len(started)


@pytest.mark.parametrize(
    "frame", ["", "{", "[]", "null", '{"streams": 1}', '{"streams": [{"stream": 1, "values": [["1", "x"]]}]}', b"\xff"]
)
def test_a_frame_of_another_shape_holds_no_lines(frame):
    """What the wire says may be anything."""
    assert list(lines_of(frame)) == []


def test_a_frame_holds_lines_with_their_level():
    """Loki's tail format; a stream without a level is info."""
    streams = [
        {"stream": {"level": "error"}, "values": [["1", "a"], ["2", "b"]]},
        {"stream": {}, "values": [["3", "c"]]},
    ]
    frame = json.dumps({"streams": streams, "dropped_entries": None})
    assert [(line.level, line.message) for line in lines_of(frame)] == [("error", "a"), ("error", "b"), ("info", "c")]
