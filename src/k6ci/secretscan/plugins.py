"""Our detectors as plugins of detect-secrets, for those who run it themselves: `detect-secrets scan -p <this file>`.

Each reads one line, as plugins do; what needs the structure of a file or a second line is found by `k6ci scan` only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detect_secrets.plugins.base import BasePlugin

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.detectors.registry import candidates_on
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.inputs.file_types import FileKind, file_kind
from k6ci.secretscan.prefilter.lines import hit_lines


class _LinePlugin(BasePlugin):
    """Yields the values of those candidates whose rule is one of `rules`."""

    rules: tuple[str, ...] = ()
    # Upstream takes a class for a plugin when this is no abstract property: the base of ours must not count as one.
    secret_type: Any = BasePlugin.secret_type

    def analyze_string(self, string: str, kind: FileKind = FileKind.CONFIG, **_kwargs: Any) -> Any:
        for candidate in _candidates(string, kind):
            if candidate.rule in self.rules:
                yield candidate.value

    def analyze_line(self, filename: str, line: str, line_number: int = 0, context: Any = None, **kwargs: Any) -> Any:
        kwargs["kind"] = file_kind(filename)
        return super().analyze_line(filename, line, line_number, context, **kwargs)


class K6CloudTokenDetector(_LinePlugin):
    """The k6 Cloud token: it has no format of its own, so the name, command or header before it identifies it."""

    secret_type = "k6 Cloud token"  # noqa: S105 - a label
    rules = ("k6-cloud-token",)


class GrafanaTokenDetector(_LinePlugin):
    """Grafana's `glsa_`, `glc_` and old API keys, with their checks, and what a Grafana name stands before."""

    secret_type = "Grafana token"  # noqa: S105 - a label
    rules = ("grafana-service-account-token", "grafana-cloud-token", "grafana-api-key", "grafana-credential")


class KnownTokenDetector(_LinePlugin):
    """Tokens of other services by their published shapes."""

    secret_type = "Token with a known format"  # noqa: S105 - a label
    rules = ("known-token",)


class AuthorizationHeaderDetector(_LinePlugin):
    """Credentials in HTTP headers."""

    secret_type = "Credential in an HTTP header"  # noqa: S105 - a label
    rules = ("authorization-header",)


class CredentialUrlDetector(_LinePlugin):
    """Credentials in URLs."""

    secret_type = "Credential in a URL"  # noqa: S105 - a label
    rules = ("credential-url",)


class CredentialFlagDetector(_LinePlugin):
    """Credentials on command lines."""

    secret_type = "Credential on a command line"  # noqa: S105 - a label
    rules = ("credential-flag",)


class AssignedSecretDetector(_LinePlugin):
    """Passwords, tokens and keys that are assigned to a name."""

    secret_type = "Secret behind a name"  # noqa: S105 - a label
    rules = ("assigned-password", "assigned-token", "assigned-key")


def _candidates(line: str, kind: FileKind) -> Iterator[Candidate]:
    hits = hit_lines(line.encode("utf-8", "surrogatepass"))
    return candidates_on((LineContext([line], 1, kind), bits) for bits in hits.values())
