"""Redaction: removes known secrets from every text and byte that leaves the process.

It knows the values of secrets, not where they came from. `forms` lists the encoded forms of a secret, `search` finds
them fast, `values` redacts reports before they are serialised, `streams` and `console` redact output in pieces.
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
_WITH_SCHEME_OR_QUOTES = re.compile(r"""(?i)(?P<quote>["']?)(?:(?:bearer|token|basic)\s+)?(?P<core>.*)(?P=quote)""")


class Redactor:
    """Replaces every form of the secrets that were added to it with `***`, whatever their length.

    Overlapping occurrences get one mask, so nothing is left of a secret that begins like another one. Cheap to create;
    the search is prepared on the first use after a change. Thread-safe.
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
        """From now on, mask this value and each of its lines, with or without quotes and `Bearer` around it.

        Outer white space is ignored, and so are values of under 6 characters: masking every "1" would ruin a log.
        """
        new = {secret: forms_of(secret) for secret in _secrets_in(value) if secret not in self._forms}
        with self._lock:
            self._forms.update(new)
            self._finder = None

    def text(self, text: str) -> str:
        """The text without secrets; the same object if it has none."""
        data = text.encode(errors="surrogatepass")
        clean = self.data(data)
        return text if clean is data else decoded(clean)

    def data(self, data: bytes) -> bytes:
        """The bytes without secrets; the same object if they have none. Text in them is read as UTF-8."""
        spans = self.finder().find(data).spans
        return masked(data, spans, end=len(data))[0] if spans else data

    def stream(self) -> StreamRedactor:
        """A redactor for output that arrives in pieces."""
        return StreamRedactor(self.finder)

    def wrap(self, stream: TextIO, on_reader_gone: Callable[[], None] = lambda: None) -> TextIO:
        """A text stream that writes redacted text (and, through `buffer`, redacted bytes) to the given one.

        Output that may be the beginning of a secret is held back until more is written, or until `close`, which leaves
        the given stream open. `on_reader_gone` is called when nobody reads that stream any more.
        """
        return cast("TextIO", RedactedText(stream, self.stream(), on_reader_gone))

    def finder(self) -> FormFinder:
        """The search for all forms known at this moment."""
        if (finder := self._finder) is not None:
            return finder
        with self._lock:
            if self._finder is None:
                self._finder = FormFinder(frozenset().union(*self._forms.values()))
            return self._finder


def _secrets_in(value: str) -> Iterator[str]:
    for part in (value, *value.split("\n")):
        secret = part.strip()
        pasted = _WITH_SCHEME_OR_QUOTES.fullmatch(secret)
        for candidate in (secret, pasted["core"].strip() if pasted else ""):
            if len(candidate) >= SHORTEST_VALUE:
                yield candidate
