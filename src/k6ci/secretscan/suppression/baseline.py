"""Secrets that are known and left alone: our own baseline, and `.secrets.baseline` of detect-secrets.

Ours holds one line for each secret: a slow hash (scrypt, one salt for the file) and the path. Without line numbers or
dates, sorted by the hash, so lines of two branches merge. Theirs holds SHA-1 without salt: honoured, never written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from k6ci import files
from k6ci.errors import SettingsError, UsageError

OWN_NAME = ".k6ci-secrets.baseline"
UPSTREAM_NAME = ".secrets.baseline"
_HEADER = (
    "# Secrets that `k6ci scan` knows and leaves alone; written by `k6ci scan --update-baseline`.\n# scrypt-1 salt "
)
# 16 MiB and some 40 ms for each guess: a weak password in a committed baseline is not read off it.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
_KEY_DIGITS = 32


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
            keys.append(
                hashlib.scrypt(text, salt=self.salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=_KEY_DIGITS // 2).hex()
            )
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
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError as error:
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


def refuse_upstream(path: str) -> None:
    """Raise UsageError for a file that detect-secrets keeps: writing ours over it would take it from the others."""
    if os.path.isfile(path) and load(path).keyer.is_upstream:
        raise UsageError(f"{path} is a baseline of detect-secrets.", "Name another file; both are honoured.")


def save(path: str, salt: bytes, entries: Iterable[tuple[str, str]]) -> None:
    """Write a baseline of our own: sixteen sections by the first digit, so that entries of two branches seldom meet."""
    lines = sorted({f"{key} {_on_one_line(name)}" for name, key in entries if len(key) == _KEY_DIGITS})
    text = f"{_HEADER}{salt.hex()}\n"
    for digit in "0123456789abcdef":
        text += "".join(f"{line}\n" for line in [f"# {digit}", *(line for line in lines if line[0] == digit)])
    try:
        files.write_text(path, text.encode("utf-8", "surrogateescape"), root=files.checkout_root(".", {}), makes=False)
    except OSError as error:
        raise UsageError(f"The baseline {path} cannot be written: {error.strerror}.", "Name another file.") from error


def _on_one_line(name: str) -> str:
    return name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _as_it_was(name: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "r": "\r"}.get(match[1], match[1]), name)


def _own(text: str, path: str) -> Baseline:
    salt = b""
    entries = set()
    for line in text.split("\n"):
        if line.startswith("# scrypt-1 salt "):
            salt = _salt(line.rsplit(" ", 1)[1])
        elif line and not line.startswith(("#", "<<<", "===", ">>>")):
            key, _, name = line.partition(" ")
            entries.add((_as_it_was(name), key))
    if not salt:
        raise SettingsError(f"The baseline {path} has no salt.", "Make it anew with `k6ci scan --update-baseline`.")
    return Baseline(Keyer(salt=salt), frozenset(entries))


def _salt(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


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
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = "It has to be made by `k6ci scan --update-baseline` or `detect-secrets scan`."
        raise SettingsError(f"{path} is no baseline.", remedy) from error
    return Baseline(Keyer(is_upstream=True), frozenset(entries))


_PREFIX_HASHES = frozenset(
    hashlib.sha1(prefix.encode(), usedforsecurity=False).hexdigest()
    for prefix in ("ghp", "gho", "ghu", "ghs", "ghr", "glpat", "gldt", "glft", "glsoat", "glrt")
)
