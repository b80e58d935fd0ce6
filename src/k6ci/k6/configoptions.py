"""The load options of k6's own config file, which apply as with `k6 run`.

The file may contain a token (`collectors.cloud.token`), outputs and listeners. k6 therefore gets a private copy that
has only the options that describe the load; precedence is k6's own (flag > environment > script > file).
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any, Final

from k6ci.errors import SettingsError
from k6ci.redaction import Redactor

# The JSON keys of k6's lib.Options (1.1.0, 2.x) without `paused`, which waits for a command to resume. Go
# matches JSON keys case-insensitively.
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
        SettingsError: the file is not a JSON object, or an option contains the file's token.
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
    """Write a config file for k6 that only this user can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(options, file)
    return path


def _without_token(section: Any) -> Any:
    if not isinstance(section, dict):
        return section
    return {name: _without_token(value) for name, value in section.items() if name.casefold() != "token"}


def _refuse_token(options: Mapping[str, Any], document: Mapping[str, Any], source: str) -> None:
    """Refuse options that repeat the token of the file: they become part of the uploaded archive."""
    text = json.dumps(options)
    if any(Redactor([token]).text(text) != text for token in _tokens(document)):
        raise SettingsError(
            f"An option in the k6 config file {source} contains the token of that file.",
            "Remove the token from the option: options become part of the uploaded archive.",
        )


def _tokens(document: Any) -> list[str]:
    """Every string under a key `token`, at any depth; size and depth were limited when the file was read."""
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
