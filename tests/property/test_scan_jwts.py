"""Row K7: a signed JSON Web Token is found without a name; an unsigned one and those of documentation stay silent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random

import pytest

from k6ci.secretscan.file_scan import scan_content
from scan_values import LETTERS, SEED, Values

pytestmark = pytest.mark.unmeasured

VALUES = Values(SEED)
EACH = 200
# Bytes of a signature.
ALGORITHMS = {
    "HS256": 32, "HS384": 48, "HS512": 64, "RS256": 256, "RS512": 512, "PS256": 256, "ES256": 64, "ES384": 96,
    "ES512": 132, "EdDSA": 64,
}  # fmt: skip
FORMS = {
    ".txt": "see {} there",
    ".env": "# was {}",
    ".yaml": "  - {}",
    ".json": '  "{}",',
    ".js": "send('{}');",
    ".md": "Use `{}` here.",
    ".py": 'call("a\\n{}")',
    ".http": "GET https://acme.io/verify/{}",
    ".log": "redirect to /login?next=%2Fa%3D{}",
    ".html": "<code>{}</code>",
}


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def jwt(values: random.Random, algorithm: str = "HS256", claims: dict | None = None, **header: object) -> str:
    """A token as an identity provider issues it."""
    if claims is None:
        claims = {
            "iss": f"https://login.{''.join(values.choices(LETTERS[:26], k=8))}.io/",
            "sub": "".join(values.choices(LETTERS, k=20)),
            "exp": values.randrange(1_700_000_000, 1_900_000_000),
        }
    parts = [{"alg": algorithm, "typ": "JWT", **header}, claims]
    signed = ".".join(
        base64url(json.dumps(part, separators=values.choice([(",", ":"), None])).encode()) for part in parts
    )
    if algorithm == "HS256":
        return f"{signed}.{base64url(hmac.digest(values.randbytes(32), signed.encode(), hashlib.sha256))}"
    return f"{signed}.{base64url(values.randbytes(ALGORITHMS.get(algorithm, 0)))}"


def found(suffix: str, tokens: list[str]) -> int:
    text = "\n".join(FORMS[suffix].format(token) for token in tokens) + "\n"
    return len({finding.line for finding in scan_content(f"notes{suffix}", text.encode())})


@pytest.mark.parametrize("suffix", FORMS)
def test_k7_a_signed_token_is_found_in_every_file(suffix):
    """Every peer finds them; no name is needed."""
    values = VALUES.random
    tokens = [jwt(values, values.choice(list(ALGORITHMS)), kid=str(number)) for number in range(EACH)]
    assert found(suffix, tokens) >= EACH * 0.995


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_k7_every_algorithm_is_known(algorithm):
    """Signatures are as long as the algorithm makes them."""
    values = VALUES.random
    assert found(".txt", [jwt(values, algorithm) for _ in range(EACH)]) >= EACH * 0.995


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token.rpartition(".")[0],
        lambda token: token.rpartition(".")[0] + ".signature",
        lambda token: token.rpartition(".")[0] + "." + "x" * 43,
        lambda token: token.rpartition(".")[0] + ".your-256-bit-signature-goes-here-in-base64url",
        lambda token: token[:-5],
        lambda token: token + "Ab3dE",
        lambda token: token.rpartition(".")[0] + ".SIGNATURE_OF_THE_EXAMPLE_TOKEN_OF_THE_MANUAL",
        lambda token: token.split(".")[0] + "." + token.split(".")[2],
        lambda token: token.split(".")[0][:-3] + "!!!." + token.partition(".")[2],
    ],
)
@pytest.mark.parametrize("suffix", [".txt", ".json", ".md"])
def test_k7_a_token_without_its_signature_is_silent(change, suffix):
    """Nothing opens with it."""
    values = VALUES.random
    assert found(suffix, [change(jwt(values)) for _ in range(EACH)]) == 0


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_k7_an_unsigned_token_is_silent(algorithm):
    """`alg` says that nobody signed it, whatever stands in the third part."""
    values = VALUES.random
    tokens = [jwt(values, algorithm) + base64url(values.randbytes(32)) for _ in range(EACH)]
    assert found(".txt", tokens) == 0


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "1234567890", "name": "John Doe", "iat": 1516239022},
        {"sub": "1234567890", "name": "John Doe", "admin": True},
        {"sub": "1234567890", "name": "John Doe", "admin": True, "iat": 1516239022},
        {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True},
        {"name": "Jane Doe", "exp": 1700000000},
        {"iss": "https://issuer.example.com", "sub": "a7f3", "exp": 1700000000},
        {"iss": "supabase-demo", "role": "anon", "exp": 1983812996},
        {"iss": "supabase-demo", "role": "service_role", "exp": 1983812996},
        {"sub": "your-user-id", "exp": 1700000000},
        {"iss": "placeholder", "exp": 1700000000},
        {"foo": "bar"},
        {"foo": "bar", "iss": "test", "exp": 15000},
        {"some": "payload"},
    ],
)
def test_k7_the_examples_of_documentation_are_silent(claims):
    """The token on the front page of jwt.io stands in thousands of repositories."""
    values = VALUES.random
    assert found(".md", [jwt(values, "HS256", claims) for _ in range(20)]) == 0


def test_k7_the_plugin_for_detect_secrets_finds_them_too():
    """Who runs detect-secrets with our plugins gets the same."""
    from k6ci.secretscan.plugins import KnownTokenDetector  # noqa: PLC0415 - needs detect-secrets, the scan does not

    token = jwt(VALUES.random)
    assert [one.secret_value for one in KnownTokenDetector().analyze_line("x.txt", f"see {token}", 1)] == [token]
