"""An input is declared once: action.yml, the GitLab template and the docs are generated from the catalogue."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from faces import PROJECT

GENERATED = (
    "action.yml",
    "action-types.yml",
    "ci_templates/k6-cloud.gitlab-ci.yml",
    "templates/k6-cloud/template.yml",
    "docs/gitlab.md",
    "docs/inputs.md",
)
DECLARATION = """
    think_time: dt.timedelta = declared(
        "think-time", Kind.DURATION, "pause between two runs of a suite", default="30s"
    )
"""
CONSUMER = """
import pathlib
from k6ci.settings.resolve import resolve
for environ in ({}, {"K6CI_THINK_TIME": "2m"}):
    print(resolve({}, environ, pathlib.Path.cwd()).think_time.total_seconds())
print(resolve({"think-time": "soon"}, {}, pathlib.Path.cwd()).problems[0].explain())
"""


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of what the generator reads and writes."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("src", "tools", "ci_templates", "templates", "docs"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=ignored)
    for name in ("action.yml", "action-types.yml"):
        shutil.copy(PROJECT / name, tmp_path)
    return tmp_path


def python(copy: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Python with the copy's k6ci."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(copy), "PYTHONPATH": str(copy / "src")}
    return subprocess.run(
        [sys.executable, *argv], cwd=copy, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_generated_parts_are_what_the_catalogue_says():
    """`make generate` writes them, `make lint` compares them."""
    done = python(PROJECT, "tools/generate.py", "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    lint = (PROJECT / "Makefile").read_text(encoding="utf-8").split("\nlint:")[1].split("\n\n")[0]
    assert "tools/generate.py --check" in lint


@pytest.mark.parametrize("name", GENERATED)
def test_an_edited_part_is_named_and_written_again(copy, name):
    path = copy / name
    before = path.read_text(encoding="utf-8")
    edited = before.replace("max-parallel", "parallel")
    assert edited != before
    path.write_text(edited, encoding="utf-8")
    done = python(copy, "tools/generate.py", "--check")
    assert (done.returncode, name in done.stdout) == (1, True), done.stdout + done.stderr
    assert python(copy, "tools/generate.py").returncode == 0
    assert path.read_text(encoding="utf-8") == before


def test_a_new_input_is_one_entry_of_the_catalogue(copy):
    """And what uses it: here a few lines that resolve it."""
    catalogue = copy / "src" / "k6ci" / "settings" / "load_test_inputs.py"
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace("\n    fail_fast: bool", f"{DECLARATION}    fail_fast: bool"), encoding="utf-8")

    done = python(copy, "tools/generate.py")
    assert sorted(line.partition(":")[0] for line in done.stdout.splitlines()) == sorted(GENERATED), done.stderr
    action = yaml.safe_load((copy / "action.yml").read_text(encoding="utf-8"))
    description = "Pause between two runs of a suite. Default: 30s."
    assert action["inputs"]["think-time"] == {"description": description, "default": "", "required": False}
    types = yaml.safe_load((copy / "action-types.yml").read_text(encoding="utf-8"))
    assert types["inputs"]["think-time"] == {"type": "string"}
    run = next(step for step in action["runs"]["steps"] if step.get("id") == "run")
    assert run["env"]["K6CI_THINK_TIME"] == "${{ inputs.think-time }}"
    template = (copy / "ci_templates" / "k6-cloud.gitlab-ci.yml").read_text(encoding="utf-8")
    specification, jobs = yaml.safe_load_all(template)
    assert specification["spec"]["inputs"]["think-time"] == {"description": description, "default": ""}
    assert jobs["$[[ inputs.job-name ]]"]["variables"]["K6CI_THINK_TIME"] == "$[[ inputs.think-time ]]"
    row = "| `--think-time` | pause between two runs of a suite | a duration such as 90s, 20m or 1h30m | `30s` |"
    assert row in (copy / "docs" / "inputs.md").read_text(encoding="utf-8")

    shown = " ".join(python(copy, "-m", "k6ci", "run", "--help").stdout.split())
    assert "--think-time DURATION" in shown
    assert "Pause between two runs of a suite. Default: 30s." in shown
    used = python(copy, "-c", CONSUMER)
    assert used.stdout.splitlines()[:2] == ["30.0", "120.0"], used.stderr
    assert "think-time: 'soon' is not a duration (from --think-time)." in used.stdout
