"""A stack reached with the token of the settings: what `whoami`, `projects` and `doctor` begin with."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import Project
from k6ci.commands.context import AppContext
from k6ci.preflight.findings import Findings
from k6ci.preflight.stack import StackSide, checked_token, no_stack
from k6ci.settings.model import Settings, Sourced
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
        K6ciError: what stands in the way, with the notes on the settings.
    """
    if not wants_project:
        settings = settings.replaced(project=None)  # then the projects are listed, which a wrong one cannot spoil
    findings = Findings(settings.notes, settings.problems)
    token = checked_token(settings, context.environ, context.platform.secrets_place, context.redactor, findings)
    async with contextlib.AsyncExitStack() as resources:
        side = StackSide(settings, context.environ, context.clock, findings, resources, token)
        if settings.stack is not None:
            await side.ask(settings.stack)
            if settings.project is not None:
                await side.see_project(settings.project)
        elif "stack" not in settings.malformed:
            findings.add(no_stack("No Grafana stack was named"))
        findings.decide()
        if side.client is None or token is None or settings.stack is None:
            raise AssertionError("no problem was found, so everything is there")
        project = side.projects[settings.project.value] if settings.project is not None else None
        yield Session(side.client, token, settings.stack, project, side.default_project, tuple(findings.warnings))
