"""Files that contain nothing but credentials, by their names: the formats of `credential_formats.ini`.

A value in such a file is a secret even when it is weak.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from k6ci.secretscan.data import sections
from k6ci.secretscan.inputs.file_types import FileKind, file_kind


class CredentialFormat(NamedTuple):
    """A format of the file, which explains the fields; without `line`, other detectors read its named values."""

    names: str
    line: str = ""
    reason: str = ""
    example: str = ""
    encoding: str = "plain"


FORMATS = tuple(
    CredentialFormat(**{key: text.replace("\n", "") for key, text in fields.items()})
    for fields in sections(__file__, "credential_formats.ini").values()
)
_NAMES = re.compile("|".join(f"(?:{one.names})" for one in FORMATS))


def _name_of(path: str) -> str:
    return os.path.basename(path).lower()[-80:]


def formats_of(path: str) -> list[CredentialFormat]:
    """The formats of a file by its name; they apply to all of its lines, because no keyword precedes the values."""
    if not is_credential_file(path):
        return []
    return [one for one in FORMATS if one.line and re.search(one.names, _name_of(path))]


def is_credential_file(path: str) -> bool:
    """True for files that contain nothing but credentials, by their names."""
    return _NAMES.search(_name_of(path)) is not None and file_kind(path) is not FileKind.CODE  # `netrc.py` reads them
