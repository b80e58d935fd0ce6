"""Looks the projects up: may the token see them, and what do they allow?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

import anyio

from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import FORBIDDEN, NOT_FOUND, ApiError, CallError
from k6ci.cloud.models import Limits, Project
from k6ci.errors import K6ciError, NotVisibleError, SettingsError
from k6ci.preflight.stack import ResolvedStack
from k6ci.settings.model import Settings
from k6ci.settings.provenance import Sourced

_LISTED: Final = 20
_LIMITS_SECONDS: Final = 20.0


@dataclasses.dataclass(frozen=True)
class Projects:
    """Projects by ID: which were asked for, those that are visible, and the limits that are known."""

    asked: frozenset[int] = frozenset()
    visible: Mapping[int, Project] = dataclasses.field(default_factory=dict)
    limits: Mapping[int, Limits] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    problems: tuple[K6ciError, ...] = ()

    def __or__(self, other: Projects) -> Projects:
        return Projects(
            self.asked | other.asked,
            {**self.visible, **other.visible},
            {**self.limits, **other.limits},
            (*self.warnings, *other.warnings),
            (*self.problems, *other.problems),
        )


def no_project(settings: Settings, stack: ResolvedStack | None) -> tuple[K6ciError, ...]:
    """The problem of a project that was not named; none when a malformed input explains it."""
    if "project-id" in settings.malformed:
        return ()
    default = stack.default_project if stack is not None else None
    suggestion = f" The default project of this stack is {default}." if default else ""
    problem = SettingsError(
        "project-id: no project was named; a stack token always needs one.",
        f"Set K6_CLOUD_PROJECT_ID, or the project-id input.{suggestion}",
    )
    return (problem,)


async def look_up_projects(
    stack: ResolvedStack | None,
    wanted: Iterable[Sourced[int] | None],
    known: Projects | None = None,
    *,
    wants_names: bool = True,
    wants_limits: bool = False,
) -> Projects:
    """Look each project up once, beside those that are known; none without a stack.

    With `wants_limits` the limits prove that a project is visible, so that `wants_names` costs a request more.
    """
    found = known or Projects()
    if stack is None:
        return found
    for project in wanted:
        if project is None or project.value in found.asked:
            continue
        try:
            found |= await _look_up(stack.client, project.value, wants_names=wants_names, wants_limits=wants_limits)
        except CallError as error:
            problem = await _explain(stack, error, project)
            found |= Projects(frozenset({project.value}), problems=(problem,))
    return found


async def _look_up(client: CloudClient, project_id: int, *, wants_names: bool, wants_limits: bool) -> Projects:
    asked = frozenset({project_id})
    if not wants_limits:
        return Projects(asked, {project_id: await client.project(project_id)})
    try:
        with anyio.fail_after(_LIMITS_SECONDS):
            limits = await client.limits(project_id)
    except (CallError, TimeoutError) as error:  # the cloud enforces them itself: a run does without knowing them
        project = await client.project(project_id)
        warning = f"The limits of the project {project_id} are not known: {str(error) or 'no answer in time'}."
        return Projects(asked, {project_id: project}, warnings=(warning,))
    project = await client.project(project_id) if wants_names else Project(id=project_id)
    return Projects(asked, {project_id: project}, {project_id: limits})


async def _explain(stack: ResolvedStack, error: CallError, project: Sourced[int]) -> K6ciError:
    """Not visible: the remedy lists what is. If even the list is refused, it is the stack that is wrong."""
    if not isinstance(error, ApiError) or error.status not in (FORBIDDEN, NOT_FOUND):
        return stack.token.explain(error, stack.client.origin)
    try:
        visible = await stack.client.projects()
    except CallError as list_error:
        return stack.explain(list_error)
    listed = ", ".join(f"{one.id} ({one.name})" for one in visible[:_LISTED])
    more = f" and {len(visible) - _LISTED} more" if len(visible) > _LISTED else ""
    return NotVisibleError(
        f"The project {project.value} (from {project.source}) does not exist, or the token may not see it.",
        f"Visible projects: {listed}{more}." if visible else "This token sees no project at all.",
    )
