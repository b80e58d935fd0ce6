"""The user's k6 flags: which ones k6ci cannot pass on, and how k6's refusal of one is recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from k6ci.errors import K6ciError, ScriptError, SettingsError

_REFUSED: Final = {
    "--include-system-env-vars": "it puts every variable of the job, K6_CLOUD_TOKEN too, into the uploaded archive",
    "--archive-out": "k6ci decides where the archive is written",
    "-O": "k6ci decides where the archive is written",
    "--config": "k6ci keeps k6's config file, which may hold a token, away from k6; use --config of k6ci itself",
    "-c": "k6ci keeps k6's config file, which may hold a token, away from k6; use --config of k6ci itself",
    "--out": "a cloud run sends its metrics to the cloud",
    "-o": "a cloud run sends its metrics to the cloud",
}
# k6's short flags without a value: --quiet, --verbose, --paused, --throw, --linger, --help.
_SWITCHES: Final = frozenset("qvpwlh")
_SAID: Final = re.compile(r'level=(?:error|fatal) msg="((?:[^"\\]|\\.)*)"')
_BAD_FLAG: Final = re.compile(r"unknown (?:shorthand )?flag|invalid argument|flag needs an argument|unknown command")


def check_flags(flags: Sequence[str]) -> None:
    """Refuse flags that would leak or that cannot do what they promise.

    Raises:
        SettingsError: with the flag and the reason.
    """
    for flag in flags:
        if flag == "--":
            raise SettingsError("flags: '--' ends the flags of k6.", "Name scripts through the script input.")
        for name in _names(flag):
            if reason := _REFUSED.get(name):
                raise SettingsError(f"flags: {name} is refused: {reason}.", f"Take {name} out of the flags.")


def _names(word: str) -> list[str]:
    """The flags in one word: a long one, or short ones in a row up to the first that takes a value (`-qO x`)."""
    if word.startswith("--"):
        return [word.split("=", 1)[0]]
    names = []
    for letter in word[1:] if word.startswith("-") else "":
        names.append(f"-{letter}")
        if letter not in _SWITCHES:
            break
    return names


def refusal(script: str, exit_code: int, stderr: str) -> K6ciError:
    """The error for a script that k6 did not accept: the script's fault, or that of a flag."""
    said = _said(stderr)
    if _BAD_FLAG.search(said):
        return SettingsError(f"flags: k6 refuses them: {said}", "Mend the flags input; `k6 archive --help` lists them.")
    return ScriptError(
        f"k6 refuses {script} (exit code {exit_code}): {said}",
        "Mend the script; `k6 inspect` with the same -e and flags shows the same error. Nothing was uploaded.",
    )


def _said(stderr: str) -> str:
    """The last error of k6's log, which is where it puts the reason."""
    found = _SAID.findall(stderr)
    if found:
        text: str = found[-1]
        return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\").strip()
    lines = [line for line in stderr.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"
