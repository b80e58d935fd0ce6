r"""Makes foreign text safe to show: without characters that move a cursor, hide text or change its direction.

Names of checks, thresholds, scripts and files, statuses, URLs and messages come from others, who could forge a line
that looks like a verdict. Escapes are those of JSON (`\u001b`), so that JSON stays valid. Standard library only.
"""

from __future__ import annotations

# Spaces of other widths are text, although `str.isprintable` does not count them.
_SPACES = frozenset("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
# Letters without a shape, which make one name look like another.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ASTRAL = 0x10000


def one_line(text: str) -> str:
    """The text on one line, with line breaks, control and invisible characters escaped."""
    if text.isprintable() and _BLANKS.isdisjoint(text):
        return text
    return "".join([_escaped(sign) for sign in text])


def visible(text: str) -> str:
    """The text with its line breaks and tabs, and with all other control and invisible characters escaped."""
    if text.replace("\n", "").isprintable() and _BLANKS.isdisjoint(text):
        return text
    return "".join([sign if sign in "\n\t" else _escaped(sign) for sign in text])


def marked(text: str, *, first: str = "", further: str = "  | ") -> list[str]:
    """The lines of a foreign text, each on one line; every one after the first begins with `further`."""
    lines = [one_line(line.rstrip("\r")) for line in text.rstrip("\n").split("\n")]
    return [first + lines[0], *(further + line for line in lines[1:])]


def _escaped(sign: str) -> str:
    if (sign.isprintable() or sign in _SPACES) and sign not in _BLANKS:
        return sign
    if sign in _SHORT:
        return _SHORT[sign]
    code = ord(sign)
    if code < _ASTRAL:
        return f"\\u{code:04x}"
    code -= _ASTRAL
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
