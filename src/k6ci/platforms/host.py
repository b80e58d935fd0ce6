"""What GitHub's and GitLab's API have in common for k6ci: how a request fails, and the comments of a pull request."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Protocol


class HostError(Exception):
    """Why the host did not do something, as a clause without a full stop.

    Attributes:
        reason: the clause.
        is_forbidden: the token has no permission for it.
        is_uncertain: the request may have had its effect nevertheless.
    """

    def __init__(self, reason: str, *, is_forbidden: bool = False, is_uncertain: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_forbidden = is_forbidden
        self.is_uncertain = is_uncertain


@dataclasses.dataclass(frozen=True)
class Comment:
    """A comment on a pull request (GitLab: a note on a merge request), and the user name of its author."""

    number: int
    author: str
    body: str


class CommentThread(Protocol):
    """The comments of one pull request. Calls block, and raise HostError."""

    def comments(self) -> Iterable[Comment]:
        """All comments, the oldest first."""

    def own_name(self) -> str:
        """The user name under which this token writes."""

    def create(self, body: str) -> None:
        """Write another comment; never repeated by itself."""

    def edit(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment."""
