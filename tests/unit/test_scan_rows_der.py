"""Private keys in base64 as one value, without the lines of a PEM file: fresh values on every run (row K6)."""

from __future__ import annotations

import base64

import pytest

from k6ci.secretscan.file_scan import scan_content
from scan_values import SEED, Values

VALUES = Values(SEED)
# The beginning of a key in DER, after two bytes of its length, and the bytes that follow.
DER_PRIVATE = {
    "RSA 2048": ("3082{:04x}020100300d06092a864886f70d0101010500048204a9308204a50201000282010100", 1160),
    "RSA 4096": ("3082{:04x}020100300d06092a864886f70d01010105000482092c308209280201000282020100", 2300),
    "PKCS 1": ("3082{:04x}0201000282010100", 1180),
    "PKCS 1, 1024": ("3082{:04x}02010002818100", 590),
    "PKCS 1, 3072": ("3082{:04x}0201000282018100", 1760),
    "P-256": ("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420", 102),
    "P-384": ("3081b6020100301006072a8648ce3d020106052b8104002204819e30819b0201010430", 150),
    "SEC 1": ("30770201010420", 114),
    "Ed25519": ("302e020100300506032b657004220420", 32),
}
DER_PUBLIC = {
    "certificate": ("3082{:04x}3082025fa0030201020204", 800),
    "RSA": ("30820122300d06092a864886f70d01010105000382010f003082010a0282010100", 257),
    "PKCS 1": ("3082010a0282010100", 261),
    "P-256": ("3059301306072a8648ce3d020106082a8648ce3d03010703420004", 64),
    "request": ("3082{:04x}3082015f020100301b3119301706", 600),
}


def der(form: str, length: int) -> str:
    body = bytes(VALUES.random.randrange(256) for _ in range(length))
    return base64.b64encode(bytes.fromhex(form.format(length + 22)) + body).decode()


DER_PLACES = {
    "app.yml": "alipay:\n  app-id: 7\n  private_key: {}\n",
    "prod.yml": "jwt:\n  key: '{}'\n",
    "A.java": 'String privateKey = "{}";\n',
    "B.java": 'Signer s = new Signer("{}");\n',
    ".env": 'APP_PRIVATE_KEY="{}"\n',
    "other.env": "APP_KEY={}\n",
    "a.json": '{{"privateKey":"{}"}}\n',
    "b.json": '{{"x": "{}"}}\n',
    "a.py": 'KEY = b"{}"\n',
    "a.php": "'key' => '{}',\n",
    "a.properties": "merchant.key={}\n",
    "web.xml": "<value>{}</value>\n",
}


@pytest.mark.parametrize("path", DER_PLACES)
@pytest.mark.parametrize("form", DER_PRIVATE)
def test_k6_private_keys_as_one_value_without_the_lines_of_pem(path, form):
    """It was too long for a value, and nothing told what it was."""
    text = DER_PLACES[path].format(der(*DER_PRIVATE[form]))
    assert [finding.rule for finding in scan_content(path, text.encode())] == ["private-key"]


@pytest.mark.parametrize("path", DER_PLACES)
@pytest.mark.parametrize("form", DER_PUBLIC)
def test_k6_public_keys_and_certificates_begin_alike(path, form):
    """And are public."""
    text = DER_PLACES[path].replace("private", "public").format(der(*DER_PUBLIC[form]))
    assert [one for one in scan_content(path, text.encode()) if one.rule == "private-key"] == []


def test_k6_a_key_in_pem_is_one_finding():
    """Its first line tells, and the others hold the words of the key without it."""
    for form in ("RSA 2048", "PKCS 1", "P-256"):
        body = der(*DER_PRIVATE[form])
        lines = [body[at : at + 64] for at in range(0, len(body), 64)]
        head, end = "-----BEGIN PRIVATE" + " KEY-----", "-----END PRIVATE" + " KEY-----"
        texts = [
            ("a.pem", "\n".join([head, *lines, end])),
            ("a.pem", f"{head}\n{body}\n{end}"),
            ("a.json", '{"key": "' + "\\n".join([head, *lines, end]) + '"}'),
            ("a.json", f'{{"key": "{head}\\n{body}\\n{end}"}}'),
            (".env", f'KEY="{head}{body}{end}"'),
            ("A.java", " +\n".join(f'  "{line}\\n"' for line in (head, *lines, end))),
            ("a.py", f'KEY = "{head}" + "{body}" + "{end}"'),
        ]
        assert [(path, text) for path, text in texts if len(scan_content(path, text.encode())) != 1] == []
    cut = [
        ("a.md", f'key = "{der(*DER_PRIVATE["PKCS 1"])[:40]}..."'),
        ("a.md", 'key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC' + "x" * 90 + '"'),
    ]
    assert [one for path, text in cut for one in scan_content(path, text.encode())] == []
