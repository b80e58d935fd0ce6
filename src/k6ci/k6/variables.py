"""The variables of k6's options: which of the job's reach k6, and what is said about those that do not.

Options by variable: `envconfig` tags in k6 lib/options.go (1.1.0, 2.x) and internal/cmd. What writes, listens,
connects, loads configuration or changes the output that k6ci reads is on no list here, as with flags (flags.py).
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Final

from k6ci.errors import SettingsError

# Network and place, nothing else.
_PLACE: Final = ("PATH", "PATHEXT", "SYSTEMROOT", "WINDIR", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LC_ALL", "LC_CTYPE")
_NETWORK: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PASSED: Final = frozenset({*_PLACE, *_NETWORK, *(name.lower() for name in _NETWORK)})

_OPTIONS: Final = frozenset(
    """
    K6_BATCH K6_BATCH_PER_HOST K6_BLACKLIST_IPS K6_BLOCK_HOSTNAMES K6_COMPATIBILITY_MODE K6_DISCARD_RESPONSE_BODIES
    K6_DNS K6_DURATION K6_EXECUTION_SEGMENT K6_EXECUTION_SEGMENT_SEQUENCE K6_HOSTS K6_HTTP_DEBUG
    K6_INSECURE_SKIP_TLS_VERIFY K6_ITERATIONS K6_LOCAL_IPS K6_MAX_REDIRECTS K6_METRIC_SAMPLES_BUFFER_SIZE
    K6_MIN_ITERATION_DURATION K6_NO_CONNECTION_REUSE K6_NO_COOKIES_RESET K6_NO_SETUP K6_NO_TEARDOWN
    K6_NO_VU_CONNECTION_REUSE K6_RPS K6_SETUP_TIMEOUT K6_STAGES K6_SUMMARY_TIME_UNIT K6_SUMMARY_TREND_STATS
    K6_SYSTEM_TAGS K6_TAGS K6_TEARDOWN_TIMEOUT K6_THRESHOLDS K6_THROW K6_TLS_CIPHER_SUITES K6_TLS_VERSION K6_USER_AGENT
    K6_VUS
    """.split()  # noqa: SIM905 -- words are read as words
)
_EXTENSIONS: Final = ("K6_AUTO_EXTENSION_RESOLUTION", "K6_BUILD_SERVICE_URL")
_REFUSED: Final = {
    "K6_INCLUDE_SYSTEM_ENV_VARS": (
        "it would put every variable of the job, K6_CLOUD_TOKEN too, into the uploaded archive",
        "name the variables that the script needs in the env input (`-e NAME=value`)",
    ),
    "K6_NO_THRESHOLDS": ("the run would pass whatever its thresholds say", "take the thresholds out of the script"),
    "K6_PAUSED": ("the run would wait for somebody to resume it", "leave it to runs on your own machine"),
}
# k6ci itself reads these or does what they say, or they only change what k6 prints: nothing to tell.
_SILENT: Final = frozenset(
    """
    K6_CONFIG K6_SHOW_CLOUD_LOGS K6_NO_USAGE_REPORT K6_NO_COLOR K6_NO_SUMMARY K6_SUMMARY_MODE K6_LOG_FORMAT
    K6_BINARY_PROVISIONING K6_PATH K6_VERSION
    """.split()  # noqa: SIM905 -- words are read as words
)
_READ_PREFIX: Final = "K6_CLOUD_"
_NOT_TRUE: Final = ("", "0", "f", "false")


def k6_environment(environ: Mapping[str, str], home: pathlib.Path) -> dict[str, str]:
    """The environment for `k6 archive` and `k6 version`: options of the load, no secret and no home of the job."""
    kept = {name: value for name, value in environ.items() if name in _PASSED or name in _OPTIONS}
    return kept | _own(home) | _extension_resolution(environ)


def inspection_environment(environ: Mapping[str, str], home: pathlib.Path) -> dict[str, str]:
    """The environment for `k6 inspect` of an archive, which has every option in it already."""
    kept = {name: value for name, value in environ.items() if name in _PASSED}
    return kept | _own(home) | _extension_resolution(environ)


def resolves_extensions(environ: Mapping[str, str]) -> bool:
    """Whether the user lets k6 fetch a build with the extensions that a script imports."""
    return _extension_resolution(environ)["K6_AUTO_EXTENSION_RESOLUTION"] == "true"


def refused_variables(environ: Mapping[str, str]) -> list[SettingsError]:
    """A problem for each variable whose effect k6ci refuses."""
    return [
        SettingsError(f"The environment variable {name} is refused: {reason}.", f"Unset it; {instead}.")
        for name, (reason, instead) in _REFUSED.items()
        if environ.get(name, "").strip().lower() not in _NOT_TRUE
    ]


def withheld_variables(environ: Mapping[str, str]) -> str | None:
    """A sentence that names the variables of k6 which are set and have no effect; None when there is none."""
    known = _OPTIONS | _SILENT | _REFUSED.keys() | {*_EXTENSIONS}
    names = sorted(
        name
        for name, value in environ.items()
        if name.startswith("K6_") and value.strip() and name not in known and not name.startswith(_READ_PREFIX)
    )
    if not names:
        return None
    return (
        f"Not passed to k6: {', '.join(names)}. Of k6's variables, k6ci passes on those that describe the load; a "
        "script gets its own through the env input."
    )


def _own(home: pathlib.Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "K6_NO_USAGE_REPORT": "true",
        "K6_BINARY_PROVISIONING": "false",
        "K6_CLOUD_TRACES_ENABLED": "false",
    }


def _extension_resolution(environ: Mapping[str, str]) -> dict[str, str]:
    """Off, unless the user turns it on: k6 then fetches and runs another binary. No token goes to its build service."""
    wanted = environ.get("K6_AUTO_EXTENSION_RESOLUTION", "").strip().lower()
    service = environ.get("K6_BUILD_SERVICE_URL", "").strip()
    is_on = wanted in ("1", "t", "true") or (bool(service) and wanted == "")
    found = {"K6_AUTO_EXTENSION_RESOLUTION": "true" if is_on else "false"}
    if is_on and service:
        found["K6_BUILD_SERVICE_URL"] = service
    if is_on:
        found["K6_BINARY_PROVISIONING"] = "true"  # what k6 before 1.2 calls it
    return found
