"""Reads and writes k6ci's own files without following symbolic links of the checkout.

The author of a pull request controls the content of the checkout, symbolic links included. Below its root, each folder
of a path is opened without following links, and files are created and replaced relative to the open folder. Outside of
the checkout the author of the job is in control, and links are followed.

Standard library only: the commit hook uses this module, too.
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

# Without O_NOFOLLOW or dir_fd (Windows), each component of a path is checked by name instead.
_HAS_DIR_FD = hasattr(os, "O_NOFOLLOW") and {os.open, os.mkdir, os.rename, os.unlink, os.stat} <= os.supports_dir_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class UnsafePathError(OSError):
    """A path in the checkout is a link or a special file, or contains a link."""


def checkout_root(folder: PathLike, environ: Mapping[str, str]) -> str:
    """The outermost folder around `folder` whose content a pull request controls; `folder` itself if unknown.

    Sources: the workspace variable of the CI system, and folders with a `.git`.
    """
    here = os.path.realpath(folder)
    above = [here]
    while os.path.dirname(above[-1]) != above[-1]:
        above.append(os.path.dirname(above[-1]))
    named = {os.path.realpath(path) for path in workspaces_of(environ)}
    found = [one for one in above if one in named or os.path.lexists(os.path.join(one, ".git"))]
    return found[-1] if found else here


def make_folder(path: PathLike, *, root: PathLike) -> None:
    """Create a folder and its parents.

    Raises:
        UnsafePathError: the path contains a link below `root`.
        OSError: it cannot be created.
    """
    with _opened(path, root, makes=True):
        pass


def write_text(path: PathLike, text: str | bytes, *, root: PathLike, makes: bool = True) -> None:
    """Replace a file atomically, without following links.

    The mode is 0666 without the umask. A device or a pipe outside of `root` is written to, not replaced.

    Args:
        path: the file; relative to the working directory.
        text: the new content; characters that cannot be encoded (surrogates of file names) are escaped.
        root: the checkout, below which no link is followed.
        makes: whether missing folders are created.

    Raises:
        UnsafePathError: a folder of the path below `root` is a link.
        OSError: the file cannot be written.
    """
    content = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
    folder, name = os.path.split(os.path.abspath(path))
    if _is_special(path) and _split_at(os.path.abspath(path), root) is None:
        with open(path, "wb") as file:  # `/dev/stdout` is written to, not replaced
            file.write(content)
        return
    with _opened(folder, root, makes=makes) as opened:
        if opened.is_folder(name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        opened.replace(name, content)


def read_bytes(path: PathLike, *, root: PathLike, max_bytes: int) -> bytes:
    """The content of a regular file, at most `max_bytes` + 1 bytes; links below `root` are not followed.

    Raises:
        UnsafePathError: the file is a link, a device or a pipe, or a folder of the path below `root` is a link.
        OSError: the file cannot be read.
    """
    folder, name = os.path.split(os.path.abspath(path))
    with _opened(folder, root, makes=False) as opened:
        return opened.read(name, max_bytes)


def remove(path: PathLike, *, root: PathLike) -> None:
    """Remove a file, or a link but not its target; a missing file is not an error.

    Raises:
        OSError: it cannot be removed; UnsafePathError if a folder of the path below `root` is a link.
    """
    folder, name = os.path.split(os.path.abspath(path))
    with contextlib.suppress(FileNotFoundError), _opened(folder, root, makes=False) as opened:
        opened.remove(name)


class _Folder:
    """An open folder: a descriptor, or only a path where the system lacks dir_fd."""

    def __init__(self, path: str, handle: int | None) -> None:
        self._path, self._handle = path, handle

    def _at(self, name: str) -> str:
        return name if self._handle is not None else os.path.join(self._path, name)

    def is_folder(self, name: str) -> bool:
        return stat.S_ISDIR(_mode_of(self._at(name), self._handle))

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
        # Opening a pipe must not block until it has a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_LINK
        try:
            handle = os.open(self._at(name), flags, dir_fd=self._handle)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise _unsafe("is a symbolic link", os.path.join(self._path, name)) from None
            raise
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _unsafe("is not a regular file", os.path.join(self._path, name))
            return file.read(max_bytes + 1)

    def remove(self, name: str) -> None:
        os.unlink(self._at(name), dir_fd=self._handle)


@contextlib.contextmanager
def _opened(folder: PathLike, root: PathLike, *, makes: bool) -> Iterator[_Folder]:
    """Open a folder, below `root` without following links."""
    folder = os.path.abspath(folder)
    entry = _split_at(folder, root)
    if entry is None and makes:
        os.makedirs(folder, exist_ok=True)
    base, parts = entry or (folder, [])
    if not _HAS_DIR_FD:
        yield _Folder(_checked_by_name(base, parts, makes=makes), None)
        return
    handle = os.open(base, _FOLDER)
    try:
        for count, part in enumerate(parts, 1):
            inner = _opened_inside(handle, part, os.path.join(base, *parts[:count]), makes=makes)
            os.close(handle)
            handle = inner
        yield _Folder(folder, handle)
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


def _mode_of(path: PathLike, handle: int | None = None, *, follows: bool = False) -> int:
    """The mode of a file; 0 if it does not exist."""
    try:
        return os.stat(path, dir_fd=handle, follow_symlinks=follows).st_mode
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
    # On Windows, a junction is not a link by its mode, but points to another folder, too.
    is_elsewhere = getattr(found, "st_reparse_tag", 0) in (
        getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1),
        getattr(stat, "IO_REPARSE_TAG_SYMLINK", -1),
    )
    if stat.S_ISLNK(found.st_mode) or is_elsewhere:
        raise _unsafe("is a symbolic link", path)


def _split_at(path: str, root: PathLike) -> tuple[str, list[str]] | None:
    """Split a path into its part up to `root` and the components below; None if it is not below `root`.

    Paths are compared by real path and by inode, so that different spellings of `root` match.
    """
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
    """Whether the path exists and is a device, a pipe or a terminal."""
    mode = _mode_of(path, follows=True)
    return mode != 0 and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _unsafe(what: str, path: str) -> UnsafePathError:
    return UnsafePathError(errno.ELOOP, f"{path} {what}; k6ci follows no links in a checkout", path)
