"""Delivers a report: result.json, summary.md, the job's summary and outputs. A failed delivery is a warning."""

from __future__ import annotations

import dataclasses
import enum
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from k6ci import files
from k6ci.ci import github
from k6ci.ci.system import System
from k6ci.platforms.facts import Platform
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


@dataclasses.dataclass(frozen=True)
class ReportPlace:
    """Where the reports of this process go: with a number in their names where others use the same folder."""

    folder: pathlib.Path
    number: int = 1

    @property
    def result(self) -> pathlib.Path:
        """result.json, or result-2.json."""
        return self._numbered(RESULT_NAME)

    @property
    def summary(self) -> pathlib.Path:
        """summary.md, or summary-2.md."""
        return self._numbered(SUMMARY_NAME)

    def _numbered(self, name: str) -> pathlib.Path:
        path = self.folder / name
        return path if self.number == 1 else path.with_stem(f"{path.stem}-{self.number}")


def publish(
    report: Report,
    place: ReportPlace,
    root: pathlib.Path,
    platform: Platform,
    environ: Mapping[str, str],
    redactor: Redactor,
) -> list[str]:
    """Deliver everything that can be delivered; no link below `root` is followed.

    Returns a sentence for each delivery that failed.
    """
    text = redactor.text
    deliveries: list[tuple[str, Callable[[], None]]] = [
        (str(place.result), lambda: files.write_text(place.result, text(report_json(report)), root=root)),
        (str(place.summary), lambda: files.write_text(place.summary, text(report_markdown(report)), root=root)),
        ("the job's summary", lambda: _append_summary(platform, environ, text(report_markdown(report)))),
        ("the outputs", lambda: _write_outputs(platform, environ, dict(_outputs(report, place.result)))),
    ]
    problems = []
    for name, deliver in deliveries:
        try:
            deliver()
        except OSError as error:
            problems.append(f"{name} could not be written: {error.strerror or error}.")
        except Exception as error:  # noqa: BLE001 -- a delivery that fails is a warning, and takes no other one with it
            problems.append(f"{name} could not be written: a bug in k6ci ({type(error).__name__}).")
    return problems


def announce(run_ids: list[int], run_urls: list[str], platform: Platform, environ: Mapping[str, str]) -> None:
    """Hand over the runs at once, so that a later step can stop them even if this one is killed."""
    outputs = {"run-id": "\n".join(map(str, run_ids)), "run-url": "\n".join(run_urls)}
    _write_outputs(platform, environ, outputs)


def _outputs(report: Report, result_path: pathlib.Path) -> Iterator[tuple[str, str]]:
    yield "run-id", "\n".join(str(run.run_id) for run in report.runs if run.run_id is not None)
    yield "run-url", "\n".join(run.run_url for run in report.runs if run.run_url)
    yield "result", report.decision.verdict.value
    yield "result-file", str(result_path)
    spent = [run.vuh for run in report.runs if run.vuh is not None]
    yield "vuh", f"{sum(spent):.6g}" if spent else ""


def _append_summary(platform: Platform, environ: Mapping[str, str], markdown: str) -> None:
    if platform.system is System.GITHUB:
        github.append(environ, github.STEP_SUMMARY, markdown)


def _write_outputs(platform: Platform, environ: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    if platform.system is System.GITHUB:
        github.append(environ, github.OUTPUTS, "".join(github.output(name, value) for name, value in outputs.items()))
