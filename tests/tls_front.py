"""A corporate network for tests: a proxy that takes CONNECT for one name, and speaks TLS for it with its own CA."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

NAME = "k6.example.test"


@dataclass
class Front:
    """The proxy's URL, the CA that its certificate is signed with, and the names that were asked for."""

    proxy: str
    authority: pathlib.Path
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def tls_front(folder: pathlib.Path, port: int) -> Iterator[Front]:
    """Stand in front of a plain server on 127.0.0.1; it sees its own address as the Host."""
    key, certificate = folder / "front.key", folder / "front.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    argv += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", f"/CN={NAME}"]
    subprocess.run([*argv, "-addext", f"subjectAltName=DNS:{NAME}"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    front = Front(f"http://127.0.0.1:{listener.getsockname()[1]}", certificate)
    threads: list[threading.Thread] = []

    def listen() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=_serve, args=(client, context, port, front), daemon=True))
            threads[-1].start()

    threads.append(threading.Thread(target=listen, daemon=True))
    threads[-1].start()
    try:
        yield front
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join(5)


def _serve(client: socket.socket, context: ssl.SSLContext, port: int, front: Front) -> None:
    with contextlib.suppress(OSError), client:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return
            head += piece
        front.asked.append(head.split()[1].decode())
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with (
            context.wrap_socket(client, server_side=True) as secure,
            socket.create_connection(("127.0.0.1", port)) as server,
        ):
            secure.settimeout(30)
            back = threading.Thread(target=_pump, args=(server, secure, b"", b""), daemon=True)
            back.start()
            _pump(secure, server, f"Host: {NAME}".lower().encode(), f"host: 127.0.0.1:{port}".encode())
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join(5)


def _pump(source: socket.socket, sink: socket.socket, name: bytes, own: bytes) -> None:
    """Pass on what comes; the Host header of a head becomes the server's own address."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            if name and (at := piece.lower().find(name)) >= 0:
                piece = piece[:at] + own + piece[at + len(name) :]
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
