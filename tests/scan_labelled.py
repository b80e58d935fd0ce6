"""Whole files of configuration and code, with their secrets marked: `scan_files/*.txt`.

`### path` begins a file, `«kind»` is the place of a secret that `scan_values` makes, `«!kind»` of a value that is none
where it stands. Every line without a secret has to be silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scan_values import Values

FOLDER = Path(__file__).parent / "scan_files"
_MARK = re.compile("«!?([A-Za-z0-9]+)»")
_SECRET = re.compile("«[A-Za-z0-9]+»")
_TELLING = re.compile(r"(?i)passw|pass|pwd|secret|token|api.?key|auth|cred|key")


class Labelled(NamedTuple):
    """A file, the numbers of the lines that hold a secret, and how many others speak of secrets."""

    path: str
    text: str
    secrets: dict[int, str]
    false_positives: int


def labelled(seed: int) -> Iterator[Labelled]:
    """Every file of the folder with values made from the seed."""
    values = Values(seed)
    for source in sorted(FOLDER.glob("*.txt")):
        for block in source.read_text(encoding="utf-8").split("### ")[1:]:
            path, _, template = block.partition("\n")
            lines = template.split("\n")
            secrets = {number: line for number, line in enumerate(lines, 1) if _SECRET.search(line)}
            made = [_MARK.sub(lambda mark: values.made(mark[1]), line) for line in lines]
            others = sum(1 for line in lines if _TELLING.search(line) and not _SECRET.search(line))
            yield Labelled(path, "\n".join(made), secrets, others)
