"""Which scripts a list of paths and globs names: each file once, in order, without what `!` excludes."""

from __future__ import annotations

import dataclasses
import fnmatch
import glob
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import Final

from k6ci.errors import SettingsError

_EXCLUDES: Final = "!"
_SHOWN: Final = 5


@dataclasses.dataclass(frozen=True)
class Selection:
    """The scripts, as their paths were given; `notes` lists scripts named twice, and exclusions without effect."""

    scripts: tuple[str, ...]
    notes: tuple[str, ...] = ()


def find_scripts(patterns: Sequence[str], folder: pathlib.Path, *, allow_empty: bool = False) -> Selection:
    """The scripts that paths and globs name, in their order; a pattern with `!` before it takes files out again.

    A file under several names (other spellings, links) is one script; the first name counts.

    Raises:
        SettingsError: a pattern that matches no file, unless `allow_empty`.
    """
    excluded: set[str] = set()
    notes: list[str] = []
    for pattern in (one[1:] for one in patterns if one.startswith(_EXCLUDES)):
        found = _below(_matches(pattern, folder), folder)
        excluded.update(found)
        if not found:
            notes.append(f"script: '{_EXCLUDES}{pattern}' excludes nothing: no file matches it.")
    scripts: dict[object, str] = {}
    again: list[str] = []
    for pattern in (one for one in patterns if not one.startswith(_EXCLUDES)):
        files = [match for match in _matches(pattern, folder) if _is_file(folder / match)]
        kept = [file for file in files if _absolute(file, folder) not in excluded]
        if not kept and not (allow_empty and glob.has_magic(pattern)):
            raise _no_match(pattern, folder, is_excluded=bool(files))
        for file in kept:
            first = scripts.setdefault(_identity(folder / file), file)
            if first != file:
                again.append(f"{file} is {first}")
    if again:
        more = f" and {len(again) - _SHOWN} more" if len(again) > _SHOWN else ""
        notes.append(f"script: the same file under several names runs once: {', '.join(again[:_SHOWN])}{more}.")
    return Selection(tuple(scripts.values()), tuple(notes))


def _no_match(pattern: str, folder: pathlib.Path, *, is_excluded: bool) -> SettingsError:
    what = "is a folder" if os.path.isdir(folder / pattern) else "matches no file"
    if is_excluded:
        what = "matches only files that other patterns exclude"
    return SettingsError(
        f"script: {pattern!r} {what} in {folder}.",
        "Give the path of a script, or a glob such as tests/*.js; allow-empty lets a glob match none.",
    )


def _identity(path: pathlib.Path) -> object:
    """What two names of one file have in common."""
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def _is_file(path: pathlib.Path) -> bool:
    return os.path.isfile(path)


def _absolute(path: str, folder: pathlib.Path) -> str:
    return os.path.abspath(folder / path)


def _below(matches: Sequence[str], folder: pathlib.Path) -> set[str]:
    """The files among the matches, and those in the folders among them."""
    found = {_absolute(match, folder) for match in matches if _is_file(folder / match)}
    for match in matches:
        for inner in _folders(folder / match) if (folder / match).is_dir() else ():
            found.update(os.path.abspath(entry.path) for entry in _entries(inner) if entry.is_file())
    return found


def _matches(pattern: str, folder: pathlib.Path) -> list[str]:
    """The paths that a pattern names; a file whose name looks like a glob is found by its name."""
    if _is_file(folder / pattern) or not glob.has_magic(pattern):
        return [pattern] if os.path.lexists(folder / pattern) else []
    start = pathlib.PurePath(pattern).anchor
    parts = pathlib.PurePath(pattern).parts[1 if start else 0 :]
    return sorted(set(_expanded(folder, pathlib.PurePath(start), parts)))


def _expanded(folder: pathlib.Path, base: pathlib.PurePath, parts: Sequence[str]) -> Iterator[str]:
    """As glob.glob, but each real folder is walked once: links to a folder above would make it endless."""
    if not parts:
        yield str(base)
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        for found in _folders(folder / base):
            inner = base / found.relative_to(folder / base)
            yield from _expanded(folder, inner, rest or ("*",))
    elif glob.has_magic(part):
        for entry in _entries(folder / base):
            is_hidden = entry.name.startswith(".") and not part.startswith(".")
            if not is_hidden and fnmatch.fnmatchcase(entry.name, part) and (not rest or entry.is_dir()):
                yield from _expanded(folder, base / entry.name, rest)
    elif os.path.lexists(folder / base / part):
        yield from _expanded(folder, base / part, rest)


def _folders(start: pathlib.Path) -> Iterator[pathlib.Path]:
    """A folder and all below it, hidden ones omitted; targets of links come last, and each folder once."""
    seen: set[object] = set()
    waiting, links = [start], list[pathlib.Path]()
    while waiting or links:
        path = waiting.pop() if waiting else links.pop(0)
        if (identity := _identity(path)) in seen:
            continue
        seen.add(identity)
        yield path
        for entry in _entries(path):
            if not entry.name.startswith(".") and entry.is_dir():
                (links if entry.is_symlink() else waiting).append(path / entry.name)


def _entries(path: pathlib.Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
