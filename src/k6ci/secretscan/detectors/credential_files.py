"""Files that contain nothing but credentials, by their names: the formats of `credential_files.ini`.

A value in such a file is a secret even when it is weak.
"""

from __future__ import annotations

import binascii
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.decision import at_line, is_secret
from k6ci.secretscan.heuristics.names import NameKind
from k6ci.secretscan.inputs.file_types import FileKind, file_kind
from k6ci.secretscan.patterns import Pattern

_LONGEST_LINE = 1_000


class CredentialFormat(NamedTuple):
    """A format of the file, which explains the fields; without `line`, other detectors read its named values."""

    names: str
    line: str = ""
    reason: str = ""
    example: str = ""
    encoding: str = "plain"


FORMATS = tuple(
    CredentialFormat(**{**fields, "line": fields.get("line", "").replace("\n", "")})
    for fields in sections(__file__, "credential_files.ini").values()
)
# What a name must contain to fit, by the longest part of each pattern.
_BY_PART: dict[str, list[tuple[str, CredentialFormat]]] = {}
for _format in FORMATS:
    for _name in _format.names.split():
        _BY_PART.setdefault(max(_name.split("*"), key=len), []).append((_name, _format))
# Names that say too little without their folder.
_IN_FOLDERS = frozenset(part.rpartition("/")[2] for part in _BY_PART if "/" in part)


@lru_cache(maxsize=8)
def formats_of(path: str) -> tuple[CredentialFormat, ...]:
    """The formats of a file by its name; they apply to all of its lines, because no keyword precedes the values."""
    folder, name = os.path.split(path.lower()[-160:])
    name = name[-80:].lstrip("._")
    if name in _IN_FOLDERS:
        name = f"{os.path.basename(folder).lstrip('._')}/{name}"
    found = _formats_of_name(name)
    return () if found and file_kind(path) is FileKind.CODE else found  # `netrc.py` reads them


@lru_cache(maxsize=1024)
def _formats_of_name(name: str) -> tuple[CredentialFormat, ...]:
    asked = [each for part, ones in _BY_PART.items() if part in name for each in ones]
    if not asked:
        return ()
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few names

    return tuple(dict.fromkeys(form for pattern, form in asked if fnmatchcase(name, pattern)))


def find(path: str, lines: Sequence[str]) -> Iterator[Candidate]:
    """The secrets on all lines of a file whose name is that of a credential format."""
    for form in (one for one in formats_of(path) if one.line):
        pattern = Pattern(form.line, example=form.example)
        for number, line in enumerate(lines, 1):
            at_line(number)
            match = pattern.search(line[:_LONGEST_LINE])
            if match and _is_secret(match["value"], form.encoding):
                yield Candidate(number, match.start("value") + 1, match["value"], "assigned-password", form.reason)


def _is_secret(value: str, encoding: str) -> bool:
    if encoding == "hash":
        return value[0] in "${" or (any(map(str.isdigit, value)) and value.lower() != value)
    if encoding == "base64":
        try:
            value = binascii.a2b_base64(value, strict_mode=True).decode("utf-8")
        except ValueError:
            return False
    return is_secret(value, NameKind.PASSWORD, Confidence.CREDENTIALS)
