"""The forms in which one secret value appears in output: a value in, a set of byte strings out.

The literal always; from 8 characters on also what encoders of shells, URLs, JSON, HTML, Python and Go make of it, and
what a second one makes of that (base64 in a URL, a URL in JSON). Pure; it knows nothing about searching.
"""

from __future__ import annotations

import base64
import itertools
import json
from typing import TYPE_CHECKING

from k6ci.redaction import escapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORTEST_VALUE = 6
SHORTEST_ENCODED_VALUE = 8

_HEX_CASES = ("02x", "02X")
_REFERENCES = ("&#{};", "&#{:03};", "&#x{:x};", "&#x{:X};", "&#x{:04x};", "&#x{:04X};")
_ESCAPED_IN_HTML = frozenset("&<>\"'")
_LINE_WIDTHS = (64, 76)  # openssl and PEM; coreutils and MIME


def forms_of(value: str) -> frozenset[bytes]:
    """All forms of a value in UTF-8; a value of under 8 characters has no other form than itself.

    Base64 comes without the first or last characters, too, where the bits of a neighbour are mixed into them
    (`user:token`): of those, at most one on either side stays in the output.
    """
    forms = {value}
    if len(value) >= SHORTEST_ENCODED_VALUE:
        once = {value, *_base64(value), *_escaped_as_usual(value)}
        forms.update(once, *map(_escaped_as_usual, once))
        forms.update(_numbers(value), _percent(value), _backslashed(value), _references(value), _unicode(value))
    # A value that came from undecodable bytes is written as these bytes by some, as lone surrogates by others.
    return frozenset({escapes.utf8(form) for form in forms} | {form.encode(errors="surrogatepass") for form in forms})


def _escaped_as_usual(value: str) -> Iterator[str]:
    """The most common escapes: JSON, URLs, HTML, and the quotes of shells, YAML, CSV and OData."""
    in_json = json.dumps(value)[1:-1]
    yield from (in_json, in_json.replace("/", "\\/"), json.dumps(value, ensure_ascii=False)[1:-1])
    for choice, style in itertools.product(escapes.ESCAPED_IN_URLS[1:3], _HEX_CASES):
        yield escapes.rewritten(value, choice | escapes.wide(value), escapes.percent(style))
    yield from _escaped_in_html(value)
    yield from (value.replace("'", quote) for quote in ("''", "'\\''", "'\"'\"'"))
    yield value.replace('"', '""')
    yield repr(value)[1:-1]


def _escaped_in_html(value: str) -> Iterator[str]:
    if _ESCAPED_IN_HTML.isdisjoint(value):
        return
    import html  # noqa: PLC0415 -- most tokens contain no such character

    escaped = html.escape(value)
    yield from (escaped, escaped.replace("&#x27;", "&apos;"), html.escape(value, quote=False))
    yield escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def _base64(value: str) -> Iterator[str]:
    """Three alignments, padded or not, in both alphabets, in one line or wrapped."""
    raw = escapes.utf8(value)
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + raw).decode()
        first = -(-8 * offset // 6)
        beyond_last = 8 * (offset + len(raw)) // 6
        for form in (encoded[first:beyond_last], encoded[first:].rstrip("="), encoded[first:]):
            yield from (form, form.translate(_URL_SAFE))
    whole = base64.b64encode(raw).decode()
    for width in _LINE_WIDTHS:
        yield "\n".join([whole[start : start + width] for start in range(0, len(whole), width)])


_URL_SAFE = str.maketrans("+/", "-_")


def _numbers(value: str) -> Iterator[str]:
    """Byte by byte: hex dumps, byte slices of Go and JavaScript, C and Python escapes."""
    raw = escapes.utf8(value)
    for style in _HEX_CASES:
        digits = [f"{byte:{style}}" for byte in raw]
        yield from (separator.join(digits) for separator in ("", " ", ":", "-"))
        yield from ("".join([prefix + pair for pair in digits]) for prefix in ("\\x", "%"))
        yield ", ".join(["0x" + pair for pair in digits])
    yield from (separator.join(map(str, raw)) for separator in (" ", ",", ", "))
    yield "".join([f"\\{byte:03o}" for byte in raw])
    yield from (repr(raw)[2:-1], ascii(value)[1:-1])


def _percent(value: str) -> Iterator[str]:
    for choice, style in itertools.product(escapes.choices(value, escapes.ESCAPED_IN_URLS), _HEX_CASES):
        form = escapes.rewritten(value, choice | escapes.wide(value), escapes.percent(style))
        yield from (form, form.replace(" ", "+"), form.replace("%20", "+"))


def _backslashed(value: str) -> Iterator[str]:
    for choice in escapes.choices(value, escapes.BACKSLASHED):
        form = escapes.rewritten(value, choice, escapes.after_backslash)
        yield from (form, form.replace("\n", "\\n"))


def _references(value: str) -> Iterator[str]:
    """Entities by name and by number, for the usual choices of characters and for all."""
    wide = escapes.wide(value)
    for choice in _of_interest(value, escapes.IN_MARKUP):
        for style in _REFERENCES:
            yield escapes.rewritten(value, choice | wide, escapes.reference(style))
        yield from (escapes.rewritten(value, some, escapes.as_name) for some in (choice, choice | wide))


def _unicode(value: str) -> Iterator[str]:
    r"""JSON made safe for HTML (Go, .NET, Django), and the `\u` escapes of all characters."""
    for choice in _of_interest(value, escapes.IN_SCRIPTS):
        for style, is_ascii_only in itertools.product(("04x", "04X"), (False, True)):
            chosen = choice | escapes.wide(value) if is_ascii_only else choice
            write = escapes.unicode_escape(style)
            yield "".join([write(c) if c in chosen else escapes.in_json(c) for c in value])


def _of_interest(value: str, known: Iterable[frozenset[str]]) -> set[frozenset[str]]:
    """The known choices as far as the value is concerned, all its special characters, and all its characters."""
    characters = frozenset(value)
    return {*(choice & characters for choice in known), escapes.specials(value), characters}
