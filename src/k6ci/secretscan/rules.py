"""The rules: what each finding is called, how grave it is, and what to do about it."""

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

ROTATE = {
    "k6-cloud-token": "k6 tokens do not expire: if it was ever pushed, regenerate it in Grafana Cloud (Testing & synthetics > Performance > Settings).",
    "grafana-service-account-token": "If it was ever pushed, delete it under Administration > Service accounts and add a new one.",
    "grafana-cloud-token": "If it was ever pushed, delete it under Access Policies in the Cloud Portal and add a new one.",
    "private-key": "If it was ever pushed, replace the key pair.",
}
ROTATE_ANY = (
    "If it was ever pushed, revoke it where it was issued: removing the line does not remove it from the history."
)


def remedy_for(path: str, rule: str, name: str) -> str:
    """What to write instead, where the secret belongs, and when to rotate; `name` is the variable to use."""
    lowered = path.lower().replace("\\", "/")
    file_name = lowered.rsplit("/", 1)[-1]
    rotate = ROTATE.get(rule, ROTATE_ANY)
    if rule == "private-key":
        return f"Keep the key out of the repository and give it to the job as a secret file. {rotate}"
    if file_name.endswith((".tar", ".tgz", ".tar.gz")):
        return f"Do not commit k6 archives: add `*.tar` to .gitignore, and archive without secrets in `-e` and options. {rotate}"
    return f"{_instead(lowered, file_name, name)} {rotate}"


def _instead(path: str, file_name: str, name: str) -> str:
    if "/.github/" in f"/{path}":
        return f"Write `{name}: ${{{{ secrets.{name} }}}}` and store it with `gh secret set {name}`."
    if file_name.endswith(".gitlab-ci.yml") or file_name == ".gitlab-ci.yml":
        return f"Write `${name}` and store it under Settings > CI/CD > Variables, masked and hidden, not in this file."
    if file_name.endswith((".js", ".ts", ".mjs", ".cjs")):
        return f"Write `__ENV.{name}` in a k6 script (`process.env.{name}` elsewhere) and set it in the environment of the job."
    if file_name.startswith(".env") or file_name.endswith((".env", ".envrc")):
        return f"Write `{name}=` here, keep the value in an untracked file, and add that file to .gitignore."
    if "dockerfile" in file_name or "containerfile" in file_name:
        return f"Write `RUN --mount=type=secret,id={name},env={name} …` or pass `-e {name}` when the container runs."
    if "compose" in file_name:
        return f"Write `{name}: ${{{name}:?set it in the environment}}`, or use Compose secrets."
    if file_name.endswith((".tf", ".tfvars")):
        return f'Write `variable "{name.lower()}" {{ sensitive = true }}` and set `TF_VAR_{name.lower()}` in the environment.'
    if "jenkinsfile" in file_name:
        return f"Write `{name} = credentials('{name.lower().replace('_', '-')}')` in `environment`."
    if file_name.endswith((".sh", ".bash", ".md", ".mk")) or file_name == "makefile":
        return f'Write `"${name}"` and set it outside of the repository; k6 itself reads K6_CLOUD_TOKEN from the environment.'
    if file_name.endswith(".py"):
        return f'Write `os.environ["{name}"]` and set it in the environment of the process.'
    return f"Write `${{{name}}}` (or the reference that this file's format has) and keep the value in the secret store of your CI."
