"""Prepares the scripts without a network: selects them, finds k6, and lets it archive and inspect each script."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Final

import anyio

from k6ci.ci.events import Event
from k6ci.errors import K6ciError, K6MissingError, ScriptError, SettingsError
from k6ci.k6.archive import Archive, Archiver, make_archive
from k6ci.k6.configoptions import load_options, write_copy
from k6ci.k6.confinement import confinement
from k6ci.k6.flags import check_flags
from k6ci.k6.source import K6Source
from k6ci.k6.variables import inspection_environment, k6_environment, refused_variables, withheld_variables
from k6ci.k6.version import INSTALL_REMEDY, K6, examine
from k6ci.preflight.checked import Checked, both
from k6ci.preflight.foreign_head import refuse_foreign_head
from k6ci.preflight.selection import find_scripts
from k6ci.settings.model import Settings

# A k6 that archives takes 100 MB of memory and waits for half of its time: two of them keep a core busy.
_MAX_CONCURRENT: Final = max(2, min(8, 2 * (os.cpu_count() or 1)))
_READS_NO_LEGACY_CONFIG: Final = 2  # k6 2.0 and later


@dataclasses.dataclass(frozen=True)
class PreparedScripts:
    """The archives of the scripts that k6 accepts, in their order; `k6` is None when it cannot be used."""

    k6: K6 | None = None
    archives: tuple[Archive, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[K6ciError, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Archived:
    """Archives of scripts, and the errors of the scripts that were refused."""

    archives: tuple[Archive, ...]
    refusals: tuple[tuple[str, K6ciError], ...]


async def prepare_scripts(
    settings: Settings,
    environ: Mapping[str, str],
    folder: pathlib.Path,
    k6_source: K6Source,
    home: pathlib.Path,
    event: Event,
    *,
    needs_script: bool,
) -> PreparedScripts:
    """Archive every script: all bad ones are found, not only the first.

    Args:
        settings: which scripts, with which flags and variables.
        environ: the environment of the job, of which k6 gets a part.
        folder: the working directory, where scripts are looked for.
        k6_source: where k6 may come from.
        home: a folder for the archives, and k6's home.
        event: what started the job.
        needs_script: whether having no script at all is a problem.
    """
    selected = _selected(settings, environ, folder, event, needs_script=needs_script)
    scripts = selected.value or ()
    try:
        located = await k6_source.locate(settings.k6_version)
        archiver = _archiver(settings, environ, folder, located.path, home)
    except K6ciError as error:
        return PreparedScripts(warnings=selected.warnings, problems=(*selected.problems, error))
    if settings.has_legacy_options:  # which count for k6 1.x alone
        k6 = await _examined(archiver, located.wanted)
        if k6.value is not None and k6.value.number[0] >= _READS_NO_LEGACY_CONFIG:
            archiver = dataclasses.replace(archiver, config=None, config_source=None)
        made = await _archive_all(archiver, scripts, home)
    else:
        k6, made = await both(
            lambda: _examined(archiver, located.wanted), lambda: _archive_all(archiver, scripts, home)
        )
    # What an unusable k6 said about the scripts is not reported.
    refusals = await _explained(archiver, home, made.refusals) if k6.value is not None else []
    return PreparedScripts(
        k6.value,
        made.archives,
        (*selected.warnings, *located.warnings, *k6.warnings),
        (*selected.problems, *k6.problems, *refusals),
    )


def _selected(
    settings: Settings, environ: Mapping[str, str], folder: pathlib.Path, event: Event, *, needs_script: bool
) -> Checked[tuple[str, ...]]:
    """The scripts that are run; none when flags, variables or what is checked out are refused."""
    problems: list[K6ciError] = []
    if not settings.scripts and needs_script and not settings.allow_empty:
        problems.append(SettingsError("script: there is nothing to run.", "Name k6 scripts: `k6ci run tests/load.js`."))
    withheld = withheld_variables(environ)
    warnings = (withheld,) if withheld else ()
    refused = list(refused_variables(environ))
    try:
        check_flags(settings.flags)
        found = find_scripts(settings.scripts, folder, allow_empty=settings.allow_empty)
        refuse_foreign_head(event, [folder / script for script in found.scripts], environ)
    except SettingsError as error:
        return Checked((), warnings, (*problems, *refused, error))
    warnings = (*warnings, *found.notes)
    return Checked(() if refused else found.scripts, warnings, (*problems, *refused))


def _archiver(
    settings: Settings, environ: Mapping[str, str], folder: pathlib.Path, k6: pathlib.Path, home: pathlib.Path
) -> Archiver:
    """How scripts are archived.

    Raises:
        SettingsError: k6's config file has options that are refused.
    """
    file = settings.options_file
    options = load_options(file.document, str(file.path)) if file is not None else None
    return Archiver(
        k6,
        folder,
        k6_environment(environ, home),
        inspection_environment(environ, home),
        settings.flags,
        settings.variables,
        write_copy(options, home / "options.json") if options else None,
        str(file.path) if file is not None else None,
    )


async def _examined(archiver: Archiver, wanted: str | None) -> Checked[K6]:
    try:
        k6 = await examine(archiver.k6, archiver.environ, wanted)
    except K6ciError as error:
        return Checked(problems=(error,))
    return Checked(k6, (k6.caution,) if k6.caution else ())


async def _archive_all(archiver: Archiver, scripts: Sequence[str], home: pathlib.Path) -> _Archived:
    """Archive every script, a few at a time."""
    archives: dict[int, Archive] = {}
    refusals: dict[int, K6ciError] = {}
    limiter = anyio.CapacityLimiter(_MAX_CONCURRENT)

    async def archive(number: int, script: str) -> None:
        async with limiter:
            try:
                archives[number] = await make_archive(archiver, script, home / f"{number}.tar")
            except K6ciError as error:
                refusals[number] = error
            except OSError as error:
                cause = f"{archiver.k6} cannot be started for {script}: {error}."
                refusals[number] = K6MissingError(cause, INSTALL_REMEDY)

    async with anyio.create_task_group() as group:
        for number, script in enumerate(scripts):
            group.start_soon(archive, number, script)
    return _Archived(
        tuple(archives[number] for number in sorted(archives)),
        tuple((scripts[number], refusals[number]) for number in sorted(refusals)),
    )


async def _explained(
    archiver: Archiver, home: pathlib.Path, refusals: Sequence[tuple[str, K6ciError]]
) -> list[K6ciError]:
    """The refusals of scripts, or instead the one reason that has nothing to do with any script."""
    refused = [script for script, error in refusals if isinstance(error, (ScriptError, SettingsError))]
    blind = await confinement(archiver, home, refused[0]) if refused else None
    return [blind] if blind else [error for _, error in refusals]
