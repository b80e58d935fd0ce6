"""k6's own config file: its path for each version of k6, and its content. Reads; configwrite.py writes.

Facts: Go's os.UserConfigDir; cmd/state/state.go of grafana/k6 (v0.57.0: `loadimpact/k6`, v1.0.0 and later: `k6`).
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import stat
from collections.abc import Mapping
from typing import Any, Final

from k6ci.errors import SettingsError

CLOUD_KEYS: Final = ("token", "stackID", "stackURL", "defaultProjectID")
_LARGEST: Final = 2**20
_OTHERS: Final = 0o077
_REMEDY: Final = "Fix or remove the file, or name another one with --config."


def default_config_path(environ: Mapping[str, str], system: str) -> pathlib.Path | None:
    """Where k6 1.0 and later keeps its config file; None when the environment does not say.

    `system` is `sys.platform`.
    """
    base = _config_folder(environ, system)
    return None if base is None else base / "k6" / "config.json"


def legacy_config_path(environ: Mapping[str, str], system: str) -> pathlib.Path | None:
    """Where k6 before 1.0 keeps its config file. k6 1.x reads it when there is no newer one, k6 2.x never."""
    base = _config_folder(environ, system)
    return None if base is None else base / "loadimpact" / "k6" / "config.json"


@dataclasses.dataclass(frozen=True)
class ConfigFile:
    """A config file as it was read; `content` is what it was read from."""

    path: pathlib.Path
    content: bytes = dataclasses.field(repr=False)
    document: Any = dataclasses.field(repr=False)
    mode: int
    owner: int

    @property
    def cloud(self) -> Mapping[str, Any]:
        """`collectors.cloud`; empty when there is none."""
        section = self.document
        for key in ("collectors", "cloud"):
            section = section.get(key) if isinstance(section, dict) else None
        return section if isinstance(section, dict) else {}

    @property
    def exposure(self) -> str | None:
        """A sentence about a file that other users can read, with the remedy; None if it is private or has no token."""
        if os.name == "nt" or not self.mode & _OTHERS or not self.cloud.get("token"):
            return None
        return (
            f"Other users can read the token in {self.path} (mode {self.mode:04o}, as k6 before 2.1 writes it): "
            f"run `chmod 600 {self.path}`, and replace the token if others use this machine."
        )


def read_config(path: pathlib.Path) -> ConfigFile | None:
    """The config file; None when there is none.

    Raises:
        SettingsError: it is not a regular file, too large, unreadable, or not JSON.
    """
    try:
        # If the path is a pipe, opening it must not wait for a writer.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, str(error.strerror).lower()) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(path, "it is a folder" if stat.S_ISDIR(status.st_mode) else "it is not a regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(_LARGEST + 1)
        document = json.loads(content) if len(content) <= _LARGEST else None
    except OSError as error:
        raise _unreadable(path, str(error.strerror).lower()) from None
    except (ValueError, RecursionError):
        raise _unreadable(path, "it is not JSON") from None
    finally:
        os.close(handle)
    if len(content) > _LARGEST:
        raise _unreadable(path, "it is larger than 1 MiB")
    return ConfigFile(path, content, document, stat.S_IMODE(status.st_mode), status.st_uid)


def _unreadable(path: pathlib.Path, why: str) -> SettingsError:
    return SettingsError(f"The k6 config file {path} cannot be read: {why}.", _REMEDY)


def _config_folder(environ: Mapping[str, str], system: str) -> pathlib.Path | None:
    if system == "win32":
        base = environ.get("AppData") or environ.get("APPDATA")
        return pathlib.Path(base) if base else None
    home = environ.get("HOME")
    if system == "darwin":
        return pathlib.Path(home) / "Library" / "Application Support" if home else None
    base = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    # Go refuses a relative path here, so that k6 uses no config file: k6ci does not guess one either.
    return pathlib.Path(base) if base and pathlib.PurePosixPath(base).is_absolute() else None
