"""The name of a load test in the cloud: unique by repository and path, and the same for every run of a script.

Two scripts with one basename would otherwise overwrite each other's load test, and so would the legs of a matrix. A
name that a user sets (`options.cloud.name`, K6_CLOUD_NAME) is their decision and wins over repository and path.
"""

from __future__ import annotations

import collections
import hashlib
import pathlib
import re
from collections.abc import Mapping
from typing import Final

from k6ci.k6.readable import readable

# OpenAPI 1.12.0: 1 to 300 characters.
_LONGEST: Final = 300
# https://host/PATH, ssh://git@host:22/PATH, git@host:PATH
_REMOTE: Final = re.compile(r"(?:[a-z+]+://[^/]+/|[^/:\\]+@[^/:]+:)(?P<path>[^\\]+?)(?:\.git)?/*")


def load_test_name(repository: str, script: pathlib.PurePath, wanted: str | None = None, leg: str | None = None) -> str:
    """`repository/path/of/script.js`, cut with a digest when it is too long.

    Args:
        repository: such as `acme/shop`.
        script: path relative to the root of the repository.
        wanted: the name that the script or its user asks for.
        leg: which of the parallel jobs of a matrix this is, in words that stay the same.
    """
    name = wanted or f"{repository}/{script.as_posix()}"
    return shortened(readable(f"{name} ({leg})" if leg else name))


def made_unique(names: Mapping[str, str], repository: str) -> dict[str, str]:
    """The names of a suite, by script: where scripts chose one name, the path is added to each.

    Names that differ in case only count as one, because a server may think so, too.
    """
    taken = collections.Counter(name.casefold() for name in names.values())
    unique = {
        script: name if taken[name.casefold()] == 1 else shortened(f"{name} ({repository}/{script})")
        for script, name in names.items()
    }
    again = collections.Counter(name.casefold() for name in unique.values())
    return {
        script: name if again[name.casefold()] == 1 else shortened(f"{name} {_digest(script)}")
        for script, name in unique.items()
    }


def shortened(name: str) -> str:
    """At most 300 characters; what is cut is replaced by a digest of the whole."""
    if len(name) <= _LONGEST:
        return name
    digest = _digest(name)
    return f"{name[: _LONGEST - len(digest) - 1]}-{digest}"


def repository_of(remote: str | None, root: pathlib.Path) -> str:
    """`owner/name` from the URL of a git remote, or the name of the root folder."""
    match = _REMOTE.fullmatch(remote or "")
    return match["path"] if match else root.name


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
