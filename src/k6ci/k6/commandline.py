"""What k6 says when it refuses a script, a flag or its config file, as an error of k6ci.

k6's words quote the script and its files: they are foreign text, and stand on lines of their own, which whoever writes
them marks.
"""

from __future__ import annotations

import re
import sys
from typing import Final

from k6ci.errors import K6ciError, ScriptError, SettingsError

_SAID: Final = re.compile(r'level=(?:error|fatal) msg="((?:[^"\\]|\\.)*)"(?!.* source=console)')
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_BAD_FLAG: Final = re.compile(r"unknown (?:shorthand )?flag|invalid argument|flag needs an argument|unknown command")
_BAD_FLAG_CODE: Final = 255  # the script's own exceptions are 107, bad options 104
_BAD_CONFIG: Final = "failed to load the configuration file"
_EXTENSION: Final = re.compile(r"unknown module: (k6/x/[\w./-]+)|unknown dependency : (k6/x/[\w./-]+)")
_MOST_LINES: Final = 30


def refusal(script: str, exit_code: int, stderr: str, *, config: str | None = None) -> K6ciError:
    """The error for a script that k6 did not accept: the script's fault, or that of a flag or of k6's config file.

    `config` is the path of the config file whose options k6 got.
    """
    said = _said(stderr)
    if exit_code == _BAD_FLAG_CODE and _BAD_FLAG.search(said):
        remedy = "Fix the flags input; `k6 archive --help` lists the options."
        return SettingsError(f"flags: k6 refuses them:{_quoted(said)}", remedy)
    if config is not None and said.startswith(_BAD_CONFIG):
        reason = said.rpartition('": ')[2]
        return SettingsError(
            f"k6 refuses the options in the config file {config}:{_quoted(reason)}",
            "Fix or remove it, or name another with --config.",
        )
    cause = f"k6 refuses {script} (exit code {exit_code}):{_quoted(said)}"
    if extension := _EXTENSION.search(said):
        return ScriptError(
            f"The script imports the extension {extension[1] or extension[2]}, which this k6 does not have. {cause}",
            "Name a k6 that has it with k6-path, or set K6_AUTO_EXTENSION_RESOLUTION=true to let k6 (1.2 or later) "
            "fetch one.",
        )
    return ScriptError(
        cause, "Fix the script; `k6 inspect` with the same -e and flags shows the same error. Nothing was uploaded."
    )


def _said(stderr: str) -> str:
    """The last error of k6's log, which is where it puts the reason; not what the script itself logged."""
    found = [match[1] for match in map(_SAID.search, stderr.splitlines()) if match]
    if found:
        return _ESCAPE.sub(_unescaped, found[-1]).strip()
    lines = [line for line in stderr.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"


def _unescaped(match: re.Match[str]) -> str:
    """What Go's %q has escaped."""
    if number := match[1] or match[2] or match[3]:
        code = int(number, 16)
        return chr(code) if code <= sys.maxunicode else match[0]
    return {"n": "\n", "t": "    ", "r": "\r"}.get(match[4], match[4])


def _quoted(said: str) -> str:
    lines = said.splitlines() or [""]
    more = [f"({len(lines) - _MOST_LINES} more lines)"] if len(lines) > _MOST_LINES else []
    return "".join(f"\n{line}" for line in [*lines[:_MOST_LINES], *more])
