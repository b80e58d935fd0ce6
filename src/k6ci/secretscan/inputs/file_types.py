"""What kind of text a file holds, from its name: in code a value needs quotes, in configuration it needs none."""

from __future__ import annotations

import enum
import os
import re

from k6ci.secretscan.data import sections

_TYPES = {
    section: {key: frozenset(words.split()) for key, words in lists.items()}
    for section, lists in sections(__file__, "file_types.ini").items()
}
_FORMATS, _DATA = _TYPES["formats"], _TYPES["data"]
_SHEBANG = re.compile(r"#! ?\S{0,60}?(?:/env )?\S{0,60}?\b(?:ba|z|k|da|a)?sh\b")
# Texts for people, in their languages: `locales/de.yml`, `messages_fr.properties`, `strings.xml`.
_LANGUAGE = r"(?P<language>[a-z]{2,4})(?:[-_][a-z]{2,4})?"
_LABELS = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|lang|langs|languages?|translations?)/|(?:^|/)strings(?:[-_.]\w{1,10})?\.xml$"
    r"|(?:^|/)(?:messages|labels|strings|translations?)\.(?:properties|json|ya?ml|js|ts|php)$"
    r"|\.(?:resx|strings|arb|ftl|xlf|xliff)$"
)
_OF_LANGUAGE = re.compile(
    rf"(?:(?:^|[/.])(?![^/]*\.properties$)|(?:^|/)(?:messages|labels|strings|translations?)[-_.]){_LANGUAGE}"
    r"\.(?:properties|json|ya?ml|ftl|arb|js|ts|php)$"
)
_LABELS_BELOW = re.compile(rf"['\"]?{_LANGUAGE}['\"]?:[ \t]*$")
_INTERFACE = re.compile(r"(?m)^\s{0,4}[\"']?(?:openapi|swagger|asyncapi)[\"']?\s?: ?[\"']?[0-9]")
_LARGE_BYTES = 5_000_000
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

    CODE = "code"
    CONFIG = "config"
    SHELL = "shell"
    PROSE = "prose"
    MARKUP = "markup"
    LABELS = "labels"
    EXPRESSIONS = "expressions"


_KINDS = {suffix: FileKind(kind) for kind, suffixes in _TYPES["kinds"].items() for suffix in suffixes}


def suffix_of(path: str) -> str:
    """The suffix in lower case without its dot; for names without one (Jenkinsfile, .envrc) the name."""
    name = os.path.basename(path).lower()
    if name.startswith(("dockerfile", "containerfile", "jenkinsfile", "makefile")):
        return name.split(".", 1)[0]
    return name.rsplit(".", 1)[-1]


def file_kind(path: str, text: str = "") -> FileKind:
    """The kind of a file, CONFIG when the name has no known suffix; `text` shows translations and shebang lines."""
    shown = path.lower()[-300:]
    if _LABELS.search(shown) or _is_language(_OF_LANGUAGE.search(shown)):
        return FileKind.LABELS
    suffix = suffix_of(path)
    if suffix in _KINDS:
        return _KINDS[suffix]
    if _SHEBANG.match(text):
        return FileKind.SHELL
    first = next((line for line in text[:2_000].split("\n") if line.strip("- \t") and line.lstrip()[:1] != "#"), "")
    # A description of an interface is made of names and examples.
    is_interface = suffix in {"yaml", "yml", "json"} and _INTERFACE.search(text[:2_000])
    return FileKind.LABELS if is_interface or _is_language(_LABELS_BELOW.match(first.lower())) else FileKind.CONFIG


def _is_language(match: re.Match[str] | None) -> bool:
    return match is not None and match["language"] in _TYPES["labels"]["languages"]


def profile_of(path: str, size_bytes: int = 0) -> Profile:
    """The profile of a file: SHAPES for lock files, checksums, source maps and large texts."""
    name = os.path.basename(path).lower()
    if suffix_of(path) in _FORMATS["table"]:
        return Profile.TABLE
    is_data = name in _DATA["names"] or suffix_of(path) in _DATA["suffixes"] or name.endswith(_DATA_ENDINGS)
    return Profile.SHAPES if is_data or size_bytes > _LARGE_BYTES else Profile.ALL


def is_structured(path: str) -> bool:
    """True for files that are YAML or JSON by their name; k6's own configuration is `config.json`."""
    return suffix_of(path) in _FORMATS["yaml"] or is_json(path)


def is_json(path: str) -> bool:
    """True for files that are JSON by their name."""
    return suffix_of(path) in _FORMATS["json"]
