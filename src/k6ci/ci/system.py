"""Which CI system runs this process, and where its checkout is, by the variables that the systems document."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from typing import Final

# The variables that hold the absolute path of the checkout: GitHub's, GitLab's.
WORKSPACE_VARIABLES: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


class System(enum.Enum):
    """A CI system; `LOCAL` is a terminal, or a CI system that k6ci does not know."""

    GITHUB = enum.auto()
    GITLAB = enum.auto()
    LOCAL = enum.auto()


def detect_system(environ: Mapping[str, str]) -> System:
    """The CI system that set these variables."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return System.GITHUB
    # gitlab-ci-local sets GITLAB_CI=false, and behaves like GitLab otherwise.
    if environ.get("GITLAB_CI"):
        return System.GITLAB
    return System.LOCAL


def workspaces_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The absolute paths of the checkout that the CI system names; empty outside of CI."""
    named = (environ.get(variable, "") for variable in WORKSPACE_VARIABLES)
    return tuple(path for path in named if os.path.isabs(path))  # noqa: PTH117 -- the commit hook imports no pathlib
