"""Scan one file's content: first the prefilter, then the detectors on the lines that it keeps.

Input: a path (its name decides how the content is read) and bytes. Output: findings, which never contain the secret.
Detectors are imported when a line passes the prefilter, so that a clean commit starts fast.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.inputs.credential_formats import formats_of
from k6ci.secretscan.inputs.file_types import (
    FileKind,
    Profile,
    file_kind,
    is_structured,
    profile_of,
)
from k6ci.secretscan.inputs.key_stores import store_of
from k6ci.secretscan.inputs.texts import decoded, is_archive, normalise, pieces
from k6ci.secretscan.prefilter.lines import hit_lines

if TYPE_CHECKING:
    from k6ci.secretscan.detectors.candidates import Candidate
    from k6ci.secretscan.report.findings import Finding

_LONGEST_HEAD = 4_000
_HEAD_WORDS = (b"pass", b"pw", b"token", b"secret", b"key", b"cred", b"mdp", b"senha", b"kennwort", b"contrase")
Keyer = Callable[[str, str, str], tuple[str, ...]]
"""From path, secret and line to the keys under which baselines know it."""


def scan_content(path: str, content: bytes, *, backend: str = "re", keyer: Keyer | None = None) -> list[Finding]:
    """The findings of one file, in the order of their places; bytes that are no UTF-8 are read as Latin-1."""
    if is_archive(content):
        return _scan_archive(path, content, backend, keyer)
    store = store_of(content)
    if store is not None:
        return [_finding(path, _store(store, content), keyer)]
    profile = profile_of(path, len(content))
    findings: list[Finding] = []
    for first_line, piece in pieces(normalise(content)):
        found = _scan_text(path, piece, profile, backend, keyer)
        findings += _moved(found, first_line - 1) if first_line > 1 else found
    return findings


def _store(store: str, content: bytes) -> Candidate:
    from hashlib import sha256  # noqa: PLC0415 - stores are rare

    from k6ci.secretscan.detectors.candidates import Candidate  # noqa: PLC0415 - same

    return Candidate(1, 1, sha256(content).hexdigest(), "private-key", store)


def _scan_text(path: str, content: bytes, profile: Profile, backend: str, keyer: Keyer | None) -> list[Finding]:
    hits = hit_lines(content, backend, shapes_only=profile is not Profile.ALL)
    is_read_whole = formats_of(path) if profile is Profile.ALL else _has_head_of_secrets(content, profile)
    if not (hits or is_read_whole):
        return []
    text = decoded(content)
    lines = text.split("\n")
    found = list(_candidates(path, text, lines, hits, profile, backend))
    if not found:
        return []
    kept = _without_allowed(best_of_each_place(found), text, lines)
    return [_finding(path, one, keyer, lines[one.line - 1]) for one in kept]


def _candidates(
    path: str, text: str, lines: list[str], hits: dict[int, int], profile: Profile, backend: str
) -> Iterator[Candidate]:
    kind = file_kind(path, text)
    yield from _on_lines(path, lines, hits, kind, backend, shapes_only=profile is not Profile.ALL)
    if profile is Profile.TABLE:
        from k6ci.secretscan.detectors import tables  # noqa: PLC0415 - few files are tables

        yield from tables.find_in_csv(lines)
    if profile is not Profile.ALL:
        return
    if hits and is_structured(path):
        from k6ci.secretscan.detectors import structured_files  # noqa: PLC0415 - PyYAML is for files with structure

        yield from structured_files.find(path, text, kind)
    if formats_of(path):
        from k6ci.secretscan.detectors import credential_files  # noqa: PLC0415 - they are rare

        yield from credential_files.find(path, lines)


def _has_head_of_secrets(content: bytes, profile: Profile) -> bool:
    """True when the first line of a table may name a column of secrets."""
    head = content[:_LONGEST_HEAD].split(b"\n", 1)[0].lower() if profile is Profile.TABLE else b""
    return any(word in head for word in _HEAD_WORDS)


def _on_lines(
    path: str, lines: list[str], hits: dict[int, int], kind: FileKind, backend: str, *, shapes_only: bool
) -> Iterator[Candidate]:
    from k6ci.secretscan.detectors.registry import LONGEST_LINE, OVERLAP, candidates_on  # noqa: PLC0415 - for hits only
    from k6ci.secretscan.heuristics.context import LineContext  # noqa: PLC0415 - same

    is_of_credentials = bool(formats_of(path))
    short = [number for number in hits if len(lines[number - 1]) <= LONGEST_LINE]
    yield from candidates_on(
        (LineContext(lines, number, kind, is_of_credentials=is_of_credentials), hits[number]) for number in short
    )
    for number in hits if len(short) < len(hits) else ():
        line = lines[number - 1]
        for start in range(0, len(line), LONGEST_LINE - OVERLAP) if len(line) > LONGEST_LINE else ():
            piece = line[start : start + LONGEST_LINE]
            for bits in hit_lines(piece.encode("utf-8", "surrogatepass"), backend, shapes_only=shapes_only).values():
                for one in candidates_on([(LineContext([piece], 1, kind), bits)]):
                    yield one._replace(line=number, column=one.column + start)


def best_of_each_place(found: Iterable[Candidate]) -> list[Candidate]:
    """Of overlapping candidates the one whose rule has the lowest rank, ordered by line and column."""
    from k6ci.secretscan.report.findings import RULES  # noqa: PLC0415 - where something was found

    kept: dict[int, list[tuple[int, int, Candidate]]] = {}
    for one in sorted(found, key=lambda each: (RULES[each.rule].rank, each.line, each.column, -len(each.value))):
        others = kept.setdefault(one.line, [])
        start, end = one.column, one.column + len(one.value)
        # What is kept does not overlap, so only the neighbours of the place can.
        index = bisect_left(others, start, key=lambda other: other[0])
        is_free_after = index == len(others) or others[index][0] >= end
        if is_free_after and (index == 0 or others[index - 1][1] <= start):
            others.insert(index, (start, end, one))
    return [one for line in sorted(kept) for _, _, one in kept[line]]


def _without_allowed(found: Iterable[Candidate], text: str, lines: Sequence[str]) -> Iterator[Candidate]:
    from k6ci.secretscan.suppression.comments import Allowance, allowance, has_allow_comment  # noqa: PLC0415 - findings only

    if not has_allow_comment(text):
        yield from found
        return
    known: dict[int, Allowance] = {}
    for one in found:
        if one.line not in known:
            known[one.line] = allowance(lines, one.line)
        if known[one.line] is Allowance.NO_REASON:
            yield one._replace(reason=f"{one.reason} (`k6ci:allow` has no effect: the reason is missing)")
        elif known[one.line] is Allowance.NONE:
            yield one


def _finding(path: str, one: Candidate, keyer: Keyer | None, line: str = "") -> Finding:
    from k6ci.secretscan.report.findings import (  # noqa: PLC0415 - where there is one
        RULES,
        Finding,
        hint_for,
    )
    from k6ci.secretscan.report.remedies import remedy_for, variable_for  # noqa: PLC0415 - same

    rule = RULES[one.rule]
    return Finding(
        path=path,
        line=one.line,
        column=one.column,
        rule=one.rule,
        hint=hint_for(one.value),
        reason=f"{rule.title}: {one.reason}.",
        remedy=remedy_for(path, one.rule, variable_for(one.rule, one.name), one.revoke),
        group=hash(one.value),
        keys=keyer(path, one.value, line) if keyer else (),
    )


def _moved(findings: list[Finding], lines: int) -> list[Finding]:
    return [one._replace(line=one.line + lines) for one in findings]


def allowed_keys(path: str, content: bytes, keyer: Keyer) -> set[str]:
    """The keys of the secrets in a file that a comment allows."""
    from k6ci.secretscan.suppression.comments import Allowance, allowance, has_allow_comment  # noqa: PLC0415 - findings only

    content = normalise(content)
    text = decoded(content)
    if is_archive(content) or not has_allow_comment(text):
        return set()
    lines = text.split("\n")
    profile = profile_of(path, len(content))
    hits = hit_lines(content, shapes_only=profile is not Profile.ALL)
    found = best_of_each_place(_candidates(path, text, lines, hits, profile, "re"))
    allowed = (one for one in found if allowance(lines, one.line) is Allowance.ALLOWED)
    return {key for one in allowed for key in keyer(path, one.value, lines[one.line - 1])}


def skipped_in(path: str, content: bytes) -> list[Content]:
    """The members of an archive that are skipped."""
    if not is_archive(content):
        return []
    from k6ci.secretscan.inputs.archives import members  # noqa: PLC0415 - archives are rare

    return [one for one in members(path, content) if one.content is None]


def _scan_archive(path: str, content: bytes, backend: str, keyer: Keyer | None) -> list[Finding]:
    """The findings inside of an archive, each at line 1 of the archive itself, with the member named."""
    from k6ci.secretscan.inputs.archives import members  # noqa: PLC0415 - same
    from k6ci.secretscan.report.remedies import remedy_for  # noqa: PLC0415 - same

    found = []
    for member in members(path, content):
        name = member.path.removeprefix(f"{path}/")
        for one in scan_content(member.path, member.content or b"", backend=backend, keyer=keyer):
            reason = f"In the archive's `{name}`, line {one.line}: {one.reason}"
            remedy = remedy_for(path, "k6-archive", "K6_CLOUD_TOKEN")
            found.append(one._replace(path=path, line=1, column=1, rule="k6-archive", reason=reason, remedy=remedy))
    return found
