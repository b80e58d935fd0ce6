"""What kind of text a file holds, from its name: in code a value needs quotes, in configuration it needs none."""

from __future__ import annotations

import enum
import os

_CODE = frozenset(
    (
        "py pyi pyx js mjs cjs jsx ts mts cts tsx go java kt kts scala groovy gradle rb php rs swift c h cc cpp"
        " cxx hpp cs vb m mm dart lua pl pm r jl ex exs erl clj hs ml fs vue svelte sol coffee jenkinsfile d nim"
        " zig sql pyw ipynb proto graphql"
    ).split()
)
_SHELL = frozenset(
    (
        "sh bash zsh fish ksh csh ps1 psm1 bat cmd mk makefile gnumakefile justfile envrc dockerfile containerfile"
    ).split()
)
_PROSE = frozenset(("md markdown mdx rst adoc txt html htm org").split())
_MARKUP = frozenset(("xml csproj config plist resx pom xaml jsp wsdl").split())
_NEVER = frozenset(
    (
        "lock sum svg map css scss less po pot mo ico snap min.js csv tsv dectest ipynb_checkpoints geojson srt"
        " vtt pcap ttf woff"
    ).split()
)
_LOCK_FILES = frozenset(
    (
        "package-lock.json npm-shrinkwrap.json composer.lock gemfile.lock yarn.lock pnpm-lock.yaml pipfile.lock"
        " poetry.lock cargo.lock go.sum packages.lock.json package.resolved podfile.lock brewfile.lock.json"
        " cartfile.resolved flake.lock uv.lock .terraform.lock.hcl deno.lock bun.lock gradle.lockfile"
    ).split()
)


class FileKind(enum.Enum):
    """CODE wants quotes around values, CONFIG and SHELL do not; PROSE and MARKUP have both."""

    CODE = "code"
    CONFIG = "config"
    SHELL = "shell"
    PROSE = "prose"
    MARKUP = "markup"


def suffix_of(path: str) -> str:
    """The suffix in lower case without its dot; for names without one (Jenkinsfile, .envrc) the name."""
    name = os.path.basename(path).lower()
    if name.startswith(("dockerfile", "containerfile", "jenkinsfile", "makefile")):
        return name.split(".", 1)[0]
    return name.rsplit(".", 1)[-1]


def file_kind(path: str) -> FileKind:
    """The kind of a file, CONFIG when its name says nothing."""
    suffix = suffix_of(path)
    for kind, suffixes in (
        (FileKind.CODE, _CODE),
        (FileKind.SHELL, _SHELL),
        (FileKind.PROSE, _PROSE),
        (FileKind.MARKUP, _MARKUP),
    ):
        if suffix in suffixes:
            return kind
    return FileKind.CONFIG


def is_never_judged(path: str) -> bool:
    """Files that are full of digests and of nothing else: lock files, checksums, images in text form, source maps."""
    name = os.path.basename(path).lower()
    return name in _LOCK_FILES or suffix_of(path) in _NEVER or name.endswith((".min.js", ".min.css", ".lock.json"))
