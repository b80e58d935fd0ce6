"""The rules of CONTRIBUTING.md that no linter checks."""

from __future__ import annotations

import pytest

from faces import PROJECT

LONGEST_FILE = 250  # lines
FOLDERS = ("src", "tests", "bench", "action", "tools")


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_python_file_is_long(folder):
    """A file that holds two ideas is two files."""
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (PROJECT / folder).rglob("*.py")}
    assert lines
    assert {str(path.relative_to(PROJECT)): count for path, count in lines.items() if count > LONGEST_FILE} == {}
