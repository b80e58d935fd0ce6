"""Runs the k6 binary of the emulator: its version, `k6 inspect` and `k6 run`.

Scripts reach k6 as archives through stdin and are never written to disk: k6 lets them open the files of the archive and
not those of this machine. What k6 itself writes goes to a private folder that is deleted with the process.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from k6ci.emulator.json_documents import parse_json
from k6ci.k6.supervision import Ended, OutputTail, supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import anyio

_INHERITED = frozenset(
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
_FIXED = {
    "K6_NO_USAGE_REPORT": "true",
    "K6_AUTO_EXTENSION_RESOLUTION": "false",
    "K6_BINARY_PROVISIONING": "false",
    # A browser could read any file (file:///) and write screenshots anywhere, so scripts get none.
    "K6_BROWSER_EXECUTABLE_PATH": "/nonexistent/no-browser-in-the-emulator",
    "TZ": "UTC",
}
_FOLDER_VARIABLES = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
INSPECT_SECONDS = 20.0
_OUTPUT_LIMIT_BYTES = 8 << 20
_MESSAGE_LIMIT = 2_000
_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)\S* \(")
_NEWEST = (2, 0, 0)


class InspectError(Exception):
    """`k6 inspect` failed; the message is k6's own."""


@dataclass(frozen=True)
class Inspected:
    """What `k6 inspect` found: the options of a script, and the log that its init code wrote."""

    options: dict[str, Any]
    log: bytes


class K6:
    """One k6 binary, with the environment that its processes get.

    Args:
        binary: the program.
        environ: the environment of the emulator, of which the variables that any program needs are passed on. Scripts
            do not see them: `__ENV` has the variables of the archive and those that `run` adds.
        grace_seconds: the time between SIGTERM and SIGKILL.
    """

    def __init__(self, binary: Path, environ: Mapping[str, str], *, grace_seconds: float) -> None:
        self._binary = str(binary)
        self._environ = {name: value for name, value in environ.items() if name.upper() in _INHERITED} | _FIXED
        self._grace_seconds = grace_seconds
        self._version: tuple[int, ...] | None = None

    async def version(self) -> tuple[int, ...]:
        """Return the version of the binary, such as (2, 2, 0); k6 is asked once."""
        if self._version is None:
            output = OutputTail(_OUTPUT_LIMIT_BYTES)
            await self._run(["version"], b"", on_stdout=output.feed, limit_seconds=INSPECT_SECONDS)
            # The name of the binary comes first and may be anything; a build from a checkout reports `(devel)`.
            found = _VERSION.search(output.data.decode(errors="replace"))
            self._version = tuple(map(int, found.groups())) if found else _NEWEST
        return self._version

    async def inspect(self, archive: bytes) -> Inspected:
        """Run the init code of an archive and return its options.

        Raises:
            InspectError: k6 rejects the script, or does not end within INSPECT_SECONDS.
        """
        output, log = OutputTail(_OUTPUT_LIMIT_BYTES), OutputTail(_OUTPUT_LIMIT_BYTES)
        argv = ["inspect", "--log-format=json", "-"]  # `__ENV` is empty here unless the archive fills it
        ended = await self._run(argv, archive, on_stdout=output.feed, on_stderr=log.feed, limit_seconds=INSPECT_SECONDS)
        if ended.is_timed_out:
            raise InspectError(f"k6 inspect did not end within {INSPECT_SECONDS:.0f} s")
        if ended.exit_code != 0:
            raise InspectError(_last_message(log.data) or f"k6 inspect ended with {ended.exit_code}")
        try:
            options = parse_json(output.data)
        except ValueError as error:
            raise InspectError("the output of k6 inspect is not valid JSON") from error
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
    ) -> Ended:
        """Execute an archive until it ends, `stop` is set, or `limit_seconds` are over.

        Args:
            archive: a k6 archive.
            on_samples: gets k6's JSON output in chunks as it comes.
            on_log: gets k6's JSON log in chunks as it comes.
            stop: ends the execution when it is set.
            limit_seconds: the longest execution.
            variables: added to the script's `__ENV`; they are visible in the process list, so they hold no secrets.
        """
        no_summary = "--no-summary" if await self.version() < (2,) else "--summary-mode=disabled"
        argv = ["run", "--quiet", "--no-color", "--address=", "--log-format=json", "--out=json", no_summary]
        argv += [
            "--include-system-env-vars=false",
            *(f"--env={name}={value}" for name, value in variables.items()),
            "-",
        ]
        return await self._run(
            argv, archive, on_stdout=on_samples, on_stderr=on_log, limit_seconds=limit_seconds, stop=stop
        )

    async def _run(
        self,
        argv: list[str],
        stdin: bytes,
        *,
        on_stdout: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None] = lambda _: None,
        limit_seconds: float,
        stop: anyio.Event | None = None,
    ) -> Ended:
        with tempfile.TemporaryDirectory(prefix="k6ci-emulator-", ignore_cleanup_errors=True) as folder:
            async with supervised(
                [self._binary, *argv],
                environ={**self._environ, **dict.fromkeys(_FOLDER_VARIABLES, folder)},
                folder=Path(folder),
                on_stdout=on_stdout,
                on_stderr=on_stderr,
                stdin=stdin,
                grace_seconds=self._grace_seconds,
            ) as child:
                _prefer_for_oom_kill(child.pid)
                return await child.finished(limit_seconds=limit_seconds, stop=stop)


def _prefer_for_oom_kill(pid: int) -> None:
    """Make Linux kill this k6 and not the emulator when memory runs out."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000", encoding="ascii")


def _last_message(log: bytes) -> str:
    """Return the message of the last line of a JSON log; a line that is not JSON is its own message."""
    lines = log.decode(errors="replace").strip().splitlines()
    if not lines:
        return ""
    try:
        return str(json.loads(lines[-1])["msg"])[:_MESSAGE_LIMIT]
    except (ValueError, KeyError, TypeError, RecursionError):
        return lines[-1][:_MESSAGE_LIMIT]
