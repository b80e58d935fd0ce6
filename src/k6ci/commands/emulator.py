"""`k6ci emulator`: starts the local emulator and prints the variables with which k6 and k6ci use it."""

from __future__ import annotations

import functools
import shlex
from typing import Annotated, Final

import anyio
import typer

from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode, UsageError
from k6ci.runs.interruption import Interruption
from k6ci.settings.resolve import resolve


def emulator(
    context: AppContext,
    raw_inputs: RawInputs,
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 means any free port.")] = 0,
    progression: Annotated[
        str, typer.Option(help="How the status of runs changes: real, immediate or stepped.")
    ] = "real",
) -> CommandResult:
    """Serve until a signal arrives.

    Raises:
        UsageError: the extra is not installed, or the progression is unknown.
        K6MissingError: there is no k6 to run scripts with.
    """
    try:
        from k6ci.emulator import EmulatorConfig, Progression  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise UsageError(
            f"The emulator is not installed ({error.name} is missing).", "Run `pip install 'k6ci[cloud,emulator]'`."
        ) from None
    chosen = {one.value: one for one in Progression}.get(progression)
    if chosen is None:
        words = ", ".join(one.value for one in Progression)
        raise UsageError(f"--progression {progression}: unknown value.", f"Choose one of {words}.")
    settings = resolve(raw_inputs, context.environ, context.folder)
    located = anyio.run(context.k6_source(settings).locate, settings.k6_version)
    config = EmulatorConfig(k6=located.path, environ=context.environ, port=port, progression=chosen)
    return anyio.run(functools.partial(_serve, config, context))


async def _serve(config: object, context: AppContext) -> CommandResult:
    from k6ci.emulator import EmulatorConfig, running_emulator  # noqa: PLC0415 -- an extra

    assert isinstance(config, EmulatorConfig)  # noqa: S101 -- for the type checker
    interruption = Interruption()
    with interruption.listening(), interruption.attached(), interruption.scope():
        async with running_emulator(config) as served:
            lines = [f"export {name}={shlex.quote(value)}" for name, value in served.environment().items()]
            # The token is random, works here only and must be printed: the redactor does not know it.
            context.stdout.write(
                "\n".join(["# Grafana Cloud k6 emulator; run these lines in another terminal:", *lines, ""])
            )
            context.stdout.flush()
            await anyio.sleep_forever()
    return ExitCode.PASSED


COMMAND: Final = Command(
    "emulator",
    emulator,
    "Start a local emulator of Grafana Cloud k6.\n\nPrints the environment variables that select it.",
    inputs=("k6-path",),
)
