"""What the scan finds in small files: for its tests by kinds of files, names and values."""

from __future__ import annotations

from collections.abc import Callable

from k6ci.secretscan.file_scan import scan_content

TRIES = 6


def missed(cases: dict[str, tuple[str, str]], make: Callable[[], str]) -> list[str]:
    """The names of cases without a finding on the line of the value; `VALUE` is the place of the value."""
    names = []
    for name, (path, template) in cases.items():
        for _ in range(TRIES):
            value = make()
            if not scan_content(path, template.replace("VALUE", value).encode()):
                names.append(name)
                break
    return names


def reported(cases: dict[str, tuple[str, str]]) -> list[str]:
    return [name for name, (path, text) in cases.items() if scan_content(path, text.encode())]


def found_rules(cases: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Path, text and rule of each finding in files of these names."""
    return [(path, text, one.rule) for path, text in cases for one in scan_content(path, f"{text}\n".encode())]


def silent(cases: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cases without a finding."""
    return [(path, text) for path, text in cases if not scan_content(path, f"{text}\n".encode())]


def lines_found(path: str, text: str | bytes) -> list[int]:
    """The numbers of the lines with findings."""
    content = text.encode() if isinstance(text, str) else text
    return [one.line for one in scan_content(path, content)]
