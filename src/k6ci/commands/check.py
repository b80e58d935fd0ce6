"""`k6ci check`: the first part of `run` alone; proves the set-up without spending anything."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Mapping

import anyio

from k6ci.commands.context import AppContext
from k6ci.commands.ending import Ending, Given
from k6ci.errors import ExitCode, K6ciError
from k6ci.lines import one_line
from k6ci.pipeline import SKIPPED_FORK, is_fork_without_secret
from k6ci.preflight import Ready, preflight
from k6ci.preflight.budget import within_budget
from k6ci.render.console import console_for
from k6ci.results.model import Decision, Verdict
from k6ci.runs.interruption import Interruption
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve
from k6ci.suite import orders_of
from k6ci.target import open_target


def check(context: AppContext, given: Given) -> Ending:
    """Check token, stack, project, k6 and scripts.

    Raises:
        K6ciError: everything that has to be mended.
    """
    settings = resolve(given, context.environ, context.folder)
    if settings.fork_policy == "skip" and is_fork_without_secret(settings, context.platform):
        context.say(SKIPPED_FORK)
        return Decision(Verdict.SKIPPED, ExitCode.PASSED, SKIPPED_FORK)
    outcome = anyio.run(functools.partial(_check, settings, context))
    if isinstance(outcome, K6ciError):
        raise outcome
    return outcome


async def _check(settings: Settings, context: AppContext) -> Ending | K6ciError:
    """The ending, or what was found."""
    interruption = Interruption()
    outcome: Ending | K6ciError = ExitCode.PASSED
    with interruption.listening(), interruption.attached(), interruption.scope():
        outcome = await _ask(settings, context)
    if interruption.exit_code is not None:
        return Decision(Verdict.CANCELLED, interruption.exit_code, "The check was cancelled.")
    return outcome


async def _ask(settings: Settings, context: AppContext) -> Ending | K6ciError:
    async with contextlib.AsyncExitStack() as resources:
        try:
            k6_source = context.k6_source(settings.k6_path)
            target = open_target(settings, k6_source, context.redactor)
            settings = await resources.enter_async_context(target)
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
            orders = await orders_of(settings, ready, context.checkout, context.platform)
            names = {order.archive.script: order.name for order in orders}
            estimates, cautions = await within_budget(ready, settings, names)
        except K6ciError as error:
            return error
        ready = dataclasses.replace(ready, warnings=(*ready.warnings, *cautions))
        _show(ready, estimates, settings, context)
        return ExitCode.PASSED
    raise AssertionError("an exit stack does not swallow errors")


def _show(ready: Ready, estimates: Mapping[str, float], settings: Settings, context: AppContext) -> None:
    console = console_for(context.stdout)

    def say(name: str, text: str) -> None:
        console.print(f"{name:<8} {one_line(text)}", markup=False, soft_wrap=True)

    token, stack = settings.token, settings.stack
    say("cloud", f"{ready.client.origin}{' (EMULATED)' if settings.is_emulated else ''}")
    say("token", f"accepted (from {token.source if token else ''})")
    say(
        "stack",
        f"{ready.stack_id}{f', {ready.stack_url}' if ready.stack_url else ''} (from {stack.source if stack else ''})",
    )
    for project in ready.projects:
        say("project", f"{project.id} {project.name}".rstrip())
    say("k6", f"{ready.k6.version} at {ready.k6.path}")
    for prepared in ready.scripts:
        script = prepared.archive.script
        say("script", f"{script} is valid, for project {prepared.project_id}, about {estimates[script]:.4g} VUh")
    for warning in ready.warnings:
        say("warning", warning)
    say("result", "everything is in place; nothing was started")
