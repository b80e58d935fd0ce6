"""Baselines, which list known findings: our own, and `.secrets.baseline` of detect-secrets.

Ours has one line per secret: a keyed hash of path and secret, and the path from the root of the repository.
Without salts, line numbers or dates, sorted by the hash, so lines of two branches merge. The older format (scrypt with
a salt for each file) is read, and `--update-baseline` converts it. Theirs holds SHA-1: honoured, never written.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from k6ci import files
from k6ci.errors import SettingsError, UsageError
from k6ci.secretscan.inputs.texts import normalise
from k6ci.secretscan.suppression.paths import Paths, repository_root
from k6ci.secretscan.suppression.upstream import Exclusions, is_excluded, read_upstream

# What a finding that an exclude pattern of `.secrets.baseline` matches is known by.
EXCLUDED = "excluded"
_HEADER = "# Secrets that `k6ci scan` knows and leaves alone; written by `k6ci scan --update-baseline`.\n# blake2-2\n"
_SALT = "# scrypt-1 salt "
_PERSON = b"k6ci baseline 2"
_KEY_DIGITS, _OLD_KEY_DIGITS = 48, 32
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": _OLD_KEY_DIGITS // 2}


class Baseline(NamedTuple):
    """What is known: `entries` are pairs of path and key; the rest says which keys a secret has."""

    entries: frozenset[tuple[str, str]] = frozenset()
    salts: tuple[bytes, ...] = ()
    is_upstream: bool = False
    exclusions: Exclusions = frozenset()

    def keys_of(self, path: str, secret: str, line: str = "") -> tuple[str, ...]:
        """The keys of one secret in one file, our own first; the slow ones only for a baseline of the old format."""
        raw, text = (each.encode("utf-8", "surrogatepass") for each in (secret, f"{path}\0{secret}"))
        keys = [hashlib.blake2b(text, digest_size=_KEY_DIGITS // 2, person=_PERSON).hexdigest()]
        if self.is_upstream:
            keys.append(hashlib.sha1(raw, usedforsecurity=False).hexdigest())
        if is_excluded(self.exclusions, path, secret, line):
            keys.append(EXCLUDED)
        return (*keys, *(hashlib.scrypt(text, salt=salt, **_SCRYPT).hex() for salt in self.salts))

    def knows(self, path: str, keys: Iterable[str]) -> bool:
        """True when one of the keys is known for this very path."""
        return any(key == EXCLUDED or (path, key) in self.entries for key in keys)


def load(path: str) -> Baseline:
    """The baseline in a file of either kind, in UTF-8 or UTF-16, with a byte order mark or without.

    Raises:
        SettingsError: the file cannot be read, or is neither.
    """
    try:
        with open(path, "rb") as file:
            text = normalise(file.read()).decode("utf-8", "surrogateescape")
    except OSError as error:
        remedy = "Name another file with --baseline, or create it again."
        raise SettingsError(f"The baseline {path} cannot be read.", remedy) from error
    if not text.startswith("#"):
        entries, exclusions = read_upstream(text, path)
        folder = os.path.dirname(os.path.abspath(path))
        below = Paths(repository_root(folder))
        # Its paths are those from the folder in which it was made.
        entries |= {(below.shown(os.path.join(folder, name)), key) for name, key in entries}
        return Baseline(entries, is_upstream=True, exclusions=exclusions)
    salts = dict.fromkeys(map(bytes.fromhex, re.findall(rf"(?m)^{_SALT}((?:[0-9a-f]{{2}})+)$", text)))
    if not salts and not re.search(r"(?m)^# blake2-2", text):
        remedy = "Create it again with `k6ci scan --update-baseline`."
        raise SettingsError(f"The baseline {path} has an unknown format.", remedy)
    lines = re.findall(r"(?m)^([0-9a-f]{32}|[0-9a-f]{48}) (.+)$", text)
    return Baseline(frozenset((_as_it_was(name), key) for key, name in lines), tuple(salts))


def load_all(paths: Iterable[str], *, is_updated: bool) -> Baseline:
    """Several baselines as one. An empty file is about to be written when it is updated, or beside a filled one."""
    paths = list(paths)
    filled = [path for path in paths if os.path.exists(path) and os.path.getsize(path)]
    found = [load(path) for path in (filled if filled or is_updated else paths)]
    return Baseline(
        frozenset().union(*(one.entries for one in found)),
        salts=tuple(dict.fromkeys(salt for one in found for salt in one.salts)),
        is_upstream=any(one.is_upstream for one in found),
        exclusions=frozenset().union(*(one.exclusions for one in found)),
    )


def save(path: str, entries: Iterable[tuple[str, str]], salts: Iterable[bytes] = ()) -> None:
    """Write a baseline of our own: sixteen sections by the first digit, so that entries of two branches seldom meet.

    `salts` are those of entries in the old format that are kept, because their files were not scanned.

    Raises:
        UsageError: the file cannot be written, or detect-secrets keeps it.
    """
    if os.path.isfile(path) and os.path.getsize(path) and load(path).is_upstream:
        raise UsageError(f"{path} is a baseline of detect-secrets.", "Name another file; both are honoured.")
    kept = [(name, key) for name, key in entries if len(key) in {_KEY_DIGITS, _OLD_KEY_DIGITS}]
    is_old = any(len(key) == _OLD_KEY_DIGITS for _, key in kept)
    lines = sorted({f"{key} {_on_one_line(name)}" for name, key in kept})
    text = _HEADER + "".join(f"{_SALT}{salt.hex()}\n" for salt in (salts if is_old else ()))
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
