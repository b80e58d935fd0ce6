"""Tokens of services, by the forms that `vendors.toml` lists.

The line of a token in that file is parsed, and its pattern compiled, when one of its keywords is met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from k6ci.secretscan.detectors.candidates import PATTERNS, Candidate
from k6ci.secretscan.detectors.vendor_keywords import met, vendors
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.heuristics.features import rules
from k6ci.secretscan.heuristics.randomness import is_repetitive, is_sequence, word_share
from k6ci.secretscan.patterns import DIGIT

# A word goes on before a token unless it ends an escape: `\n` in a string, `%3D` in an address.
_ESCAPE_BEFORE = r"(?<=\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f])"
_MOST_WORDS = 0.7
_MOST_DIGITS = 2  # of a version
# Examples are seen at their beginning and end; the longer a random text, the likelier it holds a word by chance.
_LONGEST_END = 80
_FEWEST_SYMBOLS = 8
is_placeholder = PATTERNS["placeholder in a token"].finds


def find(context: LineContext) -> Iterator[Candidate]:
    """The tokens of known vendors on one line."""
    found = met(context.line.encode(errors="replace"))
    entries = dict.fromkeys(entry for keyword in found for entry in keyword.entries)
    for fields, pattern in map(compiled, entries):
        what = fields["vendor"] if "webhook" in fields["vendor"] else f"{fields['vendor']} token"
        reason = f"it has the format of a {what}"
        for match in pattern.finditer(context.line):
            if is_live("".join(match.groups())) and not rules()["UUID of examples"].test(match.group()):
                place = (context.number, match.start() + 1)
                yield Candidate(*place, match.group(), "known-token", reason, revoke=fields["revoke"])


@lru_cache(maxsize=256)
def compiled(entry: str) -> tuple[dict[str, Any], re.Pattern[str]]:
    """The fields of an entry of the file, and the pattern of its tokens."""
    import tomllib  # noqa: PLC0415 - few commits hold a keyword

    content = tomllib.loads(f"{vendors()[0]}{entry}]")
    (fields,) = content["tokens"]["list"]
    return fields, re.compile(_pattern_of(fields, content["alphabets"]))


def _pattern_of(fields: dict[str, Any], alphabets: dict[str, str]) -> str:
    """The token as a whole: neither before nor behind it may the word go on. Its random characters are groups."""
    body = before = after = ""
    for texts, *drawn in ((fields["prefix"], fields["alphabet"], fields["length"]), *fields.get("suffix", ())):
        listed = [texts] if isinstance(texts, str) else texts
        alphabet = alphabets[drawn[0]] if drawn else ""
        # Of an alphabet in a set, without the ranges and without the dot, which may end a sentence.
        signs = re.escape(re.sub(r"[A-Za-z0-9]-[A-Za-z0-9]|[^_+/=~%@-]", "", alphabet))
        before = signs if not body and "" in listed else before
        # Padding may be missing: what stands before it may not go on either.
        after = signs if any(listed) else after + signs
        body += f"(?:{'|'.join(map(re.escape, listed))})"
        if drawn:
            lengths = sorted(drawn[1], reverse=True) if isinstance(drawn[1], list) else [drawn[1]]
            runs = (f"[{alphabet}]" + "{" + str(length).replace("..", ",") + "}" for length in lengths)
            body += f"({'|'.join(runs)})"
    return rf"(?:(?<![A-Za-z0-9_{before}])|{_ESCAPE_BEFORE}){body}(?![A-Za-z0-9{after}]|\.[A-Za-z0-9{after}])"


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
