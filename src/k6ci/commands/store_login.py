"""Verifies a token with the cloud, then stores it where the installed k6 reads it."""

from __future__ import annotations

import dataclasses
import functools

import anyio

from k6ci.cloud import legacy
from k6ci.cloud.client import CloudClient
from k6ci.cloud.credentials import check_shape, refused, shown, wrong_kind
from k6ci.cloud.failures import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, ApiError, CallError, explained
from k6ci.cloud.transport import Transport
from k6ci.commands.command import CommandResult, RawInputs
from k6ci.commands.config_target import ConfigTarget, config_target
from k6ci.commands.context import AppContext
from k6ci.commands.prompt import ask, is_interactive, read_secret
from k6ci.errors import CredentialsError, ExitCode, NotVisibleError, SettingsError
from k6ci.render.wrapped import fields
from k6ci.settings.catalogue import BY_NAME, LEGACY_HOST
from k6ci.settings.configfile import ConfigFile, read_config
from k6ci.settings.configwrite import prepare, refuse_linked_folders, write_cloud
from k6ci.settings.model import Settings
from k6ci.settings.parse import parse
from k6ci.settings.resolve import resolve
from k6ci.settings.stack import Stack


@dataclasses.dataclass(frozen=True)
class LoginOptions:
    """How to log in: with a token (neither), by e-mail address and password, or with the login of k6 before 1.0."""

    email: str | None = None
    is_migration: bool = False


@dataclasses.dataclass(frozen=True)
class Verified:
    """A token that the cloud accepted for a stack."""

    token: str = dataclasses.field(repr=False)
    stack_id: int
    stack_url: str | None
    default_project: int | None

    def values(self) -> dict[str, str | int]:
        """The keys of `collectors.cloud`, those that are known."""
        found: dict[str, str | int | None] = {
            "token": self.token,
            "stackID": self.stack_id,
            "stackURL": self.stack_url,
            "defaultProjectID": self.default_project,
        }
        return {key: value for key, value in found.items() if value is not None}


def store_login(context: AppContext, raw_inputs: RawInputs, options: LoginOptions) -> CommandResult:
    """Verify a token and store it.

    Raises:
        K6ciError: the token, the stack or the config file is not usable; nothing was changed.
    """
    own_inputs = {"stack": raw_inputs.get("stack"), "k6-path": raw_inputs.get("k6-path")}
    settings = resolve(own_inputs, context.environ, context.folder, reads_config=False)
    for problem in settings.problems:
        raise problem
    target = config_target(context, raw_inputs, settings)
    refuse_linked_folders(target.path, context.environ.get("HOME"))
    before = prepare(target.path, is_own_folder=target.is_default)
    source = _legacy_file(target) if options.is_migration else None
    stack = _stack(settings, source or before)
    raw, where = _secret(context, options, source)
    context.redactor.add(raw)
    checked = check_shape(raw, where)
    context.redactor.add(checked.value)
    verified = anyio.run(_verify, settings, context, checked.value, where, stack)
    # Like k6 1.x: other settings in the old file move with the login.
    base = source.document if source is not None else {}
    values = verified.values()
    if source is not None and source.cloud.get("projectID") and not (before and before.cloud.get("projectID")):
        values["projectID"] = source.cloud["projectID"]  # else runs would go to the stack's default project from now on
    anyio.run(functools.partial(write_cloud, target.path, values, context.clock, base=base))
    _tell(context, target, verified, [*checked.warnings, *_hints(settings, context, target, verified, source)])
    return ExitCode.PASSED


def _legacy_file(target: ConfigTarget) -> ConfigFile:
    found = read_config(target.legacy) if target.legacy is not None else None
    if found is None or not isinstance(found.cloud.get("token"), str):
        raise CredentialsError(
            f"Nothing to migrate: {target.legacy or 'the old config file'} contains no token.",
            "Run `k6ci login` and paste a token.",
        )
    return found


