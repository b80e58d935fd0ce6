"""The docs say what the code does: inputs, exit codes, severity, the schema of result.json."""

from __future__ import annotations

import json
import pathlib
import re

import jsonschema
import pytest

from k6ci.errors import SEVERITY, ExitCode
from k6ci.render.document import report_json
from k6ci.results.model import SCHEMA_VERSION, Verdict
from sample_reports import full_report

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"


def test_every_exit_code_is_documented():
    """The table of docs/usage.md has exactly the codes of the enum."""
    text = (DOCS / "usage.md").read_text()
    section = text.split("## Exit codes")[1].split("## Reports")[0]
    documented = [int(code) for code in re.findall(r"^\| (\d+) \|", section, flags=re.MULTILINE)]
    assert documented == sorted(int(code) for code in ExitCode)


def test_the_order_of_severity_is_documented():
    """A suite's exit code can be foretold from the docs."""
    order = ", ".join(str(int(code)) for code in SEVERITY)
    assert f"{order}." in (DOCS / "usage.md").read_text()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_result_json_is_what_its_schema_says(verdict):
    """The published schema is closed: a key that is not in it is a change of version."""
    schema = json.loads((DOCS / "result.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(report_json(full_report(verdict))), schema)
    assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION
    assert set(schema["$defs"]["verdict"]["enum"]) == {one.value for one in Verdict}


def test_the_readme_is_short_and_shows_each_way_to_start():
    """At most 180 lines: what a run prints, a block to copy for each system, then the two `make` commands."""
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 180
    sections = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert sections[:5] == [
        "GitHub",
        "GitLab",
        "pre-commit",
        "Terminal, and other CI systems",
        "Try it without an account",
    ]
    for part in text.split("\n## ")[:6]:
        assert "```" in part
    assert re.findall(r"^\$ (make \w+)", text, flags=re.MULTILINE) == ["make demo", "make test"]


def test_links_between_documents_lead_somewhere():
    """Relative links of all Markdown files."""
    for path in [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("ci_templates/*.md"), ROOT / "tests" / "README.md"]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name} links to {target}"
