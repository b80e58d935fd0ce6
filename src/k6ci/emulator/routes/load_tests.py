"""Load tests: create, list, change, move, delete, read and replace the script, validate options."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from k6ci.emulator.bodies import MoveLoadTest, PatchLoadTest, ValidateOptions
from k6ci.emulator.cost import cost_of
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.plan import OptionsError, plan_of
from k6ci.emulator.presentation import show_load_test
from k6ci.emulator.script import SIZE_LIMIT_BYTES, Script
from k6ci.emulator.uploads import read_load_test_form
from k6ci.emulator.wire import Listing, json_response, no_content, path_id, query_of, read_body, read_json, reject_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from k6ci.emulator.records import LoadTest
    from k6ci.emulator.services import EmulatorServices

_LIST = Listing(filters=("name",), order_fields=("id", "project_id", "name", "created", "updated"))
_PREFIX = "/cloud/v6"


class LoadTests:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._services = services
        self._state = services.state

    async def all(self, request: Request) -> Response:
        """List the load tests of all projects."""
        return self._page(request, self._state.load_tests.values())

    async def of_project(self, request: Request) -> Response:
        """List the load tests of one project."""
        project = self._state.project(path_id(request))
        return self._page(request, (test for test in self._state.load_tests.values() if test.project_id == project.id))

    def _page(self, request: Request, load_tests: Iterable[LoadTest]) -> Response:
        query = _LIST.query(request)
        found = [test for test in load_tests if query.get("name", test.name) == test.name]
        return _LIST.page(request, query, found, show_load_test)

    async def create(self, request: Request) -> Response:
        """Create a load test from a multipart form: `name`, optionally `script` and `k6_version`."""
        project = self._state.project(path_id(request))
        query_of(request)
        form = await read_load_test_form(request)
        return json_response(
            show_load_test(self._state.create_load_test(project, form.name, form.script, form.k6_version)), 201
        )

    async def one(self, request: Request) -> Response:
        """Show a load test."""
        reject_query(request)
        return json_response(show_load_test(self._load_test(request)))

    async def patch(self, request: Request) -> Response:
        """Change name, baseline or k6 version; 409 when another load test of the project has the name."""
        load_test = self._load_test(request)
        changes = (await read_json(request, PatchLoadTest, is_optional=True)).model_dump(exclude_unset=True)
        if changes.get("name", load_test.name) != load_test.name:
            self._state.check_test_name(load_test.project_id, changes["name"])
        baseline = changes.get("baseline_test_run_id")
        if baseline is not None and baseline not in self._state.runs:
            raise HttpError(400, f"Test run {baseline} not found.", target="baseline_test_run_id")
        self._state.update_load_test(replace(load_test, **changes))
        return no_content()

    async def delete(self, request: Request) -> Response:
        """Delete a load test with its runs."""
        reject_query(request)
        self._state.delete_load_test(self._load_test(request))
        return no_content()

    async def move(self, request: Request) -> Response:
        """Move a load test to another project; 409 when a load test there has its name."""
        load_test = self._load_test(request)
        project = self._state.project((await read_json(request, MoveLoadTest)).project_id)
        if project.id != load_test.project_id:
            self._state.check_test_name(project.id, load_test.name)
            self._state.update_load_test(replace(load_test, project_id=project.id))
        return no_content()

    async def script(self, request: Request) -> Response:
        """Return the script as it was stored."""
        reject_query(request)
        script = self._load_test(request).script
        if script is None:
            raise HttpError(404, "The load test has no script.")
        return script_response(request, script)

    async def put_script(self, request: Request) -> Response:
        """Replace the script."""
        load_test = self._load_test(request)
        query_of(request)
        content = await read_body(request, SIZE_LIMIT_BYTES)
        if not content:
            raise HttpError(400, "The script is empty.")
        script = Script(content)
        self._state.check_stored_bytes(script)
        self._state.update_load_test(replace(load_test, script=script))
        return no_content()

    async def validate_options(self, request: Request) -> Response:
        """Estimate the cost of options; 400 for invalid options and for those that exceed a limit of the project."""
        body = await read_json(request, ValidateOptions)
        in_options = body.options.cloud.projectID if body.options.cloud else None
        project = self._state.accessible_project(body.project_id or in_options)
        try:
            plan = plan_of(body.options.model_dump())
        except OptionsError as error:
            raise HttpError(400, str(error), target="options") from error
        problem = project.limits.excess_of(plan)
        if problem is not None:
            raise HttpError(400, problem, target="options")
        cost = cost_of(plan)
        return json_response({"vuh_usage": cost.total_vuh, "breakdown": cost.breakdown()})

    def _load_test(self, request: Request) -> LoadTest:
        return self._state.load_test(path_id(request))


def script_response(request: Request, script: Script, *, is_strict: bool = True) -> Response:
    """Return the script; if strict, 406 for an `Accept` that allows only the other type of script."""
    other = "text/javascript" if script.is_archive else "application/x-tar"
    wanted = {part.split(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")}
    if is_strict and wanted == {other}:
        raise HttpError(406, f"The script is {script.media_type}.", target="Accept")
    return Response(script.content, headers={"content-type": script.media_type})


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = LoadTests(services)
    return [
        Route(f"{_PREFIX}/load_tests", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/load_tests", on.of_project, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{id}}/load_tests", on.create, methods=["POST"]),
        Route(f"{_PREFIX}/load_tests/{{id}}", on.one, methods=["GET"]),
        Route(f"{_PREFIX}/load_tests/{{id}}", on.patch, methods=["PATCH"]),
        Route(f"{_PREFIX}/load_tests/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/move", on.move, methods=["PUT"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/script", on.script, methods=["GET"]),
        Route(f"{_PREFIX}/load_tests/{{id}}/script", on.put_script, methods=["PUT"]),
        Route(f"{_PREFIX}/validate_options", on.validate_options, methods=["POST"]),
    ]
