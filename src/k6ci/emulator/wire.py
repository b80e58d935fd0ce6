"""Parsing of requests to REST v6 (ids, query parameters, bodies) and its responses (JSON, lists, pages)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from k6ci.emulator.bodies import AnyBody, parse_body
from k6ci.emulator.http_error import HttpError
from k6ci.emulator.json_documents import FiniteJSONResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from starlette.requests import Request

JSON_LIMIT_BYTES = 2_000_000
PAGE_LIMIT = 1_000
_INT64_DIGITS = 19
_INT64 = 2**63 - 1
_PAGING = ("$count", "$skip", "$top")
Item = TypeVar("Item")


def path_id(request: Request, name: str = "id") -> int:
    """Return an ID of the path; 404 when it is not a valid id."""
    text = request.path_params[name]
    if not text.isascii() or not text.isdigit() or len(text) > _INT64_DIGITS or int(text) > _INT64:
        raise HttpError(404, "Resource not found.", target=name)
    return int(text)


def query_of(request: Request, *allowed: str, error_status: int = 400) -> dict[str, str]:
    """Return the query parameters; undeclared names and repeated parameters are an error.

    Args:
        request: the request.
        allowed: the names that the operation declares.
        error_status: 400 where the OpenAPI document declares it for the operation, else 404.
    """
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            raise HttpError(error_status, f"Unknown query parameter: {name[:64]}.", target=name[:64])
        if name in query:
            raise HttpError(error_status, "The query parameter is given twice.", target=name)
        query[name] = value
    return query


def reject_query(request: Request) -> None:
    """Raise 404 for any query parameter: for operations that declare neither parameters nor the status 400."""
    query_of(request, error_status=404)


def flag(query: Mapping[str, str], name: str) -> bool | None:
    """Return a boolean parameter, None when it is absent."""
    text = query.get(name)
    if text is None:
        return None
    if text.lower() not in {"true", "false", "1", "0"}:
        raise HttpError(400, "Not a boolean.", target=name)
    return text.lower() in {"true", "1"}


def _number(query: Mapping[str, str], name: str, default: int, limit: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > _INT64_DIGITS or int(text) > limit:
        raise HttpError(400, f"Not a number from 0 to {limit}.", target=name)
    return int(text)


@dataclass(frozen=True)
class Listing:
    """A list operation: its own query parameters, and the fields of `$orderby`."""

    filters: tuple[str, ...] = ()
    order_fields: tuple[str, ...] = ()

    def query(self, request: Request) -> dict[str, str]:
        """Return the query parameters, those of paging included."""
        ordering = ("$orderby",) if self.order_fields else ()
        return query_of(request, *self.filters, *ordering, *_PAGING)

    def page(
        self, request: Request, query: Mapping[str, str], items: Sequence[Item], show: Callable[[Item], dict[str, Any]]
    ) -> Response:
        """Return one page of the items, ordered, with `@count` if requested and `@nextLink` except on the last page."""
        ordered = self._ordered(query.get("$orderby"), items)
        skip = _number(query, "$skip", 0, _INT64)
        top = _number(query, "$top", PAGE_LIMIT, PAGE_LIMIT)
        body: dict[str, Any] = {"value": [show(item) for item in ordered[skip : skip + top]]}
        if flag(query, "$count"):
            body["@count"] = len(ordered)
        if top and skip + top < len(ordered):
            following = {**query, "$skip": str(skip + top), "$top": str(top)}
            origin = request.url.replace(query="", fragment="")
            body["@nextLink"] = f"{origin}?{urlencode(following, safe='$,:')}"
        return FiniteJSONResponse(body)

    def _ordered(self, text: str | None, items: Sequence[Item]) -> list[Item]:
        ordered = list(items)
        for part in reversed(text.split(",")) if text is not None else ():
            name, *direction = part.split()[:3] or [""]
            if name not in self.order_fields or direction not in ([], ["asc"], ["desc"]):
                raise HttpError(400, f"Cannot order by {part[:64]}.", target="$orderby")
            ordered.sort(key=lambda item: getattr(item, name), reverse=direction == ["desc"])
        return ordered


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body; 413 beyond the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise HttpError(413, f"The body exceeds {limit_bytes} bytes.")
    return bytes(body)


async def read_json(request: Request, model: type[AnyBody], *, is_optional: bool = False) -> AnyBody:
    """Return the JSON body as a model; 400 for anything else. An absent body that is optional is an empty object."""
    body = await read_body(request, JSON_LIMIT_BYTES)
    if is_optional and "content-type" not in request.headers and not body:
        return parse_body(model, b"{}")
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise HttpError(400, "The content type must be application/json.", target="Content-Type")
    return parse_body(model, body)


def json_response(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON response."""
    return FiniteJSONResponse(dict(body), status)


def list_response(items: Iterable[dict[str, Any]]) -> Response:
    """Return a list without pages."""
    return json_response({"value": list(items)})


def no_content() -> Response:
    """Return 204, without a body."""
    return Response(status_code=204)
