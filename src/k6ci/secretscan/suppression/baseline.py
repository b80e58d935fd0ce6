"""Baselines, which list known findings: our own, and `.secrets.baseline` of detect-secrets.

Ours has one line per secret: a keyed hash of path and secret, and the path from the root of the repository.
Without salts, line numbers or dates, sorted by the hash, so lines of two branches merge. The older format (scrypt with
a salt for each file) is read, and `--update-baseline` converts it. Theirs holds SHA-1: honoured, never written.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from k6ci import files
from k6ci.errors import SettingsError, UsageError
from k6ci.secretscan.inputs.texts import normalise
from k6ci.secretscan.suppression.paths import Paths, repository_root

# What a finding that an exclude pattern of `.secrets.baseline` matches is known by.
_EXCLUDED = "excluded"
_HEADER = "# Secrets that `k6ci scan` knows and leaves alone; written by `k6ci scan --update-baseline`.\n# blake2-2\n"
_SALT = "# scrypt-1 salt "
_PERSON = b"k6ci baseline 2"
_KEY_DIGITS, _OLD_KEY_DIGITS = 48, 32
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": _OLD_KEY_DIGITS // 2}
# The filters of detect-secrets, and what their patterns are about.
_KINDS = {f"detect_secrets.filters.regex.should_exclude_{kind}": f"{kind}s" for kind in ("file", "line", "secret")}
_LONGEST_LINE = 4_000
# NOTE: its hash of a GitHub or GitLab token is that of the prefix, which stands for all of them.
_PREFIX_HASHES = frozenset(
    hashlib.sha1(prefix.encode(), usedforsecurity=False).hexdigest()
    for prefix in ("ghp", "gho", "ghu", "ghs", "ghr", "glpat", "gldt", "glft", "glsoat", "glrt")
)


class Baseline(NamedTuple):
    """What is known: `entries` are pairs of path and key; the rest says which keys a secret has.

    `exclusions` are pairs of `files`, `lines` or `secrets` and a pattern of the path, the line or the value.
    """

    entries: frozenset[tuple[str, str]] = frozenset()
    salts: frozenset[bytes] = frozenset()
    is_upstream: bool = False
    exclusions: frozenset[tuple[str, re.Pattern[str]]] = frozenset()

    def keys_of(self, path: str, secret: str, line: str = "") -> tuple[str, ...]:
        """The keys of one secret in one file, our own first; the slow ones only for a baseline of the old format."""
        raw, text = (each.encode("utf-8", "surrogatepass") for each in (secret, f"{path}\0{secret}"))
        keys = [hashlib.blake2b(text, digest_size=_KEY_DIGITS // 2, person=_PERSON).hexdigest()]
        if self.is_upstream:
            keys.append(hashlib.sha1(raw, usedforsecurity=False).hexdigest())
        texts = {"files": path, "lines": line[:_LONGEST_LINE], "secrets": secret}
        if any(pattern.search(texts[kind]) for kind, pattern in self.exclusions):
            keys.append(_EXCLUDED)
        return (*keys, *(hashlib.scrypt(text, salt=salt, **_SCRYPT).hex() for salt in self.salts))

    def knows(self, path: str, keys: Iterable[str]) -> bool:
        """True when one of the keys is known for this very path."""
        return any(key == _EXCLUDED or (path, key) in self.entries for key in keys)


def load(path: str) -> Baseline:
    """The baseline in a file of either kind, in UTF-8 or UTF-16, with a byte order mark or without.

    Raises:
        SettingsError: the file cannot be read, is neither, or has a filter that only detect-secrets can run.
    """
    try:
        with open(path, "rb") as file:
            text = normalise(file.read()).decode("utf-8", "surrogateescape")
    except OSError as error:
        remedy = "Name another file with --baseline, or create it again."
        raise SettingsError(f"The baseline {path} cannot be read.", remedy) from error
    if not text.startswith("#"):
        return _read_upstream(text, path)
    salts = frozenset(map(bytes.fromhex, re.findall(rf"(?m)^{_SALT}((?:[0-9a-f]{{2}})+)$", text)))
    if not salts and not re.search(r"(?m)^# blake2-2", text):
        remedy = "Create it again with `k6ci scan --update-baseline`."
        raise SettingsError(f"The baseline {path} has an unknown format.", remedy)
    lines = re.findall(r"(?m)^([0-9a-f]{32}|[0-9a-f]{48}) (.+)$", text)
    return Baseline(frozenset((_as_it_was(name), key) for key, name in lines), salts)


def _read_upstream(text: str, path: str) -> Baseline:
    import json  # noqa: PLC0415 - for those who come from detect-secrets

    try:
        document = json.loads(text)
        entries = frozenset(
            # Written on Windows, paths have its separator.
            (name.replace("\\", "/"), str(secret["hashed_secret"]))
            for name, found in document["results"].items()
            for secret in found
            if secret["hashed_secret"] not in _PREFIX_HASHES
        )
        exclusions = frozenset((kind, re.compile(pattern)) for kind, pattern in _exclusions(document, path))
    except re.error as error:
        cause = f"{path} has an exclude pattern that is not a regular expression: {error.pattern!r} ({error})."
        raise SettingsError(cause, "Correct it, and scan again.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = "Create it with `k6ci scan --update-baseline` or `detect-secrets scan`."
        raise SettingsError(f"{path} is empty, or is not a baseline.", remedy) from error
    folder = os.path.dirname(os.path.abspath(path))
    below = Paths(repository_root(folder))
    # Its paths are those from the folder in which it was made.
    entries |= {(below.shown(os.path.join(folder, name)), key) for name, key in entries}
    return Baseline(entries, is_upstream=True, exclusions=exclusions)


def _exclusions(document: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    """The patterns of version 1 (`filters_used`), or of an older one (`exclude`)."""
    for kind, pattern in (document.get("exclude") or {}).items():
        if kind in _KINDS.values() and pattern:
            yield kind, str(pattern)
    for used in document.get("filters_used") or ():
        name = str(used.get("path", ""))
        if name.startswith("file://") or "wordlist" in name:
            remedy = "Remove the filter from the baseline, or list the findings with `k6ci scan --update-baseline`."
            raise SettingsError(f"{path} uses a filter that only detect-secrets can run: {name}.", remedy)
        patterns = used.get("pattern") or () if name in _KINDS else ()
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            yield _KINDS[name], str(pattern)


def load_all(paths: Iterable[str], *, is_updated: bool) -> Baseline:
    """Several baselines as one. An empty file is about to be written when it is updated, or beside a filled one."""
    paths = list(paths)
    filled = [path for path in paths if os.path.exists(path) and os.path.getsize(path)]
    entries, salts, is_upstream, exclusions = Baseline()
    for one in map(load, filled if filled or is_updated else paths):
        entries, salts = entries | one.entries, salts | one.salts
        is_upstream, exclusions = is_upstream or one.is_upstream, exclusions | one.exclusions
    return Baseline(entries, salts, is_upstream, exclusions)


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
    text = _HEADER + "".join(f"{_SALT}{salt.hex()}\n" for salt in (sorted(salts) if is_old else ()))
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
