"""Reads a composite action.yml: in comes the file, out come frozen steps. A key that is not modelled raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ACTION_KEYS = {"name", "description", "author", "branding", "inputs", "outputs", "runs"}
STEP_KEYS = {"id", "name", "if", "shell", "env", "run", "working-directory", "continue-on-error"}
SHELLS = {"bash": ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}")}


class NotModelledError(Exception):
    """The action asks for something that this stand-in does not do; the real runner may or may not."""


@dataclass(frozen=True)
class Step:
    """One `run` step as written, its expressions unevaluated."""

    id: str
    name: str
    condition: str
    shell: tuple[str, ...]
    script: str
    environ: Mapping[str, str]
    working_directory: str
    continue_on_error: str


@dataclass(frozen=True)
class Action:
    """A composite action. `inputs` are defaults by name, `outputs` are expressions by name."""

    name: str
    inputs: Mapping[str, str]
    required: frozenset[str]
    outputs: Mapping[str, str]
    steps: tuple[Step, ...]


def refuse_unknown(what: str, keys: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(keys) - known)
    if unknown:
        raise NotModelledError(f"{what}: {', '.join(unknown)}")


def read_step(number: int, entry: Mapping[str, Any]) -> Step:
    refuse_unknown(f"step {number}", entry, STEP_KEYS)
    for needed in ("run", "shell"):
        if needed not in entry:
            raise NotModelledError(f"step {number} has no `{needed}`; a composite run step needs it")
    if entry["shell"] not in SHELLS:
        raise NotModelledError(f"shell {entry['shell']}")
    return Step(
        id=entry.get("id", ""),
        name=entry.get("name", f"step {number}"),
        condition=entry.get("if", ""),
        shell=SHELLS[entry["shell"]],
        script=entry["run"],
        environ=entry.get("env", {}),
        working_directory=entry.get("working-directory", ""),
        continue_on_error=entry.get("continue-on-error", "false"),
    )


def read_action(folder: Path) -> Action:
    """Every scalar stays text, as the runner's template reader has it: `default: 1.10` is not a number here."""
    document = yaml.load((folder / "action.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    refuse_unknown("action.yml", document, ACTION_KEYS)
    runs = document["runs"]
    refuse_unknown("runs", runs, {"using", "steps"})
    if runs["using"] != "composite":
        raise NotModelledError(f"an action that runs using {runs['using']}")
    inputs = document.get("inputs", {})
    outputs = document.get("outputs", {})
    for name, entry in inputs.items():
        refuse_unknown(f"input {name}", entry, {"description", "required", "default", "deprecationMessage"})
    for name, entry in outputs.items():
        refuse_unknown(f"output {name}", entry, {"description", "value"})
    steps = tuple(read_step(number, entry) for number, entry in enumerate(runs["steps"], start=1))
    ids = [step.id for step in steps if step.id]
    if len(ids) != len(set(ids)):
        raise NotModelledError("two steps with one id")
    return Action(
        name=document["name"],
        inputs={name: entry.get("default", "") for name, entry in inputs.items()},
        required=frozenset(name for name, entry in inputs.items() if entry.get("required") == "true"),
        outputs={name: entry["value"] for name, entry in outputs.items()},
        steps=steps,
    )
