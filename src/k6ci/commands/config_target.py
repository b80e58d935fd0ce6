"""The config file to which a login is written: the named one, or the one that the installed k6 reads."""

from __future__ import annotations

import dataclasses
import pathlib
import sys
from typing import Final

import anyio

from k6ci.commands.command import RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import K6MissingError, SettingsError
from k6ci.k6.version import K6, MINIMUM_VERSION
from k6ci.settings.catalogue import BY_NAME
from k6ci.settings.configfile import default_config_path, legacy_config_path
from k6ci.settings.model import Settings
from k6ci.settings.parse import parse

NO_HOME: Final = (
    "Cannot determine where k6 keeps its config file: neither HOME nor XDG_CONFIG_HOME (on Windows: APPDATA) is an "
    "absolute path."
)


@dataclasses.dataclass(frozen=True)
class ConfigTarget:
    """A config file to write; `is_default` if k6 reads it by default; `legacy` is where k6 before 1.0 keeps its own.

    `k6` is the version and path of the k6 whose file it is, for people; None if none was found or a file was named.
    """

    path: pathlib.Path
    is_default: bool
    legacy: pathlib.Path | None
    k6: str | None = None


def config_target(context: AppContext, raw_inputs: RawInputs, settings: Settings) -> ConfigTarget:
    """The file for a login.

    Raises:
        SettingsError: no file was named, and the path of k6's own cannot be determined.
        K6MissingError: k6-path is not a k6 binary.
    """
    legacy = legacy_config_path(context.environ, sys.platform)
    named = named_config(context, raw_inputs)
    if named is not None:
        return ConfigTarget(named, is_default=False, legacy=legacy)
    k6 = anyio.run(_installed, context, settings)
    is_old = k6 is not None and k6.number < MINIMUM_VERSION
    path = legacy if is_old else default_config_path(context.environ, sys.platform)
    if path is None:
        raise SettingsError(NO_HOME, "Name the file with --config.")
    return ConfigTarget(path, is_default=True, legacy=legacy, k6=None if k6 is None else f"{k6.version} at {k6.path}")


def named_config(context: AppContext, raw_inputs: RawInputs) -> pathlib.Path | None:
    """The file of `--config` or K6_CONFIG, relative to the working directory; it need not exist."""
    entry = BY_NAME["config"]
    candidates = [
        (raw_inputs.get("config"), "--config"),
        *((context.environ.get(name), name) for name in entry.variables),
    ]
    for raw, source in candidates:
        if isinstance(raw, str) and raw.strip():
            try:
                path: pathlib.Path = parse(entry, raw)
            except ValueError as error:
                raise SettingsError(f"config: {error} (from {source}).", f"Give {entry.accepted}.") from None
            return context.folder / path
    return None


async def _installed(context: AppContext, settings: Settings) -> K6 | None:
    """The k6 that would be used; None if there is none and none was named."""
    try:
        return await context.k6_source(settings).installed()
    except K6MissingError:
        if settings.k6_path is not None:
            raise
        return None
