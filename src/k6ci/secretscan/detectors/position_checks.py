"""What the rules in `rules/` may want of a value, besides being a secret: the words of their field `only`."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable

from k6ci.secretscan.detectors.candidates import PATTERNS
from k6ci.secretscan.detectors.private_keys import is_key_material
from k6ci.secretscan.detectors.token_proofs import is_glc, is_glsa, is_old_key, is_signed_token
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import false_positive_of, is_secret
from k6ci.secretscan.heuristics.features import FEATURES
from k6ci.secretscan.heuristics.names import NameKind, is_glued_password, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated, is_words
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import DIGIT

Check = Callable[[str, re.Match[str], LineContext], bool]
_LONGEST_NEAR = 400
_WITH_PROSE = frozenset({FileKind.CODE, FileKind.PROSE, FileKind.LABELS})
# Users of RFC 7617 and of documentation, and what examples have as passwords.
_EXAMPLE_USERS = frozenset({"aladdin", "user", "username", "foo", "test", "login"})
_WORDS = frozenset({"words", "identifier", "sequence"})
_SHORTEST_PASSWORD = 3


def check(word: str) -> Check:
    """The check that a word of the field `only` stands for.

    `generated-20` wants 20 characters or more; `digit` and `not-space` are features of `features.ini`.
    """
    if word in _IN_CONTEXT:
        return _IN_CONTEXT[word]
    name, _, number = word.rpartition("-")
    if name == "generated":
        return lambda value, _match, _context: is_generated(value, shortest=int(number))
    test = _OF_VALUE.get(word) or FEATURES[word.removeprefix("not-").replace("-", " ")].test
    return lambda value, _match, _context: bool(test(value)) is not word.startswith("not-")


def decode_basic(value: str) -> tuple[str, str] | None:
    """User and password of a value for Basic authentication, None when it is none."""
    try:
        decoded = binascii.a2b_base64(value + "=" * (-len(value) % 4), strict_mode=True).decode("utf-8")
    except ValueError:
        return None
    user, colon, password = decoded.partition(":")
    return (user, password) if colon and decoded.isprintable() else None


def is_login(value: str) -> bool:
    """True when the value of an Authorization header, with its scheme or without, is base64 of a user and a password.

    There a short word is a password, too; users and passwords of examples are none.
    """
    user, password = decode_basic(value.removeprefix("Basic ").removeprefix("basic ").strip()) or ("", "")
    if not user or user.lower() in _EXAMPLE_USERS or user == password:
        return False
    return len(password) >= _SHORTEST_PASSWORD and false_positive_of(password, _WORDS) is None


def _is_basic(value: str, match: re.Match[str], context: LineContext) -> bool:
    """True when the text is base64 of a user and a password: a strong one, or a weak one near the header's name."""
    user, password = decode_basic(value) or ("", "")
    is_token = is_generated(password, shortest=20) and false_positive_of(password) is None
    if is_token or is_secret(password, NameKind.PASSWORD, Confidence.LOGIN) or is_generated(user, shortest=20):
        return True
    return is_login(value) and _is_of_header(value, match, context)


def _is_of_header(_value: str, _match: re.Match[str], context: LineContext) -> bool:
    """True when the line names the header, or one near it ends with its name, as in recordings of HTTP."""
    is_named = "authorization" in context.lowered or "headervalue" in context.lowered
    if is_named and context.kind is not FileKind.PROSE:  # a page explains the header
        return True
    near = context.lines[max(0, context.number - 3) : context.number + 2]
    return any(PATTERNS["header above a value"].finds(line[:_LONGEST_NEAR].lower()) for line in near)


def _is_argument(_value: str, match: re.Match[str], context: LineContext) -> bool:
    """True when what stands behind a flag may be its value."""
    raw = match["raw"]
    # `add_argument("--password", "--pass", help=…)`: what follows is the next argument of a call, or a flag.
    if raw[0] in "\"'" or raw[-1] in "=\u2019":
        return raw[-1] not in "=\u2019" and raw[1:3] != "--"
    # In a list of arguments in code a bare word is a variable, or the name of the next argument.
    is_listed = "," in match.string[match.end("name") : match.start("raw")]
    if raw[0] in "{[<(" or (is_listed and context.kind in _WITH_PROSE):
        return False
    # Comments and manuals mention flags: a word behind one is the next word of a sentence.
    return context.kind not in _WITH_PROSE or not raw.rstrip(".,;:!?)").isalpha()


def _is_directive(value: str, match: re.Match[str], context: LineContext) -> bool:
    """True when a bare word behind a name is a password: by the directive, by its form, or beside a login."""
    is_sure = is_glued_password(match["name"]) or PATTERNS["numbered or joined"].finds(value) or is_generated(value)
    return is_sure or (context.confidence(match["name"], value) or Confidence.LABEL) >= Confidence.LOGIN


def _is_quoted_in_code(_value: str, match: re.Match[str], context: LineContext) -> bool:
    """False for a bare word in code, which is a variable: a connection is inside of a string."""
    before = context.line[: match.start("name")].replace('\\"', "")
    return context.kind is not FileKind.CODE or any(before.count(quote) % 2 for quote in "\"'`")


_OF_VALUE: dict[str, Callable[[str], bool]] = {
    "grafana-api-key": is_old_key,
    "grafana-cloud-token": is_glc,
    "grafana-service-account-token": is_glsa,
    "key-material": is_key_material,
    "no-false-positive": lambda value: false_positive_of(value) is None,
    "private-key": lambda value: b"PRIVATE KEY" in binascii.a2b_base64(value[:64]),
    "signed-token": is_signed_token,
}
_IN_CONTEXT: dict[str, Check] = {
    "never": lambda _value, _match, _context: False,
    "argument": _is_argument,
    "basic": _is_basic,
    "digit-in-prose": lambda value, _match, context: context.kind is not FileKind.PROSE or DIGIT.finds(value),
    "directive": _is_directive,
    "name-of-secret": lambda _value, match, _context: not match["name"] or kind_of(match["name"]) is not None,
    "name-of-password": lambda _value, match, _context: kind_of(match["name"]) is NameKind.PASSWORD,
    # Tests call these with words for names of things: a word alone says too little in code.
    "no-word-in-code": lambda value, _match, context: (
        context.kind is not FileKind.CODE or not is_words(value) or PATTERNS["no word"].finds(value)
    ),
    "not-the-user": lambda value, match, _context: all(
        text != value for name, text in match.groupdict().items() if name.startswith("user")
    ),
    "of-named-header": _is_of_header,
    "one-word-or-password": lambda _value, match, _context: (
        " " not in match["raw"].strip() or kind_of(match["name"]) is NameKind.PASSWORD
    ),
    "quoted-in-code": _is_quoted_in_code,
}
