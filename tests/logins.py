"""Logins for tests: where an emulator is (without its token), config files, and the real `k6 cloud login`."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from typing import Any

import anyio

from emulation import EmulatorHandle, base_environ
from k6ci.clock import SystemClock
from k6ci.settings.configwrite import write_cloud

STACK = "https://demo.grafana.net"
# Tokens that no emulator gave out; made here, so that no file holds what looks like one.
WRONG, ONCE_GOOD, WRONG_KIND = (f"{kind}0123456789abcdef" for kind in ("wrong-", "once-good-", "glsa_"))


def addresses(emulator: EmulatorHandle) -> dict[str, str]:
    """The variables that lead to an emulator, without those that say who asks."""
    who = ("K6_CLOUD_TOKEN", "K6_CLOUD_STACK_ID", "K6_CLOUD_STACK_URL", "K6_CLOUD_PROJECT_ID")
    return {name: value for name, value in emulator.environment().items() if name not in who}


def snapshot(folder: pathlib.Path) -> dict[str, bytes]:
    """Every file below, with its content."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(path: pathlib.Path, **values: Any) -> None:
    """Put a login into a config file, as `k6ci login` does."""
    anyio.run(write_cloud, path, values, SystemClock())


def home() -> pathlib.Path:
    """The home of this test."""
    return pathlib.Path(os.environ["HOME"])


def default_file(folder: pathlib.Path | None = None) -> pathlib.Path:
    """Where k6 1.0 and later keeps its config file."""
    return (folder or home()) / ".config" / "k6" / "config.json"


def legacy_file(folder: pathlib.Path | None = None) -> pathlib.Path:
    """Where k6 before 1.0 keeps it."""
    return (folder or home()) / ".config" / "loadimpact" / "k6" / "config.json"


def store(path: pathlib.Path, mode: int = 0o600, **cloud: Any) -> pathlib.Path:
    """A config file with a cloud section, and something else that must not be lost."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"userAgent": "kept", "collectors": {"statsd": {"addr": "kept"}, "cloud": cloud}}))
    path.chmod(mode)
    return path


def cloud_section(path: pathlib.Path) -> dict[str, Any]:
    """`collectors.cloud` of a config file."""
    return json.loads(path.read_text())["collectors"]["cloud"]


def real_k6(
    k6: pathlib.Path, emulator: EmulatorHandle, folder: pathlib.Path, *argv: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    """An unmodified k6 that knows the emulator's addresses, and of credentials only what its home holds."""
    return subprocess.run(
        [str(k6), *argv],
        cwd=folder,
        env={**base_environ(), "HOME": str(folder), **addresses(emulator), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
