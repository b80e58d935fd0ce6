"""Classify names of secrets: `K6_CLOUD_TOKEN`, `db.password`, `apiKey`, but not `token_ttl` or `forgotPassword`.

Names are read as words, whatever their spelling (camelCase, snake_case, kebab-case, dots).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics.vocabulary import NAMES, PATTERNS, alternatives, expanded
from k6ci.secretscan.patterns import Pattern

_GLUED = Pattern(rf"(?:{alternatives('names', 'glued')})$", example="dbpassword")
_FOREIGN_WORDS = frozenset(word for word in NAMES["foreign"] if word.isascii())
# Letters that have no accent to lose.
_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae"})
_COMPLETE = NAMES["password"] | NAMES["token"] | NAMES["about"] - NAMES["constant qualifiers"]
_PAIRS = NAMES["pairs of password"] | NAMES["pairs of token"]
_QUALIFIERS = NAMES["qualifiers"] | NAMES["services"]
_ABOUT = _COMPLETE | NAMES["describing"] | NAMES["texts"] | NAMES["verbs"] | NAMES["weak"]
_NO_QUALIFIERS = (_ABOUT | NAMES["of data"] | NAMES["no qualifiers"]) - _QUALIFIERS


class NameKind(enum.Enum):
    """The kind of secret that a name stands for.

    K6 is the k6 Cloud or Grafana token, PHRASE a secret that people make up, such as the one that signs sessions; a KEY
    is a secret only when its value looks generated.
    """

    __hash__ = object.__hash__  # members are singletons; the hash of their names is ten times slower
    K6 = "k6"
    TOKEN = "token"  # noqa: S105 - a kind, not a token
    PASSWORD = "password"  # noqa: S105 - same
    KEY = "key"
    PHRASE = "phrase"


KINDS = {kind.value: kind for kind in NameKind}


def words_of(name: str) -> list[str]:
    """The words of a name in lower case; numbers that only count (`PASSWORD_2`) are left out."""
    if not name.isascii():
        for word in NAMES["foreign"]:
            if PATTERNS["letter of another script"].begins(word) and word in name.lower():
                name = name.lower().replace(word, "_password_")
        name = without_accents(name)
    words = [word.lower() for word in PATTERNS["part of a name"].findall(name)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return ["password" if word in _FOREIGN_WORDS else word for word in words]


def without_accents(text: str) -> str:
    """Letters of Latin scripts as those of English; all others are left out."""
    import unicodedata  # noqa: PLC0415 - such texts are rare, and the hook starts often

    return unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()


class NameRule(NamedTuple):
    """A rule of `names.ini`: words that parts of a name must have, or must not have behind `not`, and a pattern."""

    words: tuple[tuple[str, frozenset[str], bool], ...]
    ends: tuple[str, ...]
    no_beginnings: tuple[str, ...]
    matched: str
    pattern: Pattern | None
    kind: NameKind | None
    example: str

    def applies(self, parts: dict[str, Sequence[str]]) -> bool:
        """True when all fields hold."""
        for part, words, is_wanted in self.words:
            if words.isdisjoint(parts[part]) is is_wanted:
                return False
        last = (*parts["last"], "")[0]
        if not last.endswith(self.ends) or (self.no_beginnings and last.startswith(self.no_beginnings)):
            return False
        return self.pattern is None or self.pattern.search(parts[self.matched][0]) is not None


def _rule(fields: dict[str, str]) -> NameRule:
    example, kind = fields.pop("example"), KINDS.get(fields.pop("kind"))
    ends, beginnings = (
        tuple(re.split(r"[ |\n]", expanded("names", fields.pop(field)))) if field in fields else otherwise
        for field, otherwise in (("last ends", ("",)), ("not last begins", ()))
    )
    words, matched, pattern = [], "", None
    for field, text in fields.items():
        value = expanded("names", text)
        if field.endswith(" matches"):
            matched = field.removesuffix(" matches")
            shown = example if matched == "name" else words_of(example)[-1]
            pattern = Pattern(value.replace("\n", ""), example=shown)
        else:
            part = field.removeprefix("not ")
            words.append((part, frozenset(re.split(r"[ |\n]", value)), part == field))
    return NameRule(tuple(words), ends, beginnings, matched, pattern, kind, example)


RULES = {name: _rule(fields) for name, fields in sections(__file__, "names.ini").items()}
# What a rule with a kind wants of a part of the name, the end if it says so: most names have nothing of it.
_WANTED: dict[str, frozenset[str]] = {}
_ENDS: tuple[str, ...] = ()
for _rule_of_kind in (rule for rule in RULES.values() if rule.kind):
    _parts = {part: words for part, words, is_wanted in _rule_of_kind.words if is_wanted}
    for _part in [part for part in ("last", "pair", *_parts) if part in _parts][:1]:
        _WANTED[_part] = _WANTED.get(_part, frozenset()) | _parts[_part]
    _ENDS += () if _parts else _rule_of_kind.ends


def naming_words() -> frozenset[str]:
    """The words that make a name that of a secret, at its end; `~` is between two that do so together."""
    return NAMES["glued"] | _WANTED["last"] | {pair.replace("_", "~") for pair in _WANTED["pair"]}


@lru_cache(maxsize=16_384)
def kind_of(name: str) -> NameKind | None:
    """The kind of secret that a name stands for, None when it is not the name of a secret."""
    parts = parts_of(name)
    may_be_secret = "".join(parts["last"]).endswith(_ENDS) or any(
        not words.isdisjoint(parts[part]) for part, words in _WANTED.items()
    )
    kind = next((rule.kind for rule in RULES.values() if rule.applies(parts)), None) if may_be_secret else None
    if kind in {NameKind.TOKEN, NameKind.PHRASE} or (kind is NameKind.KEY and "key" in parts["last"][0]):
        lowered = name.lower()
        if PATTERNS["name of k6"].finds(lowered) and not PATTERNS["name of another end"].finds(lowered):
            return NameKind.K6
    return kind


def parts_of(name: str) -> dict[str, Sequence[str]]:
    """The parts of a name that rules are about."""
    words = _without_qualifiers(words_of(name[-100:]), is_constant=name.isupper())
    forms = {
        "thing": (name.isupper() and (len(words) > 2 or words[:1] == ["load"])) or words[1:2] == ["test"],  # noqa: PLR2004
        "camel": len(words) > 1 and "Pass" in name and "_" not in name,
    }
    return {
        "name": [name],
        "first": words[:1],
        "before": words[-2:-1],
        "last": words[-1:],
        "pair": ["_".join(words[-2:])],
        "any": words,
        "form": [form for form, is_so in forms.items() if is_so],
    }


def _without_qualifiers(words: list[str], *, is_constant: bool) -> list[str]:
    """The words up to the one for the secret, when only an environment, a user or a service follows it.

    In capitals, which name variables, that is any word but those of some lists.
    """
    for head, tail in ((words[:-1], words[-1:]), (words[:-2], words[-2:])):
        is_key = head[-1:] == ["key"] and len(head) > 1
        is_complete = is_key or not _COMPLETE.isdisjoint(head[-1:]) or "_".join(head[-2:]) in _PAIRS
        if is_complete and (_NO_QUALIFIERS.isdisjoint(tail) if is_constant else _QUALIFIERS.issuperset(tail)):
            return head
    return words


def is_glued_password(name: str) -> bool:
    """True for `requirepass`, `bindpw` and similar directives, whose value is a password."""
    return RULES["directive"].applies({"last": [name]})


def is_of_service(name: str) -> bool:
    """True when the name contains a service or an owner: `DB_PASSWORD`, `smtpPassword`, `ansible_ssh_pass`."""
    words = words_of(name[-100:])
    return not NAMES["services"].isdisjoint([*words, *(_GLUED.sub("", word) for word in words)])


@lru_cache(maxsize=4096)
def is_named_after(name: str, value: str) -> bool:
    """True when the value only repeats the name: `password: db-password`, `API_KEY=my_api_key_1`."""
    words = [word for word in words_of(name[-100:]) if len(word) > 2]  # noqa: PLR2004 - too short to say anything
    low = value.lower()
    last = words[-1] if words else ""
    if last not in low and not (last in NAMES["password"] and re.search(r"pass|pwd", low)):
        return False
    counted = re.sub(r"[-_ ][0-9]{1,2}$", "", value) if last else value
    if not re.search(r"[0-9]", counted) and re.fullmatch(r"[\w\-./: ]+", value):
        return True
    own = map(re.escape, sorted(words, key=len, reverse=True))
    rest = re.sub("|".join([*own, alternatives("names", "fillers")]), "", low)
    letters, digits = re.sub(r"[^a-z]", "", rest), re.sub(r"[^0-9]", "", rest)
    return len(letters) <= 2 and digits in {"", "1", "2", "123", "1234"}  # noqa: PLR2004
