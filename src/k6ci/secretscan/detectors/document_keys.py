"""The keys of documents that can name a secret, and whether a YAML text has a value for one that is worth parsing.

PyYAML takes a second for two megabytes, and its import as long as the start of Python. Most texts only refer to
secrets (`key: password`) or leave them empty. The answer is cautious: what is not plain is worth parsing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from k6ci.secretscan.detectors.documents import PATTERNS
from k6ci.secretscan.heuristics.decision import can_be_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of, words_of
from k6ci.secretscan.heuristics.vocabulary import NAMES

# `DBPassword: {Type: String, Default: …}` of CloudFormation, `adminPassword: {value: …}` of Azure.
VALUE_KEYS = frozenset({"value", "default", "defaultvalue"})
AUTHORIZATION = frozenset({"authorization", "proxy-authorization"})
_ENTRY = PATTERNS["entry"]
_LONGEST_REST = 400
# A word that is of another kind behind some words, which the keys above may say.
_LAST_OF_PASSWORDS = [[pair.rpartition("_")[2]] for pair in NAMES["pairs of password"]]
# What a block of lines, an anchor, an alias and a tag begin with.
_MARKS = "|>&*!"
_SHORTEST = 4


class Role(NamedTuple):
    """What a key can be: that of a value which can be a secret, and a half of `name: X` and `value: Y`."""

    is_wanted: bool
    is_name: bool
    is_value: bool


@lru_cache(maxsize=4096)
def role_of(key: str) -> Role:
    """The role of a key."""
    is_value = PATTERNS["key of a value"].begins(key)
    return Role(is_value or is_secret_name(key) or key == "auth", PATTERNS["key of a name"].begins(key), is_value)


def is_secret_name(name: str) -> bool:
    """True when a key, or the name in a pair, can be that of a secret."""
    return kind_of(name) is not None or name.lower() in AUTHORIZATION


def is_worth_parsing(text: str) -> bool:
    """False when no line of a YAML text shows a value that could be a secret."""
    has_name = has_value = has_mapping = False
    for entry in _ENTRY.finditer(text):
        key, rest = (entry["key"] or "").rstrip(), entry["rest"].strip()
        role = role_of(key)
        if entry["explicit"] or "\\" in key or (key == "kind" and "Secret" in rest):
            return True
        if role.is_name and not has_name:
            has_name = not rest or _may_be(is_secret_name, rest)
        if role.is_value:
            has_value = True
        elif role.is_wanted:
            following = _continuation(text, entry)
            is_empty = not rest or rest[0] == "#"
            is_continued = following or (is_empty and entry.group()[0] in "{,[")
            if rest[:1] == "{" or (is_empty and following and _ENTRY.match(text, following.start("indent"))):
                # The keys of a mapping are entries of their own.
                has_mapping = True
            elif is_continued or (not is_empty and _may_be(partial(_is_possible, key), rest)):
                return True
    return has_value and (has_name or has_mapping)


def _continuation(text: str, entry: re.Match[str]) -> re.Match[str] | None:
    """The beginning of the line below a key when it belongs to its value: as an item, or because of its indentation."""
    following = PATTERNS["next line"].match(text, entry.end("rest"))
    if following is None:
        return None
    indent, column = len(following["indent"]), entry.start("key") - text.rfind("\n", 0, entry.start("key")) - 1
    return following if indent > column or (following["item"] and indent >= column - 1) else None


def _may_be(is_possible: Callable[[str], bool], rest: str) -> bool:
    """True when a value that ends on its line can be such a text; what is not plain can be any."""
    quoted = PATTERNS["quoted"].match(rest)
    is_cut = (rest[0] in "\"'" and not quoted) or (rest[0] == "[" and rest.count("[") > rest.count("]"))
    if is_cut or rest[0] in _MARKS or len(rest) == _LONGEST_REST:
        return True
    # In braces and brackets a value ends with a sign, elsewhere with a comment.
    values = {quoted.group()} if quoted else {rest.partition(" #")[0], *PATTERNS["sign between parts"].split(rest)}
    return any(is_possible(value.strip(" \"'")) for value in values)


def _is_possible(key: str, value: str) -> bool:
    """True when the value behind a key could be a secret, of whatever kind the keys above make the name."""
    if len(value) < _SHORTEST:
        return False
    if key == "auth" or key.lower() in AUTHORIZATION:
        return True
    is_password = kind_of(key) is NameKind.PASSWORD or words_of(key) in _LAST_OF_PASSWORDS
    return any(can_be_secret(value, kind) for kind in NameKind if is_password or kind is not NameKind.PASSWORD)
