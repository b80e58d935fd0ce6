"""The API of k6 before 2.0 (`/v1`), as far as `k6 cloud run`, `cloud upload` and the logins need it.

Facts: cloudapi/api.go and run_status.go of grafana/k6 v1.1.0; the error codes are those of its error reference.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.responses import Response
from starlette.routing import Route

from k6ci.emulator.bodies import Body, Options
from k6ci.emulator.credentials import presented_secret
from k6ci.emulator.documents import JSONAnswer
from k6ci.emulator.plan import OptionsError, plan_of
from k6ci.emulator.presentation import show_run
from k6ci.emulator.refusal import Refusal, not_found
from k6ci.emulator.routes.test_runs import TestRuns
from k6ci.emulator.run import Result, Run, Status, is_terminal
from k6ci.emulator.uploads import ArchiveForm, read_archive_form
from k6ci.emulator.verdict import CODE_SCRIPT, CODE_TIMEOUT
from k6ci.emulator.wire import answer, no_content, read_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from k6ci.emulator.records import LoadTest, Project
    from k6ci.emulator.stage import Stage

    Handler = Callable[[Request], Awaitable[Response]]

# k6 appends `/v1` to K6_CLOUD_HOST as it stands, with or without a slash at its end.
_PREFIXES = ("/v1", "//v1")
_REFERENCE_DIGITS = 18
# The error reference of this API: 1 general, 2 validation, 3 not found, 4 not allowed, 5 not authenticated.
_CODES = {400: 2, 401: 5, 403: 4, 404: 3}
_GENERAL = 1
_AUTHENTICATION_FAILED = 6
_STATUSES = {
    Status.CREATED.value: (-2, "Created"),
    Status.QUEUED.value: (0, "Queued"),
    Status.INITIALIZING.value: (1, "Initializing"),
    Status.RUNNING.value: (2, "Running"),
    Status.PROCESSING_METRICS.value: (2, "Running"),
    Status.COMPLETED.value: (3, "Finished"),
}
_TIMED_OUT = (4, "Timed out")
_BY_USER = (5, "Aborted (by user)")
_BY_SYSTEM = (6, "Aborted (by system)")
_BY_SCRIPT = (7, "Aborted (by script error)")
_BY_THRESHOLD = (8, "Aborted (by threshold)")
_ARCHIVED = (10, "Archived")


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

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._world = stage.world
        self._runs = TestRuns(stage)
        self._archived: set[int] = set()

    async def login(self, request: Request) -> Response:
        """Trade an e-mail address and its password for the token. Without a password the user signs in elsewhere."""
        given = await read_json(request, PasswordLogin)
        email, password = self._stage.config.user_email, self._stage.config.user_password
        if email is not None and password is None and given.email == email:
            raise Refusal(403, "This account signs in through single sign-on and has no password.")
        expected = f"{email}\n{password}" if email and password else None
        if expected is None or not hmac.compare_digest(expected.encode(), f"{given.email}\n{given.password}".encode()):
            return _error(Refusal(401, "Invalid email or password."), code=_AUTHENTICATION_FAILED)
        return answer({"token": self._stage.config.token})

    async def validate_token(self, request: Request) -> Response:
        """Tell whether a token is one: a wrong one is an answer here, not an error. It must be in the header, too."""
        given = await read_json(request, LegacyToken)
        config = self._stage.config
        if presented_secret(request.headers) != given.token:
            raise Refusal(401, "The token of the body is not the one of the header.")
        is_valid = hmac.compare_digest(given.token.encode(), (config.token or "").encode())
        message = "" if is_valid else config.refused_tokens.get(given.token, "Invalid token.")
        return answer({"is_valid": is_valid, "message": message, "token-info": ""})

    async def validate_options(self, request: Request) -> Response:
        """Refuse options that cannot be planned, and those of a project that is not there."""
        options = (await read_json(request, LegacyOptions)).options
        self._project(options.cloud.projectID if options.cloud else None)
        try:
            plan_of(options.model_dump())
        except OptionsError as error:
            raise Refusal(400, str(error), target="options") from error
        return no_content()

    async def upload(self, request: Request) -> Response:
        """Store the archive under its name and, unless it is only to be stored, start it."""
        form = await read_archive_form(request)
        load_test = self._stored(self._project(form.project_id), form)
        if form.is_upload_only:
            reference = self._world.next_id("run")
            self._archived.add(reference)
        else:
            run, is_new = self._world.start(load_test, request.headers.get("k6-idempotency-key"))
            if is_new:
                self._stage.launch(run)
            reference = run.id
        # k6 prints `<webAppURL>/runs/<reference>`; the reference is text that looks like a number.
        return answer(
            {"reference_id": str(reference), "config": {"webAppURL": f"{self._stage.config.stack_url}/a/k6-app"}}
        )

    async def progress(self, request: Request) -> Response:
        """Where a run is, in the numbers of this API."""
        reference = _reference(request)
        if reference in self._archived:
            return answer(_progress(*_ARCHIVED, result=0, progress=1.0))
        run = self._world.run(reference)
        steps = await self._runs.progressed(run)
        shown = show_run(run, self._stage.clock.now(), steps=steps)
        number, text = _station(shown)
        is_failed = shown["result"] in (Result.FAILED.value, Result.ERROR.value)
        return answer(_progress(number, text, result=int(is_failed), progress=self._share(run, shown)))

    async def stop(self, request: Request) -> Response:
        """Stop a run; unlike in v6 a run that has ended already is no reason for a refusal."""
        run = self._world.run(_reference(request))
        if not run.has_ended:
            self._runs.stop(run)
        return no_content()

    def check_token(self, request: Request) -> None:
        """401 for a wrong or missing token; the scheme is `Token`, and `Bearer` is taken, too."""
        config, secret = self._stage.config, presented_secret(request.headers)
        if not hmac.compare_digest(secret.encode(), (config.token or "").encode()):
            raise Refusal(401, config.refused_tokens.get(secret, "Invalid token."))

    def _project(self, project_id: int | None) -> Project:
        project = self._world.projects.get(project_id or self._world.default_project_id)
        if project is None:
            raise Refusal(403, f"The project {project_id} is not accessible.", target="project_id")
        return project

    def _stored(self, project: Project, form: ArchiveForm) -> LoadTest:
        found = [
            test for test in self._world.load_tests.values() if (test.project_id, test.name) == (project.id, form.name)
        ]
        if not found:
            return self._world.create_load_test(project, form.name, form.script, None)
        self._world.update_load_test(replace(found[0], script=form.script))
        return self._world.load_test(found[0].id)

    def _share(self, run: Run, shown: dict[str, Any]) -> float:
        if is_terminal(shown["status"]):
            return 1.0
        planned = run.plan.duration_seconds if run.plan else 0
        return min(run.execution_seconds(self._stage.clock.now()) / planned, 1.0) if planned else 0.0


def _station(shown: dict[str, Any]) -> tuple[int, str]:
    """The number and the words of what a run shows; what nobody knows is taken for running."""
    if shown["status"] != Status.ABORTED.value:
        return _STATUSES.get(str(shown["status"]), _STATUSES[Status.RUNNING.value])
    details = shown["status_details"]
    extra = (details.get("extra") if isinstance(details, dict) else None) or {}
    if extra.get("by_user"):
        return _BY_USER
    if shown["result"] == Result.FAILED.value:
        return _BY_THRESHOLD
    return {CODE_SCRIPT: _BY_SCRIPT, CODE_TIMEOUT: _TIMED_OUT}.get(extra.get("code") or 0, _BY_SYSTEM)


def _progress(number: int, text: str, *, result: int, progress: float) -> dict[str, Any]:
    return {"run_status_text": text, "run_status": number, "result_status": result, "progress": progress}


def _reference(request: Request) -> int:
    text = request.path_params["reference"]
    if not text.isascii() or not text.isdigit() or len(text) > _REFERENCE_DIGITS:
        raise not_found(f"Test run {text[:64]}")
    return int(text)


def _error(refusal: Refusal, *, code: int | None = None) -> Response:
    """The error document of this API, whose codes are numbers."""
    fields = {} if refusal.target is None else {refusal.target: [refusal.message]}
    error = {"code": code or _CODES.get(refusal.status, _GENERAL), "message": refusal.message, "field_errors": fields}
    return JSONAnswer({"error": {**error, "details": {}, "errors": []}}, refusal.status)


def _refusing(handler: Handler, check: Callable[[Request], None] | None) -> Handler:
    """The handler, behind the check of the token, with every refusal in the words of this API."""

    async def answered(request: Request) -> Response:
        try:
            if check is not None:
                check(request)
            return await handler(request)
        except Refusal as refusal:
            return _error(refusal)

    return answered


def routes(stage: Stage) -> list[Route]:
    """The legacy resources; who logs in has no token yet."""
    on = Legacy(stage)
    endpoints = (
        ("POST", "login", _refusing(on.login, None)),
        ("POST", "validate-token", _refusing(on.validate_token, None)),
        ("POST", "validate-options", _refusing(on.validate_options, on.check_token)),
        ("POST", "archive-upload", _refusing(on.upload, on.check_token)),
        ("GET", "test-progress/{reference}", _refusing(on.progress, on.check_token)),
        ("POST", "tests/{reference}/stop", _refusing(on.stop, on.check_token)),
    )
    return [
        Route(f"{prefix}/{path}", handler, methods=[method])
        for prefix in _PREFIXES
        for method, path, handler in endpoints
    ]
