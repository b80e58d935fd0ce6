"""Redacting bytes that arrive in pieces, as from a child process.

Only what may be the beginning of a secret is held back: memory is bounded by the longest form, and lines appear soon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from k6ci.redaction.search import FormFinder, Span

MASK = b"***"


def masked(data: bytes, spans: Sequence[Span], *, end: int, covered: int = 0) -> tuple[bytes, int]:
    """The data up to `end` with one mask over each group of overlapping spans, which are in order of start.

    The first `covered` bytes belong to a mask that was already written. Also returns how many bytes beyond `end` the
    last mask covers.
    """
    if not spans and not covered:
        return data[:end], 0
    pieces: list[bytes] = []
    position = covered
    for first, beyond in spans:
        if first >= end:
            break
        if first >= position:
            pieces += (data[position:first], MASK)
        position = max(position, beyond)
    pieces.append(data[position:end])
    return b"".join(pieces), max(0, position - end)


def decoded(clean: bytes) -> str:
    """The text of redacted bytes. A mask or the end of a piece may have cut a character in two; it is replaced."""
    try:
        return clean.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return clean.decode(errors="replace")


class StreamRedactor:
    """Redacts a stream of bytes; the pieces may be cut anywhere. Made by `Redactor.stream`.

    Its results, joined, equal the result of `Redactor.data` for all input. A secret that is added to the redactor later
    counts from the next piece on.
    """

    def __init__(self, finder: Callable[[], FormFinder]) -> None:
        self._finder = finder
        self._held_back = b""
        self._covered = 0

    def feed(self, data: bytes) -> bytes:
        """The output that is certain after this piece."""
        return self._advance(self._held_back + data, is_end=False)

    def flush(self) -> bytes:
        """The rest of the output, at the end of the stream; afterwards a new stream may begin."""
        rest = self._advance(self._held_back, is_end=True)
        self._covered = 0
        return rest

    def _advance(self, data: bytes, *, is_end: bool) -> bytes:
        found = self._finder().find(data)
        end = len(data) if is_end else found.open_from
        clean, self._covered = masked(data, found.spans, end=end, covered=self._covered)
        self._held_back = data[end:]
        return clean
