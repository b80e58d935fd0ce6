"""W16, W17, S21: values arrive as their authors wrote them, and k6ci.toml is bounded."""

from __future__ import annotations

import os

import pytest

from k6ci.errors import SettingsError
from k6ci.settings.resolve import resolve
from k6ci.settings.sources import from_file


def variables(tmp_path, **environ):
    settings = resolve({}, environ, tmp_path)
    assert settings.problems == ()
    return settings.variables


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", "true"),
        ("false", "false"),
        ("5", "5"),
        ("-0", "0"),
        ("1.5", "1.5"),
        ("2026-11-28", "2026-11-28"),
        ("2026-11-28T10:00:00Z", "2026-11-28T10:00:00+00:00"),
        ("'''a\nb'''", "a\nb"),
        ('"true"', "true"),
    ],
)
def test_w16_a_value_of_k6ci_toml_arrives_as_it_was_written(tmp_path, written, value):
    (tmp_path / "k6ci.toml").write_text(f"[env]\nNAME = {written}\n")
    assert variables(tmp_path) == (f"NAME={value}",)


@pytest.mark.parametrize("written", ["[1]", "{ a = 1 }"])
def test_w16_what_has_no_text_is_malformed(tmp_path, written):
    (tmp_path / "k6ci.toml").write_text(f"[env]\nNAME = {written}\n")
    (problem,) = resolve({}, {}, tmp_path).problems
    assert "env: the value of 'NAME' is not text, a number or a boolean" in problem.cause


@pytest.mark.parametrize(
    "line",
    [
        'JSON={"a": [1, "b c"], "d": "it\'s"}',
        r"PATHS=C:\new\table",
        "QUOTED='a' \"b\"",
        "HASH=a # b",
        "SPACES=  a  ",
        "DOLLAR=$HOME ${X} `x`",
        "EMPTY=",
        "EQUALS=a=b==",
        "UNICODE=\u2028\x0b\x85",
        "OPEN='",
    ],
)
def test_w17_a_line_is_taken_literally(tmp_path, line):
    assert variables(tmp_path, K6CI_ENV=line) == (line,)
    assert variables(tmp_path, K6CI_ENV=f"\n  A=1\r\n{line}\n\nB=2\n") == ("A=1", line, "B=2")


def test_w17_a_line_without_an_equals_sign_is_malformed(tmp_path):
    (problem,) = resolve({}, {"K6CI_ENV": "A=1\nexport B"}, tmp_path).problems
    assert "item 2 has no '='" in problem.cause


@pytest.mark.parametrize("name", ["K6CI_ENV", "K6CI_FLAGS", "K6CI_SCRIPT", "K6CI_ALLOW_FILES", "K6CI_REPORT_DIR"])
def test_a_nul_byte_is_malformed_and_no_crash(tmp_path, name):
    (problem,) = resolve({}, {name: "A=\0"}, tmp_path).problems
    assert "it contains a NUL byte" in problem.cause
    assert name in problem.cause


def linked(path):
    (path.parent / "other.toml").write_text("timeout = '5m'\n")
    path.symlink_to("other.toml")


HOSTILE = {
    "device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/stdin"),
    "pipe": os.mkfifo,
    "folder": lambda path: path.mkdir(),
    "loop": lambda path: path.symlink_to(path.name),
    "link": linked,
    "huge": lambda path: path.write_bytes(b"#" * 2**20),
    "deep": lambda path: path.write_text("env = " + "[" * 20_000),
    "deep tables": lambda path: path.write_text("[" + ".".join("a" * 10_000) + "]\n"),
    "long number": lambda path: path.write_text("max-parallel = " + "9" * 20_000),
    "not UTF-8": lambda path: path.write_bytes(b"timeout = '\xff'\n"),
    "impossible date": lambda path: path.write_text("timeout = 2026-13-45\n"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_s21_a_hostile_k6ci_toml_is_10_at_once(tmp_path, kind):
    path = tmp_path / "k6ci.toml"
    HOSTILE[kind](path)
    with pytest.raises(SettingsError, match=r"k6ci\.toml"):
        from_file(tmp_path)


def test_s21_a_mark_at_the_beginning_is_no_fault(tmp_path):
    (tmp_path / "k6ci.toml").write_bytes(b"\xef\xbb\xbftimeout = '5m'\n")
    assert "timeout" in from_file(tmp_path)
