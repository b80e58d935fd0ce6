"""Where the values of a JSON document are in its text; they are searched for findings only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.detectors.documents import PATTERNS


def located(found: Iterable[Candidate], text: str) -> Iterator[Candidate]:
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
