"""Facts in files beside the code: word lists, formats and remedies, in the syntax of INI.

`configparser` reads the same (a test compares), at ten times the cost; every start of the hook needs the word lists.
"""

from __future__ import annotations

import os

from k6ci.secretscan.patterns import Pattern


def sections(module_file: str, name: str) -> dict[str, dict[str, str]]:
    """The sections of the file `name` beside a module; an indented line continues the value before, as a line of it."""
    found: dict[str, dict[str, str]] = {}
    fields: dict[str, str] = {}
    key = ""
    with open(os.path.join(os.path.dirname(module_file), name), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if line[:1] == "[":
                fields = found[line[1:-1]] = {}
            elif line[:1] == " ":
                fields[key] += "\n" + line.strip()
            elif line and line[0] != "#":
                key, _, value = line.partition(" = ")
                fields[key] = value
    return found


def patterns(module_file: str, name: str) -> dict[str, Pattern]:
    """The sections of a file as patterns with their examples; `{PART}` stands for an entry of the section `parts`."""
    found = sections(module_file, name)
    parts = found.pop("parts", {})
    made = {}
    for title, fields in found.items():
        source = fields["pattern"].replace("\n", "")
        for part, text in parts.items():
            source = source.replace(f"{{{part}}}", text.replace("\n", ""))
        made[title] = Pattern(source, example=fields["example"])
    return made
