"""The web shop that the demo tests: a few JSON routes on loopback, standard library only."""

from __future__ import annotations

import contextlib
import http.server
import json
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, Final

_PRODUCTS: Final = [{"id": 1, "name": "Tea", "cents": 450}, {"id": 2, "name": "Pot", "cents": 2900}]
_LONGEST_BODY: Final = 4096
_START_SECONDS: Final = 20.0


class _Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/products":
            self._answer(200, {"products": _PRODUCTS})
        else:
            self._answer(404, {"error": "not found"})

    def do_POST(self) -> None:
        size = min(int(self.headers.get("Content-Length") or 0), _LONGEST_BODY)
        self.rfile.read(size)
        if self.path == "/orders":
            self._answer(201, {"order": 1})
        else:
            self._answer(404, {"error": "not found"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is given
        """Log nothing: the requests of the load test would hide all other output."""

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def serving_shop() -> Iterator[str]:
    """Serve the shop in a process of its own, so that k6ci does not slow it down; yields its URL.

    Raises:
        TimeoutError: the shop did not start.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        if not ours.poll(_START_SECONDS):
            raise TimeoutError("the demo's shop did not start")
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()
        ours.close()


def _serve(parent: Connection) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    parent.send(server.server_port)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
