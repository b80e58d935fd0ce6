"""The user's k6 flags, parsed as k6 parses them and checked against an allow-list of those that describe the load.

`k6 archive` runs the script's init code on this machine: a flag that writes files, listens, connects or loads
configuration would give the author of a script access to it. Flags that are not on the list are refused.
Grammar: spf13/pflag, as k6 uses it. Options: `k6 archive --help` and `k6 cloud run --help` of 1.1.0 and 2.x.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from k6ci.errors import SettingsError

# Long name: (short name, value of the flag without an argument; None if it needs one).
_ALLOWED: Final[dict[str, tuple[str, str | None]]] = {
    "vus": ("u", None),
    "duration": ("d", None),
    "iterations": ("i", None),
    "stage": ("s", None),
    "execution-segment": ("", None),
    "execution-segment-sequence": ("", None),
    "no-setup": ("", "true"),
    "no-teardown": ("", "true"),
    "max-redirects": ("", None),
    "batch": ("", None),
    "batch-per-host": ("", None),
    "rps": ("", None),
    "user-agent": ("", None),
    "http-debug": ("", "headers"),
    "insecure-skip-tls-verify": ("", "true"),
    "no-connection-reuse": ("", "true"),
    "no-vu-connection-reuse": ("", "true"),
    "min-iteration-duration": ("", None),
    "throw": ("w", "true"),
    "blacklist-ip": ("", None),
    "block-hostnames": ("", None),
    "summary-trend-stats": ("", None),
    "summary-time-unit": ("", None),
    "system-tags": ("", None),
    "tag": ("", None),
    "discard-response-bodies": ("", "true"),
    "local-ips": ("", None),
    "dns": ("", None),
    "compatibility-mode": ("", None),
    "env": ("e", None),
}
_LONG_OF: Final = {short: name for name, (short, _) in _ALLOWED.items() if short}

_LISTENS: Final = "it opens a port on this machine"
_PRINTS: Final = "it changes what k6 prints, which k6ci reads"
_SUMMARY: Final = "a cloud run prints no end-of-test summary of k6"
_PLACE: Final = "k6ci decides where the archive is written"
_CONFIG: Final = "k6ci passes the options of k6's config file to k6 without its token; use --config of k6ci"
_CLOUD: Final = "a cloud run sends its metrics to the cloud"
_REFUSED: Final = {
    "address": _LISTENS,
    "archive-out": _PLACE,
    "config": _CONFIG,
    "console-output": "it writes the log of the script to a file on this machine",
    "exclude-env-vars": "the script would run without its variables in the cloud",
    "exit-on-running": "k6ci waits for the result",
    "help": "it runs no test",
    "include-system-env-vars": "it puts every variable of the job, K6_CLOUD_TOKEN too, into the uploaded archive",
    "linger": "k6 would not exit after the test",
    "local-execution": "k6ci runs the script in the cloud",
    "log-format": _PRINTS,
    "log-output": "it writes k6's log to a file or sends it to another machine",
    "no-archive-upload": "k6ci uploads the archive that it made",
    "no-color": _PRINTS,
    "no-summary": _SUMMARY,
    "no-thresholds": "the run would pass even if thresholds are crossed",
    "no-usage-report": "k6ci disables the usage report already",
    "out": _CLOUD,
    "paused": "the run would wait for a command to resume",
    "profiling-enabled": _LISTENS,
    "quiet": _PRINTS,
    "secret-source": "it loads secrets from a file or a server",
    "show-logs": "k6ci shows the logs; use --show-logs of k6ci",
    "summary-export": "it writes a file on this machine",
    "summary-mode": _SUMMARY,
    "traces-output": "it connects to another machine",
    "type": "k6 detects by the content whether it is a script or an archive",
    "upload-only": "k6ci runs the script",
    "verbose": _PRINTS,
}
_REFUSED_SHORT: Final = {
    "a": "address",
    "c": "config",
    "h": "help",
    "l": "linger",
    "o": "out",
    "O": "archive-out",
    "p": "paused",
    "q": "quiet",
    "t": "type",
    "v": "verbose",
}
_ALLOWED_TEXT: Final = "Supported flags: " + ", ".join(f"--{name}" for name in _ALLOWED)


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag: its long name without dashes, and its value."""

    name: str
    value: str = dataclasses.field(repr=False)


def check_flags(words: Sequence[str]) -> tuple[Flag, ...]:
    """Parse flags that may be passed to k6.

    Raises:
        SettingsError: a flag is not on the allow-list, an argument is missing, or a word belongs to no flag.
    """
    return tuple(_flags(words))


def variables_in(words: Sequence[str]) -> list[str]:
    """The NAME=value of every `-e` and `--env`, also in flags that are malformed elsewhere."""
    found: list[str] = []
    with contextlib.suppress(SettingsError):
        found.extend(flag.value for flag in _flags(words) if flag.name == "env")
    for position, word in enumerate(words):
        if word in ("-e", "--env"):
            found.extend(words[position + 1 : position + 2])
        elif word.startswith("--env="):
            found.append(word.removeprefix("--env="))
        elif word.startswith("-") and not word.startswith("--") and "e" in word:
            found.append(word.partition("e")[2].removeprefix("="))
    return list(dict.fromkeys(found))


def _flags(words: Sequence[str]) -> Iterator[Flag]:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            raise SettingsError("flags: '--' ends the flags of k6.", "Name scripts through the script input.")
        if word.startswith("--"):
            yield _long(word, rest)
        elif word.startswith("-") and len(word) > 1:
            yield from _short(word, rest)
        else:
            raise SettingsError(
                f"flags: {_shown(word)} belongs to no flag; k6 would read it as a script.",
                "Name scripts through the script input; quote values with spaces.",
            )


def _long(word: str, rest: list[str]) -> Flag:
    name, equals, value = word[2:].partition("=")
    alone = _ALLOWED[_checked(name, f"--{name}")][1]
    if equals:
        return Flag(name, value)
    return Flag(name, _next(f"--{name}", rest) if alone is None else alone)


def _short(word: str, rest: list[str]) -> Iterator[Flag]:
    """Combined short flags, up to the first that takes a value (`-wu5`, `-u=5`)."""
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        known = _LONG_OF.get(letter) or _REFUSED_SHORT.get(letter, letter)
        name = _checked(known, f"-{letter}")
        alone = _ALLOWED[name][1]
        if len(letters) > 1 and letters[0] == "=":
            yield Flag(name, letters[1:])
            return
        if alone is None:
            yield Flag(name, letters or _next(f"-{letter}", rest))
            return
        yield Flag(name, alone)


def _next(flag: str, rest: list[str]) -> str:
    if not rest:
        raise SettingsError(f"flags: {flag} needs a value.", f"Add one: `{flag} VALUE`.")
    return rest.pop(0)


def _checked(name: str, typed: str) -> str:
    if name in _ALLOWED:
        return name
    if reason := _REFUSED.get(name):
        raise SettingsError(f"flags: {typed} is refused: {reason}.", f"Remove {typed} from the flags.")
    raise SettingsError(f"flags: {_shown(typed)} is not on the list of supported k6 flags.", f"{_ALLOWED_TEXT}.")


def _shown(word: str) -> str:
    """A word for an error message; a long one is not shown, because it may be a secret without its flag."""
    longest = 40
    return repr(word) if len(word) <= longest else f"a word of {len(word)} characters"
