"""Secrets that only the structure of YAML or JSON shows: key paths, list items, block scalars, Kubernetes Secrets.

Files that no parser reads, or not at a cost proportional to their size, give nothing here; the detectors of lines have
read them already.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator

from k6ci.secretscan.detectors import documents
from k6ci.secretscan.detectors.candidates import Candidate, Value, find_named
from k6ci.secretscan.detectors.document_keys import AUTHORIZATION, VALUE_KEYS, is_worth_parsing, role_of
from k6ci.secretscan.detectors.documents import PATTERNS, Leaf, leaves, objects
from k6ci.secretscan.detectors.position_checks import decode_basic, is_login
from k6ci.secretscan.heuristics.context import Confidence, LineContext, confidence_in_mapping
from k6ci.secretscan.heuristics.decision import at_line, can_be_secret, false_positive_of, is_secret
from k6ci.secretscan.heuristics.names import NameKind, is_of_service, kind_of, words_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind, has_format


def find(path: str, text: str, kind: FileKind) -> Iterator[Candidate]:
    """The secrets that the structure of a document shows."""
    is_of_secrets = PATTERNS["file of secrets"].finds(path)
    is_any_wanted = is_of_secrets or '"Secret' in text
    parsed = documents.read_json(text, _is_any if is_any_wanted else is_wanted) if has_format(path, "json") else None
    if parsed is not None:
        yield from _located(of_documents(path, parsed, kind), text)
    else:
        before = 0
        for document in PATTERNS["document of YAML"].split(text):
            parsed = documents.read_yaml(document, _is_any if is_of_secrets else is_worth_parsing)
            yield from (one._replace(line=one.line + before) for one in of_documents(path, parsed, kind))
            before += document.count("\n")


def _is_any(_: str) -> bool:
    return True


def is_wanted(key: str) -> bool:
    """True for a key whose value can be a secret, by itself or beside a name."""
    return role_of(key).is_wanted


def of_documents(path: str, parsed: list[documents.Node], kind: FileKind) -> Iterator[Candidate]:
    """The secrets in parsed documents."""
    is_of_secrets = PATTERNS["file of secrets"].finds(path)
    for document in parsed:
        for part, is_secret_object in objects(document):
            for leaf in leaves(part, _is_any if is_secret_object or is_of_secrets else is_wanted):
                at_line(leaf.line)
                yield from _check(leaf, kind, is_secret_object=is_secret_object)
                is_by_any_name = is_of_secrets and not is_secret_object and _can_be_random(leaf)
                if is_by_any_name and _is_random(leaf.text, shortest=20):
                    yield Candidate(leaf.line, leaf.column, leaf.text, "assigned-token", "a value in a file of secrets")


def _check(leaf: Leaf, file: FileKind, *, is_secret_object: bool) -> Iterator[Candidate]:
    name = leaf.keys[-1]
    # `{name: X, value: Y}` and its relatives, in any order of the keys.
    paired = next((value for key, value in leaf.siblings if role_of(key).is_name), "")
    if paired and role_of(name).is_value:
        yield from _named(leaf._replace(keys=(paired,), siblings=()), FileKind.CONFIG)
    if name.lower() in VALUE_KEYS and kind_of(leaf.keys[-2]):
        leaf = leaf._replace(keys=leaf.keys[:-1])
        name = leaf.keys[-1]
    if is_secret_object and leaf.keys[:2] in {("", "data"), ("", "stringData")}:
        yield from _kubernetes(leaf, name)
    elif name == "auth" and is_secret((decode_basic(leaf.text) or ("", ""))[1], NameKind.PASSWORD, Confidence.LOGIN):
        yield Candidate(leaf.line, leaf.column, leaf.text, "assigned-token", "a registry login, user and password")
    elif {"properties", "i18n", "translations", "$defs"}.isdisjoint(leaf.keys):
        yield from _named(leaf, file)


def _named(leaf: Leaf, file: FileKind) -> Iterator[Candidate]:
    """The value behind the last of its keys; of several lines the detectors of lines have seen each."""
    name, text = leaf.keys[-1], leaf.text.strip()
    if name.lower() in AUTHORIZATION and is_login(leaf.text):
        reason = "the header contains a user and a password in base64"
        yield Candidate(leaf.line, leaf.column, leaf.text, "authorization-header", reason)
    full = ".".join(leaf.keys[-3:]).lstrip(".")
    is_k6 = leaf.keys[-2:] in {("cloud", "token"), ("loadimpact", "token")}
    kind = NameKind.K6 if is_k6 else kind_of(full) or kind_of(name)
    if kind is None or kind_of(name) is None or "\n" in text or not can_be_secret(text, kind):
        return
    place = confidence_in_mapping(name, leaf.siblings, file)
    # `spring.datasource.password`: what the password is for may be said a level above.
    if place is Confidence.CONFIG and is_of_service(full):
        place = Confidence.LOGIN
    value = Value(text, leaf.column - 1, is_quoted=True)
    yield from find_named(full if kind_of(full) else name, value, leaf.line, place, kind)


def _kubernetes(leaf: Leaf, name: str) -> Iterator[Candidate]:
    """The data of a Secret is base64 of the value, its stringData the value itself."""
    written = text = leaf.text.strip()
    if leaf.keys[1] == "data":
        try:
            text = binascii.a2b_base64("".join(text.split()), strict_mode=True).decode().strip()
        except ValueError:
            return
    if kind_of(name) is not None:
        for found in find_named(name, Value(text, leaf.column - 1, is_quoted=True), leaf.line, Confidence.LOGIN):
            yield found._replace(value=written)
    elif _is_random(text, shortest=16) or _holds_secret(text):
        yield Candidate(leaf.line, leaf.column, written, "assigned-token", "a value of a Kubernetes Secret")


def _holds_secret(text: str) -> bool:
    """True when a value of a Secret is a file of its own with a secret: a whole `.env`, Docker's logins, a URL."""
    from k6ci.secretscan.detectors.registry import candidates_on  # noqa: PLC0415 - few Secrets hold files
    from k6ci.secretscan.prefilter.lines import hit_lines  # noqa: PLC0415 - same

    text = text[: documents.LONGEST_YAML]
    lines = text.split("\n")
    hits = hit_lines(text.encode("utf-8", "surrogatepass")).items()
    on_lines = candidates_on((LineContext(lines, number, FileKind.CONFIG), bits) for number, bits in hits)
    return any(on_lines) or any(of_documents("", documents.read_json(text, _is_any) or [], FileKind.CONFIG))


