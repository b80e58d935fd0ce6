"""`k6ci run`: runs scripts in the cloud; result.json and summary.md are written however it ends."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Final

import anyio

from k6ci import files, pipeline
from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import SettingsError, failure_of
from k6ci.k6.flags import variables_in
from k6ci.lines import one_line
from k6ci.publish import Destination, Published, PullRequestReport, ReportFiles, publish
from k6ci.redaction.names import secrets_in
from k6ci.render.plain import PlainSuiteListener
from k6ci.results.assemble import failed_report
from k6ci.runs.folderlock import reserved_number
from k6ci.runs.interruption import Interruption
from k6ci.runs.listener import SuiteListener
from k6ci.runs.run_record import RUN_FILE_NAME, remove_if_ended
from k6ci.settings.catalogue import BY_NAME, Face, names_on
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve


def run(context: AppContext, raw_inputs: RawInputs) -> CommandResult:
    """Resolve the inputs, run, publish; the result is the report's decision."""
    settings = resolve(raw_inputs, context.environ, context.folder)
    return run_settings(settings.replaced(report_dir=context.folder / settings.report_dir), context)


def run_settings(settings: Settings, context: AppContext) -> CommandResult:
    """Run what the settings say; `settings.report_dir` is absolute.

    Raises:
        Exception: a bug; a report about it is written nevertheless.
    """
    _mask_variables(settings, context)
    settings = _with_report_dir(settings, context)
    interruption = Interruption()
    # Signals are listened to until the last line of the report: none must cost it.
    with interruption.listening(), reserved_number(settings.report_dir) as number:
        report_files = ReportFiles(settings.report_dir, context.checkout.root, number)
        settings = _cleared(settings, report_files)
        pull_request = PullRequestReport.of(settings, context.platform.system)
        destination = Destination(report_files, context.platform, context.environ, context.folder, pull_request)
        try:
            with _listener(settings, context) as listener:
                inputs = _inputs(settings, context, listener, interruption, destination)
                published = anyio.run(pipeline.run, inputs)
        except Exception as error:
            report = failed_report(failure_of(error), is_emulated=settings.is_emulated, warnings=())
            anyio.run(publish, report, destination, context.redactor, interruption)
            raise
        return _shown(published, report_files, context)


def _inputs(
    settings: Settings,
    context: AppContext,
    listener: SuiteListener,
    interruption: Interruption,
    destination: Destination,
) -> pipeline.RunInputs:
    return pipeline.RunInputs(
        settings,
        context.environ,
        context.checkout,
        context.k6_source(settings),
        context.platform,
        context.clock,
        context.redactor,
        listener,
        interruption,
        destination,
    )


def _shown(published: Published, report_files: ReportFiles, context: AppContext) -> CommandResult:
    # What drew the report's page is free again by now: its memory is enough for rich.
    from k6ci.render.closing import show_report  # noqa: PLC0415
    from k6ci.render.console import console_for  # noqa: PLC0415

    report, console = published.report, console_for(context.stdout)
    try:
        show_report(console, report)
    except OSError:
        raise  # the output has no reader
    except Exception as error:  # noqa: BLE001 -- the report is written, and its decision stands
        context.say(f"The report cannot be shown, by a bug in k6ci ({type(error).__name__}): {report.decision.reason}")
    context.remark("warning", published.warnings)
    context.remark("notice", published.notices)
    if report_files.html.exists():  # unless it could not be written; that of an earlier run was removed
        console.print(f"report: {one_line(str(report_files.html))}", markup=False, soft_wrap=True)
    return report.decision


def _mask_variables(settings: Settings, context: AppContext) -> None:
    """A secret in -e reaches the cloud in clear, which is its author's choice; our output does not repeat it."""
    for variable in (*settings.variables, *variables_in(settings.flags)):
        name, _, value = variable.partition("=")
        for secret in secrets_in(name, value):
            context.redactor.add(secret)


def _with_report_dir(settings: Settings, context: AppContext) -> Settings:
    """The settings with a report directory that can be written: if none was named, a temporary folder will do."""
    cause = f"report-dir: {settings.report_dir} cannot be written"
    try:
        files.make_folder(settings.report_dir, root=context.checkout.root)
        with tempfile.TemporaryFile(dir=settings.report_dir):  # the folder may exist and be read-only
            pass
    except files.UnsafePathError as error:
        raise SettingsError(f"{cause}: {error.strerror}.", "Remove the link, or name another folder.") from None
    except OSError as error:
        cause = f"{cause}: {error.strerror}"
        if settings.report_dir != context.folder / str(BY_NAME["report-dir"].default):
            raise SettingsError(f"{cause}.", "Name another folder.") from None
    else:
        return settings
    try:
        elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="k6ci-report-"))
    except OSError:
        raise SettingsError(f"{cause}, nor can a temporary folder.", "Name a folder, or set TMPDIR to one.") from None
    note = f"{cause}; the report goes to {elsewhere}."
    return settings.replaced(report_dir=elsewhere, notes=(*settings.notes, note))


def _cleared(settings: Settings, report_files: ReportFiles) -> Settings:
    """Nothing of an earlier run may be taken for this one's report, and nothing of another process's be overwritten."""
    for path in report_files.every:
        try:
            files.remove(path, root=report_files.root)
        except OSError as error:
            raise SettingsError(
                f"report-dir: {path} cannot be replaced: {error.strerror}.", "Remove it, or name another folder."
            ) from None
    remove_if_ended(report_files.folder / RUN_FILE_NAME, root=report_files.root)
    if report_files.number == 1:
        return settings
    note = f"Another k6ci uses {report_files.folder} at the moment; this one's report is {report_files.result.name}."
    return settings.replaced(notes=(*settings.notes, note))


@contextlib.contextmanager
def _listener(settings: Settings, context: AppContext) -> Iterator[SuiteListener]:
    """A live view on a terminal, plain lines in CI and in pipes."""
    if settings.is_ci or not context.stdout.isatty():
        yield PlainSuiteListener(context.stdout, context.job_log)
        return
    from k6ci.render.console import console_for  # noqa: PLC0415 -- CI jobs do not pay for it
    from k6ci.render.live import LiveSuiteListener  # noqa: PLC0415

    with LiveSuiteListener(console_for(context.stdout)) as live:
        yield live


COMMAND: Final = Command(
    "run", run, "Run k6 scripts in Grafana Cloud k6 and report the result.", inputs=names_on(Face.CLI)
)
