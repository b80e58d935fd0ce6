"""Findings and their rules. A finding never contains the secret: only its location, its rule, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from k6ci.secretscan.data import sections

Keyer = Callable[[str, str, str], tuple[str, ...]]
"""From path, secret and line to the keys under which baselines know it."""


class Rule(NamedTuple):
    """A kind of finding, as `rules.ini` explains it; of several rules that find one place the lowest `rank` wins."""

    title: str
    rank: int
    variable: str
    rotation: str


_SECTIONS = sections(__file__, "rules.ini")
_DEFAULT = _SECTIONS.pop("default")
RULES = {
    name: Rule(one["title"], int(one["rank"]), one["variable"], (_DEFAULT | one)["rotation"].replace("\n", " "))
    for name, one in _SECTIONS.items()
}


class Finding(NamedTuple):
    """A place that holds a secret; `line` and `column` count from 1, `commit` is empty outside of a range.

    Equal secrets have the same `group`, in this process and in those that it forks. `keys` are those under which
    baselines list the secret; empty when no baseline is in use. Reports show neither.
    """

    path: str
    line: int
    column: int
    rule: str
    hint: str
    reason: str
    remedy: str
    commit: str = ""
    group: int = 0
    keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """What tracebacks show: the place alone."""
        return f"Finding({self.path!r}, {self.line}, {self.column}, {self.rule!r})"

    @property
    def in_commit(self) -> str:
        """What reports put behind the place of a finding in a range."""
        return f" (commit {self.commit[:12]})" if self.commit else ""


# Prefixes that vendors publish: the only characters of a secret that a report may show, four at most.
_PUBLIC_PREFIXES = (
    "glsa_ glc_ eyJ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- AKIA ASIA xoxb xoxp xapp sk_live_ rk_live_ npm_ pypi-"
    " hf_ AIza dop_ SG. hvs. -----BEGIN"
).split()


def hint_for(value: str) -> str:
    """A hint that identifies the value without showing it: its public prefix, if any, and its length."""
    prefix = next((known[:4] for known in _PUBLIC_PREFIXES if value.startswith(known)), "")
    return f"{prefix}… ({len(value)} characters)"
