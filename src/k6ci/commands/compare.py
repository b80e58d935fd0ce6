"""`k6ci compare`: compares test runs that have ended with earlier runs of their load tests, and decides nothing."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Annotated, Final

import anyio
import typer

from k6ci import files
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CallError, explained
from k6ci.commands.command import AsJson, Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.commands.session import opened_session
from k6ci.errors import ExitCode, SettingsError
from k6ci.history.comparison import NewRun, comparison_of
from k6ci.history.earlier_runs import read_history
from k6ci.k6.script_options import is_closed_model, options_digest
from k6ci.lines import one_line
from k6ci.publish.delivery import RESULT_NAME
from k6ci.render.closing import show_comparison
from k6ci.render.console import console_for
from k6ci.results.collect import measure
from k6ci.results.comparison import Comparison
from k6ci.results.details import collect_details
from k6ci.results.read import MAX_BYTES, read_report
from k6ci.runs.plan import RunPlan
from k6ci.runs.run_note import Revision, run_note_in
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve

_REMEDY: Final = "Name the IDs of test runs: `k6ci compare 123456`."


def compare(
    context: AppContext,
    raw_inputs: RawInputs,
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN_ID", help="Run IDs. Default: those of result.json in the report folder."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> CommandResult:
    """Compare each run with its history.

    Raises:
        K6ciError: a run is not known or still runs, the token is refused, or the stack is not found.
    """
    settings = resolve(raw_inputs, context.environ, context.folder)
    run_ids = [_run_id(run) for run in runs] if runs else _of_report(context.folder / settings.report_dir, context)
    found = anyio.run(_compare_all, run_ids, settings, context)
    if as_json:
        context.write_document([{"run_id": run_id, **dataclasses.asdict(one)} for run_id, one in found.items()])
        return ExitCode.PASSED
    console = console_for(context.stdout)
    for run_id, comparison in found.items():
        emulated = " (EMULATED)" if settings.is_emulated else ""
        console.print(f"test run {run_id}{emulated}", markup=False)
        show_comparison(console, comparison)
        console.print()
    return ExitCode.PASSED


def _run_id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**63:
        raise SettingsError(f"{one_line(text)} is not the ID of a test run.", _REMEDY)
    return int(text)


def _of_report(folder: pathlib.Path, context: AppContext) -> list[int]:
    """The runs of the last report, without those that confirmed others."""
    path = folder / RESULT_NAME
    try:
        report = read_report(files.read_bytes(path, root=context.checkout.root, max_bytes=MAX_BYTES))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.", _REMEDY) from None
    except ValueError as error:
        raise SettingsError(f"{path} is not a result.json that this k6ci reads: {error}.", _REMEDY) from None
    found = [run.run_id for run in report.runs if run.run_id is not None and run.confirms is None]
    if not found:
        raise SettingsError(f"{path} has no test run.", _REMEDY)
    return found


async def _compare_all(run_ids: list[int], settings: Settings, context: AppContext) -> dict[int, Comparison]:
    found: dict[int, Comparison] = {}
    async with opened_session(settings, context, wants_project=False) as session:
        for run_id in dict.fromkeys(run_ids):
            try:
                found[run_id] = await _compared(session.client, run_id, settings.regression_limit)
            except CallError as error:
                raise explained(error, session.client.origin) from None
    return found


async def _compared(client: CloudClient, run_id: int, regression_limit: float) -> Comparison:
    run = await client.run_with_options(run_id)
    if not run.is_terminal or run.test_id is None:
        raise SettingsError(f"Test run {run_id} has not ended (status {run.status}).", "Compare it when it has ended.")
    note = run_note_in(run.note)
    options = run.options or {}
    revision = note.revision if note is not None else Revision(options=options_digest(options))
    measurements = await measure(client, run_id, RunPlan())
    details = await collect_details(client, run, measurements.metric_names)
    new = NewRun(run, revision, is_closed_model(options), dataclasses.replace(measurements, details=details))
    return comparison_of(new, await read_history(client, run.test_id, run, revision), regression_limit=regression_limit)


COMMAND: Final = Command(
    "compare",
    compare,
    "Compare test runs with earlier runs of their load tests.",
    inputs=("stack", "config", "report-dir", "regression-limit"),
)
