"""Where the work tree begins when git cannot tell: it is not installed, or distrusts who owns the files.

Standard library only.
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

_WORKSPACES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def work_tree_root(folder: pathlib.Path, environ: Mapping[str, str]) -> pathlib.Path | None:
    """The nearest folder with a `.git`, as git would say; else the CI system's workspace, if `folder` is in it."""
    above = [folder.resolve(), *folder.resolve().parents]
    for one in above:
        if (one / ".git").exists():
            return one
    named = [pathlib.Path(environ[name]).resolve() for name in _WORKSPACES if environ.get(name)]
    return next((one for one in named if one in above), None)
