"""Finds programs on PATH, without its relative and empty entries: these mean the working directory, the checkout.

Standard library only: the commit hook uses this module, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

# Variables for git's configuration, programs and repository, its language, and those that Windows requires.
_PASSED = (
    *("HOME", "XDG_CONFIG_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "PROGRAMDATA", "SUDO_UID"),
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXEC_PATH"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_CEILING_DIRECTORIES", "GIT_SHALLOW_FILE"),
    *("GIT_DISCOVERY_ACROSS_FILESYSTEM", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH"),
    *("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"),
)
_PASSED_PREFIXES = ("GIT_CONFIG_", "LC_")


def absolute_entries(search_path: str | None) -> list[str]:
    """The absolute entries of a PATH."""
    entries = [entry.strip('"') if os.name == "nt" else entry for entry in (search_path or "").split(os.pathsep)]
    return [entry for entry in entries if os.path.isabs(entry)]


def safe_path(search_path: str | None) -> str:
    """A PATH for child processes, without its relative and empty entries."""
    return os.pathsep.join(absolute_entries(search_path))


def find_program(name: str, search_path: str | None) -> str | None:
    """The absolute path of a program; None if it is not on PATH.

    Unlike `shutil.which`, it does not search the working directory on Windows.
    """
    endings = (".exe", ".com", ".bat", ".cmd") if os.name == "nt" else ("",)
    for folder in absolute_entries(search_path):
        for ending in endings:
            path = os.path.join(folder, name + ending)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return None


def bare_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for git, which contacts no server here: without tokens and passwords of the job."""
    names = [name for name in environ if name.upper() in _PASSED or name.startswith(_PASSED_PREFIXES)]
    return {name: environ[name] for name in names} | {"PATH": safe_path(environ.get("PATH", os.defpath))}
