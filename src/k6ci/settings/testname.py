"""The name of the load test as the environment or k6's config file asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from k6ci.settings.configfile import ConfigFile
from k6ci.settings.provenance import Rank, Sourced

_VARIABLE: Final = "K6_CLOUD_NAME"


def wanted_name(environ: Mapping[str, str], file: ConfigFile | None) -> Sourced[str] | None:
    """K6_CLOUD_NAME, which outranks the script's own name, or the name in k6's config file, which does not."""
    if name := environ.get(_VARIABLE, "").strip():
        return Sourced(value=name, source=f"environment variable {_VARIABLE}", rank=Rank.ENVIRONMENT)
    offered = file.cloud.get("name") if file is not None else None
    if file is None or not isinstance(offered, str) or not offered.strip():
        return None
    return Sourced(value=offered.strip(), source=f"collectors.cloud.name of {file.path}", rank=Rank.CONFIG)
