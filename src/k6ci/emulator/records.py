"""Projects, load tests, load zones and label keys. Frozen: a change replaces the record in the state of the stack."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from k6ci.emulator.limits import Limits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from k6ci.emulator.script import Script


@dataclass(frozen=True)
class Project:
    """A project.

    Attributes:
        limits: what its tests may use.
        labels: the value for the ID of each label key.
        spent_vuh: the VUh used this month in addition to those of its runs here.
    """

    id: int
    name: str
    is_default: bool
    created: dt.datetime
    updated: dt.datetime
    limits: Limits = field(default_factory=Limits)
    labels: Mapping[int, str] = field(default_factory=dict)
    spent_vuh: float = 0.0


@dataclass(frozen=True)
class Concurrency:
    """The maximum of active runs, and the error of a start beyond it."""

    limit: int
    status: int = 429
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class LoadTest:
    """A load test, and the script that its next run executes."""

    id: int
    project_id: int
    name: str
    created: dt.datetime
    updated: dt.datetime
    script: Script | None = None
    k6_version: int | None = None
    baseline_test_run_id: int | None = None


@dataclass(frozen=True)
class LoadZone:
    """A load zone. Only a private one has a load runner image, and projects that may use it: all use a public one."""

    id: int
    name: str
    k6_load_zone_id: str
    is_public: bool
    load_runner_image: str | None = None
    allowed_project_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class LabelKey:
    """A key of labels; projects have the values."""

    id: int
    key: str
    description: str | None = None
