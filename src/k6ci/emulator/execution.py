"""The k6 processes of the emulator: the one place that starts them, feeds them and makes sure that they end.

A script goes in through stdin, as an archive, and never touches the disk: k6 gives it the files of the archive and not
those of this machine. What k6 itself writes lands in a private folder that goes with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc

from k6ci.emulator.json_documents import parse_json
from k6ci.emulator.output import OUTPUT_LIMIT_BYTES, Tail, last_message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


_PASSED_ON = frozenset(
    {
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "LC_ALL",
        "NO_PROXY",
        "PATH",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
    }
)
INSPECT_SECONDS = 20.0
_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)\S* \(")
_NEWEST = (2, 0, 0)
_ALWAYS = {
    "K6_NO_USAGE_REPORT": "true",
    "K6_AUTO_EXTENSION_RESOLUTION": "false",
    "K6_BINARY_PROVISIONING": "false",
    # A browser reads any file (file:///) and writes screenshots anywhere: scripts get none.
    "K6_BROWSER_EXECUTABLE_PATH": "/nonexistent/no-browser-in-the-emulator",
    "TZ": "UTC",
}


@dataclass(frozen=True)
class ProcessEnd:
    """How a process ended: its exit code (negative: the signal), and whether the emulator ended it for its time."""

    exit_code: int
    is_timed_out: bool = False


class InspectError(Exception):
    """k6 refuses the script; the text is k6's."""


@dataclass(frozen=True)
class Inspected:
    """The options of a script as k6 sees them, and the log that its init code wrote meanwhile."""

    options: dict[str, Any]
    log: bytes


class K6:
    """One binary with the environment that its processes get: what a program needs to work, and no more.

    Scripts see none of it in `__ENV`; they see what is in their archive, and what the cloud tells them.
    """

    def __init__(self, binary: Path, environ: Mapping[str, str], *, grace_seconds: float) -> None:
        self._binary = str(binary)
        self._environ = {name: value for name, value in environ.items() if name.upper() in _PASSED_ON} | _ALWAYS
        self._grace_seconds = grace_seconds
        self._version: tuple[int, ...] | None = None

    async def version(self) -> tuple[int, ...]:
        """The version of the binary, asked once, such as (2, 2, 0)."""
        if self._version is None:
            text = b""
            with anyio.move_on_after(INSPECT_SECONDS):
                async with self._started(["version"], b"") as (process, _):
                    text = await _read_whole(process)
            # The name of the file comes first, whatever it is; a build from a checkout says `(devel)`.
            found = _VERSION.search(text.decode(errors="replace"))
            self._version = tuple(map(int, found.groups())) if found else _NEWEST
        return self._version

    async def inspect(self, archive: bytes) -> Inspected:
        """The options of an archive, whose init code is executed; raises InspectError with k6's own words."""
        log = Tail()
        argv = ["inspect", "--log-format=json", "-"]  # `__ENV` is empty here unless the archive fills it
        with anyio.move_on_after(INSPECT_SECONDS) as scope:
            async with self._started(argv, archive, log.feed) as (process, _):
                output = await _read_whole(process)
                code = await process.wait()
        if scope.cancelled_caught:
            raise InspectError(f"k6 inspect gave no answer within {INSPECT_SECONDS:.0f} s")
        if code != 0:
            raise InspectError(last_message(log.data) or f"k6 inspect ended with {code}")
        try:
            options = parse_json(output)
        except ValueError as error:
            raise InspectError("the answer of k6 inspect cannot be read") from error
        return Inspected(options if isinstance(options, dict) else {}, log.data)

    async def run(
        self,
        archive: bytes,
        *,
        on_samples: Callable[[bytes], None],
        on_log: Callable[[bytes], None],
        stop: anyio.Event,
        limit_seconds: float,
        variables: Mapping[str, str],
    ) -> ProcessEnd:
        """Execute the archive until it ends, `stop` is set, or the time is up. The callbacks get bytes as they come.

        `variables` are added to the script's `__ENV`; no secrets, they show in the process list.
        """
        silent = "--no-summary" if await self.version() < (2,) else "--summary-mode=disabled"
        argv = ["run", "--quiet", "--no-color", "--address=", "--log-format=json", "--out=json", silent]
        argv += [
            "--include-system-env-vars=false",
            *(f"--env={name}={value}" for name, value in variables.items()),
            "-",
        ]
        async with self._started(argv, archive, on_log) as (process, group):
            timed_out = anyio.Event()
            group.start_soon(self._stop_when, process, stop)
            group.start_soon(self._stop_after, process, limit_seconds, timed_out)
            if process.stdout is not None:
                async for chunk in process.stdout:
                    on_samples(chunk)
            return ProcessEnd(await process.wait(), timed_out.is_set())

    @contextlib.asynccontextmanager
    async def _started(
        self, argv: list[str], data: bytes, on_log: Callable[[bytes], None] | None = None
    ) -> AsyncIterator[tuple[anyio.abc.Process, anyio.abc.TaskGroup]]:
        """A process with its stdin fed and its stderr drained; gone, whatever happens, when the block ends."""
        with tempfile.TemporaryDirectory(prefix="k6ci-emulator-", ignore_cleanup_errors=True) as folder:
            # A cancelled start would leave a process that nobody knows of; it takes milliseconds.
            with anyio.CancelScope(shield=True):
                process = await anyio.open_process(
                    [self._binary, *argv],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=folder,
                    env=_private_environ(self._environ, folder),
                    start_new_session=True,
                )
            _prefer_for_oom_kill(process.pid)
            try:
                async with anyio.create_task_group() as group:
                    group.start_soon(_feed, process, data)
                    drained = anyio.Event()
                    group.start_soon(_drain, process, on_log, drained)
                    yield process, group
                    await process.wait()
                    await drained.wait()
                    group.cancel_scope.cancel()
            finally:
                with anyio.CancelScope(shield=True):
                    await self._end(process)
                    await process.aclose()

    async def _stop_when(self, process: anyio.abc.Process, stop: anyio.Event) -> None:
        await stop.wait()
        await self._end(process)

    async def _stop_after(self, process: anyio.abc.Process, seconds: float, timed_out: anyio.Event) -> None:
        with anyio.move_on_after(seconds):
            await process.wait()
            return
        timed_out.set()
        await self._end(process)

    async def _end(self, process: anyio.abc.Process) -> None:
        """The ladder: ask k6 to stop gracefully, wait, kill."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)  # a session of its own: also what a wrapper script has started
            with anyio.move_on_after(self._grace_seconds):
                await process.wait()


def _prefer_for_oom_kill(pid: int) -> None:
    """Let Linux kill this k6 and not the emulator when the memory is full."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000", encoding="ascii")


def _private_environ(environ: Mapping[str, str], folder: str) -> dict[str, str]:
    places = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    return {**environ, **dict.fromkeys(places, folder)}


async def _feed(process: anyio.abc.Process, data: bytes) -> None:
    if process.stdin is None:
        return
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        await process.stdin.send(data)
    with contextlib.suppress(anyio.BrokenResourceError, OSError):
        await process.stdin.aclose()


async def _drain(process: anyio.abc.Process, on_log: Callable[[bytes], None] | None, drained: anyio.Event) -> None:
    if process.stderr is not None:
        async for chunk in process.stderr:
            if on_log is not None:
                on_log(chunk)
    drained.set()


async def _read_whole(process: anyio.abc.Process) -> bytes:
    output = bytearray()
    if process.stdout is not None:
        async for chunk in process.stdout:
            if len(output) < OUTPUT_LIMIT_BYTES:
                output += chunk
    return bytes(output)
