"""Every detector on the lines that the prefilter left, and one finding for each place that any of them found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from k6ci.secretscan.detectors import arguments as commands
from k6ci.secretscan.detectors import assignments, calls, directives, headers, sql, tables
from k6ci.secretscan.detectors import credential_files as whole_files
from k6ci.secretscan.detectors import grafana_tokens as tokens
from k6ci.secretscan.detectors import k6_tokens as nearby
from k6ci.secretscan.detectors import known_tokens as vendors
from k6ci.secretscan.detectors import name_value_pairs as pairs
from k6ci.secretscan.detectors import private_keys as keyblocks
from k6ci.secretscan.detectors import typed_input as typed
from k6ci.secretscan.detectors import urls as addresses
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.engine import EngineSecret, engine_secrets
from k6ci.secretscan.engine_import import offline_import
from k6ci.secretscan.engine_quiet import judge
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.inputs.file_types import FileKind, file_kind, is_table
from k6ci.secretscan.prefilter.lines import hit_lines
from k6ci.secretscan.report.remedies import remedy_for, variable_for
from k6ci.secretscan.report.rules import RULES
from k6ci.secretscan.suppression.comments import is_allowed

if TYPE_CHECKING:
    from k6ci.secretscan.report.findings import Finding

# A longer line is read in pieces; each overlaps the last by a quarter, so no value is cut in both.
LONGEST_LINE = 4_000
# Literals, because a pattern that ignores case costs ten times as much.
_SPEAKS = tuple(
    (
        "pass pw psw pword wachtwoord secret token key auth cred bearer basic login user psk salt pepper pin code"
        " cookie session jwt dsn connect webhook signature seed identified secure b64 btoa ftp sql sonar echo"
        " bind sequelize chararray buffer.from senha motdepasse kennwort contrase"
        " slack: -t -p -u -a -w -v"
    ).split()
)
_OVERLAP = 1_000
# A structure is worth parsing when a line detector could not see the names of its values.
_FEWEST_HITS = 1


def detect(
    path: str, text: str, hits: Sequence[int], *, backend: str, keyer: Callable[[str, str], tuple[str, ...]] | None
) -> list[Finding]:
    """The findings of one file; `hits` are the lines (from 1) that the prefilter left."""
    lines = text.split("\n")
    found = tables.find_in_csv(lines) if is_table(path) else _in_text(path, text, lines, hits, backend)
    kept = (one for one in best_of_each_place(found) if not is_allowed(*_line_and_previous(lines, one.line)))
    return [_finding(path, one, keyer) for one in kept]


def _in_text(path: str, text: str, lines: list[str], hits: Sequence[int], backend: str) -> Iterator[Candidate]:
    kind = file_kind(path, text)
    yield from _on_lines(lines, hits, kind, backend)
    yield from _in_structure(path, text, hits, kind)
    yield from whole_files.find(path, lines)
    yield from _by_engine(path, text, lines, hits, kind)


def prepare() -> None:
    """Import what any larger tree needs, so that processes forked from this one need not, each by itself."""
    from k6ci.secretscan.detectors import structured_files as structure  # noqa: F401, PLC0415 - see above
    from k6ci.secretscan.report import findings  # noqa: F401, PLC0415 - see above

    for part in ("k6ci.secretscan.engine_keyword", "k6ci.secretscan.engine_yaml", "detect_secrets.filters.heuristic"):
        offline_import(part)


def candidates_at(context: LineContext) -> Iterator[Candidate]:
    """What the detectors of lines find on one line; the lines around it are its context."""
    line, lines, number = context.line, context.lines, context.number
    yield from tokens.find(line, number)
    yield from vendors.find(line, number)
    yield from addresses.find(line, number)
    yield from keyblocks.find(lines, number)
    # Most lines are here for the engine's sake: they hold a long string, and no word that our own detectors go by.
    lowered = context.lowered
    if not any(word in lowered for word in _SPEAKS):
        return
    yield from assignments.find(context)
    yield from headers.find(line, number)
    yield from commands.find(context)
    yield from calls.find(context)
    yield from sql.find(context)
    if "pass" in lowered or "`" in line or "<code>" in lowered:
        yield from typed.find(context)
    yield from directives.find(context)
    yield from nearby.find(line, number)
    if "|" in line:
        yield from tables.find_below(lines, number)
    if len(line) <= LONGEST_LINE:
        yield from pairs.find(context)


def best_of_each_place(found: Iterable[Candidate]) -> list[Candidate]:
    """Of candidates that overlap on a line the one whose rule says most, in the order of their places."""
    kept: dict[int, list[Candidate]] = {}
    for one in sorted(found, key=lambda each: (RULES[each.rule].rank, each.line, each.column, -len(each.value))):
        others = kept.setdefault(one.line, [])
        if not any(_overlap(one, other) for other in others):
            others.append(one)
    return sorted((one for others in kept.values() for one in others), key=lambda one: (one.line, one.column))


def _overlap(one: Candidate, other: Candidate) -> bool:
    if one.value == other.value and abs(one.column - other.column) < 3:  # noqa: PLR2004 - quotes counted or not
        return True
    return one.column < other.column + len(other.value) and other.column < one.column + len(one.value)


def _on_lines(lines: list[str], hits: Sequence[int], kind: FileKind, backend: str) -> Iterator[Candidate]:
    for number in hits:
        line = lines[number - 1]
        if len(line) <= LONGEST_LINE:
            yield from candidates_at(LineContext(lines, number, kind))
            continue
        for start in range(0, len(line), LONGEST_LINE - _OVERLAP):
            piece = line[start : start + LONGEST_LINE]
            if hit_lines(piece.encode("utf-8", "surrogatepass"), backend):
                for one in candidates_at(LineContext([piece], 1, kind)):
                    yield one._replace(line=number, column=one.column + start)


def _in_structure(path: str, text: str, hits: Sequence[int], kind: FileKind) -> Iterator[Candidate]:
    if not path.lower().endswith((".yaml", ".yml", ".eyaml", ".json", ".jsonc", ".json5", ".har")):
        return
    if len(hits) < _FEWEST_HITS and "kind: Secret" not in text:
        return
    from k6ci.secretscan.detectors import structured_files as structure  # noqa: PLC0415 - PyYAML is for files that have structure

    yield from structure.find(path, text, kind)


def _by_engine(path: str, text: str, lines: list[str], hits: Sequence[int], kind: FileKind) -> Iterator[Candidate]:
    for secret in engine_secrets(path, text, set(hits)):
        placed = _placed(secret, lines)
        one = judge(placed, lines[placed.line - 1], kind) if placed else None
        if one:
            yield one


def _placed(secret: EngineSecret, lines: list[str]) -> EngineSecret | None:
    """The finding at its place in the file: the INI and YAML readings have columns, at times lines, of their own."""
    if secret.line <= len(lines) and lines[secret.line - 1].startswith(secret.value, max(0, secret.start)):
        return secret
    for number in (secret.line, *range(max(1, secret.line - 3), secret.line + 4)):
        start = lines[number - 1].find(secret.value) if number <= len(lines) else -1
        if start >= 0:
            return secret._replace(line=number, start=start)
    return None


def _line_and_previous(lines: Sequence[str], number: int) -> tuple[str, str]:
    return lines[number - 1], lines[number - 2] if number > 1 else ""


def _finding(path: str, one: Candidate, keyer: Callable[[str, str], tuple[str, ...]] | None) -> Finding:
    from k6ci.secretscan.report.findings import Finding, hint_for  # noqa: PLC0415 - where there is one

    rule = RULES[one.rule]
    return Finding(
        path=path,
        line=one.line,
        column=one.column,
        rule=one.rule,
        hint=hint_for(one.value),
        reason=f"{rule.title}: {one.reason}.",
        remedy=remedy_for(path, one.rule, variable_for(one.rule, one.name)),
        keys=keyer(path, one.value) if keyer else (),
    )
