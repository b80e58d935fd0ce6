"""Where the values of a JSON document are in its text; they are searched for findings only."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.patterns import Pattern

# A string, and the colon that makes it a key.
_STRING = Pattern(r"\"(?P<text>(?:[^\"\\]|\\.)*+)\"(?P<colon>\s{0,8}:)?", example='"a": "b"')


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
    import json  # noqa: PLC0415 - where there is a finding

    return json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
