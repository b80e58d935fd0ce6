"""Archives and inspects a script with the real k6: the archive is what is uploaded, the inspection gives its plan."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any, Final

from k6ci.errors import QuotaError, ScriptError
from k6ci.k6.commandline import refusal
from k6ci.k6.contents import Contents, read_contents
from k6ci.k6.readable import readable
from k6ci.k6.schedule import Plan, plan_of
from k6ci.k6.supervision import Finished, TimedOutError, run_process
from k6ci.k6.tarball import TarError

_TIMEOUT_SECONDS: Final = 120.0
# OpenAPI 1.12.0, archive_size of a local execution; larger uploads are answered with 413.
_MAX_BYTES: Final = 100_000_000
_MEGABYTE: Final = 1e6


@dataclasses.dataclass(frozen=True)
class Archiver:
    """The k6 binary that archives scripts, with its environment, flags and config file.

    Attributes:
        k6: the path of the binary.
        folder: the working directory.
        environ: the environment of `k6 archive`.
        inspection_environ: the environment of `k6 inspect`, without options: the archive contains them all.
        flags: flags of the user.
        variables: `NAME=value` for `-e`.
        config: a file with the load options of k6's own config file.
        config_source: the path of that config file, for messages.
    """

    k6: pathlib.Path
    folder: pathlib.Path
    environ: Mapping[str, str] = dataclasses.field(repr=False)
    inspection_environ: Mapping[str, str] = dataclasses.field(repr=False)
    flags: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    variables: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    config: pathlib.Path | None = None
    config_source: str | None = None


@dataclasses.dataclass(frozen=True)
class Archive:
    """A script ready for upload.

    Attributes:
        script: its path as printable text.
        path: the tar file.
        options: the consolidated k6 options.
        plan: duration and VUs.
        digest: SHA-256 over files, options and environment, independent of order and times in the tar.
        entry_digest: SHA-256 of the entry script alone.
        entry: the path as the user named it.
        files: the names in the archive of the files that were read from this machine.
    """

    script: str
    path: pathlib.Path
    options: Mapping[str, Any]
    plan: Plan
    digest: str
    entry_digest: str
    entry: str = ""
    files: tuple[str, ...] = ()

    @property
    def cloud_options(self) -> Mapping[str, Any]:
        """`options.cloud`, or `ext.loadimpact`, which k6 1.x still reads."""
        ext = self.options.get("ext") or {}
        found = self.options.get("cloud") or ext.get("loadimpact") or {}
        return found if isinstance(found, dict) else {}


async def make_archive(archiver: Archiver, entry: str, path: pathlib.Path) -> Archive:
    """Archive a script with the user's flags and variables, then inspect what came out.

    Raises:
        ScriptError: k6 refuses the script, or the script sets a token.
        SettingsError: k6 refuses a flag, or k6's config file.
        QuotaError: the archive exceeds the upload limit of the cloud.
        OSError: k6 cannot be started.
    """
    script = readable(entry)
    _refuse_large_script(script, archiver.folder / entry)
    given = [word for variable in archiver.variables for word in ("-e", variable)]
    config = ["-c", str(archiver.config)] if archiver.config else []
    # The script comes first: with extension resolution, k6 1.1 takes the first argument that is not a flag for it.
    argv = [str(archiver.k6), "archive", script_word(entry), "-O", str(path), *config, *archiver.flags, *given]
    await _k6(archiver, argv, archiver.environ, script)
    try:
        contents = read_contents(path)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, TarError) as error:
        raise _unreadable(script, error) from None
    _refuse_large(script, path, contents)
    plan = await _plan(archiver, script, path, contents.options)
    archive = Archive(
        script, path, contents.options, plan, contents.digest, contents.entry_digest, entry, contents.files
    )
    _refuse_own_token(archive)
    return archive


def script_word(entry: str) -> str:
    """A script's path as an argument that k6 takes neither for a flag nor (`-`) for standard input."""
    return f"./{entry}" if entry.startswith("-") else entry


async def _plan(archiver: Archiver, script: str, path: pathlib.Path, options: Mapping[str, Any]) -> Plan:
    environ = dict(archiver.inspection_environ)
    if _needs_default_vus(options):
        environ["K6_VUS"] = "1"
    argv = [str(archiver.k6), "inspect", str(path), "--execution-requirements"]
    inspected = await _k6(archiver, argv, environ, script)
    try:
        return plan_of(json.loads(inspected.stdout))
    except (ValueError, RecursionError, AttributeError) as error:
        raise _unreadable(script, error) from None


def _needs_default_vus(options: Mapping[str, Any]) -> bool:
    """Whether the default of one VU applies, which `k6 run` and `k6 cloud run` set and `k6 inspect` does not."""
    is_short_form = any(options.get(name) is not None for name in ("iterations", "duration", "stages"))
    return is_short_form and options.get("vus") is None and not options.get("scenarios")


def _unreadable(script: str, error: Exception) -> ScriptError:
    return ScriptError(f"The archive of {script} cannot be read: {error}.", "Try another version of k6.")


async def _k6(archiver: Archiver, argv: list[str], environ: Mapping[str, str], script: str) -> Finished:
    try:
        finished = await run_process(argv, environ=environ, folder=archiver.folder, timeout_seconds=_TIMEOUT_SECONDS)
    except TimedOutError as error:
        raise ScriptError(
            f"k6 timed out with {script}: {error}.", "Look for an endless loop in the init code of the script."
        ) from None
    if finished.exit_code != 0:
        raise refusal(script, finished.exit_code, finished.stderr, config=archiver.config_source)
    return finished


def _refuse_large_script(script: str, path: pathlib.Path) -> None:
    """Check the size before k6 reads the script: k6 needs about 60 bytes of memory per byte."""
    try:
        size = path.stat().st_size
    except OSError:
        return  # k6 says why it cannot be read
    if size > _MAX_BYTES:
        raise QuotaError(
            f"{script} has {size / _MEGABYTE:.1f} MB; the limit of the cloud is {_MAX_BYTES / _MEGABYTE:.0f} MB.",
            "Make the script, or the archive that you run, smaller.",
        )


def _refuse_large(script: str, path: pathlib.Path, contents: Contents) -> None:
    size = path.stat().st_size
    if size <= _MAX_BYTES:
        return
    listed = ", ".join(f"{name} ({bytes_ / _MEGABYTE:.1f} MB)" for name, bytes_ in contents.largest)
    raise QuotaError(
        f"The archive of {script} has {size / _MEGABYTE:.1f} MB; "
        f"the limit of the cloud is {_MAX_BYTES / _MEGABYTE:.0f} MB.",
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
                f"{archive.script} sets {where}; everyone who can download the script could read the token.",
                "Remove it from the script, rotate the token, and pass the new one as K6_CLOUD_TOKEN.",
            )
