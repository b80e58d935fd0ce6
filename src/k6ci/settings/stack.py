"""The stack as an input names it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Stack:
    """A Grafana stack as the user named it: by number, or by the URL to which a slug expands."""

    number: int | None = None
    url: str | None = None

    def __str__(self) -> str:
        return str(self.number) if self.number is not None else str(self.url)
