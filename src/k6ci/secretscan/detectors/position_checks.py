"""What the rules of `positions.ini` may want of a value, besides being a secret: the words of their field `only`."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from functools import partial

from k6ci.secretscan.detectors.grafana_tokens import is_glc, is_glsa, is_old_key
from k6ci.secretscan.detectors.json_web_tokens import is_signed_token
from k6ci.secretscan.detectors.private_keys import is_encoded_key, is_web_key
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import false_positive_of, is_secret
from k6ci.secretscan.heuristics.names import NameKind, is_glued_password, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated, is_words
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import DIGIT, Pattern

Check = Callable[[str, re.Match[str], LineContext], bool]
_NO_WORD = Pattern(r"[0-9]|[a-z][-_.][a-z]{2,}[-_.][a-z]", example="walnut-tulip-river")
_NUMBERED = Pattern(r"[0-9](?!.*/)|[a-z][-_.][a-z]+[-_.][a-z]", example="a1")
# What is stored for a user ought to be a hash: it is none of ours to report.
_STORED = Pattern(
    r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128}|\*[0-9A-F]{40}|md5[0-9a-f]{32})$",
    example="0" * 32,
)
_WITH_PROSE = frozenset({FileKind.CODE, FileKind.PROSE, FileKind.LABELS})
# Users of RFC 7617 and of documentation, and what examples have as passwords.
_EXAMPLE_USERS = frozenset({"aladdin", "user", "username", "foo", "test", "login"})
_WORDS = frozenset({"words", "identifier", "sequence"})
_SHORTEST_PASSWORD = 3


def check(word: str) -> Check:
    """The check that a word of the field `only` stands for; `generated-20` wants 20 characters or more."""
    name, _, number = word.rpartition("-")
    if name != "generated" and word not in _OF_VALUE:
        return _IN_CONTEXT[word]
    of_value = partial(is_generated, shortest=int(number)) if name == "generated" else _OF_VALUE[word]
    return lambda value, _match, _context: of_value(value)


def is_stored(value: str) -> bool:
    """True for a hash."""
    return _STORED.begins(value)


def is_quoted(line: str, position: int) -> bool:
    """True when the place is inside of quotes."""
    before = line[:position].replace('\\"', "")
    return any(before.count(quote) % 2 for quote in "\"'`")


def decode_basic(value: str) -> tuple[str, str] | None:
    """User and password of a value for Basic authentication, None when it is none."""
    try:
        decoded = binascii.a2b_base64(value + "=" * (-len(value) % 4), strict_mode=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
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


def _is_basic(value: str, _match: re.Match[str], context: LineContext) -> bool:
    """True when the text is base64 of a user and a password: a strong one, or a weak one near the header's name."""
    user, password = decode_basic(value) or ("", "")
    is_token = is_generated(password, shortest=20) and false_positive_of(password) is None
    if is_token or is_secret(password, NameKind.PASSWORD, Confidence.LOGIN) or is_generated(user, shortest=20):
        return True
    # In recordings the name of the header is on a line of its own, before or after the value.
    near = [line[:400].lower().strip() for line in context.lines[max(0, context.number - 3) : context.number + 1]]
    if context.kind is FileKind.PROSE:  # a page explains the header
        is_named = any(line.endswith("authorization:") for line in near)
    else:
        is_named = "headervalue" in context.lowered or any("authorization" in line for line in near)
    return is_named and is_login(value)


def _is_argument(_value: str, match: re.Match[str], context: LineContext) -> bool:
    """True when what stands behind a flag may be its value."""
    raw = match["raw"]
    # `add_argument("--password", help=…)`: what follows is the next argument of a call.
    if raw[0] in "\"'" or raw[-1] == "=":
        return raw[-1] != "="
    # In a list of arguments in code a bare word is a variable, or the name of the next argument.
    is_listed = "," in match.string[match.end("name") : match.start("raw")]
    if raw[0] in "{[<(" or (is_listed and context.kind in _WITH_PROSE):
        return False
    # Comments and manuals mention flags: a word behind one is the next word of a sentence.
    return context.kind not in _WITH_PROSE or not raw.rstrip(".,;:!?)").isalpha()


def _is_directive(value: str, match: re.Match[str], context: LineContext) -> bool:
    """True when a bare word behind a name is a password: by the directive, by its form, or beside a login."""
    is_sure = is_glued_password(match["name"]) or _NUMBERED.finds(value) or is_generated(value)
    return is_sure or any(place >= Confidence.LOGIN for place in context.confidences(match["name"], value))


def _groups(match: re.Match[str], prefix: str) -> set[str]:
    return {text for name, text in match.groupdict().items() if text and name.startswith(prefix)}


def _is_header(_value: str, match: re.Match[str], _context: LineContext) -> bool:
    name = match["name"].removeprefix("HTTP_")
    return "authorization" in name.lower() or kind_of(name) is not None


_OF_VALUE: dict[str, Callable[[str], bool]] = {
    "digit": DIGIT.finds,
    "grafana-api-key": is_old_key,
    "grafana-cloud-token": is_glc,
    "grafana-service-account-token": is_glsa,
    "no-false-positive": lambda value: false_positive_of(value) is None,
    "no-space": lambda value: " " not in value,
    "not-stored": lambda value: not is_stored(value),
    "private-key": is_encoded_key,
    "signed-token": is_signed_token,
}
_IN_CONTEXT: dict[str, Check] = {
    "never": lambda _value, _match, _context: False,
    "argument": _is_argument,
    "basic": _is_basic,
    "digit-in-prose": lambda value, _match, context: context.kind is not FileKind.PROSE or DIGIT.finds(value),
    "directive": _is_directive,
    "header": _is_header,
    "json-web-key": lambda value, match, context: is_web_key(value, match["part"], context),
    "name-of-secret": lambda _value, match, _context: not match["name"] or kind_of(match["name"]) is not None,
    "name-of-password": lambda _value, match, _context: kind_of(match["name"]) is NameKind.PASSWORD,
    # Tests call these with words for names of things: a word alone says too little in code.
    "no-word-in-code": lambda value, _match, context: (
        context.kind is not FileKind.CODE or not is_words(value) or _NO_WORD.finds(value)
    ),
    "not-the-user": lambda value, match, _context: value not in _groups(match, "user"),
    "one-word-or-password": lambda _value, match, _context: (
        " " not in match["raw"].strip() or kind_of(match["name"]) is NameKind.PASSWORD
    ),
    # In code a connection is inside of a string, where a bare word is no variable.
    "quoted-in-code": lambda _value, match, context: (
        context.kind is not FileKind.CODE or is_quoted(context.line, match.start("name"))
    ),
}
