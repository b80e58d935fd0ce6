"""Kinds of secrets that have a form of their own, in every kind of file: values are fresh on every run."""

from __future__ import annotations

import base64

import pytest

from archives import archive_of
from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.inputs.content import readable
from k6ci.secretscan.scanner import scan_contents
from scan_rows import lines_found
from scan_values import LETTERS, SEED, Values

VALUES = Values(SEED)


BASE64 = LETTERS + "+/"


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


@pytest.mark.parametrize("padding", ["x ", "ab;", ". ", '"k":1,'])
def test_k12_a_token_at_the_cut_of_a_long_line_is_as_long_as_it_is(padding):
    """Lines of more than 4,000 characters are read in pieces: near misses became tokens where a piece ends or begins."""
    digits = VALUES.of("0123456789abcdef", 64)
    letters = VALUES.of("ABCDEFGHJKMNPQRSTUVWXYZ234567", 26)
    known = VALUES.glsa()
    pairs = [(f"sk-{digits[:32]}", f"sk-{digits}"), (f"AKIA{letters[:16]}", f"AKIA{letters}"), (known, f"{known}abc1")]
    places = [*range(2_990, 3_010, 5), *range(3_925, 4_010, 5), 3_965, *range(6_935, 7_005, 5)]
    for token, near_miss in pairs:
        for place in places:
            before, after = (padding * place)[: place - 1] + " ", " " + padding * 2_000
            found = scan_content("x.txt", f"{before}{token}{after}".encode())
            assert [(one.column, f"({len(token)} characters)" in one.hint) for one in found] == [(place + 1, True)]
            assert scan_content("x.txt", f"{before}{near_miss}{after}".encode()) == []


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
