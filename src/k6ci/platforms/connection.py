"""How k6ci talks to the API of GitHub and of GitLab through libraries that use requests: where to, how long, how often.

The token is sent in plain text to loopback only. Imported with the library, which few commands need.
"""

from __future__ import annotations

import ssl
import urllib.parse
from typing import Final

import requests
import truststore
from urllib3.util import Retry

from k6ci.net.tls import certificate_problem
from k6ci.platforms.host import HostError
from k6ci.settings.parse import is_loopback

REQUEST_SECONDS: Final = 10
PAGE_SIZE: Final = 100
LONGEST_MESSAGE: Final = 200
FIRST_SERVER_ERROR: Final = 500
_ATTEMPTS: Final = 3
_FIRST_PAUSE_SECONDS: Final = 0.3
_TRANSIENT: Final = frozenset({500, 502, 503, 504})


def checked_url(url: str, variable: str) -> str:
    """The address in a variable of the job, without a slash at its end.

    Raises:
        HostError: the token would be sent in plain text, or it is no address of a server.
    """
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        raise HostError(f"{variable} is not an https URL") from None
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))) or parts.username:
        raise HostError(f"{variable} is not an https URL")
    if parts.scheme == "http" and requests.utils.get_environ_proxies(url):
        raise HostError(f"a proxy would get the token in plain text; set NO_PROXY for the host of {variable}")
    return url.rstrip("/")


def trusted_certificates() -> str | bool:
    """What requests verifies certificates with: SSL_CERT_FILE, else the authorities of the system."""
    truststore.inject_into_ssl()  # requests has no other way to trust the authorities of the system
    return ssl.get_default_verify_paths().cafile or True


def retry(*methods: str) -> Retry:
    """Repeats requests of these methods a few times; a POST is not one of them, because it may have had its effect."""
    return Retry(
        total=_ATTEMPTS - 1,
        allowed_methods=frozenset(methods),
        status_forcelist=_TRANSIENT,
        backoff_factor=_FIRST_PAUSE_SECONDS,
        respect_retry_after_header=False,
        raise_on_status=False,
    )


def connection_error(error: requests.RequestException, host: str) -> HostError:
    """Why there was no answer of `host` (`GitHub`, `GitLab`)."""
    problem = certificate_problem(_reason_of(error))
    never_sent = problem is not None or isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError))
    if problem is None and isinstance(error, requests.Timeout):
        problem = f"{host} did not answer within {REQUEST_SECONDS} s"
    return HostError(problem or f"the connection to {host} failed", is_uncertain=not never_sent)


def _reason_of(error: BaseException) -> BaseException:
    """What failed in the first place: urllib3 keeps it in attributes, not in the chain of exceptions."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    return _reason_of(inner) if isinstance(inner, BaseException) else error
