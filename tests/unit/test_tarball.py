"""Tars that anybody may have made: each is read within limits or refused, and honest ones are read as tarfile does."""

from __future__ import annotations

import gzip
import io
import pathlib
import tarfile
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k6ci.k6.contents import content_digest
from k6ci.k6.tarball import TarError, opened_tar

pytestmark = pytest.mark.unmeasured

METADATA = b'{"options": {}, "env": {}, "filename": "file:///a.js"}'


def made(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def info(name: str, size: int = 0, **fields: object) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size = size
    for key, value in fields.items():
        setattr(found, key, value)
    return found


def forged(name: str, kind: bytes = b"0", size: bytes = b"0" * 11 + b"\0", **changes: bytes) -> bytes:
    """A header block of any content with a right checksum."""
    block = bytearray(info(name).tobuf(tarfile.USTAR_FORMAT)[:512])
    block[124:136], block[156:157] = size, kind
    for where, what in changes.items():
        at = int(where.removeprefix("at"))
        block[at : at + len(what)] = what
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def read(path: pathlib.Path) -> list[tuple[str, bytes]]:
    with opened_tar(path) as tar:
        found = []
        for member in tar:
            file = tar.extractfile(member)
            found.append((member.name, file.read() if file else member.linkname.encode()))
        return found


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_an_honest_tar_is_read_as_tarfile_reads_it(tmp_path, form):
    """Long names, links, folders, sizes around a block."""
    names = ["metadata.json", "file/a b.js", f"file/{'long/' * 25}x.js", "file/empty"]
    if form != tarfile.USTAR_FORMAT:
        names += ["file/\u00fcml\u00e4ut.js", f"file/{'n' * 300}.js"]
    members = [(info(name, size), bytes([65 + size % 20]) * size) for size, name in enumerate(names, 510)]
    members += [(info("file", type=tarfile.DIRTYPE), b"")]
    members += [(info("file/link.js", type=tarfile.LNKTYPE, linkname="data"), b"")]
    path = tmp_path / "a.tar"
    path.write_bytes(made(*members, form=form))
    with tarfile.open(path) as tar:
        expected = [(one.name, tar.extractfile(one).read() if one.isreg() else one.linkname.encode()) for one in tar]
    assert read(path) == expected


PAX_SIZE = b"18 size=-99999999\n"
NESTED = made((info("metadata.json", len(METADATA)), METADATA))
HOSTILE = {
    "negative size, octal": forged("x", size=b"-0000000010\0"),
    "negative size, binary": forged("x", size=b"\xff" * 12),
    "negative size, pax": forged("x", b"x", b"%011o\0" % len(PAX_SIZE)) + PAX_SIZE.ljust(512, b"\0") + forged("x"),
    "huge size": forged("x", size=b"\x80" + b"\x7f" * 11),
    "size beyond the end": forged("x", size=b"77777777777\0"),
    "sparse of GNU": forged("x", b"S"),
    "sparse by pax": made((info("x", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}), b"")),
    "sparse by pax, old": made((info("x", pax_headers={"GNU.sparse.size": "9" * 15}), b"")),
    "chained headers": forged("x", b"x") * 5000,
    "long name without an end": forged("x", b"L", b"%011o\0" % (10**8)),
    "a million members": forged("x") * 100_001,
    "compressed": gzip.compress(NESTED),
    "cut off": NESTED[:540],
    "zeros": bytes(10**7),
    "pipe": forged("x", b"6"),
    "record that points backwards": forged("x", b"x", b"%011o\0" % 512) + b"0 path=x\n".ljust(512, b"\0") + forged("x"),
    "names without an end": (forged("x", b"L", b"%011o\0" % 2**20) + b"n" * 2**20 + forged("x")) * 20,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_s7_a_hostile_tar_is_refused_soon(tmp_path, name):
    """Neither time (of this process, others may be busy) nor memory: whatever it says of itself."""
    path = tmp_path / "x.tar"
    path.write_bytes(HOSTILE[name])
    began = time.thread_time()
    with pytest.raises(TarError):
        read(path)
    assert time.thread_time() - began < 10


def test_s7_what_lies_behind_the_end_is_not_read(tmp_path):
    """8 TB of zeros that take no room on the disk."""
    path = tmp_path / "x.tar"
    path.write_bytes(NESTED)
    with path.open("r+b") as file:
        file.truncate(2**43)
    began = time.thread_time()
    assert [name for name, _ in read(path)] == ["metadata.json"]
    assert time.thread_time() - began < 5


@pytest.mark.parametrize(
    "metadata", [b"[" * 10**6, b'{"options":' * 5000, b"{}", b'{"options": []}', b"[]", b'{"options": 1e999}', b"\xff"]
)
def test_s7_metadata_of_any_kind_is_no_archive_of_k6(tmp_path, metadata):
    """An error that a caller expects, and no other."""
    path = tmp_path / "x.tar"
    path.write_bytes(made((info("metadata.json", len(metadata)), metadata)))
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        content_digest(path)


@given(st.binary(max_size=3000), st.integers(0, 2000), st.binary(max_size=40))
def test_s7_any_bytes_are_a_tar_or_none(tmp_path_factory, noise, at, change):
    """Fuzz: a real archive with bytes replaced, or bytes alone."""
    path = tmp_path_factory.mktemp("tar") / "x.tar"
    for content in (noise, NESTED[:at] + change + NESTED[at + len(change) :]):
        path.write_bytes(content)
        try:
            read(path)
        except TarError:
            continue
