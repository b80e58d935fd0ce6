"""Prepares an uploaded script for execution: reads it within limits, packs it for k6, determines its options."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from k6ci.emulator.archive import Archive, pack_script, read_archive
from k6ci.emulator.execution import InspectError
from k6ci.emulator.json_documents import parse_json
from k6ci.emulator.script import ScriptError

if TYPE_CHECKING:
    from k6ci.emulator.execution import K6
    from k6ci.emulator.script import Script

# CommonJS modules may have their exports under `default`.
_OPTIONS_PROBE = """\
import * as script from './script.js';
const options = script.options ?? (script.default ?? {}).options ?? null;
console.info('%s' + JSON.stringify(options));
export default function () {}
"""


@dataclass(frozen=True)
class Prepared:
    """The archive for k6, with the options and dependencies of the script. The options may hold a token."""

    archive: bytes = field(repr=False)
    options: dict[str, Any] = field(repr=False)
    dependencies: dict[str, str]


async def prepare(script: Script, k6: K6) -> Prepared:
    """Prepare a script; raises ScriptError or InspectError."""
    if script.is_archive:
        archive = await anyio.to_thread.run_sync(read_archive, script.content)
        return Prepared(await _packed(archive), archive.options, archive.dependencies)
    exported = await _exported_options(script, k6)
    packed = await _packed(pack_script(script.content, exported))
    return Prepared(packed, (await k6.inspect(packed)).options, {})


async def _packed(archive: Archive) -> bytes:
    return await anyio.to_thread.run_sync(archive.packed)


async def _exported_options(script: Script, k6: K6) -> dict[str, Any]:
    """Return the options that a plain script exports.

    k6 reads the options of an archive from its metadata only, and a script outside of an archive could open the files
    of this machine. Therefore a second script in the same archive imports the first and logs its exported options.
    """
    mark = f"k6ci {secrets.token_hex(16)} "
    probe = await _packed(pack_script(script.content, {}, entry=_OPTIONS_PROBE % mark))
    inspected = await k6.inspect(probe)
    for line in reversed(inspected.log.splitlines()):
        try:
            message = json.loads(line)["msg"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if isinstance(message, str) and message.startswith(mark):
            return _options(message.removeprefix(mark))
    raise InspectError("the options of the script cannot be read")


def _options(text: str) -> dict[str, Any]:
    if text == "null":
        return {}
    try:
        options = parse_json(text.encode(errors="surrogatepass"))
    except ValueError as error:
        raise ScriptError(f"the options of the script cannot be read: {error}") from error
    if not isinstance(options, dict):
        raise ScriptError("the options of the script are not an object")
    return options
