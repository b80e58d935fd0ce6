"""Facts in files beside the code: word lists, formats and remedies, in the syntax of INI.

`configparser` reads the same (a test compares), at ten times the cost; every start of the hook needs the word lists.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from k6ci.secretscan.patterns import Pattern


def sections(module_file: str, name: str) -> dict[str, dict[str, str]]:
    """The sections of the file `name` beside a module, or of all files in the folder `name`.

    An indented line continues the value before, as a line of it.
    """
    path = os.path.join(os.path.dirname(module_file), name)
    files = [path] if name.endswith(".ini") else [os.path.join(path, file) for file in sorted(os.listdir(path))]
    found: dict[str, dict[str, str]] = {}
    fields: dict[str, str] = {}
    key = ""
    text = ""
    for path in files:
        with open(path, encoding="utf-8") as file:
            text += file.read()
    for line in text.split("\n"):
        if line[:1] == "[":
            fields = found[line[1:-1]] = {}
        elif line[:1] == " ":
            fields[key] += "\n" + line.strip()
        elif line and line[0] != "#":
            key, _, value = line.partition(" = ")
            fields[key] = value
    return found


def spaced(text: str) -> str:
    """A text of a file with a space for each `␣`."""
    return text.replace("␣", " ")


def expanded(source: str, parts: Mapping[str, str]) -> str:
    """A regular expression whose pieces are joined; `{PART}` stands for a named part."""
    source = source.replace("\n", "")
    for part, text in parts.items() if "{" in source else ():
        source = source.replace(f"{{{part}}}", text)
    return source


def patterns(module_file: str, name: str, known: Mapping[str, str] | None = None) -> dict[str, Pattern]:
    """The sections of a file as patterns with their examples; `known` and the section `parts` are parts of them."""
    found = sections(module_file, name)
    parts = {**(known or {})}
    for part, text in found.pop("parts", {}).items():
        parts[part] = expanded(text, parts)
    return {
        title: Pattern(expanded(fields["pattern"], parts), example=spaced(fields["example"]))
        for title, fields in found.items()
    }
