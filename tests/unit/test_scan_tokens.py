"""Tokens of a known shape are checked, not only matched, and allowed places stay silent."""

from __future__ import annotations

import base64
import io
import json
import random
import string
import tarfile

import pytest

from k6ci.secretscan.detectors.token_proofs import glsa_checksum, is_glc, is_glsa, is_old_key
from k6ci.secretscan.file_scan import scan_content
from scan_values import Values

VALUES = Values(77)
TOKEN = VALUES.token()


def rules_in(path: str, text: str | bytes) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    return [finding.rule for finding in scan_content(path, content)]


def test_the_checksum_is_the_one_that_grafana_computes():
    """Known answer from Grafana's own test of `satokengen`; a wrong byte order would miss every real token."""
    body = "iNValIdinValiD" + "invalid" * 2 + "inva"
    assert glsa_checksum(body) == "5b58" + "2697"
    assert is_glsa(f"glsa_{body}_" + "5b58" + "2697")


def test_a_service_account_token_with_another_checksum_is_an_example():
    """Documentation is full of tokens that nobody issued."""
    token = VALUES.glsa()
    other = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert rules_in("x.md", f"use {token} here") == ["grafana-service-account-token"]
    assert rules_in("x.md", f"use {other} here") == []


def test_a_policy_token_and_an_old_key_are_read():
    """The structure says that somebody issued it."""
    assert is_glc(VALUES.glc())
    assert not is_glc("glc_" + base64.b64encode(json.dumps({"a": 1, "b": "x" * 40}).encode()).decode())
    assert is_old_key(VALUES.old_key())
    assert not is_old_key("eyJrIjoi" + "A" * 40)


@pytest.mark.parametrize(
    ("vendor", "token"),
    [
        ("GitHub", "ghp_" + VALUES.mixed(36)),
        ("GitHub", "github_pat_" + VALUES.mixed(22) + "_" + VALUES.mixed(59)),
        ("GitLab", "glpat-" + VALUES.mixed(20)),
        ("Slack", "xoxb-" + VALUES.of(string.digits, 11) + "-" + VALUES.mixed(24)),
        ("npm", "npm_" + VALUES.mixed(36)),
        ("Google", "AIza" + VALUES.mixed(35)),
        ("Stripe", "sk_live_" + VALUES.mixed(24)),
        ("DigitalOcean", "dop_v1_" + VALUES.of("0123456789abcdef", 64)),
        (
            "Slack webhook",
            "https://hooks.slack.com/services/T" + VALUES.of(string.digits, 8) + "/B12345678/" + VALUES.mixed(24),
        ),
    ],
)
def test_tokens_of_services_are_known_by_their_shape(vendor, token):
    """k6 scripts talk to these services."""
    (finding,) = scan_content("x.js", f"const a = '{token}';\n".encode())
    assert finding.rule == "known-token"
    assert vendor in finding.reason
    assert "revoke it (" in finding.remedy


def archive(metadata: dict, *, compressed: bool = False, name: str = "metadata.json") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if compressed else "w") as tar:
        body = json.dumps(metadata).encode()
        member = tarfile.TarInfo(name)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    "metadata",
    [
        {"type": "js", "options": {"cloud": {"token": TOKEN}}},
        {"type": "js", "options": {"ext": {"loadimpact": {"token": TOKEN}}}},
        {"type": "js", "env": {"API_PASSWORD": VALUES.password()}},
    ],
    ids=["cloud", "loadimpact", "env"],
)
def test_a_k6_archive_is_opened(metadata, compressed):
    """`k6 archive` writes the options and the environment of the machine that made it."""
    (finding,) = scan_content("load.tar", archive(metadata, compressed=compressed))
    assert finding.rule == "k6-archive"
    assert finding.path == "load.tar"
    assert "metadata.json" in finding.reason
    assert ".gitignore" in finding.remedy


def test_an_archive_without_secrets_and_a_broken_one_are_silent():
    """A cut archive must not stop a commit."""
    assert rules_in("x.tar", archive({"options": {"vus": 1}, "env": {"BASE_URL": "https://test.k6.io"}})) == []
    assert rules_in("x.tar", archive({"options": {}})[:700]) == []
    assert rules_in("x.tgz", b"\x1f\x8b\x08" + random.Random(1).randbytes(300)) == []


@pytest.mark.parametrize(
    "text",
    [
        "K6_CLOUD_TOKEN={} # pragma: allowlist secret\n",
        "# pragma: allowlist nextline secret\nK6_CLOUD_TOKEN={}\n",
        "K6_CLOUD_TOKEN={} # k6ci:allow a token of the emulator\n",
        "# k6ci:allow a token of the emulator\nK6_CLOUD_TOKEN={}\n",
        "// k6ci:allow revoked in 2024\nK6_CLOUD_TOKEN={}\n",
    ],
)
def test_what_is_allowed_on_purpose_is_silent(text):
    """One line, with a reason, where the next reader sees it."""
    assert rules_in(".env", text.format(TOKEN)) == []


@pytest.mark.parametrize(
    "text",
    [
        "K6_CLOUD_TOKEN={} # k6ci:allow\n",
        "K6_CLOUD_TOKEN={} # k6ci:allow -\n",
        "X=1 # k6ci:allow only this line\nK6_CLOUD_TOKEN={}\n",
        "# k6ci:allow too far away\n\nK6_CLOUD_TOKEN={}\n",
    ],
)
def test_an_allowance_needs_a_reason_and_its_own_line(text):
    """Without a reason nobody can tell later whether it still holds."""
    assert rules_in(".env", text.format(TOKEN)) == ["k6-cloud-token"]


def test_bytes_that_are_no_utf8_are_read():
    """A file in Latin-1 or UTF-16 is text, and its secrets are as real."""
    text = f"# caf\xe9\nK6_CLOUD_TOKEN={TOKEN}\n"
    assert rules_in(".env", text.encode("latin-1")) == ["k6-cloud-token"]
    for encoding in ("utf-16", "utf-32"):
        assert rules_in("run.ps1", f'$env:K6_CLOUD_TOKEN = "{TOKEN}"\r\n'.encode(encoding)) == ["k6-cloud-token"]
    assert rules_in(".env", b"\xef\xbb\xbf" + f"K6_CLOUD_TOKEN={TOKEN}".encode()) == ["k6-cloud-token"]


def test_lock_files_and_checksums_are_not_read():
    """They are full of digests and of nothing else."""
    assert rules_in("package-lock.json", f'{{"token": "{TOKEN}"}}') == []
    assert rules_in("go.sum", f"token = {TOKEN}\n") == []
