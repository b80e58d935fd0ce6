"""`k6ci projects`: the projects that the token can access."""

from __future__ import annotations

from typing import Final

import anyio

from k6ci.cloud.failures import CallError, explained
from k6ci.cloud.models import Project
from k6ci.commands.command import AsJson, Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.commands.session import opened_session
from k6ci.errors import ExitCode
from k6ci.render.wrapped import fields
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve


def projects(context: AppContext, raw_inputs: RawInputs, *, as_json: AsJson = False) -> CommandResult:
    """List the projects as a table or as JSON.

    Raises:
        K6ciError: there is no token, it is refused, or the stack is not found.
    """
    settings = resolve(raw_inputs, context.environ, context.folder)
    found, warnings = anyio.run(_list, settings, context)
    if as_json:
        listed = [{"id": one.id, "name": one.name, "is_default": one.is_default} for one in found]
        context.write_document(listed)
        return ExitCode.PASSED
    rows = [("id", "name"), *((str(one.id), f"{one.name}{' (default)' if one.is_default else ''}") for one in found)]
    context.stdout.write(fields(rows, context.stdout))
    for warning in warnings:
        context.say(f"note: {warning}")
    return ExitCode.PASSED


async def _list(settings: Settings, context: AppContext) -> tuple[list[Project], tuple[str, ...]]:
    found: tuple[list[Project], tuple[str, ...]] = [], ()
    async with opened_session(settings, context, wants_project=False) as session:
        try:
            found = await session.client.projects(), session.warnings
        except CallError as error:
            raise explained(error, session.client.origin) from None
    return found


COMMAND: Final = Command(
    "projects", projects, "List the projects that the token can access.", inputs=("stack", "config")
)
