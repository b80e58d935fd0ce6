"""The keys of documents that can name a secret, and whether a YAML text has a value for one that is worth parsing.

PyYAML takes a second for two megabytes, and its import as long as the start of Python. Most texts only refer to
secrets (`key: password`) or leave them empty. The answer is cautious: what is not plain is worth parsing.
"""

from __future__ import annotations

import re
from functools import lru_cache
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
_SCALAR = Pattern(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^,\[\]{}]*", example='"x"')
_FLAT = Pattern(r"\[[^\[\]{}]*\]|\{[^\[\]{}]*\}", example="[a, b]")
_SIGNS = Pattern(r"[\[\]{},]", example="[")
_LAST_OF_PASSWORDS = frozenset(pair.rpartition("_")[2] for pair in NAMES["pairs of password"])
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
    has_name = has_value = has_nested = has_inner = False
    for entry in _ENTRY.finditer(text):
        key, rest = (entry["key"] or "").rstrip(), entry["rest"].strip()
        role = role_of(key)
        if entry["explicit"] or "\\" in key or (key == "kind" and "Secret" in rest):
            return True
        has_name = has_name or (role.is_name and _may_name(rest))
        has_value = has_value or role.is_value
        if key.lower() in VALUE_KEYS:
            has_inner = True
        elif role.is_wanted:
            is_nested = _is_nested(text, entry)
            if is_nested is None or (not is_nested and _may_be_secret(key, rest)):
                return True
            has_nested = has_nested or is_nested
    return (has_name and has_value) or (has_nested and has_inner)


def _may_name(rest: str) -> bool:
    name = _SIGNS.split(rest.partition(" #")[0], maxsplit=1)[0].strip("\"' ")
    return not name or name[0] in _MARKS or is_secret_name(name)


def _is_nested(text: str, entry: re.Match[str]) -> bool | None:
    """True for a mapping below a key, False for a value that ends on its line, None when more lines may follow."""
    rest = entry["rest"].strip()
    is_empty = not rest or rest[0] == "#"
    if len(rest) == _LONGEST_REST or (is_empty and entry.group()[0] in "{,["):
        return None
    following = _line_after(text, entry.end("rest"))
    column = entry.start("key") - text.rfind("\n", 0, entry.start("key")) - 1
    indent = len(following) - len(following.lstrip())
    if following[indent : indent + 1] == "-" and indent >= column - 1:
        return None
    if indent <= column:
        return False
    return True if is_empty and _ENTRY.match(following) else None


def _line_after(text: str, position: int) -> str:
    """The next line that is neither empty nor a comment, as far as it is near."""
    start = text.find("\n", position) + 1
    lines = text[start : start + 2_000].split("\n") if start else []
    return next((line for line in lines if line.strip() and line.lstrip()[0] != "#"), "")


def _may_be_secret(key: str, rest: str) -> bool:
    """True when the value behind a key, which ends on the line, could be a secret."""
    if not rest or rest[0] == "#":
        return False
    is_cut = rest[0] in "[{" and len(re.findall(r"[\[{]", rest)) > len(re.findall(r"[\]}]", rest))
    if rest[0] in _MARKS or is_cut or (rest[0] in "\"'" and rest.find(rest[0], 1) < 0):
        return True
    # In braces the value is a part of the rest, in a block it is a scalar or the whole rest.
    if rest[0] in "[{":
        parts = _SIGNS.split(_FLAT.findall(rest)[0] if _FLAT.match(rest) else rest)
        pieces = {part.rpartition(": ")[2] for part in parts}
    else:
        pieces = {*_SCALAR.findall(rest)[:1], *((rest, rest.partition(" #")[0]) if ": " not in rest else ())}
    return any(_is_possible(key, piece.strip(" \"'")) for piece in pieces)


def _is_possible(key: str, value: str) -> bool:
    # With the keys above it, a name can be of another kind.
    if len(value) < _SHORTEST:
        return False
    if key == "auth" or key.lower() in AUTHORIZATION:
        return True
    kinds = {kind_of(key) or NameKind.KEY, NameKind.KEY, NameKind.TOKEN, NameKind.PHRASE, NameKind.K6}
    words = words_of(key)
    if len(words) == 1 and words[0] in _LAST_OF_PASSWORDS:
        kinds.add(NameKind.PASSWORD)
    return any(can_be_secret(value, kind) for kind in kinds)