def _stack(settings: Settings, before: ConfigFile | None) -> Stack:
    """The named stack, else the one of the last login; on a terminal, the answer of the user."""
    if settings.stack is not None:
        return settings.stack.value
    known = None
    if before is not None:
        known = next((str(before.cloud[key]) for key in ("stackURL", "stackID") if before.cloud.get(key)), None)
    if not is_interactive() and known is None:
        raise SettingsError(
            "stack: not set, and there is no terminal to ask for it. k6 2.0 and later needs the stack of the token.",
            "Add --stack SLUG (of https://SLUG.grafana.net), its URL, or its number.",
        )
    answer = ask("Stack (slug, URL or number)", known) if is_interactive() else str(known)
    try:
        stack: Stack = parse(BY_NAME["stack"], answer)
    except ValueError as error:
        raise SettingsError(f"stack: {error}.", f"Give {BY_NAME['stack'].accepted}.") from None
    return stack


def _secret(context: AppContext, options: LoginOptions, source: ConfigFile | None) -> tuple[str, str]:
    """The token, not yet checked, and its source."""
    if source is not None:
        return str(source.cloud["token"]), f"collectors.cloud.token of {source.path}"
    if options.email is None:
        return read_secret("token"), "the prompt" if is_interactive() else "standard input"
    raw = context.environ.get(LEGACY_HOST.variables[0], "").strip() or str(LEGACY_HOST.default)
    try:
        origin = parse(LEGACY_HOST, raw)
    except ValueError as error:
        raise SettingsError(f"{LEGACY_HOST.variables[0]}: {error}.", f"Give {LEGACY_HOST.accepted}.") from None
    password = read_secret("password")
    context.redactor.add(password)
    return anyio.run(legacy.login, origin, options.email, password), f"the account {options.email}"


async def _verify(settings: Settings, context: AppContext, token: str, where: str, stack: Stack) -> Verified:
    async with CloudClient(Transport(settings.host, token), context.clock) as client:
        try:
            if stack.url is not None:
                found = await client.authenticate(stack.url)
                return Verified(token, found.stack_id, stack.url, found.default_project_id)
            client.stack_id = stack.number
            projects = await client.projects()
        except CallError as error:
            if isinstance(error, ApiError) and error.status == UNAUTHORIZED:
                raise refused(error, where, wrong_kind(token, context.environ)) from None
            if isinstance(error, ApiError) and error.status in (FORBIDDEN, NOT_FOUND):
                raise NotVisibleError(
                    f"Stack {stack} not found, or the token belongs to another stack: {error}.",
                    "Nothing was stored. Check the stack, and that the token was created in this stack.",
                ) from None
            raise explained(error, settings.host) from None
    default = next((project.id for project in projects if project.is_default), None)
    return Verified(token, stack.number or 0, None, default)


def _hints(
    settings: Settings, context: AppContext, target: ConfigTarget, verified: Verified, source: ConfigFile | None
) -> list[str]:
    """Notes for users who expect that this login is used everywhere from now on."""
    hints = [
        f"{name} is set in the environment and takes precedence over the file."
        for name in ("K6_CLOUD_TOKEN", "K6_CLOUD_STACK_ID", "K6_CLOUD_PROJECT_ID")
        if context.environ.get(name, "").strip()
    ]
    if target.is_default and settings.is_emulated:
        hints.append(f"k6ci sends this token to an emulator only if you name the file: `-c {target.path}`.")
    if not target.is_default:
        hints.append(f"Used only when you name the file: `k6ci check -c {target.path}`, or K6_CONFIG.")
    if verified.default_project is None:
        hints.append("The stack has no default project: set K6_CLOUD_PROJECT_ID.")
    if source is not None:
        hints.append(
            f"{source.path} still contains the token. Run `rm {source.path}` when you no longer use k6 before 1.0: "
            "a login with k6 1.x may copy it over the new file."
        )
    if context.environ.get("CI"):
        hints.append("CI is set: on a self-hosted runner the file outlives the job. Set K6_CLOUD_TOKEN instead.")
    return hints


def _tell(context: AppContext, target: ConfigTarget, verified: Verified, hints: list[str]) -> None:
    project = verified.default_project
    rows = [
        ("token", shown(verified.token)),
        ("stack", f"{verified.stack_id}{f', {verified.stack_url}' if verified.stack_url else ''}"),
        *([("project", f"{project} (the stack's default)")] if project else []),
        ("file", f"{target.path} (mode 0600)"),
        *([("k6", target.k6)] if target.k6 else []),
        *(("note", hint) for hint in hints),
    ]
    context.stdout.write(fields(rows, context.stdout) + "Token verified and stored.\n")
