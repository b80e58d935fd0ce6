"""A loopback release server: archives packed as those of official releases, and what can go wrong with them."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import pathlib
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

PREFIX = "/grafana/k6/releases/download/"


def program(version: str, touches: pathlib.Path | None = None) -> bytes:
    """A small program that answers to `version` as k6 does; it creates a file, so that a test sees that it ran."""
    touch = f": > '{touches}'\n" if touches else ""
    # The shell must not go on to read what a test appends.
    return f"#!/bin/sh\n{touch}echo 'k6 v{version} (commit/0e3fb953be, go1.24.4, linux/amd64)'\nexit 0\n".encode()


def packed_tar(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    """A tar.gz of files and symbolic links."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=0) as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755
            tar.addfile(member, io.BytesIO(data))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return content.getvalue()


def packed_zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def official(version: str, platform: str, binary: bytes) -> bytes:
    """An archive as the official ones are."""
    folder = f"k6-v{version}-{platform}"
    if platform.startswith("linux"):
        return packed_tar({f"{folder}/k6": binary})
    return packed_zip({f"{folder}/{'k6.exe' if platform.startswith('windows') else 'k6'}": binary})


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Reply:
    """What the server answers for a file. `cuts` ends the body after so many bytes, once `stalls` is set, if given."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cuts: int | None = None
    stalls: threading.Event | None = None


class ReleaseServer:
    """Files by their path below `/grafana/k6/releases/download/`, or by a whole path; and every request's headers."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def add(self, path: str, *replies: Reply) -> None:
        """Answer with these, the last one for ever."""
        self.replies[path if path.startswith("/") else PREFIX + path] = list(replies)

    def publish(self, version: str, binary: bytes, platform: str = "linux-amd64") -> str:
        """Add an archive; its SHA-256."""
        ending = "tar.gz" if platform.startswith("linux") else "zip"
        return self.publish_archive(version, official(version, platform, binary), f"k6-v{version}-{platform}.{ending}")

    def publish_archive(self, version: str, archive: bytes, name: str = "") -> str:
        """Add an archive with any content; its SHA-256."""
        self.add(f"v{version}/{name or f'k6-v{version}-linux-amd64.tar.gz'}", Reply(archive))
        return sha256(archive)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    @contextlib.contextmanager
    def serving(self) -> Iterator[ReleaseServer]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.asked.append((self.path, dict(self.headers)))
                replies = owner.replies.get(self.path) or [Reply(b"Not Found", 404)]
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
                self.send_response(reply.status)
                headers = {"Content-Type": "application/octet-stream", "Content-Length": str(len(reply.body))}
                for name, value in (headers | reply.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body if reply.cuts is None else reply.body[: reply.cuts])
                if reply.stalls is not None:
                    reply.stalls.wait(30)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
