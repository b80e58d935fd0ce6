"""The command line, and the boundary where errors become a message and an exit code.

Reads the process environment, once. From the first line to the last, everything written passes the Redactor.
"""

from __future__ import annotations

import functools
import importlib
import os
import pathlib
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Final

import typer
from typer.exceptions import TyperException

import k6ci
from k6ci.ci.job_log import job_log_of
from k6ci.ci.system import System
from k6ci.clock import SystemClock
from k6ci.commands.command import Command, CommandResult, exit_code_of, has_json
from k6ci.commands.context import AppContext
from k6ci.commands.known_secrets import known_secrets
from k6ci.commands.options import add_command
from k6ci.commands.streams import Streams, guarded
from k6ci.errors import BugError, ExitCode, K6ciError, SettingsError, UsageError, error_lines, run_guarded
from k6ci.lines import marked, one_line
from k6ci.platforms import detect_platform
from k6ci.platforms.facts import Platform
from k6ci.platforms.github.job import decision_annotation
from k6ci.redaction import Redactor
from k6ci.redaction.values import redacted
from k6ci.render.wrapped import wrapped
from k6ci.results.model import Decision, Verdict
from k6ci.settings.catalogue import INPUTS
from k6ci.stdio import prepare_streams

COMMANDS: Final = (
    "run",
    "check",
    "abort",
    "conclude",
    "compare",
    "report",
    "scan",
    "demo",
    "emulator",
    "install-k6",
    "login",
    "whoami",
    "projects",
    "doctor",
    "logout",
)
"""The commands, in the order in which `k6ci --help` lists them; each is declared by the module of its name."""


def import_commands(argv: Sequence[str]) -> tuple[Command, ...]:
    """The command that the arguments name, whose module is imported; all commands if they name none (`--help`)."""
    names = argv[:1] if argv and argv[0] in COMMANDS else COMMANDS
    return tuple(importlib.import_module(f"k6ci.commands.{name.replace('-', '_')}").COMMAND for name in names)


def main(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name.
        environ: the environment; None for that of the process.

    Returns:
        The exit code (docs/usage.md).
    """
    is_whole_process = environ is None
    environ = _own_environment() if environ is None else environ
    platform, redactor = detect_platform(environ), Redactor()
    prepare_streams()
    secrets = known_secrets(platform, redactor, argv, environ)
    job_log, has_document = job_log_of(environ), has_json(argv)
    guard = guarded(job_log, redactor, secrets, has_document=has_document, is_whole_process=is_whole_process)
    with guard as streams:
        context = functools.partial(_context, environ, platform, redactor, streams)
        result = run_guarded(lambda: _invoke(command_line(import_commands(argv), context), argv), _report)
        if platform.system is System.GITHUB and isinstance(result, Decision):
            streams.annotation = decision_annotation(redacted(result, redactor))
    return int(exit_code_of(result))


def command_line(commands: Iterable[Command], context: Callable[[], AppContext]) -> typer.Typer:
    """A command line with these commands; `context` makes what a command runs in."""
    app = typer.Typer(
        help="Run Grafana Cloud k6 load tests from CI, with reliable exit codes and reports.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_options)
    for command in commands:
        add_command(app, command, context)
    return app


def _own_environment() -> dict[str, str]:
    """A copy of the process environment; its secrets are removed from the original, which child processes inherit."""
    environ = dict(os.environ)
    for name in (name for entry in INPUTS if entry.secret for name in entry.environment_names):
        os.environ.pop(name, None)
    return environ


def _context(environ: Mapping[str, str], platform: Platform, redactor: Redactor, streams: Streams) -> AppContext:
    try:
        folder = pathlib.Path.cwd()
    except OSError as error:  # the working directory was deleted
        cause = f"The working directory cannot be used: {error.strerror}."
        raise SettingsError(cause, "Change to a folder that exists, and run the command again.") from None
    python = pathlib.Path(sys.executable)
    return AppContext(environ, folder, python, streams.stdout, platform, redactor, SystemClock(), streams.job_log)


def _invoke(app: typer.Typer, argv: Sequence[str]) -> CommandResult:
    """Parse the arguments and carry out the command that they name."""
    try:
        result = app(list(argv), prog_name="k6ci", standalone_mode=False)
    except TyperException as error:
        _report(UsageError(error.format_message(), "Run `k6ci --help` for usage."))
        return ExitCode.USAGE
    except SystemExit:  # typer's answer to a reader that has gone (`| head`): not known to have passed
        return ExitCode.UNKNOWN
    if isinstance(result, Decision | ExitCode):
        return result
    # typer's own codes: none for --help and --version, 130 for Ctrl-C, else wrong usage
    return {None: ExitCode.PASSED, 0: ExitCode.PASSED, 130: ExitCode.SIGINT}.get(result, ExitCode.USAGE)


def _report(error: K6ciError) -> Decision:
    """Show an error on standard error; a crash with its traceback, which passes the Redactor as everything does."""
    if isinstance(error, BugError) and error.__cause__ is not None:
        trace = "".join(traceback.format_exception(error.__cause__))
        lines = "\n".join(marked(trace, first="  | "))
        sys.stderr.write(f"{lines}\n\nk6ci {k6ci.__version__}, Python {sys.version.split()[0]}\n")
    notes = [f"note: {one_line(note)}" for note in getattr(error, "__notes__", ())]
    for line in [*notes, *error_lines(error)]:  # what is wrapped goes on below the text of its first line
        sys.stderr.write(f"{wrapped(line, sys.stderr, indent=5 if line.startswith('  ->') else 6)}\n")
    return Decision(Verdict.ERROR, error.code, error.cause, error.remedy)


def _show_version(*, value: bool) -> None:
    if value:
        typer.echo(f"k6ci {k6ci.__version__}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del version
