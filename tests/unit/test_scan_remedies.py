"""What a finding tells people to write instead."""

from __future__ import annotations

import pytest

from k6ci.secretscan.report.findings import RULES
from k6ci.secretscan.report.remedies import remedy_for


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (".github/workflows/k6.yml", "${{ secrets.K6_CLOUD_TOKEN }}"),
        ("ci/.gitlab-ci.yml", "Settings > CI/CD > Variables"),
        ("tests/load.js", "__ENV.K6_CLOUD_TOKEN"),
        (".env.local", ".gitignore"),
        ("Dockerfile", "--mount=type=secret"),
        ("docker-compose.yml", "${K6_CLOUD_TOKEN:?"),
        ("main.tf", "TF_VAR_k6_cloud_token"),
        ("Jenkinsfile", "credentials('k6-cloud-token')"),
        ("run.sh", '"$K6_CLOUD_TOKEN"'),
        ("conftest.py", 'os.environ["K6_CLOUD_TOKEN"]'),
        ("whatever", "gh secret set K6_CLOUD_TOKEN"),
    ],
)
def test_the_remedy_says_the_line_to_write_instead(path, said):
    """Where the secret belongs depends on the file; that k6 tokens do not expire, on nothing."""
    remedy = remedy_for(path, "k6-cloud-token", "K6_CLOUD_TOKEN")
    assert said in remedy
    assert "do not expire" in remedy


def test_every_rule_has_a_remedy_for_every_file():
    """A finding without a way out gets ignored."""
    assert all(len(remedy_for("x", name, rule.variable)) > 40 for name, rule in RULES.items())
