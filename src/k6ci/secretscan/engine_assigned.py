"""The engine's plugins for keys of certain clouds behind a name, in linear time (repair 2 of `engine_repairs`)."""

from __future__ import annotations

import re
from typing import Any

from detect_secrets.plugins import cloudant, ibm_cloud_iam, ibm_cos_hmac, softlayer

_AMBIGUOUS = r"(?: *)(?:=|:|:=|=>| +|::)(?: *)"
# The same words as above: spaces around a sign, or spaces alone, with one way only to read each.
_UNAMBIGUOUS = r"(?: *(?::=|::|=>|=|:) *| +)"


def without_backtracking(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """The pattern of `build_assignment_regex` with its run of spaces read in one way; others come back unchanged."""
    return re.compile(pattern.pattern.replace(_AMBIGUOUS, _UNAMBIGUOUS), pattern.flags)


class CloudantDetector(cloudant.CloudantDetector):
    """Cloudant credentials in linear time."""

    denylist: Any = tuple(map(without_backtracking, cloudant.CloudantDetector.denylist))


class IbmCloudIamDetector(ibm_cloud_iam.IbmCloudIamDetector):
    """IBM Cloud keys in linear time."""

    denylist: Any = tuple(map(without_backtracking, ibm_cloud_iam.IbmCloudIamDetector.denylist))


class IbmCosHmacDetector(ibm_cos_hmac.IbmCosHmacDetector):
    """IBM object storage credentials in linear time."""

    denylist: Any = tuple(map(without_backtracking, ibm_cos_hmac.IbmCosHmacDetector.denylist))


class SoftlayerDetector(softlayer.SoftlayerDetector):
    """SoftLayer credentials in linear time."""

    denylist: Any = tuple(map(without_backtracking, softlayer.SoftlayerDetector.denylist))
