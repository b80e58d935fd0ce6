"""The comments of a pull request on GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from github.NamedUser import NamedUser
from github.Organization import Organization

from k6ci.platforms.github.api import GitHubApi, explained
from k6ci.platforms.host import Comment


class PullRequestComments:
    """A CommentThread (host.py)."""

    def __init__(self, api: GitHubApi, pull_request: int) -> None:
        self._api = api
        # GitHub counts the comments of a pull request as those of an issue; comments on lines of code are others.
        self._issue = api.repository.get_issue(pull_request)

    def comments(self) -> Iterator[Comment]:
        """All comments of all pages, the oldest first."""
        with explained():
            for one in self._issue.get_comments():
                author: NamedUser | Organization | None = one.user  # None once the account was deleted
                yield Comment(one.id, author.login if author is not None else "", one.body or "")

    def own_name(self) -> str:
        """The user name under which the token writes."""
        return self._api.own_name()

    def create(self, body: str) -> None:
        """Write another comment."""
        with explained():
            self._issue.create_comment(body)

    def edit(self, comment: Comment, body: str) -> None:
        """Replace the text of a comment."""
        self._api.repeat(lambda: self._issue.get_comment(comment.number).edit(body))
