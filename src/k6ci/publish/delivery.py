"""What a delivery is, and what it is given."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from k6ci.ci.system import System
from k6ci.platforms.facts import Platform
from k6ci.render import gitlab
from k6ci.results.model import Report
from k6ci.settings.model import Settings

RESULT_NAME: Final = "result.json"
SUMMARY_NAME: Final = "summary.md"
JUNIT_NAME: Final = "junit.xml"
HTML_NAME: Final = "report.html"
DEADLINE_SECONDS: Final = 5.0


@dataclasses.dataclass(frozen=True)
class ReportFiles:
    """Where the reports of this process go: with a number in their names where others use the same folder.

    No link below `root` is followed (files.py).
    """

    folder: pathlib.Path
    root: pathlib.Path
    number: int = 1

    @property
    def result(self) -> pathlib.Path:
        """result.json, or result-2.json."""
        return self.named(RESULT_NAME)

    @property
    def summary(self) -> pathlib.Path:
        """summary.md, or summary-2.md."""
        return self.named(SUMMARY_NAME)

    @property
    def junit(self) -> pathlib.Path:
        """junit.xml, or junit-2.xml."""
        return self.named(JUNIT_NAME)

    @property
    def html(self) -> pathlib.Path:
        """report.html, or report-2.html."""
        return self.named(HTML_NAME)

    @property
    def every(self) -> tuple[pathlib.Path, ...]:
        """All files that deliveries write, also those of other CI systems."""
        gitlab_names = (name for name, _ in gitlab.FILES.values())
        return tuple(
            map(self.named, (RESULT_NAME, SUMMARY_NAME, JUNIT_NAME, HTML_NAME, gitlab.OUTPUTS_NAME, *gitlab_names))
        )

    def named(self, name: str) -> pathlib.Path:
        """A report by its file name."""
        path = self.folder / name
        return path if self.number == 1 else path.with_stem(f"{path.stem}-{self.number}")


@dataclasses.dataclass(frozen=True)
class PullRequestReport:
    """What is written to the pull request of the job.

    Attributes:
        token: of the host's API; None: nothing is written.
        comment: when the comment is written (sticky.Mode).
        has_check_run: whether there is a check run (GitHub).
        report_id: distinguishes several reports of one job.
        requested: which of the inputs `comment` and `check-run` somebody set; what nobody did fails more quietly.
    """

    token: str | None = dataclasses.field(default=None, repr=False)
    comment: str = "never"
    has_check_run: bool = False
    report_id: str = ""
    requested: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings, system: System) -> PullRequestReport:
        """As the inputs say, with the token of the system's API."""
        token = settings.gitlab_token if system is System.GITLAB else settings.github_token
        return cls(
            (token.get_secret_value().strip() or None) if token is not None else None,
            settings.comment,
            settings.has_check_run,
            settings.report_id or "",
            settings.given & {"comment", "check-run"},
        )


@dataclasses.dataclass(frozen=True)
class Destination:
    """Where to publish: the report directory, and the CI system with the environment of the job.

    `folder` is the working directory, to which the paths of scripts are relative. Scripts are read only if
    `reads_scripts`: not if the report, with these paths, comes from somebody else's file.
    """

    files: ReportFiles
    platform: Platform
    environ: Mapping[str, str] = dataclasses.field(repr=False)
    folder: pathlib.Path = pathlib.Path()
    pull_request: PullRequestReport = PullRequestReport()
    reads_scripts: bool = True


class DeliveryError(Exception):
    """Why a delivery failed, as a clause.

    Attributes:
        reason: the clause; deliveries that fail for the same reason share a warning.
        permission: the permission that the token lacks, such as `checks: write`; "" for other reasons.
        is_notice: nobody asked for the delivery, so that its failure is not worth a warning.
    """

    def __init__(self, reason: str, *, permission: str = "", is_notice: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permission = permission
        self.is_notice = is_notice

    @classmethod
    def of(cls, error: Exception) -> DeliveryError:
        """What a delivery raised, as a DeliveryError."""
        if isinstance(error, cls):
            return error
        if isinstance(error, TimeoutError) and error.errno is None:
            return cls("it timed out")
        if isinstance(error, OSError):
            return cls(error.strerror or str(error))
        if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("k6ci"):
            return cls(f"the Python module {error.name} is not installed; run `pip install 'k6ci[cloud]'`")
        return cls(f"a bug in k6ci ({type(error).__name__})")


@dataclasses.dataclass(frozen=True)
class StartedRuns:
    """The runs that this process has started so far."""

    run_ids: tuple[int, ...]
    run_urls: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Delivery:
    """One way in which a report reaches its readers.

    Attributes:
        name: what is delivered, for a warning that begins with it.
        deliver: delivers a redacted report; whatever it raises becomes a warning, or as the DeliveryError says. It does
            nothing for a destination that has no use for it.
        begin: announces the command as soon as it has begun; called for the modules in registry.EARLY.
        announce: announces runs as soon as they have started, for a later step that stops them if this process dies;
            called for the modules in registry.ANNOUNCING.
        seconds: the maximum time of each call; a late delivery is abandoned, with a warning.
    """

    name: str
    deliver: Callable[[Report, Destination], Awaitable[None]]
    begin: Callable[[Destination], Awaitable[None]] | None = None
    announce: Callable[[StartedRuns, Destination], Awaitable[None]] | None = None
    seconds: float = DEADLINE_SECONDS
