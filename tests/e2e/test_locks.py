"""The locks have a wheel of each package for every system and Python of wheel.yml, whose jobs install them."""

from __future__ import annotations

import subprocess

import pytest
import yaml

from faces import PROJECT, VENV_PROGRAMS, machine_environ

pytestmark = pytest.mark.e2e

WORKFLOW = yaml.safe_load((PROJECT / ".github" / "workflows" / "wheel.yml").read_text(encoding="utf-8"))
MATRIX = WORKFLOW["jobs"]["installed"]["strategy"]["matrix"]
# The runner's image, and the name of its platform for uv.
PLATFORMS = {
    "ubuntu-24.04": "x86_64-unknown-linux-gnu",
    "ubuntu-24.04-arm": "aarch64-unknown-linux-gnu",
    "macos-15": "aarch64-apple-darwin",
    "windows-2025": "x86_64-pc-windows-msvc",
}


@pytest.mark.parametrize("python", MATRIX["python"])
@pytest.mark.parametrize("system", MATRIX["system"])
def test_a_lock_can_be_installed_there(system, python, tmp_path):
    for lock in ("cloud.txt", "github.txt", "gitlab.txt", "scan.txt"):
        done = subprocess.run(
            [
                *(
                    VENV_PROGRAMS / "uv",
                    "--no-config",
                    "pip",
                    "install",
                    "--dry-run",
                    "--target",
                    tmp_path / "packages",
                ),
                *("--python-platform", PLATFORMS[system], "--python-version", python),
                *("--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", PROJECT / "requirements" / lock),
            ],
            env=machine_environ(tmp_path / "home"),
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "detect-secrets==" in done.stderr
