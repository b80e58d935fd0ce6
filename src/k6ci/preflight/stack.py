"""The half of pre-flight that asks the cloud: is the token accepted, which stack is it, are the projects visible?"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Final

import anyio

from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.credentials import check_shape, missing, refused
from k6ci.cloud.failures import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, ApiError, CallError, explained
from k6ci.cloud.models import Limits, Project
from k6ci.cloud.transport import Transport
from k6ci.errors import CredentialsError, K6ciError, NotVisibleError, SettingsError
from k6ci.preflight.findings import Findings
from k6ci.redaction import Redactor
from k6ci.settings.model import Settings, Sourced
from k6ci.settings.sources import Rank
from k6ci.settings.stack import Stack

_LISTED: Final = 20
_LIMITS_SECONDS: Final = 20.0


def checked_token(
    settings: Settings, environ: Mapping[str, str], secrets_place: str, redactor: Redactor, findings: Findings
) -> str | None:
    """The token as it will be sent, known to the redactor; None with a problem among the findings.

    `secrets_place` says where a person stores the token, as the end of a sentence.
    """
    token = settings.token
    if token is None and settings.empty_secret is None and "token" in settings.malformed:
        return None  # a problem of the settings says so
    if token is None:
        offered = " ".join(candidate.source for name, candidate in settings.candidates if name == "token")
        places = "".join(f", and {path} has none" for path in settings.config_paths if str(path) not in offered)
        remedy = f"Store a stack token of Grafana Cloud k6 {secrets_place}."
        findings.add(missing(settings.empty_secret, places, environ, remedy))
        return None
    try:
        checked = check_shape(token.value.get_secret_value(), token.source)
    except CredentialsError as error:
        findings.add(error)
        return None
    redactor.add(checked.value)
    findings.warnings += checked.warnings
    return checked.value


def no_stack(cause: str) -> SettingsError:
    """The error for a stack that nobody has named; config files that k6 before 1.6 wrote hold none."""
    return SettingsError(
        f"stack: {cause}; k6 Cloud needs one since k6 2.0, and `k6 login` of before 1.6 stored none.",
        "Set K6_CLOUD_STACK_ID (the number), or the stack input to the slug or URL of your Grafana "
        "(https://SLUG.grafana.net); `k6ci login` stores it with the token.",
    )


class StackSide:
    """Asks one stack. `client` is None until the stack was asked with a token."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        clock: Clock,
        findings: Findings,
        resources: contextlib.AsyncExitStack,
        token: str | None,
        *,
        wants_names: bool = True,
        wants_limits: bool = False,
    ) -> None:
        self.client: CloudClient | None = None
        self.projects: dict[int, Project] = {}
        self.limits: dict[int, Limits] = {}
        self._unseen: set[int] = set()
        self._wants_names, self._wants_limits = wants_names, wants_limits
        self._settings, self._findings = settings, findings
        self._environ, self._clock = environ, clock
        self._resources, self._token = resources, token
        self.default_project: int | None = None
        self._is_reached = False

    async def ask(self, stack: Sourced[Stack]) -> None:
        """Reach the stack, and look at the project that is known already."""
        if self._token is None:
            return
        try:
            transport = Transport(self._settings.host, self._token)
        except SettingsError as error:
            self._findings.add(error)
            return
        client = await self._resources.enter_async_context(CloudClient(transport, self._clock))
        self.client = client
        try:
            await self._reach(client, stack.value)
        except CallError as error:
            self._findings.add(self._stack_problem(error, stack))
            return
        self._is_reached = True
        project = self._settings.project
        if project is not None and project.rank < Rank.SCRIPT:  # else the scripts may name others
            await self.see_project(project)

    async def see_project(self, project: Sourced[int] | None) -> int | None:
        """The id of a project that the token sees; None with a problem among the findings."""
        if project is None:
            if "project-id" not in self._settings.malformed:
                self._findings.add(self._no_project())
            return None
        if not self._is_reached or self.client is None:
            return project.value
        if project.value in self._unseen:  # said already, and asked as often as makes sense
            return None
        if project.value not in self.projects:
            try:
                self.projects[project.value] = await self._look_up(self.client, project.value)
            except CallError as error:
                self._unseen.add(project.value)
                self._findings.add(await self._project_problem(self.client, error, project))
                return None
        return project.value

    async def _look_up(self, client: CloudClient, project_id: int) -> Project:
        """A project; its limits prove that it is visible, so that its name costs a request more."""
        if not self._wants_limits:
            return await client.project(project_id)
        try:
            with anyio.fail_after(_LIMITS_SECONDS):
                self.limits[project_id] = await client.limits(project_id)
        except (CallError, TimeoutError) as error:  # the cloud keeps them itself: whatever is wrong, it is no obstacle
            project = await client.project(project_id)
            why = str(error) or "no answer in time"
            self._findings.warnings.append(f"The limits of the project {project_id} are not known: {why}.")
            return project
        return await client.project(project_id) if self._wants_names else Project(id=project_id)

    async def _reach(self, client: CloudClient, stack: Stack) -> None:
        """Resolve the number of a stack by its URL; a number is proved by the first question that uses it."""
        if stack.url is not None:
            found = await client.authenticate(stack.url)
            client.stack_id, self.default_project = found.stack_id, found.default_project_id
            return
        client.stack_id = stack.number
        if self._settings.project is None:
            projects = await client.projects()
            self.default_project = next((project.id for project in projects if project.is_default), None)

    def _stack_problem(self, error: CallError, stack: Sourced[Stack]) -> K6ciError:
        if isinstance(error, ApiError) and error.status in (FORBIDDEN, NOT_FOUND):
            return NotVisibleError(
                f"The stack {stack.value} (from {stack.source}) does not exist, or the token is not of it: {error}.",
                "Check the stack, and that the token was made in that very stack.",
            )
        return self._explained(error)

    def _explained(self, error: CallError) -> K6ciError:
        token = self._settings.token
        if isinstance(error, ApiError) and error.status == UNAUTHORIZED and token is not None:
            return refused(error, self._token or "", token.source, self._environ)
        return explained(error, self._settings.host)

    async def _project_problem(self, client: CloudClient, error: CallError, project: Sourced[int]) -> K6ciError:
        """Not visible: the remedy lists what is. If even the list is refused, it is the stack that is wrong."""
        if not isinstance(error, ApiError) or error.status not in (FORBIDDEN, NOT_FOUND):
            return self._explained(error)
        try:
            visible = await client.projects()
        except CallError as list_error:
            stack = self._settings.stack
            return self._explained(list_error) if stack is None else self._stack_problem(list_error, stack)
        listed = ", ".join(f"{one.id} ({one.name})" for one in visible[:_LISTED])
        more = f" and {len(visible) - _LISTED} more" if len(visible) > _LISTED else ""
        return NotVisibleError(
            f"The project {project.value} (from {project.source}) does not exist, or the token may not see it.",
            f"Visible projects: {listed}{more}." if visible else "This token sees no project at all.",
        )

    def _no_project(self) -> K6ciError:
        default = self.default_project
        suggestion = f" The default project of this stack is {default}." if default else ""
        return SettingsError(
            "project-id: no project was named; a stack token always needs one.",
            f"Set K6_CLOUD_PROJECT_ID, or the project-id input.{suggestion}",
        )
