"""The workflows of this repository: its own, the examples, and what the docs show of a workflow."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import yaml

from faces import PROJECT, VENV_PROGRAMS
from linters import run_linter

OWN = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((PROJECT / "examples" / "github").glob("*.yml"))
WORKFLOWS = [*OWN, *EXAMPLES]
ACTION = PROJECT / "action.yml"
DOCUMENTS = [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")]
JOB = {"runs-on": "ubuntu-24.04", "timeout-minutes": 60, "permissions": {"contents": "read"}}
FRAME = """
name: example
on:
  push:
    branches: [main]
permissions: {}
concurrency:
  group: example
  cancel-in-progress: false
"""


def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def check_with_zizmor(*arguments: str | Path) -> None:
    settings = PROJECT / ".github" / "zizmor.yml"
    run_linter(VENV_PROGRAMS / "zizmor", "--offline", "--config", settings, *arguments)


def blocks() -> Iterator[tuple[str, str]]:
    """The YAML blocks of all documents, with a name."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"^```ya?ml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
            yield f"{path.name}:{text[: found.start()].count(chr(10)) + 1}", found[1]


def kind(document: object) -> str:
    """Which program reads a block."""
    if isinstance(document, list) or "jobs" in document or True in document:
        return "circle-ci" if not isinstance(document, list) and document.get("version") == 2.1 else "github-workflows"
    if "pool" in document:
        return "azure-pipelines"
    return "pre-commit" if "repos" in document else "gitlab-ci"


def as_workflow(text: str) -> str:
    """A whole workflow around what a document shows of one: steps or jobs. Comments stay: zizmor reads them."""
    document = yaml.safe_load(text)
    if isinstance(document, list):
        job = yaml.safe_dump({"jobs": {"example": {"name": "example"} | JOB}}, sort_keys=False)
        text = f"{job}    steps:\n{textwrap.indent(text, ' ' * 6)}"
    return text if "on:" in text.splitlines() else f"{FRAME}{text}"


BLOCKS = dict(blocks())
SHOWN_WORKFLOWS = {
    name: as_workflow(text) for name, text in BLOCKS.items() if kind(yaml.safe_load(text)) == "github-workflows"
}
