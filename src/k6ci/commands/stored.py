"""Shows and removes logins in k6's config files: `k6ci login --show`, `--reset`, `k6ci logout`."""

from __future__ import annotations

import functools
import pathlib
import sys

import anyio

from k6ci.cloud.credentials import shown
from k6ci.commands.command import CommandResult, RawInputs
from k6ci.commands.config_target import NO_HOME, named_config
from k6ci.commands.context import AppContext
from k6ci.errors import CredentialsError, ExitCode, SettingsError
from k6ci.render.wrapped import fields, wrapped
from k6ci.settings.configfile import CLOUD_KEYS, default_config_path, legacy_config_path, read_config
from k6ci.settings.configwrite import refuse_linked_folders, write_cloud


def show(context: AppContext, raw_inputs: RawInputs) -> CommandResult:
    """Show the stored logins, the token masked.

    Raises:
        CredentialsError: no file contains a token.
        SettingsError: a file cannot be read.
    """
    paths = _paths(context, raw_inputs)
    has_token = False
    for path in paths:
        found = read_config(path)
        if found is None:
            continue
        token, cloud = found.cloud.get("token"), found.cloud
        has_token = has_token or bool(token)
        context.redactor.add(str(token or ""))
        stack = ", ".join(str(cloud[key]) for key in ("stackID", "stackURL") if cloud.get(key))
        rows = [
            ("token", shown(str(token)) if token else "none"),
            ("stack", stack or "none"),
            ("project", str(cloud.get("projectID") or cloud.get("defaultProjectID") or "none")),
            ("file", f"{path} (mode {found.mode:04o})"),
            *([("warning", found.exposure)] if found.exposure else []),
        ]
        context.stdout.write(fields(rows, context.stdout))
    if not has_token:
        searched = " or ".join(str(path) for path in paths)
        raise CredentialsError(f"No token is stored in {searched}.", "Run `k6ci login`.")
    _mention_environment(context, "is set in the environment and takes precedence over the file")
    return ExitCode.PASSED


def reset(context: AppContext, raw_inputs: RawInputs) -> CommandResult:
    """Remove token, stack and default project from the config file that was named, or from both of k6's own.

    Raises:
        SettingsError: a file cannot be read or written; nothing was changed in it.
    """
    is_done = False
    for path in _paths(context, raw_inputs):
        found = read_config(path)
        if found is None or not any(found.cloud.get(key) for key in CLOUD_KEYS):
            continue
        refuse_linked_folders(path, context.environ.get("HOME"))
        anyio.run(functools.partial(write_cloud, path, {}, context.clock))
        is_done = True
        context.stdout.write(
            wrapped(f"Removed the login from {path}; all other settings in it are unchanged.", context.stdout) + "\n"
        )
    if not is_done:
        context.say("No stored login found: nothing to remove.")
    else:
        text = (
            "The token remains valid: delete it in Grafana Cloud (Testing & synthetics > Performance > Settings > "
            "Access) if it is no longer used."
        )
        context.stdout.write(wrapped(text, context.stdout) + "\n")
    _mention_environment(context, "is still set in the environment")
    return ExitCode.PASSED


def _paths(context: AppContext, raw_inputs: RawInputs) -> list[pathlib.Path]:
    named = named_config(context, raw_inputs)
    if named is not None:
        return [named]
    own = (default_config_path(context.environ, sys.platform), legacy_config_path(context.environ, sys.platform))
    paths = [path for path in own if path is not None]
    if not paths:
        raise SettingsError(NO_HOME, "Name the file with --config.")
    return paths


def _mention_environment(context: AppContext, what: str) -> None:
    if context.environ.get("K6_CLOUD_TOKEN", "").strip():
        context.say(f"K6_CLOUD_TOKEN {what}.")
