"""Secrets that only the structure of YAML or JSON shows: key paths, list items, block scalars, Kubernetes Secrets.

PyYAML's composer reads both formats and knows the line of every value. Files that it cannot read, or not at a cost
proportional to their size, give nothing here; the detectors of lines have read them already.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from k6ci.secretscan.detectors import json_documents, positions
from k6ci.secretscan.detectors.candidates import Candidate, Value, find_named
from k6ci.secretscan.detectors.document_keys import AUTHORIZATION, SECRET_KINDS, VALUE_KEYS, is_worth_parsing, role_of
from k6ci.secretscan.detectors.position_checks import decode_basic, is_login
from k6ci.secretscan.detectors.yaml_nodes import (
    LONGEST_TEXT,
    Leaf,
    Node,
    fields_of,
    leaf_of,
    leaves,
    mappings,
    objects,
    read_yaml,
)
from k6ci.secretscan.heuristics.context import Confidence, LineContext, confidence_in_mapping
from k6ci.secretscan.heuristics.decision import false_positive_of, is_secret
from k6ci.secretscan.heuristics.names import NameKind, is_of_service, kind_of, words_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind, is_json
from k6ci.secretscan.patterns import Pattern

# What stands in `secrets.yaml` is secret by any name, when it looks random.
_OF_SECRETS = Pattern(r"(?:^|/)[._]?secrets?\.(?:ya?ml|json)$", example="secrets.yaml")
_REGISTRY_LOGIN = Pattern(
    r"\"(?P<key>auth|password)\"\s{0,4}:\s{0,4}\"(?P<value>[^\"\s]{4,500})\"", example='"auth": "YW5uOmNoYW5nZW1lMQ=="'
)
_LOGIN_REASON = "the header contains a user and a password in base64"


def find(path: str, text: str, kind: FileKind) -> Iterator[Candidate]:
    """The secrets that the structure of a document shows."""
    is_wanted = _is_any if _OF_SECRETS.search(path) else _is_wanted_object
    parsed = json_documents.documents(text, is_wanted) if is_json(path) else None
    if parsed is None:
        yield from of_documents(path, read_yaml(text, _is_any if is_wanted is _is_any else is_worth_parsing), kind)
    else:
        yield from json_documents.located(of_documents(path, parsed, kind), text)


def _is_any(_: object) -> bool:
    return True


def _is_wanted_key(key: str) -> bool:
    return role_of(key).is_wanted


def _is_wanted_object(pairs: list[tuple[str, Any]]) -> bool:
    """True when an object of JSON may hold a candidate, whatever is around it."""
    keys = _keys_of_interest(tuple([key for key, _ in pairs]))
    if keys is None:
        return False
    fields = dict(pairs)
    if fields.get("kind") in SECRET_KINDS or any(value for key, value in pairs if key in keys.secrets):
        return True
    if keys.name is None or keys.value is None:
        return False
    name, value = fields[keys.name], fields[keys.value]
    is_text = isinstance(name, str) and isinstance(value, str)
    return any(_named(name, Leaf((), value, 0, 0, is_block=False))) if is_text else not isinstance(value, bool | None)


class _Keys(NamedTuple):
    """Of the keys of an object: those that can name a secret, and the halves of `name: X` and `value: Y`."""

    secrets: frozenset[str]
    name: str | None
    value: str | None


@lru_cache(maxsize=1024)
def _keys_of_interest(keys: tuple[str, ...]) -> _Keys | None:
    secrets = frozenset(key for key in keys if role_of(key).is_wanted and key.lower() not in VALUE_KEYS)
    name = next((key for key in keys if role_of(key).is_name), None)
    value = next((key for key in keys if role_of(key).is_value), None)
    is_pair = name is not None and value is not None
    return _Keys(secrets, name, value) if secrets or is_pair or "kind" in keys else None


def of_documents(path: str, documents: list[Node], kind: FileKind) -> Iterator[Candidate]:
    """The secrets in parsed documents."""
    is_of_secrets = _OF_SECRETS.search(path) is not None
    for document in documents:
        for part, is_secret_object in objects(document):
            is_wanted = _is_any if is_secret_object or is_of_secrets else _is_wanted_key
            for leaf in leaves(part, is_wanted):
                yield from _check(leaf, kind, is_secret_object=is_secret_object)
                if is_of_secrets and not is_secret_object and _is_random(leaf):
                    yield Candidate(leaf.line, leaf.column, leaf.text, "assigned-token", "a value in a file of secrets")
        yield from _named_values(document)


def _check(leaf: Leaf, file: FileKind, *, is_secret_object: bool) -> Iterator[Candidate]:
    name = leaf.keys[-1] if leaf.keys else ""
    if name.lower() in VALUE_KEYS and len(leaf.keys) > 1 and kind_of(leaf.keys[-2]):
        leaf = leaf._replace(keys=leaf.keys[:-1])
        name = leaf.keys[-1]
    if is_secret_object and leaf.keys[:1] in {("data",), ("stringData",)}:
        yield from _kubernetes(leaf, name)
        return
    if name == "auth" and "auths" in leaf.keys:
        pair = decode_basic(leaf.text)
        if pair and is_secret(pair[1], NameKind.PASSWORD, Confidence.LOGIN):
            yield Candidate(leaf.line, leaf.column, leaf.text, "assigned-token", "a registry login, user and password")
        return
    if name.lower() in AUTHORIZATION:
        if is_login(leaf.text):
            yield Candidate(leaf.line, leaf.column, leaf.text, "authorization-header", _LOGIN_REASON)
        return
    if kind_of(name) is None or any(key in {"properties", "i18n", "translations", "$defs"} for key in leaf.keys):
        return
    text = leaf.text.strip()
    if "\n" in text:
        return  # several lines: the detectors of lines have seen them
    full = ".".join(leaf.keys[-3:])
    value = Value(text, leaf.column - 1, is_quoted=True)
    place = confidence_in_mapping(name, leaf.siblings, file)
    # `spring.datasource.password`: what the password is for may be said a level above.
    if place is Confidence.CONFIG and is_of_service(full):
        place = Confidence.LOGIN
    is_k6 = name == "token" and leaf.keys[-2:-1] in {("cloud",), ("loadimpact",)}
    kind = NameKind.K6 if is_k6 else None
    yield from find_named(full if kind_of(full) else name, value, leaf.line, (place,), kind)


def _kubernetes(leaf: Leaf, name: str) -> Iterator[Candidate]:
    """The data of a Secret is base64 of the value, its stringData the value itself."""
    text = leaf.text.strip()
    if leaf.keys[0] == "data":
        try:
            text = base64.b64decode(re.sub(r"\s", "", text), validate=True).decode("utf-8").strip()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return
    if kind_of(name) is None:
        is_registry = name in {".dockerconfigjson", ".dockercfg"} and _is_registry_login(text)
        if (
            is_registry
            or (is_generated(text, shortest=16) and false_positive_of(text) is None)
            or any(positions.find("url-logins", LineContext([text[:1_000]], 1, FileKind.CONFIG)))
            or _holds_secret(text)
        ):
            yield Candidate(
                leaf.line, leaf.column, leaf.text.strip(), "assigned-token", "a value of a Kubernetes Secret"
            )
        return
    for found in find_named(name, Value(text, leaf.column - 1, is_quoted=True), leaf.line, (Confidence.LOGIN,)):
        yield found._replace(value=leaf.text.strip())


def _holds_secret(text: str) -> bool:
    """True when a value of a Secret is a file of its own, such as a whole `.env`, with a secret on one of its lines."""
    from k6ci.secretscan.detectors.registry import candidates_on  # noqa: PLC0415 - few Secrets hold files
    from k6ci.secretscan.prefilter.lines import hit_lines  # noqa: PLC0415 - same

    text = text[:LONGEST_TEXT] if "=" in text else ""
    lines = text.split("\n")
    hits = hit_lines(text.encode("utf-8", "surrogatepass")).items()
    return any(candidates_on((LineContext(lines, number, FileKind.CONFIG), bits) for number, bits in hits))


def _is_random(leaf: Leaf) -> bool:
    is_named = leaf.keys != () and (words_of(leaf.keys[-1]) or [""])[-1] in {"id", "key"}
    is_pem = leaf.text.startswith("LS0tLS1CRUdJTi")
    return not (is_named or is_pem) and is_generated(leaf.text, shortest=20) and false_positive_of(leaf.text) is None


def _is_registry_login(text: str) -> bool:
    """True when Docker's configuration holds a login: base64 of user and password, or the password itself."""
    for match in _REGISTRY_LOGIN.finditer(text):
        pair = decode_basic(match["value"]) if match["key"] == "auth" else ("", match["value"])
        if pair and is_secret(pair[1], NameKind.PASSWORD, Confidence.LOGIN):
            return True
    return False


def _named_values(document: Node) -> Iterator[Candidate]:
    """`{name: X, value: Y}` and its relatives, in any order of the keys."""
    for node in mappings(document):
        if not any(role_of(key.value).is_value for key, _ in node.value if key.id == "scalar"):
            continue
        fields = fields_of(node)
        name = next((fields[key] for key in fields if role_of(key).is_name), None)
        value = next((fields[key] for key in fields if role_of(key).is_value), None)
        if name is not None and value is not None and name.id == value.id == "scalar":
            yield from _named(name.value, leaf_of((), value))


def _named(name: str, leaf: Leaf) -> Iterator[Candidate]:
    if name.lower() in AUTHORIZATION:
        if is_login(leaf.text):
            yield Candidate(leaf.line, leaf.column, leaf.text, "authorization-header", _LOGIN_REASON)
    elif kind_of(name):
        text = Value(leaf.text.strip(), leaf.column - 1, is_quoted=True)
        place = confidence_in_mapping(name, (), FileKind.CONFIG)
        yield from find_named(name, text, leaf.line, (place,))
