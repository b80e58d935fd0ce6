"""JSON as the nodes that `structured_files` reads, parsed by `json`; locations are searched for findings only.

PyYAML reads JSON, too, at a hundred times the cost.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.detectors.yaml_nodes import Node
from k6ci.secretscan.patterns import Pattern

LONGEST_TEXT = 6_000_000
# A string, and the colon that makes it a key.
_STRING = Pattern(r"\"(?P<text>(?:[^\"\\]|\\.)*+)\"(?P<colon>\s{0,8}:)?", example='"a": "b"')


class _Pairs(list[tuple[str, Any]]):
    """The keys and values of an object, in their order and with those that repeat."""


class _Nowhere:
    """The mark of a value without a location: `structured_files` reports it as line 0."""

    line = -1
    column = 0


_NOWHERE: Any = _Nowhere()


class _Node:
    """What `structured_files` reads of a node of PyYAML."""

    __slots__ = ("id", "value")
    tag = "tag:yaml.org,2002:str"
    style = None
    start_mark = _NOWHERE

    def __init__(self, id: str, value: Any) -> None:  # noqa: A002 - its name there
        self.id = id
        self.value = value


def documents(text: str, is_wanted: Callable[[list[tuple[str, Any]]], bool]) -> list[Node] | None:
    """The document if the keys and values of one of its objects are wanted; None when the text is no JSON."""
    if len(text) > LONGEST_TEXT:
        return []
    is_any_wanted = False

    def read(pairs: list[tuple[str, Any]]) -> _Pairs:
        nonlocal is_any_wanted
        is_any_wanted = is_any_wanted or is_wanted(pairs)
        return _Pairs(pairs)

    try:
        document = json.loads(text, object_pairs_hook=read)
        return [_node(document)] if is_any_wanted else []
    except (ValueError, RecursionError):
        return None


def located(found: Iterable[Candidate], text: str) -> Iterator[Candidate]:
    """The candidates with their locations; those whose value is not in the text are dropped.

    One pass over the strings of the text, whatever the number of candidates.
    """
    candidates = list(found)
    places = _places(text, {form for one in candidates for form in _written(one.value)}) if candidates else {}
    taken: set[int] = set()
    line = position = 0
    located = []
    for one in candidates:
        key = one.name.rpartition(".")[2]
        named = (places.get((form, key)) for form in _written(one.value))
        alone = (places.get((form, None)) for form in _written(one.value))
        start = next((place for queue in (*named, *alone) for place in _untaken(queue, taken)), None)
        if start is not None:
            taken.add(start)
            located.append((start, one))
    for start, one in sorted(located, key=lambda pair: pair[0]):
        line += text.count("\n", position, start)
        position = start
        yield one._replace(line=line + 1, column=start - text.rfind("\n", 0, start))


def _places(text: str, wanted: set[str]) -> dict[tuple[str, str | None], deque[int]]:
    """Where the wanted strings are as values, by their text and the key before them, and by their text alone."""
    places: dict[tuple[str, str | None], deque[int]] = {}
    key = ""
    for match in _STRING.finditer(text):
        if match["colon"]:
            key = match["text"]
        elif match["text"] in wanted:
            for name in {key, None}:
                places.setdefault((match["text"], name), deque()).append(match.start("text"))
    return places


def _untaken(queue: deque[int] | None, taken: set[int]) -> Iterator[int]:
    while queue:
        place = queue.popleft()
        if place not in taken:
            yield place


def _written(text: str) -> tuple[str, str]:
    """A text as it may be between the quotes of JSON: with letters of other scripts, or with their escapes."""
    return json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]


def _node(value: Any) -> _Node:
    if isinstance(value, _Pairs):
        return _Node("mapping", [(_scalar(key), _node(each)) for key, each in value])
    if isinstance(value, list):
        return _Node("sequence", [_node(each) for each in value])
    return _scalar(value if isinstance(value, str) else json.dumps(value))


def _scalar(text: str) -> _Node:
    return _Node("scalar", text)
