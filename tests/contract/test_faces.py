"""action.yml, the GitLab template and the catalogue of inputs agree, and both faces keep to their platform's rules."""

from __future__ import annotations

import re

import pytest
import yaml

import k6ci
from faces import OF_THE_JOB, PROJECT, with_default_inputs
from k6ci.publish.delivery import JUNIT_NAME
from k6ci.render import gitlab
from k6ci.settings.catalogue import INPUTS, Face
from linters import check_schema

ACTION = PROJECT / "action.yml"
TEMPLATE = PROJECT / "ci_templates" / "k6-cloud.gitlab-ci.yml"
COMPONENT = PROJECT / "templates" / "k6-cloud" / "template.yml"
PIPELINES = [PROJECT / ".gitlab-ci.yml", *sorted((PROJECT / "examples" / "gitlab").glob("*.yml"))]
MENTIONS_VERSION = [
    *(PROJECT / "examples" / "github").glob("*.yml"),
    *PIPELINES,
    TEMPLATE,
    PROJECT / "docs" / "gitlab.md",
    PROJECT / "docs" / "from-gitlab-template.md",
    PROJECT / "docs" / "tokens.md",
]


@pytest.fixture(scope="module")
def action():
    return yaml.safe_load(ACTION.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def template():
    specification, jobs = yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))
    return specification["spec"]["inputs"], jobs[".k6ci-base"], jobs["$[[ inputs.job-name ]]"]


def variable(name: str) -> str:
    return f"K6CI_{name.upper().replace('-', '_')}"


def test_the_action_shows_what_the_catalogue_says(action):
    assert set(action["inputs"]) == {entry.name for entry in INPUTS if Face.ACTION in entry.faces}


def test_the_template_shows_what_the_catalogue_says(template):
    inputs, _, _ = template
    assert set(inputs) - OF_THE_JOB == {entry.name for entry in INPUTS if Face.GITLAB in entry.faces}


def test_the_action_maps_every_input_to_its_own_variable(action):
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "run")
    mapped = {name: value for name, value in step["env"].items() if name not in ("K6CI_PYTHON", "K6CI_MATRIX")}
    assert mapped == {variable(name): f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}


def test_the_template_maps_every_input_to_its_own_variable(template):
    """Numbers and switches in one text: a whole value would keep its type, and a variable is a text."""
    inputs, _, job = template
    texts = {name for name in set(inputs) - OF_THE_JOB if "type" not in inputs[name]}
    mapped = {variable(name): f"$[[ inputs.{name} ]]" for name in texts | {"package"}}
    typed = [f"{variable(name)}=$[[ inputs.{name} ]]" for name in inputs if name not in texts | OF_THE_JOB]
    fixed = {"K6CI_TYPED_INPUTS": " ".join(typed), "K6CI_K6_ARCHIVES": ".k6ci-cache"}
    assert job["variables"] == mapped | fixed
    assert job["cache"]["paths"] == [".k6ci-cache"]


def test_a_default_of_a_face_is_that_of_the_catalogue(action, template):
    """Mostly there is none: a default written in a face would overrule k6ci.toml and the script."""
    catalogue = {entry.name: entry.action_default or entry.default for entry in INPUTS}
    unset = {"string": "", "number": 0, "boolean": False}
    inputs, _, _ = template
    for name, entry in [*action["inputs"].items(), *((n, e) for n, e in inputs.items() if n not in OF_THE_JOB)]:
        assert entry["default"] in (unset[entry.get("type", "string")], catalogue[name]), name


def test_the_component_is_the_template():
    assert list(yaml.safe_load_all(COMPONENT.read_text(encoding="utf-8"))) == list(
        yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))
    )


