"""Paths relative to the root of the repository, as in reports and baselines, and exclude patterns."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from k6ci import files
from k6ci.errors import SettingsError
from k6ci.secretscan.patterns import Pattern

_CONFIGURATION = "k6ci.toml"
_LARGEST = 65_536
# What keeps a path from being the one from the root as it is: it is absolute, or has `.`, `..` or an empty part.
_TO_RESOLVE = Pattern(r"^.?:|(?:^|/)[./]", example="./a")
_WILDCARDS = {"**/": "(?:[^/]+/){0,99}", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_PARTS = Pattern(r"\\.|\*\*/|\*\*|\*|\?|\[[^\]/]+\]|[^*?\[\\]+|[\[\\]", example="**/")


def repository_root(folder: str) -> str:
    """The folder at or above this one that holds `.git`; the folder itself when there is none."""
    start = at = os.path.abspath(folder)
    while not os.path.exists(os.path.join(at, ".git")):
        below, at = at, os.path.dirname(at)
        if at == below:
            return start
    return at


class Paths:
    """Makes paths relative to the root of a repository, and applies exclude patterns; `prefix` leads to the root."""

    def __init__(self, root: str, excluded: Sequence[str] = ()) -> None:
        self.root = root
        self._is_at_root = os.path.abspath(".") == root
        self.prefix = "" if self._is_at_root else os.path.join(root, "")
        self._excluded = tuple((re.compile(_regex(each.removeprefix("!"))), each[:1] != "!") for each in excluded)
        self.excluded_files = 0

    def shown(self, name: str) -> str:
        """A path of the working tree, from the root and with slashes; as it is when it lies outside."""
        if os.sep != "/":
            name = name.replace(os.sep, "/")
        if self._is_at_root and not _TO_RESOLVE.finds(name):
            return name
        path = os.path.relpath(os.path.abspath(name), self.root)
        return name if path.startswith("..") else path.replace(os.sep, "/")

    def is_scanned(self, path: str) -> bool:
        """False for a path (from the root) that the last matching pattern excludes; those are counted."""
        if [is_excluded for pattern, is_excluded in self._excluded if pattern.search(path)][-1:] == [True]:
            self.excluded_files += 1
            return False
        return True


def read_patterns(given: Iterable[str], root: str) -> list[str]:
    """The patterns of the command line, and those under `exclude` in k6ci.toml.

    Raises:
        SettingsError: the file is no TOML, or `exclude` is no list of texts.
    """
    path = os.path.join(root, _CONFIGURATION)
    if not os.path.isfile(path):
        return list(given)
    import tomllib  # noqa: PLC0415 - where there is such a file

    try:
        content = files.read_bytes(path, root=root, max_bytes=_LARGEST)
        found = tomllib.loads(content.decode("utf-8-sig")).get("exclude", [])
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"{_CONFIGURATION} cannot be read: {error}.", "Correct it, and try again.") from error
    patterns = [found] if isinstance(found, str) else found
    if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
        remedy = 'Write `exclude = ["tests/**"]`.'
        raise SettingsError(f"`exclude` in {_CONFIGURATION} is not a list of patterns.", remedy)
    return [*given, *(line.strip() for one in patterns for line in one.splitlines() if line.strip())]


def _regex(pattern: str) -> str:
    """A pattern of .gitignore's kind: `*.snap` anywhere, `docs/` a folder, `/a/b.txt` from the root, `**` any depth."""
    body = pattern.removesuffix("/").removeprefix("./")
    made = "".join(map(_part, _PARTS.findall(body.removeprefix("/"))))
    return rf"{'^' if '/' in body else '(?:^|/)'}{made}(?:$|/)"


def _part(part: str) -> str:
    is_set = part.startswith("[") and part.endswith("]")
    if part[0] == "\\":
        return re.escape(part[1:] or part)
    return _WILDCARDS.get(part) or (part.replace("[!", "[^") if is_set else re.escape(part))
