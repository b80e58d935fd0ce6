"""GitLab's scan job keeps to the rules of the other template, and what docs/gitlab.md says of it is so."""

from __future__ import annotations

import re

import pytest
import yaml

import k6ci
from faces import PROJECT, with_default_inputs
from k6ci.secretscan.report.ci_job import FILES
from linters import check_schema

TEMPLATE = PROJECT / "ci_templates" / "k6-scan.gitlab-ci.yml"
OTHER = PROJECT / "ci_templates" / "k6-cloud.gitlab-ci.yml"


@pytest.fixture(scope="module")
def template():
    specification, jobs = yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))
    return specification["spec"]["inputs"], jobs[".k6ci-scan-base"], jobs["$[[ inputs.job-name ]]"]


def test_no_input_is_code_and_all_have_defaults(template):
    """The hidden job is shared by all includes of the file."""
    inputs, base, job = template
    assert "$[[" not in yaml.safe_dump(base)
    assert not {"script", "before_script", "after_script"} & set(job)
    assert all("default" in entry for entry in inputs.values())


def test_it_installs_as_the_other_template_does(template):
    _, jobs = yaml.safe_load_all(OTHER.read_text(encoding="utf-8"))
    assert template[1]["before_script"] == jobs[".k6ci-base"]["before_script"]


def test_it_fetches_all_and_shows_what_a_job_leaves(template):
    """A shallow clone is refused, so the job must not make one; the reports are named as `job` names them."""
    _, _, job = template
    assert job["variables"]["GIT_DEPTH"] == "0"
    shown = {kind: path.removeprefix("$[[ inputs.report-dir ]]/") for kind, path in job["artifacts"]["reports"].items()}
    assert {kind: FILES[name] for kind, name in shown.items()} == {
        "secret_detection": "gitlab",
        "codequality": "codequality",
    }
    assert job["artifacts"]["when"] == "always"


def test_the_package_is_this_version_without_the_cloud_side(template):
    assert template[0]["package"]["default"] == f"k6ci=={k6ci.__version__}"


def test_the_page_lists_every_input_with_its_default(template):
    text = (PROJECT / "docs" / "gitlab.md").read_text(encoding="utf-8").partition("| input of the scan |")[2]
    rows = dict(re.findall(r"^\| ([a-z][\w-]+) \| `([^`]*)` \|", text, re.MULTILINE))
    assert rows == {name: entry["default"] for name, entry in template[0].items()}


def test_gitlab_knows_every_key_that_is_used(tmp_path):
    body = tmp_path / "template.yml"
    body.write_text(with_default_inputs(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    check_schema("vendor.gitlab-ci", body)
