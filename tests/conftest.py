"""What no test may do by accident: reach beyond loopback, use the real home, or see the variables of a real job."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
from collections.abc import Iterator

import hypothesis
import pytest

# A law holds or not, however busy the machine is: what may take how long is for the benches. `make test` tries a
# quarter of the examples (`--hypothesis-profile=brief`), `make e2e` all of them.
hypothesis.settings.register_profile("laws", deadline=None)
hypothesis.settings.register_profile("brief", deadline=None, max_examples=25)
hypothesis.settings.load_profile("laws")

pytest_plugins = ["emulation", "scan_repository", "story"]

PREFIXES = ("K6_", "K6CI_", "GITHUB_", "CI_", "GITLAB_", "RUNNER_", "ACTIONS_")


ENDING_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@pytest.fixture(scope="session", autouse=True)
def _signals_reach_children() -> Iterator[None]:
    """A signal that `nohup` or a background job ignores is still ignored here, but no longer in the tests' programs.

    A program inherits an ignored signal, but not a handler: it starts with the default action instead.
    """
    ignored = [number for number in ENDING_SIGNALS if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(autouse=True)
def _clean_surroundings(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    """A home of its own for each test, and no variable that a CI system or a user has set.

    Coverage measures this process, and what it starts only for tests with the mark `measured_processes`: it makes the
    start of a program take half as long again.
    """
    is_measured = request.node.get_closest_marker("measured_processes") is not None
    for name in list(os.environ):
        if name.startswith(PREFIXES) or name == "CI" or (name.startswith("COVERAGE") and not is_measured):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections of the test process itself go to this machine only."""
    real_connect = socket.socket.connect

    def connect(sock: socket.socket, address: object) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0]) if isinstance(address, tuple) else ""
            assert host.startswith("127.") or host in ("::1", "localhost"), f"a test reached for {host}"
        real_connect(sock, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def in_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
