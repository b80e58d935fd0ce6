"""The sources of inputs: flags, the environment, k6ci.toml, the script, k6's config file; each value with its source.

Reads one file and nothing else; the environment is handed in. Knows no precedence: resolve.py does.
"""

from __future__ import annotations

import difflib
import pathlib
from collections.abc import Mapping
from typing import Any, Final

from k6ci import files
from k6ci.errors import SettingsError
from k6ci.settings.catalogue import BY_NAME, INPUTS, Face, Input
from k6ci.settings.configfile import ConfigFile
from k6ci.settings.provenance import Candidate, Rank
from k6ci.settings.raw import Raw, quoted

FILE_NAME: Final = "k6ci.toml"
# `k6ci scan` reads these itself; it does not import this module.
_OF_THE_SCAN: Final = frozenset({"exclude"})
_LARGEST: Final = 2**16


def from_flags(flags: Mapping[str, Raw | None]) -> dict[str, list[Candidate]]:
    """Candidates of the command line; an option that was not given is None or an empty list."""
    return {
        name: [Candidate(raw, Rank.FLAG, f"{name.upper()} argument" if BY_NAME[name].is_argument else f"--{name}")]
        for name, raw in flags.items()
        if raw is not None and raw not in ((), [])
    }


def from_environment(environ: Mapping[str, str]) -> dict[str, list[Candidate]]:
    """Candidates of the environment, the empty ones too: `K6CI_<NAME>` first, then k6's own names."""
    found: dict[str, list[Candidate]] = {}
    for entry in INPUTS:
        found[entry.name] = [
            Candidate(environ[name], Rank.ENVIRONMENT, f"environment variable {name}")
            for name in entry.environment_names
            if name in environ
        ]
    return found


def from_file(folder: pathlib.Path) -> dict[str, list[Candidate]]:
    """Candidates of `k6ci.toml` in the working directory.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key, or a key that pull requests must not set.
    """
    path = folder / FILE_NAME
    remedy = f"Make {FILE_NAME} a readable UTF-8 file of at most {_LARGEST >> 10} KiB."
    try:
        content = files.read_bytes(path, root=folder, max_bytes=_LARGEST)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.", remedy) from None
    if len(content) > _LARGEST:
        raise SettingsError(f"{path} is larger than {_LARGEST >> 10} KiB.", remedy)
    try:
        import tomllib  # noqa: PLC0415 -- most jobs have no such file

        table = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8.", remedy) from None
    except RecursionError:
        raise SettingsError(f"{path} is nested too deeply.", "Write its keys at the top level.") from None
    except ValueError as error:  # tomllib.TOMLDecodeError is a ValueError
        raise SettingsError(f"{path} is not TOML: {error}", "Fix the line that the message names.") from None
    return {name: [Candidate(raw, Rank.FILE, f"{FILE_NAME}, key {name}")] for name, raw in _known(table).items()}


def _known(table: Mapping[str, Any]) -> Mapping[str, Any]:
    allowed = {entry.name for entry in INPUTS if Face.FILE in entry.faces}
    for key in table:
        if key in allowed or key in _OF_THE_SCAN:
            continue
        if key in BY_NAME or key in ("proxy", "K6_CLOUD_TOKEN"):
            where = _trusted_place(BY_NAME.get(key))
            raise SettingsError(
                f"{FILE_NAME} sets {key}, which pull requests could use to redirect a token or a program.",
                f"Remove the key from {FILE_NAME} and {where}.",
            )
        close = difflib.get_close_matches(key, allowed, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise SettingsError(
            f"{FILE_NAME} has an unknown key {quoted(key)}.", f"{meant}Known keys: {', '.join(sorted(allowed))}."
        )
    return {key: value for key, value in table.items() if key not in _OF_THE_SCAN}


def _trusted_place(entry: Input | None) -> str:
    if entry is None or not entry.environment_names:
        return "set it in the environment of the job"
    return f"set the environment variable {entry.environment_names[0]}"


def from_script(cloud_options: Mapping[str, Any], script: str) -> dict[str, list[Candidate]]:
    """Candidates that a script carries in `options.cloud`."""
    return {
        entry.name: [Candidate(raw, Rank.SCRIPT, f"options.cloud.{entry.script_key} of {script}")]
        for entry in INPUTS
        if entry.script_key and (raw := cloud_options.get(entry.script_key))
    }


def from_config(file: ConfigFile, rank: Rank) -> dict[str, list[Candidate]]:
    """Candidates of k6's own config file, `collectors.cloud`."""
    return {
        entry.name: [
            Candidate(file.cloud[key], rank, f"collectors.cloud.{key} of {file.path}")
            for key in entry.config_keys
            if file.cloud.get(key)
        ]
        for entry in INPUTS
        if entry.config_keys
    }
