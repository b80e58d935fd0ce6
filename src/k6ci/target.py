"""Where a command runs: the real cloud, or an emulator that lives as long as the command does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pydantic

from k6ci.errors import UsageError
from k6ci.k6.source import K6Source
from k6ci.redaction import Redactor
from k6ci.settings.model import Settings
from k6ci.settings.provenance import Rank, Sourced
from k6ci.settings.stack import Stack


@contextlib.asynccontextmanager
async def open_target(settings: Settings, k6_source: K6Source, redactor: Redactor) -> AsyncIterator[Settings]:
    """The settings that point at the target; an emulator is started only when `target` asks for it by name.

    It executes scripts with the k6 of `k6_source`; its token is added to the redactor.

    Raises:
        UsageError: the emulator's extra is not installed.
        K6MissingError: the emulator has no k6 to execute with.
    """
    if settings.target != "emulator":
        yield settings
        return
    try:
        from k6ci.emulator import EmulatorConfig, running_emulator  # noqa: PLC0415 -- an extra, and only if asked for
    except ImportError as error:
        raise UsageError(
            f"The emulator is not installed ({error.name} is missing).", "Run `pip install 'k6ci[cloud,emulator]'`."
        ) from None
    located = await k6_source.locate(settings.k6_version)
    config = EmulatorConfig(k6=located.path, environ=k6_source.environ)
    async with running_emulator(config) as emulator:
        redactor.add(emulator.token)
        yield settings.replaced(
            host=emulator.api_url,
            logs_tail_url=emulator.tail_url,
            token=Sourced(value=pydantic.SecretStr(emulator.token), source="the emulator", rank=Rank.FLAG),
            empty_secret=None,
            stack=Sourced(value=Stack(url=emulator.stack_url), source="the emulator", rank=Rank.FLAG),
            project=settings.project or Sourced(value=emulator.project_id, source="the emulator", rank=Rank.FLAG),
        )
