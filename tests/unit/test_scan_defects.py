"""Each defect of detect-secrets 1.5.0 that the engine mends: it shows on the stock one and does not show here."""

from __future__ import annotations

import string
import subprocess
import sys
import textwrap
import time

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.suppression.baseline import Baseline, load
from scan_values import Values

VALUES = Values(99)


def seconds(function, *arguments) -> float:
    start = time.thread_time()
    function(*arguments)
    return time.thread_time() - start


def drain(iterator) -> None:
    for _ in iterator:
        pass


def test_every_place_of_a_value_is_reported(tmp_path):
    """Stock keeps the first place for each file and type; the second is then committed."""
    value = VALUES.password()
    path = tmp_path / "x.ini"
    path.write_text(f"[a]\npassword = {value}\n[b]\npassword = {value}\n")
    with default_settings():
        stock = SecretsCollection()
        stock.scan_file(str(path))
    assert len({secret.line_number for _, secret in stock if secret.type == "Secret Keyword"}) == 1
    assert [finding.line for finding in scan_content("x.ini", path.read_bytes())] == [2, 4]


def test_an_export_line_does_not_hide_the_rest():
    """Stock reads a file as INI or not at all: one `export` line, and values without quotes are lost."""
    value = VALUES.password()
    text = f"export PATH\nDB_PASSWORD={value}\n"
    assert [finding.line for finding in scan_content("x.env", text.encode())] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "env:\n  - K6_CLOUD_TOKEN={}\n",
        "run: |\n  export K6_CLOUD_TOKEN={}\n",
        "# K6_CLOUD_TOKEN: {}\na: 1\n",
        "api:\n  token: {}\n",
    ],
    ids=["list", "block", "comment", "keyword"],
)
def test_yaml_is_read_as_a_whole(text, tmp_path):
    """Stock keeps string values of maps only, and its keywords lack `token`."""
    path = tmp_path / "x.yml"
    path.write_text(text.format(VALUES.mixed(20)))
    with default_settings():
        assert list(scan_file(str(path))) == []
    assert len(scan_content("x.yml", path.read_bytes())) == 1


def test_types_that_stock_does_not_know_need_no_quotes(tmp_path):
    """To stock a Dockerfile or a shell script is `other`, where values must be quoted."""
    for name, text in (
        ("Dockerfile", "FROM x\nENV DB_PASSWORD={}\n"),
        ("x.sh", "#!/bin/sh\nset -e\nexport DB_PASSWORD={}\n"),
    ):
        path = tmp_path / name
        path.write_text(text.format(VALUES.password()))
        with default_settings():
            assert list(scan_file(str(path))) == []
        assert len(scan_content(name, path.read_bytes())) == 1


def test_a_date_that_is_none_does_not_end_the_scan(tmp_path):
    """Stock dies of a ValueError in a YAML file with the date 2024-13-45."""
    path = tmp_path / "x.yml"
    path.write_text(f"day: 2024-13-45\npassword: '{VALUES.password()}'\n")
    with default_settings(), pytest.raises(ValueError, match="month"):
        list(scan_file(str(path)))
    assert [finding.line for finding in scan_content("x.yml", path.read_bytes())] == [2]


def test_two_tokens_are_two_secrets():
    """Stock hashes the prefix, so one token in a baseline lets all later ones pass."""
    tokens = [prefix + VALUES.mixed(36) for prefix in ("ghp_", "ghp_", "gho_", "ghs_")]
    findings = scan_content("x.txt", " ".join(tokens).encode(), keyer=Baseline(is_upstream=True).keys_of)
    assert len({one.keys[1] for one in findings}) == len(tokens)


def test_a_key_and_spaces_is_no_trap():
    """Stock's patterns are cubic there: 400 spaces took seconds."""
    keys = ("cloudant_password", "ibm_cloud_iam_key", "cos_secret_access_key", "softlayer_key")
    text = "\n".join(f"{key}{' ' * 3_000}!{'a1' * 30}" for key in keys)
    assert seconds(scan_content, "x.txt", text.encode()) < 2


def test_aliases_do_not_multiply():
    """Stock walks every way that leads to a value: 30 lines of aliases are a thousand million ways."""
    levels = [f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]" for level in range(1, 30)]
    text = "\n".join(["a0: &a0 [{password: 'x9y8z7w6'}]", *levels])  # k6ci:allow made up here
    assert seconds(scan_content, "x.yml", text.encode()) < 5
    merges = [f"m{level}: &m{level} {{<<: [*m{level - 1}, *m{level - 1}]}}" for level in range(1, 30)]
    text = "\n".join(["m0: &m0 {password: 'x9y8z7w6'}", *merges])  # k6ci:allow made up here
    assert seconds(scan_content, "x.yml", text.encode()) < 5


def test_nothing_is_asked_online(tmp_path):
    """Stock verifies what it finds unless told not to; here even the import of `requests` is gone, and sockets are shut."""
    path = tmp_path / "x.py"
    path.write_text(
        f"aws_key = 'AKIA{VALUES.of('ABCDEFGHJKMNPQRSTUVWXYZ234567', 16)}'\nslack = 'xoxb-{VALUES.of(string.digits, 11)}-{VALUES.mixed(24)}'\n"
    )
    program = """
        import socket, sys
        def shut(*_args, **_kwargs):
            raise SystemExit("a socket was opened")
        socket.socket = socket.create_connection = socket.getaddrinfo = shut
        from k6ci.secretscan.cli import main
        code = main(sys.argv[1:])
        loaded = {"detect_secrets", "requests", "urllib3", "httpx", "pydantic", "github", "anyio", "typer", "rich", "http.client"} & set(sys.modules)
        sys.exit(f"loaded {loaded}" if loaded else code)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("known-token") == 2


def test_a_large_yaml_file_is_read_in_bounded_memory():
    """A parsed value takes a kilobyte: 5 MB of short lines took stock, and us, 1.4 GB; now the lines alone are read."""
    program = """
        import resource
        from k6ci.secretscan.file_scan import scan_content
        text = "password: $X\\n" * 150_000 + "K6_CLOUD_TOKEN: %s"
        (finding,) = scan_content("x.yml", text.encode())
        print(finding.line, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    """
    command = [sys.executable, "-c", textwrap.dedent(program % VALUES.of("0123456789abcdef", 64))]
    # A shell in between: a process counts the memory of the one that it was forked from.
    shell = ["sh", "-c", '"$@"; exit $?', "sh", *command]
    done = subprocess.run(shell, capture_output=True, text=True, check=True)
    line, megabytes = map(int, done.stdout.split())
    assert line == 150_001
    assert megabytes < 100


def test_a_baselined_prefix_lets_no_token_pass(tmp_path):
    """The hash of `ghp` in an old baseline stands for every GitHub token."""
    token = "ghp_" + VALUES.mixed(36)
    path = tmp_path / "x.txt"
    path.write_text(token)
    with default_settings():
        collection = SecretsCollection()
        collection.scan_file(str(path))
    (entry,) = [secret for _, secret in collection if secret.type == "GitHub Token"]
    file = tmp_path / ".secrets.baseline"
    file.write_text('{"results": {"x.txt": [{"type": "GitHub Token", "hashed_secret": "%s"}]}}' % entry.secret_hash)
    baseline = load(str(file))
    (finding,) = scan_content("x.txt", token.encode(), keyer=baseline.keys_of)
    assert not baseline.knows("x.txt", finding.keys)
