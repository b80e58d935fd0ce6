"""Writes and reads k6ci's own files without following a link that a checkout may hold.

Whoever opens a pull request decides what lies in the checkout, symbolic links included. Below its root, folders are
opened one after the other without following links, and files are made and replaced in the folder that was opened.
Outside of the checkout the job's author decides, and links are followed.

Standard library only, and light: the commit hook uses it, too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from k6ci.ci.system import workspaces_of

PathLike: TypeAlias = "str | os.PathLike[str]"

# Where there is no O_NOFOLLOW (Windows), or no functions relative to an open folder, each name is checked instead.
_HAS_DIR_FD = hasattr(os, "O_NOFOLLOW") and {os.open, os.mkdir, os.rename, os.unlink, os.stat} <= os.supports_dir_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class UnsafePlaceError(OSError):
    """A place in the checkout that is, or passes, something else than a folder or a regular file of its own."""


def checkout_root(folder: PathLike, environ: Mapping[str, str]) -> str:
    """The outermost folder around `folder` that a pull request may fill; `folder` itself when nothing tells more.

    It is told by the CI system's variable for the workspace, or by a `.git` in a folder above.
    """
    here = os.path.realpath(folder)
    above = [here]
    while os.path.dirname(above[-1]) != above[-1]:
        above.append(os.path.dirname(above[-1]))
    named = {os.path.realpath(path) for path in workspaces_of(environ)}
    found = [one for one in above if one in named or os.path.lexists(os.path.join(one, ".git"))]
    return found[-1] if found else here


def make_folder(path: PathLike, *, root: PathLike) -> None:
    """Make a folder, with those above it.

    Raises:
        UnsafePlaceError: it passes a link below `root`.
        OSError: it cannot be made.
    """
    with _opened(path, root, makes=True):
        pass


def write_text(path: PathLike, text: str | bytes, *, root: PathLike, makes: bool = True) -> None:
    """Replace a file as a whole: a reader, or a crash, sees the old content or the new one, and no link is followed.

    The mode is what the umask leaves. A device or a pipe outside of `root` is written to.

    Args:
        path: the file; relative paths begin at the working directory.
        text: what it shall hold; characters that UTF-8 does not have (bytes of odd file names) become escapes.
        root: the checkout, below which no link is followed.
        makes: whether missing folders are made.

    Raises:
        UnsafePlaceError: a folder of the path below `root` is a link.
        OSError: the file cannot be written.
    """
    content = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    folder, name = os.path.split(os.path.abspath(path))
    if _is_special(path) and _split_at(os.path.abspath(path), root) is None:
        with open(path, "wb") as file:  # `/dev/stdout` is written to, not replaced
            file.write(content)
        return
    with _opened(folder, root, makes=makes) as place:
        if place.is_folder(name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        place.replace(name, content)


def read_bytes(path: PathLike, *, root: PathLike, max_bytes: int) -> bytes:
    """The content of a regular file, at most one byte more than `max_bytes`; no link below `root` is followed.

    Raises:
        UnsafePlaceError: the file is a link, a device or a pipe, or a folder of the path below `root` is a link.
        OSError: the file cannot be read.
    """
    folder, name = os.path.split(os.path.abspath(path))
    with _opened(folder, root, makes=False) as place:
        return place.read(name, max_bytes)


def remove(path: PathLike, *, root: PathLike) -> None:
    """Remove a file, or a link but not what it leads to; nothing happens when it does not exist.

    Raises:
        OSError: it cannot be removed; UnsafePlaceError if a folder of the path below `root` is a link.
    """
    folder, name = os.path.split(os.path.abspath(path))
    with contextlib.suppress(FileNotFoundError), _opened(folder, root, makes=False) as place:
        place.remove(name)


class _Place:
    """An open folder; without a descriptor where the system has no functions relative to one."""

    def __init__(self, path: str, handle: int | None) -> None:
        self._path, self._handle = path, handle

    def _at(self, name: str) -> str:
        return name if self._handle is not None else os.path.join(self._path, name)

    def is_folder(self, name: str) -> bool:
        try:
            return stat.S_ISDIR(os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False).st_mode)
        except OSError:
            return False

    def replace(self, name: str, content: bytes) -> None:
        temporary = f".k6ci-{os.urandom(8).hex()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
        handle = os.open(self._at(temporary), flags, 0o666, dir_fd=self._handle)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(self._at(temporary), self._at(name), src_dir_fd=self._handle, dst_dir_fd=self._handle)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(self._at(temporary), dir_fd=self._handle)
            raise

    def read(self, name: str, max_bytes: int) -> bytes:
        if self._handle is None:
            _refuse_link(self._at(name))
        # A pipe in the place of the file must not make us wait for its writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_LINK
        try:
            handle = os.open(self._at(name), flags, dir_fd=self._handle)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise _unsafe("is a symbolic link", os.path.join(self._path, name)) from None
            raise
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _unsafe("is no regular file", os.path.join(self._path, name))
            return file.read(max_bytes + 1)

    def remove(self, name: str) -> None:
        os.unlink(self._at(name), dir_fd=self._handle)


@contextlib.contextmanager
def _opened(folder: PathLike, root: PathLike, *, makes: bool) -> Iterator[_Place]:
    """The folder, opened; below `root` without following a link."""
    folder = os.path.abspath(folder)
    entry = _split_at(folder, root)
    if entry is None and makes:
        os.makedirs(folder, exist_ok=True)
    base, parts = entry or (folder, [])
    if not _HAS_DIR_FD:
        yield _Place(_checked_by_name(base, parts, makes=makes), None)
        return
    handle = os.open(base, _FOLDER)
    try:
        for count, part in enumerate(parts, 1):
            inner = _opened_inside(handle, part, os.path.join(base, *parts[:count]), makes=makes)
            os.close(handle)
            handle = inner
        yield _Place(folder, handle)
    finally:
        os.close(handle)


def _opened_inside(handle: int, part: str, path: str, *, makes: bool) -> int:
    if makes:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, dir_fd=handle)
    try:
        return os.open(part, _FOLDER | _NO_LINK, dir_fd=handle)
    except OSError as error:
        if stat.S_ISLNK(_mode_of(part, handle)):
            raise _unsafe("is a symbolic link", path) from None
        raise OSError(error.errno, error.strerror, path) from None


def _mode_of(part: str, handle: int) -> int:
    try:
        return os.stat(part, dir_fd=handle, follow_symlinks=False).st_mode
    except OSError:
        return 0


def _checked_by_name(base: str, parts: list[str], *, makes: bool) -> str:
    for part in parts:
        base = os.path.join(base, part)
        _refuse_link(base)
        if makes:
            with contextlib.suppress(FileExistsError):
                os.mkdir(base)
    return base


def _refuse_link(path: str) -> None:
    try:
        found = os.lstat(path)
    except OSError:
        return
    # On Windows a junction is no link by its mode, and leads elsewhere all the same.
    is_elsewhere = getattr(found, "st_reparse_tag", 0) in (
        getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1),
        getattr(stat, "IO_REPARSE_TAG_SYMLINK", -1),
    )
    if stat.S_ISLNK(found.st_mode) or is_elsewhere:
        raise _unsafe("is a symbolic link", path)


def _split_at(path: str, root: PathLike) -> tuple[str, list[str]] | None:
    """Where a path enters `root`, however both are spelled, and the names from there; None when it lies elsewhere."""
    real_root, root_status = os.path.realpath(root), os.stat(root)
    drive, names = os.path.splitdrive(path)
    parts = [name for name in names.split(os.sep) if name]
    for count in range(len(parts) + 1):
        start = os.path.join(drive + os.sep, *parts[:count])
        is_inside = f"{os.path.realpath(start)}{os.sep}".startswith(f"{real_root.rstrip(os.sep)}{os.sep}")
        if is_inside or _is_same(start, root_status):
            return start, parts[count:]
    return None


def _is_same(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), status)
    except OSError:
        return False


def _is_special(path: PathLike) -> bool:
    """Whether something is there that is written to and not replaced: a device, a pipe, a terminal."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _unsafe(what: str, path: str) -> UnsafePlaceError:
    return UnsafePlaceError(errno.ELOOP, f"{path} {what}, and what a checkout holds is not followed", path)
