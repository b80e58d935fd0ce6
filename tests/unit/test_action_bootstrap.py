"""action/bootstrap.py, piece by piece; that the pieces work together is shown in the flow tests."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from faces import PROJECT, RECORDER, VENV_PROGRAMS, copy_action


@pytest.fixture(scope="module")
def bootstrap():
    """Loaded from its file: it is no part of the package."""
    specification = importlib.util.spec_from_file_location("bootstrap", PROJECT / "action" / "bootstrap.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["bootstrap"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["bootstrap"]


@pytest.fixture
def action(tmp_path):
    return copy_action(tmp_path / "action", source=RECORDER, lock="")


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("PATH", True),
        ("HTTPS_PROXY", True),
        ("SSL_CERT_FILE", True),
        ("PIP_INDEX_URL", True),
        ("UV_INDEX_INTERNAL_PASSWORD", True),
        ("K6_CLOUD_TOKEN", False),
        ("k6_cloud_token", False),
        ("K6CI_ENV", False),
        ("GRAFANA_API_KEY", False),
        ("PYTHONPATH", False),
        ("PYTHONHOME", False),
        ("PIP_TARGET", False),
        ("UV_SYSTEM_PYTHON", False),
        ("VIRTUAL_ENV", False),
    ],
)
def test_children_get_what_leads_to_the_packages_and_no_secret(bootstrap, name, is_kept):
    assert (name in bootstrap.child_environ({name: "value"})) is is_kept


def test_a_folder_that_is_not_the_whole_action_is_named(bootstrap, action, tmp_path):
    (action / "requirements" / "github.txt").unlink()
    with pytest.raises(bootstrap.SetupError, match=str(action)) as caught:
        bootstrap.plan_environment(action, tmp_path)
    assert "`uses:`" in caught.value.remedy


def test_the_environment_is_named_after_all_that_it_is_made_from(bootstrap, action, tmp_path):
    before = bootstrap.plan_environment(action, tmp_path)
    assert bootstrap.plan_environment(action, tmp_path) == before
    (action / "requirements" / "github.txt").write_text("# changed\n", encoding="utf-8")
    assert bootstrap.plan_environment(action, tmp_path).home != before.home


def test_every_installer_asks_for_hashes_and_wheels(bootstrap, action, tmp_path):
    plan = bootstrap.plan_environment(action, tmp_path)
    installers = list(bootstrap.list_installers(plan.lock, plan.home, plan.python, {"PATH": str(VENV_PROGRAMS)}))
    assert [installer.name for installer in installers] == ["uv", "pip", "ensurepip"]
    for installer in installers:
        for command in installer.batches[-1]:
            assert {"--require-hashes", "--no-deps", "--only-binary", ":all:"} <= set(command)
        locks = [command[command.index("-r") + 1] for command in installer.batches[-1]]
        assert locks == (
            [str(plan.lock)] if installer.name != "pip" else [str(part) for part in bootstrap.parts_of(plan.home)]
        )


@pytest.mark.parametrize("processes", [2, 4])
def test_the_parts_of_the_lock_are_the_whole_lock(bootstrap, tmp_path, monkeypatch, processes):
    monkeypatch.setitem(bootstrap.parts_of.__globals__, "PIP_PROCESSES", processes)
    for name in ("github.txt", "scan.txt"):
        lock = PROJECT / "requirements" / name
        bootstrap.split_lock(lock, tmp_path)
        parts = [part.read_text(encoding="utf-8") for part in bootstrap.parts_of(tmp_path)]
        lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        assert sorted("".join(parts).splitlines()) == sorted(lines)
        assert len(parts) == processes
        for part in parts:
            assert all(entry.count("--hash=") for entry in part.strip().split("\n") if entry[0] == " ")
            assert part.splitlines()[0][0] != " "


def test_a_python_without_any_installer_says_what_to_add(bootstrap, action, tmp_path, monkeypatch):
    # Patched, because a Python that has neither pip nor ensurepip (Debian's, bare) is not at hand on every machine.
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    plan = bootstrap.plan_environment(action, tmp_path)
    with pytest.raises(bootstrap.SetupError, match="neither pip nor ensurepip") as caught:
        bootstrap.prepare_environment(plan, {"PATH": ""})
    assert "actions/setup-python" in caught.value.remedy


def test_outside_of_a_job_it_says_where_it_belongs(bootstrap, action, capsys):
    assert bootstrap.main({}, action) == 2
    shown = capsys.readouterr().out
    assert shown.startswith("::error title=k6ci set-up::RUNNER_TEMP or GITHUB_OUTPUT is not set")
    assert "%0A  -> Elsewhere, install" in shown
    assert shown.count("\n") == 1, "an annotation is one line"


def test_a_child_that_hangs_is_ended_and_named(bootstrap, tmp_path, monkeypatch):
    monkeypatch.setattr("installers.INSTALL_TIMEOUT_SECONDS", 0.2)  # the real ten minutes are too long for a test
    with pytest.raises(bootstrap.SetupError, match="sleep did not finish"):
        bootstrap.run_together([("/bin/true",), ("/bin/sleep", "20.0625")], environ={}, folder=tmp_path)
    assert subprocess.run(["pgrep", "-f", "sleep 20.0625$"], capture_output=True, check=False).stdout == b""


def test_a_long_failure_is_shown_by_its_end(bootstrap, tmp_path):
    commands = [("/bin/true",), ("/bin/sh", "-c", "seq 1 100; exit 3")]
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.run_together(commands, environ={"PATH": "/usr/bin:/bin"}, folder=tmp_path)
    assert caught.value.cause.startswith("sh ended with 3:\n86\n")
    assert caught.value.cause.endswith("\n100")
