"""Kinds of secrets that have a form of their own, in every kind of file: values are fresh on every run."""

from __future__ import annotations

import base64
import io
import json
import struct
import tarfile

import pytest

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.inputs.content import readable
from k6ci.secretscan.scanner import scan_contents
from scan_values import LETTERS, SEED, Values

VALUES = Values(SEED)
BASE64 = LETTERS + "+/"


def lines_found(path: str, text: str | bytes) -> list[int]:
    content = text.encode() if isinstance(text, str) else text
    return [one.line for one in scan_content(path, content)]


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


def tokens() -> dict[str, str]:
    user = VALUES.of(LETTERS, 8)
    return {
        "glsa": VALUES.glsa(),
        "github": "ghp_" + VALUES.mixed(36),
        "aws": "AKIA" + VALUES.of("ABCDEFGHJKMNPQRSTUVWXYZ234567", 16),
        "stripe": "sk_live_" + VALUES.mixed(24),
        "registry login": f"https://{user}:{VALUES.password()}@registry.acme.io/pkg.tgz",
    }


DATA_FILES = {
    "package-lock.json": '{{"resolved": "{}"}}\n',
    "yarn.lock": "  resolved {}\n",
    "poetry.lock": 'url = "{}"\n',
    "uv.lock": 'source = {{ registry = "{}" }}\n',
    "pnpm-lock.yaml": "  tarball: {}\n",
    "Gemfile.lock": "  remote: {}\n",
    "go.sum": "{} h1:abc\n",
    "app.js.map": '{{"mappings": "AAAA", "x": "{}"}}\n',
    "app.min.js": 'var a="{}";function b(){{}}\n',
    "site.css": "/* {} */\n",
    "de.po": 'msgstr "{}"\n',
    "logo.svg": "<text>{}</text>\n",
    "login.snap": "exports[`x`] = `{}`;\n",
    "users.csv": "1;x;{}\n",
    "users.tsv": "1\tx\t{}\ty\n",
    "checksums.sha256": "{}\n",
    "styles.scss": "// {}\n",
    "messages.pot": "# {}\n",
}


@pytest.mark.parametrize("path", DATA_FILES)
def test_k12_no_kind_of_text_file_is_exempt_from_known_forms(path):
    """Exit 0 without a word, because lock files are full of digests."""
    for name, token in tokens().items():
        assert lines_found(path, "x\n" * 9 + DATA_FILES[path].format(token)) == [10], (path, name)


@pytest.mark.parametrize("path", ["package-lock.json", "app.js.map", "go.sum", "users.csv", "site.css", "app.min.js"])
def test_k12_digests_stay_silent_there(path):
    """What these files are full of."""
    rows = [
        f"sha512-{VALUES.of(BASE64, 86)}==",
        VALUES.of("0123456789abcdef", 64),
        f"token_{VALUES.of(LETTERS, 20)}",
        "password: x9K2mm41",
    ]
    assert lines_found(path, "\n".join(f'"key": "{row}"' for row in rows)) == []


def archive_of(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


@pytest.mark.parametrize("size", [3_000_000, 12_000_000])
def test_k12_large_archive_members_are_read(size):
    """2 MB was the limit."""
    body = b"// padding\n" * (size // 11) + tokens()["glsa"].encode()
    outcome = scan_contents([readable("archive.tar", archive_of(script=body))], backend="re", keyer=None)
    assert [one.rule for one in outcome.findings] == ["k6-archive"]
    assert outcome.skipped == []


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("ok 1\n", id="short"),
        pytest.param("x" * 9_000_000, id="one"),
        pytest.param("x" * 199 + "\n", id="long", marks=pytest.mark.thorough),
        pytest.param("x;" * 5_000 + "\n", id="very long", marks=pytest.mark.thorough),
    ],
)
def test_k12_large_texts_are_read_in_pieces(line):
    """5 MB was the limit; a secret at the seam of two pieces counts, too."""
    content = (line * (9_000_000 // len(line))).encode()
    for places in ((0, 3_999_990, 9_000_000), (4_000_000,)):
        text, expected = content, []
        for place in places:
            text = text[:place] + b"\n" + tokens()["github"].encode() + b"\n" + text[place:]
            expected.append(text[: text.rindex(b"ghp_")].count(b"\n") + 1)
        assert lines_found("big.log", text) == expected


ENCODINGS = {
    "utf-16-le without a mark": lambda text: text.encode("utf-16-le"),
    "utf-16-be without a mark": lambda text: text.encode("utf-16-be"),
    "utf-32-le without a mark": lambda text: text.encode("utf-32-le"),
    "utf-32-be with a mark": lambda text: text.encode("utf-32"),
    "utf-16 with a mark": lambda text: text.encode("utf-16"),
    "one NUL at the end": lambda text: text.encode() + b"\0",
    "one NUL in front": lambda text: b"\0" + text.encode(),
    "a NUL in a line": lambda text: text.replace("one", "o\0ne").encode(),
    "latin-1": lambda text: ("é\n" + text).encode("latin-1"),
    "looks like a mark": lambda text: b"\xff\xfe" + text.encode(),
    "looks like gzip": lambda text: b"\x1f\x8b\x08" + text.encode(),
    "looks like a tar": lambda text: (b"x" * 257 + b"ustar\n") + text.encode(),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_k12_s17_texts_in_odd_encodings_are_read(name):
    """A NUL byte, a missing mark, or the first bytes of another format hid everything."""
    content = ENCODINGS[name](f"line one of a text\nuse {tokens()['glsa']} here\n")
    outcome = scan_contents([readable("notes.txt", content)], backend="re", keyer=None)
    assert len(outcome.findings) == 1, outcome


def test_s17_members_that_are_not_read_are_said():
    """A binary member is skipped with a word, an archive that is cut short is exit code 3."""
    whole = archive_of(script=b"x", picture=b"\0" + VALUES.random.randbytes(900))
    outcome = scan_contents([readable("a.tar", whole)], backend="re", keyer=None)
    assert [(one.path, one.skipped, one.is_failure) for one in outcome.skipped] == [
        ("a.tar/picture", "binary file", False)
    ]
    raw = archive_of(script=VALUES.random.randbytes(9_000))
    outcome = scan_contents([readable("a.tar", raw[: len(raw) // 2])], backend="re", keyer=None)
    assert [one.is_failure for one in outcome.skipped] == [True]


def test_k12_a_base64_login_in_a_lock_file_is_found():
    """`//registry/:_authToken=` and the like have no form of their own, npm's tokens do."""
    login = base64.b64encode(f"ci:{VALUES.password()}".encode()).decode()
    assert lines_found("yarn.lock", f"npmAuth: npm_{VALUES.mixed(36)}\n") == [1]
    assert lines_found(".yarnrc", f"Authorization: Basic {login}\n") == [1]
