"""The keys of documents that can name a secret, and whether a YAML text has a value for one that is worth parsing.

PyYAML takes a second for two megabytes, and its import as long as the start of Python. Most texts only refer to
secrets (`key: password`) or leave them empty. The answer is cautious: what is not plain is worth parsing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from k6ci.secretscan.heuristics.decision import can_be_secret
from k6ci.secretscan.heuristics.names import NameKind, kind_of, words_of
from k6ci.secretscan.heuristics.vocabulary import NAMES
from k6ci.secretscan.patterns import Pattern

# `DBPassword: {Type: String, Default: …}` of CloudFormation, `adminPassword: {value: …}` of Azure.
VALUE_KEYS = frozenset({"value", "default", "defaultvalue"})
AUTHORIZATION = frozenset({"authorization", "proxy-authorization"})
# `name: X` with `value: Y`, in the spellings of Kubernetes, CloudFormation, Elastic Beanstalk and recordings of HTTP.
_NAME_KEY = Pattern(
    r"(?i)^(?:(?:parameter|option|secret|env|setting)[_\-]?)?(?:name|key)$|^variable$", example="ParameterKey"
)
_VALUE_KEY = Pattern(r"(?i)^(?:(?:parameter|option)[_\-]?)?value$|^(?:default|content)$", example="ParameterValue")
# A key of a block or in braces, and the rest of its line; or the sign of a key that stands on lines of its own.
_ENTRY = Pattern(
    r"(?m)(?:^[ ]*+(?:-[ ]++)*+|[{,\[][ ]*+)(?:[&!][^\s,\]}]{1,80}+[ ]++)*+(?:(?P<explicit>\?[ ])|[\"']?+"
    r"(?P<key>[^\s\"'{}\[\],#][^\n]{0,120}?)(?:[\"'][ ]{0,2}:|:(?=[\s,\[\]{}]|$)))(?=(?P<rest>[^\n]{0,400}))",
    example="password: x",
)
_LONGEST_REST = 400
# The indentation of the next line that is neither empty nor a comment, and the sign of an item.
_NEXT_LINE = Pattern(r"\n(?:[ ]*+(?:#[^\n]*+)?\n)*+(?P<indent>[ ]*+)(?P<item>-?)", example="\n  - x")
_QUOTED = Pattern(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", example='"x"')
_SIGNS = Pattern(r"[\[\]{},]", example="[")
# A word that is of another kind behind some words, which the keys above may say.
_LAST_OF_PASSWORDS = [[pair.rpartition("_")[2]] for pair in NAMES["pairs of password"]]
# What a block of lines, an anchor, an alias and a tag begin with.
_MARKS = "|>&*!"
_SHORTEST = 4


class Role(NamedTuple):
    """What a key can be to its value: the name of a secret, or a half of `name: X` and `value: Y`."""

    is_wanted: bool
    is_name: bool
    is_value: bool


@lru_cache(maxsize=4096)
def role_of(key: str) -> Role:
    """The role of a key."""
    is_wanted = is_secret_name(key) or key.lower() in VALUE_KEYS or key == "auth"
    return Role(is_wanted, _NAME_KEY.match(key) is not None, _VALUE_KEY.match(key) is not None)


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
        has_name = has_name or (role.is_name and (not rest or _may_be(is_secret_name, rest)))
        if role.is_value or key.lower() in VALUE_KEYS:
            has_value = True
        elif role.is_wanted:
            following = _continuation(text, entry)
            is_empty = not rest or rest[0] == "#"
            if rest[:1] == "{" or (is_empty and following and _ENTRY.match(text, following.start("indent"))):
                # The keys of a mapping are entries of their own.
                has_mapping = True
            elif following or (entry.group()[0] in "{,[" if is_empty else _may_be(partial(_is_possible, key), rest)):
                return True
    return has_value and (has_name or has_mapping)


def _continuation(text: str, entry: re.Match[str]) -> re.Match[str] | None:
    """The beginning of the line below a key when it belongs to its value: as an item, or because of its indentation."""
    following = _NEXT_LINE.match(text, entry.end("rest"))
    if following is None:
        return None
    indent, column = len(following["indent"]), entry.start("key") - text.rfind("\n", 0, entry.start("key")) - 1
    return following if indent > column or (following["item"] and indent >= column - 1) else None


def _may_be(is_possible: Callable[[str], bool], rest: str) -> bool:
    """True when a value that ends on its line can be such a text; what is not plain can be any."""
    quoted = _QUOTED.match(rest)
    is_cut = (rest[0] in "\"'" and not quoted) or (rest[0] == "[" and rest.count("[") > rest.count("]"))
    if is_cut or rest[0] in _MARKS or len(rest) == _LONGEST_REST:
        return True
    # In braces and brackets a value ends with a sign, elsewhere with a comment.
    values = {quoted.group()} if quoted else {rest.partition(" #")[0], *_SIGNS.split(rest)}
    return any(is_possible(value.strip(" \"'")) for value in values)


def _is_possible(key: str, value: str) -> bool:
    """True when the value behind a key could be a secret, of whatever kind the keys above make the name."""
    if len(value) < _SHORTEST:
        return False
    if key == "auth" or key.lower() in AUTHORIZATION:
        return True
    is_password = kind_of(key) is NameKind.PASSWORD or words_of(key) in _LAST_OF_PASSWORDS
    return any(can_be_secret(value, kind) for kind in NameKind if is_password or kind is not NameKind.PASSWORD)
