"""Reaches the Grafana stack: is the token accepted there, and which number does the stack have?"""

from __future__ import annotations

import contextlib
import dataclasses

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import FORBIDDEN, NOT_FOUND, ApiError, CallError
from k6ci.cloud.transport import Transport
from k6ci.errors import K6ciError, NotVisibleError, SettingsError
from k6ci.preflight.checked import Checked
from k6ci.preflight.token import Token
from k6ci.settings.model import Settings
from k6ci.settings.provenance import Sourced
from k6ci.settings.stack import Stack


@dataclasses.dataclass(frozen=True)
class ResolvedStack:
    """A stack that has accepted the token. `default_project` is its own default, where the cloud tells it."""

    client: CloudClient
    token: Token
    id: int
    named: Sourced[Stack]
    default_project: int | None

    def explain(self, error: CallError) -> K6ciError:
        """The error for a person when the stack refuses a request."""
        return _explain(error, self.named, self.token, self.client.origin)


def no_stack(cause: str) -> SettingsError:
    """The error for a stack that was not named; config files that k6 before 1.6 wrote hold none."""
    return SettingsError(
        f"stack: {cause}; k6 Cloud needs one since k6 2.0, and `k6 login` of before 1.6 stored none.",
        "Set K6_CLOUD_STACK_ID (the number), or the stack input to the slug or URL of your Grafana "
        "(https://SLUG.grafana.net); `k6ci login` stores it with the token.",
    )


async def resolve_stack(
    settings: Settings,
    named: Sourced[Stack] | None,
    token: Token | None,
    clock: Clock,
    resources: contextlib.AsyncExitStack,
) -> Checked[ResolvedStack]:
    """Reach a stack with a request that proves the token; without a stack or a token there is nothing to reach.

    The client's connections are kept until `resources` is closed.
    """
    if named is None or token is None:
        return Checked()
    try:
        client = await resources.enter_async_context(CloudClient(Transport(settings.host, token.value), clock))
    except SettingsError as error:
        return Checked(problems=(error,))
    try:
        client.stack_id, default = await _number_and_default(client, named.value, is_listed=settings.project is None)
    except CallError as error:
        return Checked(problems=(_explain(error, named, token, settings.host),))
    return Checked(ResolvedStack(client, token, client.stack_id, named, default))


async def _number_and_default(client: CloudClient, stack: Stack, *, is_listed: bool) -> tuple[int, int | None]:
    """The number of a stack, and its default project: by its URL, or from the list of its projects.

    A number is proved by the first request that uses it: the list, or the look-up of a project.
    """
    if stack.number is None:
        found = await client.authenticate(stack.url or "")
        return found.stack_id, found.default_project_id
    client.stack_id = stack.number
    projects = await client.projects() if is_listed else []
    return stack.number, next((project.id for project in projects if project.is_default), None)


def _explain(error: CallError, named: Sourced[Stack], token: Token, host: str) -> K6ciError:
    if isinstance(error, ApiError) and error.status in (FORBIDDEN, NOT_FOUND):
        return NotVisibleError(
            f"Stack {named.value} (from {named.source}) not found, or the token belongs to another stack: {error}.",
            "Check the stack, and that the token was made in that very stack.",
        )
    return token.explain(error, host)
