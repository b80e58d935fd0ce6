"""Parses the text of an input, with one parser for each kind. A ValueError describes what is wrong with the value.

Errors never contain the value of a secret: the only secret input is TEXT, whose parser accepts every text.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import pathlib
import re
import urllib.parse
from collections.abc import Callable
from typing import Any, Final

from k6ci.settings.inputs import Input, Kind
from k6ci.settings.lists import assignments, lines, texts, words
from k6ci.settings.raw import LONG, Raw, quoted
from k6ci.settings.stack import Stack

_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]*", re.IGNORECASE)
_STACK_DOMAIN: Final = ".grafana.net"
_LARGEST_COUNT: Final = 100


def parse(entry: Input, raw: Raw) -> Any:
    """The value of an input: str, Path, bool, int, float, timedelta, Stack, or tuple[str, ...].

    Raises:
        ValueError: the value has another form than `entry.accepted`; the message says how it differs.
    """
    if any("\0" in item for item in texts(raw)):
        raise ValueError("it contains a NUL byte")
    if entry.kind is Kind.CHOICE:
        return _choice(entry, raw)
    return _PARSERS[entry.kind](raw)


def seconds_of(text: str) -> float:
    """Seconds of a duration in k6's notation (`1h30m`, `20s`, `500ms`).

    Raises:
        ValueError: not such a duration. A bare number is refused: k6 reads it as milliseconds, people as seconds.
    """
    stripped = text.strip()
    parts = _DURATION_PART.findall(stripped)
    if not parts or "".join(number + unit for number, unit in parts) != stripped:
        hint = " (a bare number has no unit)" if stripped.isdigit() else ""
        raise ValueError(f"{quoted(text)} is not a duration{hint}")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is certainly this machine."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _text(raw: Raw) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"expected text, got {type(raw).__name__}")  # noqa: TRY004 -- one error type for all values
    return raw


def _path(raw: Raw) -> pathlib.Path:
    text = _text(raw).strip()
    try:
        return pathlib.Path(text).expanduser()
    except RuntimeError:
        raise ValueError("'~' cannot be expanded: the home folder is unknown") from None


def refuse_outside(path: pathlib.Path) -> None:
    """Raise ValueError for a path outside the working directory; symbolic links are not resolved."""
    plain = pathlib.PurePath(os.path.normpath(path))
    if plain.is_absolute() or plain.drive or plain.root or ".." in plain.parts:
        raise ValueError(f"{quoted(str(path))} is not below the working directory")


def _url(raw: Raw) -> str:
    text = _text(raw).strip()
    parts = urllib.parse.urlsplit(text)
    if parts.username or parts.password:
        raise ValueError("the URL contains a user name or password")
    _ = parts.port  # raises for one that is no number
    if parts.scheme in ("https", "wss") and parts.hostname:
        return text.rstrip("/")
    if parts.scheme in ("http", "ws") and parts.hostname:
        if is_loopback(parts.hostname):
            return text.rstrip("/")
        raise ValueError(f"{text!r} would send the token in plain text to another machine")
    raise ValueError(f"{text!r} is not a valid URL for this input")


def _sha256(raw: Raw) -> str:
    text = _text(raw).strip().lower()
    if re.fullmatch(r"[0-9a-f]{64}", text) is None:
        raise ValueError(f"{quoted(text)} is not a SHA-256")
    return text


def _choice(entry: Input, raw: Raw) -> str:
    text = _text(raw).strip().lower()
    if text not in entry.choices:
        raise ValueError(f"{quoted(text)} is not one of {', '.join(entry.choices)}")
    return text


def _switch(raw: Raw) -> bool:
    if isinstance(raw, bool):
        return raw
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    try:
        return words[_text(raw).strip().lower()]
    except KeyError:
        raise ValueError(f"{quoted(raw)} is not true or false") from None


def _project(raw: Raw) -> int:
    if isinstance(raw, bool):
        raise ValueError("a boolean is not a project ID")  # noqa: TRY004 -- one error type for all values
    text = str(raw).strip() if isinstance(raw, int) else _text(raw).strip()
    if re.fullmatch(r"[0-9]{1,18}", text) is None or int(text) == 0:
        hint = "; the ID is the number in the project's URL, after /a/k6-app/projects/"
        raise ValueError(f"{quoted(text)} is not a positive whole number{hint}")
    return int(text)


def _stack(raw: Raw) -> Stack:
    text = str(raw).strip() if isinstance(raw, int) and not isinstance(raw, bool) else _text(raw).strip()
    if re.fullmatch(r"[0-9]+", text):
        if not 0 < int(text) < 2**31:
            raise ValueError(f"{text} is not a stack number (1 to 2147483647)")
        return Stack(number=int(text))
    if _SLUG.fullmatch(text) and len(text) < LONG:
        return Stack(url=f"https://{text.lower()}{_STACK_DOMAIN}")
    if "://" not in text and text.lower().split("/")[0].endswith(_STACK_DOMAIN):
        text = f"https://{text}"
    if "@" in text:
        raise ValueError("a stack URL must not contain a password")
    parts = urllib.parse.urlsplit(text)
    if parts.scheme == "https" and parts.hostname and "." in parts.hostname:
        return Stack(url=f"https://{parts.hostname}")
    raise ValueError(f"{quoted(text)} is neither a number, a slug nor an https URL")


def _duration(raw: Raw) -> dt.timedelta:
    seconds = seconds_of(_text(raw))
    if seconds <= 0:
        raise ValueError(f"{quoted(raw)} is not longer than zero")
    return dt.timedelta(seconds=seconds)


def _wait(raw: Raw) -> dt.timedelta:
    return dt.timedelta(seconds=seconds_of(_text(raw)))


def _count(raw: Raw) -> int:
    text = str(raw).strip() if isinstance(raw, int) and not isinstance(raw, bool) else _text(raw).strip()
    if re.fullmatch(r"[0-9]{1,3}", text) is None or not 1 <= int(text) <= _LARGEST_COUNT:
        raise ValueError(f"{text!r} is not a whole number from 1 to {_LARGEST_COUNT}")
    return int(text)


def _amount(raw: Raw) -> float:
    text = str(raw).strip() if isinstance(raw, (int, float)) and not isinstance(raw, bool) else _text(raw).strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) is None or float(text) == 0:
        raise ValueError(f"{text!r} is not a number above zero")
    return float(text)


def _share(raw: Raw) -> float:
    text = str(raw).strip() if isinstance(raw, (int, float)) and not isinstance(raw, bool) else _text(raw).strip()
    number = text.removesuffix("%").strip()
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?", number) is None:
        raise ValueError(f"{text!r} is not a rate")
    share = float(number) / 100 if text.endswith("%") else float(number)
    if not 0 < share <= 1:
        raise ValueError(f"{text!r} is not a rate above 0 and up to 1 (or 100%)")
    return share


_PARSERS: Final[dict[Kind, Callable[[Raw], Any]]] = {
    Kind.TEXT: _text,
    Kind.PATH: _path,
    Kind.URL: _url,
    Kind.SHA256: _sha256,
    Kind.SWITCH: _switch,
    Kind.PROJECT: _project,
    Kind.STACK: _stack,
    Kind.DURATION: _duration,
    Kind.WAIT: _wait,
    Kind.COUNT: _count,
    Kind.AMOUNT: _amount,
    Kind.SHARE: _share,
    Kind.LINES: lines,
    Kind.WORDS: words,
    Kind.ASSIGNMENTS: assignments,
}
