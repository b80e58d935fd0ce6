"""The only caller of git: where a repository begins and what it is called elsewhere. Never raises for want of one."""

from __future__ import annotations

import pathlib
import subprocess
from typing import Final

_PATIENCE_SECONDS: Final = 10


def root_of(folder: pathlib.Path) -> pathlib.Path | None:
    """The top folder of the work tree that `folder` is in; None outside of one, or without git."""
    answer = _git(folder, "rev-parse", "--show-toplevel")
    return pathlib.Path(answer) if answer else None


def remote_url(folder: pathlib.Path) -> str | None:
    """The URL of the remote `origin`; it may hold credentials, so use its path only."""
    return _git(folder, "remote", "get-url", "origin")


def _git(folder: pathlib.Path, *arguments: str) -> str | None:
    try:
        finished = subprocess.run(
            ["git", *arguments],  # noqa: S607 -- git is wherever PATH has it
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return finished.stdout.decode(errors="replace").strip() or None if finished.returncode == 0 else None
