"""The checkout that a command runs in: its working directory and the roots above it. Standard library only."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping

from k6ci import files
from k6ci.ci.system import workspaces_of


@dataclasses.dataclass(frozen=True)
class Checkout:
    """A working directory and the folders that contain it.

    `root` is the outermost folder that a pull request may fill: no link below it is followed (files.py).
    `work_tree` is where paths of load test names begin when git cannot tell (not installed, or it distrusts the owner
    of the files): the nearest folder with a `.git`, else the CI system's workspace; None when there is neither.
    """

    folder: pathlib.Path
    root: pathlib.Path
    work_tree: pathlib.Path | None

    @classmethod
    def of(cls, folder: pathlib.Path, environ: Mapping[str, str]) -> Checkout:
        """The checkout of a working directory; `environ` names the CI system's workspace."""
        root = pathlib.Path(files.checkout_root(folder, environ))
        return cls(folder, root, _work_tree(folder, environ))


def _work_tree(folder: pathlib.Path, environ: Mapping[str, str]) -> pathlib.Path | None:
    above = [folder.resolve(), *folder.resolve().parents]
    for one in above:
        if (one / ".git").exists():
            return one
    named = [pathlib.Path(path).resolve() for path in workspaces_of(environ)]
    return next((one for one in named if one in above), None)
