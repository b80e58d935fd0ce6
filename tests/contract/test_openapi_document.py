"""The document is named by one variable; without it tests are skipped with the reason, and in CI they fail."""

import os
import subprocess
import sys

import pytest

from emulation import ROOT

TEST = """
from contract.openapi import load_document


def test_it():
    assert load_document()["openapi"] == "3.1.0"
"""


@pytest.mark.parametrize(
    ("ci", "named", "outcome"),
    [
        ("", None, "1 skipped"),
        pytest.param("", "nowhere.yaml", "1 skipped", marks=pytest.mark.thorough),
        ("true", None, "1 failed"),
        pytest.param("true", "nowhere.yaml", "1 failed", marks=pytest.mark.thorough),
        pytest.param("true", "", "1 failed", marks=pytest.mark.thorough),
        ("true", "document.yaml", "1 passed"),
        pytest.param("", "document.yaml", "1 passed", marks=pytest.mark.thorough),
    ],
)
def test_without_the_document_nothing_passes(tmp_path, ci, named, outcome):
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "document.yaml").write_text("openapi: 3.1.0\n")
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "CI": ci}
    if named is not None:
        environ["K6CI_OPENAPI"] = str(tmp_path / named) if named else ""
    argv = [sys.executable, "-m", "pytest", "-q", "-rsf", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert outcome in done.stdout, done.stdout
    assert ("K6CI_OPENAPI" in done.stdout) is (named != "document.yaml")
