"""Baselines, which list known findings: our own, and `.secrets.baseline` of detect-secrets.

Ours has one line per secret: a keyed hash of path and secret, and the path from the root of the repository.
Without salts, line numbers or dates, sorted by the hash, so lines of two branches merge. The older format (scrypt with
a salt for each file) is read, and `--update-baseline` converts it. Theirs holds SHA-1: honoured, never written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from k6ci import files
from k6ci.errors import SettingsError, UsageError
from k6ci.secretscan.inputs.texts import normalise
from k6ci.secretscan.suppression.upstream import NO_EXCLUSIONS, Exclusions, exclusions_of

OWN_NAME = ".k6ci-secrets.baseline"
UPSTREAM_NAME = ".secrets.baseline"
# What a finding that an exclude pattern of `.secrets.baseline` matches is known by.
EXCLUDED = "excluded"
_HEADER = "# Secrets that `k6ci scan` knows and leaves alone; written by `k6ci scan --update-baseline`.\n# blake2-2\n"
_SALT = "# scrypt-1 salt "
_PERSON = b"k6ci baseline 2"
_KEY_DIGITS, _OLD_KEY_DIGITS = 48, 32
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1


@dataclass(frozen=True, slots=True)
class Keyer:
    """Makes the keys under which baselines know a secret; can be sent to another process."""

    is_own: bool = False
    salts: tuple[bytes, ...] = ()
    is_upstream: bool = False
    exclusions: Exclusions = NO_EXCLUSIONS

    def __call__(self, path: str, secret: str, line: str = "") -> tuple[str, ...]:
        """The keys of one secret in one file; the slow ones only while a baseline of the old format is in use."""
        keys: list[str] = []
        text = f"{path}\0{secret}".encode("utf-8", "surrogatepass")
        if self.is_own:
            keys.append(hashlib.blake2b(text, digest_size=_KEY_DIGITS // 2, person=_PERSON).hexdigest())
        if self.is_upstream:
            raw = secret.encode("utf-8", "surrogatepass")
            keys.append(hashlib.sha1(raw, usedforsecurity=False).hexdigest())
        if self.exclusions.match(path, secret, line):
            keys.append(EXCLUDED)
        size = _OLD_KEY_DIGITS // 2
        keys += [
            hashlib.scrypt(text, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=size).hex() for salt in self.salts
        ]
        return tuple(keys)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known: `entries` are pairs of path and key."""

    keyer: Keyer
    entries: frozenset[tuple[str, str]]

    def knows(self, path: str, keys: Iterable[str]) -> bool:
        """True when one of the keys is known for this very path."""
        return any(key == EXCLUDED or (path, key) in self.entries for key in keys)


NOTHING = Baseline(Keyer(), frozenset())


def load(path: str) -> Baseline:
    """The baseline in a file of either kind, in UTF-8 or UTF-16, with a byte order mark or without.

    Raises:
        SettingsError: the file cannot be read, or is neither.
    """
    try:
        with open(path, "rb") as file:
            text = normalise(file.read()).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise SettingsError(
            f"The baseline {path} cannot be read.", "Name another file with --baseline, or create it again."
        ) from error
    if not text.strip():
        raise SettingsError(f"The baseline {path} is empty.", "Create it with `k6ci scan --all --update-baseline`.")
    return _own(text, path) if text.startswith("#") else _upstream(text, path)


def default_baseline(directory: str) -> Baseline:
    """What the folder has of both kinds; both count."""
    names = [os.path.join(directory, name) for name in (OWN_NAME, UPSTREAM_NAME)]
    found = [name for name in names if os.path.isfile(name)]
    # An empty file beside a full one is one that is about to be written.
    return joined(load(name) for name in found if os.path.getsize(name) or len(found) == 1)


def joined(baselines: Iterable[Baseline]) -> Baseline:
    """Several baselines as one."""
    found = list(baselines)
    keyers = [one.keyer for one in found]
    keyer = Keyer(
        is_own=any(one.is_own for one in keyers),
        salts=tuple(dict.fromkeys(salt for one in keyers for salt in one.salts)),
        is_upstream=any(one.is_upstream for one in keyers),
        exclusions=next((one.exclusions for one in keyers if one.is_upstream), NO_EXCLUSIONS),
    )
    return Baseline(keyer, frozenset().union(*(one.entries for one in found)))


def refuse_upstream(path: str) -> None:
    """Raise UsageError for a file that detect-secrets keeps: writing ours over it would take it from the others."""
    if os.path.isfile(path) and os.path.getsize(path) and load(path).keyer.is_upstream:
        raise UsageError(f"{path} is a baseline of detect-secrets.", "Name another file; both are honoured.")


def save(path: str, entries: Iterable[tuple[str, str]], salts: Iterable[bytes] = ()) -> None:
    """Write a baseline of our own: sixteen sections by the first digit, so that entries of two branches seldom meet.

    `salts` are those of entries in the old format that are kept, because their files were not scanned.
    """
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


def _own(text: str, path: str) -> Baseline:
    salts: list[bytes] = []
    entries = set()
    is_own = False
    for line in text.split("\n"):
        is_own = is_own or line.startswith("# blake2-2")
        if line.startswith(_SALT):
            salts += _salt(line.removeprefix(_SALT))
        elif line and not line.startswith(("#", "<<<", "===", ">>>")):
            key, _, name = line.partition(" ")
            entries.add((_as_it_was(name), key))
    if not salts and not is_own:
        remedy = "Create it again with `k6ci scan --update-baseline`."
        raise SettingsError(f"The baseline {path} has an unknown format.", remedy)
    return Baseline(Keyer(is_own=is_own, salts=tuple(dict.fromkeys(salts))), frozenset(entries))


def _salt(text: str) -> list[bytes]:
    try:
        return [bytes.fromhex(text)]
    except ValueError:
        return []


def _upstream(text: str, path: str) -> Baseline:
    try:
        document = json.loads(text)
        entries = {
            # Written on Windows, paths have its separator.
            (name.replace("\\", "/"), str(secret["hashed_secret"]))
            for name, found in document["results"].items()
            for secret in found
            # NOTE: upstream's hash of a GitHub or GitLab token is that of its prefix, which stands for all of them.
            if secret["hashed_secret"] not in _PREFIX_HASHES
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = "Create it with `k6ci scan --update-baseline` or `detect-secrets scan`."
        raise SettingsError(f"{path} is not a baseline.", remedy) from error
    return Baseline(Keyer(is_upstream=True, exclusions=exclusions_of(document, path)), frozenset(entries))


_PREFIX_HASHES = frozenset(
    hashlib.sha1(prefix.encode(), usedforsecurity=False).hexdigest()
    for prefix in ("ghp", "gho", "ghu", "ghs", "ghr", "glpat", "gldt", "glft", "glsoat", "glrt")
)
