"""The way in: `scan` goes straight to the secret scan, which imports next to nothing, everything else to the command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command that the arguments name and give its exit code."""
    argv = sys.argv[1:]
    if argv[:1] == ["scan"]:
        from k6ci.secretscan.command import main as scan  # noqa: PLC0415 - the hook must not import the cloud side

        return scan(argv[1:])
    from k6ci.cli import main as command_line  # noqa: PLC0415 - and the other way round

    return command_line(argv)


if __name__ == "__main__":
    sys.exit(main())
