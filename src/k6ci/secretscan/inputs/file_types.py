"""What kind of text a file holds, from its name: in code a value needs quotes, in configuration it needs none."""

from __future__ import annotations

import enum
import os
import re

_CODE = frozenset(
    (
        "py pyi pyx js mjs cjs jsx ts mts cts tsx go java kt kts scala groovy gradle rb php rs swift c h cc cpp"
        " cxx hpp cs vb m mm dart lua pl pm r jl ex exs erl clj hs ml fs vue svelte sol coffee jenkinsfile d nim"
        " zig sql ino pyw ipynb proto graphql"
    ).split()
)
_SHELL = frozenset(
    (
        "sh bash zsh fish ksh csh ps1 psm1 bat cmd mk makefile gnumakefile justfile envrc dockerfile containerfile"
    ).split()
)
_PROSE = frozenset(("md markdown mdx rst adoc txt html htm org").split())
_EXPRESSIONS = frozenset({"tf", "tfvars", "hcl", "nomad", "tofu"})
_SHEBANG = re.compile(r"#! ?\S{0,60}?(?:/env )?\S{0,60}?\b(?:ba|z|k|da|a)?sh\b")
_MARKUP = frozenset(("xml csproj config plist resx pom xaml jsp wsdl").split())
# Full of digests: guesses would be wrong, secrets with a form of their own are found all the same.
_DATA = frozenset(
    (
        "lock sum svg map css scss less po pot mo ico snap min.js dectest ipynb_checkpoints geojson srt"
        " vtt pcap ttf woff tsbuildinfo md5 sha1 sha256 sha512 md5sums sha256sums sha1sums sha512sums"
    ).split()
)
_LOCK_FILES = frozenset(
    (
        "package-lock.json npm-shrinkwrap.json composer.lock gemfile.lock yarn.lock pnpm-lock.yaml pipfile.lock"
        " poetry.lock cargo.lock go.sum packages.lock.json package.resolved podfile.lock brewfile.lock.json"
        " cartfile.resolved flake.lock uv.lock .terraform.lock.hcl deno.lock bun.lock gradle.lockfile"
        " .k6ci-secrets.baseline .secrets.baseline"
    ).split()
)


# Texts for people, in their languages: `locales/de.yml`, `messages_fr.properties`, `strings.xml`.
_LANGUAGE = (
    r"(?:ar|bg|cs|da|de|el|en|es|et|fa|fi|fr|he|hi|hr|hu|id|it|ja|ko|lt|lv|nb|nl|nn|no|pl|pt|ro|ru|sk|sl|"
    r"sr|sv|th|tr|uk|"
    r"vi|zh)(?:[-_][a-z]{2,4})?"
)
_LABELS = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|lang|langs|languages?|translations?)/|(?:^|/)strings(?:[-_.]\w{1,10})?\.xml$"
    rf"|(?:^|/)(?:messages|labels|strings|translations?)(?:[-_.]{_LANGUAGE})?\.(?:properties|json|ya?ml|js|ts|php)$"
    rf"|(?:^|[/.]){_LANGUAGE}\.(?:json|ya?ml|ftl|arb|js|ts|php)$|\.(?:resx|strings|arb|ftl|xlf|xliff)$"
)
_LABELS_BELOW = re.compile(rf"^['\"]?{_LANGUAGE}['\"]?:[ \t]*$", re.IGNORECASE)

_INTERFACE = re.compile(r"(?m)^\s{0,4}[\"']?(?:openapi|swagger|asyncapi)[\"']?\s?: ?[\"']?[0-9]")


_TABLES = frozenset({"csv", "tsv"})
_YAML = frozenset({"yaml", "yml", "eyaml"})
_JSON = frozenset({"json", "jsonc", "json5", "har"})
_LARGE_BYTES = 5_000_000


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


def suffix_of(path: str) -> str:
    """The suffix in lower case without its dot; for names without one (Jenkinsfile, .envrc) the name."""
    name = os.path.basename(path).lower()
    if name.startswith(("dockerfile", "containerfile", "jenkinsfile", "makefile")):
        return name.split(".", 1)[0]
    return name.rsplit(".", 1)[-1]


def file_kind(path: str, text: str = "") -> FileKind:
    """The kind of a file, CONFIG when the name has no known suffix; `text` shows translations and shebang lines."""
    if _LABELS.search(path.lower()[-300:]):
        return FileKind.LABELS
    suffix = suffix_of(path)
    for kind, suffixes in (
        (FileKind.CODE, _CODE),
        (FileKind.SHELL, _SHELL),
        (FileKind.PROSE, _PROSE),
        (FileKind.MARKUP, _MARKUP),
        (FileKind.EXPRESSIONS, _EXPRESSIONS),
    ):
        if suffix in suffixes:
            return kind
    if _SHEBANG.match(text):
        return FileKind.SHELL
    first = next((line for line in text[:2_000].split("\n") if line.strip("- \t") and line.lstrip()[:1] != "#"), "")
    # A description of an interface is made of names and examples.
    is_text = _LABELS_BELOW.match(first) or (_INTERFACE.search(text[:2_000]) and suffix in {"yaml", "yml", "json"})
    return FileKind.LABELS if is_text else FileKind.CONFIG


def profile_of(path: str, size_bytes: int = 0) -> Profile:
    """The profile of a file: SHAPES for lock files, checksums, source maps and large texts."""
    name = os.path.basename(path).lower()
    if suffix_of(path) in _TABLES:
        return Profile.TABLE
    is_data = name in _LOCK_FILES or suffix_of(path) in _DATA or name.endswith((".min.js", ".min.css", ".lock.json"))
    return Profile.SHAPES if is_data or size_bytes > _LARGE_BYTES else Profile.ALL


def is_structured(path: str) -> bool:
    """True for files that are YAML or JSON by their name; k6's own configuration is `config.json`."""
    return suffix_of(path) in _YAML or is_json(path)


def is_json(path: str) -> bool:
    """True for files that are JSON by their name."""
    return suffix_of(path) in _JSON
