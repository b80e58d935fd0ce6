"""The CI systems: facts about the job (facts.py), and what is delivered to each system by its own means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from k6ci.ci.system import System, detect_system
from k6ci.platforms.facts import Platform
from k6ci.platforms.github.job import github_platform
from k6ci.platforms.gitlab.job import gitlab_platform
from k6ci.platforms.local import LOCAL


def detect_platform(environ: Mapping[str, str]) -> Platform:
    """Where this process runs, by the variables that the CI systems document."""
    match detect_system(environ):
        case System.GITHUB:
            return github_platform(environ)
        case System.GITLAB:
            return gitlab_platform(environ)
        case System.LOCAL:
            return LOCAL
        case other:
            assert_never(other)
