"""The branch that a job builds, and whether it is the default branch of the repository.

Facts: https://docs.github.com/en/actions/reference/workflows-and-actions/variables and
https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from k6ci.ci.events import Event, github_payload
from k6ci.ci.system import System, detect_system


class Branch(NamedTuple):
    """A branch; `pull/12` for a pull request, whose author chose the name of its branch; "" for a tag, or unknown."""

    name: str = ""
    is_default: bool = False


NO_BRANCH: Final = Branch()


def built_branch(environ: Mapping[str, str], event: Event) -> Branch:
    """The branch of a job that this event started. Code of a pull request is never that of the default branch."""
    match detect_system(environ):
        case System.GITHUB:
            if event.has_pull_request:
                return Branch(f"pull/{event.pull_request or event.head_label}")
            name = environ.get("GITHUB_REF_NAME", "") if environ.get("GITHUB_REF_TYPE") == "branch" else ""
            repository = github_payload(environ).get("repository")
            default = repository.get("default_branch") if isinstance(repository, dict) else None
            # A schedule starts jobs of the default branch only, and its payload may lack the repository.
            return Branch(name, bool(name) and (name == default or (default is None and event.name == "schedule")))
        case System.GITLAB:
            if event.has_pull_request:
                return Branch(f"merge_request/{event.pull_request}")
            name = environ.get("CI_COMMIT_BRANCH", "")
            return Branch(name, bool(name) and name == environ.get("CI_DEFAULT_BRANCH"))
        case System.LOCAL:
            return NO_BRANCH
