"""The user's k6 flags: read as k6 reads them, and held against the list of those that describe the load.

`k6 archive` runs the script's init code on this machine, so that a flag which writes files, listens, connects or loads
configuration would give a script's author this machine. Whatever is not listed is refused, in every source of flags.
Grammar: spf13/pflag, as k6 uses it. Options: `k6 archive --help` and `k6 cloud run --help` of 1.1.0 and 2.x.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final

from k6ci.errors import SettingsError

# Long name, short name, and the value that k6 takes when the flag stands alone (None: the next word is its value).
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

_LISTENS: Final = "it opens a listener on this machine"
_PRINTS: Final = "it changes what k6 prints, which k6ci reads"
_SUMMARY: Final = "it is about k6's own summary, and a cloud run prints none here"
_PLACE: Final = "k6ci decides where the archive is written"
_CONFIG: Final = "k6ci hands the options of k6's config file to k6 without its token; use --config of k6ci itself"
_CLOUD: Final = "a cloud run sends its metrics to the cloud"
_REFUSED: Final = {
    "address": _LISTENS,
    "archive-out": _PLACE,
    "config": _CONFIG,
    "console-output": "it writes what the script logs into a file of this machine",
    "exclude-env-vars": "the script would run in the cloud without its variables",
    "exit-on-running": "k6ci waits for the result",
    "help": "it runs nothing",
    "include-system-env-vars": "it puts every variable of the job, K6_CLOUD_TOKEN too, into the uploaded archive",
    "linger": _LISTENS,
    "local-execution": "k6ci runs the script in the cloud",
    "log-format": _PRINTS,
    "log-output": "it writes k6's log into a file, or sends it to another machine",
    "no-archive-upload": "k6ci uploads the archive that it made",
    "no-color": _PRINTS,
    "no-summary": _SUMMARY,
    "no-thresholds": "the run would pass whatever its thresholds say",
    "no-usage-report": "k6ci has turned the usage report off already",
    "out": _CLOUD,
    "paused": "the run would wait for somebody to resume it",
    "profiling-enabled": _LISTENS,
    "quiet": _PRINTS,
    "secret-source": "it loads secrets from a file or a server",
    "show-logs": "k6ci shows the logs; use --show-logs of k6ci itself",
    "summary-export": "it writes a file of this machine",
    "summary-mode": _SUMMARY,
    "traces-output": "it connects to another machine",
    "type": "k6 tells a script from an archive by its content",
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
_ALLOWED_TEXT: Final = "k6ci passes on the flags that describe the load: " + ", ".join(f"--{name}" for name in _ALLOWED)


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag as k6 understands it: its long name without dashes, and its value."""

    name: str
    value: str = dataclasses.field(repr=False)


def check_flags(words: Sequence[str]) -> tuple[Flag, ...]:
    """The flags in these words, each of which may be passed on to k6.

    Raises:
        SettingsError: a flag that is not on the list, with the reason; or words that k6 would read as something else.
    """
    return tuple(_flags(words))


def variables_in(words: Sequence[str]) -> list[str]:
    """The NAME=value of every `-e` and `--env` in words that may be malformed: what can be read is read."""
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
                f"flags: {_shown(word)} belongs to no flag; k6 would take it for a script.",
                "Name scripts through the script input; quote values with spaces.",
            )


def _long(word: str, rest: list[str]) -> Flag:
    name, equals, value = word[2:].partition("=")
    alone = _ALLOWED[_checked(name, f"--{name}")][1]
    if equals:
        return Flag(name, value)
    return Flag(name, _next(f"--{name}", rest) if alone is None else alone)


def _short(word: str, rest: list[str]) -> Iterator[Flag]:
    """Short flags in a row, up to the first that takes a value (`-wu5`, `-u=5`)."""
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
        raise SettingsError(f"flags: {flag} has no value.", f"Write the value behind it: `{flag} VALUE`.")
    return rest.pop(0)


def _checked(name: str, typed: str) -> str:
    if name in _ALLOWED:
        return name
    if reason := _REFUSED.get(name):
        raise SettingsError(f"flags: {typed} is refused: {reason}.", f"Take {typed} out of the flags.")
    raise SettingsError(f"flags: {_shown(typed)} is unknown to k6ci.", f"{_ALLOWED_TEXT}.")


def _shown(word: str) -> str:
    """A word for an error; a long one may be a secret that lost its flag."""
    longest = 40
    return repr(word) if len(word) <= longest else f"a word of {len(word)} characters"
