"""`k6ci doctor`: what a support request needs, with remedies and without secrets."""

from __future__ import annotations

import hashlib
import urllib.parse
from typing import Any, Final

import anyio

import k6ci
from k6ci.cloud.failures import ApiError, BadAnswerError, CallError, explained
from k6ci.cloud.transport import Transport
from k6ci.commands.command import AsJson, Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.commands.diagnostics import Item, State, local_items, of_error, warning
from k6ci.commands.session import Session, opened_session
from k6ci.errors import K6ciError, K6MissingError, most_severe
from k6ci.k6.version import INSTALL_REMEDY, MINIMUM_VERSION
from k6ci.render.wrapped import wrapped
from k6ci.settings.model import Settings
from k6ci.settings.resolve import resolve

SCHEMA_VERSION: Final = 1
_LARGEST_SKEW_SECONDS: Final = 60
_COLUMN: Final = 16
_MARKS: Final = {State.OK: " ", State.WARNING: "!", State.ERROR: "x"}


def doctor(context: AppContext, raw_inputs: RawInputs, *, as_json: AsJson = False) -> CommandResult:
    """Check everything; the exit code is that of the most severe finding. Findings are values, not exceptions."""
    settings = resolve(raw_inputs, context.environ, context.folder)
    if settings.token is not None:
        context.redactor.add(settings.token.value.get_secret_value())
    items = [*local_items(settings, context), *anyio.run(_ask, settings, context)]
    code = most_severe(item.exit_code for item in items)
    if as_json:
        context.write_document(_document(items, int(code)))
        return code
    section = ""
    for item in items:
        if item.section != section:
            section = item.section
            context.say(section)
        line = f"{_MARKS[item.state]} {item.name:<{_COLUMN - 3}} {item.text}"
        context.stdout.write(wrapped(line, context.stdout, indent=_COLUMN) + "\n")
        if item.remedy:
            context.stdout.write(wrapped(f"  -> {item.remedy}", context.stdout, indent=5) + "\n")
    context.stdout.write(_summary(items))
    return code


def _summary(items: list[Item]) -> str:
    errors = sum(item.state is State.ERROR for item in items)
    warnings = sum(item.state is State.WARNING for item in items)
    return f"\n{errors} error(s), {warnings} warning(s). Secrets are masked: the output is safe to share.\n"


def _document(items: list[Item], exit_code: int) -> dict[str, Any]:
    found = [
        {
            "section": item.section,
            "name": item.name,
            "state": item.state.value,
            "text": item.text,
            "remedy": item.remedy,
            "exit_code": int(item.exit_code),
        }
        for item in items
    ]
    return {"schema_version": SCHEMA_VERSION, "k6ci": k6ci.__version__, "exit_code": exit_code, "items": found}


async def _ask(settings: Settings, context: AppContext) -> list[Item]:
    """All findings that need other programs or the network."""
    items = await _k6(settings, context)
    reached, is_reachable = await _reachability(settings, context)
    items += reached
    if is_reachable and settings.token is not None and settings.stack is not None:
        items += await _account(settings, context)
    return items


async def _k6(settings: Settings, context: AppContext) -> list[Item]:
    source = context.k6_source(settings)
    try:
        if not source.is_installed():
            text = f"not installed; `k6ci run` downloads k6 {source.releases.latest_known()}"
            return [warning("k6", "binary", text, "Run `k6ci install-k6` to see whether the download works.")]
        found = await source.installed()
    except K6ciError as error:
        return [of_error("k6", "binary", error)]
    try:
        with found.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        unreadable = K6MissingError(f"{found.path} cannot be read: {error.strerror}.", INSTALL_REMEDY)
        return [of_error("k6", "binary", unreadable)]
    items = [Item("k6", "binary", f"{found.version} at {found.path}"), Item("k6", "sha256", digest)]
    if found.number < MINIMUM_VERSION:
        too_old = K6MissingError(f"{found.path} is k6 {found.version}; k6ci requires 1.0 or later.", INSTALL_REMEDY)
        items.append(of_error("k6", "version", too_old))
    return items


async def _reachability(settings: Settings, context: AppContext) -> tuple[list[Item], bool]:
    """Findings about the API without a token, its clock and the log tail; and whether the API answers."""
    try:
        async with Transport(settings.host, None) as api:
            begun = context.clock.monotonic()
            problem = await _answers(api, "/cloud/v6/auth")
            milliseconds = (context.clock.monotonic() - begun) * 1000
            skew = api.clock_offset.total_seconds()
        if problem is not None:
            return [of_error("cloud", "api", explained(problem, settings.host))], False
        tail = await _tail(settings)
    except K6ciError as error:
        return [of_error("cloud", "api", error)], False
    items = [Item("cloud", "api", f"{settings.host} answers in {milliseconds:.0f} ms")]
    if abs(skew) > _LARGEST_SKEW_SECONDS:
        text = f"the cloud's clock differs by {skew:+.0f} s from this machine's"
        items.append(warning("cloud", "clock", text, "Set this machine's clock (NTP): TLS and times depend on it."))
    else:
        items.append(Item("cloud", "clock", f"within {_LARGEST_SKEW_SECONDS} s of the cloud's"))
    return [*items, tail], True


async def _tail(settings: Settings) -> Item:
    parts = urllib.parse.urlsplit(settings.logs_tail_url)
    origin = f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"
    async with Transport(origin, None) as transport:
        problem = await _answers(transport, parts.path or "/")
    if problem is None:
        return Item("cloud", "log tail", f"{origin} answers")
    return warning(
        "cloud", "log tail", f"{origin}: {problem}", "The script's log will not be shown; everything else works."
    )


async def _answers(transport: Transport, path: str) -> CallError | None:
    """The error if a server does not answer. An error status is an answer, unless it is that of a gateway."""
    try:
        await transport.json("GET", path, doing="asking without a token")
    except ApiError as error:
        return error if error.is_transient else None
    except BadAnswerError:
        return None
    except CallError as error:
        return error
    return None


async def _account(settings: Settings, context: AppContext) -> list[Item]:
    items: list[Item] = []
    try:
        async with opened_session(settings.replaced(problems=()), context, wants_project=True) as session:
            items.append(Item("cloud", "account", f"the token is accepted for stack {session.client.stack_id}"))
            items.append(_project(session))
    except K6ciError as error:
        return [of_error("cloud", "account", problem) for problem in error.problems]
    return items


def _project(session: Session) -> Item:
    if session.project is not None:
        return Item("cloud", "project", f"{session.project.id} {session.project.name}")
    hint = f" The stack's default is {session.default_project}." if session.default_project else ""
    return warning("cloud", "project", "not set", f"A run needs a project: set K6_CLOUD_PROJECT_ID.{hint}")


COMMAND: Final = Command(
    "doctor",
    doctor,
    "Diagnose configuration, network and credentials.",
    inputs=("stack", "project-id", "config", "k6-path"),
)
