"""Messages about skipped files, on standard error."""

from __future__ import annotations

import sys

from k6ci.lines import one_line
from k6ci.secretscan.inputs.content import Content

_NAMED_OF_A_KIND = 5


def name_skipped(skipped: list[Content]) -> None:
    """Name skipped files: every failure, and a few of each other reason (a tree has many images)."""
    kinds: dict[str, list[Content]] = {}
    for one in skipped:
        kinds.setdefault("" if one.is_failure else one.skipped, []).append(one)
    for kind, ones in kinds.items():
        named = ones[:_NAMED_OF_A_KIND] if kind else ones
        for one in named:
            sys.stderr.write(one_line(f"k6ci: skipped {one.path}: {one.skipped}") + "\n")
        if len(ones) > len(named):
            print(
                f"k6ci: skipped {len(ones) - len(named)} more: {kind} (--format json names them)",
                file=sys.stderr,
            )
