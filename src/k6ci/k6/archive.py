"""Archives and inspects a script with the real k6: what comes out is what will be uploaded, and its plan."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

from k6ci.errors import K6ciError, QuotaError, ScriptError
from k6ci.k6.commandline import refusal
from k6ci.k6.contents import Contents, read_contents
from k6ci.k6.process import Finished, TimedOutError, run_process
from k6ci.k6.schedule import Plan, plan_of

_PATIENCE_SECONDS: Final = 120.0
# OpenAPI 1.12.0, archive_size of a local execution; larger uploads are answered with 413.
_LARGEST_BYTES: Final = 100_000_000
_MEGABYTE: Final = 1e6


@dataclasses.dataclass(frozen=True)
class Archive:
    """A script made ready for upload.

    `digest` is over what will run, however the tar is packed; `entry_digest` over the entry script alone.
    """

    script: str
    path: pathlib.Path
    options: Mapping[str, Any]
    plan: Plan
    digest: str
    entry_digest: str

    @property
    def cloud_options(self) -> Mapping[str, Any]:
        """`options.cloud`, or what k6 1.x still takes from `ext.loadimpact`."""
        ext = self.options.get("ext") or {}
        found = self.options.get("cloud") or ext.get("loadimpact") or {}
        return found if isinstance(found, dict) else {}

    @property
    def thresholds(self) -> Mapping[str, Any]:
        """`options.thresholds`: expressions by metric."""
        found = self.options.get("thresholds") or {}
        return found if isinstance(found, dict) else {}


async def make_archive(
    k6: pathlib.Path,
    script: str,
    path: pathlib.Path,
    *,
    flags: Sequence[str],
    variables: Sequence[str],
    environ: Mapping[str, str],
    folder: pathlib.Path,
) -> Archive:
    """Archive a script with the user's flags and variables, then inspect what came out.

    Raises:
        ScriptError: k6 refuses the script, or it carries a token of its own.
        SettingsError: k6 refuses a flag.
        QuotaError: the archive is larger than the cloud takes.
    """
    given = [word for variable in variables for word in ("-e", variable)]
    await _k6([str(k6), "archive", "-O", str(path), *flags, *given, "--", script], script, environ, folder)
    inspected = await _k6([str(k6), "inspect", "--execution-requirements", str(path)], script, environ, folder)
    try:
        requirements = json.loads(inspected.stdout)
        contents = read_contents(path)
    except (ValueError, KeyError, OSError, tarfile.TarError) as error:
        raise ScriptError(f"The archive of {script} cannot be read: {error}.", "Try another version of k6.") from None
    _refuse_large(script, path, contents)
    plan = plan_of(requirements)
    archive = Archive(script, path, contents.options, plan, contents.digest, contents.entry_digest)
    _refuse_own_token(archive)
    return archive


async def _k6(argv: list[str], script: str, environ: Mapping[str, str], folder: pathlib.Path) -> Finished:
    try:
        finished = await run_process(argv, environ=environ, folder=folder, timeout_seconds=_PATIENCE_SECONDS)
    except TimedOutError as error:
        raise ScriptError(
            f"k6 does not come to an end with {script}: {error}.", "Look for a loop at its top level."
        ) from None
    if finished.exit_code != 0:
        problem: K6ciError = refusal(script, finished.exit_code, finished.stderr)
        raise problem
    return finished


def _refuse_large(script: str, path: pathlib.Path, contents: Contents) -> None:
    size = path.stat().st_size
    if size <= _LARGEST_BYTES:
        return
    listed = ", ".join(f"{name} ({bytes_ / _MEGABYTE:.1f} MB)" for name, bytes_ in contents.largest)
    raise QuotaError(
        f"The archive of {script} has {size / _MEGABYTE:.1f} MB; the cloud takes {_LARGEST_BYTES / _MEGABYTE:.0f} MB.",
        f"Open smaller files in the script, or fetch them in setup(). The largest are: {listed}.",
    )


def _refuse_own_token(archive: Archive) -> None:
    ext = archive.options.get("ext") or {}
    for section, where in (
        (archive.options.get("cloud"), "options.cloud.token"),
        (ext.get("loadimpact"), "options.ext.loadimpact.token"),
    ):
        if isinstance(section, dict) and section.get("token"):
            raise ScriptError(
                f"{archive.script} sets {where}; everybody who may download the script would read the token.",
                "Take it out of the script, rotate the token, and pass the new one as K6_CLOUD_TOKEN.",
            )
