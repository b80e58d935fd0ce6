"""The resolved settings of one command: frozen, typed, each value with the source that it came from."""

from __future__ import annotations

import datetime as dt
import pathlib
import urllib.parse
from typing import Any, Generic, TypeVar

import pydantic

from k6ci.errors import K6ciError
from k6ci.settings.configfile import ConfigFile
from k6ci.settings.parse import is_loopback
from k6ci.settings.sources import Candidate, Rank
from k6ci.settings.stack import Stack

Value = TypeVar("Value")


class Sourced(pydantic.BaseModel, Generic[Value]):
    """A value, who set it (`source` is a phrase for people), and how strongly."""

    model_config = pydantic.ConfigDict(frozen=True, arbitrary_types_allowed=True)

    value: Value
    source: str
    rank: Rank


class Settings(pydantic.BaseModel):
    """What the user asked for.

    `notes` are sentences about values that were passed over. `problems` are malformed inputs, whose fields are then
    empty (or the default) and whose names are in `malformed`: nobody may act on settings before these were reported.
    `config_paths` are the k6 config files that were looked for; `candidates` is what every source offered for token,
    stack and project, the strongest first. `options_file` is the one config file whose load options count;
    `has_legacy_options` says that it lies where only k6 before 2.0 looks. `test_name` is the name of the load test that
    K6_CLOUD_NAME, or else k6's config file, asks for.
    """

    model_config = pydantic.ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    scripts: tuple[str, ...]
    project: Sourced[int] | None
    stack: Sourced[Stack] | None
    token: Sourced[pydantic.SecretStr] | None
    empty_secret: str | None
    k6_path: pathlib.Path | None
    k6_version: str | None
    flags: tuple[str, ...]
    variables: tuple[str, ...] = pydantic.Field(repr=False)
    timeout: dt.timedelta | None
    queue_timeout: dt.timedelta
    concurrency_timeout: dt.timedelta
    max_parallel: int
    fail_fast: bool
    max_vuh: float | None
    max_vuh_suite: float | None
    min_checks_rate: float | None
    report_dir: pathlib.Path
    allow_no_samples: bool
    allow_empty: bool
    fork_policy: str
    show_logs: bool
    target: str
    host: str
    logs_tail_url: str
    allow_files: tuple[str, ...] = ()
    test_name: Sourced[str] | None = None
    options_file: ConfigFile | None = None
    has_legacy_options: bool = False
    config_paths: tuple[pathlib.Path, ...] = ()
    candidates: tuple[tuple[str, Candidate], ...] = ()
    is_ci: bool
    notes: tuple[str, ...]
    problems: tuple[K6ciError, ...]
    malformed: frozenset[str]

    @property
    def is_emulated(self) -> bool:
        """Whether results come from a loopback address, whoever serves it, so that everything shown must say so."""
        return self.target == "emulator" or is_loopback(urllib.parse.urlsplit(self.host).hostname)

    def replaced(self, **changes: Any) -> Settings:
        """The same settings with some fields changed."""
        return self.model_copy(update=changes)
