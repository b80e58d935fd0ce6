"""The table of docs/architecture.md follows `run` through the code: every name is there, and called in that order."""

from __future__ import annotations

import ast
import itertools
import pathlib
import re
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SOURCE = ROOT / "src" / "k6ci"
ROW = re.compile(
    r"^\| [^|]+ \| `(?P<name>\w+)` \| `(?P<module>[\w/.]+)` \| `(?P<caller>[\w/.]+)` \| [^|]+ \|$", re.MULTILINE
)
# Where a module begins; in the others every function is followed in the order of the file.
ENTRIES = {
    "commands/run.py": ["run"],
    "pipeline.py": ["run"],
    "preflight/__init__.py": ["preflight"],
    "suite.py": ["run_suite"],
    "runs/api.py": ["run"],
    "runs/attend.py": ["attend", "to_the_end"],
    "results/collect.py": ["collect"],
    "results/assemble.py": ["run_report"],
}


def rows() -> list[tuple[str, str, str]]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return [(row["name"], row["module"], row["caller"]) for row in ROW.finditer(text)]


def definitions(tree: ast.Module) -> dict[str, ast.AST]:
    """The functions, methods and classes of a module, by name."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name: node for node in ast.walk(tree) if isinstance(node, kinds)}


def names_used(node: ast.AST, known: dict[str, ast.AST], followed: frozenset[str]) -> Iterator[str]:
    """The names in order of execution: arguments before what is called, functions of the module inlined."""
    if isinstance(node, ast.Call):
        parts = [*node.args, *[keyword.value for keyword in node.keywords], node.func]
    else:
        parts = list(ast.iter_child_nodes(node))
    for part in parts:
        yield from names_used(part, known, followed)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if name:
        yield name
    if name in known and name not in followed and not isinstance(known[name], ast.ClassDef):
        yield from names_used(known[name], known, followed | {name})


def test_the_walk_names_every_step():
    """As many as there are, and each only once."""
    found = rows()
    assert len(found) >= 24
    assert len({(name, module) for name, module, _ in found}) == len(found)


@pytest.mark.parametrize(("name", "module", "caller"), rows())
def test_each_step_is_where_the_walk_says(name, module, caller):
    """The module defines it."""
    assert (SOURCE / caller).is_file()
    assert name in definitions(ast.parse((SOURCE / module).read_text(encoding="utf-8")))


@pytest.mark.parametrize("caller", sorted({caller for *_, caller in rows()}))
def test_each_module_calls_its_steps_in_the_order_of_the_walk(caller):
    """By its syntax tree: no step is missing, and none comes before the one above it."""
    known = definitions(ast.parse((SOURCE / caller).read_text(encoding="utf-8")))
    used = list(
        itertools.chain.from_iterable(names_used(known[entry], known, frozenset({entry})) for entry in ENTRIES[caller])
    )
    steps = [name for name, _, by in rows() if by == caller]
    assert not set(steps) - set(used)
    assert [name for name in dict.fromkeys(used) if name in steps] == steps
