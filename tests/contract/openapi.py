"""Checks recorded requests and responses against Grafana's OpenAPI document, which `K6CI_OPENAPI` names.

The document is never copied into the project. Without it the tests that need it are skipped; in CI they fail.
"""

from __future__ import annotations

import copy
import functools
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.validation.exceptions import ValidationError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from k6ci.emulator import Exchange

VARIABLE = "K6CI_OPENAPI"
PREFIXES = ("/cloud/v6/", "/provisioning/v1/")
# Declared nowhere in the document, but what HTTP and its own limits make of a request: allowed by name.
UNDECLARED_STATUSES = frozenset({405, 413, 422, 429})
# The tests' fixtures remove both variables: what was set when the tests were loaded is what counts.
_ENVIRON = dict(os.environ)


class DeviationError(AssertionError):
    """A request or a response that the document does not allow."""


def load_document() -> dict[str, Any]:
    """Read the OpenAPI document 1.12.0; without it the calling test is skipped, and fails in CI."""
    named = _ENVIRON.get(VARIABLE, "")
    if problem := missing(named):
        if _ENVIRON.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    return _read(Path(named))


def missing(named: str) -> str:
    """Return why the document is missing; empty when it exists."""
    if not named:
        return f"{VARIABLE} is not set: it names Grafana's OpenAPI document of the k6 Cloud API 1.12.0"
    return "" if Path(named).is_file() else f"{VARIABLE}: {named} does not exist"


@functools.cache
def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def as_text(body: bytes) -> str:
    """Decode a script: it is bytes, and a string in the document."""
    return body.decode("latin-1")


class Contract:
    """The checks of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        repaired = copy.deepcopy(dict(document))
        repaired["servers"] = [{"url": "/"}]
        properties = repaired["components"]["schemas"]["CreateLoadTestApiModel"]["properties"]
        # openapi-core cannot read nullable type lists in a multipart form, and would fill in the null as default.
        properties["script"] = {"type": "string", "format": "binary"}
        properties["k6_version"] = {"type": "integer"}
        self._paths = {
            path: (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), operations)
            for path, operations in repaired["paths"].items()
        }
        media = dict.fromkeys(("text/javascript", "application/x-tar", "application/octet-stream"), as_text)
        self._openapi = OpenAPI.from_dict(
            repaired,
            config=Config(
                extra_media_type_deserializers=media,
                spec_validator_cls=None,  # type: ignore[arg-type]
            ),
        )
        self._error_keys = frozenset(repaired["components"]["schemas"]["ErrorApiModel"]["required"])

    def covers(self, exchange: Exchange) -> bool:
        """Return whether the document describes this path."""
        return urlsplit(exchange.url).path.startswith(PREFIXES)

    def check_request(self, exchange: Exchange) -> None:
        """Raise DeviationError when the document does not allow the request."""
        operation = self._operation(exchange)
        if operation is None:
            raise DeviationError(f"{exchange.method} {exchange.url}: no such operation")
        declared = {p["name"] for p in self._parameters(operation) if p["in"] == "query"}
        unknown = {name for name, _ in parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)} - declared
        if unknown:
            raise DeviationError(f"{exchange.method} {exchange.url}: undeclared query names {sorted(unknown)}")
        try:
            self._openapi.validate_request(_Request(exchange))
        except (OpenAPIError, ValidationError) as error:
            raise DeviationError(f"request {exchange.method} {exchange.url}: {_explain(error)}") from error

    def check_response(self, exchange: Exchange) -> None:
        """Raise DeviationError when the document does not declare the response for the operation.

        A missing response (a cut connection) is no deviation. A path outside of the document must be an error.
        """
        if exchange.status is None:
            return
        operation = self._operation(exchange)
        if operation is None or exchange.status in UNDECLARED_STATUSES:
            self._check_error_shape(exchange)
            return
        try:
            self._openapi.validate_response(_Request(exchange), _Response(exchange))
        except (OpenAPIError, ValidationError) as error:
            raise DeviationError(
                f"response {exchange.status} to {exchange.method} {exchange.url}: {_explain(error)}"
            ) from error

    def check_all(self, exchanges: Iterable[Exchange], *, check_requests: bool = True) -> int:
        """Check all exchanges that the document covers; return how many. Raises DeviationError at the first deviation.

        With `check_requests` an invalid request is a deviation, too, even when its response is the correct error.
        """
        count = 0
        for exchange in exchanges:
            if not self.covers(exchange):
                continue
            count += 1
            if check_requests:
                self.check_request(exchange)
            self.check_response(exchange)
        return count

    def template(self, exchange: Exchange) -> str:
        """Return the path template of the document that matches a request; empty when there is none."""
        path, method = urlsplit(exchange.url).path, exchange.method.lower()
        fitting = (
            t for t, (pattern, operations) in self._paths.items() if pattern.fullmatch(path) and method in operations
        )
        return next(fitting, "")

    def _operation(self, exchange: Exchange) -> dict[str, Any] | None:
        template = self.template(exchange)
        found: dict[str, Any] | None = self._paths[template][1][exchange.method.lower()] if template else None
        return found

    def _parameters(self, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [parameter for parameter in operation.get("parameters", []) if "name" in parameter]

    def _check_error_shape(self, exchange: Exchange) -> None:
        about = f"response {exchange.status} to {exchange.method} {exchange.url}"
        if exchange.status is None or exchange.status < 400:
            raise DeviationError(f"{about}: no such operation")
        if exchange.method == "HEAD":
            return
        try:
            error = json.loads(exchange.response_body)["error"]
        except (ValueError, KeyError, TypeError) as problem:
            raise DeviationError(f"{about}: no error document") from problem
        if not self._error_keys <= error.keys() or not isinstance(error["code"], str):
            raise DeviationError(f"{about}: not the declared error shape")


def _explain(error: BaseException) -> str:
    """Return the classes of the errors in the chain, and the messages of the schema."""
    details: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        details.append(type(cause).__name__)
        problems = getattr(cause, "schema_errors", [])
        details += [f"{'.'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in problems]
        cause = cause.__cause__
    return " <- ".join(details)


class _Request:
    """The request of an exchange in the form of openapi-core."""

    def __init__(self, exchange: Exchange) -> None:
        parts = urlsplit(exchange.url)
        headers = Headers(list(exchange.request_headers))
        # `project_id_in=1,2` is a list in one parameter, which openapi-core does not split.
        query = [(name, value) for name, value in parse_qsl(parts.query) if name != "project_id_in"]
        self.host_url = f"{parts.scheme}://{parts.netloc}"
        self.path = unquote(parts.path)
        self.method = exchange.method.lower()
        self.parameters = RequestParameters(
            path={}, query=ImmutableMultiDict(query), header=headers, cookie=ImmutableMultiDict()
        )
        self.content_type = headers.get("content-type", "")
        self.body = exchange.request_body


@dataclass
class _Response:
    """The response of an exchange in the form of openapi-core."""

    exchange: Exchange

    @property
    def status_code(self) -> int:
        return self.exchange.status or 0

    @property
    def headers(self) -> Headers:
        return Headers(list(self.exchange.response_headers))

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def data(self) -> bytes:
        return self.exchange.response_body
