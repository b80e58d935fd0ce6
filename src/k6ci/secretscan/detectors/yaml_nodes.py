"""YAML documents as PyYAML's nodes, which know the line of every value, and their strings as leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from k6ci.secretscan.detectors.nesting import is_costly
from k6ci.secretscan.patterns import Pattern

LONGEST_TEXT = 300_000
_MOST_SIBLINGS = 30
_TEMPLATE_LINE = Pattern(r"(?m)^[ \t]*\{\{[^{}\n]*\}\}[ \t]*$", example="{{- end }}")
_TEMPLATE = Pattern(r"\{\{[^{}\n]*\}\}", example="{{ .Values.x }}")
Siblings = tuple[tuple[str, str], ...]
# A node of PyYAML, or one of `json_documents`.
Node = Any


class Leaf(NamedTuple):
    """A string of the document: the keys that lead to it, its place (from 1), and whether it is a block of lines."""

    keys: tuple[str, ...]
    text: str
    line: int
    column: int
    is_block: bool
    siblings: Siblings = ()
    """The keys and values of the same mapping."""


def read_yaml(text: str, is_worth_parsing: Callable[[str], bool]) -> list[Node]:
    """The documents of a text; empty when it is no YAML, or would cost too much to parse."""
    if len(text) > LONGEST_TEXT or is_costly(text):
        return []
    # JSON may be indented with tabs, which YAML refuses; a space keeps every column.
    text = text.replace("\t", " ")
    if "{{" in text:
        # A template of Helm is YAML when its directives are gone; columns stay.
        text = _TEMPLATE_LINE.sub("", text)
        text = _TEMPLATE.sub(lambda match: "x" * len(match.group()), text)
    if not is_worth_parsing(text):
        return []
    import yaml  # noqa: PLC0415 - it takes as long as the start of Python

    try:
        # This loader does not resolve the types of plain scalars, which takes a third of the time.
        return [*yaml.compose_all(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))]
    except (yaml.YAMLError, RecursionError, ValueError):
        return []


def leaves(document: Node, is_wanted: Callable[[str], bool]) -> Iterator[Leaf]:
    """The strings below wanted keys, each once, whatever aliases point at it, in the order of the document."""
    waiting: list[tuple[tuple[str, ...], Node, Siblings]] = [((), document, ())]
    seen: set[int] = set()
    while waiting:
        keys, node, siblings = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.id == "scalar":
            if is_wanted(keys[-1] if keys else ""):
                yield leaf_of(keys, node)._replace(siblings=siblings)
        elif node.id == "sequence":
            waiting.extend((keys, item, ()) for item in reversed(node.value))
        elif node.id == "mapping":
            scalars: Siblings | None = None
            for key, value in reversed(node.value):
                name = str(key.value) if key.id == "scalar" else ""
                if value.id != "scalar":
                    waiting.append(((*keys[-8:], name), value, ()))
                elif is_wanted(name):
                    scalars = _scalars(node) if scalars is None else scalars
                    waiting.append(((*keys[-8:], name), value, scalars))


def _scalars(node: Node) -> Siblings:
    """What stands beside a value, as far as it is of use: the first few plain keys and values."""
    return tuple(
        (key.value, value.value)
        for key, value in node.value[:_MOST_SIBLINGS]
        if key.id == "scalar" and value.id == "scalar"
    )


def mappings(document: Node) -> Iterator[Node]:
    """Every mapping once."""
    waiting = [document]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.id == "mapping":
            yield node
            waiting.extend(value for _, value in node.value if value.id != "scalar")
        elif node.id == "sequence":
            waiting.extend(node.value)


def leaf_of(keys: tuple[str, ...], node: Node) -> Leaf:
    """A scalar below these keys as a leaf; empty when a tag (`!vault`) makes it a reference."""
    mark = node.start_mark
    is_block = node.style in {"|", ">"}
    shift = 1 if node.style in {"'", '"'} else 0
    tag_is_own = not node.tag.startswith("tag:yaml.org,2002:")
    text = "" if tag_is_own else node.value  # !reference, !vault, !Ref: what follows is a name
    return Leaf(keys, text, mark.line + 1 + is_block, 1 if is_block else mark.column + 1 + shift, is_block)


def objects(document: Node) -> Iterator[tuple[Node, bool]]:
    """The objects of Kubernetes in a document, those of a list one by one, and whether each is a Secret."""
    fields = fields_of(document)
    kind, items = fields.get("kind"), fields.get("items")
    name = str(kind.value) if kind is not None and kind.id == "scalar" else ""
    if name.endswith("List") and items is not None and items.id == "sequence":
        for item in items.value:
            for part, is_secret_object in objects(item):
                yield part, is_secret_object or name == "SecretList"
    else:
        yield document, name == "Secret"


def fields_of(node: Node) -> dict[str, Node]:
    """The values of a mapping by their keys; empty for other nodes."""
    pairs = node.value if node.id == "mapping" else ()
    return {str(key.value): value for key, value in pairs if key.id == "scalar"}
