"""The half of pre-flight that needs no network: which scripts, which k6, and whether k6 accepts the scripts."""

from __future__ import annotations

import glob
import os
import pathlib
from collections.abc import Sequence
from typing import Final

import anyio

from k6ci.errors import K6ciError, K6MissingError, SettingsError
from k6ci.k6.archive import Archive, make_archive
from k6ci.k6.binary import HOW_TO_ADD, K6, examine, locate
from k6ci.k6.commandline import check_flags
from k6ci.k6.process import k6_environment
from k6ci.platforms.surroundings import Surroundings
from k6ci.preflight.findings import Findings
from k6ci.settings.model import Settings

# k6 is a process of 100 MB and more that keeps a core busy: more of them than cores only take memory.
_AT_ONCE: Final = max(1, min(4, os.cpu_count() or 1))


def find_scripts(patterns: Sequence[str], folder: pathlib.Path, *, allow_empty: bool = False) -> list[str]:
    """The scripts that paths and globs name, in their order, each once, as the paths were given.

    Raises:
        SettingsError: a pattern that matches no file, unless `allow_empty`.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        is_file = (folder / pattern).is_file()
        # glob, not Path.glob: absolute patterns are fine, too.
        matches = [pattern] if is_file else sorted(glob.glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207
        files = [match for match in matches if (folder / match).is_file()]
        if not files and not (allow_empty and glob.has_magic(pattern)):
            what = "is a folder" if (folder / pattern).is_dir() else "matches no file"
            raise SettingsError(
                f"script: {pattern!r} {what} in {folder}.",
                "Give the path of a script, or a glob such as tests/*.js; allow-empty lets a glob match none.",
            )
        found.update(dict.fromkeys(files))
    return list(found)


class ScriptSide:
    """Finds k6 and lets it archive and inspect every script: all bad ones are found, not only the first."""

    def __init__(self, settings: Settings, around: Surroundings, findings: Findings, home: pathlib.Path) -> None:
        self.k6: K6 | None = None
        self.archives: list[Archive] = []
        self._settings, self._around, self._findings, self._home = settings, around, findings, home

    async def check(self, *, needs_script: bool) -> None:
        """Fill `k6` and `archives`; problems go to the findings."""
        environ = k6_environment(self._around.environ, self._home)
        scripts = self._scripts(needs_script=needs_script)
        try:
            path = locate(self._settings.k6_path, self._around.environ.get("PATH"), self._around.interpreter)
        except K6ciError as error:
            self._findings.add(error)
            return
        refusals: list[tuple[int, K6ciError]] = []
        async with anyio.create_task_group() as group:
            group.start_soon(self._examine, path, environ)
            group.start_soon(self._archive_all, path, environ, scripts, refusals)
        # What a wrong binary said about the scripts is not worth a word.
        for _, refusal in sorted(refusals, key=lambda pair: pair[0]) if self.k6 is not None else ():
            self._findings.add(refusal)
        if self.k6 is not None and self.k6.caution:
            self._findings.warnings.append(self.k6.caution)

    async def _examine(self, path: pathlib.Path, environ: dict[str, str]) -> None:
        try:
            self.k6 = await examine(path, environ, self._settings.k6_version)
        except K6ciError as error:
            self._findings.add(error)

    async def _archive_all(
        self, path: pathlib.Path, environ: dict[str, str], scripts: list[str], refusals: list[tuple[int, K6ciError]]
    ) -> None:
        """Archive every script, a few at a time; what comes out is in the order of the scripts."""
        made: dict[int, Archive] = {}
        limiter = anyio.CapacityLimiter(_AT_ONCE)

        async def archive(number: int, script: str) -> None:
            async with limiter:
                try:
                    made[number] = await self._archive(path, environ, script, number)
                except K6ciError as error:
                    refusals.append((number, error))

        async with anyio.create_task_group() as group:
            for number, script in enumerate(scripts):
                group.start_soon(archive, number, script)
        self.archives = [made[number] for number in sorted(made)]

    async def _archive(self, path: pathlib.Path, environ: dict[str, str], script: str, number: int) -> Archive:
        try:
            return await make_archive(
                path,
                script,
                self._home / f"{number}.tar",
                flags=self._settings.flags,
                variables=self._settings.variables,
                environ=environ,
                folder=self._around.folder,
            )
        except OSError as error:
            raise K6MissingError(f"{path} cannot be started for {script}: {error}.", HOW_TO_ADD) from None

    def _scripts(self, *, needs_script: bool) -> list[str]:
        patterns = self._settings.scripts
        if not patterns and needs_script and not self._settings.allow_empty:
            self._findings.add(
                SettingsError("script: there is nothing to run.", "Name k6 scripts: `k6ci run tests/load.js`.")
            )
        try:
            check_flags(self._settings.flags)
            return find_scripts(patterns, self._around.folder, allow_empty=self._settings.allow_empty)
        except SettingsError as error:
            self._findings.add(error)
            return []
