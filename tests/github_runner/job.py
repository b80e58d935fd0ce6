"""One job: runs composite actions step by step, and tells what each step did. The story of this package."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from github_runner.commands import CommandError, CommandReader
from github_runner.definition import Action, NotModelledError, Step, read_action
from github_runner.expressions import Lenient, holds, interpolate
from github_runner.files import FileCommandError, create_files, parse_pairs, read_summary, variables_of
from github_runner.masking import Masker
from github_runner.process import TRACKING_VARIABLE, Cancellation, Ended, Ladder, reap_orphans, run_process
from github_runner.reports import ActionReport, StepReport

GITHUB_DEFAULTS = {
    "actor": "octocat",
    "event_name": "push",
    "job": "load-test",
    "ref": "refs/heads/main",
    "ref_name": "main",
    "repository": "octocat/shop",
    "repository_owner": "octocat",
    "run_attempt": "1",
    "run_id": "1658821493",
    "run_number": "7",
    "server_url": "https://github.com",
    "api_url": "https://api.github.com",
    "sha": "ffac537e6cbbf934b08745a378932722df287a53",
    "workflow": "load test",
    "workflow_ref": "octocat/shop/.github/workflows/load.yml@refs/heads/main",
}
# In the context only: the runner hands it to no step by itself.
CONTEXT_ONLY = {"token": ""}


@dataclass
class _Use:
    """The state of one use of an action."""

    action: Action
    folder: Path
    inputs: Mapping[str, str]
    environ: Mapping[str, str]
    reports: list[StepReport] = field(default_factory=list)
    steps: dict[str, Any] = field(default_factory=dict)
    status: str = "success"
    log: list[str] = field(default_factory=list)
    raw_log: list[str] = field(default_factory=list)


class Job:
    """A job on one machine; use it as a context manager, its orphans are ended with it and kept in `orphans`.

    `environ` is what the machine gives to every process (PATH is needed); nothing of the host's own comes through.
    """

    def __init__(
        self,
        *,
        workspace: Path,
        temporary: Path,
        environ: Mapping[str, str],
        secrets: Sequence[str] = (),
        github: Mapping[str, str] | None = None,
        matrix: Mapping[str, Any] | None = None,
        ladder: Ladder | None = None,
        lagging: str = "",
    ) -> None:
        self.workspace = workspace
        self.temporary = temporary
        self.environ = dict(environ)
        self._matrix = matrix
        self.path: list[str] = []
        self.orphans: list[str] = []
        self._tracking_id = f"github_{uuid.uuid4()}"
        self._github = {**GITHUB_DEFAULTS, **CONTEXT_ONLY, **(github or {}), "workspace": str(workspace)}
        self._masker = Masker(secrets)
        self._reader = CommandReader(self._masker)
        self._ladder = ladder or Ladder()
        self._lagging = lagging
        self._is_cancelled = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.orphans = reap_orphans(self._tracking_id)

    def use(
        self,
        folder: Path,
        *,
        inputs: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        cancellation: Cancellation | None = None,
    ) -> ActionReport:
        """Run the composite action in `folder`, as a `uses:` step with these `with:` and `env:` does."""
        action = read_action(folder)
        given = dict(inputs or {})
        unknown = set(given) - set(action.inputs)
        if unknown:
            raise NotModelledError(f"unexpected inputs {sorted(unknown)}")
        missing = action.required - {name for name, value in given.items() if value}
        if missing:
            raise NotModelledError(f"required inputs without a value: {sorted(missing)}")
        # A default may be an expression of the context github, and no other.
        defaults = {name: interpolate(value, {"github": self._github}) for name, value in action.inputs.items()}
        use = _Use(action, folder, {**defaults, **given}, dict(environ or {}))
        first_annotation = len(self._reader.annotations)
        first_stopped = len(self._reader.stopped_lines)
        for step in action.steps:
            self._run_step(use, step, cancellation or Cancellation())
        contexts = self._contexts(use, {})
        return ActionReport(
            outcome=use.status,
            outputs={name: interpolate(value, contexts) for name, value in action.outputs.items()},
            steps=tuple(use.reports),
            log="\n".join(use.log),
            raw_log="\n".join(use.raw_log),
            annotations=tuple(self._reader.annotations[first_annotation:]),
            stopped_lines=tuple(self._reader.stopped_lines[first_stopped:]),
        )

    def _functions(self, use: _Use) -> dict[str, Callable[[], bool]]:
        """Inside a composite, success and failure speak of the action, cancelled of the job."""
        return {
            "success": lambda: use.status == "success",
            "failure": lambda: use.status == "failure",
            "cancelled": lambda: self._is_cancelled,
            "always": lambda: True,
        }

    def _contexts(self, use: _Use, environ: Mapping[str, str]) -> dict[str, Any]:
        unknown = {"outcome": "", "conclusion": ""}
        declared = {step.id: {"outputs": Lenient(), **unknown} for step in use.action.steps if step.id}
        return {
            "inputs": use.inputs,
            "steps": declared | use.steps,
            "github": {**self._github, "action_path": str(use.folder)},
            "runner": {"os": "Linux", "temp": str(self.temporary), "arch": "X64"},
            "matrix": self._matrix,
            "job": {"status": "cancelled" if self._is_cancelled else use.status},
            "env": Lenient({**self.environ, **use.environ, **environ}),
        }

    def _step_environ(self, use: _Use, step: Step, files: Mapping[str, Path]) -> dict[str, str]:
        contexts = self._contexts(use, {})
        own = {name: interpolate(value, contexts) for name, value in step.environ.items()}
        runner = {"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_TEMP": str(self.temporary), "CI": "true"}
        handed_on = self._github.keys() - CONTEXT_ONLY.keys()
        github = {f"GITHUB_{name.upper()}": self._github[name] for name in handed_on}
        merged = {**self.environ, **use.environ, **own}
        path = ":".join([*reversed(self.path), merged["PATH"]])
        fixed = {"GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": str(use.folder), TRACKING_VARIABLE: self._tracking_id}
        return {**merged, **runner, **github, **variables_of(files), **fixed, "PATH": path}

    def _run_step(self, use: _Use, step: Step, cancellation: Cancellation) -> None:
        if not holds(step.condition, self._contexts(use, {}), self._functions(use)):
            self._finish(use, step, StepReport(step.id, step.name, "skipped", None, {}, "", ()))
            return
        files = create_files(self.temporary)
        # Steps that run after the cancel were asked for by their condition: they are not cancelled again.
        pending = Cancellation() if self._is_cancelled else cancellation
        ended, is_refused = self._run_shell(use, step, files, pending)
        self._is_cancelled = self._is_cancelled or pending.is_requested
        outcome = "failure" if ended.exit_code or is_refused else "success"
        if pending.is_requested:
            outcome = "cancelled"
        outputs, summary = {}, ""
        try:
            outputs = parse_pairs(files["output"].read_text(encoding="utf-8"))
            summary = self._masker.hide(read_summary(files["step_summary"]))
            self.environ.update(parse_pairs(files["env"].read_text(encoding="utf-8")))
            self.path.extend(line for line in files["path"].read_text(encoding="utf-8").splitlines() if line)
        except FileCommandError as error:
            use.log.append(f"##[error]{error}")
            outcome = "failure" if outcome == "success" else outcome
        self._finish(
            use, step, StepReport(step.id, step.name, outcome, ended.exit_code, outputs, summary, tuple(ended.signals))
        )

    def _run_shell(
        self, use: _Use, step: Step, files: Mapping[str, Path], cancellation: Cancellation
    ) -> tuple[Ended, bool]:
        script = self.temporary / f"{uuid.uuid4()}.sh"
        script.write_text(interpolate(step.script, self._contexts(use, {})), encoding="utf-8")
        refusals: list[CommandError] = []

        def take(line: str) -> None:
            use.raw_log.append(line)
            try:
                shown = self._reader.feed(line)
            except CommandError as error:
                refusals.append(error)
                shown = f"##[error]{error}"
            if shown is not None:
                use.log.append(shown)

        ended = run_process(
            [part.replace("{0}", str(script)) for part in step.shell],
            folder=self.workspace / step.working_directory,
            environ=self._step_environ(use, step, files),
            on_line=take,
            cancellation=cancellation,
            ladder=self._ladder,
            lagging=self._lagging,
        )
        return ended, bool(refusals)

    def _finish(self, use: _Use, step: Step, report: StepReport) -> None:
        use.reports.append(report)
        may_fail = step.continue_on_error == "true"
        if step.id:
            conclusion = "success" if may_fail and report.outcome == "failure" else report.outcome
            use.steps[step.id] = {
                "outputs": Lenient(report.outputs),
                "outcome": report.outcome,
                "conclusion": conclusion,
            }
        if report.outcome in {"failure", "cancelled"} and not may_fail and use.status == "success":
            use.status = report.outcome
