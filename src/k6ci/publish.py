"""Delivers a report: result.json, summary.md, the job's summary and outputs. A failed delivery is a warning."""

from __future__ import annotations

import dataclasses
import enum
import pathlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from k6ci import files
from k6ci.platforms.surroundings import Surroundings
from k6ci.redaction import Redactor
from k6ci.render.document import report_json
from k6ci.render.markdown import report_markdown
from k6ci.results.model import Report

RESULT_NAME: Final = "result.json"
SUMMARY_NAME: Final = "summary.md"


def redacted(value: Any, redactor: Redactor) -> Any:
    """A report, or a part of one, with every text redacted: wrapping and styling then find nothing to cut apart."""
    if isinstance(value, enum.Enum):
        return value
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, tuple):
        return tuple(redacted(item, redactor) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: redacted(getattr(value, field.name), redactor) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    return value


def publish(report: Report, report_dir: pathlib.Path, around: Surroundings) -> list[str]:
    """Deliver everything that can be delivered; returns a sentence for each delivery that failed."""
    markdown = around.redactor.text(report_markdown(report))
    document = around.redactor.text(report_json(report))
    result_path, summary_path = report_dir / RESULT_NAME, report_dir / SUMMARY_NAME
    root = files.checkout_root(around.folder, around.environ)
    deliveries: list[tuple[str, Callable[[], None]]] = [
        (str(result_path), lambda: files.write_text(result_path, document, root=root)),
        (str(summary_path), lambda: files.write_text(summary_path, markdown, root=root)),
        ("the job's summary", lambda: _append_summary(around, markdown)),
        ("the outputs", lambda: around.platform.write_outputs(dict(_outputs(report, result_path)))),
    ]
    problems = []
    for name, deliver in deliveries:
        try:
            deliver()
        except OSError as error:
            problems.append(f"{name} could not be written: {error.strerror or error}.")
    return problems


def announce(run_ids: list[int], run_urls: list[str], around: Surroundings) -> None:
    """Hand over the runs at once, so that a later step can stop them even if this one is killed."""
    around.platform.write_outputs({"run-id": "\n".join(map(str, run_ids)), "run-url": "\n".join(run_urls)})


def _outputs(report: Report, result_path: pathlib.Path) -> Iterator[tuple[str, str]]:
    yield "run-id", "\n".join(str(run.run_id) for run in report.runs if run.run_id is not None)
    yield "run-url", "\n".join(run.run_url for run in report.runs if run.run_url)
    yield "result", report.decision.verdict.value
    yield "result-file", str(result_path)
    spent = [run.vuh for run in report.runs if run.vuh is not None]
    yield "vuh", f"{sum(spent):.6g}" if spent else ""


def _append_summary(around: Surroundings, markdown: str) -> None:
    if (path := around.platform.summary_path) is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(markdown)
