"""Networks of companies: proxies and certificates of their own; the message names both (row 38)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import pytest

from story import PASSING


def in_process(k6ci, *argv: str, on, **environ: str) -> subprocess.CompletedProcess[str]:
    """httpx and OpenSSL read the environment of the process itself."""
    return subprocess.run(
        [sys.executable, "-m", "k6ci", *argv],
        cwd=k6ci.folder,
        env=k6ci.environ(on, **environ),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture
def closed_port():
    """A port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_proxy_that_does_not_answer_is_14_with_both_variables(k6ci, emulator, closed_port):
    """The API is reached through HTTPS_PROXY, as k6 would."""
    k6ci.write(a=PASSING)
    environ = {"K6_CLOUD_HOST_V6": "https://api.example.invalid", "HTTPS_PROXY": f"http://127.0.0.1:{closed_port}"}
    done = in_process(k6ci, "run", "a.js", on=emulator, **environ)
    assert done.returncode == 14, done.stdout + done.stderr
    for word in ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "no test run was started".capitalize()):
        assert word in done.stdout


def test_a_certificate_of_somebody_unknown_is_14_and_ssl_cert_file_is_honoured(k6ci, emulator, tmp_path):
    """A TLS server with a certificate of its own: refused by default, the reason is the certificate."""
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([*openssl, *names, *files], check=True, capture_output=True)
    with subprocess.Popen(
        [sys.executable, "-c", _TLS_SERVER, str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    ) as server:
        port = int(server.stdout.readline())
        host = {"K6_CLOUD_HOST_V6": f"https://localhost:{port}"}
        k6ci.write(a=PASSING)
        refused = in_process(k6ci, "check", "a.js", on=emulator, **host)
        trusted = in_process(k6ci, "check", "a.js", on=emulator, **host, SSL_CERT_FILE=str(tmp_path / "cert.pem"))
        server.kill()
    assert refused.returncode == 14, refused.stderr
    assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr
    assert "SSL_CERT_FILE" in refused.stderr
    assert trusted.returncode == 11, trusted.stderr  # the server's only word is 401
    assert "401" in trusted.stderr


_TLS_SERVER = """
import http.server, ssl, sys
class Refuse(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_k6_gets_the_same_proxy_and_certificates(k6ci, emulator):
    """A remote module of a script is fetched by k6 itself."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def listen() -> None:
            connection, _ = proxy.accept()
            with connection:
                asked.append(connection.recv(100))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        k6ci.write(a="import 'https://jslib.example.invalid/x.js'; export default () => {};")
        there = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        with k6ci.process("check", "a.js", on=emulator, HTTPS_PROXY=there) as process:
            thread.join(20)
            process.terminate()
            process.wait(10)
    assert asked[0].startswith(b"CONNECT jslib.example.invalid:443")
