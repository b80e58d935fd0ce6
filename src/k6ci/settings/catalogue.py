"""Every input of k6ci, declared once, with name, form, help, default, faces and the field that holds its value.

The command line, the environment, `k6ci.toml`, `Settings`, and by `make generate` action.yml, the GitLab template and
docs/inputs.md follow this catalogue. A new input is one field here or in load_test_inputs.py, and whatever uses it.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Final

import pydantic

from k6ci.settings.inputs import GITHUB, INTERNAL, JOB, LOCAL, TRUSTED, Face, Input, Kind, declared
from k6ci.settings.load_test_inputs import LoadTestInputs

__all__ = ["BY_NAME", "FIELDS", "INPUTS", "LEGACY_HOST", "Face", "Input", "Inputs", "Kind", "names_on"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inputs(LoadTestInputs):
    """The values of all inputs. `None` and `()` mean that an input without a default was not set."""

    report_dir: pathlib.Path = declared(
        "report-dir",
        Kind.PATH,
        "folder for the reports, such as result.json, summary.md and run.json",
        form="the path of a folder",
        default="k6ci-report",
    )
    allow_no_samples: bool = declared(
        "allow-no-samples", Kind.SWITCH, "let a run pass although it recorded no metrics", default="false"
    )
    allow_empty: bool = declared(
        "allow-empty",
        Kind.SWITCH,
        "let a pattern match no script; a suite without scripts is skipped instead of failed",
        default="false",
    )
    fork_policy: str = declared(
        "fork-policy",
        Kind.CHOICE,
        "how to treat pull requests from forks, which get no secrets: fail or skip",
        default="fail",
        faces=TRUSTED,
        choices=("fail", "skip"),
    )
    comment: str = declared(
        "comment",
        Kind.CHOICE,
        "when to write the report as a comment on the pull request, or to edit the comment of an earlier run: always, "
        "on-change of the verdict, on-failure, or never",
        default="on-change",
        choices=("always", "on-change", "on-failure", "never"),
    )
    has_check_run: bool = declared(
        "check-run",
        Kind.SWITCH,
        "show the run as a check on the pull request's newest commit, with annotations at crossed thresholds",
        default="true",
        faces=GITHUB,
    )
    report_id: str | None = declared(
        "report-id",
        Kind.TEXT,
        "distinguishes the comments and checks of several uses in one job, or of several calls of a reusable workflow",
        form="a short text",
    )
    github_token: pydantic.SecretStr | None = declared(
        "github-token",
        Kind.TEXT,
        "token for the comment and the check; needs pull-requests: write and checks: write",
        form="a token of GitHub",
        secret=True,
        faces=frozenset({Face.ENVIRONMENT, Face.ACTION}),
        variables=("GITHUB_TOKEN",),
        action_default="${{ github.token }}",
    )
    gitlab_token: pydantic.SecretStr | None = declared(
        "gitlab-token",
        Kind.TEXT,
        "token for the note on the merge request: an access token of the project or group with the scope api",
        form="an access token of GitLab",
        secret=True,
        faces=INTERNAL,
    )
    mode: str = declared(
        "mode",
        Kind.CHOICE,
        "what the job does: run the load test, check the set-up (costs nothing), scan new commits for secrets, or "
        "report the result.json of another job, which is in report-dir",
        default="run",
        faces=JOB,
        choices=("run", "check", "scan", "report"),
    )
    show_logs: bool = declared(
        "show-logs",
        Kind.SWITCH,
        "show the script's log (console.log and the like) while it runs in the cloud",
        default="true",
        faces=LOCAL,
        variables=("K6_SHOW_CLOUD_LOGS",),
    )
    config: pathlib.Path | None = declared(
        "config",
        Kind.PATH,
        "k6's own config file, like k6's -c (default: where k6 keeps it)",
        form="the path of a k6 config file",
        faces=LOCAL,
        variables=("K6_CONFIG",),
        own_variable=False,
        short="-c",
    )
    target: str = declared(
        "target",
        Kind.CHOICE,
        "where to run: the real cloud, or an emulator started for this command (needs k6ci[emulator])",
        default="cloud",
        faces=LOCAL,
        choices=("cloud", "emulator"),
    )
    host: str = declared(
        "host",
        Kind.URL,
        "origin of the REST API",
        default="https://api.k6.io",
        faces=INTERNAL,
        variables=("K6_CLOUD_HOST_V6",),
        own_variable=False,
    )
    logs_tail_url: str = declared(
        "logs-tail-url",
        Kind.URL,
        "URL of the log tail",
        form="a wss URL, or a ws URL of a loopback address",
        default="wss://cloudlogs.k6.io/api/v1/tail",
        faces=INTERNAL,
        variables=("K6_CLOUD_LOGS_TAIL_URL",),
        own_variable=False,
    )


FIELDS: Final[dict[str, Input]] = {field.name: field.metadata["input"] for field in dataclasses.fields(Inputs)}
INPUTS: Final = tuple(FIELDS.values())
BY_NAME: Final = {entry.name: entry for entry in INPUTS}

# Read by `k6ci login --email` alone: a variable that only an old k6 cares for must not stop a run.
LEGACY_HOST: Final = Input(
    "legacy-host",
    Kind.URL,
    "origin of the API of k6 before 2.0",
    default="https://ingest.k6.io",
    faces=INTERNAL,
    variables=("K6_CLOUD_HOST",),
    own_variable=False,
)


def names_on(face: Face) -> tuple[str, ...]:
    """The names of the inputs that a face has, in the order of the catalogue."""
    return tuple(entry.name for entry in INPUTS if face in entry.faces)
