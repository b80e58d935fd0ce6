"""The entry point: ends the process with the code that the command line returns."""

from __future__ import annotations

import sys


def main() -> None:
    """Run k6ci with the arguments of the process."""
    try:
        from k6ci import cli  # noqa: PLC0415 -- the base install lacks what this imports, and says so
    except ImportError as error:
        sys.stderr.write(f"k6ci: {error.name} is not installed.\n  -> Run `pip install 'k6ci[cloud]'`.\n")
        sys.exit(2)
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
