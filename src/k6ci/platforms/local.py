"""No CI system that we know: a terminal, or another CI."""

from __future__ import annotations

from k6ci.platforms.base import NoChannels


class Local(NoChannels):
    """A process that nobody but its reader watches."""

    name = "this machine"
    repository: str | None = None
    secret_variables: tuple[str, ...] = ()
    secrets_place = (
        "with `k6ci login`, or in the environment of this process as K6_CLOUD_TOKEN; "
        "in CI, as a secret of that CI system"
    )
