"""The GitLab template run by gitlab-ci-local, with a recorder where k6ci stands: what reaches k6ci, and when."""

from __future__ import annotations

import secrets
import shutil

import pytest
import yaml

from faces import OF_THE_JOB, PROJECT, VENV_PROGRAMS, machine_environ, program_folder, recorded, text_of
from pipelines import INPUTS, JOBS, Repository, assert_posix_shell, recorder_package

pytestmark = pytest.mark.e2e

MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_COMMIT_BRANCH": "",
    "CI_MERGE_REQUEST_IID": "3",
    "CI_MERGE_REQUEST_PROJECT_ID": "12",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "12",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return recorder_package(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def repository(tmp_path):
    repository = Repository(tmp_path / "shop", machine_environ(tmp_path / "home", VENV_PROGRAMS))
    repository.add_template()
    return repository


def include(repository: Repository, *uses: dict[str, object], **more: object) -> None:
    """Commit a pipeline that includes the template once for each of `uses`."""
    template = {"local": "ci_templates/k6-cloud.gitlab-ci.yml"}
    pipeline = {"include": [{**template, "inputs": inputs} for inputs in uses], **more}
    repository.write({".gitlab-ci.yml": yaml.safe_dump(pipeline)})
    repository.commit()


def test_every_input_reaches_k6ci_as_a_variable_and_none_is_code(repository, package):
    hostile = 'a\'; touch hacked; echo "b" `touch hacked`\nsecond $(touch hacked) line'
    typed = {"number": 2.5, "boolean": True}
    values: dict[str, object] = {
        name: entry["options"][-1] if "options" in entry else typed.get(entry.get("type"), f"{name} {hostile}")
        for name, entry in INPUTS.items()
        if name not in OF_THE_JOB
    }
    values |= {"flags": "", "report-dir": "my report", "k6-version": "2.3.0"}
    include(repository, {**values, "package": package})
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    (call,) = recorded(repository.folder)
    assert call["argv"] == ["check"]
    texts = {name: text_of(value) for name, value in values.items()}
    assert {name: call["environ"][f"K6CI_{name.upper().replace('-', '_')}"] for name in values} == texts
    assert not list(repository.folder.rglob("hacked"))


def test_two_includes_do_not_mix(repository, package):
    """A hidden job that held inputs would hold those of the last include, for both."""
    include(
        repository,
        {"package": package, "job-name": "check", "mode": "check", "stack": "one", "report-dir": "first"},
        {"package": package, "job-name": "load", "stack": "two", "report-dir": "second"},
    )
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    calls = {call["argv"][0]: call["environ"] for call in recorded(repository.folder)}
    assert {mode: (e["K6CI_STACK"], e["K6CI_REPORT_DIR"], e["CI_JOB_NAME"]) for mode, e in calls.items()} == {
        "check": ("one", "first", "check"),
        "run": ("two", "second", "load"),
    }


def test_a_number_or_a_switch_with_its_default_counts_as_unset(repository, package):
    """So that k6ci.toml and the script apply, and so that a variable of the project does."""
    include(repository, {"package": package, "max-vuh": 1}, variables={"K6CI_ALLOW_EMPTY": "true"})
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    environ = recorded(repository.folder)[0]["environ"]
    assert (environ["K6CI_MAX_VUH"], environ["K6CI_ALLOW_EMPTY"]) == ("1", "true")
    unset = {"K6CI_PROJECT_ID", "K6CI_MAX_PARALLEL", "K6CI_FAIL_FAST", "K6CI_MAX_VUH_SUITE", "K6CI_TYPED_INPUTS"}
    assert not unset & set(environ)


@pytest.mark.parametrize("has_inputs", [False, True])
def test_the_variables_of_gitlabs_own_template_work_and_inputs_precede_them(repository, package, has_inputs):
    old = {"K6_TEST_FILE": "a b.js", "K6_OPTIONS": "--vus 3 --tag 'a=b c'", "K6_VERSION": "1.8.1"}
    new = {"script": "c.js", "flags": "--vus 4", "k6-version": "2.3.0"} if has_inputs else {}
    include(repository, {"package": package, **new}, variables=old)
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    environ = recorded(repository.folder)[0]["environ"]
    found = [environ[name] for name in ("K6CI_SCRIPT", "K6CI_FLAGS", "K6CI_K6_VERSION")]
    assert found == list((new or old).values())
    assert not old.keys() & environ.keys()


def test_the_component_is_resolved_and_runs(repository, package):
    """From the same project, as in the pipeline of a catalog project; `integrity` and versions need a real server."""
    component = "$CI_SERVER_FQDN/$CI_PROJECT_PATH/k6-cloud@$CI_COMMIT_SHA"
    target = repository.folder / "templates" / "k6-cloud"
    target.mkdir(parents=True)
    shutil.copy(PROJECT / "templates" / "k6-cloud" / "template.yml", target)
    use = {"component": component, "inputs": {"package": package, "script": "a.js", "project-id": 7}}
    repository.write({".gitlab-ci.yml": yaml.safe_dump({"include": [use]})})
    repository.commit()
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    environ = recorded(repository.folder)[0]["environ"]
    assert (environ["K6CI_SCRIPT"], environ["K6CI_PROJECT_ID"]) == ("a.js", "7")


def test_the_job_has_its_resource_group_and_may_be_kept_from_being_cancelled(repository, package):
    include(repository, {"package": package, "resource-group": "staging", "interruptible": False})
    preview = repository.ask("--preview")
    job = yaml.safe_load(preview.stdout[preview.stdout.index("---\n") :])["k6-cloud"]  # warnings come first
    assert (job["resource_group"], job["interruptible"]) == ("staging", False), preview.stdout + preview.stderr
    assert job["cache"][0]["paths"] == [".k6ci-cache"]


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"mode": "soak"}, "not in the list of allowed options"),
        ({"mode": "scan"}, "not in the list of allowed options"),
        ({"project-id": "acme"}, "`project-id` input: provided value is not a number"),
        ({"max-parallel": "3"}, "`max-parallel` input: provided value is not a number"),
        ({"allow-no-samples": "true"}, "`allow-no-samples` input: provided value is not a boolean"),
        ({"interruptible": "perhaps"}, "`interruptible` input: provided value is not a boolean"),
    ],
)
def test_a_wrong_input_is_refused_before_any_job(repository, package, inputs, complaint):
    include(repository, {"package": package, **inputs})
    pipeline = repository.run()
    assert pipeline.exit_code != 0
    assert complaint in pipeline.log
    assert recorded(repository.folder) == []


