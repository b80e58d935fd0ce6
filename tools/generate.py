"""Writes what follows from the catalogue of inputs into action.yml and its types, the GitLab template and the docs.

`make generate` runs it; with `--check` it changes nothing, names the files that differ and ends with 1. Each generated
part stands between two marker lines, `begin generated: PART` and `end generated`; everything else is written by hand.
The component of GitLab's catalog is the template with another comment at its beginning.
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
# GitLab checks the type before any job starts. An input that has this default counts as unset.
_GITLAB_TYPES: Final[dict[Kind, tuple[str, bool | int]]] = {
    Kind.SWITCH: ("boolean", False),
    Kind.PROJECT: ("number", 0),
    Kind.COUNT: ("number", 0),
    Kind.AMOUNT: ("number", 0),
}
# The types that https://github.com/typesafegithub/github-actions-typing defines; all others are strings.
_LINES: Final = {"type": "list", "separator": "\n", "list-item": {"type": "string"}}
_TYPES: Final[dict[Kind, dict[str, Any]]] = {
    Kind.SWITCH: {"type": "boolean"},
    Kind.COUNT: {"type": "integer"},
    Kind.PROJECT: {"type": "integer"},
    Kind.AMOUNT: {"type": "float"},
    Kind.LINES: _LINES,
    Kind.ASSIGNMENTS: _LINES,
}
# The template names this folder in `artifacts`, where an empty input would mean nothing.
_GITLAB_NEEDS_A_VALUE: Final = "report-dir"
# The scan has a template of its own, which needs neither token nor k6.
_GITLAB_MODES: Final = {
    "description": "What the job does: run the load test, or check the set-up (costs nothing). Default: run.",
    "options": ["run", "check"],
}


def main(argv: list[str]) -> int:
    """Write the generated parts, or with `--check` only compare them."""
    differing = []
    for name in FILES:
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = component() if name == COMPONENT else _with_parts(before)
        if after != before:
            differing.append(name)
            if "--check" not in argv:
                path.write_text(after, encoding="utf-8")
    message = "not what the catalogue of inputs says: run `make generate`" if "--check" in argv else "written"
    for name in differing:
        print(f"{name}: {message}")
    return 1 if differing and "--check" in argv else 0


def component() -> str:
    """The component of GitLab's catalog."""
    template = (ROOT / TEMPLATE).read_text(encoding="utf-8")
    return _COMPONENT_HEAD + template[template.index("spec:\n") :]


def _with_parts(text: str) -> str:
    return _PART.sub(lambda match: match[1] + match[2] + textwrap.indent(PARTS[match[3]](), match[1]) + match[4], text)


def action_inputs() -> str:
    """The inputs of action.yml."""
    return _yaml({entry.name: _declaration(entry) | {"required": False} for entry in _on(Face.ACTION)})


def action_variables() -> str:
    """The environment of the action's step that runs k6ci."""
    return "".join(f"{_variable(entry)}: ${{{{ inputs.{entry.name} }}}}\n" for entry in _on(Face.ACTION))


def action_types() -> str:
    """The types of the action's inputs, in action-types.yml."""
    return _yaml({entry.name: _type(entry) for entry in _on(Face.ACTION)})


def gitlab_inputs() -> str:
    """The inputs of the GitLab template."""
    return _yaml(_gitlab_declarations())


def gitlab_variables() -> str:
    """The variables of the job in the GitLab template.

    A variable is a text. An input that is a whole value keeps its type, so numbers and switches are parts of one text.
    """
    texts = [entry for entry in _on(Face.GITLAB) if _gitlab_type(entry) is None]
    typed = [f"{_variable(entry)}=$[[ inputs.{entry.name} ]]" for entry in _on(Face.GITLAB) if entry not in texts]
    lines = [f"{_variable(entry)}: '$[[ inputs.{entry.name} ]]'\n" for entry in texts]
    return "".join([*lines, "K6CI_TYPED_INPUTS: >-\n", *(f"  {one}\n" for one in typed)])


def installation() -> str:
    """The shell function that installs k6ci in a job of GitLab."""
    return (ROOT / "tools" / "gitlab_install.sh").read_text(encoding="utf-8")


def gitlab_table() -> str:
    """The table in docs/gitlab.md."""
    rows = [
        (f"`{name}`", one.get("type", "string"), _code(_scalar(one["default"])), one["description"])
        for name, one in _gitlab_declarations().items()
    ]
    return _table(("input", "type", "default", "meaning"), rows)


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
    "types of the action": action_types,
    "inputs of the template": gitlab_inputs,
    "variables of the template": gitlab_variables,
    "installation of the job": installation,
    "table of the template": gitlab_table,
    "table of inputs": inputs_table,
}
TEMPLATE: Final = "ci_templates/k6-cloud.gitlab-ci.yml"
COMPONENT: Final = "templates/k6-cloud/template.yml"
FILES: Final = (
    "action.yml",
    "action-types.yml",
    TEMPLATE,
    COMPONENT,  # made from the template, so after it
    "ci_templates/k6-scan.gitlab-ci.yml",
    "docs/gitlab.md",
    "docs/inputs.md",
)
_COMPONENT_HEAD: Final = """\
# Component of GitLab's CI/CD Catalog: runs Grafana Cloud k6 load tests. docs/gitlab.md explains how to include it.
# Generated from ci_templates/k6-cloud.gitlab-ci.yml (make generate). There is no input for the token: store it as the
# masked CI/CD variable K6_CLOUD_TOKEN.
"""


def _on(face: Face) -> list[Input]:
    return [entry for entry in INPUTS if face in entry.faces]


def _declaration(entry: Input) -> dict[str, Any]:
    """Empty means unset, so that k6ci.toml and the script count. An input that only jobs have has its default here."""
    default = entry.action_default if Face.ENVIRONMENT in entry.faces else entry.default
    return {"description": entry.description, "default": default}


def _gitlab_declarations() -> dict[str, dict[str, Any]]:
    declarations = {}
    for entry in _on(Face.GITLAB):
        declaration = _declaration(entry)
        typed = _gitlab_type(entry)
        if typed is not None:
            if entry.default == "true":
                raise ValueError(f"{entry.name}: false would count as unset")
            declaration["type"], declaration["default"] = typed
            if declaration["type"] == "number":
                declaration["description"] += " 0 counts as unset."
        if entry.name == _GITLAB_NEEDS_A_VALUE:
            declaration["default"] = entry.default
        if entry.choices:
            options = [int(choice) if typed else choice for choice in entry.choices]
            declaration["options"] = [*([""] if declaration["default"] == "" else []), *options]
        if entry.name == "mode":
            declaration |= _GITLAB_MODES
        declarations[entry.name] = declaration
    return declarations


def _type(entry: Input) -> dict[str, Any]:
    if entry.choices:
        return {"type": "enum", "allowed-values": list(entry.choices)}
    return _TYPES.get(entry.kind, {"type": "string"})


def _gitlab_type(entry: Input) -> tuple[str, bool | int] | None:
    """The type of an input, and the default that counts as unset; None for a text."""
    if entry.choices and all(map(str.isdecimal, entry.choices)):
        return ("number", 0)
    return _GITLAB_TYPES.get(entry.kind)


def _variable(entry: Input) -> str:
    return entry.environment_names[0]


def _scalar(value: str | bool | int) -> str:
    return value if isinstance(value, str) else json.dumps(value)


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
