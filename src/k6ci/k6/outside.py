"""Which files of an archive come from outside of the repository: a script may `open()` any file of this machine.

k6 stores absolute paths, in which it replaces the user of a home folder by `nobody` (lib/fsext at v1.1.0).
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from collections.abc import Iterable, Sequence
from typing import Final

_HOME: Final = re.compile(r"(?i)(?P<drive>/[a-z])?/(?P<parent>Users|home|Documents and Settings)/(?P<user>[^/]+)")
_DRIVE: Final = re.compile(r"/?([A-Za-z]):")
_NOBODY: Final = "nobody"

# Folders and files of credentials, which no load test needs.
_CREDENTIAL_FOLDERS: Final = (
    "/.ssh/",
    "/.gnupg/",
    "/.aws/",
    "/.azure/",
    "/.kube/",
    "/.docker/",
    "/.git/",
    "/.config/gcloud/",
    "/.config/gh/",
    "/.config/glab-cli/",
    "/.config/k6/",
    "/.config/loadimpact/",
    "/application support/k6/",
    "/application support/loadimpact/",
    "/run/secrets/",
    "/etc/ssl/private/",
    "/proc/",
)
_CREDENTIAL_NAMES: Final = frozenset(
    """
    .netrc _netrc .git-credentials .npmrc .pypirc .vault-token .pgpass .my.cnf .boto .s3cfg .terraformrc shadow gshadow
    id_rsa id_dsa id_ecdsa id_ed25519 credentials.tfrc.json application_default_credentials.json .credentials
    .credentials_rsaparams
    """.split()  # noqa: SIM905 -- words are read as words
)


@dataclasses.dataclass(frozen=True)
class Boundary:
    """The folder that counts as the repository, and which files outside of it may be uploaded.

    Args:
        root: the root of the checkout.
        folder: the working directory.
        allowed: globs of files outside that may be uploaded; relative ones begin at `folder`.
        config_files: k6's config files, which are never uploaded.
        home: the home folder of the user.
    """

    root: pathlib.Path
    folder: pathlib.Path
    allowed: Sequence[str] = ()
    config_files: Sequence[pathlib.Path] = ()
    home: pathlib.Path | None = None


@dataclasses.dataclass(frozen=True)
class Outside:
    """Files from outside of the repository: `forbidden` is never uploaded, `foreign` only if allow-files lists it."""

    forbidden: tuple[str, ...]
    foreign: tuple[str, ...]


def find_outside(files: Iterable[str], entry: str, boundary: Boundary) -> Outside:
    """The real paths of the files that come from outside of the repository.

    Args:
        files: absolute paths as the archive stores them (without the leading slash).
        entry: the script as the user named it; it may lie outside of the repository.
        boundary: the repository and the allowed files.
    """
    root = os.path.realpath(boundary.root)
    named = os.path.abspath(boundary.folder / entry)
    patterns = [_pattern(glob, boundary) for glob in boundary.allowed]
    forbidden: list[str] = []
    foreign: list[str] = []
    for name in dict.fromkeys(files):
        path = _original(name, boundary, named)
        real = os.path.realpath(path)
        if _is_forbidden(real, root, boundary.config_files):
            forbidden.append(real)
        elif _is_below(real, root) or (path == named and not _is_below(named, root)):
            continue
        elif not any(pattern.fullmatch(real) for pattern in patterns):
            foreign.append(real)
    return Outside(tuple(forbidden), tuple(foreign))


def _original(name: str, boundary: Boundary, named: str) -> str:
    """The path that k6 read, reconstructed from the name in the archive."""
    path = f"/{name}"
    homes = [_HOME.match(_slashed(str(base))) for base in (boundary.root, boundary.folder, named, boundary.home or "")]
    match = _HOME.match(path)
    if match and match["user"] == _NOBODY:
        candidates = [path[: match.start("user")] + home["user"] + path[match.end("user") :] for home in homes if home]
        existing = [candidate for candidate in candidates if os.path.lexists(candidate)]
        return (existing or candidates or [path])[0]
    return path


def _slashed(path: str) -> str:
    r"""A path as k6 normalises it: `C:\x` becomes `/C/x`."""
    return _DRIVE.sub(r"/\1", path.replace("\\", "/"), count=1) if os.name == "nt" else path


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _is_forbidden(real: str, root: str, config_files: Sequence[pathlib.Path]) -> bool:
    if any(_is_same(real, config) for config in config_files):
        return True
    if _is_below(real, root):  # committed files are known to whoever can read the repository; those of `.git` are not
        return "/.git/" in real[len(root) :]
    lowered = real.lower().replace(os.sep, "/")
    name = lowered.rpartition("/")[2]
    return name in _CREDENTIAL_NAMES or any(folder in lowered for folder in _CREDENTIAL_FOLDERS)


def _is_same(real: str, config: pathlib.Path) -> bool:
    if real == os.path.realpath(config):
        return True
    try:
        return os.path.samefile(real, config)  # a hard link
    except OSError:
        return False


def _pattern(glob: str, boundary: Boundary) -> re.Pattern[str]:
    """A glob as a regular expression for real paths: `*` and `?` do not match a slash, `**` does."""
    if glob.startswith("~/") and boundary.home is not None:
        glob = str(boundary.home / glob[2:])
    absolute = os.path.normpath(os.path.join(boundary.folder, glob))
    fixed = re.split(r"[*?]", absolute, maxsplit=1)[0]
    folder = fixed if fixed == absolute else os.path.dirname(fixed + "x")
    return re.compile(re.escape(os.path.realpath(folder)) + _translated(absolute[len(folder) :]))


def _translated(glob: str) -> str:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.sub(
        r"\*\*/|\*\*|\*|\?|[^*?]+", lambda match: parts.get(match[0]) or re.escape(match[0]), glob, flags=re.DOTALL
    )
