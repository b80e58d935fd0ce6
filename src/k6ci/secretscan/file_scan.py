"""Scan one file's content: first the prefilter, then the detectors on the lines that it keeps.

Input: a path (its name decides how the content is read) and bytes. Output: findings, which never contain the secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from k6ci.secretscan.detectors import credential_files, tables
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.detectors.registry import LONGEST_LINE, OVERLAP, candidates_on
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.inputs.file_types import FileKind, Profile, file_kind, has_format, profile_of
from k6ci.secretscan.inputs.key_stores import store_of
from k6ci.secretscan.inputs.texts import decoded, is_archive, normalise, pieces
from k6ci.secretscan.prefilter.lines import hit_lines

if TYPE_CHECKING:
    from k6ci.secretscan.report.findings import Finding, Keyer

# How far behind a token its rule may look.
_SEEN_BEHIND = 3
_LONGEST_WRITTEN = 200_000
_LONGEST_HEAD = 4_000
# Who finds so many has seen what is the matter with the table.
_MOST_IN_ROWS = 1_000


def scan_content(
    path: str, content: bytes, *, backend: str = "re", keyer: Keyer | None = None, only_allowed: bool = False
) -> list[Finding]:
    """The findings of one file, in the order of their places; bytes that are no UTF-8 are read as Latin-1.

    `only_allowed`: those that a comment allows, instead of the others.
    """
    if is_archive(content):
        return _scan_archive(path, content, backend, keyer, only_allowed)
    findings: list[Finding] = []
    for first_line, text, found in _found_in(path, content, backend):
        from k6ci.secretscan.report.from_candidates import findings_from  # noqa: PLC0415 - where something was found

        made = findings_from(found, path, text, keyer, only_allowed=only_allowed)
        findings += [one._replace(line=one.line + first_line - 1) for one in made]
    return findings


def _scan_archive(path: str, content: bytes, backend: str, keyer: Keyer | None, only_allowed: bool) -> list[Finding]:
    """The findings inside of an archive, each at line 1 of the archive itself, with the member named."""
    from k6ci.secretscan.inputs.archives import members  # noqa: PLC0415 - archives are rare
    from k6ci.secretscan.report.remedies import remedy_for  # noqa: PLC0415 - same

    found = []
    for member in members(path, content):
        name = member.path.removeprefix(f"{path}/")
        body = member.content or b""
        for one in scan_content(member.path, body, backend=backend, keyer=keyer, only_allowed=only_allowed):
            reason = f"In the archive's `{name}`, line {one.line}: {one.reason}"
            remedy = remedy_for(path, "k6-archive")
            found.append(one._replace(path=path, line=1, column=1, rule="k6-archive", reason=reason, remedy=remedy))
    return found


def _found_in(path: str, content: bytes, backend: str) -> Iterator[tuple[int, str, list[Candidate]]]:
    """The pieces of a file in which something was found: their first lines, their texts and the candidates."""
    store = store_of(content)
    if store:
        from hashlib import sha256  # noqa: PLC0415 - stores are rare

        yield 1, "", [Candidate(1, 1, sha256(content).hexdigest(), "private-key", store)]
        return
    content = normalise(content)
    profile = profile_of(path, content)
    head = decoded(content[:_LONGEST_HEAD].split(b"\n", 1)[0]) if profile is Profile.TABLE else ""
    is_read_whole = tables.columns_of(head)[1] if head else profile is Profile.ALL and credential_files.formats_of(path)
    for first_line, piece in pieces(content):
        hits = hit_lines(piece, backend, shapes_only=profile is not Profile.ALL)
        if hits or is_read_whole:
            text = decoded(piece)
            rows = tables.find_in_csv(text.split("\n"), head) if head else ()
            found = [*_candidates(path, text, hits, profile, backend), *islice(rows, _MOST_IN_ROWS)]
            if found:
                yield first_line, text, found


def _candidates(path: str, text: str, hits: dict[int, int], profile: Profile, backend: str) -> Iterator[Candidate]:
    lines, kind, formats = text.split("\n"), file_kind(path, text), credential_files.formats_of(path)
    for number, bits in hits.items():
        line = lines[number - 1]
        if len(line) <= LONGEST_LINE:
            yield from candidates_on([(LineContext(lines, number, kind, is_of_credentials=bool(formats)), bits)])
            continue
        # Nobody writes such a line: it is data. The structure of JSON is read all the same.
        is_data = profile is not Profile.ALL or len(line) > _LONGEST_WRITTEN
        for one in _in_long_line(line, kind, backend, shapes_only=is_data):
            yield one._replace(line=number)
    if profile is Profile.ALL and hits and has_format(path, "yaml", "json"):
        from k6ci.secretscan.detectors import structured_files  # noqa: PLC0415 - PyYAML is for files with structure

        yield from structured_files.find(path, text, kind)
    if profile is Profile.ALL and formats:
        yield from credential_files.find(path, lines)


def _in_long_line(line: str, kind: FileKind, backend: str, *, shapes_only: bool) -> Iterator[Candidate]:
    """The candidates on a line that is read in pieces; what touches a cut may be longer and is whole in another."""
    for start in range(0, len(line), LONGEST_LINE - OVERLAP):
        for one in candidates_in(line[start : start + LONGEST_LINE], kind, backend, shapes_only=shapes_only):
            end = one.column - 1 + len(one.value)
            is_cut = (start > 0 and one.column == 1) or LONGEST_LINE - _SEEN_BEHIND < end < len(line) - start
            if not is_cut or len(one.value) > OVERLAP // 2:
                yield one._replace(column=one.column + start)


def candidates_in(line: str, kind: FileKind, backend: str = "re", *, shapes_only: bool = False) -> Iterator[Candidate]:
    """The candidates on a line that is read without the lines around it."""
    hits = hit_lines(line.encode("utf-8", "surrogatepass"), backend, shapes_only=shapes_only)
    return candidates_on((LineContext([line], 1, kind), bits) for bits in hits.values())
