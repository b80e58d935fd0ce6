"""Where a command runs: the real cloud, or an emulator that lives as long as the command does; and which label."""

from __future__ import annotations

import contextlib
import dataclasses
import urllib.parse
from collections.abc import AsyncIterator

import pydantic

from k6ci.errors import UsageError
from k6ci.k6.source import K6Source
from k6ci.platforms.surroundings import Surroundings
from k6ci.settings.model import Settings, Sourced
from k6ci.settings.parse import is_loopback
from k6ci.settings.sources import Rank
from k6ci.settings.stack import Stack


@dataclasses.dataclass(frozen=True)
class Target:
    """Settings that point at the target; `is_emulated` whenever the API is a loopback address, whoever serves it."""

    settings: Settings
    is_emulated: bool


def is_emulated(settings: Settings) -> bool:
    """Whether results will come from a loopback origin, and must say so."""
    return settings.target == "emulator" or is_loopback(urllib.parse.urlsplit(settings.host).hostname)


@contextlib.asynccontextmanager
async def open_target(settings: Settings, around: Surroundings) -> AsyncIterator[Target]:
    """The target that the settings ask for; an emulator is started only when asked for by name.

    Raises:
        UsageError: the emulator's extra is not installed.
        K6MissingError: the emulator has no k6 to execute with.
    """
    if settings.target != "emulator":
        yield Target(settings, is_emulated(settings))
        return
    try:
        from k6ci.emulator import EmulatorConfig, running_emulator  # noqa: PLC0415 -- an extra, and only if asked for
    except ImportError as error:
        raise UsageError(
            f"The emulator is not installed ({error.name} is missing).", "Run `pip install 'k6ci[cloud,emulator]'`."
        ) from None
    k6 = K6Source(settings.k6_path, around.environ, around.interpreter).find()
    async with running_emulator(EmulatorConfig(k6=k6, environ=around.environ)) as emulator:
        around.redactor.add(emulator.token)
        yield Target(
            settings.replaced(
                host=emulator.api_url,
                logs_tail_url=emulator.tail_url,
                token=Sourced(value=pydantic.SecretStr(emulator.token), source="the emulator", rank=Rank.FLAG),
                empty_secret=None,
                stack=Sourced(value=Stack(url=emulator.stack_url), source="the emulator", rank=Rank.FLAG),
                project=settings.project or Sourced(value=emulator.project_id, source="the emulator", rank=Rank.FLAG),
            ),
            is_emulated=True,
        )
