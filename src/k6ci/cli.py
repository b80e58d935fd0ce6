"""The command line, and the one boundary where errors become a message and an exit code.

Reads the process environment, once. From the first line to the last, everything written passes the Redactor.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

import typer
from typer.exceptions import TyperException

import k6ci
from k6ci.ci.job_log import job_log_of
from k6ci.ci.system import System
from k6ci.clock import SystemClock
from k6ci.commands.abort import abort
from k6ci.commands.account import register_account_commands
from k6ci.commands.check import check
from k6ci.commands.context import AppContext
from k6ci.commands.demo import demo
from k6ci.commands.emulator import emulator
from k6ci.commands.ending import Ending, Given, exit_code_of
from k6ci.commands.masks import SECRET_AT_LOGIN
from k6ci.commands.misplaced import known_secrets
from k6ci.commands.options import with_inputs
from k6ci.commands.run import run
from k6ci.commands.streams import Streams, guarded
from k6ci.errors import BugError, ExitCode, K6ciError, SettingsError, UsageError, error_lines, run_guarded
from k6ci.lines import marked, one_line
from k6ci.platforms import detect_platform
from k6ci.platforms.facts import Platform
from k6ci.platforms.github import decision_annotation
from k6ci.redaction import Redactor
from k6ci.render.wrapped import wrapped
from k6ci.results.model import Decision, Verdict
from k6ci.settings.catalogue import INPUTS, Face
from k6ci.settings.resolve import faces_of
from k6ci.stdio import prepare_streams

_CLI_INPUTS: Final = tuple(entry.name for entry in faces_of(Face.CLI))
_CONNECTION_INPUTS: Final = ("stack", "project-id", "config", "report-dir")

app = typer.Typer(
    help="Run Grafana Cloud k6 load tests from CI, with reliable exit codes and reports.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@dataclasses.dataclass
class _Call:
    """One call of the command line: what its context is made of, and how it ended."""

    environ: Mapping[str, str] = dataclasses.field(repr=False)
    platform: Platform
    redactor: Redactor
    streams: Streams
    ending: Ending = ExitCode.PASSED

    def context(self) -> AppContext:
        """The context of the command.

        Raises:
            SettingsError: the working directory was deleted.
        """
        try:
            folder = pathlib.Path.cwd()
        except OSError as error:
            cause = f"The working directory cannot be used: {error.strerror}."
            raise SettingsError(cause, "Change to a folder that exists, and run the command again.") from None
        return AppContext(
            self.environ,
            folder,
            pathlib.Path(sys.executable),
            self.streams.stdout,
            self.platform,
            self.redactor,
            SystemClock(),
            self.streams.job_log,
        )


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
    job_log, has_document = job_log_of(environ), "--json" in argv
    guard = guarded(job_log, redactor, secrets, has_document=has_document, is_whole_process=is_whole_process)
    with guard as streams:
        call = _Call(environ, platform, redactor, streams)
        ending = run_guarded(lambda: _invoke(call, argv), _report)
        if platform.system is System.GITHUB and isinstance(ending, Decision):
            streams.annotation = decision_annotation(ending)
    return int(exit_code_of(ending))


def _own_environment() -> dict[str, str]:
    """The environment of the process; no child inherits its secrets, whoever starts it (git, the demo's shop)."""
    environ = dict(os.environ)
    for name in (name for entry in INPUTS if entry.secret for name in entry.environment_names):
        os.environ.pop(name, None)
    return environ


def _invoke(call: _Call, argv: Sequence[str]) -> Ending:
    """Parse the command line and carry out its command."""
    argv = list(argv)
    if argv[:1] == ["login"] and argv[-1] in SECRET_AT_LOGIN:
        argv.append("")  # typer would ask for the value, which is refused
    try:
        code = app(argv, prog_name="k6ci", standalone_mode=False, obj=call)
    except TyperException as error:
        _report(UsageError(error.format_message(), "Run `k6ci --help` for usage."))
        return ExitCode.USAGE
    except SystemExit:  # typer's answer to a reader that has gone (`| head`): not known to have passed
        return ExitCode.UNKNOWN
    if isinstance(code, int) and code != 0:  # typer's own: 130 for Ctrl-C, else wrong usage
        return ExitCode.SIGINT if code == int(ExitCode.SIGINT) else ExitCode.USAGE
    return call.ending


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


def _command(ctx: typer.Context, action: Callable[[AppContext], Ending]) -> None:
    call = ctx.find_object(_Call)
    if call is None:
        raise AssertionError("main hands the call over")
    call.ending = action(call.context())


@app.command("run")
@with_inputs(*_CLI_INPUTS)
def _run(ctx: typer.Context, given: Given) -> None:
    """Run k6 scripts in Grafana Cloud k6, wait for the result, and report it."""
    _command(ctx, lambda context: run(context, given))


@app.command("check")
@with_inputs(*_CLI_INPUTS)
def _check(ctx: typer.Context, given: Given) -> None:
    """Check token, stack, project, k6 and scripts, without running anything."""
    _command(ctx, lambda context: check(context, given))


@app.command("abort")
@with_inputs(*_CONNECTION_INPUTS)
def _abort(
    ctx: typer.Context,
    given: Given,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN_FILE|RUN_ID]", help="a run file or a run id (default: run.json of the report dir)"
        ),
    ] = None,
    *,
    stale: Annotated[
        bool, typer.Option("--stale", help="stop what earlier attempts of this CI job have left running")
    ] = False,
) -> None:
    """Stop a test run that another process started."""
    _command(ctx, lambda context: abort(context, given, what, is_stale=stale))


@app.command("scan", add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def _scan(ctx: typer.Context) -> None:
    """Find secrets in files, in what is staged, or in commits."""
    from k6ci.secretscan import cli as scan_cli  # noqa: PLC0415 -- `__main__` goes there by itself: this is for the list of commands

    _command(ctx, lambda _context: ExitCode(scan_cli.main(ctx.args, is_fenced=True)))


@app.command("demo")
@with_inputs("k6-path", "report-dir")
def _demo(ctx: typer.Context, given: Given) -> None:
    """Run an example against an emulator on this machine: no account, nothing leaves it."""
    _command(ctx, lambda context: demo(context, given))


@app.command("emulator")
@with_inputs("k6-path")
def _emulator(
    ctx: typer.Context,
    given: Given,
    port: Annotated[int, typer.Option(min=0, max=65535, help="port on 127.0.0.1 (0: any free one)")] = 0,
    progression: Annotated[str, typer.Option(help="how a status moves: real, immediate or stepped")] = "real",
) -> None:
    """Start a loopback stand-in for Grafana Cloud k6 and print the environment that leads to it."""
    path = given["k6-path"]
    _command(
        ctx,
        lambda context: emulator(
            context, port=port, progression=progression, k6_path=path if isinstance(path, str) else None
        ),
    )


register_account_commands(app, _command)


def _show_version(*, value: bool) -> None:
    if value:
        typer.echo(f"k6ci {k6ci.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="the version")
    ] = False,
) -> None:
    del version
