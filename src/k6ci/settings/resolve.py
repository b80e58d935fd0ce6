"""From candidates to settings: flag > environment > k6ci.toml > script > k6's config file > its old location > default.

Malformed inputs become problems of the settings, so that they are reported with everything else. An empty value counts
as unset and is noted; an empty secret in CI is remembered as such, because there it means a secret that does not exist.
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys
import urllib.parse
from collections.abc import Mapping
from typing import Any, Final

import pydantic

from k6ci.errors import K6ciError, SettingsError
from k6ci.settings import sources
from k6ci.settings.catalogue import BY_NAME, FIELDS, INPUTS, Input, Kind
from k6ci.settings.configfile import ConfigFile, default_config_path, legacy_config_path, read_config
from k6ci.settings.model import Settings
from k6ci.settings.parse import is_loopback, parse, refuse_outside
from k6ci.settings.provenance import Candidate, Rank, Sourced
from k6ci.settings.raw import Raw
from k6ci.settings.testname import wanted_name

HOW_TO_MIGRATE: Final = "Run `k6ci login --migrate` to store the login where current versions of k6 read it."
_TRACED: Final = tuple(entry.name for entry in INPUTS if entry.config_keys)


def resolve(
    flags: Mapping[str, Raw | None],
    environ: Mapping[str, str],
    folder: pathlib.Path,
    *,
    system: str = sys.platform,
    reads_config: bool = True,
) -> Settings:
    """The settings of a command; malformed inputs are in its `problems`, each with its source and the accepted form.

    Args:
        flags: what the command line gave, by input name; None for what it did not.
        environ: the environment of the process.
        folder: the working directory, where `k6ci.toml` is looked for.
        system: `sys.platform` of the machine whose config path counts.
        reads_config: whether k6's config files are a source; not for who is about to write one.
    """
    return _Resolution(flags, environ, folder, system if reads_config else None).settings()


def with_script(settings: Settings, cloud_options: Mapping[str, Any], script: str) -> Settings:
    """The settings for one script: its `options.cloud` outranks k6's config file, and nothing stronger.

    Raises:
        SettingsError: the script carries a malformed project or stack ID.
    """
    changes: dict[str, Any] = {}
    offered = sources.from_script(cloud_options, script)
    for field, entry in FIELDS.items():
        current = getattr(settings, field)
        if entry.name in offered and (current is None or current.rank > Rank.SCRIPT):
            changes[field] = _sourced(entry, offered[entry.name][0])
    return settings.replaced(**changes)


def is_true(text: str | None) -> bool:
    """Whether an environment variable of a CI system is on: anything but empty, `false` and `0`."""
    return bool(text) and str(text).strip().lower() not in ("false", "0", "")


@dataclasses.dataclass(frozen=True)
class _Ranked:
    """A config file and its rank."""

    file: ConfigFile
    rank: Rank


class _Resolution:
    """The work of one `resolve` call: candidates in, problems collected, settings out."""

    def __init__(
        self, flags: Mapping[str, Raw | None], environ: Mapping[str, str], folder: pathlib.Path, system: str | None
    ) -> None:
        self._environ = environ
        self._system = system
        self._problems: list[K6ciError] = []
        self._malformed: set[str] = set()
        self._notes: list[str] = []
        self._looked: list[pathlib.Path] = []
        self._unreadable: set[pathlib.Path] = set()
        self._files: list[ConfigFile] = []
        self._options: _Ranked | None = None
        self._candidates: dict[str, list[Candidate]] = {entry.name: [] for entry in INPUTS}
        self._take(sources.from_flags(flags))
        self._take(sources.from_environment(environ))
        try:
            self._take(sources.from_file(folder))
        except SettingsError as error:
            self._problems.append(error)

    def settings(self) -> Settings:
        self._found = {entry.name: self._pick(entry) for entry in INPUTS if entry.name not in _TRACED}
        self._read_config()
        token, empty_secret = self._token()
        traced = {name: token if BY_NAME[name].secret else self._pick(BY_NAME[name]) for name in _TRACED}
        found = self._found | traced
        values: dict[str, Any] = {
            field: picked if entry.name in _TRACED else picked.value
            for field, entry in FIELDS.items()
            if (picked := found[entry.name]) is not None
        }
        options = self._options
        return Settings(
            **values,
            empty_secret=empty_secret,
            test_name=wanted_name(self._environ, options.file if options else None),
            options_file=options.file if options else None,
            has_legacy_options=options is not None and options.rank is Rank.LEGACY,
            config_paths=tuple(self._looked),
            candidates=tuple((name, candidate) for name in _TRACED for candidate in self._candidates[name]),
            given=frozenset(name for name, one in found.items() if one is not None and one.rank is not Rank.DEFAULT),
            is_ci=is_true(self._environ.get("CI")),
            notes=tuple(dict.fromkeys(self._notes)),
            problems=tuple(self._problems),
            malformed=frozenset(self._malformed),
        )

    def _take(self, found: Mapping[str, list[Candidate]]) -> None:
        for name, candidates in found.items():
            self._candidates[name].extend(candidates)

    def _read_config(self) -> None:
        if self._system is None:
            return
        explicit = self._value("config")
        if explicit is not None:
            if self._take_config(explicit, Rank.CONFIG) is None and explicit not in self._unreadable:
                error = SettingsError(f"The k6 config file {explicit} does not exist.", "Fix --config or K6_CONFIG.")
                self._blame(error)
            return
        current = default_config_path(self._environ, self._system)
        found = None if current is None else self._take_config(current, Rank.CONFIG)
        # Like k6 1.x, which reads the old file if there is no new one; k6ci also does if the new one has no token.
        legacy = legacy_config_path(self._environ, self._system)
        if legacy is not None and not (found and found.cloud.get("token")):
            self._take_config(legacy, Rank.LEGACY)

    def _take_config(self, path: pathlib.Path, rank: Rank) -> ConfigFile | None:
        """Take the candidates of a config file. The first file that exists has the load options, as with k6."""
        self._looked.append(path)
        try:
            file = read_config(path)
        except SettingsError as error:
            self._unreadable.add(path)
            self._blame(error)
            return None
        if file is not None:
            if self._options is None:
                self._options = _Ranked(file, rank)
            self._files.append(file)
            self._take(sources.from_config(file, rank))
        return file

    def _blame(self, error: SettingsError) -> None:
        """Report a file that cannot be read, and no input as missing that only this file could set."""
        self._problems.append(error)
        self._malformed.update(name for name in _TRACED if all(one.is_empty for one in self._candidates[name]))

    def _pick(self, entry: Input) -> Sourced[Any] | None:
        for candidate in self._candidates[entry.name]:
            if candidate.is_empty:
                # The action and the template set the variables of all inputs: an empty K6CI_* just means unset.
                if not candidate.source.startswith("environment variable K6CI_"):
                    self._notes.append(f"{candidate.source} is set but empty: counted as unset.")
                continue
            try:
                return _sourced(entry, candidate)
            except SettingsError as error:
                self._problems.append(error)
                self._malformed.add(entry.name)
                break
        if entry.default is None:
            return None
        return _sourced(entry, Candidate(entry.default, Rank.DEFAULT, "default"))

    def _value(self, name: str) -> Any:
        """The value of an input that k6's config file cannot set."""
        found = self._found[name]
        return None if found is None else found.value

    def _token(self) -> tuple[Sourced[pydantic.SecretStr] | None, str | None]:
        """The token, or the source that set it to nothing: in CI an empty secret is an error, whatever follows."""
        candidates = self._candidates["token"]
        empty = next((candidate for candidate in candidates if candidate.is_empty), None)
        if empty is not None and is_true(self._environ.get("CI")):
            return None, empty.source
        picked = self._pick(BY_NAME["token"])
        if picked is None:
            return None, None
        if picked.rank >= Rank.CONFIG:
            if self._is_loopback_target() and self._value("config") is None:
                self._notes.append(
                    f"The token of {picked.source} is not sent to an emulator; set K6_CLOUD_TOKEN for it, or name the "
                    "file with --config."
                )
                return None, None
            self._notes += [file.exposure for file in self._files if file.exposure]
        if picked.rank is Rank.LEGACY:
            self._notes.append(
                f"{picked.source} is the location of k6 before 1.0, which k6 2.x does not read. {HOW_TO_MIGRATE}"
            )
        return picked, None

    def _is_loopback_target(self) -> bool:
        host = self._value("host")
        return is_loopback(urllib.parse.urlsplit(host).hostname)


def _sourced(entry: Input, candidate: Candidate) -> Sourced[Any]:
    try:
        value = parse(entry, candidate.raw)
        if candidate.rank is Rank.FILE and entry.kind is Kind.PATH:  # pull requests edit the file
            refuse_outside(value)
    except ValueError as error:
        shown = f"{entry.name} is malformed" if entry.secret else f"{entry.name}: {error}"
        raise SettingsError(f"{shown} (from {candidate.source}).", f"Give {entry.accepted}.") from None
    return Sourced(
        value=pydantic.SecretStr(value) if entry.secret else value, source=candidate.source, rank=candidate.rank
    )
