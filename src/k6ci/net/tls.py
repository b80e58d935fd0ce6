"""Which certificates are trusted, and the error for one that is not."""

from __future__ import annotations

import pathlib
import ssl
from collections.abc import Iterator
from typing import Final

import truststore

_HINTS: Final = {
    "self-signed certificate in certificate chain": "this machine does not know the authority that issued it, which "
    "may be that of a company's proxy",
    "unable to get local issuer certificate": "this machine does not know the authority that issued it",
    "self-signed certificate": "the server issued it itself",
    "certificate has expired": "or this machine's clock is wrong",
    "certificate is not yet valid": "or this machine's clock is wrong",
}


def trusting_context() -> ssl.SSLContext:
    """A context for clients that trusts the system's authorities, and beside them those of SSL_CERT_FILE and _DIR.

    OpenSSL alone takes these variables instead of the system's store.
    """
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    paths = ssl.get_default_verify_paths()
    for file in filter(_is_file, {paths.cafile, paths.openssl_cafile}):
        context.load_verify_locations(cafile=file)
    for folder in filter(_is_folder, {paths.capath, paths.openssl_capath}):
        context.load_verify_locations(capath=folder)
    return context


def certificate_problem(error: BaseException) -> str | None:
    """What is wrong with the server's certificate, when that is why a request failed; None for other failures."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            said = str(getattr(cause, "verify_message", "") or cause.reason or "not valid").rstrip(".")
            hint = next((f" ({hint})" for words, hint in _HINTS.items() if words in said), "")
            return f"the server's certificate was refused: {said}{hint} [CERTIFICATE_VERIFY_FAILED]"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _is_file(path: str | None) -> bool:
    return path is not None and pathlib.Path(path).is_file()


def _is_folder(path: str | None) -> bool:
    return path is not None and pathlib.Path(path).is_dir()
