"""What deliveries to the API of the host have in common: whether they are wanted, and how their failures are told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from k6ci.ci.system import System
from k6ci.platforms.host import HostError
from k6ci.publish.delivery import DeliveryError, Destination

# Several requests, and the import of the library. The report's files do not wait for it.
SECONDS: Final = 15.0
_READ_ONLY: Final = "the token of a pull request from a fork may only read"


def token_of(destination: Destination, name: str, missing: str = "there is no token (input github-token)") -> str:
    """The token; `name` is that of the input that wants something written.

    Raises:
        DeliveryError: there is none, for the reason `missing`.
    """
    token = destination.pull_request.token
    if token:
        return token
    raise DeliveryError(missing, is_notice=_is_notice(destination, name))


@contextlib.contextmanager
def told(destination: Destination, name: str, permission: str = "") -> Iterator[None]:
    """Turn a HostError into the DeliveryError that says what to do.

    Raises:
        DeliveryError: a notice if the token has no permission and nobody set the input `name`, or for a fork.
    """
    try:
        yield
    except HostError as error:
        is_github = destination.platform.system is System.GITHUB
        if error.is_forbidden and is_github and not destination.platform.event.has_secrets:
            raise DeliveryError(_READ_ONLY, is_notice=True) from None
        is_notice = error.is_forbidden and _is_notice(destination, name)
        raise DeliveryError(
            error.reason, permission=permission if error.is_forbidden else "", is_notice=is_notice
        ) from None


def _is_notice(destination: Destination, name: str) -> bool:
    return name not in destination.pull_request.requested
