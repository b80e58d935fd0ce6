"""`k6ci install-k6`: provides the k6 that `run` would use, and says where it is."""

from __future__ import annotations

import hashlib
from typing import Final

import anyio

from k6ci.commands.command import AsJson, Command, CommandResult, RawInputs
from k6ci.commands.context import AppContext
from k6ci.errors import ExitCode, K6MissingError
from k6ci.k6.version import INSTALL_REMEDY
from k6ci.settings.resolve import resolve


def install_k6(context: AppContext, raw_inputs: RawInputs, *, as_json: AsJson = False) -> CommandResult:
    """Find k6, or download it, and show version, path and origin.

    Raises:
        K6ciError: an input is malformed, or k6 cannot be provided.
    """
    settings = resolve(raw_inputs, context.environ, context.folder, reads_config=False)
    for problem in settings.problems:
        raise problem
    k6 = anyio.run(context.k6_source(settings).obtain, settings.k6_version)
    if as_json:
        try:
            with k6.path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise K6MissingError(f"{k6.path} cannot be read: {error.strerror}.", INSTALL_REMEDY) from None
        document = {"version": k6.version, "path": str(k6.path), "origin": k6.origin, "sha256": sha256}
        context.write_document(document)
        return ExitCode.PASSED
    context.say(f"k6 {k6.version} at {k6.path} ({k6.origin})")
    if k6.caution:
        context.say(f"warning: {k6.caution}")
    return ExitCode.PASSED


COMMAND: Final = Command(
    "install-k6",
    install_k6,
    "Find k6, or download and verify it, and show where it is.",
    inputs=("k6-path", "k6-version", "k6-mirror", "k6-sha256"),
)
