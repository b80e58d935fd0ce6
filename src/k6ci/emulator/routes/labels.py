"""The label keys of the stack, and the labels of projects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.routing import Route

from k6ci.emulator.bodies import CreateLabelKeys, PatchLabelKey, ProjectLabel, PutProjectLabels
from k6ci.emulator.http_error import HttpError, not_found
from k6ci.emulator.presentation import show_label_key
from k6ci.emulator.records import LabelKey
from k6ci.emulator.wire import json_response, list_response, no_content, path_id, query_of, read_json, reject_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from k6ci.emulator.records import Project
    from k6ci.emulator.services import EmulatorServices

_KEYS_LIMIT = 100
_LABELS_LIMIT = 500
_PREFIX = "/cloud/v6"


class Labels:
    """The handlers."""

    def __init__(self, services: EmulatorServices) -> None:
        self._state = services.state

    async def all(self, request: Request) -> Response:
        """List the label keys."""
        reject_query(request)
        return self._all()

    async def create(self, request: Request) -> Response:
        """Create label keys, and list all."""
        query_of(request)
        items = (await read_json(request, CreateLabelKeys)).value
        names = {item.key for item in items}
        if len(names) < len(items) or names & {key.key for key in self._state.label_keys.values()}:
            raise HttpError(400, "A label key exists, or is given twice.", target="value")
        if len(self._state.label_keys) + len(items) > _KEYS_LIMIT:
            raise HttpError(409, f"The maximum number of label keys ({_KEYS_LIMIT}) is exceeded.")
        for item in items:
            key = LabelKey(self._state.next_id("label_key"), item.key, item.description)
            self._state.label_keys[key.id] = key
        return self._all(201)

    async def patch(self, request: Request) -> Response:
        """Change the name or the description of a label key; 409 when another one has the name."""
        label_key = self._label_key(request)
        body = await read_json(request, PatchLabelKey, is_optional=True)
        name = body.key or label_key.key
        if any(other.key == name and other.id != label_key.id for other in self._state.label_keys.values()):
            raise HttpError(409, "The label key exists.", target="key")
        description = body.description if "description" in body.model_fields_set else label_key.description
        changed = replace(label_key, key=name, description=description)
        self._state.label_keys[label_key.id] = changed
        return json_response(show_label_key(changed))

    async def delete(self, request: Request) -> Response:
        """Delete a label key and the labels with it."""
        reject_query(request)
        label_key = self._label_key(request)
        for project in list(self._state.projects.values()):
            self._set_labels(project, _without(project.labels, label_key.id))
        del self._state.label_keys[label_key.id]
        return no_content()

    async def of_project(self, request: Request) -> Response:
        """List the labels of a project."""
        reject_query(request)
        labels = self._project(request).labels
        return list_response({"key": self._state.label_keys[key].key, "value": labels[key]} for key in labels)

    async def put_of_project(self, request: Request) -> Response:
        """Replace the labels of a project; 400 for a label key that does not exist."""
        project = self._project(request)
        query_of(request)
        items = (await read_json(request, PutProjectLabels)).value
        labels = {self._key_id(item): item.value for item in items}
        if len(labels) < len(items):
            raise HttpError(400, "A label key is given twice.", target="value")
        others = [other.labels for other in self._state.projects.values() if other.id != project.id]
        if len({label for one in (labels, *others) for label in one.items()}) > _LABELS_LIMIT:
            raise HttpError(409, f"The maximum number of different labels ({_LABELS_LIMIT}) is exceeded.")
        self._set_labels(project, labels)
        keys = self._state.label_keys
        return list_response({"key_id": key, "key": keys[key].key, "value": labels[key]} for key in labels)

    async def delete_of_project(self, request: Request) -> Response:
        """Remove one label from a project."""
        reject_query(request)
        project = self._project(request)
        name = request.path_params["key"]
        found = next((key for key in project.labels if self._state.label_keys[key].key == name), None)
        if found is None:
            raise not_found("Label")
        self._set_labels(project, _without(project.labels, found))
        return no_content()

    def _all(self, status: int = 200) -> Response:
        return json_response({"value": [show_label_key(key) for key in self._state.label_keys.values()]}, status)

    def _set_labels(self, project: Project, labels: Mapping[int, str]) -> None:
        self._state.projects[project.id] = replace(project, labels=labels)

    def _key_id(self, item: ProjectLabel) -> int:
        for key in self._state.label_keys.values():
            if key.id == item.key_id or key.key == item.key:
                return key.id
        raise HttpError(400, "Label key not found.", target="value")

    def _label_key(self, request: Request) -> LabelKey:
        found = self._state.label_keys.get(path_id(request))
        if found is None:
            raise not_found("Label key")
        return found

    def _project(self, request: Request) -> Project:
        return self._state.project(path_id(request, "project_id"))


def _without(labels: Mapping[int, str], key_id: int) -> dict[int, str]:
    return {key: value for key, value in labels.items() if key != key_id}


def routes(services: EmulatorServices) -> list[Route]:
    """Return the routes."""
    on = Labels(services)
    return [
        Route(f"{_PREFIX}/labels", on.all, methods=["GET"]),
        Route(f"{_PREFIX}/labels", on.create, methods=["POST"]),
        Route(f"{_PREFIX}/labels/{{id}}", on.patch, methods=["PATCH"]),
        Route(f"{_PREFIX}/labels/{{id}}", on.delete, methods=["DELETE"]),
        Route(f"{_PREFIX}/projects/{{project_id}}/labels", on.of_project, methods=["GET"]),
        Route(f"{_PREFIX}/projects/{{project_id}}/labels", on.put_of_project, methods=["PUT"]),
        Route(f"{_PREFIX}/projects/{{project_id}}/labels/{{key}}", on.delete_of_project, methods=["DELETE"]),
    ]
