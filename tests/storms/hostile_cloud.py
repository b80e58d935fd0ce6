"""A minimal cloud on raw sockets, without a framework: correct except for the attack of a round on one route."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

TOKEN = hashlib.sha256(b"a token that opens nothing").hexdigest()
STACK, PROJECT, LOAD_TEST, FIRST_RUN, FOREIGN_ID = 4711, 31, 41, 1001, 77
_BEGINS, _ENDS = 0.3, 0.9
_STATUS = b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"


@dataclass
class Attack:
    """What happens to requests of a route: `act` gets the writer, the correct body and its media type."""

    route: str
    kind: str
    act: Callable[[asyncio.StreamWriter, bytes, str], Awaitable[None]]
    count: int | None = None
    hits: int = 0

    def applies(self, route: str) -> bool:
        """Return whether the attack hits this request, and count it."""
        if not fnmatchcase(route, self.route) or (self.count is not None and self.hits >= self.count):
            return False
        self.hits += 1
        return True


@dataclass
class Run:
    """One run in the server's record."""

    number: int
    started: float
    is_long: bool
    is_aborted: bool = False

    @property
    def status(self) -> str:
        """The status at this moment."""
        if self.is_aborted:
            return "aborted"
        age = time.monotonic() - self.started
        return "created" if age < _BEGINS else "running" if self.is_long or age < _ENDS else "completed"

    def document(self) -> dict[str, Any]:
        """Return its JSON."""
        now = dt.datetime.now(dt.UTC)
        created = now - dt.timedelta(seconds=time.monotonic() - self.started)
        status, is_over = self.status, self.status in ("completed", "aborted")
        entered = {"type": "created", "entered": created.isoformat(), "extra": None}
        return {
            "id": self.number,
            "test_id": LOAD_TEST,
            "project_id": PROJECT,
            "started_by": None,
            "created": created.isoformat(),
            "ended": now.isoformat() if is_over else None,
            "note": "",
            "cost": {"total_vuh": 0.1},
            "status": status,
            "status_details": {"type": status, "entered": now.isoformat(), "extra": None},
            "status_history": [entered],
            "result": {"completed": "passed", "aborted": "error"}.get(status),
            "result_details": None,
            "options": {},
            "estimated_duration": 1,
            "execution_duration": 1 if is_over else 0,
            "test_run_details_page_url": f"https://demo.grafana.net/a/k6-app/runs/{self.number}",
        }


