"""Programs that check files: check-jsonschema with the schemas of CI systems, zizmor, shellcheck, pre-commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

from faces import PROJECT, VENV_PROGRAMS

# What check-jsonschema needs beside the name of a schema.
OPTIONS = {
    "vendor.azure-pipelines": ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"),
    "vendor.gitlab-ci": ("--data-transform", "gitlab-ci"),
}


def run_linter(program: str | Path, *arguments: str | Path) -> None:
    """Fail with the output of the program unless it accepts what it is given."""
    argv = [program, *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, cwd=PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr


def check_schema(schema: str, *paths: Path) -> None:
    """Check files against a schema that check-jsonschema brings."""
    run_linter(VENV_PROGRAMS / "check-jsonschema", "--builtin-schema", schema, *OPTIONS.get(schema, ()), *paths)
