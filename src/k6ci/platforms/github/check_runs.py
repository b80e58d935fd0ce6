"""The check run of a job on GitHub: created in progress before the run, and concluded however the run ends.

Facts: https://docs.github.com/en/rest/checks/runs
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

import github.CheckRun

from k6ci.platforms.github.api import GitHubApi, explained
from k6ci.platforms.host import HostError

_ANNOTATIONS_PER_REQUEST: Final = 50
_COMPLETED: Final = "completed"


@dataclasses.dataclass(frozen=True)
class CheckRunId:
    """Which check run: `external_id` is the same for all processes of one attempt of one job, and for no other."""

    name: str
    head_sha: str
    external_id: str
    details_url: str


@dataclasses.dataclass(frozen=True)
class LineAnnotation:
    """A message at a line of a file; `path` is relative to the root of the repository."""

    path: str
    line: int
    title: str
    message: str


class CheckRuns:
    """Creates and concludes the check run of one job. Calls block, and raise HostError."""

    def __init__(self, api: GitHubApi, which: CheckRunId) -> None:
        self._api, self._repository, self._which = api, api.repository, which

    def open(self) -> None:
        """Create it in progress."""
        self._create(lambda: self._post(status="in_progress", started_at=dt.datetime.now(dt.UTC)), self._unfinished)

    def conclude(self, conclusion: str, title: str, summary: str, annotations: Sequence[LineAnnotation]) -> bool:
        """Conclude it, and create it if there is none.

        Args:
            conclusion: a word of GitHub's, such as `success`.
            title: one line.
            summary: Markdown.
            annotations: any number.

        Returns:
            Whether there was one.
        """
        outputs = _outputs(title, summary, annotations)
        unfinished = self._unfinished()
        for one in unfinished:
            self._complete(one.id, conclusion, outputs)
        if not unfinished:
            created = self._create(
                lambda: self._post(status=_COMPLETED, conclusion=conclusion, output=outputs[0]), self._all
            )
            self._send(created.id, outputs[1:], len(outputs[0]["annotations"]))
        return bool(unfinished)

    def conclude_unfinished(self, conclusion: str, title: str, summary: str) -> None:
        """Conclude what another process has left in progress."""
        for one in self._unfinished():
            self._complete(one.id, conclusion, _outputs(title, summary, ()))

    def _all(self) -> list[github.CheckRun.CheckRun]:
        with explained():
            found = self._repository.get_commit(self._which.head_sha).get_check_runs(
                check_name=self._which.name, filter="all"
            )
            return [one for one in found if one.external_id == self._which.external_id]

    def _unfinished(self) -> list[github.CheckRun.CheckRun]:
        return [one for one in self._all() if one.status != _COMPLETED]

    def _post(self, **parameters: Any) -> github.CheckRun.CheckRun:
        which = self._which
        with explained():
            return self._repository.create_check_run(
                which.name, which.head_sha, details_url=which.details_url, external_id=which.external_id, **parameters
            )

    @staticmethod
    def _create(
        post: Callable[[], github.CheckRun.CheckRun], find: Callable[[], list[github.CheckRun.CheckRun]]
    ) -> github.CheckRun.CheckRun:
        """Create a check run; a request that may have had its effect is repeated only if it had none."""
        try:
            return post()
        except HostError as error:
            if not error.is_uncertain:
                raise
        found = find()
        return found[-1] if found else post()

    def _complete(self, number: int, conclusion: str, outputs: Sequence[dict[str, Any]]) -> None:
        self._send(number, outputs, 0, status=_COMPLETED, conclusion=conclusion)

    def _send(self, number: int, outputs: Sequence[dict[str, Any]], count: int, **parameters: Any) -> None:
        """Update it with each output. GitHub adds the annotations to the `count` that it has, also a second time."""
        for output in outputs:
            count += len(output["annotations"])
            send = functools.partial(self._numbered(number).edit, output=output, **parameters)
            self._api.repeat(send, functools.partial(self._has_annotations, number, count))

    def _has_annotations(self, number: int, count: int) -> bool:
        """Whether it has as many as that; False if that is none, which shows nothing."""
        with explained():
            return count > 0 and self._numbered(number).output.annotations_count >= count

    def _numbered(self, number: int) -> github.CheckRun.CheckRun:
        """By its number: a URL from an answer must not decide where the token goes."""
        return self._repository.get_check_run(number)


def _outputs(title: str, summary: str, annotations: Sequence[LineAnnotation]) -> list[dict[str, Any]]:
    """The output, in as many requests as its annotations need."""
    starts = range(0, max(1, len(annotations)), _ANNOTATIONS_PER_REQUEST)
    parts = [annotations[start : start + _ANNOTATIONS_PER_REQUEST] for start in starts]
    return [{"title": title, "summary": summary, "annotations": [_listed(one) for one in part]} for part in parts]


def _listed(one: LineAnnotation) -> dict[str, str | int]:
    return {
        "path": one.path,
        "start_line": one.line,
        "end_line": one.line,
        "annotation_level": "failure",
        "title": one.title,
        "message": one.message,
    }