@dataclass
class HostileCloud:
    """The server of one worker; `begin` deletes the last round."""

    port: int = 0
    attack: Attack | None = None
    is_long: bool = False
    runs: dict[int, Run] = field(default_factory=dict)
    script: bytes = b""
    aborts: list[int] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list, repr=False)
    tasks: list[asyncio.Task[None]] = field(default_factory=list, repr=False)

    def begin(self, attack: Attack | None, *, is_long: bool) -> None:
        """Begin a new round."""
        self.attack, self.is_long = attack, is_long
        self.runs, self.script, self.aborts = {}, b"", []

    @property
    def active_runs(self) -> list[int]:
        """The runs that have not ended."""
        return [run.number for run in self.runs.values() if run.status not in ("completed", "aborted")]

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection; it is known from now on, even if its task is cancelled before it runs."""
        self.writers.append(writer)
        self.tasks.append(asyncio.get_running_loop().create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection with one request."""
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError, asyncio.LimitOverrunError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, _ = head.split("\r\n", 1)[0].split(" ", 2)
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            headers = {name.lower(): value for name, value in fields.items()}
            body = await _body(reader, headers)
            path = target.split("?", 1)[0]
            route = f"{method} {path}"
            status, answer, kind = self.answer(route, path, body)
            attack = self.attack
            if attack is not None and attack.applies(route):
                if "websocket" in headers.get("upgrade", ""):
                    writer.write(_accepted(headers))
                await attack.act(writer, answer, kind)
            elif "websocket" in headers.get("upgrade", ""):
                writer.write(_accepted(headers))
                await writer.drain()
                await asyncio.sleep(20)
            else:
                writer.write(_STATUS % (status, kind.encode(), len(answer)) + answer)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()

    def answer(self, route: str, path: str, body: bytes) -> tuple[int, bytes, str]:
        """Return the correct response, after its effect: the attack comes later."""
        parts = path.strip("/").split("/")
        if fnmatchcase(route, "P* */load_tests*") and not path.endswith("/start"):
            self.script = _script_in(body) if route.startswith("POST") else body
        if route.endswith("/start"):
            run = Run(FIRST_RUN + len(self.runs), time.monotonic(), self.is_long)
            self.runs[run.number] = run
            return _json(run.document())
        if route.startswith("POST") and path.endswith("/abort"):
            return self._abort(int(parts[-2]))
        if path.endswith("/script"):
            return 200, self.script, "application/x-tar"
        run_id = next((int(part) for part in parts if part.isdigit() and int(part) >= FIRST_RUN), 0)
        return _json(self._document(route, path, run_id))

    def _abort(self, number: int) -> tuple[int, bytes, str]:
        self.aborts.append(number)
        if number in self.runs and self.runs[number].status not in ("completed", "aborted"):
            self.runs[number].is_aborted = True
        return 204, b"", "application/json"

    def _document(self, route: str, path: str, run_id: int) -> Any:
        if "/test_runs/" in path and "/cloud/v6/" in path:
            return self.runs[run_id].document() if run_id in self.runs else {"error": {"code": "x", "message": "no"}}
        for ending, document in self._endings(route, path):
            if ending in path:
                return document
        return {"id": PROJECT, "name": "p", "is_default": True}

    def _endings(self, route: str, path: str) -> list[tuple[str, Any]]:
        labels = {"scenario": "default", "group": "", "check": "one"} if "by%20" in path else {}
        rows = [{"metric": labels, "values": [[1.0, 3.0]]}]
        load_test = {"id": LOAD_TEST, "project_id": PROJECT, "name": "n"}
        kinds = {"checks": "rate", "iterations": "counter", "vus": "gauge"}
        listed = [{"name": name, "type": kind} for name, kind in kinds.items()]
        return [
            ("query_range_k6", {"status": "success", "data": {"resultType": "matrix", "result": rows}}),
            ("query_aggregate_k6", {"status": "success", "data": {"resultType": "vector", "result": rows}}),
            ("/metrics", {"value": listed}),
            ("/test_runs", {"value": [run.document() for run in self.runs.values()]}),
            ("/load_tests", {"value": []} if route.startswith("GET") else load_test),
            ("/validate_options", {"vuh_usage": 0.1, "breakdown": {}}),
            ("/load_zones", {"value": []}),
            ("/limits", {"project_id": PROJECT, "vuh_max_per_month": None}),
        ]


@contextlib.contextmanager
def hostile_cloud() -> Iterator[HostileCloud]:
    """Run a cloud in a thread of its own; it listens on loopback only."""
    cloud, ready = HostileCloud(), threading.Event()
    ended: list[Callable[[], object]] = []

    async def serve() -> None:
        server = await asyncio.start_server(cloud.accept, "127.0.0.1", 0, limit=2**17)
        cloud.port = server.sockets[0].getsockname()[1]
        loop, is_over = asyncio.get_running_loop(), asyncio.Event()
        ended.append(lambda: loop.call_soon_threadsafe(is_over.set))
        ready.set()
        await is_over.wait()
        server.close()
        for _ in range(10):  # a connection that was just accepted becomes a task
            await asyncio.sleep(0)
        open_tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in open_tasks:
            task.cancel()
        await asyncio.gather(*open_tasks, return_exceptions=True)
        for writer in cloud.writers:  # a closed one still waits for a client that does not read
            writer.transport.abort()
        await asyncio.sleep(0.05)  # the transports close their sockets in the loop

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield cloud
    finally:
        ended[0]()
        thread.join(60)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
        return body
    return await reader.readexactly(int(headers.get("content-length", "0")))


def _script_in(form: bytes) -> bytes:
    """Return the file of a multipart form."""
    boundary = form.split(b"\r\n", 1)[0]
    for part in form.split(boundary):
        if b'name="script"' in part:
            return part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
    return b""


def _json(document: Any) -> tuple[int, bytes, str]:
    return 200, json.dumps(document).encode(), "application/json"


def _accepted(headers: dict[str, str]) -> bytes:
    key = headers.get("sec-websocket-key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
    upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{upgrade}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
