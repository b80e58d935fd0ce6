"""How encoders write single characters, and which characters they leave alone: the tables behind `forms`.

A writer turns one character into its escaped text. A choice is the set of characters that an encoder escapes.
"""

from __future__ import annotations

import functools
import itertools
import json
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    Writer = Callable[[str], str]

# Up to this many different special characters, every subset is tried, which covers any encoder; a value with more
# gets the subsets of the encoders named below.
MOST_SPECIALS_TRIED = 4

_PLAIN = frozenset(string.ascii_letters + string.digits)
_PRINTABLE = frozenset(map(chr, range(32, 127)))
_UNRESERVED = _PLAIN | set("-._")

ESCAPED_IN_URLS = tuple(
    _PRINTABLE - _UNRESERVED - set(safe)
    for safe in (
        "",  # form encoding of Java, AWS signatures of old
        "~",  # RFC 3986, Go url.QueryEscape, Python quote(safe="")
        "~/",  # Python quote
        "*",  # the form serializer of browsers
        "~!*'()",  # JavaScript encodeURIComponent
        "~!*'();,/?:@&=+$#",  # JavaScript encodeURI
        "~$&+=:@",  # Go url.PathEscape
        "~$&+,/:;=@",  # Go URL.EscapedPath
        "~$&+,;=",  # Go url.UserPassword
        "~!$&'()*+,;=:@/?",  # RFC 3986 query
        "~!\"#$&'()*+,/:;<=>?@[\\]^`{|} ",  # message of a GitHub workflow command
        "~!\"#$&'()*+/;<=>?@[\\]^`{|} ",  # property of a GitHub workflow command
    )
)
BACKSLASHED = tuple(
    map(
        frozenset,
        (
            '"$`\\',  # POSIX double quotes
            '"$`\\!',  # the same in an interactive bash
            "'\\",  # strings in single quotes
            '"\\',  # strings in double quotes, logfmt
            "\"'\\",  # strings that know neither
            " !\"#$&'()*,;<>?[\\]^`{|}",  # bash printf %q
            string.punctuation + " ",  # quotemeta
            " #$&()*+-.?[\\]^{|}~",  # Python re.escape
            "$()*+.?[\\]^{|}",  # Go regexp.QuoteMeta
            "\\`*_{}[]()#+-.!|<>~",  # Markdown
            "\\`*_[]<>|~",
            "*_`\\|",
        ),
    )
)
IN_MARKUP = tuple(map(frozenset, ("&<>", '&<>"', "&<>\"'", "&<>\"'+", "&<>\"'`=/")))
IN_SCRIPTS = tuple(map(frozenset, ("<>&", "<>&'", "<>&'\"+`", "<>&'\"+`\\", "<>&'\"+`\\/=-;")))

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def rewritten(value: str, choice: Collection[str], writer: Writer) -> str:
    """The value with the chosen characters as the writer writes them."""
    return "".join([writer(character) if character in choice else character for character in value])


def choices(value: str, known: Iterable[frozenset[str]]) -> Iterator[frozenset[str]]:
    """The known choices, each as far as the value is concerned, and all others where they are few."""
    characters = frozenset(value)
    specials = sorted(character for character in characters - _PLAIN if character.isascii())
    tried = {choice & characters for choice in known}
    if len(specials) <= MOST_SPECIALS_TRIED:
        sizes = range(len(specials) + 1)
        tried.update(frozenset(some) for size in sizes for some in itertools.combinations(specials, size))
    yield from tried


def specials(value: str) -> frozenset[str]:
    """The characters that are neither ASCII letters nor digits."""
    return frozenset(value) - _PLAIN


def wide(value: str) -> frozenset[str]:
    """The characters outside ASCII."""
    return frozenset(character for character in value if not character.isascii())


def utf8(text: str) -> bytes:
    """The bytes of a text, those of a text that came from undecodable bytes (PEP 383) included."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def after_backslash(character: str) -> str:
    r"""`\"`, and `\n` for a line end."""
    return _SHORT.get(character, "\\" + character)


def in_json(character: str) -> str:
    r"""As a JSON string has it, non-ASCII characters left alone."""
    return character if character in _PLAIN else json.dumps(character, ensure_ascii=False)[1:-1]


def as_name(character: str) -> str:
    """`&quot;`; a decimal reference where HTML 4 has no name."""
    return _names().get(character, f"&#{ord(character)};")


@functools.cache
def _names() -> dict[str, str]:
    """The references by name of HTML 4, and the one that XML adds."""
    import html.entities  # noqa: PLC0415 -- most tokens contain no such character

    return {chr(code): f"&{name};" for code, name in html.entities.codepoint2name.items()} | {"'": "&apos;"}


def percent(style: str) -> Writer:
    """`%2F` per UTF-8 byte, in the given number style."""
    return lambda character: "".join([f"%{byte:{style}}" for byte in utf8(character)])


def reference(style: str) -> Writer:
    """`&#47;` or `&#x2f;`, in the given format."""
    return lambda character: style.format(ord(character))


def unicode_escape(style: str) -> Writer:
    r"""`\u002f`, two of them beyond the basic plane, in the given number style."""

    def write(character: str) -> str:
        units = character.encode("utf-16-be", "surrogatepass")
        return "".join([f"\\u{high << 8 | low:{style}}" for high, low in zip(units[::2], units[1::2], strict=True)])

    return write
