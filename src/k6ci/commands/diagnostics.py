"""What `k6ci doctor` checks on this machine: versions, CI, sources of credentials, config files, network settings."""

from __future__ import annotations

import dataclasses
import enum
import importlib.metadata
import os
import pathlib
import platform as machine
import re
import ssl
import sys
from collections.abc import Iterator
from typing import Final

import k6ci
from k6ci.cloud.credentials import K6_KIND, shown, wrong_kind
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode, K6ciError, SettingsError
from k6ci.preflight.stack import no_stack
from k6ci.preflight.token import check_token
from k6ci.settings.configfile import read_config
from k6ci.settings.model import Settings
from k6ci.settings.provenance import Candidate
from k6ci.settings.resolve import is_true

_PACKAGES: Final = ("httpx", "pydantic", "anyio", "typer", "rich", "websockets", "detect-secrets")
_CI_FACTS: Final = (
    ("GITHUB_EVENT_NAME", "GITHUB_REF", "GITHUB_ACTOR", "RUNNER_OS", "RUNNER_ENVIRONMENT"),
    ("CI_PIPELINE_SOURCE", "CI_COMMIT_REF_NAME", "CI_SERVER_VERSION", "CI_RUNNER_VERSION"),
)
_DEBUG_VARIABLES: Final = ("CI_DEBUG_TRACE", "ACTIONS_STEP_DEBUG", "RUNNER_DEBUG")
_LONG: Final = 30
_ADDRESS: Final = re.compile(r"https?://[a-z0-9.-]+(?::\d+)?/?|(?=.*\.grafana\.net)[a-z0-9.-]+", re.IGNORECASE)
_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@enum.unique
class State(enum.Enum):
    """The severity of a finding."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclasses.dataclass(frozen=True)
class Item:
    """One finding; `exit_code` is the exit code of the command if it were the only one."""

    section: str
    name: str
    text: str
    state: State = State.OK
    remedy: str = ""
    exit_code: ExitCode = ExitCode.PASSED


def of_error(section: str, name: str, error: K6ciError) -> Item:
    """The finding for an error."""
    return Item(section, name, error.cause, State.ERROR, error.remedy, error.code)


def warning(section: str, name: str, text: str, remedy: str) -> Item:
    """A finding that does not change the exit code."""
    return Item(section, name, text, State.WARNING, remedy)


def local_items(settings: Settings, context: AppContext) -> Iterator[Item]:
    """All findings that need no network."""
    yield from _versions(context)
    yield from _ci(settings, context)
    yield from _credentials(settings, context)
    yield from _config_files(settings, context)
    yield from _network(context)


def _versions(context: AppContext) -> Iterator[Item]:
    yield Item("versions", "k6ci", k6ci.__version__)
    yield Item("versions", "python", f"{machine.python_version()} at {context.interpreter}")
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} missing")
    yield Item("versions", "packages", ", ".join(found))
    yield Item("versions", "platform", f"{machine.platform()}, {machine.machine()}")


def _ci(settings: Settings, context: AppContext) -> Iterator[Item]:
    yield Item("ci", "system", f"{context.platform.name}{', CI is set' if settings.is_ci else ', CI is not set'}")
    if context.platform.repository:
        yield Item("ci", "repository", context.platform.repository)
    for name in (name for names in _CI_FACTS for name in names if context.environ.get(name)):
        yield Item("ci", name, context.environ[name])
    for name in (name for name in _DEBUG_VARIABLES if is_true(context.environ.get(name))):
        yield warning("ci", name, "on: the log may show every variable of the job", f"Turn {name} off.")


def _credentials(settings: Settings, context: AppContext) -> Iterator[Item]:
    names = sorted(name for name in context.environ if name.startswith(("K6_", "K6CI_")))
    yield Item("credentials", "variables", ", ".join(names) or "none of K6_*, K6CI_* is set")
    for name in ("token", "stack", "project-id"):
        candidates = [candidate for known, candidate in settings.candidates if known == name]
        used = {"token": settings.token, "stack": settings.stack, "project-id": settings.project}[name]
        for candidate in candidates:
            yield Item("credentials", name, _candidate(name, candidate, used.source if used else None, context))
        if not candidates:
            yield Item("credentials", name, "not set by any source")
    token = check_token(settings, context.environ, context.platform.secrets_place, context.redactor)
    if settings.stack is None and "stack" not in settings.malformed:
        problem = no_stack("No Grafana stack is set outside the scripts")
        yield warning("credentials", "stack", problem.cause, problem.remedy)
    for note in dict.fromkeys((*settings.notes, *token.warnings)):
        yield warning("credentials", "note", note, "")
    for found in (*settings.problems, *token.problems):
        yield of_error("credentials", "problem", found)


def _candidate(name: str, candidate: Candidate, used: str | None, context: AppContext) -> str:
    if candidate.is_empty:
        return f"{candidate.source}: set but empty"
    state = "used" if candidate.source == used else "not used"
    if name != "token":
        raw = str(candidate.raw)
        is_odd = len(raw) >= _LONG and not _ADDRESS.fullmatch(raw)  # it could be a token in the wrong variable
        return f"{candidate.source}: {f'a text of {len(raw)} characters' if is_odd else raw} ({state})"
    token = str(candidate.raw).strip()
    return f"{candidate.source}: {shown(token)}, {wrong_kind(token, context.environ) or K6_KIND} ({state})"


def _config_files(settings: Settings, context: AppContext) -> Iterator[Item]:
    for path in settings.config_paths:
        try:
            found = read_config(path)
        except SettingsError as error:
            yield of_error("config", "file", error)
            continue
        if found is None:
            yield Item("config", "file", f"{path}: absent")
            continue
        context.redactor.add(str(found.cloud.get("token") or ""))
        keys = ", ".join(sorted(key for key, value in found.cloud.items() if value is not None)) or "nothing"
        link = f", a link to {path.resolve()}" if path.is_symlink() else ""
        text = f"{path}: mode {found.mode:04o}, owner {found.owner}{link}; its cloud section sets {keys}"
        yield Item("config", "file", text)
        if found.exposure:
            yield warning("config", "file", found.exposure, f"chmod 600 {path}")
        if hasattr(os, "geteuid") and found.owner != os.geteuid():
            yield warning(
                "config", "file", f"{path} belongs to another user ({found.owner})", "Use a config file that you own."
            )


def _network(context: AppContext) -> Iterator[Item]:
    for name in _PROXIES:
        for spelling in (name, name.lower()):
            if context.environ.get(spelling):
                yield Item("network", spelling, _proxy(context.environ[spelling]))
    defaults = ssl.get_default_verify_paths()
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        value = context.environ.get(name)
        if value and not pathlib.Path(value).exists():
            error = SettingsError(
                f"{name} is set to {value}, which does not exist.", "Fix the path, or unset the variable."
            )
            yield of_error("network", name, error)
        elif value:
            yield Item("network", name, value)
    authorities = defaults.cafile or defaults.capath or "none found"
    yield Item("network", "authorities", f"{authorities} ({ssl.OPENSSL_VERSION}, {sys.platform})")


def _proxy(address: str) -> str:
    """Scheme, host and port of a proxy: the rest may contain a password, with any character in it."""
    scheme, separator, rest = address.partition("://") if "://" in address else ("", "", address)
    user, at, place = rest.rpartition("@")
    host = re.split(r"[/?#]", place, maxsplit=1)[0]
    return f"{scheme}{separator}{'***@' if at or user else ''}{host}"
