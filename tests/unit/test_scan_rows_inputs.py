"""What is read of files: encodings, archives, baselines and tables, each as a whole or with a word."""

from __future__ import annotations

import gzip
import tarfile

import pytest

from archives import archive_of
from k6ci.secretscan.inputs.content import readable
from k6ci.secretscan.inputs.texts import decoded, normalise
from k6ci.secretscan.report.findings import hint_for
from k6ci.secretscan.scanner import scan_contents
from scan_rows import lines_found
from scan_values import SEED, Values

VALUES = Values(SEED)


# What another program appends, or writes in front: `>` and `Add-Content` of PowerShell.
MIXED = {
    "ASCII behind UTF-16": lambda first, second: first.encode("utf-16") + second.encode(),
    "ASCII behind UTF-16 BE": lambda first, second: b"\xfe\xff" + first.encode("utf-16-be") + second.encode(),
    "ASCII behind UTF-16, shifted": lambda first, second: first.encode("utf-16") + b"x" + second.encode(),
    "ASCII behind UTF-32": lambda first, second: first.encode("utf-32") + second.encode(),
    "UTF-16 behind ASCII": lambda first, second: first.encode() + second.encode("utf-16-le"),
    "UTF-16 behind much ASCII": lambda first, second: first.encode() + b"line\n" * 9_000 + second.encode("utf-16"),
    "ASCII behind much UTF-16": lambda first, second: (first + "line\n" * 9_000).encode("utf-16") + second.encode(),
    "a mark in front of UTF-8": lambda first, second: b"\xff\xfe" + f"ü\n{first}ä{second}".encode(),
    "a mark in front of Latin-1": lambda first, second: b"\xfe\xff" + f"{first}é\n{second}".encode("latin-1"),
    "a mark of UTF-32 in front": lambda first, second: b"\xff\xfe\0\0" + f"{first}ä\n{second}".encode(),
    "Chinese in front": lambda first, second: f"# 密码 密码本\n{first}".encode("utf-16") + second.encode(),
    "umlauts without a mark": lambda first, second: f"# Schlüssel – für 5 €\n{first}{second}".encode("utf-16-le"),
}


@pytest.mark.parametrize("name", MIXED)
def test_s17_both_parts_of_a_text_in_two_encodings_are_read(name):
    """The encoding of the first part hid the second, and the other way round."""
    values = [VALUES.mixed(20), VALUES.mixed(20)]
    content = MIXED[name](*(f"DB_PASSWORD={value}\r\n" for value in values))
    outcome = scan_contents([readable("a.env", content)], backend="re", keyer=None)
    assert [(one.rule, one.hint) for one in outcome.findings] == [("assigned-password", hint_for(values[0]))] * 2
    text = decoded(normalise(content)).split("\n")
    assert [text[one.line - 1][one.column - 1 :][:20] for one in outcome.findings] == values


@pytest.mark.parametrize(
    "text", ["密码本在这里\n" * 99, "これはパスワードについての説明です\n" * 99, "пароль: нет\n" * 99]
)
@pytest.mark.parametrize("mark", ["utf-16", "utf-32"])
def test_s17_whole_texts_of_other_scripts_are_read_as_they_are(text, mark):
    """Two of their bytes may be letters of ASCII."""
    assert decoded(normalise(text.encode(mark))) == text


def test_s17_programs_stay_binary():
    """They hold UTF-16, too."""
    texts = ["ProductName", "FileVersion", "Copyright"]
    content = b"".join(VALUES.random.randbytes(40) + text.encode("utf-16-le") + bytes(9) for text in texts)
    assert readable("a.exe", b"MZ\x90\0" + content).skipped == "binary file"


def scanned(path: str, content: bytes) -> tuple[int, list[str]]:
    """How many secrets were found, and why something was not scanned although it should have been."""
    outcome = scan_contents([readable(path, content)], backend="re", keyer=None)
    return len(outcome.findings), [one.skipped for one in outcome.skipped if one.is_failure]


