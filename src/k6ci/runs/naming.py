"""The name of a load test in the cloud: unique by repository and path, and the same for every run of a script.

Two scripts with one basename would otherwise overwrite each other's load test. A name that the script sets itself
(`options.cloud.name`) is its author's decision and wins.
"""

from __future__ import annotations

import hashlib
import pathlib
import re
from collections.abc import Mapping
from typing import Any, Final

# OpenAPI 1.12.0: 1 to 300 characters.
_LONGEST: Final = 300
# https://host/PATH, ssh://git@host:22/PATH, git@host:PATH
_REMOTE: Final = re.compile(r"(?:[a-z+]+://[^/]+/|[^/:\\]+@[^/:]+:)(?P<path>[^\\]+?)(?:\.git)?/*")


def load_test_name(repository: str, script: pathlib.PurePath, cloud_options: Mapping[str, Any]) -> str:
    """`repository/path/of/script.js`, cut with a digest when it is too long.

    Args:
        repository: such as `acme/shop`.
        script: path relative to the root of the repository.
        cloud_options: `options.cloud` of the script.
    """
    own = cloud_options.get("name")
    name = own.strip() if isinstance(own, str) and own.strip() else f"{repository}/{script.as_posix()}"
    return shortened(name)


def made_unique(names: Mapping[str, str], repository: str) -> dict[str, str]:
    """The names of a suite, by script: where two scripts chose one name, the path is added to both."""
    taken = list(names.values())
    return {
        script: name if taken.count(name) == 1 else shortened(f"{name} ({repository}/{script})")
        for script, name in names.items()
    }


def shortened(name: str) -> str:
    """At most 300 characters; what is cut is replaced by a digest of the whole."""
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: _LONGEST - len(digest) - 1]}-{digest}"


def repository_of(remote: str | None, root: pathlib.Path) -> str:
    """`owner/name` from the URL of a git remote, or the name of the root folder."""
    match = _REMOTE.fullmatch(remote or "")
    return match["path"] if match else root.name
