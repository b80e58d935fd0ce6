"""Private keys and key stores, however they are written: fresh values on every run."""

from __future__ import annotations

import json
import re
import struct
from urllib.parse import quote, quote_plus

import pytest

from k6ci.secretscan.inputs.content import readable
from k6ci.secretscan.scanner import scan_contents
from scan_rows import lines_found
from scan_values import LETTERS, SEED, Values

VALUES = Values(SEED)


BASE64 = LETTERS + "+/"


def key_material(lines: int = 25) -> list[str]:
    return ["MIIE" + VALUES.of(BASE64, 60), *(VALUES.of(BASE64, 64) for _ in range(lines - 1))]


def begin(kind: str = "RSA ") -> str:
    return f"-----BEGIN {kind}PRIVATE" + " KEY-----"


def end(kind: str = "RSA ") -> str:
    return f"-----END {kind}PRIVATE" + " KEY-----"


def joined(pattern: str, first: str = "", last: str = "") -> str:
    """A key in string literals, one for each line."""
    lines = [begin(), *key_material(), end()]
    return first + "\n".join(pattern.replace("@", line) for line in lines) + last


def pem(kind: str = "") -> str:
    return "\n".join([begin(kind), *key_material(), end(kind), ""])


def ssh2() -> str:
    kind = "SSH2 ENCRYPTED PRIVATE" + " KEY"
    return "\n".join([f"---- BEGIN {kind} ----", 'Comment: "rsa-key"', *key_material(9), f"---- END {kind} ----"])


def jwk(length: int) -> str:
    return VALUES.of(LETTERS + "-_", length)


