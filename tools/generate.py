"""Writes what follows from the catalogue of inputs into action.yml, the GitLab template and the docs.

`make generate` runs it; with `--check` it changes nothing, names the files that differ and ends with 1. Each generated
part stands between two marker lines, `begin generated: PART` and `end generated`; everything else is written by hand.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from k6ci.settings.catalogue import INPUTS, Face, Input, Kind

ROOT: Final = pathlib.Path(__file__).resolve().parents[1]
_PART: Final = re.compile(
    r"^( *)(.*\bbegin generated: ([a-z -]+)\b.*\n)(?:.*\n)*?( *\S+ end generated\b.*\n)", re.MULTILINE
)
# GitLab checks these before any job starts. `stack` and the like accept too many forms for that.
_GITLAB_RULES: Final[dict[Kind, dict[str, Any]]] = {
    Kind.SWITCH: {"options": ["", "true", "false"]},
    Kind.PROJECT: {"regex": r"^(\d*|\$\w+|\$\{\w+\})$"},
}
# The template names this folder in `artifacts`, where an empty input would mean nothing.
_GITLAB_NEEDS_A_VALUE: Final = "report-dir"


def main(argv: list[str]) -> int:
    """Write the generated parts, or with `--check` only compare them."""
    differing = []
    for name in FILES:
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = _PART.sub(
            lambda match: match[1] + match[2] + textwrap.indent(PARTS[match[3]](), match[1]) + match[4], before
        )
        if after != before:
            differing.append(name)
            if "--check" not in argv:
                path.write_text(after, encoding="utf-8")
    message = "not what the catalogue of inputs says: run `make generate`" if "--check" in argv else "written"
    for name in differing:
        print(f"{name}: {message}")
    return 1 if differing and "--check" in argv else 0


def action_inputs() -> str:
    """The inputs of action.yml."""
    return _yaml({entry.name: _declaration(entry) | {"required": False} for entry in _on(Face.ACTION)})


def action_variables() -> str:
    """The environment of the action's step that runs k6ci."""
    return "".join(f"{_variable(entry)}: ${{{{ inputs.{entry.name} }}}}\n" for entry in _on(Face.ACTION))


def gitlab_inputs() -> str:
    """The inputs of the GitLab template."""
    return _yaml(_gitlab_declarations())


def gitlab_variables() -> str:
    """The variables of the job in the GitLab template."""
    return "".join(f"{_variable(entry)}: '$[[ inputs.{entry.name} ]]'\n" for entry in _on(Face.GITLAB))


def gitlab_table() -> str:
    """The table in ci_templates/README.md."""
    rows = [(f"`{name}`", _code(one["default"]), one["description"]) for name, one in _gitlab_declarations().items()]
    return _table(("input", "default", "meaning"), rows)


def inputs_table() -> str:
    """The table in docs/inputs.md."""
    rows = []
    for entry in INPUTS:
        name = f"`--{entry.name}`" if Face.CLI in entry.faces and not entry.is_argument else f"`{entry.name}`"
        names = ", ".join(map(_code, entry.environment_names)) if Face.ENVIRONMENT in entry.faces else ""
        faces = ["yes" if face in entry.faces else "" for face in (Face.FILE, Face.ACTION, Face.GITLAB)]
        rows.append((name, entry.help, entry.accepted, _code(entry.default), names, *faces))
    return _table(("input", "meaning", "form", "default", "environment", "k6ci.toml", "action", "GitLab"), rows)


PARTS: Final[dict[str, Callable[[], str]]] = {
    "inputs of the action": action_inputs,
    "variables of the action": action_variables,
    "inputs of the template": gitlab_inputs,
    "variables of the template": gitlab_variables,
    "table of the template": gitlab_table,
    "table of inputs": inputs_table,
}
FILES: Final = ("action.yml", "ci_templates/k6-cloud.gitlab-ci.yml", "ci_templates/README.md", "docs/inputs.md")


def _on(face: Face) -> list[Input]:
    return [entry for entry in INPUTS if face in entry.faces]


def _declaration(entry: Input) -> dict[str, Any]:
    """Empty means unset, so that k6ci.toml and the script count. An input that only jobs have has its default here."""
    return {"description": entry.description, "default": "" if Face.ENVIRONMENT in entry.faces else entry.default}


def _gitlab_declarations() -> dict[str, dict[str, Any]]:
    declarations = {}
    for entry in _on(Face.GITLAB):
        declaration = _declaration(entry) | _GITLAB_RULES.get(entry.kind, {})
        if entry.name == _GITLAB_NEEDS_A_VALUE:
            declaration["default"] = entry.default
        if entry.choices:
            declaration["options"] = [*([""] if declaration["default"] == "" else []), *entry.choices]
        declarations[entry.name] = declaration
    return declarations


def _variable(entry: Input) -> str:
    return entry.environment_names[0]


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    rule = f"|{'---|' * len(head)}\n"
    first, *others = ["| " + " | ".join(line) + " |\n" for line in (head, *rows)]
    return "".join([first, rule, *others])


def _yaml(declarations: Mapping[str, Mapping[str, Any]]) -> str:
    """A mapping of mappings; JSON's scalars and lists are YAML's."""
    lines = []
    for name, declaration in declarations.items():
        lines.append(f"{name}:\n")
        lines += [f"  {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in declaration.items()]
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
