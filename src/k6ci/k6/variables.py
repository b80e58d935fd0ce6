"""The environment of k6 processes: which variables of the job are passed on, and which are refused or ignored.

Source of the names: `envconfig` tags in k6 lib/options.go (1.1.0, 2.x) and internal/cmd. Variables that make k6 write,
listen, connect, load configuration or change the output that k6ci reads are not passed on, like flags (flags.py).
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Final

from k6ci.errors import SettingsError

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
        "list the variables that the script needs in the env input (`-e NAME=value`)",
    ),
    "K6_NO_THRESHOLDS": ("the run would pass even if thresholds are crossed", "remove the thresholds from the script"),
    "K6_PAUSED": ("the run would wait for a command to resume", "use it with local runs only"),
}
# k6ci reads these itself, or they only change what k6 prints: no warning.
_SILENT: Final = frozenset(
    """
    K6_CONFIG K6_SHOW_CLOUD_LOGS K6_NO_USAGE_REPORT K6_NO_COLOR K6_NO_SUMMARY K6_SUMMARY_MODE K6_LOG_FORMAT
    K6_BINARY_PROVISIONING K6_PATH K6_VERSION
    """.split()  # noqa: SIM905 -- words are read as words
)
_READ_PREFIX: Final = "K6_CLOUD_"
# k6 spends a fifth of a short archive or inspection on collecting garbage. The limit is for scripts with large data.
_RARE_COLLECTION: Final = {"GOGC": "400", "GOMEMLIMIT": "512MiB"}
_FALSE_VALUES: Final = ("", "0", "f", "false")


def k6_environment(environ: Mapping[str, str], home: pathlib.Path) -> dict[str, str]:
    """The environment of `k6 archive` and `k6 version`: load options, no secret, and a home folder of its own."""
    kept = {name: value for name, value in environ.items() if name in _PASSED or name in _OPTIONS}
    return kept | _own(home) | _extension_resolution(environ)


def inspection_environment(environ: Mapping[str, str], home: pathlib.Path) -> dict[str, str]:
    """The environment of `k6 inspect`: without load options, because the archive contains them."""
    kept = {name: value for name, value in environ.items() if name in _PASSED}
    return kept | _own(home) | _extension_resolution(environ)


def refused_variables(environ: Mapping[str, str]) -> list[SettingsError]:
    """An error for each variable that is set and not supported."""
    return [
        SettingsError(f"The environment variable {name} is refused: {reason}.", f"Unset it; {instead}.")
        for name, (reason, instead) in _REFUSED.items()
        if environ.get(name, "").strip().lower() not in _FALSE_VALUES
    ]


def withheld_variables(environ: Mapping[str, str]) -> str | None:
    """A warning that names the k6 variables that are set and ignored; None if there are none."""
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
        **_RARE_COLLECTION,
    }


def _extension_resolution(environ: Mapping[str, str]) -> dict[str, str]:
    """Off unless the user turns it on: k6 then downloads and runs another binary. Its build service gets no token."""
    wanted = environ.get("K6_AUTO_EXTENSION_RESOLUTION", "").strip().lower()
    service = environ.get("K6_BUILD_SERVICE_URL", "").strip()
    is_on = wanted in ("1", "t", "true") or (bool(service) and wanted == "")
    found = {"K6_AUTO_EXTENSION_RESOLUTION": "true" if is_on else "false"}
    if is_on and service:
        found["K6_BUILD_SERVICE_URL"] = service
    if is_on:
        found["K6_BINARY_PROVISIONING"] = "true"  # the name before k6 1.2
    return found
