"""Downloads one file without a token: bounded in size and time, and hashed while it arrives.

HTTPS only; plain HTTP from a loopback address, without a proxy. Redirects lead to HTTPS only. The caller compares the
hash before it uses the file.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import BinaryIO, Final

import anyio

import k6ci
from k6ci.clock import Clock
from k6ci.net.http_library import httpx
from k6ci.net.tls import certificate_problem, trusting_context
from k6ci.settings.parse import is_loopback

_MAX_REDIRECTS: Final = 5
_FIRST_PAUSE_SECONDS: Final = 0.5
_READ_SECONDS: Final = 30.0
_TRANSIENT_STATUS: Final = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS)
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_HTML: Final = "the server sent an HTML page (of a login, or of a proxy?) instead of the file"
_LONGEST_REASON: Final = 200


class DownloadError(Exception):
    """Why there is no file, as a clause; `is_transient` if another attempt may succeed a little later."""

    def __init__(self, reason: str, *, is_transient: bool = False) -> None:
        super().__init__(reason)
        self.is_transient = is_transient


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of a download: its size, and the seconds for all attempts together and for one connection."""

    max_bytes: int
    seconds: float = 300.0
    connect_seconds: float = 10.0
    attempts: int = 3


async def download(url: str, file: BinaryIO, limits: Limits, clock: Clock) -> str:
    """Write what `url` returns to `file`, from its beginning; the SHA-256 of it as 64 hex digits.

    Raises:
        DownloadError: there is no such file, or no whole answer within the limits.
        OSError: `file` cannot be written.
    """
    with anyio.move_on_after(limits.seconds):
        async with _client(httpx.URL(url), limits) as client:
            attempt = 1
            while True:
                file.seek(0)
                file.truncate()
                try:
                    return await _attempt(client, url, file, limits.max_bytes)
                except DownloadError as error:
                    if not error.is_transient or attempt >= limits.attempts:
                        raise
                await clock.sleep(_FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
                attempt += 1
    raise DownloadError(f"not complete after {limits.seconds:.0f} s")


def _client(url: httpx.URL, limits: Limits) -> httpx.AsyncClient:
    if not _is_allowed(url):
        raise DownloadError("the URL is neither https nor that of a loopback address")
    try:
        return httpx.AsyncClient(
            headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": f"k6ci/{k6ci.__version__}"},
            timeout=httpx.Timeout(_READ_SECONDS, connect=limits.connect_seconds),
            follow_redirects=False,
            trust_env=not is_loopback(url.host),
            verify=trusting_context(),
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:  # what httpx raises for a proxy that it cannot use
        raise DownloadError(f"the proxy of the environment cannot be used ({error})") from None


async def _attempt(client: httpx.AsyncClient, url: str, file: BinaryIO, max_bytes: int) -> str:
    try:
        for _ in range(_MAX_REDIRECTS + 1):
            async with client.stream("GET", url) as answer:
                if not answer.has_redirect_location:
                    return await _received(answer, file, max_bytes)
                url = _target(answer)
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
        raise _failure(error) from None
    raise DownloadError(f"more than {_MAX_REDIRECTS} redirects")


def _target(answer: httpx.Response) -> str:
    """The URL to which an answer redirects."""
    url = answer.url.join(answer.headers["Location"])
    if url.scheme != "https" or url.userinfo:
        shown = f"{url.scheme}://{url.host}"[:_LONGEST_REASON]
        raise DownloadError(f"it redirects to {shown}, and only redirects to https without a user name are followed")
    return str(url)


async def _received(answer: httpx.Response, file: BinaryIO, max_bytes: int) -> str:
    status = answer.status_code
    if status != httpx.codes.OK:
        is_transient = status >= httpx.codes.INTERNAL_SERVER_ERROR or status in _TRANSIENT_STATUS
        raise DownloadError(f"HTTP {status} {answer.reason_phrase}".rstrip(), is_transient=is_transient)
    if str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower() in _PAGE_TYPES:
        raise DownloadError(_HTML)
    too_large = DownloadError(f"larger than {max_bytes / 2**20:.0f} MiB")
    announced = str(answer.headers.get("Content-Length", "0"))
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    digest, size = hashlib.sha256(), 0
    # Raw: whatever encoding the server chose, the hash is that of the bytes that are stored.
    async for chunk in answer.aiter_raw():
        if size == 0 and chunk.lstrip()[:1] == b"<":
            raise DownloadError(_HTML)
        size += len(chunk)
        if size > max_bytes:
            raise too_large
        digest.update(chunk)
        file.write(chunk)
    file.flush()
    return digest.hexdigest()


def _is_allowed(url: httpx.URL) -> bool:
    return (url.scheme == "https" and bool(url.host)) or (url.scheme == "http" and is_loopback(url.host))


def _failure(error: Exception) -> DownloadError:
    if problem := certificate_problem(error):
        return DownloadError(problem)
    text = str(error)[:_LONGEST_REASON] or type(error).__name__
    if isinstance(error, (httpx.ConnectError, httpx.ProxyError)):  # refused, or a name that DNS does not know
        return DownloadError(f"no connection: {text}")
    if isinstance(error, httpx.TimeoutException):
        return DownloadError("no answer in time", is_transient=True)
    return DownloadError(f"the transfer broke off: {text}", is_transient=isinstance(error, httpx.TransportError))
