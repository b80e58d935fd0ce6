"""Which system a job runs on, and what it writes for it: each once, for commands, scan and bootstrap alike."""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys

import pytest

import k6ci.ci
from github_runner.files import parse_pairs
from k6ci.ci import github
from k6ci.ci.job_log import job_log_of
from k6ci.ci.system import System, detect_system, workspaces_of

GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true"}


@pytest.mark.parametrize(
    ("environ", "system"),
    [
        (GITHUB, System.GITHUB),
        (GITLAB, System.GITLAB),
        ({"GITLAB_CI": "false"}, System.GITLAB),  # gitlab-ci-local
        ({"GITHUB_ACTIONS": "false"}, System.LOCAL),
        ({"CI": "true"}, System.LOCAL),
    ],
)
def test_the_system_is_known_by_its_variables(environ, system):
    assert detect_system(environ) is system


def test_the_workspace_is_an_absolute_path_or_none():
    assert workspaces_of({"GITHUB_WORKSPACE": "/a", "CI_PROJECT_DIR": ""}) == ("/a",)
    assert workspaces_of({"CI_PROJECT_DIR": "relative"}) == ()


def test_outputs_come_back_as_they_were(tmp_path):
    path = tmp_path / "outputs"
    values = {"one": "a=b", "two": "line\nghadelimiter_\n", "three": ""}
    for name, value in values.items():
        github.append({github.OUTPUTS: str(path)}, github.OUTPUTS, github.output(name, value))
    assert parse_pairs(path.read_text(encoding="utf-8")) == values


def test_nothing_is_appended_without_a_runner():
    github.append({}, github.OUTPUTS, "text")
    github.append({github.OUTPUTS: ""}, github.OUTPUTS, "text")


@pytest.mark.parametrize("environ", [{}, GITLAB])
def test_only_github_reads_commands(environ):
    log = job_log_of(environ)
    assert not log.reads_commands
    assert log.masks(["a secret value"]) + log.opening() + log.closing() == ""


def test_githubs_log_is_fenced_with_another_word_each_time():
    log = job_log_of(GITHUB)
    first = log.opening()
    assert log.closing() == first.replace("::stop-commands::", "::").replace("\n", "::\n")
    assert log.opening() != first
    group = log.open_section("a title").splitlines()
    assert [group[1], len(group)] == ["::group::a title", 3]
    assert log.masks(["short", "first line\nsecond line"]) == (
        "::add-mask::first line%0Asecond line\n::add-mask::first line\n::add-mask::second line\n"
    )


def test_the_package_imports_nothing_but_the_standard_library():
    """`action/bootstrap.py` imports it before anything is installed, and `errors`."""
    package = pathlib.Path(k6ci.__file__).parent
    for path in [*package.glob("ci/*.py"), package / "errors.py", package / "lines.py", package / "__init__.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                top = module.split(".")[0]
                assert top in sys.stdlib_module_names or module.startswith(("k6ci.ci", "k6ci.lines")), (path, module)


def test_the_commands_are_written_in_one_place():
    source = pathlib.Path(k6ci.ci.__file__).parent.parent
    words = ("::error", "::add-mask", "::group", "::stop-commands", "section_start", "ghadelimiter", "GITHUB_WORKSPACE")
    others = [path for path in source.rglob("*.py") if path.parent != source / "ci"]
    others.append(source.parent.parent / "action" / "bootstrap.py")
    found = {(path.name, word) for path in others for word in words if word in path.read_text(encoding="utf-8")}
    assert found == {("bootstrap.py", "::error")}, "a constant message, for an action without its source"


def test_events_cost_the_hook_no_json():
    code = "import sys, k6ci.ci.events, k6ci.ci.github; print('json' in sys.modules, 'pathlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(pathlib.Path(k6ci.__file__).parent.parent)},
    )
    assert done.stdout.split() == ["False", "False"]
