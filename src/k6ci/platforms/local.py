"""No CI system that k6ci knows: a terminal, or another CI system."""

from __future__ import annotations

from typing import Final

from k6ci.ci.system import System
from k6ci.platforms.facts import Platform

LOCAL: Final = Platform(
    System.LOCAL,
    name="this machine",
    secrets_place=(
        "with `k6ci login`, or in the environment of this process as K6_CLOUD_TOKEN; "
        "in CI, as a secret of that CI system"
    ),
)
