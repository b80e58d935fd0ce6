"""YAML and JSON as trees, and their strings with the keys that lead to them.

YAML is a tree of PyYAML's nodes, which know their lines. PyYAML reads JSON, too, at a hundred times the cost of `json`;
there the tree has lists, scalars, and objects as `Pairs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple

from k6ci.secretscan.data import patterns

LONGEST_YAML, _LONGEST_JSON = 300_000, 6_000_000
_DEEPEST = 200
# Some 60 MB of nodes: the limit of a process is 100.
_MOST_MARKS = 32_000
# Thousands of lines such as `k: x` cost ten times as much for each byte as lines that people write.
_MOST_DENSE_MARKS, _BYTES_OF_A_MARK = 8_000, 8
_MOST_SIBLINGS = 30
PATTERNS = patterns(__file__, "documents.ini")
Node = Any


class Pairs(tuple[tuple[str, Node], ...]):
    """The keys and values of an object, in their order and with those that repeat."""

    __slots__ = ()


_NOTHING = Pairs()


class Leaf(NamedTuple):
    """A string of the document: the keys that lead to it from "", and its place (from 1; line 0 in JSON)."""

    keys: tuple[str, ...]
    text: str
    line: int
    column: int
    siblings: tuple[tuple[str, str], ...]
    """The keys and values of the same mapping."""


def read_json(text: str, is_wanted: Callable[[str], bool]) -> list[Node] | None:
    """The document, without objects that hold no wanted key at any depth; None when the text is no JSON."""
    if len(text) > _LONGEST_JSON:
        return []
    import json  # noqa: PLC0415 - YAML needs none of it

    try:
        return [json.loads(text, object_pairs_hook=partial(_reduced, is_wanted))]
    except (ValueError, RecursionError):
        return None


def _reduced(is_wanted: Callable[[str], bool], pairs: list[tuple[str, Node]]) -> Pairs:
    """The object, or an empty one, over which nobody walks."""
    for name, value in pairs:
        if any(value) if isinstance(value, (list, Pairs)) else value is not None and is_wanted(name):
            return Pairs(pairs)
    return _NOTHING


def read_yaml(text: str, is_worth_parsing: Callable[[str], bool]) -> list[Node]:
    """The documents of a text; empty when it is no YAML, or would cost too much to parse."""
    if len(text) > LONGEST_YAML or _is_costly(text):
        return []
    # JSON may be indented with tabs, which YAML refuses; a space keeps every column.
    text = text.replace("\t", " ")
    if any(sign in text for sign in ("{{", "{%", " @", " %")):
        # A template is YAML when its directives are gone; lines and columns stay.
        text = PATTERNS["part of a template"].sub(
            lambda match: "x" * len((match["word"] or "").partition("\n")[0]) + "\n" * match.group().count("\n"), text
        )
    if not is_worth_parsing(text):
        return []
    import yaml  # noqa: PLC0415 - it takes as long as the start of Python

    try:
        # This loader does not resolve the types of plain scalars, which takes a third of the time.
        return [*yaml.compose_all(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))]
    except (yaml.YAMLError, RecursionError, ValueError):
        return []


def _is_costly(text: str) -> bool:
    """True when parsing could take too much memory or recursion: parsers recurse, and keep a kilobyte a value."""
    marks = sum(map(text.count, ":,\n"))
    is_dense = marks > _MOST_DENSE_MARKS and len(text) < _BYTES_OF_A_MARK * marks
    return marks > _MOST_MARKS or is_dense or _is_deep(text)


def _is_deep(text: str) -> bool:
    """True when the text may nest deeper than 200 levels; brackets inside strings count, so the answer is cautious."""
    depths = accumulate(1 if bracket in "[{" else -1 for bracket in PATTERNS["bracket"].findall(text))
    return max(depths, default=0) > _DEEPEST or "- " * 60 in text or " " * 2 * _DEEPEST in text


def objects(document: Node) -> Iterator[tuple[Node, bool]]:
    """The objects of Kubernetes in a document, those of a list one by one, and whether each is a Secret."""
    parts = _parts(document)
    fields: dict[str, Node] = dict(parts) if isinstance(parts, Pairs) else {}
    kind, items = _text(fields.get("kind")) or "", _parts(fields.get("items"))
    if kind.endswith("List") and isinstance(items, list):
        for item in items:
            for part, is_secret_object in objects(item):
                yield part, is_secret_object or kind == "SecretList"
    else:
        yield document, kind == "Secret"


def leaves(document: Node, is_wanted: Callable[[str], bool]) -> Iterator[Leaf]:
    """The strings below wanted keys, each once, whatever aliases point at it, in the order of the document."""
    waiting: list[tuple[tuple[str, ...], Node, Pairs]] = [(("",), document, _NOTHING)]
    seen: set[int] = set()
    while waiting:
        keys, node, mapping = waiting.pop()
        parts = _parts(node)
        if parts is None:
            if is_wanted(keys[-1]):
                yield _leaf(keys, node, mapping)
        elif id(node) not in seen:
            seen.add(id(node))
            if isinstance(parts, Pairs):
                for name, value in reversed(parts):
                    if is_wanted(name) or _parts(value) is not None:
                        waiting.append(((*keys[-8:], name), value, parts))
            else:
                waiting.extend((keys, item, _NOTHING) for item in reversed(parts))


def _parts(node: Node) -> Pairs | list[Node] | None:
    """What a mapping or a list holds; None for a scalar."""
    if isinstance(node, (list, Pairs)):
        return node
    kind = getattr(node, "id", "scalar")
    if kind == "mapping":
        return Pairs((key.value if key.id == "scalar" else "", value) for key, value in node.value)
    items: list[Node] | None = node.value if kind == "sequence" else None
    return items


def _text(node: Node) -> str | None:
    """The text of a scalar; None for others."""
    if _parts(node) is not None:
        return None
    value = getattr(node, "value", node)
    return value if isinstance(value, str) else str(value).lower()


def _leaf(keys: tuple[str, ...], node: Node, mapping: Pairs) -> Leaf:
    """A scalar below these keys; empty when a tag (`!vault`, `!Ref`) makes it a reference."""
    text = _text(node) or ""
    beside = ((name, _text(value)) for name, value in mapping[:_MOST_SIBLINGS])
    siblings = tuple((name, text) for name, text in beside if name and text is not None)
    if not hasattr(node, "start_mark"):
        return Leaf(keys, text, 0, 1, siblings)
    is_block = node.style in {"|", ">"}
    column = 1 if is_block else node.start_mark.column + 1 + (node.style in {"'", '"'})
    is_reference = not node.tag.startswith("tag:yaml.org,2002:")
    return Leaf(keys, "" if is_reference else text, node.start_mark.line + 1 + is_block, column, siblings)
