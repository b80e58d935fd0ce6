"""The examples for Jenkins, Azure Pipelines and CircleCI: their syntax, and that they hand over the same reports."""

from __future__ import annotations

import re

import pytest
import yaml
from pygments.lexers.jvm import GroovyLexer
from pygments.token import Comment, Error, Punctuation

import k6ci
from faces import PROJECT
from linters import check_schema

EXAMPLES = PROJECT / "examples"
JENKINS, AZURE, CIRCLECI = (
    EXAMPLES / "jenkins" / "Jenkinsfile",
    EXAMPLES / "azure" / "azure-pipelines.yml",
    EXAMPLES / "circleci" / "config.yml",
)
CLOSES = {")": "(", "]": "[", "}": "{"}


@pytest.mark.parametrize(
    ("path", "schema"),
    [(AZURE, "vendor.azure-pipelines"), (CIRCLECI, "vendor.circle-ci")],
    ids=["azure", "circleci"],
)
def test_the_vendors_schema_accepts_the_example(path, schema):
    check_schema(schema, path)


def test_the_jenkinsfile_is_groovy_with_balanced_brackets():
    """No parser of Groovy is installed; its lexer finds broken strings and characters."""
    tokens = list(GroovyLexer().get_tokens(JENKINS.read_text(encoding="utf-8")))
    assert not [text for kind, text in tokens if kind in Error]
    opened: list[str] = []
    for kind, text in tokens:
        for character in text if kind in Punctuation else "":
            if character in CLOSES.values():
                opened.append(character)
            elif character in CLOSES:
                assert opened.pop() == CLOSES[character]
    assert opened == []
    words = [text for kind, text in tokens if kind not in Comment]
    for section in ("pipeline", "agent", "environment", "stages", "stage", "steps", "post", "always", "unsuccessful"):
        assert section in words


@pytest.mark.parametrize("path", [JENKINS, AZURE, CIRCLECI], ids=lambda path: path.parent.name)
def test_an_example_runs_stops_and_reports(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"exec \S*k6ci\"? run load-tests/\*\.js", text), "signals reach k6ci, not a shell"
    assert re.search(r"k6ci\"? abort", text)
    assert re.search("junit|store_test_results", text, re.IGNORECASE)
    assert "k6ci-report" in text
    versions = re.findall(r"k6ci(?:\[cloud\]==|:)(\d[\d.]*\d)", text)
    assert versions
    assert set(versions) == {k6ci.__version__}


def test_a_token_is_a_secret_of_the_system():
    assert "credentials('k6-cloud-token')" in JENKINS.read_text(encoding="utf-8")
    for step in yaml.safe_load(AZURE.read_text(encoding="utf-8"))["jobs"][0]["steps"]:
        assert step.get("env", {}).get("K6_CLOUD_TOKEN", "$(K6_CLOUD_TOKEN)") == "$(K6_CLOUD_TOKEN)"
    circleci = yaml.safe_load(CIRCLECI.read_text(encoding="utf-8"))
    assert circleci["workflows"]["load-test"]["jobs"][0]["load-test"]["context"] == ["k6"]
    assert "K6_CLOUD_TOKEN" not in str(circleci["jobs"])


def test_the_dockerfile_pins_what_it_installs():
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert "ARG BASE=python:3.13-slim\n" in text
    assert "--require-hashes" in text
    assert "install-k6 --k6-version" in text
    assert re.search(r"^USER k6ci$", text, re.MULTILINE)
    assert "TOKEN" not in text
