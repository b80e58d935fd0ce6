"""Every input of k6ci, declared once, with name, form, help, default, faces and the field that holds its value.

The command line, the environment, `k6ci.toml`, `Settings`, and by `make generate` action.yml, the GitLab template and
docs/inputs.md follow this catalogue. A new input is one field here, and whatever uses it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
from typing import Final

import pydantic

from k6ci.settings.inputs import GITHUB, INTERNAL, JOB, LOCAL, TRUSTED, Face, Input, Kind, declared
from k6ci.settings.provenance import Sourced
from k6ci.settings.stack import Stack

__all__ = ["BY_NAME", "FIELDS", "INPUTS", "LEGACY_HOST", "Face", "Input", "Inputs", "Kind", "names_on"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inputs:
    """The values of all inputs. `None` and `()` mean that an input without a default was not set."""

    scripts: tuple[str, ...] = declared(
        "script",
        Kind.LINES,
        "k6 scripts to run: paths or globs, one per line; a leading `!` excludes",
        form="paths or globs relative to the working directory",
        is_argument=True,
    )
    token: Sourced[pydantic.SecretStr] | None = declared(
        "token",
        Kind.TEXT,
        "k6 token of the stack; read from the environment or k6's own config file only",
        form="a Grafana Cloud k6 token",
        secret=True,
        faces=INTERNAL,
        variables=("K6_CLOUD_TOKEN",),
        own_variable=False,
        config_keys=("token",),
    )
    stack: Sourced[Stack] | None = declared(
        "stack",
        Kind.STACK,
        "Grafana stack: its number, slug or URL",
        variables=("K6_CLOUD_STACK_ID", "K6_CLOUD_STACK_URL"),
        script_key="stackID",
        config_keys=("stackID", "stackURL"),
    )
    project: Sourced[int] | None = declared(
        "project-id",
        Kind.PROJECT,
        "ID of the Grafana Cloud k6 project, a number (required with a stack token)",
        variables=("K6_CLOUD_PROJECT_ID",),
        script_key="projectID",
        config_keys=("projectID", "defaultProjectID"),
    )
    k6_path: pathlib.Path | None = declared(
        "k6-path",
        Kind.PATH,
        "path of the k6 binary (default: k6 on the PATH, then beside the Python interpreter, else it is downloaded)",
        form="the path of a k6 binary",
        faces=TRUSTED,
    )
    k6_version: str | None = declared(
        "k6-version",
        Kind.TEXT,
        "k6 version to use, downloaded if it is not installed: 2.2.0, 2.x, ~2.2, latest-known or latest "
        "(default: any installed version from 1.0, else latest-known)",
        form="a version such as 2.2.0, a range such as 2.x or ~2.2, latest-known, or latest",
    )
    k6_mirror: str | None = declared(
        "k6-mirror",
        Kind.URL,
        "URL to download k6 from instead of https://github.com; may contain {version} and {file}",
        faces=TRUSTED,
    )
    k6_sha256: str | None = declared(
        "k6-sha256",
        Kind.SHA256,
        "SHA-256 of the k6 archive to download; required for a version that k6ci does not know, from a mirror",
        faces=TRUSTED,
    )
    k6_archives: pathlib.Path | None = declared(
        "k6-archives",
        Kind.PATH,
        "folder that keeps downloaded archives of k6 for later jobs; may be in the checkout: k6ci verifies them",
        form="the path of a folder",
        faces=INTERNAL,
    )
    flags: tuple[str, ...] = declared(
        "flags", Kind.WORDS, "further k6 flags that describe the load, such as `--vus 10`, quoted as in a shell"
    )
    variables: tuple[str, ...] = declared(
        "env",
        Kind.ASSIGNMENTS,
        "script variables (__ENV): NAME=value, one per line, taken literally; visible in the cloud, so no secrets",
        short="-e",
    )
    allow_files: tuple[str, ...] = declared(
        "allow-files",
        Kind.LINES,
        "files outside the repository that scripts may read and upload: paths or globs, one per line",
        form="paths or globs (`*`, `?`, `**`); relative ones begin at the working directory",
        faces=TRUSTED,
    )
    timeout: dt.timedelta | None = declared(
        "timeout",
        Kind.DURATION,
        "maximum time from start to result per run, below the job's own timeout (default: estimate plus 15m)",
    )
    queue_timeout: dt.timedelta = declared(
        "queue-timeout",
        Kind.DURATION,
        "maximum time from the start until the load begins; then the run is stopped",
        default="10m",
    )
    concurrency_timeout: dt.timedelta = declared(
        "concurrency-timeout",
        Kind.WAIT,
        "maximum wait while all test slots of the subscription are in use; 0s does not wait",
        default="10m",
    )
    max_parallel: int = declared(
        "max-parallel", Kind.COUNT, "maximum number of scripts that run at the same time", default="1"
    )
    fail_fast: bool = declared(
        "fail-fast",
        Kind.SWITCH,
        "end the suite at the first script that does not pass: stop what runs, start nothing more",
        default="false",
    )
    max_vuh: float | None = declared(
        "max-vuh",
        Kind.AMOUNT,
        "fail before the upload if the estimated cost of a run exceeds this many VUh (virtual user hours)",
    )
    max_vuh_suite: float | None = declared(
        "max-vuh-suite",
        Kind.AMOUNT,
        "fail before the upload if the estimated cost of all scripts together exceeds this many VUh",
    )
    min_checks_rate: float | None = declared(
        "min-checks-rate",
        Kind.SHARE,
        "minimum check pass rate per run (fails the run even without a threshold)",
    )
    compare: str = declared(
        "compare",
        Kind.CHOICE,
        "compare with earlier runs on the default branch: off, warn, or fail a run that is slower than these",
        default="warn",
        choices=("off", "warn", "fail"),
    )
    regression_limit: float = declared(
        "regression-limit",
        Kind.SHARE,
        "smallest change of a metric that counts as a regression, such as 10%",
        default="10%",
    )
    confirm_runs: str = declared(
        "confirm-runs",
        Kind.CHOICE,
        "number of further runs that confirm a slower run before it counts as a regression; each costs VUh",
        default="0",
        choices=("0", "2"),
    )
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
