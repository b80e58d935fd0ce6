"""YAML documents as PyYAML's nodes, which know the line of every value, and their strings as leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml

from k6ci.secretscan.detectors.nesting import is_costly
from k6ci.secretscan.patterns import Pattern

LONGEST_TEXT = 300_000
_MOST_SIBLINGS = 30
_TEMPLATE_LINE = Pattern(r"(?m)^[ \t]*\{\{[^{}\n]*\}\}[ \t]*$", example="{{- end }}")
_TEMPLATE = Pattern(r"\{\{[^{}\n]*\}\}", example="{{ .Values.x }}")
Siblings = tuple[tuple[str, str], ...]
# It does not resolve the types of plain scalars, which takes a third of the time.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Leaf(NamedTuple):
    """A string of the document: the keys that lead to it, its place (from 1), and whether it is a block of lines."""

    keys: tuple[str, ...]
    text: str
    line: int
    column: int
    is_block: bool
    siblings: Siblings = ()
    """The keys and values of the same mapping."""


def read_yaml(text: str) -> list[yaml.Node]:
    """The documents of a text; empty when it is no YAML, or would cost too much to parse."""
    if len(text) > LONGEST_TEXT or is_costly(text):
        return []
    # JSON may be indented with tabs, which YAML refuses; a space keeps every column.
    text = text.replace("\t", " ")
    if "{{" in text:
        # A template of Helm is YAML when its directives are gone; columns stay.
        text = _TEMPLATE_LINE.sub("", text)
        text = _TEMPLATE.sub(lambda match: "x" * len(match.group()), text)
    try:
        return [*yaml.compose_all(text, Loader=_Loader)]
    except (yaml.YAMLError, RecursionError, ValueError):
        return []


def leaves(document: yaml.Node, is_wanted: Callable[[str], bool]) -> Iterator[Leaf]:
    """The strings below wanted keys, each once, whatever aliases point at it, in the order of the document."""
    waiting: list[tuple[tuple[str, ...], yaml.Node, Siblings]] = [((), document, ())]
    seen: set[int] = set()
    while waiting:
        keys, node, siblings = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            if is_wanted(keys[-1] if keys else ""):
                yield leaf_of(keys, node)._replace(siblings=siblings)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((keys, item, ()) for item in reversed(node.value))
        elif isinstance(node, yaml.MappingNode):
            scalars: Siblings | None = None
            for key, value in reversed(node.value):
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
                if not isinstance(value, yaml.ScalarNode):
                    waiting.append(((*keys[-8:], name), value, ()))
                elif is_wanted(name):
                    scalars = _scalars(node) if scalars is None else scalars
                    waiting.append(((*keys[-8:], name), value, scalars))


def _scalars(node: yaml.MappingNode) -> Siblings:
    """What stands beside a value, as far as it is of use: the first few plain keys and values."""
    return tuple(
        (key.value, value.value)
        for key, value in node.value[:_MOST_SIBLINGS]
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    )


def mappings(document: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Every mapping once."""
    waiting = [document]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting.extend(value for _, value in node.value if not isinstance(value, yaml.ScalarNode))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def leaf_of(keys: tuple[str, ...], node: yaml.ScalarNode) -> Leaf:
    """A scalar below these keys as a leaf; empty when a tag (`!vault`) makes it a reference."""
    mark = node.start_mark
    is_block = node.style in {"|", ">"}
    shift = 1 if node.style in {"'", '"'} else 0
    tag_is_own = not node.tag.startswith("tag:yaml.org,2002:")
    text = "" if tag_is_own else node.value  # !reference, !vault, !Ref: what follows is a name
    return Leaf(keys, text, mark.line + 1 + is_block, 1 if is_block else mark.column + 1 + shift, is_block)


def objects(document: yaml.Node) -> Iterator[tuple[yaml.Node, bool]]:
    """The objects of Kubernetes in a document, those of a list one by one, and whether each is a Secret."""
    fields = fields_of(document)
    kind, items = fields.get("kind"), fields.get("items")
    name = str(kind.value) if isinstance(kind, yaml.ScalarNode) else ""
    if name.endswith("List") and isinstance(items, yaml.SequenceNode):
        for item in items.value:
            for part, is_secret_object in objects(item):
                yield part, is_secret_object or name == "SecretList"
    else:
        yield document, name == "Secret"


def fields_of(node: yaml.Node) -> dict[str, yaml.Node]:
    """The values of a mapping by their keys; empty for other nodes."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {str(key.value): value for key, value in pairs if isinstance(key, yaml.ScalarNode)}