KEYS = {
    "java": ("Key.java", lambda: joined('    + "@\\n"', "String KEY = \n", ";")),
    "java append": ("Key.java", lambda: joined('    sb.append("@\\n");')),
    "python implicit": ("key.py", lambda: joined('    "@\\n"', "KEY = (\n", ")")),
    "python plus": ("key.py", lambda: joined("    '@\\n' + \\", "KEY = \\\n")),
    "javascript plus": ("key.js", lambda: joined("  '@\\n' +", "const key =\n", "''")),
    "javascript array": ("key.ts", lambda: joined("  '@',", "const key = [\n", "].join('\\n')")),
    "csharp": ("Key.cs", lambda: joined('    @"@" + Environment.NewLine +'.replace('@"@"', '"@"'), "var k =\n", '"";')),
    "go": ("key.go", lambda: joined('\t"@\\n" +', "var key = \n", '""')),
    "c": ("key.h", lambda: joined('  "@\\r\\n" \\', "const char *key = \\\n", ";")),
    "php": ("key.php", lambda: joined('  . "@\\n"', "$key = ''\n", ";")),
    "vb": ("Key.vb", lambda: joined('    "@" & vbCrLf & _', "Dim k = _\n").replace("vbCrLf", '""')),
    "one line, spaces": ("key.txt", lambda: " ".join([begin(), *key_material(), end()])),
    "one line, escapes": (".env", lambda: 'KEY="' + "\\n".join([begin(), *key_material(), end()]) + '"'),
    "one line, double escapes": ("x.json", lambda: '{"k": "' + "\\\\n".join([begin(), *key_material()]) + '"}'),
    "env, no quotes": (".env", lambda: "KEY=" + "\\n".join([begin(""), *key_material(), end("")])),
    "url encoded": ("x.txt", lambda: "k=" + "%0A".join([begin().replace(" ", "%20").replace("%20", " "), *key_material()])),
    "xml entities": ("x.xml", lambda: "<k>" + "&#10;".join([begin(), *key_material()]) + "</k>"),
    "commented": ("x.conf", lambda: "\n".join(f"# {line}" for line in [begin(), *key_material(), end()])),
    "yaml block": ("x.yml", lambda: "key: |\n" + "\n".join(f"  {line}" for line in [begin("EC "), *key_material(4), end("EC ")])),
    "encrypted": (
        "x.pem",
        lambda: "\n".join([begin(), "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00AA", "", *key_material(), end()]),
    ),
    "openvpn": (
        "ta.key",
        lambda: "\n".join(["-----BEGIN OpenVPN Static" + " key V1-----", *(VALUES.of("0123456789abcdef", 32) for _ in range(16))]),
    ),
    "ssh2": (
        "id",
        lambda: "\n".join(["---- BEGIN SSH2 ENCRYPTED PRIVATE" + " KEY ----", 'Comment: "rsa-key"', *(VALUES.of(BASE64, 70) for _ in range(9))]),
    ),
    "putty 2": (
        "k.ppk",
        lambda: "\n".join(["PuTTY-User-Key-File-2: ssh-rsa", "Encryption: none", "Comment: x", "Public-Lines: 2", *key_material(2), "Private-Lines: 4", *key_material(4), "Private-MAC: 00"]),
    ),
    "putty 3": (
        "k.ppk",
        lambda: "\n".join(["PuTTY-User-Key-File-3: ssh-ed25519", "Encryption: aes256-cbc", "Comment: x", "Public-Lines: 2", *key_material(2), "Key-Derivation: Argon2id", "Private-Lines: 1", *key_material(1)]),
    ),
    "jwk rsa": ("jwks.json", lambda: json.dumps({"kty": "RSA", "n": VALUES.of(LETTERS, 342), "e": "AQAB", "d": VALUES.of(LETTERS, 342)})),
    "jwk ec": ("key.json", lambda: json.dumps({"kty": "EC", "crv": "P-256", "x": VALUES.of(LETTERS, 43), "d": VALUES.of(LETTERS, 43)}, indent=2)),
    "jwk okp": ("key.js", lambda: "const k = {'kty': 'OKP', 'crv': 'Ed25519', 'd': '%s'}" % VALUES.of(LETTERS, 43)),
    "jwk oct": ("key.json", lambda: json.dumps({"keys": [{"kty": "oct", "k": VALUES.of(LETTERS + "-_", 43), "alg": "HS256"}]})),
    "jwk ec, bare keys": ("key.js", lambda: '{ kty: "EC", crv: "P-256", x: "%s", d: "%s" }' % (jwk(43), jwk(43))),
    "jwk rsa, bare keys": ("key.ts", lambda: "const k = {\n  kty: 'RSA',\n  n: '%s',\n  e: 'AQAB',\n  d: '%s',\n};" % (jwk(342), jwk(342))),
    "jwk okp, turned": ("key.mjs", lambda: "const k = {\n  d: `%s`,\n  x: `%s`,\n  crv: `Ed25519`,\n  kty: `OKP`\n}" % (jwk(43), jwk(43))),
    "jwk oct, bare keys": ("key.json5", lambda: "{kty: 'oct', k: '%s'}" % jwk(43)),
    "jwk ec, yaml": ("key.yaml", lambda: "keys:\n  - kty: EC\n    crv: P-256\n    x: %s\n    d: %s\n" % (jwk(43), jwk(43))),
    "jwk rsa, yaml": ("key.yml", lambda: "jwk:\n  d: %s\n  n: %s\n  e: AQAB\n  kty: RSA\n" % (jwk(342), jwk(342))),
    "jwk okp, yaml flow": ("key.yaml", lambda: "jwk: {kty: OKP, crv: Ed25519, d: %s}\n" % jwk(43)),
    "jwk oct, yaml": ("key.yml", lambda: "kty: oct\nk: %s\nalg: HS256\n" % jwk(43)),
    "jwk oct, python": ("key.py", lambda: "key = jwk.JWK(kty='oct', k='%s')\n" % jwk(43)),
    "jwk ec, ruby": ("key.rb", lambda: "{ :kty => 'EC', :d => '%s' }\n" % jwk(43)),
    "ssh2 in json": ("key.json", lambda: json.dumps({"key": ssh2()})),
    "ssh2 in json, windows": ("key.json", lambda: json.dumps({"key": ssh2().replace("\n", "\r\n")})),
    "ssh2 in a string": ("key.js", lambda: f"const key = {json.dumps(ssh2())};\n"),
    "ssh2 in json in json": ("key.json", lambda: json.dumps({"body": json.dumps({"key": ssh2()})})),
    "form": ("dump.txt", lambda: f"a=1&key={quote_plus(pem())}&b=2"),
    "form, rsa": ("x.http", lambda: f"POST /keys\n\nkey={quote_plus(pem('RSA '))}\n"),
    "form, percent": ("x.sh", lambda: f"curl -d 'key={quote(pem('EC '), safe='')}' https://acme.io\n"),
    "form, lower case": ("x.txt", lambda: "key=" + re.sub("%..", lambda one: one.group().lower(), quote(pem()))),
    "form, windows": ("x.har", lambda: '{"text": "key=' + quote_plus(pem().replace("\n", "\r\n")) + '"}'),
    "matlab": ("key.m", lambda: joined("    '@\\n', ...", "key = [ ...\n", "''];")),
    "matlab newline": ("key.m", lambda: joined("    '@' newline ...", "key = [ ...\n", "''];")),
    "matlab cells": ("key.m", lambda: joined('    "@", ...', "key = { ...\n", "''};")),
    "matlab char": ("key.m", lambda: joined("    '@', char(10), ...", "key = [", "''];")),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_k6_private_keys_are_found_however_they_are_written(name):
    """Java, Python and JavaScript join keys from literals; `.env` has them on one line; not all are called RSA."""
    path, make = KEYS[name]
    for _ in range(5):
        assert lines_found(path, make()), name


def test_k6_what_only_looks_like_a_key_is_silent():
    """A key without material, its public half, code that looks for it, an example that was cut."""
    public = json.dumps({"kty": "RSA", "n": VALUES.of(LETTERS, 342), "e": "AQAB", "kid": "d"})
    texts = {
        "x.py": f'if text.startswith("{begin()}"):\n    return load_private_key_from_text(text, password_of_the_key)\n',
        "x.md": f"{begin()}\nMIIEowIBAAKCAQEA...\n{end()}\n",
        "x.js": f"const header = '{begin()}';\nconst footer = '{end()}';\n",
        "x.json": public,
        "y.md": f"{begin()}\n<your private key goes here, in as many lines as it has>\n{end()}\n",
        "y.txt": f"{begin()}\n{'x' * 64}\n{end()}\n",
        "y.json": json.dumps({"kty": "EC", "x": VALUES.of(LETTERS, 43), "y": VALUES.of(LETTERS, 43)}),
        "b.js": f"{{ kty: 'EC', crv: 'P-256', x: '{jwk(43)}', y: '{jwk(43)}' }}",
        "b.yml": f"kty: RSA\nn: {jwk(342)}\ne: AQAB\nkid: {jwk(43)}\n",
        "c.ts": "{ kty: 'EC', d: process.env.PRIVATE_KEY_D_OF_THE_SERVICE, k: privateKeyMaterialFromStore }",
        "d.yml": "kty: EC\nd: my-key-id-that-is-a-name-of-it\n",
        "e.yml": f"d: {jwk(43)}\nk: {jwk(43)}\n",
        "f.txt": "key=-----BEGIN+PRIVATE" + "+KEY-----%0AMIIE...%0A-----END",
        "g.m": f"s = ['{begin()}' newline ...\n  'MIIEowIBAAKCAQEA...' ...\n",
        "h.md": f"{begin()}\n{VALUES.of(BASE64, 64)} ...\n{end()}\n",
        "z.json": json.dumps({"d": VALUES.of(LETTERS, 43), "shape": "M 0 0"}),
    }
    assert {path: lines_found(path, text) for path, text in texts.items()} == {path: [] for path in texts}


def java_store(*kinds: int) -> bytes:
    content = b"\xfe\xed\xfe\xed" + struct.pack(">II", 2, len(kinds))
    for kind in kinds:
        certificate = b"\0\0\0\5\0\0\0\0\0" if kind == 1 else b"\0\5X.509" + struct.pack(">I", 40) + bytes(40)
        content += struct.pack(">IH", kind, 3) + b"one" + bytes(8) + certificate
    return content + VALUES.random.randbytes(20)


BAG = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02"


STORES = {
    "server.p12": lambda: b"\x30\x82\x09\x00\x02\x01\x03\x30\x82" + VALUES.random.randbytes(90) + BAG + VALUES.random.randbytes(900),
    "server.pfx": lambda: b"\x30\x82\x0a\x00\x02\x01\x03\x30\x82" + bytes(40) + BAG + VALUES.random.randbytes(1500),
    "release.jks": lambda: java_store(2, 1),
    "debug.keystore": lambda: java_store(1),
    "team.kdbx": lambda: b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + VALUES.random.randbytes(400),
    "old.kdb": lambda: b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5" + VALUES.random.randbytes(400),
    "key.der": lambda: b"\x30\x82\x04\xbd\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" + VALUES.random.randbytes(600),
    "key.key": lambda: b"\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01\x01\x00" + VALUES.random.randbytes(600),
    "ec.bin": lambda: b"\x30\x77\x02\x01\x01\x04\x20" + VALUES.random.randbytes(120),
    "renamed.dat": lambda: b"\x30\x82\x09\x00\x02\x01\x03\x30\x82" + bytes(90) + BAG + VALUES.random.randbytes(900),
}  # fmt: skip


@pytest.mark.parametrize("name", STORES)
def test_k6_key_stores_are_found_as_files(name):
    """They are binary, so they were skipped."""
    outcome = scan_contents([readable(name, STORES[name]())], backend="re", keyer=None)
    assert [one.rule for one in outcome.findings] == ["private-key"], outcome


def test_f9_the_public_half_of_a_key_store_is_silent():
    """A trust store holds certificates."""
    public = {"trust.jks": java_store(2, 2), "trust.p12": b"\x30\x82\x09\x00\x02\x01\x03\x30\x82" + bytes(400)}
    for name, content in public.items():
        outcome = scan_contents([readable(name, content)], backend="re", keyer=None)
        assert (outcome.findings, [one.skipped for one in outcome.skipped]) == ([], ["binary file"]), name
