"""One HTTP connection pool bound to one origin: attaches the token there only, limits answers, classifies failures.

Redirects are not followed. Requests to loopback use no proxy, as with k6. Whatever a server sends, a request ends after
`seconds` in total, however slowly its answer arrives.
"""

from __future__ import annotations

import datetime as dt
import http.cookiejar
import urllib.parse
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import anyio

import k6ci
from k6ci import strict_json
from k6ci.cloud.failures import BadAnswerError, CallError, CertificateError, NoAnswerError, NotSentError
from k6ci.cloud.receiving import moment, pieces, received, status_error
from k6ci.errors import SettingsError
from k6ci.net.http_library import httpx
from k6ci.net.tls import certificate_problem, trusting_context
from k6ci.settings.parse import is_loopback

READ_SECONDS: Final = 30.0
# A suite may send more requests at once than there are connections: waiting for one is not a server without an answer.
_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0, write=120.0, pool=120.0)
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class _NoCookies(http.cookiejar.CookieJar):
    """The API needs none, and each would be sent with every later request."""

    def extract_cookies(self, *_: object) -> None:
        """Keep none."""

    def add_cookie_header(self, *_: object) -> None:
        """Send none."""


class OriginAuth(httpx.Auth):
    """Attaches the token to requests for exactly one scheme, host and port."""

    def __init__(self, token: str | None, origin: httpx.URL) -> None:
        self._header = None if token is None else f"Bearer {token}"
        self._origin = (origin.scheme, origin.host, origin.port)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header, if the request goes to that origin."""
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
        self._origin_url, self._path_prefix = url, url.raw_path.rstrip(b"/")
        # A context for TLS costs 20 ms and reads SSL_CERT_FILE: neither is wanted for plain loopback.
        verify = trusting_context() if url.scheme == "https" and inner is None else False
        try:
            self._client = httpx.AsyncClient(
                auth=OriginAuth(token, url),
                headers={
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    "User-Agent": f"k6ci/{k6ci.__version__}",
                },
                cookies=_NoCookies(),
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
        seconds: float = READ_SECONDS,
        **body: Any,
    ) -> Any:
        """The decoded JSON answer, or None for an empty one.

        Args:
            method: of HTTP.
            path: percent-encoded already.
            doing: what it is for, in words that follow 'while'.
            headers: beside those that every request has.
            query: names and values, encoded here.
            seconds: the longest time from the request to the end of the answer.
            body: `json`, `content`, or `data` and `files`, as httpx takes them.

        Raises:
            ApiError, NoAnswerError, BadAnswerError: see failures.py.
        """
        url = self._url(path, query)
        async with self._asked(method, url, doing, seconds, headers=dict(headers or {}), **body) as answer:
            data = await received(answer, doing)
            self._note_clock(answer)
            problem = status_error(answer, data, doing)
        if problem is not None:
            raise problem
        if not data:
            return None
        try:
            return strict_json.loads(data)
        except ValueError as error:
            raise BadAnswerError(doing, f"the API's answer is no JSON that can be read ({_short(error)})") from None

    async def save(
        self,
        path: str,
        file: BinaryIO,
        *,
        doing: str,
        kinds: Sequence[str],
        headers: Mapping[str, str],
        max_bytes: int,
        seconds: float = READ_SECONDS,
    ) -> str:
        """Write the body of a GET, of one of these media types, to a file; its type. Raises as `json` does."""
        asked = {**headers, "Accept": ", ".join(kinds)}
        async with self._asked("GET", self._url(path), doing, seconds, headers=asked) as answer:
            problem = None if answer.is_success else status_error(answer, await received(answer, doing), doing)
            if problem is not None:
                raise problem
            kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
            if kind not in kinds:  # such as the page of a proxy
                raise BadAnswerError(doing, f"the API answered with {kind[:80] or 'nothing'}")
            async with aclosing(pieces(answer, doing, max_bytes)) as found:
                async for piece in found:
                    file.write(piece)
        return kind

    @asynccontextmanager
    async def _asked(
        self, method: str, url: httpx.URL, doing: str, seconds: float, **request: Any
    ) -> AsyncIterator[httpx.Response]:
        """An answer's head; whatever goes wrong with it or its body is a CallError, files of our own aside."""
        with anyio.move_on_after(seconds) as answering:
            try:
                async with self._client.stream(method, url, **request) as answer:
                    yield answer
            except (CallError, OSError):
                raise
            except (httpx.HTTPError, httpx.StreamError) as error:
                raise _no_answer(error, doing) from None
            except Exception as error:  # noqa: BLE001 -- head and body are foreign: whatever their parsers raise
                raise BadAnswerError(doing, f"the API's answer cannot be read ({type(error).__name__})") from None
        if answering.cancelled_caught:
            raise NoAnswerError(doing, f"no whole answer within {seconds:.0f} s")

    def _note_clock(self, answer: httpx.Response) -> None:
        date = moment(answer.headers.get("Date"))
        if date is not None:
            self.clock_offset = date - dt.datetime.now(dt.UTC)

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> httpx.URL:
        encoded = "?" + urllib.parse.urlencode(query) if query else ""
        # raw_path: the v5 queries put quotes and braces into the path, which must not be encoded a second time.
        return self._origin_url.copy_with(raw_path=self._path_prefix + f"{path}{encoded}".encode("ascii"))


def _no_answer(error: httpx.HTTPError | httpx.StreamError, doing: str) -> NoAnswerError:
    if problem := certificate_problem(error):
        return CertificateError(doing, problem)
    text = _short(error) or type(error).__name__
    if isinstance(error, _UNSENT):
        return NotSentError(doing, f"no connection: {text}")
    if isinstance(error, httpx.TimeoutException):
        return NoAnswerError(doing, "no answer in time")
    return NoAnswerError(doing, f"no whole answer: {text}")


def _short(error: Exception) -> str:
    """The text of an error, cut: some parsers quote the text that they cannot parse."""
    return str(error)[:200]
