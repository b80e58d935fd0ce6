"""k6 archives (a tar of `metadata.json`, `data` and files): read within limits, and packed again for k6.

`tarfile` is not used to read uploads: it recurses into links that point to themselves, loops at negative sizes and
expands sparse members, and a thread cannot be stopped. Like k6, this module reads regular members only.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from k6ci.emulator.json_documents import parse_json
from k6ci.emulator.script import SIZE_LIMIT_BYTES, ScriptError, without_secrets

METADATA_LIMIT_BYTES = 4 << 20
MEMBERS_LIMIT = 10_000
_NAME_LIMIT_BYTES = 64 << 10
_BLOCK = 512
_METADATA = "metadata.json"
_SCRIPT = "data"
# Members without content, whatever size their header has: links, devices, folders, pipes.
_WITHOUT_CONTENT = frozenset(b"123456")
_REGULAR = frozenset(b"0\0")
# k6 ignores these options in an archive. A version that does not must not write files or listen on this machine.
_NEVER_PASSED_ON = frozenset(
    {"address", "consoleOutput", "linger", "logOutput", "out", "summaryExport", "trafficDump", "webDashboard"}
)


@dataclass(frozen=True)
class Archive:
    """The metadata of an archive, and its regular members (name, content) in their order."""

    metadata: Mapping[str, Any]
    members: tuple[tuple[str, bytes], ...] = field(repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """The options of the script, which may hold the token that k6 writes into them; raises ScriptError."""
        return self._object("options")

    @property
    def dependencies(self) -> dict[str, str]:
        """The versions of k6 and its extensions that the script requires, by name."""
        return {str(name): str(version) for name, version in self._object("dependencies").items()}

    def packed(self) -> bytes:
        """Return a plain tar for k6, without tokens, which scripts could read through `exec.test.options`."""
        options = {name: value for name, value in self.options.items() if name not in _NEVER_PASSED_ON}
        metadata = json.dumps({**self.metadata, "options": without_secrets(options)}).encode()
        content = io.BytesIO()
        with tarfile.open(
            fileobj=content, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape"
        ) as tar:
            for name, data in ((_METADATA, metadata), *self.members):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return content.getvalue()

    def _object(self, name: str) -> dict[str, Any]:
        value = self.metadata.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise ScriptError(f"{name} in metadata.json is not an object")
        return value


def read_archive(content: bytes) -> Archive:
    """Read an uploaded tar; raises ScriptError with the reason when it is not a valid archive."""
    metadata: dict[str, Any] | None = None
    members: list[tuple[str, bytes]] = []
    for name, data in _regular_members(content):
        if name == _METADATA:
            metadata = _metadata_of(data)
        else:
            members.append((name, data))
    if metadata is None:
        raise ScriptError("the archive has no metadata.json")
    return Archive(metadata, tuple(members))


def pack_script(source: bytes, options: Mapping[str, Any], *, entry: str | None = None) -> Archive:
    """Pack plain JavaScript into an archive, so that k6 lets it open the files of the archive only.

    Args:
        source: the script.
        options: the options of the archive.
        entry: another script that k6 executes instead; it may import the source as `./script.js`.
    """
    home = "file:///"
    metadata = {
        "type": "js",
        "options": dict(options),
        "filename": f"{home}entry.js" if entry is not None else f"{home}script.js",
        "pwd": home,
        "env": {},
        "compatibilityMode": "extended",
        "k6version": "1.1.0",
        "goos": "linux",
    }
    files = (("file/script.js", source), *((("file/entry.js", entry.encode()),) if entry is not None else ()))
    return Archive(metadata, ((_SCRIPT, entry.encode() if entry is not None else source), *files))


def _metadata_of(data: bytes) -> dict[str, Any]:
    if len(data) > METADATA_LIMIT_BYTES:
        raise ScriptError(f"metadata.json exceeds {METADATA_LIMIT_BYTES} bytes")
    try:
        document = parse_json(data)
    except ValueError as error:
        raise ScriptError(f"metadata.json cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise ScriptError("metadata.json is not an object")
    return document


def _regular_members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each regular member; each step advances by at least one block, so the loop ends."""
    position = count = 0
    following: dict[str, str] = {}  # path and size of the next member, from an extended header
    while position + _BLOCK <= len(content):
        header = content[position : position + _BLOCK]
        position += _BLOCK
        if not any(header):
            return
        count += 1
        if count > MEMBERS_LIMIT:
            raise ScriptError(f"the archive has more than {MEMBERS_LIMIT} members")
        _check_sum(header)
        kind = header[156]
        size = 0 if kind in _WITHOUT_CONTENT else _size(header, following)
        if size > min(len(content) - position, SIZE_LIMIT_BYTES):
            raise ScriptError("the archive ends in the middle of a member")
        data = content[position : position + size]
        position += -(-size // _BLOCK) * _BLOCK
        if kind in b"xLK":
            following |= _extended_header(kind, data)
            continue
        if kind == ord("S"):
            raise ScriptError("the archive has a sparse member")
        name, following = following.get("path") or _name(header), {}
        if "\0" in name:
            raise ScriptError("the archive has a member with a NUL byte in its name")
        if kind in _REGULAR and not name.endswith("/"):
            yield name, data


def _extended_header(kind: int, data: bytes) -> dict[str, str]:
    """Read path and size from an extended header of PAX, or the path from a long name of GNU tar."""
    if len(data) > _NAME_LIMIT_BYTES:
        raise ScriptError("the archive has a name that is too long")
    if kind == ord("L"):
        return {"path": _text(data.partition(b"\0")[0])}
    return _pax(data) if kind == ord("x") else {}


def _pax(data: bytes) -> dict[str, str]:
    records: dict[str, str] = {}
    while data:
        length, space, _ = data.partition(b" ")
        if not space or not length.isdigit() or len(length) > len(str(_NAME_LIMIT_BYTES)):
            raise ScriptError("the archive has an extended header that cannot be read")
        record, data = data[len(length) + 1 : int(length)], data[int(length) or 1 :]
        name, found, value = record.removesuffix(b"\n").partition(b"=")
        if not found or name.startswith(b"GNU.sparse"):
            raise ScriptError("the archive has a sparse member, or an extended header that cannot be read")
        if name in {b"path", b"size"}:
            records[name.decode()] = _text(value)
    return records


def _size(header: bytes, following: Mapping[str, str]) -> int:
    extended = following.get("size")
    if extended is not None:
        number = extended.encode(errors="surrogateescape")
        if not number.isdigit() or len(number) > len(str(SIZE_LIMIT_BYTES)):
            raise ScriptError("the archive has a member with an impossible size")
        return int(number)
    text = header[124:136]
    if text[0] & 0x80:  # base 256, for what octal digits cannot say: huge or negative
        raise ScriptError("the archive has a member with an impossible size")
    return _octal(text)


def _octal(text: bytes) -> int:
    digits = text.strip(b" \0")
    try:
        number = int(digits or b"0", 8)
    except ValueError as error:
        raise ScriptError("the archive has a header that cannot be read") from error
    if number < 0:
        raise ScriptError("the archive has a member with an impossible size")
    return number


def _check_sum(header: bytes) -> None:
    if _octal(header[148:156]) != sum(header) - sum(header[148:156]) + 8 * ord(" "):
        raise ScriptError("the archive has a header with a wrong checksum")


def _name(header: bytes) -> str:
    name = _text(header[:100].partition(b"\0")[0])
    if header[257:263] != b"ustar\0":
        return name
    prefix = _text(header[345:500].partition(b"\0")[0])
    return f"{prefix}/{name}" if prefix else name


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")
