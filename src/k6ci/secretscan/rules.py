"""The rules: what each finding is called, how grave it is, and what to do about it."""

from __future__ import annotations

import re
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
    Rule("known-token", "Token of a known shape", 3, "SERVICE_TOKEN"),
    Rule("private-key", "Private key", 3, "PRIVATE_KEY"),
    Rule("k6-archive", "Secret inside a k6 archive", 3, "K6_CLOUD_TOKEN"),
    Rule("credential-url", "Credential in a URL", 4, "SERVICE_PASSWORD"),
    Rule("authorization-header", "Credential in an HTTP header", 5, "SERVICE_TOKEN"),
    Rule("credential-flag", "Credential on a command line", 6, "SERVICE_PASSWORD"),
    Rule("assigned-password", "Password written down", 7, "SERVICE_PASSWORD"),
    Rule("assigned-token", "Token written down", 7, "SERVICE_TOKEN"),
    Rule("assigned-key", "Key written down", 8, "SERVICE_KEY"),
    Rule("engine", "Secret found by detect-secrets", 9, "SERVICE_TOKEN"),
)
RULES: dict[str, Rule] = {rule.identifier: rule for rule in _RULES}

_ROTATE = {
    "k6-cloud-token": (
        "k6 tokens do not expire: if it was ever pushed, regenerate it in Grafana Cloud "
        "(Testing & synthetics > Performance > Settings)."
    ),
    "grafana-service-account-token": (
        "If it was ever pushed, delete it under Administration > Service accounts and add a new one."
    ),
    "grafana-cloud-token": (
        "If it was ever pushed, delete it under Access Policies in the Cloud Portal and add a new one."
    ),
    "private-key": "If it was ever pushed, replace the key pair.",
}
_ROTATE_ANY = (
    "If it was ever pushed, revoke it where it was issued: removing the line does not remove it from the history."
)
# What a path says about the file (first match wins), and the line to write instead; NAME and name are the variable.
_INSTEAD: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (
            r"(?:^|/)\.github/",
            "Write `NAME: ${{ secrets.NAME }}` and store it with `gh secret set NAME`.",
        ),
        (
            r"\.gitlab-ci\.yml$",
            "Write `$NAME` and store it under Settings > CI/CD > Variables, masked and hidden, not in this file.",
        ),
        (
            r"\.[cm]?[jt]s$",
            "Write `__ENV.NAME` in a k6 script (`process.env.NAME` elsewhere) and set it in the job's environment.",
        ),
        (
            r"(?:^|/)\.env[^/]*$|\.env$",
            "Write `NAME=` here, keep the value in an untracked file, and add that file to .gitignore.",
        ),
        (
            r"(?:docker|container)file[^/]*$",
            "Write `RUN --mount=type=secret,id=NAME,env=NAME ...`, or pass `-e NAME` when the container runs.",
        ),
        (
            r"compose[^/]*$",
            "Write `NAME: ${NAME:?set it in the environment}`, or use Compose secrets.",
        ),
        (
            r"\.tf(?:vars)?$",
            'Write `variable "name" { sensitive = true }` and set `TF_VAR_name` in the environment.',
        ),
        (
            r"jenkinsfile[^/]*$",
            "Write `NAME = credentials('name')` in `environment`, and store it as a credential of Jenkins.",
        ),
        (
            r"\.(?:sh|bash|zsh|md|mk|ps1|bat|cmd)$|(?:^|/)makefile$",
            'Write `"$NAME"` and set it outside of the repository; k6 itself reads K6_CLOUD_TOKEN.',
        ),
        (
            r"\.py$",
            'Write `os.environ["NAME"]` and set it in the environment of the process.',
        ),
        (
            r"",
            (
                "Write `${NAME}`, and keep the value in the secret store of your CI (GitHub: `gh secret set NAME`, "
                "GitLab: "
                "Settings > CI/CD > Variables)."
            ),
        ),
    )
)


def remedy_for(path: str, rule: str, name: str) -> str:
    """What to write instead, where the secret belongs, and when to rotate; `name` is the variable to use."""
    lowered = path.lower().replace("\\", "/")
    rotate = _ROTATE.get(rule, _ROTATE_ANY)
    if rule == "k6-archive" or lowered.endswith((".tar", ".tgz", ".tar.gz")):
        advice = (
            "Do not commit k6 archives: add `*.tar` to .gitignore, and archive without secrets in `-e` and options."
        )
    elif rule == "private-key":
        advice = "Keep the key out of the repository and give it to the job as a secret file."
    else:
        text = next(text for pattern, text in _INSTEAD if pattern.search(lowered))
        advice = text.replace("NAME", name).replace("'name'", f"'{name.lower().replace('_', '-')}'")
        advice = advice.replace('"name"', f'"{name.lower()}"').replace("TF_VAR_name", f"TF_VAR_{name.lower()}")
    return f"{advice} {rotate}"
