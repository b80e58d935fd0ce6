"""JSON as the nodes that `structured_files` reads, parsed by `json`; locations are searched for findings only.

PyYAML reads JSON, too, at a hundred times the cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from k6ci.secretscan.detectors.candidates import Candidate

LONGEST_TEXT = 6_000_000
_TAG = "tag:yaml.org,2002:"


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of an object, in their order and with those that repeat."""


class _Nowhere:
    """The mark of a value without a location: `structured_files` reports it as line 0."""

    line = -1
    column = 0


_NOWHERE: Any = _Nowhere()


def documents(text: str) -> list[yaml.Node] | None:
    """The document, None when the text is no JSON."""
    if len(text) > LONGEST_TEXT:
        return []
    try:
        return [_node(json.loads(text, object_pairs_hook=_Pairs))]
    except (ValueError, RecursionError):
        return None


def located(found: Iterable[Candidate], text: str) -> Iterator[Candidate]:
    """The candidates with their locations; those whose value is not in the text are dropped."""
    position = line = start = 0
    for one in found:
        if one.line:
            yield one
            continue
        value = f'"({_written(one.value)})"'
        named = re.compile(f'"{_written(one.name.rpartition(".")[2])}"\\s{{0,8}}:\\s{{0,8}}{value}')
        bare = re.compile(f"{value}(?!\\s{{0,8}}:)")
        match = named.search(text, position) or bare.search(text, position) or bare.search(text)
        if match is None:
            continue
        if match.start() < position:
            position = line = start = 0
        line += text.count("\n", position, match.start())
        position = match.start()
        start = text.rfind("\n", 0, position) + 1
        yield one._replace(line=line + 1, column=match.start(1) - start + 1)
        position = match.start(1)


def _written(text: str) -> str:
    """A pattern for a text as it may stand between the quotes of JSON."""
    return "|".join({re.escape(json.dumps(text, ensure_ascii=is_ascii)[1:-1]) for is_ascii in (True, False)})


def _node(value: Any) -> yaml.Node:
    if isinstance(value, _Pairs):
        pairs = [(_scalar(key, "str"), _node(each)) for key, each in value]
        return yaml.MappingNode(f"{_TAG}map", pairs, _NOWHERE, _NOWHERE)
    if isinstance(value, list):
        return yaml.SequenceNode(f"{_TAG}seq", [_node(each) for each in value], _NOWHERE, _NOWHERE)
    return _scalar(value, "str") if isinstance(value, str) else _scalar(json.dumps(value), "float")


def _scalar(text: str, kind: str) -> yaml.ScalarNode:
    return yaml.ScalarNode(f"{_TAG}{kind}", text, _NOWHERE, _NOWHERE)
