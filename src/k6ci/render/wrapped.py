"""Text that fits the terminal of its reader; logs and pipes get it as it is, because programs search them by lines."""

from __future__ import annotations

import shutil
import textwrap
from typing import Final, TextIO

from k6ci.lines import one_line

_WIDEST: Final = 100
_NARROWEST: Final = 40


def wrapped(text: str, stream: TextIO, *, indent: int = 0) -> str:
    """Foreign text on one line; on a terminal in lines that fit it, words whole, and all but the first indented."""
    text = one_line(text)
    if not stream.isatty():
        return text
    width = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
    return textwrap.fill(text, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def fields(rows: list[tuple[str, str]], stream: TextIO) -> str:
    """Rows of a name and a text, the texts below each other."""
    column = max((len(name) for name, _ in rows), default=0) + 2
    return "".join(f"{wrapped(f'{name:<{column}}{text}', stream, indent=column)}\n" for name, text in rows)
