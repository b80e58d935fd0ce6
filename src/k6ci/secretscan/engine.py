"""detect-secrets as an engine: its plugins, unchanged, on the lines that they can match, and its filters.

The only importer of detect_secrets (with `engine_*`, its parts, and the plugins of `plugins`).
Gives what `detect_secrets.core.scan.scan_file` gives, apart from the repairs listed in `engine_repairs`; never asks
anybody whether a secret is live.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from k6ci.secretscan.engine_gates import GATES, REPAIRED, Gate, admitted, wants_quotes
from k6ci.secretscan.engine_import import offline_import
from k6ci.secretscan.engine_lines import ReadLine, first_reading, is_other, second_reading
from k6ci.secretscan.prefilter.lines import fold

# Upstream's patterns are super-linear in places. In pieces of this many characters, each piece overlapping the last by
# half, their cost is bounded; a secret on a longer line is still inside one piece.
LONGEST_LINE = 4_000
_MOST_INDIRECT = 1_000


class EngineSecret(NamedTuple):
    """What a plugin found: `line` counts from 1, `start` from 0, `kind` is the plugin's secret type."""

    line: int
    kind: str
    value: str
    plugin: str
    start: int = -1


def engine_secrets(path: str, text: str, hits: Collection[int] | None = None) -> list[EngineSecret]:
    """Everything that the engine finds in one file, in the order of its lines.

    `text` has line feeds only; `hits` are the lines that the prefilter left (None: all of them). Paths decide as
    upstream: the type of a file by its suffix, lock files and the like not at all.
    """
    found = _found(path, first_reading(path, text, hits))
    if not found and is_other(path):
        found = _found(path, second_reading(path, text, hits))
    return found


def _found(path: str, reading: Iterator[ReadLine]) -> list[EngineSecret]:
    """What is found on the lines; nothing is imported when there are none, and one is in memory at a time."""
    first = next(reading, None)
    return [*_secrets_in(path, chain([first], reading))] if first and _is_judged(path) else []


def secrets_on_line(path: str, read: ReadLine) -> Iterator[EngineSecret]:
    """What the plugins yield on one line and no filter of values drops; long lines are read in overlapping pieces."""
    line, number = read.line, read.number
    if len(line) <= LONGEST_LINE:
        yield from _secrets_in_piece(line, number, 0, path, read.gates)
        return
    seen = set()
    for start in range(0, len(line), LONGEST_LINE // 2):
        piece = line[start : start + LONGEST_LINE]
        gates = admitted(piece, fold(piece), wants_quotes=wants_quotes(path))
        for secret in _secrets_in_piece(piece, number, start, path, gates):
            if secret not in seen:
                seen.add(secret)
                yield secret


def _secrets_in(path: str, reading: Iterable[ReadLine]) -> Iterator[EngineSecret]:
    for read in reading:
        for secret in secrets_on_line(path, read):
            if is_indirect_reference(read.line) or _is_allowlisted(path, read.line, read.previous):
                break
            yield secret


def _secrets_in_piece(piece: str, number: int, offset: int, path: str, gates: list[Gate]) -> Iterator[EngineSecret]:
    for gate in gates:
        plugin = _plugin(gate.plugin)
        found = plugin.analyze_line(filename=path, line=piece, line_number=number)
        for value in sorted(secret.secret_value for secret in found):
            if not _is_dropped(value, piece, plugin):
                start = offset + piece.find(value)
                yield EngineSecret(number, plugin.secret_type, value, gate.plugin, start)


@lru_cache(maxsize=64)
def _plugin(name: str) -> Any:
    gate = next(gate for gate in GATES if gate.plugin == name)
    return getattr(offline_import(REPAIRED.get(name, f"detect_secrets.plugins.{gate.module}")), name)()


def _is_judged(path: str) -> bool:
    """Upstream's filters that look at the name of a file only."""
    heuristic: Any = offline_import("detect_secrets.filters.heuristic")
    return not (heuristic.is_non_text_file(path) or heuristic.is_lock_file(path) or heuristic.is_swagger_file(path))


def _is_dropped(value: str, line: str, plugin: Any) -> bool:
    """Upstream's filters that look at the value."""
    heuristic: Any = offline_import("detect_secrets.filters.heuristic")
    return bool(
        heuristic.is_sequential_string(value)
        or heuristic.is_potential_uuid(value)
        or heuristic.is_likely_id_string(value, line, plugin)
        or heuristic.is_templated_secret(value)
        or heuristic.is_prefixed_with_dollar_sign(value)
        or heuristic.is_not_alphanumeric_string(value)
    )


# Upstream's pattern begins with `([^\v=!:]*)\s*`, which a search needs not and which makes it cubic in runs of spaces.
_INDIRECT = re.compile(r"(?::=?|[!=]{1,3})\s*[\w.-]+[\[(][^\v]*[\])]")


def is_indirect_reference(line: str) -> bool:
    """True for `secret = get_secret()` and `secret = headers["key"]`; the same answer as upstream, in linear time."""
    if len(line) > _MOST_INDIRECT or not ("(" in line or "[" in line):
        return False
    return _INDIRECT.search(line) is not None


def _is_allowlisted(path: str, line: str, previous: str) -> bool:
    if "pragma" not in line and "pragma" not in previous:
        return False
    allowlist: Any = offline_import("detect_secrets.filters.allowlist")
    snippet: Any = offline_import("detect_secrets.util.code_snippet")
    # Of a long line the end is enough: nothing but a comment may follow the pragma.
    line, previous = line[-LONGEST_LINE:], previous[-LONGEST_LINE:]
    context = snippet.CodeSnippet(snippet=[previous, line], start_line=0, target_index=1)
    return bool(allowlist.is_line_allowlisted(path, line, context))
