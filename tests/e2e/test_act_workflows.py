"""The example workflows run by act (act_checkout.py): each ends as with GitHub's runner."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import k6ci
from act_checkout import TIMEOUT_SECONDS, Checkout, Ended, act_environ
from emulation import emulator_in_thread, wheel_config
from faces import PROJECT, TOOLS, copy_action, script_that_measures

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread(wheel_config()) as handle:
        yield handle


@pytest.fixture
def environ(tmp_path):
    return act_environ(tmp_path)


@pytest.fixture(params=["load-test.yml", "own-copy.yml"])
def checkout(tmp_path, request, release_server):
    checkout = Checkout(tmp_path, request.param, release_server)
    if "uses: ./" in checkout.text:
        copy_action(tmp_path / "tree")
        shutil.copytree(tmp_path / "tree", checkout.folder, dirs_exist_ok=True)
    return checkout


def expect(checkout: Checkout, ended: Ended, verdict: str, exit_code: int) -> None:
    """The same end in outputs, log, and the report that the workflow keeps (act removes its own folder)."""
    assert (ended.exit_code == 0) is (verdict == "passed"), ended.log
    assert ended.outputs["result"] == verdict, ended.log
    assert f"exit code {exit_code})" in ended.log
    if "upload-artifact" in checkout.text:
        report = json.loads((checkout.artifacts / "k6ci-report" / "result.json").read_text(encoding="utf-8"))
        assert (report["verdict"], report["exit_code"], report["emulated"]) == (verdict, exit_code, True)
    else:
        assert f"result={verdict} run={ended.outputs['run-id']} url=" in ended.log


def test_a_workflow_passes(checkout, environ, cloud):
    ended = checkout.act(environ, cloud.environment(), cloud.token)
    expect(checkout, ended, "passed", 0)
    assert cloud.run_record(int(ended.outputs["run-id"]))["exit_code"] == 0
    assert cloud.token not in ended.log


def test_a_workflow_with_crossed_thresholds_is_red(checkout, environ, cloud):
    (checkout.folder / "load-tests" / "a b.js").write_text(script_that_measures(limit=2), encoding="utf-8")
    ended = checkout.act(environ, cloud.environment(), cloud.token)
    expect(checkout, ended, "failed", 99)


def test_a_workflow_without_its_secret_is_red_and_says_where_to_set_it(checkout, environ, cloud):
    before = len(cloud.journal("/start"))
    ended = checkout.act(environ, cloud.environment(), None)
    expect(checkout, ended, "error", 11)
    assert "Settings > Secrets and variables > Actions" in ended.log
    assert len(cloud.journal("/start")) == before


def test_the_check_starts_nothing(tmp_path, environ, cloud, release_server):
    checkout = Checkout(tmp_path, "check.yml", release_server)
    workflow = checkout.folder / ".github" / "workflows" / "check.yml"
    # act plays a push; the example listens to pull requests, whose payload would come from GitHub.
    workflow.write_text(checkout.text.replace("  workflow_dispatch:\n", "  workflow_dispatch:\n  push:\n"))
    before = len(cloud.journal("/start"))
    ended = checkout.act(environ, cloud.environment(), cloud.token)
    assert ended.exit_code == 0, ended.log
    assert "nothing was started" in ended.log
    assert len(cloud.journal("/start")) == before


@pytest.mark.parametrize("workflow", ["load-test.yml", "check.yml"])
@pytest.mark.parametrize(
    ("head", "author", "runs"),
    [("acme/shop", "octocat", True), ("mallory/shop", "mallory", False), ("acme/shop", "dependabot[bot]", False)],
    ids=["own branch", "fork", "dependabot"],
)
def test_pull_requests_without_secrets_are_kept_out(tmp_path, environ, release_server, workflow, head, author, runs):
    """By the job's own `if:`, so that GitHub shows it as skipped; here the first step says whether it ran."""
    checkout = Checkout(tmp_path, workflow, release_server)
    text = re.sub(r"    steps:\n.*", "    steps:\n      - run: echo it runs\n", checkout.text, flags=re.DOTALL)
    text = re.sub(r"    paths: .*\n", "", text)
    (checkout.folder / ".github" / "workflows" / workflow).write_text(text, encoding="utf-8")
    event = tmp_path / "event.json"
    pull_request = {"head": {"repo": {"full_name": head}, "ref": "topic"}, "base": {"ref": "main"}, "number": 3}
    pull_request["user"] = {"login": author}
    event.write_text(json.dumps({"pull_request": pull_request, "action": "opened"}), encoding="utf-8")
    for arguments in (("init", "--quiet"), ("remote", "add", "origin", "https://github.com/acme/shop.git")):
        subprocess.run(["git", *arguments], cwd=checkout.folder, env=environ, check=True)
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-mx"], cwd=checkout.folder, env=environ, check=True)
    options = ("--no-cache-server", "--platform=ubuntu-24.04=-self-hosted", f"--eventpath={event}")
    done = subprocess.run(
        [TOOLS / "act", "pull_request", *options],
        cwd=checkout.folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("it runs" in done.stdout) is runs


def test_the_shown_release_is_this_version():
    """`--local-repository` above takes whatever the example names, so this is looked at by itself."""
    used = re.findall(
        r"uses: k6ci/k6ci@v(\S+)", Path(PROJECT, "examples/github/load-test.yml").read_text(encoding="utf-8")
    )
    assert used == [k6ci.__version__]
    assert os.access(TOOLS / "act", os.X_OK)
