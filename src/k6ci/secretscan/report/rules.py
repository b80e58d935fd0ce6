"""The rules of findings: identifiers, titles, and which rule wins when several find the same place."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A kind of finding. `rank` decides when several rules find one place: the lowest wins."""

    identifier: str
    title: str
    rank: int
    environment_name: str


_RULES = (
    Rule("k6-cloud-token", "k6 Cloud token", 0, "K6_CLOUD_TOKEN"),
    Rule("grafana-service-account-token", "Grafana service account token", 1, "GRAFANA_TOKEN"),
    Rule("grafana-cloud-token", "Grafana Cloud access policy token", 1, "GRAFANA_CLOUD_TOKEN"),
    Rule("grafana-api-key", "Grafana API key", 1, "GRAFANA_API_KEY"),
    Rule("grafana-credential", "Grafana credential", 2, "GRAFANA_TOKEN"),
    Rule("known-token", "Token with a known format", 3, "SERVICE_TOKEN"),
    Rule("private-key", "Private key", 3, "PRIVATE_KEY"),
    Rule("k6-archive", "Secret inside a k6 archive", 3, "K6_CLOUD_TOKEN"),
    Rule("credential-url", "Credential in a URL", 4, "SERVICE_PASSWORD"),
    Rule("authorization-header", "Credential in an HTTP header", 5, "SERVICE_TOKEN"),
    Rule("credential-flag", "Credential on a command line", 6, "SERVICE_PASSWORD"),
    Rule("assigned-password", "Hard-coded password", 7, "SERVICE_PASSWORD"),
    Rule("assigned-token", "Hard-coded token", 7, "SERVICE_TOKEN"),
    Rule("assigned-key", "Hard-coded key", 8, "SERVICE_KEY"),
    Rule("engine", "Secret found by detect-secrets", 9, "SERVICE_TOKEN"),
)
RULES: dict[str, Rule] = {rule.identifier: rule for rule in _RULES}
