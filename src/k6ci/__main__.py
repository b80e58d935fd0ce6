"""The entry point: hands `scan` to the secret scan, all else to the command line, and ends with the exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from k6ci.errors import ExitCode, K6ciError, error_lines, run_guarded

_JOIN_SECONDS = 0.5


def main() -> None:
    """Run k6ci with the arguments of the process."""
    argv = sys.argv[1:]
    try:
        code = run_guarded(lambda: _run(argv), _end_at_once)
    except KeyboardInterrupt:  # nobody else caught it, so that there is nothing to clean up
        code = ExitCode.SIGINT
    gc.freeze()
    _end(code)


def _end(code: int) -> NoReturn:
    """End the process, even if a thread that was abandoned still waits: for a pipe that nobody reads, or a server."""
    threading = sys.modules.get("threading")
    if threading is None:  # a scan, which has no threads: the system frees its memory faster than the interpreter
        _flush_streams()
        os._exit(code)
    others = set(threading.enumerate()) - {threading.main_thread()}
    for thread in (one for one in others if not one.daemon):
        thread.join(_JOIN_SECONDS)
        if thread.is_alive():  # the interpreter would wait for it
            _flush_streams()
            os._exit(code)
    sys.exit(code)


def _run(argv: Sequence[str]) -> int:
    if argv[:1] == ["scan"]:
        # Lines and matches form no cycles: to look for some all the time would cost a twentieth of a scan.
        gc.set_threshold(50_000, 20, 50)
        from k6ci.secretscan import cli as scan_cli  # noqa: PLC0415 -- the hook must not import the cloud side

        return scan_cli.main(argv[1:])
    # Imports leave little garbage. To look for cycles after every 700 objects, as usual, would cost a tenth of the CPU
    # time of a run; not to look at all would cost 0.5 MB.
    gc.set_threshold(20_000, 100, 100)
    try:
        from k6ci import cli  # noqa: PLC0415 -- the base install lacks what it imports

        cli.import_commands(argv)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("k6ci"):
            raise
        sys.stderr.write(f"k6ci: {error.name} is not installed.\n  -> Run `pip install 'k6ci[cloud]'`.\n")
        return ExitCode.USAGE
    gc.freeze()
    code = cli.main(argv)
    _ignore_signals()
    return code


def _end_at_once(error: K6ciError) -> NoReturn:
    """Show an error that no command caught, whatever state the streams are in, and end with its exit code."""
    _flush_streams()
    text = "\n".join([*error_lines(error), ""])
    with contextlib.suppress(OSError):
        os.write(2, text.encode("utf-8", "backslashreplace"))
    os._exit(error.code)


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads
            stream.flush()


def _ignore_signals() -> None:
    """The result is final: a signal that arrives while the interpreter ends must not change the exit code."""
    import signal  # noqa: PLC0415 -- the hook does not pay for it

    for name in ("SIGHUP", "SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == "__main__":
    main()
