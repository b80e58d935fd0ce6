"""The resolved settings of one command: the value of every input, and what was noticed on the way to it."""

from __future__ import annotations

import dataclasses
import pathlib
import urllib.parse
from typing import Any

from k6ci.errors import K6ciError
from k6ci.settings.catalogue import Inputs
from k6ci.settings.configfile import ConfigFile
from k6ci.settings.parse import is_loopback
from k6ci.settings.provenance import Candidate, Sourced


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings(Inputs):
    """The values of all inputs, resolved, and more about their sources.

    Attributes:
        empty_secret: the source that set the token to nothing, which in CI is an error.
        test_name: the name of the load test that K6_CLOUD_NAME, or else k6's config file, sets.
        options_file: the one config file whose load options count.
        has_legacy_options: whether it is where only k6 before 2.0 looks.
        config_paths: the k6 config files that were looked for.
        candidates: all values that sources offer for token, stack and project, the strongest first.
        given: the names of the inputs that a source sets.
        notes: sentences about values that were passed over.
        problems: malformed inputs, whose fields are then unset (or the default): report these before you use settings.
        malformed: the names of these inputs.
    """

    empty_secret: str | None
    test_name: Sourced[str] | None
    options_file: ConfigFile | None
    has_legacy_options: bool
    config_paths: tuple[pathlib.Path, ...]
    candidates: tuple[tuple[str, Candidate], ...]
    given: frozenset[str]
    is_ci: bool
    notes: tuple[str, ...]
    problems: tuple[K6ciError, ...]
    malformed: frozenset[str]

    @property
    def is_emulated(self) -> bool:
        """Whether results come from a loopback address; all output must then show this."""
        return self.target == "emulator" or is_loopback(urllib.parse.urlsplit(self.host).hostname)

    def replaced(self, **changes: Any) -> Settings:
        """The same settings with some fields changed."""
        return dataclasses.replace(self, **changes)