def test_choices_are_those_of_the_catalogue(template):
    """On GitLab the scan has a template of its own, and no job reports for another."""
    inputs, _, _ = template
    choices = {entry.name: list(entry.choices) for entry in INPUTS}
    assert [*inputs["mode"]["options"], "scan", "report"] == choices["mode"]
    assert inputs["fork-policy"]["options"] == ["", *choices["fork-policy"]]
    accepted = re.search(r"\n  (\w+(?: \| \w+)+)\) ;;", (PROJECT / "action" / "setup.sh").read_text(encoding="utf-8"))
    assert accepted[1].split(" | ") == choices["mode"]


def test_no_face_takes_a_secret(action, template):
    """Inputs are shown in logs and in the merged configuration. The token of the job itself has to be handed over."""
    secret = {entry.name for entry in INPUTS if entry.secret}
    assert secret
    assert secret & {*action["inputs"], *template[0]} == {"github-token"}
    assert action["inputs"]["github-token"]["default"] == "${{ github.token }}"


def test_outputs_are_the_promised_ones(action):
    assert set(action["outputs"]) == {"run-id", "run-url", "result", "result-file", "report-file", "vuh"}
    for name, entry in action["outputs"].items():
        assert entry["value"] == f"${{{{ steps.run.outputs.{name} }}}}"


def test_the_action_uses_no_other_action_and_pastes_no_expression_into_a_script(action):
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "uses" not in step
        assert "${{" not in step["run"]


def test_the_template_pastes_no_input_into_a_script(template):
    """Interpolated into a script an input is code; and the hidden job is shared by all includes of the file."""
    _, base, job = template
    assert "$[[" not in yaml.safe_dump(base)
    assert not {"script", "before_script", "after_script"} & set(job)


def test_the_template_is_clean_for_a_components_rules(template):
    _, jobs = yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))
    assert set(jobs) == {".k6ci-base", "$[[ inputs.job-name ]]"}
    assert template[2]["artifacts"]["when"] == "always"


def test_the_template_hands_over_the_reports_that_a_job_writes(template):
    names = {
        "junit": JUNIT_NAME,
        "dotenv": gitlab.OUTPUTS_NAME,
        **{kind: name for kind, (name, _) in gitlab.FILES.items()},
    }
    reports = template[2]["artifacts"]["reports"]
    assert reports == {kind: f"$[[ inputs.report-dir ]]/{name}" for kind, name in names.items()}


def test_merge_requests_link_to_the_report(template):
    """GitLab does not link to a folder whose path has no slash at the end, or `./` at its beginning (`expose_as`)."""
    assert template[2]["artifacts"]["expose_as"]
    assert template[2]["artifacts"]["paths"] == ["$[[ inputs.report-dir ]]/"]


@pytest.mark.parametrize("path", MENTIONS_VERSION, ids=lambda path: path.name)
def test_the_version_that_is_shown_is_this_one(path):
    shown = r"k6ci/k6ci(?:/k6-cloud@|[@/])v([\d.]+\d)|k6ci\[cloud\]==([\d.]+\d)"
    found = re.findall(shown, path.read_text(encoding="utf-8"))
    assert {version for pair in found for version in pair if version} <= {k6ci.__version__}


def test_the_default_package_of_the_template_is_this_version(template):
    assert template[0]["package"]["default"] == f"k6ci[gitlab]=={k6ci.__version__}"


def test_the_page_lists_every_input_of_the_template_with_type_and_default(template):
    text = (PROJECT / "docs" / "gitlab.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (string|number|boolean) \| (?:`([^`]*)`)? ?\|", text, re.MULTILINE)
    shown = {name: (type_, yaml.safe_load(default) if type_ != "string" else default) for name, type_, default in rows}
    assert shown == {name: (entry.get("type", "string"), entry["default"]) for name, entry in template[0].items()}


def test_gitlab_knows_every_key_that_is_used(tmp_path):
    """The schema is for one document without inputs."""
    body = tmp_path / "template.yml"
    body.write_text(with_default_inputs(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    check_schema("vendor.gitlab-ci", body, *PIPELINES)
