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
    declared = {module.COMMAND.name for module in modules if hasattr(module, "COMMAND")}
    assert declared == set(cli.COMMANDS)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_command_is_named_like_its_module_and_documented(name):
    assert [command.name for command in cli.import_commands([name])] == [name]
    assert f"k6ci {name}" in (PROJECT / "docs" / "usage.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in cli.COMMANDS if name != "scan"])
def test_the_usage_marks_optional_arguments_once(name, capsys):
    assert cli.main([name, "--help"], {}) == 0
    assert "[[" not in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["--help"], ["--version"], ["unknown"], ["--json", "run"]])
def test_arguments_that_name_no_command_get_all_of_them(argv):
    assert tuple(command.name for command in cli.import_commands(argv)) == cli.COMMANDS
