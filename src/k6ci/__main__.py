"""The entry point: `scan` goes straight to the secret scan, all else to the command line, whose code it ends with."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn


def main() -> None:
    """Run k6ci with the arguments of the process."""
    try:
        _main()
    except KeyboardInterrupt:  # where nobody else took it, there is nothing to clean up, and nothing to trace
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 -- Python's own exit code for it, 1, would mean findings
        _end_as_bug(error)


def _end_as_bug(error: Exception) -> NoReturn:
    """Exit code 70, whatever state the streams are in."""
    from k6ci import crash  # noqa: PLC0415 -- the hook does not pay for it

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads
            stream.flush()
    with contextlib.suppress(OSError):
        os.write(2, f"k6ci: {crash.cause_of(error)}\n  -> {crash.REMEDY}\n".encode("utf-8", "backslashreplace"))
    os._exit(crash.EXIT_CODE)


def _main() -> None:
    if sys.argv[1:2] == ["scan"]:
        from k6ci.secretscan import cli as scan_cli  # noqa: PLC0415 -- the hook must not import the cloud side

        # Lines and matches make no cycles: looking for some all the time would cost a twentieth of a scan.
        gc.set_threshold(50_000, 20, 50)
        code = scan_cli.main(sys.argv[2:])
        gc.freeze()
        sys.exit(code)
    try:
        from k6ci import cli  # noqa: PLC0415 -- the base install lacks what this imports, and says so
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("k6ci"):
            raise
        sys.stderr.write(f"k6ci: {error.name} is not installed.\n  -> Run `pip install 'k6ci[cloud]'`.\n")
        sys.exit(2)
    # What imports and a run have made is not garbage: walking it again at the end would cost a tenth of a second.
    gc.freeze()
    code = cli.main()
    _ignore_signals()
    gc.freeze()
    sys.exit(code)


def _ignore_signals() -> None:
    """All is done and said: a signal that comes while the interpreter winds up must not change the exit code."""
    import signal  # noqa: PLC0415 -- the hook does not pay for it

    for name in ("SIGHUP", "SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


if __name__ == "__main__":
    main()
