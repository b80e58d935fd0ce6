"""Checks that a tag, the version, the changelog and the files in dist/ belong together, and writes the release notes.

`make release TAG=v1.2.3` runs it after the build.
"""

from __future__ import annotations

import pathlib
import re
import sys
from typing import Final

import k6ci

ROOT: Final = pathlib.Path(__file__).resolve().parents[1]


def notes(changelog: str, version: str) -> str:
    """The section of a version, without its heading.

    Raises:
        SystemExit: there is none, or it is empty.
    """
    found = re.search(rf"^## \[{re.escape(version)}\].*\n((?:(?!## ).*\n)*)", changelog, re.MULTILINE)
    if found is None or not found[1].strip():
        raise SystemExit(f"CHANGELOG.md has no section for {version}.")
    return f"{found[1].strip()}\n"


def check(tag: str, dist: pathlib.Path) -> None:
    """Compare the tag with the version of the code, and with what was built.

    Raises:
        SystemExit: they differ.
    """
    version = k6ci.__version__
    if tag != f"v{version}":
        raise SystemExit(f"The tag is {tag}, but the version is {version}.")
    expected = {f"k6ci-{version}-py3-none-any.whl", f"k6ci-{version}.tar.gz", f"k6ci-{version}.cdx.json"}
    found = {path.name for path in dist.iterdir()} - {"notes.md"}
    if found != expected:
        raise SystemExit(f"{dist} contains {sorted(found)}, not {sorted(expected)}.")


def main(argv: list[str]) -> int:
    """Check the release `argv[0]` and write dist/notes.md."""
    dist = ROOT / "dist"
    check(argv[0], dist)
    text = notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), k6ci.__version__)
    (dist / "notes.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
