"""Which version of k6 a binary is, and whether k6ci can use it."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Mapping
from typing import Final

import k6ci
from k6ci.errors import K6MissingError
from k6ci.k6.supervision import TimedOutError, run_process
from k6ci.k6.wanted import LATEST, TESTED_MAJORS, parse_wanted

MINIMUM_VERSION: Final = (1, 0, 0)
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
    "Set k6-version, without k6-path, and k6ci downloads that version of k6; or install another k6: "
    "https://grafana.com/docs/k6/latest/set-up/install-k6/."
)


@dataclasses.dataclass(frozen=True)
class K6:
    """A k6 binary and the version that `k6 version` printed.

    `caution` is a warning about the version. `origin` says where the binary comes from (`on PATH`), if that is known.
    """

    path: pathlib.Path
    version: str
    number: tuple[int, int, int]
    caution: str | None = None
    origin: str = ""


async def examine(path: pathlib.Path, environ: Mapping[str, str], wanted: str | None) -> K6:
    """The version of a binary, checked against the minimum and the k6-version input.

    Raises:
        K6MissingError: it does not run, is not k6, is older than 1.0, or is not the requested version.
    """
    k6 = await ask_version(path, environ)
    version = parse_wanted(wanted)
    is_latest = version is not None and version.text == LATEST
    if k6.number < MINIMUM_VERSION:
        raise K6MissingError(f"{path} is k6 {k6.version}; k6ci requires 1.0 or later.", INSTALL_REMEDY)
    if k6.number[0] not in TESTED_MAJORS and is_latest:
        raise K6MissingError(
            f"{path} is k6 {k6.version}, and k6ci {k6ci.__version__} was only tested up to k6 {TESTED_MAJORS[-1]}.x.",
            f"Pin a version in k6-version and in the job's set-up, such as {TESTED_MAJORS[-1]}.2.0, or update k6ci.",
        )
    if version is not None and not version.matches(k6.version):
        raise K6MissingError(f"{path} is k6 {k6.version}, but k6-version requires {version.text}.", INSTALL_REMEDY)
    return dataclasses.replace(k6, caution=_caution(k6, is_latest=is_latest))


def _caution(k6: K6, *, is_latest: bool) -> str | None:
    """A warning about a version that may change between jobs, or that was not tested."""
    if k6.version == _DEVELOPMENT_VERSION:
        return f"{k6.path} is a development build of k6 without a version; k6ci requires 1.0 or later."
    if k6.number[0] not in TESTED_MAJORS:
        return f"k6 {k6.version} is newer than what k6ci was tested with (up to {TESTED_MAJORS[-1]}.x)."
    if is_latest:
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
