"""Refuses to run the code of a pull request in a job that has secrets because of its event.

`pull_request_target` and `workflow_run` run the workflow of the default branch, with secrets, also for forks. They must
not run what the author of a pull request wrote: k6 executes a script already when it archives it.
Facts: https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Mapping
from typing import Final

from k6ci import git
from k6ci.ci.events import Event, github_payload
from k6ci.errors import K6ciError, SettingsError
from k6ci.runs.naming import repository_of

# Strangers may have written the head, and the job has secrets nevertheless.
_EVENTS: Final = ("pull_request_target", "workflow_run")
_REMEDY: Final = (
    "Use the event pull_request, whose jobs get no secrets for forks, or check out the base branch only. "
    "For reports on pull requests from forks, see https://github.com/k6ci/k6ci/blob/main/docs/github.md#pull-requests-from-forks."
)


def refuse_foreign_head(event: Event, scripts: Iterable[pathlib.Path], environ: Mapping[str, str]) -> None:
    """Check which commit is checked out where the scripts are.

    Raises:
        SettingsError: the head of the pull request, a merge of it, or git or the event cannot tell.
    """
    if event.name not in _EVENTS:
        return
    folders = list(_work_trees(scripts))
    if folders and not github_payload(environ):
        cause = f"{event.name}: the head of the pull request is unknown: the file GITHUB_EVENT_PATH cannot be read."
        raise SettingsError(cause, "In a container, mount this file, and pass on the variable with its path there.")
    if event.name == "workflow_run" and not event.is_fork:
        return
    for folder in folders:
        try:
            is_foreign = _has_checked_out(event, folder, environ.get("GITHUB_SHA", ""))
        except K6ciError as error:
            cause = f"{event.name}: cannot tell which commit is checked out in {folder}: {error.cause}"
            raise SettingsError(cause, _REMEDY) from None
        if is_foreign:
            raise SettingsError(
                f"{event.name}: the head of the pull request ({event.head_sha[:12]}) is checked out in {folder}. "
                "Its author could read the secrets of this job.",
                _REMEDY,
            )


def _work_trees(scripts: Iterable[pathlib.Path]) -> Iterable[pathlib.Path]:
    """The work trees that contain the scripts: of a submodule, also the one that decides which commit of it that is."""
    folders = dict.fromkeys(one for script in scripts for one in script.resolve().parents)
    return (folder for folder in folders if (folder / ".git").exists())


def _has_checked_out(event: Event, folder: pathlib.Path, base: str) -> bool:
    """Whether HEAD is the head of the pull request, or a merge of it.

    The parents of HEAD are read from the commit itself, because in a shallow clone git does not know them. The base
    branch has a merge of the commit, too, after the pull request was merged. A pull request may have got another head
    since the event; actions/checkout keeps the ref that it fetched, such as refs/remotes/pull/7/merge, and the URL of
    the fork.

    Raises:
        K6ciError: git cannot tell.
    """
    head = git.run("rev-parse", "--verify", "HEAD", directory=folder).decode().strip()
    if head == base:
        return False
    if git.run("for-each-ref", "--points-at", "HEAD", "refs/remotes/pull/", directory=folder).strip():
        return True
    if event.fork and repository_of(git.remote_url(folder), folder).lower() == event.fork.lower():
        return True
    header = git.run("cat-file", "commit", "HEAD", directory=folder).decode(errors="replace").partition("\n\n")[0]
    return head == event.head_sha or f"parent {event.head_sha}" in header.splitlines()