@pytest.mark.parametrize(
    ("variables", "runs"),
    [
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}, True),
        ({"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}, True),
        ({"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "topic", "CI_OPEN_MERGE_REQUESTS": "acme/shop!3"}, False),
        ({"CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "topic", "CI_OPEN_MERGE_REQUESTS": "acme/shop!3"}, True),
        (MERGE_REQUEST, True),
        (MERGE_REQUEST | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "34"}, False),
        (MERGE_REQUEST | {"CI_PIPELINE_SOURCE": "parent_pipeline"}, True),
    ],
    ids=[
        "push",
        "schedule",
        "push with an open merge request",
        "by hand",
        "merge request",
        "merge request of a fork",
        "child pipeline of a merge request",
    ],
)
def test_the_rules_run_one_load_for_one_push_and_none_for_a_fork(repository, package, variables, runs):
    include(repository, {"package": package}, other={"script": ["true"], "rules": [{"when": "always"}]})
    assert ("k6-cloud" in repository.jobs(**variables)) is runs


def test_the_installer_sees_no_token_and_k6ci_does(repository, package, tmp_path):
    token = secrets.token_hex(32)
    seen = tmp_path / "seen"
    spy = program_folder(tmp_path / "spy", uv=f'/usr/bin/env > {seen}; exec {VENV_PROGRAMS}/uv "$@"')
    repository.environ["PATH"] = f"{spy}:{repository.environ['PATH']}"
    include(repository, {"package": package})
    repository.set_variables({"K6_CLOUD_TOKEN": token})
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    assert recorded(repository.folder)[0]["environ"]["K6_CLOUD_TOKEN"] == token
    assert token not in seen.read_text(encoding="utf-8")
    names = [line.partition("=")[0] for line in seen.read_text(encoding="utf-8").splitlines()]
    assert [name for name in names if name.startswith(("K6", "CI_", "GITLAB"))] == []
    assert token not in pipeline.log


def test_without_uv_pip_installs_into_the_jobs_own_environment(repository, package):
    repository.environ["PATH"] = repository.environ["PATH"].replace(f"{VENV_PROGRAMS}:", "")
    include(repository, {"package": package})
    pipeline = repository.run()
    assert pipeline.exit_code == 0, pipeline.log
    outside = f"{repository.folder}.tmp/k6ci-"
    assert any(path.startswith(outside) for path in recorded(repository.folder)[0]["path"])


@pytest.mark.parametrize("python3", ["exit 1", "exec /nowhere/python"], ids=["old", "missing"])
def test_an_image_without_a_recent_python_says_what_to_set(repository, package, tmp_path, python3):
    old = program_folder(tmp_path / "old", python3=python3)
    repository.environ["PATH"] = f"{old}:{repository.environ['PATH']}"
    include(repository, {"package": package})
    pipeline = repository.run()
    assert pipeline.exit_code != 0
    assert "k6ci needs Python 3.11 or later as python3 -> set the input 'image'" in pipeline.log
    assert recorded(repository.folder) == []


def test_a_failed_job_keeps_its_report_its_exit_code_and_looks_for_a_run_to_stop(repository, package):
    include(repository, {"package": package, "flags": "cross"}, **{"k6-cloud": {"allow_failure": {"exit_codes": [99]}}})
    pipeline = repository.run()
    assert pipeline.exit_code == 0, "99 was allowed, so the exit code of k6ci is that of the job"
    assert "WARN" in pipeline.log
    assert [call["argv"] for call in recorded(repository.folder)] == [["run"], ["abort"]]
    assert list(repository.artifacts.rglob("run.json"))


def test_a_job_that_passed_or_never_began_a_run_aborts_nothing(repository, package, tmp_path):
    include(repository, {"package": package})
    assert repository.run().exit_code == 0
    assert [call["argv"] for call in recorded(repository.folder)] == [["run"]]
    assert not list(repository.folder.parent.glob("shop.tmp/*")), "the environment does not outlive its job"


@pytest.mark.parametrize("part", ["before_script", "script", "after_script"])
def test_the_scripts_are_plain_posix_shell(tmp_path, part):
    assert_posix_shell(JOBS[".k6ci-base"][part], tmp_path)
