"""Runs one k6 process to its end: argv in, exit code and output out. The only place of this layer that starts any.

k6 gets an environment that is built here from names that are known to be harmless, and homes of its own, so that
neither a token of the job nor one of k6's config file can reach it, its archive or its output.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

import anyio
from anyio.abc import ByteReceiveStream, Process

_STDOUT_LIMIT: Final = 16 * 2**20
_STDERR_LIMIT: Final = 2**18
_GRACE_SECONDS: Final = 3.0

# Network and place, nothing else; K6_* options beside the cloud's own follow by prefix.
_PLACE: Final = ("PATH", "PATHEXT", "SYSTEMROOT", "WINDIR", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LC_ALL", "LC_CTYPE")
_NETWORK: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PASSED: Final = frozenset({*_PLACE, *_NETWORK, *(name.lower() for name in _NETWORK)})
_SECRET_WORDS: Final = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY", "PRIVATE")
_WITHHELD_PREFIXES: Final = ("K6_CLOUD_", "K6_CONFIG", "K6_BUILD_SERVICE", "K6_INCLUDE_SYSTEM_ENV_VARS", "K6_OUT")


@dataclasses.dataclass(frozen=True)
class Finished:
    """How a process ended, and what it wrote (the end of stderr, if it was long)."""

    exit_code: int
    stdout: bytes
    stderr: str


class TimedOutError(Exception):
    """The process did not end in time and was stopped."""


def k6_environment(environ: Mapping[str, str], home: pathlib.Path) -> dict[str, str]:
    """The environment for k6: no secret, no config file of the user, no usage report, no other binary fetched."""
    kept = {
        name: value
        for name, value in environ.items()
        if name in _PASSED or (name.startswith("K6_") and not _is_withheld(name))
    }
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "K6_NO_USAGE_REPORT": "true",
        "K6_AUTO_EXTENSION_RESOLUTION": "false",
        "K6_BINARY_PROVISIONING": "false",
        "K6_CLOUD_TRACES_ENABLED": "false",
    }


def looks_secret(name: str) -> bool:
    """Whether a variable's name says that its value is a secret."""
    return any(word in name.upper() for word in _SECRET_WORDS)


def _is_withheld(name: str) -> bool:
    return name.startswith(_WITHHELD_PREFIXES) or looks_secret(name)


async def run_process(
    argv: Sequence[str], *, environ: Mapping[str, str], folder: pathlib.Path, timeout_seconds: float
) -> Finished:
    """Run a program to its end in a session of its own; it is stopped when the caller is cancelled or time is up.

    Raises:
        OSError: it cannot be started.
        TimedOutError: it had to be stopped.
    """
    process = await anyio.open_process(
        list(argv), env=dict(environ), cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True
    )
    stdout, stderr = bytearray(), bytearray()
    try:
        with anyio.move_on_after(timeout_seconds) as patience:
            async with anyio.create_task_group() as pumps:
                pumps.start_soon(_pump, process.stdout, stdout, _STDOUT_LIMIT)
                pumps.start_soon(_pump, process.stderr, stderr, _STDERR_LIMIT)
            await process.wait()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)
    if patience.cancelled_caught:
        raise TimedOutError(f"{argv[0]} did not end within {timeout_seconds:.0f} s")
    return Finished(process.returncode or 0, bytes(stdout), stderr.decode(errors="replace"))


async def _pump(stream: ByteReceiveStream | None, kept: bytearray, limit: int) -> None:
    """Read a pipe to its end, so that the child never blocks; keep the last `limit` bytes."""
    if stream is None:
        return
    async for chunk in stream:
        kept += chunk
        if len(kept) > limit:
            del kept[:-limit]


async def _end(process: Process) -> None:
    """Terminate, wait, kill, wait: whatever the child thinks of signals, it is gone afterwards."""
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(_GRACE_SECONDS):
            await process.wait()
    if process.returncode is None and hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    await process.aclose()
