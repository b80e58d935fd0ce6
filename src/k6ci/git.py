"""The only caller of git: where a repository begins, what it is called elsewhere, what is staged, what commits brought.

`root_of` and `remote_url` never raise for want of a repository; the rest raises. Content is read by object name, so
what is judged is what git has, not what lies around in the working tree.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from k6ci.errors import SettingsError, UsageError
from k6ci.programs import bare_environment, find_program

# Modes of regular files; links (120000) and submodules (160000) have no content to judge.
_FILE_MODES = frozenset({"100644", "100755", "100664"})
_NO_FILTER = frozenset({b"unspecified", b"unset", b"set"})
_MAX_ARGUMENTS = 500
# How much of a content that is too large is kept: enough to tell a text from a binary file.
_HEAD_BYTES: Final = 8_192
_TIMEOUT_SECONDS: Final = 60.0
_QUICK_TIMEOUT_SECONDS: Final = 10
_INSTALL_REMEDY: Final = "Install git, or name the files to scan."


class Change(NamedTuple):
    """One version of one file: `path` from the root of the repository, `object_name` of its content.

    `commit` is the first one of a range that brought it, empty for what is staged.
    """

    path: str
    object_name: str
    commit: str = ""


class Blob(NamedTuple):
    """The content of one object; None when it is larger than what was asked for, or missing (`size_bytes` 0).

    `head` is how a content that is too large begins.
    """

    object_name: str
    size_bytes: int
    content: bytes | None
    head: bytes = b""


def run(*arguments: str, directory: str | None = None, given: bytes = b"") -> bytes:
    """What one git command prints.

    Raises:
        UsageError: there is no git.
        SettingsError: git refuses; the cause is its own last line.
    """
    argv = [*_program_with_options(), *arguments]
    try:
        done = subprocess.run(
            argv,
            cwd=directory,
            env=bare_environment(os.environ),
            input=given,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_SECONDS,
        )
    except OSError as error:
        raise UsageError(
            f"git cannot be started: {error.strerror}.", "Install git, or name the files to scan."
        ) from error
    except subprocess.TimeoutExpired as error:
        cause = f"`git {arguments[0]}` gave no answer in {_TIMEOUT_SECONDS:.0f} s."
        raise SettingsError(cause, "Look for a lock or a slow file system, then try again.") from error
    if done.returncode != 0:
        output = done.stderr.decode(errors="replace").strip().splitlines() or ["it output nothing"]
        remedy = "Run it inside a git repository that has these commits (CI needs a full clone: fetch-depth: 0)."
        raise SettingsError(f"`git {arguments[0]}` failed: {output[-1]}", remedy)
    return done.stdout


def root_of(folder: pathlib.Path) -> pathlib.Path | None:
    """The top folder of the work tree that `folder` is in; None outside of one, or without git."""
    answer = _git(folder, "rev-parse", "--show-toplevel")
    return pathlib.Path(answer) if answer else None


def remote_url(folder: pathlib.Path) -> str | None:
    """The URL of the remote `origin`; it may hold credentials, so use its path only."""
    return _git(folder, "remote", "get-url", "origin")


def tracked_paths(directory: str | None = None) -> list[str]:
    """Every file that git tracks below `directory`, as paths relative to it."""
    return [name.decode(errors="surrogateescape") for name in run("ls-files", "-z", directory=directory).split(b"\0")][
        :-1
    ]


def index_objects(paths: Iterable[str], directory: str | None = None) -> dict[str, str]:
    """The objects that the index has for those of these paths (below `directory`) whose content a filter changes.

    Of git-crypt and its like: the working tree has the plain text, what is committed is the cipher.
    """
    names = b"\0".join(path.encode(errors="surrogateescape") for path in paths)
    if not names:
        return {}
    asked = run("check-attr", "-z", "--stdin", "filter", directory=directory, given=names + b"\0").split(b"\0")
    filtered = [name.decode(errors="surrogateescape") for name, _, value in _triples(asked) if value not in _NO_FILTER]
    found: dict[str, str] = {}
    for start in range(0, len(filtered), _MAX_ARGUMENTS):
        part = [f":(literal){name}" for name in filtered[start : start + _MAX_ARGUMENTS]]
        for entry in run("ls-files", "-s", "-z", "--", *part, directory=directory).split(b"\0")[:-1]:
            about, _, name = entry.partition(b"\t")
            found[name.decode(errors="surrogateescape")] = about.split()[1].decode()
    return found


def _triples(fields: list[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    yield from zip(fields[0::3], fields[1::3], fields[2::3], strict=False)


def staged_changes(directory: str | None = None) -> list[Change]:
    """What the next commit adds or changes; deletions and links are left out, a rename is its new name.

    `git diff` and not `diff-index`: before the first commit it compares with nothing, and no commit has to be named.
    """
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", "--no-ext-diff")
    try:
        return _changes(run("diff", *options, directory=directory))
    except SettingsError:
        # Outside of a repository `git diff` is another command, and only says how that one is used.
        run("rev-parse", "--git-dir", directory=directory)
        raise


def range_changes(*revisions: str, directory: str | None = None) -> list[Change]:
    """Every version of every file that the commits brought, also those that a later one removed again.

    `revisions` are what `git log` takes: `A..B`, or a commit and `--not --remotes`.

    Of a merge only what differs from all its parents counts: the rest is content of commits of its own.
    """
    _refuse_options(revisions)
    options = (
        "--reverse",
        "--no-show-signature",
        "--format=%H",
        "--raw",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-relative",
        "-c",
    )
    raw = run("log", *options, *revisions, "--", directory=directory)
    first: dict[tuple[str, str], Change] = {}
    for change in _changes(raw):
        first.setdefault((change.path, change.object_name), change)
    return list(first.values())


def commits_of(*revisions: str, directory: str | None = None) -> set[str]:
    """The names of all commits of a range."""
    _refuse_options(revisions)
    return set(run("rev-list", *revisions, "--", directory=directory).decode().split())


def is_shallow(directory: str | None = None) -> bool:
    """True when this clone was told to leave older commits out."""
    return run("rev-parse", "--is-shallow-repository", directory=directory).strip() == b"true"


def shallow_commits(directory: str | None = None) -> set[str]:
    """The commits whose parents a shallow clone left out; empty for a whole one."""
    if not is_shallow(directory):
        return set()
    place = run("rev-parse", "--path-format=absolute", "--git-path", "shallow", directory=directory).decode().strip()
    return set(pathlib.Path(place).read_text(encoding="ascii").split())


def exists(commit: str, directory: str | None = None) -> bool:
    """True when this clone has the commit."""
    try:
        run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}", directory=directory)
    except SettingsError:
        return False
    return True


def blobs(object_names: Iterable[str], *, max_bytes: int, directory: str | None = None) -> Iterator[Blob]:
    """The contents of objects, one after the other, from one long-lived `git cat-file --batch`.

    An object larger than `max_bytes` is read past without being kept, so memory stays bounded by the limit.
    """
    argv = [*_program_with_options(), "cat-file", "--batch"]
    with subprocess.Popen(
        argv, cwd=directory, env=bare_environment(os.environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        if child.stdin is None or child.stdout is None:  # for the types: both are asked for two lines above
            return
        for name in object_names:
            child.stdin.write(name.encode() + b"\n")
            child.stdin.flush()
            header = child.stdout.readline().split()
            if len(header) != 3 or not header[2].isdigit():  # noqa: PLR2004 - "<name> <type> <size>", else "missing"
                yield Blob(name, 0, None)
                continue
            size_bytes = int(header[2])
            if size_bytes > max_bytes:
                head = b""
                for step in range(size_bytes + 1, 0, -1_048_576):
                    piece = child.stdout.read(min(step, 1_048_576))
                    head = head or piece[:_HEAD_BYTES]
                yield Blob(name, size_bytes, None, head)
                continue
            content = child.stdout.read(size_bytes)
            child.stdout.read(1)
            yield Blob(name, size_bytes, content)
        child.stdin.close()


def _refuse_options(revisions: tuple[str, ...]) -> None:
    if not revisions or revisions[0].startswith("-"):
        raise UsageError(f"{' '.join(revisions)!r} is no range of commits.", "Write it as A..B.")


def _changes(raw: bytes) -> list[Change]:
    """Read `--raw -z`: `:mode.. mode name.. name status NUL path NUL`, one colon for each parent, commits between."""
    changes = []
    fields = raw.split(b"\0")
    position = 0
    commit = ""
    while position < len(fields) - 1:
        header = fields[position].decode().lstrip("\n")
        parents = len(header) - len(header.lstrip(":"))
        if not parents:
            commit = header or commit
            position += 1
            continue
        columns = header[parents:].split(" ")
        path = fields[position + 1].decode(errors="surrogateescape")
        position += 2
        mode, object_name = columns[parents], columns[2 * parents + 1]
        if mode in _FILE_MODES and object_name.strip("0"):
            changes.append(Change(path, object_name, commit))
    return changes


def _program_with_options() -> list[str]:
    """Git with the settings that keep a checkout from running programs: a folder may look like a bare repository."""
    settings = (
        "core.quotepath=off",
        "safe.bareRepository=explicit",
        "core.fsmonitor=false",
    )
    return [_program(), *(part for setting in settings for part in ("-c", setting))]


def _program() -> str:
    """Git as an absolute path: a PATH with `.` or an empty entry would run the checkout's."""
    found = find_program("git", os.environ.get("PATH", os.defpath))
    if found is None:
        raise UsageError("There is no `git` on the PATH.", _INSTALL_REMEDY)
    return found


def _git(folder: pathlib.Path, *arguments: str) -> str | None:
    try:
        finished = subprocess.run(
            [*_program_with_options(), *arguments],
            cwd=folder,
            env=bare_environment(os.environ),
            capture_output=True,
            check=False,
            timeout=_QUICK_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, UsageError, subprocess.TimeoutExpired):
        return None
    return finished.stdout.decode(errors="replace").strip() or None if finished.returncode == 0 else None
