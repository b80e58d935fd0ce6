"""The API of k6 before 2.0 (`/v1`) for runs that the cloud executes: `k6 cloud run`, `cloud upload` and the logins.

Facts: cloudapi/api.go of grafana/k6 v1.1.0. The runs are those of REST v6.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from k6ci.emulator.authentication import presented_token
from k6ci.emulator.bodies import Body, Options
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.plan import OptionsError, plan_of
from k6ci.emulator.presentation import show_run
from k6ci.emulator.routes.legacy_wire import (
    ARCHIVED,
    AUTHENTICATION_FAILED,
    legacy_error_response,
    legacy_routes,
    progress,
    progress_of,
    reference_of,
    token_check,
)
from k6ci.emulator.routes.test_runs import TestRuns
from k6ci.emulator.run import is_terminal
from k6ci.emulator.uploads import ArchiveForm, read_archive_form
from k6ci.emulator.wire import json_response, no_content, read_json

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from k6ci.emulator.run import Run
    from k6ci.emulator.services import EmulatorServices


class LegacyOptions(Body):
    """POST /v1/validate-options."""

    options: Options


class LegacyToken(Body):
    """POST /v1/validate-token."""

    token: Annotated[str, Field(min_length=1)]


class PasswordLogin(Body):
    """POST /v1/login."""

    email: Annotated[str, Field(min_length=1)]
    password: Annotated[str, Field(min_length=1, repr=False)]


class Legacy:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state
        self._runs = TestRuns(services)
        self._archived: set[int] = set()

    async def login(self, request: Request) -> Response:
        """Return the token for an e-mail address and its password; 403 for a user of single sign-on."""
        given = await read_json(request, PasswordLogin)
        email, password = self._services.config.user_email, self._services.config.user_password
        if email is not None and password is None and given.email == email:
            raise HttpError(403, "This account signs in through single sign-on and has no password.")
        expected = f"{email}\n{password}" if email and password else None
        if expected is None or not hmac.compare_digest(expected.encode(), f"{given.email}\n{given.password}".encode()):
            return legacy_error_response(HttpError(401, "Invalid email or password."), code=AUTHENTICATION_FAILED)
        return json_response({"token": self._services.config.token})

    async def validate_token(self, request: Request) -> Response:
        """Return whether a token is valid: an invalid one is no error here. The header must have the same token."""
        given = await read_json(request, LegacyToken)
        config = self._services.config
        if presented_token(request.headers) != given.token:
            raise HttpError(401, "The token of the body is not the one of the header.")
        is_valid = hmac.compare_digest(given.token.encode(), (config.token or "").encode())
        message = "" if is_valid else config.refused_tokens.get(given.token, "Invalid token.")
        return json_response({"is_valid": is_valid, "message": message, "token-info": ""})

    async def validate_options(self, request: Request) -> Response:
        """Validate options: 400 for invalid ones and for those beyond a project limit, 403 for an unknown project."""
        options = (await read_json(request, LegacyOptions)).options
        project = self._state.accessible_project(options.cloud.projectID if options.cloud else None)
        try:
            problem = project.limits.excess_of(plan_of(options.model_dump()))
        except OptionsError as error:
            raise HttpError(400, str(error), target="options") from error
        if problem is not None:
            raise HttpError(400, problem, target="options")
        return no_content()

    async def upload(self, request: Request) -> Response:
        """Store the archive, and start it unless `upload_only`; with a repeated idempotency key do neither."""
        form, key = await read_archive_form(request), request.headers.get("k6-idempotency-key")
        earlier = self._state.idempotency_keys.find("upload", key, self._services.clock.now())
        reference = self._store_and_start(form) if earlier is None else earlier
        self._state.idempotency_keys.keep("upload", key, reference, self._services.clock.now())
        return json_response(reference_body(self._services, reference))

    def _store_and_start(self, form: ArchiveForm) -> int:
        project = self._state.accessible_project(form.project_id)
        load_test = self._state.store_script(project, form.name, form.script)
        if form.is_upload_only:
            reference = self._state.next_id("run")
            self._archived.add(reference)
            return reference
        run, _ = self._state.start(load_test, None)
        self._services.launch(run)
        return run.id

    async def progress(self, request: Request) -> Response:
        """Show the status of a run, as a number of this API."""
        reference = reference_of(request)
        if reference in self._archived:
            return json_response(progress(*ARCHIVED, result=0, share=1.0))
        run = self._state.run(reference)
        steps = await self._runs.progressed(run)
        shown = show_run(run, self._services.clock.now(), steps=steps)
        return json_response(progress_of(run, shown, self._share(run, shown)))

    async def stop(self, request: Request) -> Response:
        """Stop a run; unlike in v6 a run that has ended already is no reason for a error."""
        run = self._state.run(reference_of(request))
        if not run.has_ended:
            self._runs.stop(run)
        return no_content()

    def _share(self, run: Run, shown: dict[str, Any]) -> float:
        if is_terminal(shown["status"]):
            return 1.0
        planned = run.plan.duration_seconds if run.plan else 0
        return min(run.execution_seconds(self._services.clock.now()) / planned, 1.0) if planned else 0.0


def reference_body(services: EmulatorServices, reference: int) -> dict[str, Any]:
    """Return the response to a start; k6 prints `<webAppURL>/runs/<reference>`, and requires the number as text."""
    return {"reference_id": str(reference), "config": {"webAppURL": f"{services.config.stack_url}/a/k6-app"}}


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes; the logins need no token."""
    on, check = Legacy(services), token_check(services.config)
    return [
        *legacy_routes("POST", "/v1/login", on.login, None),
        *legacy_routes("POST", "/v1/validate-token", on.validate_token, None),
        *legacy_routes("POST", "/v1/validate-options", on.validate_options, check),
        *legacy_routes("POST", "/v1/archive-upload", on.upload, check),
        *legacy_routes("GET", "/v1/test-progress/{reference}", on.progress, check),
        *legacy_routes("POST", "/v1/tests/{reference}/stop", on.stop, check),
    ]
