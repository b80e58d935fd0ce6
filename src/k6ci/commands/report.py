"""`k6ci report`: shows a result.json again, and delivers it again, for example from another job of the CI system.

The file is untrusted data (results/read.py): a workflow that may write comments reads the file of one that may not.
"""

from __future__ import annotations

import importlib
import pathlib
import sys
from typing import Annotated, Final

import anyio
import typer

from k6ci import files
from k6ci.ci.job_log import PlainLog
from k6ci.commands.command import FORMAT_OPTION, OUTPUT_OPTION, AsJson, Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode, SettingsError
from k6ci.publish import REPEATABLE, RESULT_NAME, Destination, Published, PullRequestReport, ReportFiles, publish
from k6ci.render.closing import show_report
from k6ci.render.console import console_for
from k6ci.render.document import report_document
from k6ci.results.model import Report
from k6ci.results.read import MAX_BYTES, read_report
from k6ci.runs.interruption import Interruption
from k6ci.settings.resolve import resolve

# Of each format: the ending of its files, and the module and function that render it, imported when they are needed.
_FORMATS: Final = {
    "markdown": (".md", "markdown", "summary_markdown"),
    "json": (".json", "document", "report_json"),
    "junit": (".xml", "junit", "report_junit"),
    "html": (".html", "html", "report_html"),
    "console": (".txt", "closing", "report_text"),
}
_ENDINGS: Final = {ending: name for name, (ending, *_) in _FORMATS.items()}


def report(
    context: AppContext,
    raw_inputs: RawInputs,
    result_file: Annotated[
        str | None,
        typer.Argument(
            metavar="RESULT_FILE", help="A result.json that k6ci wrote. Default: the one in the report folder."
        ),
    ] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option(
            OUTPUT_OPTION, metavar="FILE", help="Also write the report to FILE (.md, .json, .xml, .html, .txt)."
        ),
    ] = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            FORMAT_OPTION,
            metavar="FORMAT",
            help="markdown, json, junit, html or console: the format of --output, or else of the standard output.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> CommandResult:
    """Show and deliver the report in `result_file`. The exit code is 0 whatever its verdict is.

    Raises:
        SettingsError: the file is not a result.json that this version reads, or `output` cannot be written.
    """
    chosen = _format(output, output_format)
    settings = resolve(raw_inputs, context.environ, context.folder, reads_config=False)
    for problem in settings.problems:
        raise problem
    path = context.folder / (settings.report_dir / RESULT_NAME if result_file is None else result_file)
    found = _read(path, context)
    interruption = Interruption()
    destination = Destination(
        ReportFiles(path.parent, context.checkout.root),
        context.platform,
        context.environ,
        context.folder,
        PullRequestReport.of(settings, context.platform.system),
        reads_scripts=False,
    )
    with interruption.listening():
        published = anyio.run(_publish, found, destination, context, interruption)
    if output is not None and chosen is not None:
        _write(context.folder / output, _rendered(published.report, chosen), context)
    if as_json or (chosen == "json" and output is None):
        context.write_document(report_document(published.report))
    elif chosen is not None and output is None:
        context.stdout.write(_rendered(published.report, chosen))
    else:
        show_report(console_for(context.stdout), published.report)
        context.remark("warning", published.warnings)
        context.remark("notice", published.notices)
        return interruption.exit_code or ExitCode.PASSED
    for sentence in published.warnings:  # the standard output is for the report alone
        sys.stderr.write(PlainLog().remark("warning", sentence))
    return interruption.exit_code or ExitCode.PASSED


def _format(output: str | None, chosen: str | None) -> str | None:
    """The format for a file, by its ending unless one is chosen, or for the standard output; None shows the report."""
    if chosen is not None and chosen not in _FORMATS:
        raise SettingsError(f"--format: {chosen} is not a format.", f"Choose one of {', '.join(_FORMATS)}.")
    if output is None and chosen == "console":
        return None
    if output is None or chosen is not None:
        return chosen
    found = _ENDINGS.get(pathlib.PurePath(output).suffix)
    if found is None:
        raise SettingsError(
            f"--output: {output} ends with none of {', '.join(_ENDINGS)}.", "Change the name, or add --format."
        )
    return found


def _rendered(report: Report, chosen: str) -> str:
    _, module, function = _FORMATS[chosen]
    text: str = getattr(importlib.import_module(f"k6ci.render.{module}"), function)(report)
    return text


async def _publish(
    report: Report, destination: Destination, context: AppContext, interruption: Interruption
) -> Published:
    with interruption.attached():
        return await publish(report, destination, context.redactor, interruption, modules=REPEATABLE)


def _read(path: pathlib.Path, context: AppContext) -> Report:
    try:
        return read_report(files.read_bytes(path, root=context.checkout.root, max_bytes=MAX_BYTES))
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"{path} cannot be read: {reason}.", "Name a result.json that k6ci wrote.") from None
    except ValueError as error:
        raise SettingsError(
            f"{path} is not a result.json that this k6ci reads: {error}.",
            "Name a result.json that the same version of k6ci wrote.",
        ) from None


def _write(path: pathlib.Path, text: str, context: AppContext) -> None:
    try:
        files.write_text(path, text, root=context.checkout.root)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"--output: {path} cannot be written: {reason}.", "Name another file.") from None


COMMAND: Final = Command(
    "report",
    report,
    "Show a result.json again, and deliver it to the CI system again.",
    inputs=("report-dir", "comment", "check-run", "report-id"),
)
