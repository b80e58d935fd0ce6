"""What kind of text a file holds, from its name: in code a value needs quotes, in configuration it needs none."""

from __future__ import annotations

import enum
import os
from functools import lru_cache

from k6ci.secretscan.data import sections
from k6ci.secretscan.patterns import Pattern

_TYPES = {
    section: {key: frozenset(words.split()) for key, words in lists.items()}
    for section, lists in sections(__file__, "file_types.ini").items()
}
_FORMATS, _DATA = _TYPES["formats"], _TYPES["data"]
_LABELS = _TYPES["labels"]
_SHEBANG = Pattern(r"#! ?\S{0,60}?(?:/env )?\S{0,60}?\b(?:ba|z|k|da|a)?sh\b", example="#!/bin/bash")
_INTERFACE = Pattern(
    r"(?m)^\s{0,4}[\"']?(?:openapi|swagger|asyncapi)[\"']?\s?: ?[\"']?[0-9]", example='openapi: "3.0.0"'
)
_INTERFACES = ("openapi", "swagger", "asyncapi")
_LARGE_BYTES = 5_000_000
# The first words of baselines: those of detect-secrets, and ours with its header or without.
_BASELINE_HEADS = (b"{", b"# Secrets that `k6ci scan` knows", b"# blake2-2\n", b"# scrypt-1 salt ")
_DATA_ENDINGS = (".min.js", ".min.css", ".lock.json")


class Profile(enum.Enum):
    """Which rules apply to a file: all, those for secrets with a format of their own, or these and table columns."""

    ALL = "all"
    SHAPES = "shapes"
    TABLE = "table"


class FileKind(enum.Enum):
    """CODE wants quotes around values, CONFIG and SHELL do not; PROSE and MARKUP have both; LABELS are for people.

    EXPRESSIONS are configuration whose values are quoted, or computed: Terraform.
    """

    __hash__ = object.__hash__  # as in names.py
    CODE = "code"
    CONFIG = "config"
    SHELL = "shell"
    PROSE = "prose"
    MARKUP = "markup"
    LABELS = "labels"
    EXPRESSIONS = "expressions"


_KINDS = {suffix: FileKind(kind) for kind, suffixes in _TYPES["kinds"].items() for suffix in suffixes}


@lru_cache(maxsize=8)
def suffix_of(path: str) -> str:
    """The suffix in lower case without its dot; for names without one (Jenkinsfile, .envrc) the name."""
    name = os.path.basename(path).lower()
    if name.startswith(("dockerfile", "containerfile", "jenkinsfile", "makefile")):
        return name.split(".", 1)[0]
    return name.rsplit(".", 1)[-1]


def file_kind(path: str, text: str = "") -> FileKind:
    """The kind of a file, CONFIG when the name has no known suffix; `text` shows translations and shebang lines."""
    if _is_for_people(path):
        return FileKind.LABELS
    suffix = suffix_of(path)
    if suffix in _KINDS and os.path.basename(path) != "config":  # `.kube/config`, beside `web.config`
        return _KINDS[suffix]
    if text.startswith("#!") and _SHEBANG.begins(text):
        return FileKind.SHELL
    head = text[:2_000]
    first = next((line.rstrip() for line in head.split("\n") if line.strip("- \t") and line.lstrip()[:1] != "#"), "")
    if first.endswith(":") and _is_language(first[:-1].strip("\"'").lower()):
        return FileKind.LABELS
    # A description of an interface is made of names and examples.
    has_interface = suffix in {"yaml", "yml", "json"} and any(word in head for word in _INTERFACES)
    return FileKind.LABELS if has_interface and _INTERFACE.finds(head) else FileKind.CONFIG


def _is_for_people(path: str) -> bool:
    """True for texts in the languages of people: `locales/de.yml`, `messages_fr.properties`, `strings.xml`."""
    *folders, name = path.lower()[-300:].split("/")
    stem, dot, suffix = name.rpartition(".")
    if not _LABELS["folders"].isdisjoint(folders) or (dot and suffix in _LABELS["suffixes"]):
        return True
    first, _, rest = stem.replace("-", "_").replace(".", "_").partition("_")
    if suffix == "xml":
        return first == "strings"
    if suffix not in _LABELS["formats"]:
        return False
    if first in _LABELS["names"] and (not rest or _is_language(rest)):
        return True
    is_of_country = suffix == "properties" or not _LABELS["settings"].isdisjoint(folders)
    return not is_of_country and _is_language(stem.rpartition(".")[2])


def _is_language(text: str) -> bool:
    """True for `de`, `pt-br` and the like."""
    language, _, region = text.replace("-", "_").partition("_")
    return language in _LABELS["languages"] and (not region or (region.isalpha() and 2 <= len(region) <= 4))  # noqa: PLR2004


def profile_of(path: str, content: bytes = b"") -> Profile:
    """The profile of a file: SHAPES for lock files, checksums, source maps, baselines and large texts."""
    name = os.path.basename(path).lower()
    if suffix_of(path) in _FORMATS["table"]:
        return Profile.TABLE
    is_data = name in _DATA["names"] or suffix_of(path) in _DATA["suffixes"] or name.endswith(_DATA_ENDINGS)
    is_baseline = name in _DATA["baselines"] and content.lstrip().startswith(_BASELINE_HEADS)
    return Profile.SHAPES if is_data or is_baseline or len(content) > _LARGE_BYTES else Profile.ALL


def has_format(path: str, *formats: str) -> bool:
    """True for files that are of one of the formats (`json`, `yaml`) by their name."""
    return any(suffix_of(path) in _FORMATS[each] for each in formats)
