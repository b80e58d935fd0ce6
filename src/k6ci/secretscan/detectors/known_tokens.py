"""Tokens of services, by the forms that `vendors.toml` lists.

The line of a token in that file is parsed, and its pattern compiled, when one of its keywords is met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.detectors.vendor_keywords import DATA, SHORTEST, met
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.heuristics.features import rules
from k6ci.secretscan.heuristics.randomness import is_repetitive, is_sequence, word_share
from k6ci.secretscan.patterns import DIGIT, Pattern

# In the case in which people write them: random letters of both cases make short words by chance.
_PLACEHOLDERS = (
    *(
        form
        for word in "example redacted placeholder abcdefgh aaaaaaaa changeme".split()
        for form in (word, word.upper(), word.title())
    ),
    "0000000",
    "1234567890",
)
# Random text holds so few letters by chance in one token of some thousand: they count where a word begins.
_SHORT_PLACEHOLDER = Pattern(
    r"(?<![A-Za-z])(?:your|YOUR|fake|FAKE|dummy|DUMMY|sample|SAMPLE|xxxx|XXXX)"
    r"|(?<![A-Z])(?:Your|Fake|Dummy|Sample)|[xX]{6}",
    example="my-fake-token",
)
_LONG_WORD = Pattern(rf"[A-Za-z0-9_\-.+/=~:%@&?#$*]{{{SHORTEST}}}", example="x" * SHORTEST)
_RANGE = Pattern(r"([0-9]+)\.\.([0-9]+)", example="20..40")
# A word goes on before a token unless it ends an escape: `\n` in a string, `%3D` in an address.
_ESCAPE_BEFORE = r"(?<=\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f])"
_MOST_WORDS = 0.7
_MOST_DIGITS = 2  # of a version
# Examples are seen at their beginning and end; the longer a random text, the likelier it holds a word by chance.
_LONGEST_END = 80
_FEWEST_SYMBOLS = 8


class Part(NamedTuple):
    """Fixed text, one of several, and so many characters of an alphabet behind it; `lengths` are ranges."""

    texts: tuple[str, ...]
    alphabet: str = ""
    lengths: tuple[tuple[int, int], ...] = ()

    def is_optional(self) -> bool:
        """True when nothing of it need be there."""
        return not any(self.texts) and any(low == 0 for low, _ in self.lengths)

    def pattern(self) -> str:
        """The regular expression of this part; its characters are a group."""
        text = f"(?:{'|'.join(re.escape(text) for text in self.texts)})" if any(self.texts) else ""
        if not self.alphabet:
            return text
        runs = "|".join(f"[{self.alphabet}]{{{low},{high}}}" for low, high in sorted(self.lengths, reverse=True))
        return f"{text}({runs})"


class VendorToken(NamedTuple):
    """A kind of token: its parts, the regular expression that they make, and where to revoke it."""

    id: str
    vendor: str
    parts: tuple[Part, ...]
    revoke: str

    def pattern(self) -> str:
        """The token as a whole: neither before nor behind it may the word go on."""
        first = self.parts[0]
        before = "_" + ("" if all(first.texts) else _signs(first.alphabet))
        # Padding may be missing: what stands before it may not go on either.
        after = _signs("".join(part.alphabet for part in self.parts[-2 if self.parts[-1].is_optional() else -1 :]))
        body = "".join(part.pattern() for part in self.parts)
        return rf"(?:(?<![A-Za-z0-9{before}])|{_ESCAPE_BEFORE}){body}(?![A-Za-z0-9{after}]|\.[A-Za-z0-9{after}])"


def find(context: LineContext) -> Iterator[Candidate]:
    """The tokens of known vendors on one line."""
    line = context.line
    found = met(line.encode(errors="replace")) if _LONG_WORD.finds(line) else []
    entries = dict.fromkeys(entry for keyword in found for entry in keyword.entries)
    for token, pattern in map(compiled, entries):
        for match in pattern.finditer(line):
            if is_live("".join(match.groups())) and not rules()["UUID of examples"].test(match.group()):
                what = token.vendor if "webhook" in token.vendor else f"{token.vendor} token"
                reason = f"it has the format of a {what}"
                yield Candidate(
                    context.number, match.start() + 1, match.group(), "known-token", reason, revoke=token.revoke
                )


@lru_cache(maxsize=256)
def compiled(entry: str) -> tuple[VendorToken, re.Pattern[str]]:
    """The token that a line of the file describes."""
    import tomllib  # noqa: PLC0415 - few commits hold a keyword

    (fields,) = tomllib.loads(f"list = [{entry}]")["list"]
    token = read_token(fields, _alphabets())
    return token, re.compile(token.pattern())


def read_token(fields: dict[str, Any], alphabets: dict[str, str]) -> VendorToken:
    """The token that the fields of one entry describe."""
    prefix = fields["prefix"]
    first = [[prefix] if isinstance(prefix, str) else prefix, fields["alphabet"], fields["length"]]
    parts = tuple(_part(*each, alphabets=alphabets) for each in (first, *fields.get("suffix", ())))
    return VendorToken(fields["id"], fields["vendor"], parts, fields["revoke"])


def is_placeholder(text: str) -> bool:
    """True when it contains a word of a placeholder."""
    return any(word in text for word in _PLACEHOLDERS) or _SHORT_PLACEHOLDER.search(text) is not None


def is_live(secret: str) -> bool:
    """False for examples: placeholders, words, counted or repeated signs. `secret` is a token without fixed text."""
    if len(secret) > 2 * _LONGEST_END:
        secret = secret[:_LONGEST_END] + secret[-_LONGEST_END:]
    if is_placeholder(secret) or is_repetitive(secret) or is_sequence(secret):
        return False
    # Random capitals make words by chance, and nobody writes examples in them without a word that stands for one.
    is_named = secret != secret.upper() and word_share(secret) >= _MOST_WORDS
    is_named = is_named and len(DIGIT.findall(secret)) <= _MOST_DIGITS
    return not is_named and len(set(secret)) >= _FEWEST_SYMBOLS


@lru_cache(maxsize=1)
def _alphabets() -> dict[str, str]:
    import tomllib  # noqa: PLC0415 - see above

    with open(DATA, encoding="utf-8") as file:
        head = file.read().split("\n[tokens]", 1)[0]
    alphabets: dict[str, str] = tomllib.loads(head)["alphabets"]
    return alphabets


def _part(
    texts: str | list[str], alphabet: str = "", length: int | list[int] | str = 0, *, alphabets: dict[str, str]
) -> Part:
    texts = [texts] if isinstance(texts, str) else texts
    if not alphabet:
        return Part(tuple(texts))
    return Part(tuple(texts), alphabets[alphabet], tuple(_lengths(length)))


def _lengths(length: int | list[int] | str) -> list[tuple[int, int]]:
    """Ranges of lengths: of a number, a list of numbers, or `20..40`."""
    if isinstance(length, str):
        low, high = _RANGE.fullmatch(length).groups()  # type: ignore[union-attr]
        return [(int(low), int(high))]
    return [(each, each) for each in ([length] if isinstance(length, int) else length)]


def _signs(alphabet: str) -> str:
    """The signs of an alphabet, as they stand in a set of a regular expression; a dot may end a sentence."""
    signs = re.sub(r"[A-Za-z0-9]-[A-Za-z0-9]", "", alphabet)
    return "".join(re.escape(sign) for sign in "_+/=~%@-" if sign in signs)
