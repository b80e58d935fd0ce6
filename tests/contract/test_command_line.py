"""Each module of `commands/` that declares a command is in the command line, under its own name, and documented."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import k6ci.commands
from faces import PROJECT
from k6ci import cli


def test_every_declared_command_is_in_the_command_line():
    modules = [
        importlib.import_module(f"k6ci.commands.{one.name}") for one in pkgutil.iter_modules(k6ci.commands.__path__)
    ]
    declared = {module for module in modules if hasattr(module, "COMMAND")}
    assert declared == set(cli.MODULES)


@pytest.mark.parametrize("module", cli.MODULES, ids=lambda module: module.COMMAND.name)
def test_a_command_is_named_like_its_module_and_documented(module):
    name = module.COMMAND.name
    assert module.__name__ == f"k6ci.commands.{name.replace('-', '_')}"
    assert f"k6ci {name}" in (PROJECT / "docs" / "usage.md").read_text(encoding="utf-8")
