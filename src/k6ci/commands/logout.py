"""`k6ci logout`: removes the stored login from k6's config files."""

from __future__ import annotations

from typing import Final

from k6ci.commands.command import Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.commands.stored import reset


def logout(context: AppContext, raw_inputs: RawInputs) -> CommandResult:
    """Do what `k6ci login --reset` does."""
    return reset(context, raw_inputs)


COMMAND: Final = Command("logout", logout, "Remove the stored login.", inputs=("config",))
