"""Remedies: what to write instead of a secret, where to store it, and when to rotate it.

Made from the path, the rule and the name of the variable only, never from the line that contains the secret.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from k6ci.secretscan.heuristics.names import words_of
from k6ci.secretscan.report.rules import RULES

# Names without an owner (`password`): the variable then gets the name of its rule.
_SAYING_NOTHING = frozenset(
    (
        "password passwd pass pwd passphrase token secret key apikey credential credentials auth authorization psk pw"
        " value data admin user name"
    ).split()
)
_LONGEST_NAME = 40


class Instead(NamedTuple):
    """For the files whose path matches: what to write and where the value goes; NAME and name are the variable."""

    paths: re.Pattern[str]
    write: str
    keep: str


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
_ARCHIVE = "Do not commit k6 archives: add `*.tar` to .gitignore, and archive without secrets in `-e` and options."
_KEY_FILE = "Keep the key out of the repository and give it to the job as a secret file."
_PERSONAL = "It belongs to one person's home: `git rm --cached` it and add it to .gitignore."
_OF_JOB = "set it in the environment of the job (GitHub: `gh secret set NAME`, GitLab: Settings > CI/CD > Variables)"
# The first match wins.
_INSTEAD: tuple[Instead, ...] = tuple(
    Instead(re.compile(paths), write, keep)
    for paths, write, keep in (
        (r"(?:^|/)\.github/", "NAME: ${{ secrets.NAME }}", "store it with `gh secret set NAME`"),
        (
            r"\.gitlab-ci\.ya?ml$",
            "$NAME",
            "store it under Settings > CI/CD > Variables, masked and hidden, and not in this file",
        ),
        (r"azure-pipelines[^/]*$", "NAME: $(NAME)", "store it as a secret variable of the pipeline"),
        (r"(?:^|/)\.circleci/", "$NAME", "store it under Project Settings > Environment Variables"),
        (
            r"\.[cm]?[jt]sx?$",
            "__ENV.NAME",
            "set NAME in the environment of the job; outside of k6 scripts that is `process.env.NAME`",
        ),
        (
            r"(?:^|/)\.env[^/]*$|\.env$",
            "NAME=",
            "keep the value in an untracked file that .gitignore names",
        ),
        (
            r"(?:docker|container)file[^/]*$",
            "RUN --mount=type=secret,id=NAME,env=NAME ...",
            "pass `--secret id=NAME,env=NAME` to the build, or `-e NAME` when the container runs",
        ),
        (r"compose[^/]*$", "NAME: ${NAME:?set it in the environment}", "set it in the shell, or use Compose secrets"),
        (r"\.tf(?:vars)?$", 'variable "name" { sensitive = true }', "set `TF_VAR_name` in the environment"),
        (r"jenkinsfile[^/]*$", "NAME = credentials('slug')", "store it as a credential of Jenkins named `slug`"),
        (r"\.ps1$", "$env:NAME", "set it outside of the repository"),
        (r"\.(?:bat|cmd)$", "%NAME%", "set it outside of the repository"),
        (
            r"\.(?:sh|bash|zsh|md|mk)$|(?:^|/)makefile$",
            '"$NAME"',
            "set it outside of the repository",
        ),
        (r"\.py$", 'os.environ["NAME"]', _OF_JOB),
        (r"\.go$", 'os.Getenv("NAME")', _OF_JOB),
        (r"\.(?:java|kts?|scala|groovy|gradle)$", 'System.getenv("NAME")', _OF_JOB),
        (r"\.rb$", 'ENV.fetch("NAME")', _OF_JOB),
        (r"\.php$", "getenv('NAME')", _OF_JOB),
        (r"\.cs$", 'Environment.GetEnvironmentVariable("NAME")', _OF_JOB),
        (r"appsettings[^/]*\.json$", '""', "store it with `dotnet user-secrets set`, or in the environment of the job"),
        (r"(?:settings|pom)\.xml$", "${env.NAME}", _OF_JOB),
        (r"", "${NAME}", _OF_JOB),
    )
)
_K6_READS = "k6 reads K6_CLOUD_TOKEN by itself: its `--token`, or `token` in its options, can go."
_MAY_GO = re.compile(r"\.[cm]?[jt]s$|\.gitlab-ci\.ya?ml$|\.(?:sh|bash|md|ps1|mk)$|jenkinsfile|makefile|\.circleci/|k6/")
_PERSONAL_FILE = re.compile(
    r"(?:^|/)[._](?:netrc|pgpass|git-credentials|htpasswd|dockercfg|my\.cnf|s3cfg|boto)$|(?:^|/)\.(?:aws/credentials|"
    r"docker/config\.json|kube/config)$|k6/config\.json$|loadimpact/config\.json$"
)


@lru_cache(maxsize=256)
def variable_for(rule: str, name: str) -> str:
    """The variable to use: the name in the file, or the one of the rule when that name has no owner."""
    if rule in {"k6-cloud-token", "grafana-service-account-token", "grafana-cloud-token", "grafana-api-key"}:
        return RULES[rule].environment_name
    words = words_of(name)
    made = "_".join(words).upper()
    if set(words) <= _SAYING_NOTHING or not words or len(made) > _LONGEST_NAME:
        return RULES[rule].environment_name
    return made


def advice_for(path: str, rule: str, name: str) -> str:
    """What to write instead, and where to store the value."""
    lowered = path.lower().replace("\\", "/")
    if rule == "k6-archive" or lowered.endswith((".tar", ".tgz", ".tar.gz")):
        return _ARCHIVE
    if rule == "private-key":
        return _KEY_FILE
    if _PERSONAL_FILE.search(lowered):
        return _PERSONAL
    instead = next(one for one in _INSTEAD if one.paths.search(lowered))
    text = f"Write `{instead.write}`, and {instead.keep}."
    if rule == "k6-cloud-token" and _MAY_GO.search(lowered):
        text = f"{text} {_K6_READS}"
    text = text.replace("NAME", name).replace("slug", name.lower().replace("_", "-"))
    return text.replace('"name"', f'"{name.lower()}"').replace("TF_VAR_name", f"TF_VAR_{name.lower()}")


def rotation_for(rule: str, revoke: str = "") -> str:
    """What to do when the secret was pushed; `revoke` is where to revoke it, if known."""
    if revoke:
        return f"If it was ever pushed, revoke it ({revoke}): removing the line does not remove it from the history."
    return _ROTATE.get(rule, _ROTATE_ANY)


@lru_cache(maxsize=256)
def remedy_for(path: str, rule: str, name: str, revoke: str = "") -> str:
    """Advice and rotation in one paragraph."""
    return f"{advice_for(path, rule, name)} {rotation_for(rule, revoke)}"
