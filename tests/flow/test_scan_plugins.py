"""Our detectors in the hands of those who run detect-secrets itself: `detect-secrets scan -p …/plugins.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from k6ci.secretscan import plugins
from scan_values import Values

VALUES = Values(31)
PLUGINS = str(Path(plugins.__file__))
SHAPES = {
    "k6 Cloud token": (".env", "K6_CLOUD_TOKEN={}\n", VALUES.made("hex32")),
    "Grafana token": ("x.txt", "use {} here\n", VALUES.glsa()),
    "Token with a known format": ("x.js", "const a = '{}';\n", "ghp_" + VALUES.mixed(36)),
    "Credential in an HTTP header": ("x.sh", "curl -H 'Authorization: Bearer {}' https://acme.io\n", VALUES.mixed(32)),
    "Credential in a URL": ("x.yml", "- url: postgres://app:{}@db.acme.io/app\n", "walnut" + "9comet"),
    "Credential on a command line": ("run.sh", "docker login -u ci -p {} registry.acme.io\n", VALUES.password()),
    "Secret behind a name": ("Dockerfile", "ENV DB_PASSWORD {}\n", VALUES.password()),
}


def detect_secrets(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.executable).with_name(program)), *arguments]
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file for each shape, and one that holds nothing but references."""
    for number, (name, text, value) in enumerate(SHAPES.values()):
        path = tmp_path / str(number) / name
        path.parent.mkdir()
        path.write_text(text.format(value))
    (tmp_path / "clean.env").write_text("K6_CLOUD_TOKEN=${TOKEN}\nDB_PASSWORD=$PW\nTOKEN_URL=https://acme.io/token\n")
    return tmp_path


def test_plain_detect_secrets_finds_more_with_our_plugins(folder):
    """Whoever keeps that tool gets the detectors all the same; without them it sees some of the seven."""
    stock = detect_secrets("detect-secrets", "scan", "--no-verify", "--all-files", ".", cwd=folder)
    ours = detect_secrets("detect-secrets", "scan", "--no-verify", "--all-files", "-p", PLUGINS, ".", cwd=folder)
    assert (stock.returncode, ours.returncode) == (0, 0), ours.stderr
    found = json.loads(ours.stdout)["results"]
    assert {one["type"] for ones in found.values() for one in ones} >= set(SHAPES)
    assert len(found) == len(SHAPES)
    assert len(json.loads(stock.stdout)["results"]) < len(SHAPES)
    assert not any(value in ours.stdout for _, _, value in SHAPES.values())


def test_its_hook_stops_a_commit_with_our_plugins(folder):
    """The same through `detect-secrets-hook`, as its users have it in pre-commit."""
    files = [str(path.relative_to(folder)) for name in ("Dockerfile", "run.sh") for path in folder.rglob(name)]
    assert detect_secrets("detect-secrets-hook", "--no-verify", *files, cwd=folder).returncode == 0
    assert detect_secrets("detect-secrets-hook", "--no-verify", "-p", PLUGINS, *files, cwd=folder).returncode == 1
    assert detect_secrets("detect-secrets-hook", "--no-verify", "-p", PLUGINS, "clean.env", cwd=folder).returncode == 0
