"""Label keys of the stack, and the labels of projects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from k6ci.emulator.bodies import CreateLabelKeys, PatchLabelKey, ProjectLabel, PutProjectLabels
from k6ci.emulator.presentation import show_label_key
from k6ci.emulator.records import LabelKey
from k6ci.emulator.refusal import Refusal, not_found
from k6ci.emulator.wire import answer, no_content, path_id, query_of, read_json, refuse_query, values

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.stage import Stage

KEYS_LIMIT = 100
PAIRS_LIMIT = 500
_PREFIX = "/cloud/v6"


class Labels:
    """The handlers."""

    def __init__(self, stage: Stage) -> None:
        self._world = stage.world

    async def all(self, request: Request) -> Response:
        """List the label keys."""
        refuse_query(request)
        return self._all()

    async def create(self, request: Request) -> Response:
        """Add label keys; answers with all of them."""
        query_of(request)
        items = (await read_json(request, CreateLabelKeys)).value
        names = [item.key for item in items]
        if len(set(names)) < len(names) or set(names) & {key.key for key in self._world.label_keys.values()}:
            raise Refusal(400, "A label key is named twice or exists.", target="value")
        if len(self._world.label_keys) + len(items) > KEYS_LIMIT:
            raise Refusal(409, f"The maximum number of label keys ({KEYS_LIMIT}) is exceeded.")
        for item in items:
            key = LabelKey(self._world.next_id("label"), item.key, item.description)
            self._world.label_keys[key.id] = key
        return self._all(201)

    async def patch(self, request: Request) -> Response:
        """Rename a key or describe it otherwise."""
        label_key = self._label_key(request)
        body = await read_json(request, PatchLabelKey, is_optional=True)
        name = body.key or label_key.key
        if any(other.key == name and other.id != label_key.id for other in self._world.label_keys.values()):
            raise Refusal(409, "A label key of that name exists.", target="key")
        description = body.description if "description" in body.model_fields_set else label_key.description
        self._world.label_keys[label_key.id] = replace(label_key, key=name, description=description)
        return answer(show_label_key(self._world.label_keys[label_key.id]))

    async def delete(self, request: Request) -> Response:
        """Delete a key, and the labels that use it."""
        refuse_query(request)
        label_key = self._label_key(request)
        del self._world.label_keys[label_key.id]
        for project in list(self._world.projects.values()):
            labels = {key: value for key, value in project.labels.items() if key != label_key.id}
            self._world.projects[project.id] = replace(project, labels=labels)
        return no_content()

    async def of_project(self, request: Request) -> Response:
        """The labels of a project."""
        refuse_query(request)
        project = self._world.project(path_id(request, "project_id"))
        keys = self._world.label_keys
        return values({"key": keys[key].key, "value": value} for key, value in project.labels.items())

    async def put_project(self, request: Request) -> Response:
        """Replace the labels of a project; keys that are named and do not exist are refused."""
        project = self._world.project(path_id(request, "project_id"))
        query_of(request)
        items = (await read_json(request, PutProjectLabels)).value
        labels = {self._key_id(item): item.value for item in items}
        if len(labels) < len(items):
            raise Refusal(400, "A label key is given twice.", target="value")
        others = (p for p in self._world.projects.values() if p.id != project.id)
        if len({*labels.items(), *(pair for p in others for pair in p.labels.items())}) > PAIRS_LIMIT:
            raise Refusal(409, f"More than {PAIRS_LIMIT} different labels in the stack.")
        self._world.projects[project.id] = replace(project, labels=labels)
        keys = self._world.label_keys
        return values({"key_id": key, "key": keys[key].key, "value": value} for key, value in labels.items())

    async def delete_of_project(self, request: Request) -> Response:
        """Take one label from a project."""
        refuse_query(request)
        project = self._world.project(path_id(request, "project_id"))
        name = request.path_params["key"]
        found = next((key for key in project.labels if self._world.label_keys[key].key == name), None)
        if found is None:
            raise not_found("Label key")
        labels = {key: value for key, value in project.labels.items() if key != found}
        self._world.projects[project.id] = replace(project, labels=labels)
        return no_content()

    def _all(self, status: int = 200) -> Response:
        return answer({"value": [show_label_key(key) for key in self._world.label_keys.values()]}, status)

    def _key_id(self, item: ProjectLabel) -> int:
        for key in self._world.label_keys.values():
            if key.id == item.key_id or (item.key_id is None and key.key == item.key):
                return key.id
        raise Refusal(400, "No such label key.", target="value")

    def _label_key(self, request: Request) -> LabelKey:
        found = self._world.label_keys.get(path_id(request))
        if found is None:
            raise not_found("Label key")
        return found


def routes(stage: Stage) -> list[Route]:
    """The label resource."""
    on = Labels(stage)
    return [
        Route(f"{_PREFIX}/labels", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/labels", on.create, methods=["POST"]),
        Route(f"{_PREFIX}/labels/{{id}}", on.patch, methods=["PATCH"]),
        Route(f"{_PREFIX}/labels/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/projects/{{project_id}}/labels", on.of_project, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{project_id}}/labels", on.put_project, methods=["PUT"]),
        Route(f"{_PREFIX}/projects/{{project_id}}/labels/{{key}}", on.delete_of_project, methods=["DELETE"]),
    ]
