"""The load options of k6's own config file, which k6 gets as with `k6 run`: everything else in the file stays away.

The file may hold a token (`collectors.cloud.token`), outputs and listeners. k6 gets a private copy with the options
that describe the load; k6 itself then decides about precedence (flag > environment > script > file).
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any, Final

from k6ci.errors import SettingsError
from k6ci.redaction import Redactor

# The JSON keys of k6's lib.Options (1.1.0, 2.x) without `paused`, which waits for somebody to resume the run. Go reads
# keys whatever their case.
_OPTIONS: Final = frozenset(
    """
    batch batchperhost blacklistips blockhostnames cloud discardresponsebodies dns duration executionsegment
    executionsegmentsequence ext hosts httpdebug insecureskiptlsverify iterations maxredirects metricsamplesbuffersize
    miniterationduration noconnectionreuse nocookiesreset nosetup noteardown novuconnectionreuse rps scenarios
    setuptimeout stages summarytimeunit summarytrendstats systemtags tags teardowntimeout thresholds throw tlsauth
    tlsciphersuites tlsversion useragent vus
    """.split()  # noqa: SIM905 -- words are read as words
)
_CLOUD_SECTIONS: Final = ("cloud", "ext")
_PRIVATE: Final = 0o600


def load_options(document: Any, source: str) -> dict[str, Any]:
    """The options of a config file that describe the load.

    Raises:
        SettingsError: the file is no JSON object, or an option holds the file's own token.
    """
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SettingsError(
            f"The k6 config file {source} is not a JSON object.", "Fix or remove it, or name another with --config."
        )
    found = {name: value for name, value in document.items() if name.casefold() in _OPTIONS and value is not None}
    found |= {name: _without_token(value) for name, value in found.items() if name.casefold() in _CLOUD_SECTIONS}
    _refuse_token(found, document, source)
    return found


def write_copy(options: Mapping[str, Any], path: pathlib.Path) -> pathlib.Path:
    """A config file for k6 with these options, readable by this user alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(options, file)
    return path


def _without_token(section: Any) -> Any:
    if not isinstance(section, dict):
        return section
    return {name: _without_token(value) for name, value in section.items() if name.casefold() != "token"}


def _refuse_token(options: Mapping[str, Any], document: Mapping[str, Any], source: str) -> None:
    """An option that repeats a token of the file would carry it into the uploaded archive."""
    text = json.dumps(options)
    if any(Redactor([token]).text(text) != text for token in _tokens(document)):
        raise SettingsError(
            f"An option in the k6 config file {source} holds the token of that file.",
            "Take the token out of it: options become part of the uploaded script.",
        )


def _tokens(document: Any) -> list[str]:
    """Every text under a key `token`, however deep; the file's size and depth are bounded by who reads it."""
    found: list[str] = []
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found += [value for name, value in one.items() if name.casefold() == "token" and isinstance(value, str)]
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found
