"""`k6ci whoami`: whose token is used and from where, and what it can access."""

from __future__ import annotations

from typing import Final

import anyio

from k6ci.cloud.credentials import K6_KIND, shown, wrong_kind
from k6ci.cloud.failures import CallError
from k6ci.cloud.models import Limits
from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.commands.session import Session, opened_session
from k6ci.errors import ExitCode
from k6ci.render.wrapped import fields
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve


def whoami(context: AppContext, raw_inputs: RawInputs) -> CommandResult:
    """Show the token (masked), where it came from, its stack and project, and the project's limits.

    Raises:
        K6ciError: there is no token, it is refused, or the stack or project is not found.
    """
    settings = resolve(raw_inputs, context.environ, context.folder)
    rows = anyio.run(_describe, settings, context)
    context.stdout.write(fields(rows, context.stdout))
    return ExitCode.PASSED


async def _describe(settings: Settings, context: AppContext) -> list[tuple[str, str]]:
    async with opened_session(settings, context, wants_project=True) as session:
        token, stack = settings.token, session.stack
        number = session.client.stack_id
        url = f", {stack.value.url}" if stack.value.url else ""
        emulated = " (EMULATED)" if settings.is_emulated else ""
        return [
            ("cloud", f"{session.client.origin}{emulated}"),
            ("token", shown(session.token)),
            ("from", token.source if token else ""),
            ("kind", wrong_kind(session.token, context.environ) or K6_KIND),
            ("stack", f"{number}{url} (from {stack.source})"),
            *await _project_rows(settings, session),
            *(("note", warning) for warning in session.warnings),
        ]


async def _project_rows(settings: Settings, session: Session) -> list[tuple[str, str]]:
    """The project that a run would use, and its limits. A token that may not read the limits is no error."""
    named, project, default = settings.project, session.project, session.default_project
    if named is None or project is None:
        text = f"not set; the stack's default is {default}" if default else "not set"
        return [("project", text)]
    try:
        limits = _limits(await session.client.limits(project.id))
    except CallError as error:
        limits = f"unknown: {error}"
    return [
        ("project", f"{project.id} {project.name} (from {named.source})"),
        *([("default", f"{default} (the stack's default project)")] if default else []),
        ("limits", limits),
    ]


def _limits(limits: Limits) -> str:
    known = (
        (limits.vuh_max_per_month, "VUh per month"),
        (limits.vu_max_per_test, "VUs per test"),
        (limits.vu_browser_max_per_test, "browser VUs per test"),
        (limits.duration_max_per_test, "seconds per test"),
    )
    return ", ".join(f"{value:g} {unit}" for value, unit in known if value is not None) or "none set for this project"


COMMAND: Final = Command(
    "whoami", whoami, "Show which token is used and what it can access.", inputs=("stack", "project-id", "config")
)
