"""What pre-flight finds on its way: problems, each once, and warnings. Only at the end do they decide.

If there is an error, the warnings become its notes.
"""

from __future__ import annotations

from collections.abc import Iterable

from k6ci.errors import K6ciError, SeveralProblemsError


class Findings:
    """Problems pile up so that all of them are reported together."""

    def __init__(self, warnings: Iterable[str] = (), problems: Iterable[K6ciError] = ()) -> None:
        self.warnings = list(warnings)
        self._problems: dict[str, K6ciError] = {problem.cause: problem for problem in problems}

    def add(self, problem: K6ciError) -> None:
        """Remember a problem; the same cause counts once."""
        self._problems.setdefault(problem.cause, problem)

    @property
    def problems(self) -> list[K6ciError]:
        """What was found so far."""
        return list(self._problems.values())

    def decide(self) -> None:
        """Raise what was found.

        Raises:
            K6ciError: the one problem, or all of them as SeveralProblemsError.
        """
        problems = self.problems
        if problems:
            error = problems[0] if len(problems) == 1 else SeveralProblemsError(problems)
            for warning in dict.fromkeys(self.warnings):
                error.add_note(warning)
            raise error