def of_type(kind: bytes, *, size: int) -> bytes:
    """A tar with a member of this type, which has a block of data."""
    member = tarfile.TarInfo("a.env")
    member.type, member.size = kind, size
    return member.tobuf() + f"DB_PASSWORD={VALUES.mixed(20)}\n".encode().ljust(512, b"#")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_s17_all_of_an_archive_is_read_or_said(pack):
    """A second archive behind the first, data behind the end, types that nobody knows."""
    one = gzip.decompress(archive_of(**{"a.env": f"DB_PASSWORD={VALUES.mixed(20)}\n".encode()}))
    bare = one[:1024]
    end = bytes(1024)
    behind = ["data behind the end of an archive"]
    assert scanned("a.tar", pack(one)) == (1, [])
    assert scanned("a.tar", pack(bare)) == (1, [])
    assert scanned("a.tar", pack(one + one + bare)) == (3, [])
    assert scanned("a.tar", pack(bare + end + one)) == (2, [])
    assert scanned("a.tar", pack(one + b"DB_PASSWORD=x")) == (1, behind)
    assert scanned("a.tar", pack(bare + end + b"x" * 512 + one)) == (1, behind)
    for kind in (b"Z", b"7", b"A"):
        assert scanned("a.tar", pack(of_type(kind, size=40) + end)) == (1, [])
    for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE):
        assert scanned("a.tar", pack(of_type(kind, size=40) + end)) == (0, behind)
        assert scanned("a.tar", pack(of_type(kind, size=40))) == (0, behind)


def test_s17_what_is_cut_at_the_limit_is_said():
    """A compressed log over 50 MB, by itself and in an archive, was read in part without a word."""
    text = b"a line of a log\n" * 3_200_000
    packed = gzip.compress(text, 1)
    assert scanned("a.log.gz", packed) == (0, ["larger than 50 MB (50 MB)"])
    assert scanned("a.tar", archive_of(**{"a.log.gz": packed})) == (0, ["larger than 50 MB (50 MB)"])
    assert scanned("a.gz", gzip.compress(bytes(60_000_000), 1)) == (0, []), "binary"


HEADS = ["", "# our settings\n", "# Secrets of the team\n", "[{]\n", "\n"]


@pytest.mark.parametrize("name", [".secrets.baseline", ".k6ci-secrets.baseline", "deep/.Secrets.baseline"])
def test_s17_a_file_that_is_named_as_a_baseline_is_one_when_it_begins_like_one(name):
    """Any text of that name was read for known tokens only."""
    text = f"DB_PASSWORD={VALUES.mixed(20)}\n"
    assert [len(lines_found(name, head + text)) for head in HEADS] == [1] * len(HEADS)
    for head in (
        '{"version": "1.5.0"}\n',
        "\ufeff{\n",
        "# blake2-2\n",
        "# scrypt-1 salt 00\n",
        "# Secrets that `k6ci scan` knows\n",
    ):
        assert lines_found(name, head + text) == []
    assert lines_found(name, ("{\n" + text).encode("utf-16")) == []


NAMED = {
    "run.sh": "tool --{}-password={}\n",
    "a.env": "{}_PASSWORD={}\n",
    "a.yml": "{}-token: {}\n",
    "a.json": '{{"{}.token": "{}"}}\n',
    "a.py": 'call("--{}-token", "{}")\n',
    "a.csv": "user,{}_password\nme,{}\n",
    "a.tf": 'variable "{}_password" {{\n  default = "{}"\n}}\n',
}


@pytest.mark.parametrize("path", NAMED)
def test_s18_a_name_with_a_random_part_is_not_shown(path):
    """It is a part of a longer value, or a value itself; the names of people are shown."""
    secret = VALUES.mixed(20)
    for name in ("q" + VALUES.mixed(29), "q" + VALUES.mixed(19), "q" + VALUES.mixed(19).lower()):
        content = NAMED[path].format(name, secret).encode()
        (one,) = scan_contents([readable(path, content)], backend="re", keyer=None).findings
        assert name.lower() not in f"{one.reason} {one.remedy}".lower()
    for name in ("orders-service", "legacy_billing_gateway", "s3-eu-west-1"):
        content = NAMED[path].format(name, secret).encode()
        (one,) = scan_contents([readable(path, content)], backend="re", keyer=None).findings
        assert name in one.reason


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_k12_all_rows_of_a_table_are_read(sign):
    """Behind the first 200 nothing was found, and behind 5 MB the head was forgotten."""
    secret = VALUES.mixed(20)
    last = f"user{sign}{secret}"
    rows = {250: ["user" + sign] * 249, 2_001: ["user" + sign] * 2_000, 90_000: ["a" * 99 + sign] * 89_999}
    for number, before in rows.items():
        assert lines_found("a.csv", "\n".join([f"name{sign}Password", *before, last])) == [number + 1]
    assert lines_found("a.csv", "\n".join([f"name{sign}Passage", *rows[250], last])) == []
    table = ["| name | Password |", "|---|---|", *["| user | |"] * 300, f"| user | {secret} |"]
    assert lines_found("a.md", "\n".join(table)) == [303]
    assert lines_found("a.md", "\n".join([*table[:-1], "| other | column |", "|:--|:--|", table[-1]])) == []
    many = [f"name{sign}Password", *(f"user{sign}{VALUES.mixed(16)}" for _ in range(1_200))]
    assert len(lines_found("a.csv", "\n".join(many))) == 1_000
