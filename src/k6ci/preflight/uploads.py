"""Checks that an archive uploads no token, no credentials, and no file from outside of the repository."""

from __future__ import annotations

import pathlib
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import anyio.to_thread

from k6ci.checkout import Checkout
from k6ci.errors import K6ciError, ScriptError, SettingsError
from k6ci.k6.archive import Archive
from k6ci.k6.expansion import TooLargeError
from k6ci.k6.leaks import TokenSearch, member_with
from k6ci.k6.outside import Boundary, Outside, find_outside
from k6ci.k6.readable import readable
from k6ci.preflight.checked import Checked
from k6ci.preflight.token import Token
from k6ci.redaction import Redactor
from k6ci.settings.configfile import default_config_path, legacy_config_path
from k6ci.settings.model import Settings

_SHOWN: Final = 10


async def check_uploads(
    archives: Sequence[Archive],
    settings: Settings,
    environ: Mapping[str, str],
    checkout: Checkout,
    token: Token | None,
) -> Checked[None]:
    """Search each archive, and the name that the load test is given: the result has warnings and problems only."""
    boundary = _boundary(settings, environ, checkout)
    tokens = [*_tokens(settings), *([token.value] if token else [])]
    warnings: list[str] = []
    problems: list[K6ciError] = []
    if settings.test_name is not None and Redactor(tokens).text(settings.test_name.value) != settings.test_name.value:
        problems.append(
            SettingsError(
                f"The name of the load test would carry the token into the cloud (from {settings.test_name.source}).",
                "Choose a name without it; k6ci sends the token in a header only.",
            )
        )
    search = TokenSearch(tokens)
    for archive in archives:
        if problem := await _token_problem(archive, search):
            problems.append(problem)
        outside = await anyio.to_thread.run_sync(_outside, archive, boundary)
        problems += _outside_problems(archive, outside, is_ci=settings.is_ci)
        if outside.foreign and not settings.is_ci:
            warnings.append(
                f"{archive.script} reads files outside of the repository, which are uploaded with it: "
                f"{_listed(outside.foreign)}. In CI this is an error unless allow-files names them."
            )
    return Checked(None, tuple(warnings), tuple(problems))


def _outside(archive: Archive, boundary: Boundary) -> Outside:
    """The files outside of the repository that the script read; a script that is an archive reads none."""
    try:
        with tarfile.open(boundary.folder / archive.entry, "r:"):
            return Outside((), ())
    except (OSError, tarfile.TarError):
        return find_outside(archive.files, archive.entry, boundary)


async def _token_problem(archive: Archive, search: TokenSearch) -> K6ciError | None:
    try:
        member = await member_with(search, archive.path)
    except TooLargeError as error:
        return ScriptError(
            f"The archive of {archive.script} holds {error}, which expands to more than k6ci can look through for a "
            "token.",
            "Open a smaller or an uncompressed file in the script.",
        )
    if member is None:
        return None
    return ScriptError(
        f"The archive of {archive.script} would carry the token into the cloud, in {member}.",
        "Take the token out of the script, its data files and -e; k6ci sends it in a header only.",
    )


def _outside_problems(archive: Archive, outside: Outside, *, is_ci: bool) -> Iterator[K6ciError]:
    if outside.forbidden:
        yield ScriptError(
            f"{archive.script} reads files that contain credentials and would upload them: "
            f"{_listed(outside.forbidden)}.",
            "Take them out of the script; no input allows this.",
        )
    if outside.foreign and is_ci:
        yield ScriptError(
            f"{archive.script} reads files outside of the repository, and would upload them: "
            f"{_listed(outside.foreign)}.",
            "Move them into the repository, or name them in allow-files (--allow-files, K6CI_ALLOW_FILES).",
        )


def _boundary(settings: Settings, environ: Mapping[str, str], checkout: Checkout) -> Boundary:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    usual = (default_config_path(environ, sys.platform), legacy_config_path(environ, sys.platform))
    return Boundary(
        root=checkout.root,
        folder=checkout.folder,
        allowed=settings.allow_files,
        config_files=[checkout.folder / path for path in (*settings.config_paths, *usual) if path is not None],
        home=pathlib.Path(home) if home else None,
    )


def _tokens(settings: Settings) -> list[str]:
    """Every token that a source offered, whether it is used or not."""
    offered = [candidate.raw for name, candidate in settings.candidates if name == "token"]
    return [raw.strip() for raw in offered if isinstance(raw, str) and raw.strip()]


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(readable(path) for path in paths[:_SHOWN]) + more
