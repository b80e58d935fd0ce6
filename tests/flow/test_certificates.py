"""Networks: refused certificates are not tried again; the system's authorities count beside SSL_CERT_FILE."""

from __future__ import annotations

import ssl
import time

import anyio
import pytest

from k6ci.clock import SystemClock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.failures import CertificateError, NotSentError
from k6ci.cloud.transport import Transport
from k6ci.net.tls import trusting_context
from tls_front import NAME, tls_front


def asked(front, host: str = NAME) -> None:
    """One request through the front, with retries."""

    async def ask() -> None:
        async with CloudClient(Transport(f"https://{host}", "a token that opens nothing"), SystemClock()) as client:
            await client.project(1)

    anyio.run(ask)


@pytest.fixture
def front(emulator, tmp_path, monkeypatch):
    """A proxy with a certificate of its own, for one name."""
    with tls_front(tmp_path, emulator.emulator.port) as one:
        monkeypatch.setenv("HTTPS_PROXY", one.proxy)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        yield one


@pytest.mark.parametrize(
    ("host", "said"), [(NAME, "self-signed certificate"), ("other.example.test", "Hostname mismatch")]
)
def test_a_refused_certificate_is_asked_for_once_and_named(front, monkeypatch, host, said):
    """The issuer is unknown, or the name is another one; a little later it would be the same."""
    if host != NAME:
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
    began = time.monotonic()
    with pytest.raises(CertificateError, match=said) as caught:
        asked(front, host)
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value)
    assert len(front.asked) == 1
    assert time.monotonic() - began < 10
    assert isinstance(caught.value, NotSentError)  # so a start is not looked for


def test_ssl_cert_file_counts_and_so_does_the_systems_store(front, monkeypatch):
    """OpenSSL alone would take the one instead of the other."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    system = {tuple(sorted(one.items(), key=str)) for one in map(_named, trusting_context()._ctx.get_ca_certs())}
    monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
    both = [_named(one) for one in trusting_context()._ctx.get_ca_certs()]
    assert any(NAME in str(one["subject"]) for one in both)
    assert system <= {tuple(sorted(one.items(), key=str)) for one in both}
    assert isinstance(trusting_context(), ssl.SSLContext)
    with pytest.raises(Exception, match="401"):  # the emulator's answer: the certificate was accepted
        asked(front)


def _named(certificate: dict) -> dict:
    return {name: certificate[name] for name in ("subject", "serialNumber")}
