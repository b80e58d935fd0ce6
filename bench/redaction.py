"""How fast secrets are masked, beside the two obvious ways to do it: `replace` for each form, and one big `re`."""

from __future__ import annotations

import random
import re
import secrets
import time
from typing import TYPE_CHECKING

from k6ci.redaction import MASK, Redactor
from k6ci.redaction.forms import forms_of

if TYPE_CHECKING:
    from collections.abc import Callable

GOAL_MEGABYTES_PER_SECOND = 50
_MEGABYTE = 1_000_000
_SIZE = 8 * _MEGABYTE
_LEVELS = ("info", "info", "info", "warning", "debug")
_MESSAGES = (
    'Request to \\"https://test.k6.io/api/v1/crocodiles/{}?page=1&sort=name%20asc\\" returned 200 in {} ms',
    "running (0m{}s), 20/20 VUs, {} complete and 0 interrupted iterations",
    "checks.........................: 99.{}% {} out of 4012",
    '{{\\"id\\": {}, \\"commit\\": \\"9fceb02d0ae598e95dc970b74767f19372d61af8\\", \\"count\\": {}}}',
    "GoError: dial tcp 10.0.{}.12:443: i/o timeout after {} ms at file:///home/runner/work/shop/load/checkout.js:41",
)


def log_lines(size: int) -> list[str]:
    """About so many bytes of what k6 and its scripts write, the same in each run."""
    # A fixed seed: the text is no secret, and runs are to be compared.
    generator = random.Random(20)
    lines: list[str] = []
    while size > 0:
        message = generator.choice(_MESSAGES).format(generator.randrange(1000), generator.randrange(100_000))
        level, second = generator.choice(_LEVELS), generator.randrange(60)
        lines.append(f'time="2026-11-24T10:12:{second:02}Z" level={level} msg="{message}" source=console\n')
        size -= len(lines[-1])
    return lines


def with_hits(lines: list[str], forms: list[bytes]) -> bytes:
    """One line in a hundred has a form of a secret."""
    generator = random.Random(21)
    return b"".join(
        line.encode() if number % 100 else line.encode()[:60] + generator.choice(forms) + line.encode()[60:]
        for number, line in enumerate(lines)
    )


def near_misses(forms: list[bytes]) -> bytes:
    """Nothing but beginnings of forms, none of them whole: the worst that a script could print."""
    generator = random.Random(22)
    pieces: list[bytes] = []
    size = 0
    while size < _SIZE // 8:
        form = generator.choice(forms)
        pieces.append(form[: generator.randrange(4, len(form))] + b"!")
        size += len(pieces[-1])
    return b"".join(pieces)


def measured(redact: Callable[[bytes], bytes], data: bytes, rounds: int = 3) -> float:
    """Megabytes per second of CPU time, the best of some rounds."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        redact(data)
        seconds.append(time.process_time() - start)
    return len(data) / _MEGABYTE / min(seconds)


def in_pieces(redactor: Redactor, size: int) -> Callable[[bytes], bytes]:
    """The stream redactor, fed with pieces of so many bytes."""

    def redact(data: bytes) -> bytes:
        stream = redactor.stream()
        pieces = [stream.feed(data[at : at + size]) for at in range(0, len(data), size)]
        return b"".join(pieces) + stream.flush()

    return redact


def rivals(forms: list[bytes]) -> dict[str, Callable[[bytes], bytes]]:
    """What one would write first."""
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = re.compile(b"|".join(map(re.escape, longest_first)))

    def replace(data: bytes) -> bytes:
        for form in longest_first:
            data = data.replace(form, MASK)
        return data

    return {"replace": replace, "re": lambda data: pattern.sub(MASK, data)}


def _report(name: str, values: list[str], lines: list[str]) -> list[float]:
    """Print the lines of one set of secrets; answer the speeds that the goal is about."""
    redactor = Redactor(values)
    start = time.process_time()
    redactor.finder()
    prepared = (time.process_time() - start) * 1000
    forms = sorted({form for value in values for form in forms_of(value)})
    print(f"{len(values)} secrets, {name}: {len(forms)} forms, searched after {prepared:.0f} ms of preparation")
    plain = "".join(lines).encode()
    hits = with_hits(lines, forms)
    if redactor.data(plain) != plain or redactor.data(hits).count(MASK) < len(lines) // 100:
        raise AssertionError("the texts of this bench are not what they are said to be")
    speeds = []
    for kind, data, counts in (
        ("log without secrets", plain, True),
        ("log, secret in 1 % of lines", hits, True),
        ("near misses only", near_misses(forms), False),
    ):
        speed = measured(redactor.data, data)
        others = [f"{measured(rival, data[: _SIZE // 16], 1):6.1f}" for rival in rivals(forms).values()]
        print(f"  {kind:<28} {speed:7.1f} {'  '.join(others)}")
        speeds += [speed] * counts
    for size in (65_536, 100):
        print(f"  {f'stream, pieces of {size}':<28} {measured(in_pieces(redactor, size), plain):7.1f}")
    return speeds


def main() -> int:
    """Print MB/s; 0 when the goal holds for logs with and without secrets."""
    lines = log_lines(_SIZE)
    print(f"{'MB/s of one core':<30} {'k6ci':>7} {'replace':>7} {'re':>6}")
    kinds = {
        "tokens of 32 and 64 characters": [secrets.token_hex(16 + 16 * (n % 2)) for n in range(10)],
        "base64 tokens": ["glsa_" + secrets.token_urlsafe(24) for _ in range(10)],
        "passwords with special characters": [
            f"{secrets.token_urlsafe(6)}/+$&{secrets.token_hex(3)}" for _ in range(10)
        ],
        "passwords of 8 characters": [secrets.token_hex(4) for _ in range(10)],
    }
    slowest = min(speed for name, values in kinds.items() for speed in _report(name, values, lines))
    is_reached = slowest >= GOAL_MEGABYTES_PER_SECOND
    verdict = "holds" if is_reached else "MISSED"
    print(f"goal: logs at {GOAL_MEGABYTES_PER_SECOND} MB/s or more; slowest {slowest:.0f}: {verdict}")
    return 0 if is_reached else 1
