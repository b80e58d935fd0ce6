"""How every call of the API is made: with the stack's number, retried, paged, uploaded from a file, read as a model."""

from __future__ import annotations

import os
import pathlib
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, TypeVar

from k6ci.clock import Clock
from k6ci.cloud.coding import model, models, upload_seconds
from k6ci.cloud.failures import NoAnswerError
from k6ci.cloud.models import Wire
from k6ci.cloud.retry import ONCE, RetryPolicy, retried
from k6ci.cloud.transport import Transport

Model = TypeVar("Model", bound=Wire)

V6: Final = "/cloud/v6"
_PAGE_ITEMS: Final = 1000
_MAX_PAGES: Final = 100
_MAX_ITEMS: Final = 10_000
_LIST_SECONDS: Final = 120.0


class ApiCalls:
    """Calls for one stack (`stack_id` None until it is resolved); an async context manager.

    Every method raises CallError (failures.py), after the retries of `policy`.
    """

    def __init__(self, transport: Transport, clock: Clock, policy: RetryPolicy | None = None) -> None:
        self._transport = transport
        self._clock = clock
        self._policy = policy or RetryPolicy()
        self.stack_id: int | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API."""
        return self._transport.origin

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    def _headers(self) -> dict[str, str]:
        return {} if self.stack_id is None else {"X-Stack-Id": str(self.stack_id)}

    async def _call(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        headers: Mapping[str, str] | None = None,
        once: bool = False,
        **rest: Any,
    ) -> Any:
        # The stack is named in one way: by number, or (to resolve the number) by URL.
        named = dict(headers or {})
        if "X-Stack-Url" not in named:
            named |= self._headers()

        async def send() -> Any:
            return await self._transport.json(method, path, doing=doing, headers=named, **rest)

        return await retried(send, ONCE if once else self._policy, self._clock)

    async def _pages(
        self, kind: type[Model], path: str, doing: str, query: Mapping[str, str] | None = None, top: int = _PAGE_ITEMS
    ) -> list[Model]:
        """A list to its end."""
        found: list[Model] = []
        async for page in self._each_page(kind, path, doing, query, top):
            found += page
            if len(found) >= _MAX_ITEMS:
                break
        return found

    async def _each_page(
        self, kind: type[Model], path: str, doing: str, query: Mapping[str, str] | None = None, top: int = _PAGE_ITEMS
    ) -> AsyncIterator[list[Model]]:
        """The pages of a list. The server may make smaller ones than it is asked for, and says when there are more."""
        count = 0
        begun = self._clock.monotonic()
        for _ in range(_MAX_PAGES):
            if self._clock.monotonic() - begun > _LIST_SECONDS:
                raise NoAnswerError(doing, f"no end of the list within {_LIST_SECONDS:.0f} s")
            page = {**(query or {}), "$top": str(top), **({"$skip": str(count)} if count else {})}
            answer = await self._call("GET", f"{V6}/{path}", doing, query=page)
            listed = models(kind, answer, doing)
            yield listed
            count += len(listed)
            if not listed or not answer.get("@nextLink"):
                break

    async def _upload(
        self, method: str, path: str, doing: str, archive: pathlib.Path, body: Callable[[BinaryIO], dict[str, Any]]
    ) -> Any:
        """Send a file without holding it in memory; each try reads it anew."""

        async def send() -> Any:
            with archive.open("rb") as file:
                parts = body(file)
                headers = self._headers() | parts.pop("headers", {})
                seconds = upload_seconds(os.fstat(file.fileno()).st_size)
                return await self._transport.json(method, path, doing=doing, headers=headers, seconds=seconds, **parts)

        return await retried(send, self._policy, self._clock)

    async def _read(self, kind: type[Model], method: str, path: str, doing: str, **rest: Any) -> Model:
        return model(kind, await self._call(method, path, doing, **rest), doing)
