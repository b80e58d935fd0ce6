"""Whatever a file holds: no crash, no secret in what comes out, and a cost that grows with the size and no faster."""

from __future__ import annotations

import json
import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.report.findings import Finding
from k6ci.secretscan.report.render import FORMATS, render
from scan_shapes import TOKEN_SHAPES
from scan_values import Values

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]

PATHS = st.sampled_from(
    [
        "x.py",
        "x.yml",
        ".env",
        "x.json",
        "Dockerfile",
        "x.md",
        "x.ini",
        "x.js",
        "x.tf",
        "x.xml",
        "x",
        "x.tar",
        "x.toml",
        "x.properties",
    ]
)
PIECES = st.sampled_from(
    ["password", "K6_CLOUD_TOKEN", "token", "=", ": ", '"', "'", "\n", "\r\n", " ", "\t", "- ", "{", "}", "[", "]", "|", "&a ", "*a", "!x ",
     "---\n", "# ", "k6 login cloud -t ", "Authorization: Bearer ", "://u:", "@h", "glsa_", "eyJrIjoi", "-----BEGIN PRIVATE KEY-----", "\x00",
     "\ud7ff", "\u2028", "é", "ſ", "\\x41", "%(a)s", "<<: ", "? ", "name: ", "value: ", "<key>", "0x", "pragma: allowlist secret", "k6ci:allow "]
)  # fmt: skip
CONTENT = st.lists(
    st.one_of(PIECES, st.text(max_size=12), st.text(string.ascii_letters + string.digits, min_size=20, max_size=40)),
    max_size=40,
)


@given(path=PATHS, content=CONTENT)
@settings(max_examples=600, deadline=None)
def test_no_text_ends_the_scan(path, content):
    """A crash of the hook blocks every commit."""
    text = "".join(content)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in scan_content(path, text.encode("utf-8", "surrogatepass")):
        assert 1 <= finding.line <= len(lines)
        assert finding.column >= 1


@given(path=PATHS, content=st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_end_the_scan(path, content):
    """Neither does what is no text, no archive and no encoding."""
    assert all(isinstance(finding, Finding) for finding in scan_content(path, content))


@given(seed=st.integers(0, 10**9), shape=st.sampled_from(sorted(TOKEN_SHAPES)), noise=st.lists(PIECES, max_size=4))
@settings(max_examples=200, deadline=None)
def test_no_report_holds_a_part_of_a_secret(seed, shape, noise):
    """Five characters of it anywhere are too many."""
    token = Values(seed).mixed(40)
    path, template = TOKEN_SHAPES[shape]
    text = template.replace("@", token) + "".join(noise)
    findings = scan_content(path, text.encode("utf-8", "surrogatepass"))
    shown = "".join(render(form, findings, []) for form in FORMATS) + repr(findings)
    shown = shown.replace(" ", "")
    json.loads(render("json", findings, []))
    assert not any(token[start : start + 6] in shown for start in range(len(token) - 5))


def per_byte(path: str, text: str) -> float:
    """Seconds of the processor for each byte, the best of three."""
    content = text.encode()
    best = min(timed(path, content) for _ in range(3))
    return best / len(content)


def timed(path: str, content: bytes) -> float:
    start = time.thread_time()
    scan_content(path, content)
    return time.thread_time() - start


def ordinary_text(seed: int) -> str:
    """A quarter of a megabyte of configuration, code and prose, with the words that detectors look for."""
    source = random.Random(seed)
    lines = [
        "export function login(user, password) {{ return http.post(`${{BASE_URL}}/login`, {{ user, password }}); }}",
        "  const token = res.json('token'); // see {}",
        "setting_{}: {}",
        "The token of request {} is taken from the environment, see the documentation.",
        "    if (response.status !== {}) {{ fail('no session key'); }}",
        'image: "grafana/k6:{}"',
        "API_URL=https://test.k6.io/api/v{}/items?page={}",
    ]
    made = [source.choice(lines).format(source.randrange(10**6), source.randrange(10**6)) for _ in range(3600)]
    return "\n".join(made)


HOSTILE = {
    "spaces": lambda: "key" + " " * 100_000 + "x",
    "key and spaces": lambda: "\n".join("cloudant_password" + " " * 10_000 + "!" for _ in range(10)),
    "aligned tables": lambda: "\n".join("| secret key" + " " * 150 + "| password = x" + " " * 150 + "|" for _ in range(400)),
    "one minified line": lambda: minified(1_000_000),
    "brackets": lambda: "token: " + "[" * 50_000 + "]" * 50_000,
    "dashes": lambda: "token:\n" + "- " * 50_000 + "x",
    "indentation": lambda: "\n".join(" " * depth + "token:" for depth in range(600)),
    "quotes": lambda: "password = " + "\"'`" * 40_000,
    "passwords": lambda: "password" * 15_000,
    "assignments": lambda: "token=a" * 15_000,
    "logins": lambda: "k6 login -t " * 10_000,
    "urls": lambda: "://a:b" * 20_000,
    "slashes": lambda: "//" * 60_000 + ":_authToken=",
    "pem": lambda: "-----BEGIN PRIVATE KEY-----" * 5_000,
    "names": lambda: "\n".join("- name: API_TOKEN" for _ in range(6_000)),
    "short lines": lambda: "pwd: $X\n" * 12_000,
    "lists of secrets": lambda: "- secret: x\n" * 9_000,
    "backslashes": lambda: 'secret: "' + "\\" * 100_000,
    "colons": lambda: "a:" * 60_000 + "secret",
    "sections": lambda: "\n".join(f"[s{number}]\npassword{number}=x" for number in range(4_000)),
    "comments": lambda: "[a]\npassword = x\n" + "# secret\n" * 12_000,
    "equals": lambda: "secret" + "=" * 100_000,
    "base64": lambda: "const secret = '" + "QUJDRGVm" * 15_000 + "'",
    "jwt": lambda: "eyJ" * 40_000,
}  # fmt: skip


def minified(size: int) -> str:
    source = random.Random(2)
    words = ["function", "return", "var", "this", "token", "e", "t", "n", "password", "length", "null", "if", "key"]
    parts: list[str] = []
    total = 0
    while total < size:
        part = source.choice(words) + source.choice(["(", ")", "=", ";", ".", ",", "{", "}", "===", '"x"', ":", "&&"])
        parts.append(part)
        total += len(part)
    return "".join(parts)


@pytest.fixture(scope="module")
def usual() -> float:
    scan_content("warm.js", b"password = 'x9'\n")
    # Of a text that was scanned before, decisions are known: each time another one.
    texts = [ordinary_text(seed).encode() for seed in (8, 9, 10)]
    return min(timed("x.js", text) / len(text) for text in texts)


@pytest.mark.parametrize("path", ["x.js", "x.yml", "x.env", "x.ini"])
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_costs_little_more_than_an_ordinary_one(name, path, usual):
    """At most 30 times as much for each byte: nobody can stop a commit, or a pipeline, with a file.

    Ordinary text costs a third of a microsecond a byte, because its lines are alike; the dearest here cost 16 times that.
    """
    text = HOSTILE[name]()
    assert per_byte(path, text) < 30 * usual + 0.15 / len(text)


@pytest.mark.parametrize("name", sorted(set(HOSTILE) - {"one minified line"}))
def test_twice_the_text_costs_twice_the_time(name):
    """Linear, not only fast enough at one size."""
    text = HOSTILE[name]()[:60_000]
    once, twice = (min(timed("x.yml", (text * times).encode()) for _ in range(3)) for times in (2, 4))
    assert twice < 3.2 * once + 0.15
