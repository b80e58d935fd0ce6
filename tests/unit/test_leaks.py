"""S18: a token is found in an archive in the encodings that files really have."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import quopri
import secrets
import tarfile
import zipfile
import zlib

import anyio
import pytest

from k6ci.k6.expansion import TooLargeError
from k6ci.k6.leaks import TokenSearch, member_with

pytestmark = pytest.mark.unmeasured

TOKENS = [f"glsa_{secrets.token_hex(16)}_{secrets.token_hex(4)}", secrets.token_hex(32)]


def archive(folder, content):
    path = folder / "a.tar"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("file/data.bin")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.txt", content)
    return buffer.getvalue()


def text(token):
    return f'{{"user": "someone", "token": "{token}"}} and more'


def noise(size):
    return secrets.token_bytes(size)


FORMS = {
    "plain": lambda t: t.encode(),
    "in a text": lambda t: text(t).encode(),
    "UTF-16 with a mark": lambda t: text(t).encode("utf-16"),
    "UTF-16 LE": lambda t: b"x" + text(t).encode("utf-16-le"),
    "UTF-16 BE": lambda t: text(t).encode("utf-16-be"),
    "UTF-32": lambda t: text(t).encode("utf-32"),
    **{f"MIME base64 {n}": lambda t, n=n: base64.encodebytes(b"q" * (70 + n) + text(t).encode()) for n in range(3)},
    **{
        f"base64 in CRLF lines {n}": lambda t, n=n: base64.encodebytes(b"q" * n + text(t).encode()).replace(
            b"\n", b"\r\n"
        )
        for n in range(3)
    },
    **{
        f"base64 URL alphabet {n}": lambda t, n=n: base64.urlsafe_b64encode(b"?" * n + text(t).encode())
        for n in range(3)
    },
    "base64 of UTF-16": lambda t: base64.b64encode(b"a" + text(t).encode("utf-16-le")),
    "gzip": lambda t: gzip.compress(text(t).encode()),
    "gzip twice": lambda t: gzip.compress(gzip.compress(text(t).encode())),
    "second gzip stream": lambda t: gzip.compress(b"first") + gzip.compress(text(t).encode()),
    "gzip of much": lambda t: gzip.compress(noise(300_000) + text(t).encode() + noise(300_000)),
    "gzip in base64": lambda t: b"data = '" + base64.b64encode(gzip.compress(text(t).encode())) + b"'",
    "gzip of UTF-16": lambda t: gzip.compress(text(t).encode("utf-16")),
    "zlib": lambda t: zlib.compress(text(t).encode()),
    "bzip2": lambda t: bz2.compress(text(t).encode()),
    "xz": lambda t: lzma.compress(text(t).encode()),
    "zip": lambda t: zipped(text(t)),
    "gzip in zip": lambda t: zipped(gzip.compress(text(t).encode())),
    "quoted-printable": lambda t: quopri.encodestring(text(t).encode()),
    "quoted-printable, all": lambda t: "".join(f"={ord(sign):02X}" for sign in t).encode(),
    "quoted-printable, soft break": lambda t: t[:9].encode() + b"=\r\n" + t[9:].encode(),
    "hex": lambda t: text(t).encode().hex().encode(),
    "HEX": lambda t: text(t).encode().hex().upper().encode(),
    "hex with colons": lambda t: text(t).encode().hex(":").encode(),
    "hex numbers": lambda t: ", ".join(f"0x{ord(sign):02x}" for sign in t).encode(),
    "percent": lambda t: "".join(f"%{ord(sign):02x}" for sign in t).encode(),
    "percent, some": lambda t: "".join(f"%{ord(s):02X}" if n % 2 else s for n, s in enumerate(t)).encode(),
    "JavaScript, some": lambda t: "".join(f"\\x{ord(s):02x}" if n % 3 else s for n, s in enumerate(t)).encode(),
    "JSON, all": lambda t: "".join(f"\\u{ord(sign):04x}" for sign in t).encode(),
    "references": lambda t: "".join(f"&#{ord(sign)};" for sign in t).encode(),
    "octal": lambda t: "".join(f"\\{ord(sign):03o}" for sign in t).encode(),
    "base64 twice": lambda t: base64.b64encode(b"a" + base64.b64encode(b"ab" + text(t).encode())),
    "backwards": lambda t: t[::-1].encode(),
    "at the edge of a piece": lambda t: b"z" * (2**18 - 20) + t.encode(),
    "base64 lines at the edge": lambda t: b"z" * (2**18 - 50) + base64.encodebytes(text(t).encode()),
}


@pytest.mark.parametrize("token", TOKENS, ids=["glsa", "hex"])
@pytest.mark.parametrize("form", FORMS)
def test_s18_a_token_is_found_in_every_encoding(tmp_path, form, token):
    path = archive(tmp_path, FORMS[form](token))
    assert anyio.run(member_with, TokenSearch([token]), path) == "file/data.bin"
    assert anyio.run(member_with, TokenSearch([secrets.token_hex(32)]), path) is None


def test_s18_a_name_may_be_the_token(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo(f"file/{TOKENS[0]}.txt"))
    assert anyio.run(member_with, TokenSearch(TOKENS), path) is not None


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(gzip.compress, id="gzip"),
        # These take seconds to make.
        pytest.param(zipped, id="zip", marks=pytest.mark.thorough),
        pytest.param(bz2.compress, id="bzip2", marks=pytest.mark.thorough),
        pytest.param(lzma.compress, id="xz", marks=pytest.mark.thorough),
    ],
)
def test_s18_a_bomb_is_an_error_and_not_endless(tmp_path, pack):
    with pytest.raises(TooLargeError, match=r"file/data\.bin"):
        anyio.run(member_with, TokenSearch(TOKENS), archive(tmp_path, pack(bytes(300_000_000))))


@pytest.mark.parametrize("head", [b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh9", b"\xfd7zXZ\x00", b"\x78\x9c", b"H4sI"])
def test_s18_what_only_begins_like_compressed_content_is_no_error(tmp_path, head):
    assert anyio.run(member_with, TokenSearch(TOKENS), archive(tmp_path, head + noise(2000))) is None
    assert (
        anyio.run(member_with, TokenSearch(TOKENS), archive(tmp_path, head + noise(2000) + TOKENS[0].encode()))
        is not None
    )
