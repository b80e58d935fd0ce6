"""Redaction: secrets in, and every text or byte that leaves the process comes out without them.

It knows values, never where they came from. What counts as a secret's form is said in `forms`, how forms are found
fast in `search`, and what happens to output in pieces in `streams` and `console`.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, TextIO, cast

from k6ci.redaction.console import RedactedText
from k6ci.redaction.forms import SHORTEST_VALUE, forms_of
from k6ci.redaction.search import FormFinder
from k6ci.redaction.streams import MASK, StreamRedactor, decoded, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["MASK", "SHORTEST_VALUE", "Redactor", "StreamRedactor"]


# What people paste along with a token: the scheme of a header, in any case, and a pair of quotes.
_ADORNED = re.compile(r"""(?i)(?P<quote>["']?)(?:(?:bearer|token|basic)\s+)?(?P<core>.*)(?P=quote)""")


class Redactor:
    """Replaces every form of the secrets that it was told by `***`, whatever their length.

    Where occurrences overlap, one mask covers them all, so a secret that begins like another leaves no rest. Cheap to
    make; the search is prepared at the first use after a change. Safe to use from several threads.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: dict[str, frozenset[bytes]] = {}
        self._finder: FormFinder | None = None
        # Reentrant: a signal handler may print while the search is prepared.
        self._lock = threading.RLock()
        for value in values:
            self.add(value)

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._forms)} values>"

    def add(self, value: str) -> None:
        """Mask this value, too, and each of its lines, from now on, with or without quotes and `Bearer` around it.

        Outer white space does not count. What is shorter than 6 characters is ignored: a mask of "1" wrecks a log.
        """
        new = {secret: forms_of(secret) for secret in _secrets_in(value) if secret not in self._forms}
        with self._lock:
            self._forms.update(new)
            self._finder = None

    def text(self, text: str) -> str:
        """The text without any secret; the same object when there was none."""
        data = text.encode(errors="surrogatepass")
        clean = self.data(data)
        return text if clean is data else decoded(clean)

    def data(self, data: bytes) -> bytes:
        """The bytes without any secret; the same object when there was none. Text in them is taken as UTF-8."""
        spans = self.finder().find(data).spans
        return masked(data, spans, end=len(data))[0] if spans else data

    def stream(self) -> StreamRedactor:
        """A redactor for output that arrives in pieces."""
        return StreamRedactor(self.finder)

    def wrap(self, stream: TextIO, gone: Callable[[], None] = lambda: None) -> TextIO:
        """A text stream that writes to the given one, redacted, its `buffer` included.

        A piece that may be the beginning of a secret waits for what follows, or for `close`, which leaves the given
        stream open. `gone` is called when nobody reads that any more.
        """
        return cast("TextIO", RedactedText(stream, self.stream(), gone))

    def finder(self) -> FormFinder:
        """The search for all forms known now."""
        if (finder := self._finder) is not None:
            return finder
        with self._lock:
            if self._finder is None:
                self._finder = FormFinder(frozenset().union(*self._forms.values()))
            return self._finder


def _secrets_in(value: str) -> Iterator[str]:
    for part in (value, *value.split("\n")):
        secret = part.strip()
        adorned = _ADORNED.fullmatch(secret)
        for candidate in (secret, adorned["core"].strip() if adorned else ""):
            if len(candidate) >= SHORTEST_VALUE:
                yield candidate
