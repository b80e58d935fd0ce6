"""The state of the emulated stack: its projects, load tests and runs with their rules. Violations raise HttpError."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from k6ci.emulator.http_error import HttpError, not_found
from k6ci.emulator.idempotency import IdempotencyKeys
from k6ci.emulator.limits import vuh_of_month
from k6ci.emulator.records import Concurrency, LabelKey, LoadTest, LoadZone, Project
from k6ci.emulator.run import EMULATED_ZONE, Run, Status, StatusEntry
from k6ci.emulator.run_scenario import RunScenarios
from k6ci.emulator.script import Script, ScriptReplacements

if TYPE_CHECKING:
    from k6ci.clock import Clock
    from k6ci.emulator.config import EmulatorConfig
    from k6ci.emulator.plan import Plan
    from k6ci.emulator.schedules import Schedule

PROJECTS_LIMIT = 1_000
STORED_BYTES = 1_000_000_000
_PUBLIC_ZONES = (
    LoadZone(801, "Columbus, US", EMULATED_ZONE, is_public=True),
    LoadZone(802, "Ashburn, US", "amazon:us:ashburn", is_public=True),
    LoadZone(803, "Dublin, IE", "amazon:ie:dublin", is_public=True),
)
_FIRST_IDS = {"load_test": 52_001, "run": 152_701, "load_zone": 804, "label_key": 71, "schedule": 9_001}


class StackState:
    """What one stack has, by ID, and what the control routes set."""

    def __init__(self, config: EmulatorConfig, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        """Return to the initial state. Ids go on, so that a new run never has the ID of an old one."""
        now = self.clock.now()
        if not hasattr(self, "_ids"):
            first_ids = {**_FIRST_IDS, "project": max(self.config.project_ids, default=3100) + 1}
            self._ids = {kind: itertools.count(first) for kind, first in first_ids.items()}
        names = dict(zip(self.config.project_ids, self.config.project_names, strict=False))
        self.projects: dict[int, Project] = {
            project_id: Project(project_id, names.get(project_id, f"Project {project_id}"), index == 0, now, now)
            for index, project_id in enumerate(self.config.project_ids)
        }
        self.load_tests: dict[int, LoadTest] = {}
        self.runs: dict[int, Run] = {}
        self.schedules: dict[int, Schedule] = {}
        self.load_zones: dict[int, LoadZone] = {zone.id: zone for zone in _PUBLIC_ZONES}
        self.label_keys: dict[int, LabelKey] = {}
        self.idempotency_keys = IdempotencyKeys()
        self.replacements = ScriptReplacements()
        self.scenarios = RunScenarios()
        self.concurrency: Concurrency | None = None

    def next_id(self, kind: str) -> int:
        """Return a new id; kind: `project`, or a key of _FIRST_IDS."""
        return next(self._ids[kind])

    @property
    def default_project_id(self) -> int:
        """The id of the project for requests that name none; 0 when there is no project."""
        return next((project.id for project in self.projects.values() if project.is_default), 0)

    def project(self, project_id: int) -> Project:
        """Return a project; 404 when it does not exist."""
        found = self.projects.get(project_id)
        if found is None:
            raise not_found(f"Project {project_id}")
        return found

    def create_project(self, name: str) -> Project:
        """Create a project; 409 when its name exists, or when there are PROJECTS_LIMIT projects."""
        self._check_project_name(name)
        if len(self.projects) >= PROJECTS_LIMIT:
            raise HttpError(409, f"The maximum number of projects ({PROJECTS_LIMIT}) is reached.")
        now = self.clock.now()
        project = Project(self.next_id("project"), name, is_default=not self.projects, created=now, updated=now)
        self.projects[project.id] = project
        return project

    def rename_project(self, project: Project, name: str) -> None:
        """Rename a project; 409 when the name exists."""
        if name != project.name:
            self._check_project_name(name)
        self.projects[project.id] = replace(project, name=name, updated=self.clock.now())

    def delete_project(self, project: Project) -> None:
        """Delete a project with its load tests and their runs; 409 while one of its load tests runs."""
        load_tests = [test for test in self.load_tests.values() if test.project_id == project.id]
        for load_test in load_tests:
            self._check_is_idle(load_test)
        for load_test in load_tests:
            self.delete_load_test(load_test)
        del self.projects[project.id]

    def accessible_project(self, project_id: int | None) -> Project:
        """Return a project, the default one for None or 0; 403 when it does not exist."""
        found = self.projects.get(project_id or self.default_project_id)
        if found is None:
            raise HttpError(403, f"The project {project_id} is not accessible.", target="project_id")
        return found

    def load_test(self, load_test_id: int) -> LoadTest:
        """Return a load test; 404 when it does not exist."""
        found = self.load_tests.get(load_test_id)
        if found is None:
            raise not_found(f"Load test {load_test_id}")
        return found

    def create_load_test(self, project: Project, name: str, script: Script | None, k6_version: int | None) -> LoadTest:
        """Create a load test; 409 when its name exists in the project, 413 when the script exceeds the memory limit."""
        self.check_test_name(project.id, name)
        self.check_stored_bytes(script)
        now = self.clock.now()
        load_test = LoadTest(self.next_id("load_test"), project.id, name, now, now, script, k6_version)
        self.load_tests[load_test.id] = load_test
        return load_test

    def store_script(self, project: Project, name: str, script: Script | None) -> LoadTest:
        """Return the load test of that name, created if needed, with this script; None keeps the script that it has."""
        found = [test for test in self.load_tests.values() if (test.project_id, test.name) == (project.id, name)]
        if not found:
            return self.create_load_test(project, name, script, None)
        if script is not None:
            self.check_stored_bytes(script)
            self.update_load_test(replace(found[0], script=script))
        return self.load_test(found[0].id)

    def check_stored_bytes(self, script: Script | None) -> None:
        """Raise 413 if this script and all stored ones, including those of earlier runs, exceed STORED_BYTES."""
        scripts = [test.script for test in self.load_tests.values()] + [run.script for run in self.runs.values()]
        kept = {id(one): len(one.content) for one in scripts if one is not None}
        if script is not None and sum(kept.values()) + len(script.content) > STORED_BYTES:
            raise HttpError(413, f"The emulator keeps at most {STORED_BYTES} bytes of scripts.", target="script")

    def update_load_test(self, load_test: LoadTest) -> None:
        """Replace the record of a load test; the time of its update is set."""
        self.load_tests[load_test.id] = replace(load_test, updated=self.clock.now())

    def check_test_name(self, project_id: int, name: str) -> None:
        """Raise 409 when a load test of the project has that name."""
        if any(test.project_id == project_id and test.name == name for test in self.load_tests.values()):
            raise HttpError(409, "The name is already taken.", target="name")

    def delete_load_test(self, load_test: LoadTest) -> None:
        """Delete a load test with its runs and its schedule; 409 while it runs."""
        self._check_is_idle(load_test)
        for run in self._runs_of(load_test):
            self.delete_run(run)
        self.set_schedule(load_test, None)
        del self.load_tests[load_test.id]

    def set_schedule(self, load_test: LoadTest, schedule: Schedule | None) -> None:
        """Replace the schedule of a load test; None removes it."""
        others = {key: one for key, one in self.schedules.items() if one.load_test_id != load_test.id}
        self.schedules = others if schedule is None else {**others, schedule.id: schedule}

    def run(self, run_id: int) -> Run:
        """Return a run; 404 when it does not exist."""
        found = self.runs.get(run_id)
        if found is None:
            raise not_found(f"Test run {run_id}")
        return found

    def delete_run(self, run: Run) -> None:
        """Delete a run; the VUh that it has used stay used."""
        run.stop.set()
        del self.runs[run.id]
        project = self.projects.get(run.project_id)
        if project is not None:
            spent_vuh = project.spent_vuh + vuh_of_month([run], self.clock.now())
            self.projects[project.id] = replace(project, spent_vuh=spent_vuh)

    def has_reached(self, status: str, old_runs: frozenset[int]) -> bool:
        """Return whether a run has entered that status; the runs `old_runs` do not count."""
        return any(
            entry.status.value == status
            for run in self.runs.values()
            if run.id not in old_runs
            for entry in run.history
        )

    def excess_of(self, project: Project, planned: Run, plan: Plan) -> str | None:
        """Return which limit of the project a planned run exceeds; None for none."""
        others = [run for run in self.runs.values() if run.project_id == project.id and run is not planned]
        spent_vuh = project.spent_vuh + vuh_of_month(others, self.clock.now())
        return project.limits.monthly_excess_of(plan, spent_vuh) or project.limits.excess_of(plan)

    def start(self, load_test: LoadTest, idempotency_key: str | None) -> tuple[Run, bool]:
        """Start a load test; return the run, and False when the idempotency key has started it before.

        Raises the configured error when the concurrency limit is reached.
        """
        now = self.clock.now()
        earlier = self.idempotency_keys.find(f"start {load_test.id}", idempotency_key, now)
        if earlier is not None:
            return self.run(earlier), False
        self._check_concurrency()
        replacement = self.replacements.take(load_test.id)
        if replacement is not None:
            load_test = replace(load_test, script=replacement)
            self.update_load_test(load_test)
        run = Run(
            id=self.next_id("run"),
            load_test_id=load_test.id,
            project_id=load_test.project_id,
            script=load_test.script,
            started_by=self.config.user_email,
            created=now,
            history=[StatusEntry(Status.CREATED, now)],
            scenario=self.scenarios.take(load_test.id),
        )
        self.runs[run.id] = run
        self.idempotency_keys.keep(f"start {load_test.id}", idempotency_key, run.id, now)
        return run, True

    def _check_concurrency(self) -> None:
        allowed = self.concurrency
        if allowed is not None and sum(not run.has_ended for run in self.runs.values()) >= allowed.limit:
            message = f"The subscription allows {allowed.limit} concurrent test runs."
            raise HttpError(allowed.status, message, retry_after_seconds=allowed.retry_after_seconds)

    def _runs_of(self, load_test: LoadTest) -> list[Run]:
        return [run for run in self.runs.values() if run.load_test_id == load_test.id]

    def _check_is_idle(self, load_test: LoadTest) -> None:
        if any(not run.has_ended for run in self._runs_of(load_test)):
            raise HttpError(409, "A load test cannot be deleted while it is running.")

    def _check_project_name(self, name: str) -> None:
        if any(project.name == name for project in self.projects.values()):
            raise HttpError(409, "The project name is already in use.", target="name")
