"""Words that must not come back: each has a plain term of the field in its place.

Looked through are the help of every command, the inputs, the documents, the faces that users copy, and every text that
the code may print. Names of classes and modules have a list of their own.
"""

from __future__ import annotations

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest

from k6ci import cli
from k6ci.secretscan import cli as scan_cli

pytestmark = pytest.mark.unmeasured

ROOT = pathlib.Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "k6ci").rglob("*.py"))
SHOWN = sorted(
    path
    for pattern in (
        "*.md",
        "docs/*.md",
        "ci_templates/*",
        "templates/**/*",
        "examples/**/*",
        "action.yml",
        ".pre-commit-hooks.yaml",
    )
    for path in ROOT.glob(pattern)
    if path.is_file()
)

# What must not come back, as a regular expression, and the plain term.
WORDS = {
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bjudg(?:e|es|ed|ing|ement)\b": "scan, skip, check, decide",
    r"\bstands? in the way\b": "limit reached, or the name of the obstacle",
    r"\bleads? elsewhere\b": "unexpected redirect, not found",
    r"\bthe truth about\b|\btold the truth\b": "reliable exit codes and reports",
    r"\bfor a place\b|\bno place for\b": "concurrency limit, test slot",
    r"\b(?:all \d+|that|checks?|must) h[oe]ld\b": "pass, passed",
    r"\bmost virtual user hours\b|\bleast share\b": "maximum, minimum",
    r"\bwhat bec[ao]mes? of\b": "how ... is handled",
    r"\bno such page\b": "this page does not exist",
    r"\bis not of (?:it|this stack)\b": "belongs to another stack",
    r"\bnothing has expanded\b": "was not expanded",
    r"\blook(?:s|ed)? at commits\b|\bcommits to look at\b": "scan",
    r"\bshows what there is\b": "for usage",
    r"\blooks? like a real one\b": "looks like a real password",
    r"\bfind what is wrong\b": "diagnose",
    r"\bleft out\b": "omitted",
    r"\bwere waited\b": "gave up after",
    r"\bsomething was measured\b|\bnothing was measured\b|\banything was measured\b": "metrics were recorded",
}
# Names of an idiom of our own, by the term that took their place.
NAMES = {
    "Surroundings": "AppContext",
    "Ending": "CommandResult",
    "Order": "RunRequest",
    "Outcome": "RunResult",
    "Given": "RawInputs",
    "Wish": "LoginOptions",
    "Equipment": "RunServices",
    "Patience": "Timeouts",
    "Glimpse": "LiveMetrics",
    "Audience": "SuiteListener",
    "Observer": "RunListener",
    "Narrator": "LineReporter",
    "StackSide": "resolve_stack",
    "ScriptSide": "prepare_scripts",
    "Station": "StatusChange",
    "Spot": "LineContext",
    "Looked": "ScanResult",
    "Lookalike": "FalsePositiveRule",
    "World": "StackState",
    "Stage": "EmulatorServices",
    "Conductor": "RunExecutor",
    "Destiny": "RunScenario",
    "Gatekeeper": "Authenticator",
    "FaultBox": "FaultRegistry",
    "Dwell": "StatusDelays",
    "LogBook": "LogBuffer",
}
MODULES = {
    "surroundings",
    "ending",
    "leftover",
    "readback",
    "mark",
    "masks",
    "checkup",
    "webapp",
    "narrator",
}


def texts_of(source: str) -> Iterator[tuple[int, str]]:
    """Every text of a module but docstrings."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def found_in(text: str) -> list[str]:
    flat = re.sub(r"\s+", " ", text)
    return [
        f"{match[0]!r} (write: {plain})"
        for word, plain in WORDS.items()
        for match in re.finditer(word, flat, re.IGNORECASE)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src" / "k6ci")))
def test_no_text_that_the_code_may_print_has_one(path: pathlib.Path) -> None:
    wrong = [
        f"line {line}: {word}" for line, text in texts_of(path.read_text(encoding="utf-8")) for word in found_in(text)
    ]
    assert not wrong


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_or_template_has_one(path: pathlib.Path) -> None:
    assert not found_in(path.read_text(encoding="utf-8"))


def test_no_class_or_module_has_a_name_of_our_own_idiom() -> None:
    found = [
        f"{node.name} in {path.name} (write: {NAMES[node.name]})"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and node.name in NAMES
        and not (node.name == "Outcome" and "secretscan" in path.parts)  # of a decision of the scan
    ]
    assert not found
    assert not MODULES & {path.stem for path in SOURCES}


def test_the_help_of_every_command_has_none_and_fits_in_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    def shown(*argv: str) -> str:
        if argv == ("scan",):  # it has a command line of its own
            assert scan_cli.main(["--help"]) == 0
        else:
            assert cli.main([*argv, "--help"], {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}) == 0
        return capsys.readouterr().out

    top = shown()
    commands = re.findall(r"^  ([a-z][a-z0-9-]*)  ", top.split("Commands:")[1], flags=re.MULTILINE)
    assert len(commands) >= 11
    for text in (top, *(shown(command) for command in commands)):
        assert not found_in(text)
        assert max(map(len, text.splitlines())) <= 80


def test_the_list_finds_what_it_lists() -> None:
    """The patterns work, and the plain sentences in their place are not found."""
    assert found_in("2 checks held; mend the script") == ["'checks held' (write: pass, passed)"] or found_in(
        "mend the script"
    )
    assert found_in("checks: all 3 held")
    assert found_in("waiting\nfor a place")
    assert not found_in("checks: 3 passed. Fix the script. Concurrency limit reached.")
