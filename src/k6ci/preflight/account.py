"""The stack and the projects of the scripts: reached as early as possible, completed when the scripts are read."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence

from k6ci.clock import Clock
from k6ci.errors import K6ciError, SettingsError
from k6ci.k6.archive import Archive
from k6ci.preflight.checked import Checked
from k6ci.preflight.projects import Projects, look_up_projects, no_project
from k6ci.preflight.stack import ResolvedStack, no_stack, resolve_stack
from k6ci.preflight.token import Token
from k6ci.settings.model import Settings
from k6ci.settings.provenance import Rank, Sourced
from k6ci.settings.resolve import with_script
from k6ci.settings.stack import Stack


@dataclasses.dataclass(frozen=True)
class Account:
    """The stack, None while it is not reached; its projects; and the project of each script, in their order."""

    stack: ResolvedStack | None = None
    projects: Projects = dataclasses.field(default_factory=Projects)
    of_scripts: tuple[int, ...] = ()
    problems: tuple[K6ciError, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the look-up of the projects says."""
        return self.projects.warnings


async def reach_early(
    settings: Settings, token: Token | None, clock: Clock, resources: contextlib.AsyncExitStack, *, wants_names: bool
) -> Account:
    """What can be asked while k6 reads the scripts; nothing when the scripts may name another stack."""
    if not _outranks_scripts(settings.stack):
        return Account()
    stack = await resolve_stack(settings, settings.stack, token, clock, resources)
    known = [settings.project] if _outranks_scripts(settings.project) else []
    projects = await look_up_projects(stack.value, known, wants_names=wants_names, wants_limits=True)
    return Account(stack.value, projects, problems=stack.problems)


async def reach(
    early: Account,
    archives: Sequence[Archive],
    settings: Settings,
    token: Token | None,
    clock: Clock,
    resources: contextlib.AsyncExitStack,
    *,
    wants_names: bool,
) -> Account:
    """The stack and every project, with what the scripts say about them; without scripts, those of the settings."""
    by_script = [_with_script(settings, archive) for archive in archives]
    problems = [*early.problems, *(problem for one in by_script for problem in one.problems)]
    inputs = [one.value or settings for one in by_script] or [settings]
    stack = early.stack
    if not _outranks_scripts(settings.stack):
        named = _stack_of(settings, inputs)
        resolved = await resolve_stack(settings, named.value, token, clock, resources)
        stack = resolved.value
        problems += [*named.problems, *resolved.problems]
    wanted = [one.project for one in inputs]
    projects = await look_up_projects(stack, wanted, early.projects, wants_names=wants_names, wants_limits=True)
    if None in wanted:
        problems += no_project(settings, stack)
    of_scripts = tuple(project.value for project in wanted if project is not None) if archives else ()
    return Account(stack, projects, of_scripts, (*problems, *projects.problems))


def _outranks_scripts(sourced: Sourced[Stack] | Sourced[int] | None) -> bool:
    return sourced is not None and sourced.rank < Rank.SCRIPT


def _with_script(settings: Settings, archive: Archive) -> Checked[Settings]:
    try:
        return Checked(with_script(settings, archive.cloud_options, archive.script))
    except SettingsError as error:
        return Checked(problems=(error,))


def _stack_of(settings: Settings, by_script: Sequence[Settings]) -> Checked[Sourced[Stack]]:
    """The stack that the scripts name (options.cloud.stackID), if they agree; else that of k6's config file."""
    named = {one.stack.value: one.stack for one in by_script if one.stack is not None}
    if len(named) == 1:
        return Checked(next(iter(named.values())))
    if "stack" in settings.malformed:
        return Checked()
    return Checked(problems=(no_stack("The scripts name different stacks" if named else "No Grafana stack was named"),))
