"""Archives and inspects a script with the real k6, and proves that the archive holds no token.

An archive is a tar: `metadata.json` (options, env), `data` (the script), `file/...` (what it imports and opens), with
the script once more as a hard link (k6 lib/archive.go, seen at v1.1.0 and v2.2.0).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

from k6ci.errors import K6ciError, ScriptError
from k6ci.k6.commandline import refusal
from k6ci.k6.process import Finished, TimedOutError, run_process
from k6ci.redaction import Redactor

_PATIENCE_SECONDS: Final = 120.0
_PIECE_BYTES: Final = 2**18
_LARGEST_METADATA: Final = 2**24


@dataclasses.dataclass(frozen=True)
class Archive:
    """A script made ready for upload; `digest` is over what will run, however the tar is packed."""

    script: str
    path: pathlib.Path
    options: Mapping[str, Any]
    scenarios: Mapping[str, Any]
    max_vus: int | None
    digest: str
    log: str

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
    """
    given = [word for variable in variables for word in ("-e", variable)]
    made = await _k6([str(k6), "archive", "-O", str(path), *flags, *given, "--", script], script, environ, folder)
    inspected = await _k6([str(k6), "inspect", "--execution-requirements", str(path)], script, environ, folder)
    try:
        plan = json.loads(inspected.stdout)
        options, digest = _read(path)
    except (ValueError, KeyError, OSError, tarfile.TarError) as error:
        raise ScriptError(f"The archive of {script} cannot be read: {error}.", "Try another version of k6.") from None
    archive = Archive(script, path, options, plan.get("scenarios") or {}, plan.get("maxVUs"), digest, made.stderr)
    _refuse_own_token(archive)
    return archive


def prove_clean(archive: Archive, token: str) -> None:
    """Open the archive and look: the token is in no member, in no form that Redactor knows.

    Raises:
        ScriptError: it is, with the member's name.
    """
    redactor = Redactor([token])
    with tarfile.open(archive.path) as tar:
        for member in tar:
            if redactor.text(member.name) != member.name or _holds_secret(tar, member, redactor):
                raise ScriptError(
                    f"The archive of {archive.script} would carry the token into the cloud, in {_shown(member.name)}.",
                    "Take the token out of the script, its data files and -e; k6ci sends it in a header only.",
                )


def content_digest(path: pathlib.Path) -> str:
    """A digest of what an archive executes: its files, options and env, whatever the order and times in the tar.

    Raises:
        tarfile.TarError, ValueError, KeyError: not an archive of k6.
    """
    return _read(path)[1]


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


def _read(path: pathlib.Path) -> tuple[dict[str, Any], str]:
    """The options and the digest of an archive; members are read in pieces, hard links count as their names."""
    parts: list[str] = []
    metadata: dict[str, Any] = {}
    with tarfile.open(path) as tar:
        for member in tar:
            if member.name == "metadata.json":
                metadata = json.loads(_content(tar, member)[:_LARGEST_METADATA])
            elif member.isreg():
                parts.append(f"{member.name} {_sha256(tar, member)}")
            elif member.islnk() or member.issym():
                parts.append(f"{member.name} -> {member.linkname}")
    options = metadata["options"]
    # The cloud may add to options.cloud what it likes; everything else decides what is executed.
    relevant = {
        "options": {key: value for key, value in options.items() if key not in ("cloud", "ext") and value is not None},
        "env": metadata.get("env") or {},
        "filename": metadata.get("filename"),
    }
    parts.append(json.dumps(relevant, sort_keys=True))
    return options, hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file is not None else b""


def _sha256(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    digest = hashlib.sha256()
    if (file := tar.extractfile(member)) is not None:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _holds_secret(tar: tarfile.TarFile, member: tarfile.TarInfo, redactor: Redactor) -> bool:
    file = tar.extractfile(member) if member.isreg() else None
    if file is None:
        return False
    before, after, stream = hashlib.sha256(), hashlib.sha256(), redactor.stream()
    while piece := file.read(_PIECE_BYTES):
        before.update(piece)
        after.update(stream.feed(piece))
    after.update(stream.flush())
    return before.digest() != after.digest()


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


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)
