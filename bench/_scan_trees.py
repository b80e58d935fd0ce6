"""What `bench.scan` scans: real trees, copied so that every scanner sees the same files, and texts of known size."""

from __future__ import annotations

import pathlib
import secrets
import shutil
import subprocess
import sysconfig

from bench._scan_tools import ROOT

_LARGEST = 5_000_000
_BINARY = frozenset({".so", ".a", ".o", ".dll", ".exe", ".pyc"})
_SUFFIXES = ("js", "yml", "md", "py", "json", "ts", "sh", "toml", "tf", "txt")
_PLAIN = "  checkout step {} is measured with 20 virtual users for {} s\n"
_ORDINARY = """  step {} asks for a token and a password, and stores the key of page {}
  "token": null, "password": "", keys: [id, name], secretName: checkout
  authorization is refused when the api key has expired
"""
_LINES = (10_000, 20_000, 40_000, 80_000)


def library(place: pathlib.Path) -> pathlib.Path:
    """The library of the running Python without site-packages and compiled code."""
    source = pathlib.Path(sysconfig.get_path("stdlib"))
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if {"site-packages", "dist-packages", "__pycache__"} & set(relative.parts) or path.suffix in _BINARY:
            continue
        if path.is_file() and not path.is_symlink() and path.stat().st_size < _LARGEST:
            _copy(path, place / "library" / relative)
    return place / "library"


def repository(place: pathlib.Path) -> pathlib.Path:
    """The files of this repository that git tracks."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        if (ROOT / name).is_file():
            _copy(ROOT / name, place / "repository" / name)
    return place / "repository"


def sample(tree: pathlib.Path, place: pathlib.Path, count: int) -> pathlib.Path:
    """So many of the files of a tree, evenly spread over their names."""
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    for path in files[:: max(1, len(files) // count)]:
        _copy(path, place / path.relative_to(tree))
    return place


def small_commit(place: pathlib.Path) -> dict[str, list[str]]:
    """Ten small files of ten kinds: without suspicious words, with them, with references, and three with a finding."""
    place.mkdir()
    plain = []
    for number, suffix in enumerate(_SUFFIXES):
        plain.append(f"file{number}.{suffix}")
        (place / plain[-1]).write_text("".join(_PLAIN.format(step, number) for step in range(40)))
    token, password = secrets.token_hex(16), secrets.token_urlsafe(9) + "9!aK"
    ordinary = []
    for number, suffix in enumerate(_SUFFIXES):
        ordinary.append(f"ordinary{number}.{suffix}")
        (place / ordinary[-1]).write_text("".join(_ORDINARY.format(step, number) for step in range(13)))
    others = {
        "references only": ("ci.yml", "env:\n  K6_CLOUD_TOKEN: ${{ secrets.K6_CLOUD_TOKEN }}\n"),
        "a token in .env": (".env", f"K6_CLOUD_TOKEN={token}\n"),
        "a token in YAML": ("compose.yml", f"services:\n  k6:\n    environment:\n      K6_CLOUD_TOKEN: {token}\n"),
        "a password in code": ("login.js", f"const options = {{ password: '{password}' }};\n"),
    }
    for name, text in others.values():
        (place / name).write_text(text)
    clean = {"nothing suspicious": plain, "words of secrets": ordinary}
    return {**clean, **{shape: [*plain[1:], name] for shape, (name, _) in others.items()}}


def lines_of_code(place: pathlib.Path) -> dict[int, str]:
    """Files of 10,000 to 80,000 lines, by their number of lines."""
    place.mkdir()
    names = {}
    for count in _LINES:
        names[count] = f"lines{count}.js"
        suspicious = "const token = __ENV.K6_CLOUD_TOKEN; // {} {}\n"
        text = "".join(
            (suspicious if number % 50 == 25 else _PLAIN).format(number, number % 7) for number in range(count)
        )
        (place / names[count]).write_text(text)
    return names


def _copy(source: pathlib.Path, destination: pathlib.Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)
