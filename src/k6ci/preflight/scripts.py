"""The half of pre-flight that needs no network: which scripts, which k6, and whether k6 accepts the scripts."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Final

import anyio

from k6ci.errors import K6ciError, K6MissingError, ScriptError, SettingsError
from k6ci.k6.archive import Archive, Archiver, make_archive
from k6ci.k6.configoptions import load_options, write_copy
from k6ci.k6.confinement import confinement
from k6ci.k6.flags import check_flags
from k6ci.k6.source import INSTALL_REMEDY, K6, K6Source, examine
from k6ci.k6.variables import inspection_environment, k6_environment, refused_variables, withheld_variables
from k6ci.preflight.findings import Findings
from k6ci.preflight.selection import find_scripts
from k6ci.settings.model import Settings

# k6 is a process of 100 MB and more that keeps a core busy: more of them than cores only take memory.
_AT_ONCE: Final = max(1, min(4, os.cpu_count() or 1))
_READS_NO_LEGACY_CONFIG: Final = 2  # k6 2.0 and later


class ScriptSide:
    """Finds k6 and lets it archive and inspect every script: all bad ones are found, not only the first."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        folder: pathlib.Path,
        k6_source: K6Source,
        findings: Findings,
        home: pathlib.Path,
    ) -> None:
        self.k6: K6 | None = None
        self.archives: list[Archive] = []
        self._settings, self._findings, self._home = settings, findings, home
        self._environ, self._folder, self._k6_source = environ, folder, k6_source

    async def check(self, *, needs_script: bool) -> None:
        """Fill `k6` and `archives`; problems go to the findings."""
        scripts = self._scripts(needs_script=needs_script)
        try:
            path = self._k6_source.find()
        except K6ciError as error:
            self._findings.add(error)
            return
        archiver = self._archiver(path)
        refusals: list[tuple[int, K6ciError]] = []
        if archiver is not None and self._settings.has_legacy_options:  # which count for k6 1.x alone
            await self._examine(archiver)
            if self.k6 is not None and self.k6.number[0] >= _READS_NO_LEGACY_CONFIG:
                archiver = dataclasses.replace(archiver, config=None, config_source=None)
        async with anyio.create_task_group() as group:
            if archiver is not None:
                if self.k6 is None:
                    group.start_soon(self._examine, archiver)
                group.start_soon(self._archive_all, archiver, scripts, refusals)
        # What a wrong binary said about the scripts is not worth a word.
        if archiver is not None and self.k6 is not None:
            for refusal in await self._explained(archiver, scripts, sorted(refusals, key=lambda pair: pair[0])):
                self._findings.add(refusal)
        if self.k6 is not None and self.k6.caution:
            self._findings.warnings.append(self.k6.caution)

    async def _explained(
        self, archiver: Archiver, scripts: tuple[str, ...], refusals: list[tuple[int, K6ciError]]
    ) -> list[K6ciError]:
        """The refusals of scripts, or instead the one reason that has nothing to do with any script."""
        refused = [number for number, error in refusals if isinstance(error, (ScriptError, SettingsError))]
        blind = await confinement(archiver, self._home, scripts[refused[0]]) if refused else None
        return [blind] if blind else [error for _, error in refusals]

    def _archiver(self, path: pathlib.Path) -> Archiver | None:
        """How scripts are archived; None with a problem among the findings."""
        environ, file = self._environ, self._settings.options_file
        config, source = None, None
        if file is not None:
            source = str(file.path)
            try:
                if options := load_options(file.document, source):
                    config = write_copy(options, self._home / "options.json")
            except SettingsError as error:
                self._findings.add(error)
                return None
        return Archiver(
            path,
            self._folder,
            k6_environment(environ, self._home),
            inspection_environment(environ, self._home),
            self._settings.flags,
            self._settings.variables,
            config,
            source,
        )

    async def _examine(self, archiver: Archiver) -> None:
        try:
            self.k6 = await examine(archiver.k6, archiver.environ, self._settings.k6_version)
        except K6ciError as error:
            self._findings.add(error)

    async def _archive_all(
        self, archiver: Archiver, scripts: tuple[str, ...], refusals: list[tuple[int, K6ciError]]
    ) -> None:
        """Archive every script, a few at a time; what comes out is in the order of the scripts."""
        made: dict[int, Archive] = {}
        limiter = anyio.CapacityLimiter(_AT_ONCE)

        async def archive(number: int, script: str) -> None:
            async with limiter:
                try:
                    made[number] = await self._archive(archiver, script, number)
                except K6ciError as error:
                    refusals.append((number, error))

        async with anyio.create_task_group() as group:
            for number, script in enumerate(scripts):
                group.start_soon(archive, number, script)
        self.archives = [made[number] for number in sorted(made)]

    async def _archive(self, archiver: Archiver, script: str, number: int) -> Archive:
        try:
            return await make_archive(archiver, script, self._home / f"{number}.tar")
        except OSError as error:
            raise K6MissingError(f"{archiver.k6} cannot be started for {script}: {error}.", INSTALL_REMEDY) from None

    def _scripts(self, *, needs_script: bool) -> tuple[str, ...]:
        patterns, environ = self._settings.scripts, self._environ
        if not patterns and needs_script and not self._settings.allow_empty:
            self._findings.add(
                SettingsError("script: there is nothing to run.", "Name k6 scripts: `k6ci run tests/load.js`.")
            )
        problems: list[K6ciError] = [*refused_variables(environ)]
        if withheld := withheld_variables(environ):
            self._findings.warnings.append(withheld)
        selected: tuple[str, ...] = ()
        try:
            check_flags(self._settings.flags)
            found = find_scripts(patterns, self._folder, allow_empty=self._settings.allow_empty)
        except SettingsError as error:
            problems.append(error)
        else:
            selected = found.scripts
            self._findings.warnings += found.notes
        for problem in problems:
            self._findings.add(problem)
        return () if problems else selected
