"""What each report must hold by its published schema, and that none of them holds the secret."""

from __future__ import annotations

import json
from io import BytesIO, TextIOWrapper

import pytest
from jsonschema import Draft202012Validator

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.report.findings import Finding, hint_for
from k6ci.secretscan.report.render import FORMATS, render, show
from scan_values import Values

TOKEN = Values(3).token()
PATH = "load tests/ä.env"
FINDINGS = scan_content(PATH, f"A=1\nK6_CLOUD_TOKEN={TOKEN}\n".encode())

TEXT = {"type": "string", "minLength": 1}
# The required fields of the schemas: SARIF 2.1.0 (OASIS, with what GitHub code scanning adds), GitLab security report
# schemas 15.0.7 to 15.2.1 (secret-detection-report-format.json), GitLab code quality (docs.gitlab.com/ci/testing/code_quality).
SARIF = {
    "type": "object",
    "required": ["version", "$schema", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "name": TEXT,
                                    "rules": {
                                        "items": {
                                            "required": ["id", "shortDescription", "fullDescription", "help"],
                                            "properties": {
                                                "id": TEXT,
                                                "fullDescription": {"required": ["text"], "properties": {"text": TEXT}},
                                                "help": {"required": ["text"], "properties": {"text": TEXT}},
                                            },
                                        }
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "items": {
                            "required": ["message", "ruleId", "locations", "partialFingerprints"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"required": ["text"], "properties": {"text": TEXT}},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "required": ["uri"],
                                                        "properties": {"uri": {"pattern": "^[!-~]+$"}},
                                                    },
                                                    "region": {
                                                        "required": ["startLine"],
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        },
                                                    },
                                                },
                                            }
                                        }
                                    },
                                },
                            },
                        }
                    },
                },
            },
        },
    },
}
PRODUCT = {
    "type": "object",
    "required": ["id", "name", "version", "vendor"],
    "properties": {"id": TEXT, "name": TEXT, "version": TEXT, "vendor": {"required": ["name"]}},
}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
SECRET_DETECTION = {
    "type": "object",
    "required": ["version", "vulnerabilities", "scan"],
    "properties": {
        "version": {"const": "15.0.7"},
        "scan": {
            "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
            "properties": {
                "analyzer": PRODUCT,
                "scanner": PRODUCT,
                "start_time": TIME,
                "end_time": TIME,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "secret_detection"},
            },
        },
        "vulnerabilities": {
            "type": "array",
            "items": {
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": TEXT,
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "identifiers": {
                        "minItems": 1,
                        "items": {
                            "required": ["type", "name", "value"],
                            "properties": {"type": TEXT, "name": TEXT, "value": TEXT},
                        },
                    },
                    "location": {
                        "required": ["commit"],
                        "properties": {
                            "file": TEXT,
                            "start_line": {"type": "integer"},
                            "commit": {"required": ["sha"], "properties": {"sha": {"type": "string", "minLength": 1}}},
                        },
                    },
                },
            },
        },
    },
}
CODE_QUALITY = {
    "type": "array",
    "items": {
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "fingerprint": TEXT,
            "location": {
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)"},
                    "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                },
            },
        },
    },
}
OURS = {
    "type": "object",
    "required": ["findings", "skipped"],
    "properties": {
        "findings": {
            "items": {
                "required": ["path", "line", "column", "rule", "hint", "reason", "remedy"],
                "properties": {"line": {"type": "integer"}, "column": {"type": "integer"}},
                "not": {"required": ["keys"]},
            }
        }
    },
}


def reports(findings: list[Finding]) -> dict[str, str]:
    skipped = [Content("x.bin", None, "binary")]
    return {form: render(form, findings, skipped) for form in FORMATS}


@pytest.mark.parametrize(
    ("form", "schema"),
    [("json", OURS), ("sarif", SARIF), ("gitlab", SECRET_DETECTION), ("codequality", CODE_QUALITY)],
)
@pytest.mark.parametrize("findings", [[], FINDINGS], ids=["nothing", "a finding"])
def test_a_report_has_what_its_schema_requires(form, schema, findings):
    """A report that the other side refuses is no report."""
    report = json.loads(reports(findings)[form])
    assert [error.message for error in Draft202012Validator(schema).iter_errors(report)] == []


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab", "codequality", "text"])
def test_no_report_holds_the_secret_or_a_part_of_it(form):
    """Promise 5: reports end up in logs, artifacts and merge requests."""
    text = reports(FINDINGS)[form]
    assert "Line" in text or "line" in text or ":2:" in text
    assert not any(TOKEN[start : start + 5] in text for start in range(len(TOKEN) - 4))
    assert "keys" not in text


def test_a_finding_shows_its_place_and_nothing_else():
    """`repr` is what ends up in tracebacks."""
    (finding,) = FINDINGS
    assert (finding.path, finding.line, finding.column) == (PATH, 2, 16)
    assert TOKEN not in repr(finding)
    assert json.loads(reports(FINDINGS)["codequality"])[0]["location"] == {"path": PATH, "lines": {"begin": 2}}


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("glsa_" + "k" * 41, "glsa… (46 characters)"),
        ("ghp_" + "k" * 36, "ghp_… (40 characters)"),
        ("k" * 32, "… (32 characters)"),
    ],
)
def test_a_hint_shows_four_characters_of_a_published_prefix_at_most(value, hint):
    """Enough to find it, too little to use it."""
    assert hint_for(value) == hint


@pytest.mark.parametrize("form", ["text", "json", "sarif", "gitlab", "codequality"])
def test_a_name_that_is_no_utf_8_is_reported_in_every_form(form):
    """Such names come from old archives; a report that fails on one hides all other findings."""
    found = scan_content("caf\udce9.env", f"K6_CLOUD_TOKEN={TOKEN}\n".encode())
    with TextIOWrapper(BytesIO(), encoding="utf-8") as stream:
        show(render(form, found, []), stream, wraps=form == "text")


def test_the_identity_of_a_finding_is_that_of_its_place():
    """Also where names differ in a byte that is no UTF-8."""
    names = ["a.env", "caf\udce9.env", "caf\udce8.env"]
    found = [
        scan_content(name, f"K6_CLOUD_TOKEN={token}\n".encode()) for name in names for token in (TOKEN, TOKEN[::-1])
    ]
    identities = [json.loads(render("codequality", ones, []))[0]["fingerprint"] for ones in found]
    assert len(set(identities)) == len(names)
    assert identities[::2] == identities[1::2]
