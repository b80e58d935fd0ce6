"""A stack reached with the token of the settings: what `whoami`, `projects` and `doctor` begin with."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import Project
from k6ci.commands.context import AppContext
from k6ci.errors import combined
from k6ci.preflight.projects import look_up_projects
from k6ci.preflight.stack import no_stack, resolve_stack
from k6ci.preflight.token import check_token
from k6ci.settings.model import Settings
from k6ci.settings.provenance import Sourced
from k6ci.settings.stack import Stack


@dataclasses.dataclass(frozen=True)
class Session:
    """An accepted token and its stack.

    `project` is the one that was named; `default_project` is the stack's own, where the cloud tells.
    """

    client: CloudClient
    token: str = dataclasses.field(repr=False)
    stack: Sourced[Stack]
    project: Project | None
    default_project: int | None
    warnings: tuple[str, ...]


@contextlib.asynccontextmanager
async def opened_session(settings: Settings, context: AppContext, *, wants_project: bool) -> AsyncIterator[Session]:
    """Reach the stack with a request that proves the token.

    Raises:
        K6ciError: why it cannot be reached, with the notes on the settings.
    """
    if not wants_project:
        settings = settings.replaced(project=None)  # then the projects are listed, which a wrong one cannot spoil
    token = check_token(settings, context.environ, context.platform.secrets_place, context.redactor)
    async with contextlib.AsyncExitStack() as resources:
        stack = await resolve_stack(settings, settings.stack, token.value, context.clock, resources)
        projects = await look_up_projects(stack.value, [settings.project])
        problems = [*settings.problems, *token.problems, *stack.problems, *projects.problems]
        if settings.stack is None and "stack" not in settings.malformed:
            problems.append(no_stack("No Grafana stack was named"))
        warnings = tuple(dict.fromkeys((*settings.notes, *token.warnings, *projects.warnings)))
        if problems or stack.value is None:
            raise combined(problems, warnings)
        project = projects.visible[settings.project.value] if settings.project is not None else None
        found = stack.value
        yield Session(found.client, found.token.value, found.named, project, found.default_project, warnings)