def _is_random(text: str, shortest: int) -> bool:
    return is_generated(text, shortest=shortest) and false_positive_of(text) is None


def _can_be_random(leaf: Leaf) -> bool:
    """False for what looks random without being a secret: identifiers, and certificates in base64."""
    return words_of(leaf.keys[-1])[-1:] not in (["id"], ["key"]) and not leaf.text.startswith("LS0tLS1CRUdJTi")


def _located(found: Iterable[Candidate], text: str) -> Iterator[Candidate]:
    """The candidates with their locations; those whose value is not in the text are dropped.

    One pass over the strings of the text, whatever the number of candidates.
    """
    candidates = list(found)
    places = _places(text, {one.value for one in candidates}) if candidates else {}
    taken: dict[int, Candidate] = {}
    for one in candidates:
        # Behind its own key, or behind any: the name may be that of a pair. An iterator goes on where it stopped.
        queues = [places.get((one.value, key), iter(())) for key in (one.name.rpartition(".")[2], None)]
        start = next((start for queue in queues for start in queue if start not in taken), None)
        if start is not None:
            taken[start] = one
    line, position = 1, 0
    for start, one in sorted(taken.items()):
        line += text.count("\n", position, start)
        position = start
        yield one._replace(line=line, column=start - text.rfind("\n", 0, start))


def _places(text: str, wanted: set[str]) -> dict[tuple[str, str | None], Iterator[int]]:
    """Where the wanted strings are as values, by their text and the key before them, and by their text alone."""
    import json  # noqa: PLC0415 - where there is a finding

    places: dict[tuple[str, str | None], list[int]] = {}
    key = ""
    for match in PATTERNS["string of JSON"].finditer(text):
        string = match["text"]
        if "\\" in string:
            string = json.loads(f'"{string}"')
        if match["colon"]:
            key = string
        elif string in wanted:
            for name in (key, None):
                places.setdefault((string, name), []).append(match.start("text"))
    return {place: iter(starts) for place, starts in places.items()}
