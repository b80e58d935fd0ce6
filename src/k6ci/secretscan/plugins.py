"""Our detectors as plugins of detect-secrets, for those who run it themselves: `detect-secrets scan -p <this file>`.

Each reads one line, as plugins do; what needs the structure of a file or a second line is found by `k6ci scan` only.
"""

from __future__ import annotations

from typing import Any

from detect_secrets.plugins.base import BasePlugin

from k6ci.secretscan.file_scan import candidates_in
from k6ci.secretscan.inputs.file_types import FileKind, file_kind

# The classes: what each calls its secrets, and the rules whose candidates it yields.
_PLUGINS = {
    "K6CloudTokenDetector": ("k6 Cloud token", "k6-cloud-token"),
    "GrafanaTokenDetector": (
        "Grafana token",
        "grafana-service-account-token grafana-cloud-token grafana-api-key grafana-credential",
    ),
    "KnownTokenDetector": ("Token with a known format", "known-token"),
    "AuthorizationHeaderDetector": ("Credential in an HTTP header", "authorization-header"),
    "CredentialUrlDetector": ("Credential in a URL", "credential-url"),
    "CredentialFlagDetector": ("Credential on a command line", "credential-flag"),
    "AssignedSecretDetector": ("Secret behind a name", "assigned-password assigned-token assigned-key"),
}


class _LinePlugin(BasePlugin):
    """Yields the values of those candidates whose rule is one of `rules`."""

    rules = ""
    # Upstream takes a class for a plugin when this is no abstract property: the base of ours must not count as one.
    secret_type: Any = BasePlugin.secret_type

    def analyze_string(self, string: str, kind: FileKind = FileKind.CONFIG, **_kwargs: Any) -> Any:
        for candidate in candidates_in(string, kind):
            if candidate.rule in self.rules.split():
                yield candidate.value

    def analyze_line(self, filename: str, line: str, line_number: int = 0, context: Any = None, **kwargs: Any) -> Any:
        kwargs["kind"] = file_kind(filename)
        return super().analyze_line(filename, line, line_number, context, **kwargs)


for _name, (_type, _rules) in _PLUGINS.items():
    globals()[_name] = type(_name, (_LinePlugin,), {"secret_type": _type, "rules": _rules})
