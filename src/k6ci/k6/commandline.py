"""Turns the error output of k6 (invalid script, flag or config file) into an error of k6ci.

k6's messages quote the script and its files, so they are untrusted text: they are put on separate lines, which are
marked when they are printed.
"""

from __future__ import annotations

import re
import sys
from typing import Final

from k6ci.errors import K6ciError, ScriptError, SettingsError

_LOG_ERROR: Final = re.compile(r'level=(?:error|fatal) msg="((?:[^"\\]|\\.)*)"(?!.* source=console)')
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_BAD_FLAG: Final = re.compile(r"unknown (?:shorthand )?flag|invalid argument|flag needs an argument|unknown command")
_BAD_FLAG_CODE: Final = 255  # exceptions of the script are 107, invalid options 104
_BAD_CONFIG: Final = "failed to load the configuration file"
_EXTENSION: Final = re.compile(r"unknown module: (k6/x/[\w./-]+)|unknown dependency : (k6/x/[\w./-]+)")
_MAX_LINES: Final = 30


def refusal(script: str, exit_code: int, stderr: str, *, config: str | None = None) -> K6ciError:
    """The error for a failed `k6 archive` or `k6 inspect`: caused by the script, by a flag or by k6's config file.

    `config` is the path of the config file whose options were passed to k6.
    """
    message = _last_error(stderr)
    if exit_code == _BAD_FLAG_CODE and _BAD_FLAG.search(message):
        remedy = "Fix the flags input; `k6 archive --help` lists the options."
        return SettingsError(f"flags: k6 refuses them:{_quoted(message)}", remedy)
    if config is not None and message.startswith(_BAD_CONFIG):
        reason = message.rpartition('": ')[2]
        return SettingsError(
            f"k6 refuses the options in the config file {config}:{_quoted(reason)}",
            "Fix or remove it, or name another with --config.",
        )
    cause = f"k6 refuses {script} (exit code {exit_code}):{_quoted(message)}"
    if extension := _EXTENSION.search(message):
        return ScriptError(
            f"The script imports the extension {extension[1] or extension[2]}, which is not in this k6 binary. {cause}",
            "Set k6-path to a k6 binary that includes it, or set K6_AUTO_EXTENSION_RESOLUTION=true to let k6 (1.2 or "
            "later) download one.",
        )
    return ScriptError(
        cause, "Fix the script; `k6 inspect` with the same -e and flags shows the same error. Nothing was uploaded."
    )


def _last_error(stderr: str) -> str:
    """The last error in k6's log, which has the reason; messages of the script itself (source=console) do not count."""
    found = [match[1] for match in map(_LOG_ERROR.search, stderr.splitlines()) if match]
    if found:
        return _ESCAPE.sub(_unescaped, found[-1]).strip()
    lines = [line for line in stderr.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"


def _unescaped(match: re.Match[str]) -> str:
    """Decode an escape of Go's `%q`."""
    if number := match[1] or match[2] or match[3]:
        code = int(number, 16)
        return chr(code) if code <= sys.maxunicode else match[0]
    return {"n": "\n", "t": "    ", "r": "\r"}.get(match[4], match[4])


def _quoted(message: str) -> str:
    lines = message.splitlines() or [""]
    more = [f"({len(lines) - _MAX_LINES} more lines)"] if len(lines) > _MAX_LINES else []
    return "".join(f"\n{line}" for line in [*lines[:_MAX_LINES], *more])
