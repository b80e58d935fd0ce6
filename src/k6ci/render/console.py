"""The one way to a rich console: styled on a terminal, plain and of a fixed width elsewhere."""

from __future__ import annotations

from typing import Final, TextIO

from rich.console import Console

_LOG_WIDTH: Final = 100


def console_for(stream: TextIO) -> Console:
    """A console on a stream; CI logs get no colours, because reports are copied from them."""
    if stream.isatty():
        # The console moves the cursor itself; what it shows was made one line by who gave it the text.
        return Console(file=getattr(stream, "styled", stream), highlight=False, emoji=False)
    return Console(file=stream, highlight=False, emoji=False, width=_LOG_WIDTH, color_system=None, force_terminal=False)
