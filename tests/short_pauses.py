"""Runs k6ci with pauses that take a fifth of their time, so that tests do not wait for polls and retries.

Deadlines keep their time: a busy machine does not run into one sooner. As a program it is `python -m k6ci`, with this
clock: `python -P tests/short_pauses.py ARGUMENTS`.
"""

from __future__ import annotations

import sys

from k6ci.clock import SystemClock

SHARE = 0.2


class ShortPauseClock(SystemClock):
    """The clock of the machine; only what sleeps is woken early."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds * SHARE)


def main() -> None:
    """Run k6ci with the arguments of this process."""
    from k6ci import __main__, cli  # noqa: PLC0415 -- the same order as in `python -m k6ci`

    cli.SystemClock = ShortPauseClock
    sys.argv[0] = __main__.__file__
    __main__.main()


if __name__ == "__main__":
    main()
