"""The kinds of hostile responses, by where they are given: JSON, scripts, log tails. Some are endless."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
from typing import Any

from archives import block
from storms.hostile_acts import (
    DRIP_SECONDS,
    Act,
    bomb,
    changed,
    cut,
    drip,
    endless,
    everywhere,
    out_of_range,
    plain,
    reset,
    slow_then_right,
    wrong_type,
)
from storms.hostile_cloud import FOREIGN_ID

JSON: dict[str, Act] = {
    "nested lists": plain(lambda _: b"[" * 10**5 + b"]" * 10**5),
    "nested objects": plain(lambda _: b'{"value":' * 5000 + b"1" + b"}" * 5000),
    "dripping body": drip,
    "dripping head": endless(b"X-A: b\r\n", "", DRIP_SECONDS),
    "endless head": endless(b"X-A: " + b"b" * 1000 + b"\r\n", ""),
    "endless body": endless(b"10000\r\n" + b" " * 2**16 + b"\r\n", "Transfer-Encoding: chunked\r\n\r\n"),
    "endless tiny chunks": endless(b"1\r\n \r\n" * 1000, "Transfer-Encoding: chunked\r\n\r\n"),
    "continue flood": endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "", first=""),
    "gzip twice": plain(lambda body: gzip.compress(gzip.compress(body)), "Content-Encoding: gzip, gzip\r\n"),
    "gzip bomb": plain(bomb, "Content-Encoding: gzip\r\n"),
    "gzip cut": plain(lambda body: gzip.compress(body)[:-5], "Content-Encoding: gzip\r\n"),
    "gzip": plain(gzip.compress, "Content-Encoding: gzip\r\n"),
    "brotli": plain(lambda body: body, "Content-Encoding: br\r\n"),
    "identity, gzip": plain(gzip.compress, "Content-Encoding: identity, gzip\r\n"),
    "deflate noise": plain(lambda _: b"\x78\x9c" + b"\xff" * 500, "Content-Encoding: deflate\r\n"),
    "one wrong type": changed(wrong_type),
    "one out of range": changed(out_of_range),
    "all null": everywhere(lambda _: None),
    "all text": everywhere(str),
    "all floats": everywhere(lambda value: value + 0.5 if isinstance(value, int) else value),
    "all years 1": everywhere(
        lambda value: "0001-01-01T00:00:00Z" if isinstance(value, str) and "T" in value else value
    ),
    "infinite numbers": plain(lambda body: body.replace(b": 1", b": 1e999")),
    "another id": everywhere(lambda value: FOREIGN_ID if isinstance(value, int) and value > 1000 else value),
    "another test": everywhere(lambda value: FOREIGN_ID if value == 41 else value),
    "another project": everywhere(lambda value: FOREIGN_ID if value == 31 else value),
    "a million items": plain(lambda _: b'{"value": [' + b"{}," * 10**6 + b"{}]}"),
    "digits": plain(lambda _: b'{"id": ' + b"9" * 10**5 + b"}"),
    "NaN": plain(lambda _: b'{"id": NaN, "value": [Infinity]}'),
    "keys twice": plain(lambda body: body.replace(b"{", b'{"id": 5, "id": 6, ', 1)),
    "surrogate": plain(lambda body: body.replace(b'"', b'"\\ud800', 1)),
    "NUL": plain(lambda _: b"\0" * 1000),
    "UTF-16": plain(lambda body: body.decode().encode("utf-16")),
    "empty": plain(lambda _: b""),
    "null": plain(lambda _: b"null"),
    "true": plain(lambda _: b"true"),
    "a page": plain(lambda _: b"<html>log in</html>", kind="text/html"),
    "another media type": plain(lambda body: body, kind="image/png"),
    "redirect": plain(lambda _: b"", "Location: http://127.0.0.1:1/\r\n", 302),
    "redirect 308": plain(lambda body: body, "Location: /\r\n", 308),
    "cut": cut,
    "reset": reset,
    "slow, then right": slow_then_right,
    "odd date": plain(lambda body: body, "Date: Mon, 32 Foo 99999 99:99:99 +99999999\r\n"),
    "date of tomorrow": plain(lambda body: body, "Date: Fri, 01 Jan 2100 00:00:00 GMT\r\n"),
    "cookies": plain(lambda body: body, "".join(f"Set-Cookie: c{n}={'x' * 900}\r\n" for n in range(60))),
    "nested error": plain(lambda _: b'{"error": ' * 5000, status=500),
    "error of odd types": plain(lambda _: b'{"error": {"code": [], "message": {}, "details": 7}}', status=400),
    "teapot": plain(lambda _: b"", "Retry-After: 1e999\r\n", 418),
    "busy for ever": plain(lambda _: b"", "Retry-After: 99999999999999999999\r\n", 503),
    "status 999": plain(lambda body: body, status=999),
    "no HTTP": endless(b"220 smtp.example.com ESMTP\r\n", "", 0.2, first=""),
}


def _tar(**fields: Any) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("data")
        for name, value in fields.items():
            setattr(info, name, value)
        tar.addfile(info)
    return buffer.getvalue()


SCRIPTS: dict[str, Act] = {
    "sparse": plain(lambda _: _tar(pax_headers={"GNU.sparse.size": "9" * 15, "GNU.sparse.major": "1"})),
    "negative": plain(lambda _: block("x", size=b"\xff" * 12) * 3),
    "huge member": plain(lambda _: block("x", size=b"77777777777\0")),
    "chained headers": plain(lambda _: block("x", kind=b"x") * 10**4),
    "many members": plain(lambda _: block("x") * 150_000),
    "compressed tar": plain(gzip.compress),
    "tar bomb": plain(bomb),
    "endless": endless(b"10000\r\n" + b"\0" * 2**16 + b"\r\n", "Transfer-Encoding: chunked\r\n\r\n"),
    "another script": plain(lambda _: b"export default () => {}", kind="text/javascript"),
    **{name: JSON[name] for name in ("dripping body", "gzip bomb", "gzip twice", "a page", "cut", "redirect", "reset")},
}


def _frame(payload: bytes, opcode: int = 1, first: int = 0x80) -> bytes:
    size = len(payload)
    length = (
        bytes([size])
        if size < 126
        else struct.pack("!BH", 126, size)
        if size < 2**16
        else struct.pack("!BQ", 127, size)
    )
    return bytes([first | opcode]) + length + payload


def _loki(lines: int, message: str = "x") -> bytes:
    values = [["1764000000000000000", message] for _ in range(lines)]
    return json.dumps({"streams": [{"stream": {"level": "info"}, "values": values}]}).encode()


def _frames(piece: bytes, pause: float = 0.0) -> Act:
    return endless(piece, "", pause, first="")


TAILS: dict[str, Act] = {
    "flood of lines": _frames(_frame(_loki(500)) * 10),
    "flood of small frames": _frames(_frame(_loki(1)) * 200),
    "flood of pings": _frames(_frame(b"", 9) * 2000),
    "flood of empty frames": _frames(_frame(b"") * 2000),
    "large frame": _frames(_frame(b"x" * (2 * 2**20))),
    "endless fragments": _frames(_frame(b"x" * 1000, 1, 0) + _frame(b"x" * 1000, 0, 0) * 5000),
    "odd opcode": _frames(_frame(b"x", 7), 0.2),
    "nested": _frames(_frame(b'{"streams":' + b"[" * 50_000), 0.05),
    "odd numbers": _frames(
        _frame(b'{"streams":[{"stream":{},"values":[["' + b"9" * 5000 + b'","x"],[-1,2],[null]]}]}'), 0.05
    ),
    "odd types": _frames(
        _frame(b'{"streams":{"a":7}}') + _frame(b"\xff\xfe", 2) + _frame(b"7") + _frame(b"null"), 0.05
    ),
    "long lines": _frames(_frame(_loki(2, "y" * 200_000)), 0.02),
    "control letters": _frames(_frame(_loki(3, "\x1b[2J\r\n::error::forged\u202e")), 0.1),
    "closed at once": plain(lambda _: b""),
}
