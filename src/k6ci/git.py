"""The only caller of git: the root of a work tree, its remote, staged files, and the files of commits.

`root_of` and `remote_url` return None where there is no repository; everything else raises. Contents are read by object
name: what git has stored, not the files of the working tree.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from k6ci.errors import K6ciError, SettingsError, UsageError
from k6ci.programs import bare_environment, find_program

# Modes of regular files; symbolic links (120000) and submodules (160000) have no content to scan.
_FILE_MODES = frozenset({"100644", "100755", "100664"})
_NO_FILTER = frozenset({b"unspecified", b"unset", b"set"})
_MAX_ARGUMENTS = 500
# How much of an object that is too large is kept: enough to tell text from binary.
_HEAD_BYTES: Final = 8_192
_PIECE_BYTES: Final = 2**20
_TIMEOUT_SECONDS: Final = 60.0
_QUICK_TIMEOUT_SECONDS: Final = 10
_INSTALL_REMEDY: Final = "Install git, or name the files to scan."


class Change(NamedTuple):
    """One version of one file: its path from the root of the repository, and the object name of its content.

    `commit` is the first commit of a range that has this version; empty for staged files.
    """

    path: str
    object_name: str
    commit: str = ""


class Blob(NamedTuple):
    """The content of one object; None if it is larger than the limit, or missing (`size_bytes` 0).

    `head` is the beginning of a content that is too large.
    """

    object_name: str
    size_bytes: int
    content: bytes | None
    head: bytes = b""


def run(
    *arguments: str,
    directory: str | os.PathLike[str] | None = None,
    given: bytes = b"",
    timeout_seconds: float = _TIMEOUT_SECONDS,
) -> bytes:
    """Run one git command, with `given` as its standard input, and return its output.

    Raises:
        UsageError: git is not installed or cannot be started.
        SettingsError: git failed (the cause is its last line) or timed out.
    """
    try:
        done = subprocess.run(
            [*_program_with_options(), *arguments],
            cwd=directory,
            env=bare_environment(os.environ),
            input=given,
            capture_output=True,
            check=False,
            timeout=timeout_seconds,
        )
    except OSError as error:
        raise UsageError(f"git cannot be started: {error.strerror}.", _INSTALL_REMEDY) from error
    except subprocess.TimeoutExpired as error:
        cause = f"`git {arguments[0]}` timed out after {timeout_seconds:.0f} s."
        raise SettingsError(cause, "Check for a lock file or a slow file system, then try again.") from error
    if done.returncode != 0:
        output = done.stderr.decode(errors="replace").strip().splitlines() or ["no error message"]
        remedy = "Run it inside of a git repository that has these commits (on CI, use a full clone: fetch-depth: 0)."
        raise SettingsError(f"`git {arguments[0]}` failed: {output[-1]}", remedy)
    return done.stdout


def root_of(folder: pathlib.Path) -> pathlib.Path | None:
    """The root of the work tree that contains `folder`; None outside of a work tree, or without git."""
    top = _line_of("rev-parse", "--show-toplevel", folder=folder)
    return pathlib.Path(top) if top else None


def remote_url(folder: pathlib.Path) -> str | None:
    """The URL of the remote `origin`; it may contain credentials, so use its path only."""
    return _line_of("remote", "get-url", "origin", folder=folder)


def tracked_paths(directory: str | None = None) -> list[str]:
    """The paths, relative to `directory`, of all tracked files below it."""
    names = run("ls-files", "-z", directory=directory).split(b"\0")[:-1]
    return [name.decode(errors="surrogateescape") for name in names]


def index_objects(paths: Iterable[str], directory: str | None = None) -> dict[str, str]:
    """The object names in the index of those paths (below `directory`) that have a `filter` attribute.

    With git-crypt, for example, the working tree has the plain text, and the committed object is encrypted.
    """
    if not (names := b"\0".join(path.encode(errors="surrogateescape") for path in paths)):
        return {}
    asked = run("check-attr", "-z", "--stdin", "filter", directory=directory, given=names + b"\0").split(b"\0")
    attributes = zip(asked[0::3], asked[2::3], strict=False)  # fields: path, name of the attribute, value
    filtered = [name.decode(errors="surrogateescape") for name, value in attributes if value not in _NO_FILTER]
    found: dict[str, str] = {}
    for start in range(0, len(filtered), _MAX_ARGUMENTS):
        part = [f":(literal){name}" for name in filtered[start : start + _MAX_ARGUMENTS]]
        for entry in run("ls-files", "-s", "-z", "--", *part, directory=directory).split(b"\0")[:-1]:
            about, _, name = entry.partition(b"\t")
            found[name.decode(errors="surrogateescape")] = about.split()[1].decode()
    return found


def staged_changes(directory: str | None = None) -> list[Change]:
    """The files that the next commit adds or changes, without deletions and links; a renamed file has its new name.

    `git diff`, unlike `diff-index`, also works before the first commit.
    """
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff")
    try:
        return _changes(run("diff", *options, directory=directory))
    except SettingsError:
        # Outside of a repository, `git diff` fails with its usage text; this command fails with the reason.
        run("rev-parse", "--git-dir", directory=directory)
        raise


def range_changes(*revisions: str, directory: str | None = None) -> list[Change]:
    """Every version of every file in a range of commits, also those that a later commit removed.

    `revisions` are arguments of `git log`: `A..B`, or a commit and `--not --remotes`. Of a merge commit only the files
    count that differ from all parents; the others belong to other commits of the range.
    """
    _refuse_options(revisions)
    options = ("--reverse", "--no-show-signature", "--format=%H", "-c", "--raw", "-z", "--no-abbrev", "--no-renames")
    raw = run("log", *options, "--no-relative", *revisions, "--", directory=directory)
    first: dict[tuple[str, str], Change] = {}
    for change in _changes(raw):
        first.setdefault((change.path, change.object_name), change)
    return list(first.values())


def commits_of(*revisions: str, directory: str | None = None) -> set[str]:
    """The object names of all commits of a range."""
    _refuse_options(revisions)
    return set(run("rev-list", *revisions, "--", directory=directory).decode().split())


def is_shallow(directory: str | None = None) -> bool:
    """Whether this is a shallow clone."""
    return run("rev-parse", "--is-shallow-repository", directory=directory).strip() == b"true"


def shallow_commits(directory: str | None = None) -> set[str]:
    """The commits without their parents in a shallow clone; empty for a complete one."""
    if not is_shallow(directory):
        return set()
    path = run("rev-parse", "--path-format=absolute", "--git-path", "shallow", directory=directory).decode().strip()
    return set(pathlib.Path(path).read_text(encoding="ascii").split())


def exists(commit: str, directory: str | None = None) -> bool:
    """Whether this clone has the commit."""
    try:
        run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}", directory=directory)
    except SettingsError:
        return False
    return True


def blobs(object_names: Iterable[str], *, max_bytes: int, directory: str | None = None) -> Iterator[Blob]:
    """The contents of objects, in order, from one `git cat-file --batch`.

    Of an object larger than `max_bytes` only the beginning is kept, so that memory stays within the limit.
    """
    argv = [*_program_with_options(), "cat-file", "--batch"]
    with subprocess.Popen(
        argv, cwd=directory, env=bare_environment(os.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        if child.stdin is None or child.stdout is None:  # for the type checker
            return
        for name in object_names:
            child.stdin.write(name.encode(errors="surrogateescape") + b"\n")
            child.stdin.flush()
            header = child.stdout.readline().split()
            if len(header) != 3 or not header[2].isdigit():  # noqa: PLR2004 - "<name> <type> <size>", else "missing"
                yield Blob(name, 0, None)
                continue
            size_bytes = int(header[2])
            if size_bytes > max_bytes:
                head = child.stdout.read(_HEAD_BYTES)
                for step in range(size_bytes + 1 - len(head), 0, -_PIECE_BYTES):
                    child.stdout.read(min(step, _PIECE_BYTES))
                yield Blob(name, size_bytes, None, head)
                continue
            content = child.stdout.read(size_bytes)
            child.stdout.read(1)
            yield Blob(name, size_bytes, content)
        child.stdin.close()


def _refuse_options(revisions: tuple[str, ...]) -> None:
    options = [one for one in revisions if one.startswith("-")]
    if not revisions or revisions[0] in options or not all(one.startswith(("--not", "--remotes")) for one in options):
        raise UsageError(f"{' '.join(revisions)!r} is not a range of commits.", "Write it as A..B.")


def _changes(raw: bytes) -> list[Change]:
    """Parse `--raw -z`: `:mode.. mode name.. name status NUL path NUL`, one colon per parent, commits between."""
    changes = []
    commit = ""
    fields = iter(raw.split(b"\0")[:-1])
    for field in fields:
        header = field.decode().lstrip("\n")
        if not header.startswith(":"):
            commit = header or commit
            continue
        parents = header.count(":")
        columns = header[parents:].split(" ")
        path = next(fields).decode(errors="surrogateescape")
        mode, object_name = columns[parents], columns[2 * parents + 1]
        if mode in _FILE_MODES and object_name.strip("0"):
            changes.append(Change(path, object_name, commit))
    return changes


def _program_with_options() -> list[str]:
    """Git with settings that prevent a checkout from running programs; a folder may pose as a bare repository."""
    settings = ("core.quotepath=off", "safe.bareRepository=explicit", "core.fsmonitor=false")
    found = find_program("git", os.environ.get("PATH", os.defpath))
    if found is None:
        raise UsageError("git not found on PATH.", _INSTALL_REMEDY)
    return [found, *(part for setting in settings for part in ("-c", setting))]


def _line_of(*arguments: str, folder: pathlib.Path) -> str | None:
    try:
        output = run(*arguments, directory=folder, timeout_seconds=_QUICK_TIMEOUT_SECONDS)
    except K6ciError:
        return None
    return output.decode(errors="replace").strip() or None
