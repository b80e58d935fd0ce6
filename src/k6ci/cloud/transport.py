"""One HTTP connection pool bound to one origin: attaches the token there only, decodes, classifies failures.

Redirects are not followed: a token does not travel. Loopback is spoken to without a proxy, as k6 itself does.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import ssl
import urllib.parse
from collections.abc import Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import httpx

import k6ci
from k6ci.cloud.failures import ApiError, BadAnswerError, NoAnswerError
from k6ci.errors import SettingsError
from k6ci.settings.parse import is_loopback

# A suite may have more to ask at once than there are connections: waiting for one is not the server's silence.
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0, write=120.0, pool=120.0)
_LONGEST_JSON: Final = 16 * 2**20
_LONGEST_MESSAGE: Final = 500


class OriginAuth(httpx.Auth):
    """Attaches the token to requests for exactly one scheme, host and port."""

    def __init__(self, token: str | None, origin: httpx.URL) -> None:
        self._header = None if token is None else f"Bearer {token}"
        self._origin = (origin.scheme, origin.host, origin.port)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header, if the request goes home."""
        if self._header is not None and (request.url.scheme, request.url.host, request.url.port) == self._origin:
            request.headers["Authorization"] = self._header
        yield request


class Transport:
    """Sends requests for paths of one origin; an async context manager that closes its connections.

    `token` None asks without one.
    """

    def __init__(self, origin: str, token: str | None, *, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self.origin = origin.rstrip("/")
        # How far the server's clock is ahead of ours, by the Date of its last answer (whole seconds, cut off).
        self.clock_offset = dt.timedelta()
        try:
            url = httpx.URL(self.origin)
        except httpx.InvalidURL as error:
            raise SettingsError(
                f"host: {origin!r} is not a URL: {error}.", "Set K6_CLOUD_HOST_V6 to an origin."
            ) from None
        # A context for TLS costs 20 ms and reads SSL_CERT_FILE: neither is wanted for plain loopback.
        verify = ssl.create_default_context() if url.scheme == "https" and inner is None else False
        try:
            self._client = httpx.AsyncClient(
                auth=OriginAuth(token, url),
                headers={"Accept": "application/json", "User-Agent": f"k6ci/{k6ci.__version__}"},
                timeout=_TIMEOUT,
                follow_redirects=False,
                trust_env=not is_loopback(url.host),
                verify=verify,
                transport=inner,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:  # what httpx raises for a proxy that it cannot use
            raise SettingsError(
                f"The proxy of the environment cannot be used: {error}.",
                "Set HTTPS_PROXY (and ALL_PROXY) to an http:// or https:// proxy, or NO_PROXY for the cloud's host.",
            ) from None

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def json(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Any:
        """The decoded JSON answer, or None for an empty one.

        Args:
            method: of HTTP.
            path: percent-encoded already.
            doing: what it is for, in words that follow 'while'.
            headers: beside those that every request has.
            query: names and values, encoded here.
            body: `json`, `content`, or `data` and `files`, as httpx takes them.

        Raises:
            ApiError, NoAnswerError, BadAnswerError: see failures.py.
        """
        url = self._url(path, query)
        try:
            async with self._client.stream(method, url, headers=dict(headers or {}), **body) as answer:
                data = await _limited(answer, doing)
            self._note_clock(answer)
        except httpx.HTTPError as error:
            raise NoAnswerError(doing, _reason(error)) from None
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise _api_error(doing, answer, data)
        if not answer.is_success:
            raise BadAnswerError(doing, f"the API answered {answer.status_code}, which leads elsewhere")
        if not data:
            return None
        try:
            return json.loads(data)
        except ValueError:
            raise BadAnswerError(doing, "the API answered with something that is not JSON") from None

    async def save(
        self, path: str, file: BinaryIO, *, doing: str, kinds: Sequence[str], headers: Mapping[str, str]
    ) -> str:
        """Write the body of a GET, of any size but of one of these media types, to a file; raises as `json` does."""
        try:
            asked = {**headers, "Accept": ", ".join(kinds)}
            async with self._client.stream("GET", self._url(path), headers=asked) as answer:
                if not answer.is_success:
                    raise _api_error(doing, answer, await _limited(answer, doing))
                kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
                if kind not in kinds:  # such as the page of a proxy
                    raise BadAnswerError(doing, f"the API answered with {kind or 'nothing'}")
                async for chunk in answer.aiter_bytes():
                    file.write(chunk)
        except httpx.HTTPError as error:
            raise NoAnswerError(doing, _reason(error)) from None
        return kind

    def _note_clock(self, answer: httpx.Response) -> None:
        date = _moment(answer.headers.get("Date"))
        if date is not None:
            self.clock_offset = date - dt.datetime.now(dt.UTC)

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> httpx.URL:
        encoded = "?" + urllib.parse.urlencode(query) if query else ""
        # raw_path: the v5 queries put quotes and braces into the path, which must not be encoded a second time.
        prefix = httpx.URL(self.origin).raw_path.rstrip(b"/")
        return httpx.URL(self.origin).copy_with(raw_path=prefix + f"{path}{encoded}".encode("ascii"))


async def _limited(answer: httpx.Response, doing: str) -> bytes:
    data = bytearray()
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > _LONGEST_JSON:
            raise BadAnswerError(doing, "the API answered with more than 16 MiB")
    return bytes(data)


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    text = str(error) or type(error).__name__
    return f"no connection: {text}" if isinstance(error, httpx.ConnectError) else f"no whole answer: {text}"


def _api_error(doing: str, answer: httpx.Response, data: bytes) -> ApiError:
    code, message = "", answer.reason_phrase
    try:
        error = json.loads(data)["error"]
        code, message = str(error.get("code") or ""), str(error.get("message") or message)
        details = [str(detail.get("message")) for detail in error.get("details") or ()]
    except (ValueError, KeyError, TypeError, AttributeError):
        details = []
    text = "; ".join([message, *details])[:_LONGEST_MESSAGE]
    retry_after = _seconds(answer.headers.get("Retry-After"))
    return ApiError(doing, answer.status_code, text, code=code, retry_after=retry_after)


def _seconds(header: str | None) -> float | None:
    """Seconds of a Retry-After header: a number, or an HTTP date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    moment = _moment(header)
    return None if moment is None else max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())


def _moment(header: str | None) -> dt.datetime | None:
    """An HTTP date, which is always GMT; None when it is none."""
    try:
        moment = email.utils.parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
