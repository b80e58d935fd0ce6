"""What detect-secrets makes of a YAML file: lines of the form `key: "value" # comment`, at their line numbers.

The same lines as `detect_secrets.transformers.yaml` yields. Its parser does the work; only the walk over the values is
new, because aliases make the original's walk exponential. Part of the engine: nothing else imports it.
"""

from __future__ import annotations

import base64
import io
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

import yaml
from detect_secrets.transformers.yaml import YAMLFileParser, YAMLValue

from k6ci.secretscan.detectors.nesting import is_costly

_COMMENT = re.compile(r"(\s+#[\S ]*)")
# A document may repeat its parts through aliases and merges up to this many nodes, and no further.
_MOST_NODES = 200_000


class NotYaml(Exception):  # noqa: N818 - an answer, not an error
    """The file does not read as one YAML document of plain values, or would cost more than its size to read so."""


class _Walk(YAMLFileParser):
    """Visits every value once; the original visits it once for every way that leads to it."""

    def json(self) -> Any:
        node = self.loader.get_single_node()
        if node is None:
            return None
        if _expanded_size(node, {}) > _MOST_NODES:
            raise NotYaml
        return self.loader.construct_document(node)

    def __iter__(self) -> Iterator[YAMLValue]:
        lines = self.content.splitlines()
        waiting: deque[Any] = deque([self.json()])
        seen: set[int] = set()
        while waiting:
            item = waiting.popleft()
            if not item or not isinstance(item, (dict, list, tuple, set)) or id(item) in seen:
                continue
            seen.add(id(item))
            if "__line__" not in item:
                waiting.extend(item.values() if isinstance(item, dict) else item)
                continue
            mapping: Any = item
            number = mapping["__line__"]
            yield YAMLValue(mapping["__original_key__"], mapping["__value__"], number, lines[number - 1])


def yaml_lines(text: str, path: str) -> list[str]:
    """The lines that the engine looks at instead of the file's own.

    Raises:
        NotYaml: the file is to be read as it is.
    """
    if is_costly(text):
        raise NotYaml
    file: Any = io.StringIO(text)
    file.name = path
    try:
        items = sorted(_Walk(file), key=lambda item: item.line_number)
        return [*_render(items)]
    # NOTE: upstream dies of a date such as 2024-13-45 (ValueError) and of deep nesting (RecursionError).
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise NotYaml from error


def _render(items: list[YAMLValue]) -> Iterator[str]:
    seen = set()
    written = 0
    for item in items:
        if item in seen:
            continue
        seen.add(item)
        for _ in range(written, item.line_number - 1):
            yield ""
        written = max(written, item.line_number - 1) + 1
        value = base64.b64encode(item.value).decode() if isinstance(item.value, bytes) else item.value
        comment = _COMMENT.search(item.line.strip())
        escaped = value.replace('"', '\\"')
        yield f'{item.key}: "{escaped}"{comment.group(0) if comment else ""}'


def _expanded_size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes the document has when every alias is written out; stops counting past the limit."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = 1
    total = 1
    if isinstance(node, yaml.MappingNode):
        total += sum(_expanded_size(key, known) + _expanded_size(value, known) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        total += sum(_expanded_size(value, known) for value in node.value)
    known[id(node)] = min(total, _MOST_NODES + 1)
    return known[id(node)]
