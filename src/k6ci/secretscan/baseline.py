"""Secrets that are known and left alone: our own baseline, and `.secrets.baseline` of detect-secrets.

Ours holds one line for each secret: a slow hash (scrypt, one salt for the file) and the path. Without line numbers or
dates, sorted by the hash, so lines of two branches merge. Theirs holds SHA-1 without salt: honoured, never written.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from k6ci.errors import SettingsError

OWN_NAME = ".k6ci-secrets.baseline"
UPSTREAM_NAME = ".secrets.baseline"
_HEADER = (
    "# Secrets that `k6ci scan` knows and leaves alone; written by `k6ci scan --update-baseline`.\n# scrypt-1 salt "
)
# 16 MiB and some 40 ms for each guess: a weak password in a committed baseline is not read off it.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1


@dataclass(frozen=True, slots=True)
class Keyer:
    """Makes the keys under which baselines know a secret; can be sent to another process."""

    salt: bytes = b""
    is_upstream: bool = False

    def __call__(self, path: str, secret: str) -> tuple[str, ...]:
        """The keys of one secret in one file; the slow one only when a baseline of ours is in use."""
        keys: list[str] = []
        if self.is_upstream:
            keys.append(hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest())
        if self.salt:
            text = f"{path}\0{secret}".encode("utf-8", "surrogatepass")
            keys.append(hashlib.scrypt(text, salt=self.salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=16).hex())
        return tuple(keys)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known: `entries` are pairs of path and key."""

    keyer: Keyer
    entries: frozenset[tuple[str, str]]

    def knows(self, path: str, keys: Iterable[str]) -> bool:
        """True when one of the keys is known for this very path."""
        return any((path, key) in self.entries for key in keys)


NOTHING = Baseline(Keyer(), frozenset())


def load(path: str) -> Baseline:
    """The baseline in a file of either kind.

    Raises:
        SettingsError: the file cannot be read, or is neither.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The baseline {path} cannot be read.", "Name another with --baseline, or make it anew."
        ) from error
    return _own(text, path) if text.startswith("#") else _upstream(text, path)


def default_baseline(directory: str) -> Baseline:
    """What the folder has of both kinds; both count."""
    found = [load(name) for name in _default_names(directory) if os.path.isfile(name)]
    if not found:
        return NOTHING
    salt = next((one.keyer.salt for one in found if one.keyer.salt), b"")
    is_upstream = any(one.keyer.is_upstream for one in found)
    return Baseline(Keyer(salt, is_upstream), frozenset().union(*(one.entries for one in found)))


def _default_names(directory: str) -> list[str]:
    return [os.path.join(directory, name) for name in (OWN_NAME, UPSTREAM_NAME)]


def new_keyer() -> Keyer:
    """For a baseline that does not exist yet."""
    return Keyer(salt=secrets.token_bytes(16))


def save(path: str, salt: bytes, entries: Iterable[tuple[str, str]]) -> None:
    """Write a baseline of our own; a secret that is gone from the entries is gone from the file."""
    lines = sorted(f"{key} {name}" for name, key in entries if len(key) == 32)  # noqa: PLR2004 - ours, not SHA-1
    text = "\n".join([f"{_HEADER}{salt.hex()}", *lines]) + "\n"
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


def _own(text: str, path: str) -> Baseline:
    salt = b""
    entries = set()
    for line in text.splitlines():
        if line.startswith("# scrypt-1 salt "):
            salt = bytes.fromhex(line.rsplit(" ", 1)[1])
        elif line and not line.startswith(("#", "<<<", "===", ">>>")):
            key, _, name = line.partition(" ")
            entries.add((name, key))
    if not salt:
        raise SettingsError(f"The baseline {path} has no salt.", "Make it anew with `k6ci scan --update-baseline`.")
    return Baseline(Keyer(salt=salt), frozenset(entries))


def _upstream(text: str, path: str) -> Baseline:
    try:
        results = json.loads(text)["results"]
        entries = {
            (name, str(secret["hashed_secret"]))
            for name, found in results.items()
            for secret in found
            # NOTE: upstream's hash of a GitHub or GitLab token is that of its prefix, which stands for all of them.
            if secret["hashed_secret"] not in _PREFIX_HASHES
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = "It has to be made by `k6ci scan --update-baseline` or `detect-secrets scan`."
        raise SettingsError(f"{path} is no baseline.", remedy) from error
    return Baseline(Keyer(is_upstream=True), frozenset(entries))


_PREFIX_HASHES = frozenset(
    hashlib.sha1(prefix.encode(), usedforsecurity=False).hexdigest()
    for prefix in ("ghp", "gho", "ghu", "ghs", "ghr", "glpat", "gldt", "glft", "glsoat", "glrt")
)
