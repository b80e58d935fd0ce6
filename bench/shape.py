"""Counts what makes code hard to change: size, public names, parameters that are only handed on, context objects.

    python -m bench shape                  this checkout
    K6CI_SHAPE_SRC=path python -m bench shape      another one, to compare

Static, by the syntax tree: a call is resolved by the name of what it calls when the project has one function or class
of that name. A parameter counts as passed through three functions when f hands it to g, and g to h.
"""

from __future__ import annotations

import ast
import collections
import os
import pathlib
from collections.abc import Iterator

_CONTEXTS = ("Surroundings", "AppContext")
_PLATFORMS = ("Platform", "JobFacts", "PlatformFacts")
_CHAIN = 3

Node = tuple[str, str]


def main() -> int:
    """Print the counts; there is no goal to miss."""
    source = pathlib.Path(os.environ.get("K6CI_SHAPE_SRC") or pathlib.Path(__file__).parents[1] / "src")
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(source.rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    print(f"files                                      {len(texts):6}")
    print(f"lines                                      {sum(len(text.splitlines()) for text in texts.values()):6}")
    print(
        f"files over 250 lines                       {sum(len(text.splitlines()) > 250 for text in texts.values()):6}"
    )
    print(f"public names (module level, and methods)   {sum(_public_names(tree) for tree in trees.values()):6}")
    print(f"parameters passed through {_CHAIN} functions       {len(_passed_through(trees)):6}")
    importing = [path for path, tree in trees.items() if _imports(tree, _CONTEXTS)]
    print(f"modules that import a context object       {len(importing):6}")
    for name, count in _members(trees):
        print(f"members of {name:31} {count:6}")
    return 0


def _public_names(tree: ast.Module) -> int:
    found = 0
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found += not node.name.startswith("_")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += sum(isinstance(one, ast.Name) and not one.id.startswith("_") for one in targets)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = (one for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)))
            found += sum(not one.name.startswith("_") for one in methods)
    return found


def _imports(tree: ast.Module, names: tuple[str, ...]) -> bool:
    return any(
        alias.name in names for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    )


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Functions by the name under which they are called (a class for its `__init__`), and whether `self` is first."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node, False
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    is_static = any(
                        isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in one.decorator_list
                    )
                    yield (node.name if one.name == "__init__" else one.name), one, not is_static


def _passed_through(trees: dict[pathlib.Path, ast.Module]) -> set[Node]:
    by_name: dict[str, list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]] = collections.defaultdict(list)
    for tree in trees.values():
        for name, node, has_self in _functions(tree):
            by_name[name].append((node, has_self))
    unique = {name: found[0] for name, found in by_name.items() if len(found) == 1}
    edges: dict[Node, set[Node]] = collections.defaultdict(set)
    for name, (node, _) in unique.items():
        own = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)} - {"self", "cls"}
        for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
            for parameter, target in _handed_on(call, own, unique):
                if target[0] != name:
                    edges[name, parameter].add(target)
    return {start for start in list(edges) if _depth(start, edges, frozenset()) >= _CHAIN}


def _handed_on(
    call: ast.Call, own: set[str], unique: dict[str, tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]
) -> Iterator[tuple[str, Node]]:
    function = call.func
    called = (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
    arguments = [*call.args]
    if called in ("partial", "start_soon", "run_sync", "run") and arguments and isinstance(arguments[0], ast.Name):
        called = arguments[0].id
        del arguments[0]
    if called not in unique:
        return
    node, has_self = unique[called]
    names = [argument.arg for argument in node.args.args][1 if has_self else 0 :]
    for position, value in enumerate(arguments):
        if isinstance(value, ast.Name) and value.id in own and position < len(names):
            yield value.id, (called, names[position])
    for keyword in call.keywords:
        if isinstance(keyword.value, ast.Name) and keyword.value.id in own and keyword.arg:
            yield keyword.value.id, (called, keyword.arg)


def _depth(start: Node, edges: dict[Node, set[Node]], seen: frozenset[Node]) -> int:
    """How many functions the parameter reaches, with the first."""
    if start in seen:
        return 0
    return 1 + max((_depth(one, edges, seen | {start}) for one in edges.get(start, ())), default=0)


def _members(trees: dict[pathlib.Path, ast.Module]) -> Iterator[tuple[str, int]]:
    for tree in trees.values():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name in _PLATFORMS:
                fields = [
                    one for one in node.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.AnnAssign))
                ]
                yield node.name, len(fields)
