"""The CI systems: each answers the same questions and offers the same channels (base.py); none owns the story."""

from __future__ import annotations

from collections.abc import Mapping

from k6ci.platforms.base import Platform
from k6ci.platforms.github import GitHub
from k6ci.platforms.gitlab import GitLab
from k6ci.platforms.local import Local


def detect_platform(environ: Mapping[str, str]) -> Platform:
    """Where this process runs, by the variables that the CI systems document; `Local` when none is recognised."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return GitHub(environ)
    # gitlab-ci-local says GITLAB_CI=false, which is a GitLab of its own.
    if environ.get("GITLAB_CI"):
        return GitLab(environ)
    return Local()
