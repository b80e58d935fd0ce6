"""What no test may do by accident: reach beyond loopback, use the real home, or see the variables of a real job."""

from __future__ import annotations

import collections
import gc
import os
import pathlib
import signal
import socket
from collections.abc import Iterator

import hypothesis
import pytest

# A law holds or not, however busy the machine is: what may take how long is for the benches. `make test` tries a
# quarter of the examples (`--hypothesis-profile=brief`), `make e2e` all of them, and always the same: CI fails because
# of a change, and not by luck. `make slow` searches for others (`--hypothesis-profile=search`).
hypothesis.settings.register_profile("laws", deadline=None, derandomize=True)
hypothesis.settings.register_profile("brief", deadline=None, derandomize=True, max_examples=25)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile("laws")

# A plugin comes after those that it imports.
pytest_plugins = [
    "measuring",
    "action_jobs",
    "emulation",
    "story",
    "provisioning",
    "random_values",
    "scan_repository",
    "compared_runs",
    "github_deliveries",
    "hostile_clients",
]

PREFIXES = ("K6_", "K6CI_", "GITHUB_", "CI_", "GITLAB_", "RUNNER_", "ACTIONS_")
# The fixtures of tests that start k6ci, k6, git or the action: their time is the time of these programs.
STARTS_PROGRAMS = {"job", "k6ci", "origin", "repository", "scene"}


def _starts_programs(item: pytest.Item) -> bool:
    """Whether it is a test with sets of values and one of these fixtures."""
    return hasattr(item, "callspec") and not STARTS_PROGRAMS.isdisjoint(item.fixturenames)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `thorough` what repeats a test that starts programs: all but its first set of values."""
    families = collections.defaultdict(list)
    for item in items:
        if _starts_programs(item) and not any(map(item.get_closest_marker, ("e2e", "slow", "thorough"))):
            families[item.path, item.originalname].append(item)
    for family in families.values():
        family.sort(key=lambda item: tuple(item.callspec.indices.values()))
        for item in family[1:]:
            item.add_marker("thorough")


def pytest_collection_finish() -> None:
    """What thousands of collected tests consist of is not garbage: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


# What replaces an inherited "ignore" in the test process. A hang-up stays without effect there, as `nohup` wants it.
HANDLERS = {
    signal.SIGHUP: lambda *_: None,
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}


@pytest.fixture(scope="session", autouse=True)
def _signals_reach_children() -> Iterator[None]:
    """The programs that tests start react to signals, although `nohup` or a script's `&` made the tests ignore them.

    A program inherits an ignored signal, but not a handler: it starts with the default action instead.
    """
    ignored = [number for number in HANDLERS if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, HANDLERS[number])
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
