"""`k6ci check`: the first part of `run` alone; proves the set-up without spending anything."""

from __future__ import annotations

import contextlib
from typing import Final

import anyio

from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode, K6ciError, collapsed
from k6ci.lines import one_line
from k6ci.pipeline import SKIPPED_FORK, is_fork_without_secret
from k6ci.preflight import Ready, preflight
from k6ci.render.console import console_for
from k6ci.results.model import Decision, Verdict
from k6ci.runs.interruption import Interruption
from k6ci.settings.catalogue import Face, names_on
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve
from k6ci.target import open_target


def check(context: AppContext, raw_inputs: RawInputs) -> CommandResult:
    """Check token, stack, project, k6 and scripts.

    Raises:
        K6ciError: everything that has to be fixed.
    """
    settings = resolve(raw_inputs, context.environ, context.folder)
    if settings.fork_policy == "skip" and is_fork_without_secret(settings, context.platform):
        context.say(SKIPPED_FORK)
        return Decision(Verdict.SKIPPED, ExitCode.PASSED, SKIPPED_FORK)
    return anyio.run(_check, settings, context)


async def _check(settings: Settings, context: AppContext) -> CommandResult:
    interruption = Interruption()
    try:
        with interruption.listening(), interruption.attached(), interruption.scope():
            await _ask(settings, context)
    except Exception as error:
        # Ctrl-C reaches k6, too: what it then says about a script is not the reason.
        if interruption.exit_code is None or not isinstance(collapsed(error), K6ciError):
            raise
    if interruption.exit_code is not None:
        return Decision(Verdict.CANCELLED, interruption.exit_code, "The check was cancelled.")
    return ExitCode.PASSED


async def _ask(settings: Settings, context: AppContext) -> None:
    k6_source = context.k6_source(settings)
    async with contextlib.AsyncExitStack() as resources:
        settings = await resources.enter_async_context(open_target(settings, k6_source, context.redactor))
        ready = await preflight(
            settings,
            resources,
            environ=context.environ,
            checkout=context.checkout,
            k6_source=k6_source,
            platform=context.platform,
            clock=context.clock,
            redactor=context.redactor,
            needs_script=False,
        )
        _show(ready, settings, context)


def _show(ready: Ready, settings: Settings, context: AppContext) -> None:
    console = console_for(context.stdout)

    def say(name: str, text: str) -> None:
        console.print(f"{name:<8} {one_line(text)}", markup=False, soft_wrap=True)

    stack = ready.stack
    url = f", {stack.named.value.url}" if stack.named.value.url else ""
    say("cloud", f"{stack.client.origin}{' (EMULATED)' if settings.is_emulated else ''}")
    say("token", f"accepted (from {stack.token.source})")
    say("stack", f"{stack.id}{url} (from {stack.named.source})")
    for project in ready.projects:
        say("project", f"{project.id} {project.name}".rstrip())
    say("k6", f"{ready.k6.version} at {ready.k6.path}")
    for request in ready.requests:
        cost = f"about {request.vuh_estimate or 0.0:.4g} VUh"
        say("script", f"{request.archive.script} is valid, for project {request.project_id}, {cost}")
    for warning in ready.warnings:
        say("warning", warning)
    say("result", "everything is in place; nothing was started")


COMMAND: Final = Command(
    "check", check, "Check token, stack, project, k6 and scripts; start nothing.", inputs=names_on(Face.CLI)
)
