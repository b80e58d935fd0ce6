"""Writes the cloud section of k6's config file: whole or not at all, private, and with every other key kept.

Two writers wait for each other; a writer that knows no lock (k6 itself) is noticed before its work would be lost.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pathlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from k6ci.clock import Clock
from k6ci.errors import SettingsError
from k6ci.settings.configfile import CLOUD_KEYS, ConfigFile, read_config

_LOCK_TIMEOUT_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.02
_TRIES: Final = 20
_PRIVATE_FOLDER: Final = 0o700
_ELSEWHERE: Final = (
    "Name a file that can be written with --config, or keep the token in the environment (K6_CLOUD_TOKEN)."
)


def prepare(path: pathlib.Path, *, is_own_folder: bool) -> ConfigFile | None:
    """Check that the file can be written, before the user is asked for a token; returns its content.

    Args:
        path: the config file.
        is_own_folder: whether its folder belongs to k6 alone and is made private.

    Raises:
        SettingsError: it is a link, not a JSON object, or cannot be written.
    """
    try:
        if is_own_folder:
            _refuse_link(path.parent)
        found = _read_for_writing(path)
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        if is_own_folder:
            path.parent.chmod(_PRIVATE_FOLDER)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _not_writable(path, error) from None
    return found


async def write_cloud(
    path: pathlib.Path, values: Mapping[str, Any], clock: Clock, *, base: Mapping[str, Any] | None = None
) -> None:
    """Set the keys of `collectors.cloud` that belong to a login; one that `values` lacks is removed.

    `base` is the document to begin with when there is no file yet.

    Raises:
        SettingsError: it is a link, not a JSON object, cannot be written, or another program keeps writing it.
    """
    try:
        async with _locked(path, clock):
            for _ in range(_TRIES):
                found = _read_for_writing(path)
                content = _changed(path, base or {} if found is None else found.document, values)
                if _replaced(path, content, found):
                    return
    except OSError as error:
        raise _not_writable(path, error) from None
    raise SettingsError(f"Another program keeps writing {path}.", "Nothing was changed; try again when it is done.")


def _changed(path: pathlib.Path, before: Any, values: Mapping[str, Any]) -> bytes:
    """The file's content with the new login; keys keep their order."""
    document = dict(_object(path, "it", before))
    collectors = dict(_object(path, "its collectors", document.get("collectors")))
    cloud = dict(_object(path, "its collectors.cloud", collectors.get("cloud")))
    for key in CLOUD_KEYS:
        cloud.pop(key, None)
    cloud |= values
    document["collectors"] = collectors | {"cloud": cloud}
    try:
        return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except ValueError:  # NaN, infinity, half a surrogate pair: k6 could not read it again
        raise _bad_format(path, "it contains a number or a character that JSON does not allow") from None


def _object(path: pathlib.Path, what: str, value: Any) -> dict[str, Any]:
    """The value as an object. k6 writes null for what is not set; any other type is an error."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _bad_format(path, f"{what} is not a JSON object")
    return value


def _bad_format(path: pathlib.Path, why: str) -> SettingsError:
    return SettingsError(
        f"The k6 config file {path} has an unexpected format: {why}.",
        "Nothing was changed. Fix or remove the file, or name another one with --config.",
    )


def _refuse_link(path: pathlib.Path) -> None:
    """Refuse a link: configuration files are often links into a repository, and so is their folder."""
    if path.is_symlink():
        raise SettingsError(
            f"{path} is a symbolic link to {path.readlink()}: the token would be stored there, perhaps among files "
            "that are shared or committed.",
            "Nothing was changed. Name the intended file with --config, or remove the link.",
        )


def refuse_linked_folders(path: pathlib.Path, home: str | None) -> None:
    """Refuse a path with a symbolic link in it, except links of the system (`/tmp` on macOS) and above the home folder.

    Raises:
        SettingsError: a folder of the path is a link.
    """
    for folder in path.absolute().parents:
        if home and folder == pathlib.Path(home):
            return
        is_the_systems = folder.parent == folder.parent.parent or not os.access(folder.parent, os.W_OK)
        if not is_the_systems:
            _refuse_link(folder)


def _read_for_writing(path: pathlib.Path) -> ConfigFile | None:
    _refuse_link(path)
    found = read_config(path)
    _changed(path, {} if found is None else found.document, {})
    return found


def _replaced(path: pathlib.Path, content: bytes, found: ConfigFile | None) -> bool:
    """Replace the file that was read; False if it has changed since."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if found is not None and hasattr(os, "fchown") and os.geteuid() == 0:
                os.fchown(file.fileno(), found.owner, -1)  # with sudo, the file still belongs to the user
        now = _read_for_writing(path)
        if (now.content if now else None) != (found.content if found else None):
            return False
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


@contextlib.asynccontextmanager
async def _locked(path: pathlib.Path, clock: Clock) -> AsyncIterator[None]:
    """Hold the lock of the folder, which creates no file. Windows has no such lock: there nothing is locked."""
    try:
        import fcntl  # noqa: PLC0415 -- not on Windows
    except ImportError:
        yield
        return
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        deadline = clock.monotonic() + _LOCK_TIMEOUT_SECONDS
        while not _has_lock(fcntl, handle):
            if clock.monotonic() > deadline:
                raise SettingsError(
                    f"Another k6ci has been writing {path} for {_LOCK_TIMEOUT_SECONDS:.0f} s.",
                    "Nothing was changed; end it, or try again.",
                )
            await clock.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(handle)


def _has_lock(fcntl: Any, handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _not_writable(path: pathlib.Path, error: OSError) -> SettingsError:
    why = str(error.strerror).lower() if error.strerror else type(error).__name__
    if error.errno == errno.EBUSY:
        why = "it is mounted as a single file, which cannot be replaced; mount its folder instead"
    return SettingsError(f"The k6 config file {path} cannot be written: {why}.", f"Nothing was changed. {_ELSEWHERE}")
