"""A listener that says the same to everybody: answers that no emulator gives, and doors to knock at in vain."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def listening(*head: str) -> Iterator[tuple[str, list[bytes]]]:
    """Its URL, and what it heard. It answers with those lines, or with none, and hangs up."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    answer = "\r\n".join([*head, "Content-Length: 0", "Connection: close", "\r\n"]).encode() if head else b""

    def answer_all() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)
                heard.append(connection.recv(65536))
                connection.sendall(answer)

    thread = threading.Thread(target=answer_all, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
