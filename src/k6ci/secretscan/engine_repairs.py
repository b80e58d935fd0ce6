"""The engine's plugins that had to be mended, as subclasses of the same names.

1. GitHub and GitLab plugins yield a capture group, so the prefix `ghp` stands for every token: here the whole token.
2. Cloudant, IBM and SoftLayer patterns are cubic on a key followed by spaces: here the same language in linear time.
3. Keyword and JWT patterns go back and forth in long runs: here each run is read once.
The other repairs live where they apply: every place of a value (`scan`), the filter `is_indirect_reference` and long
lines (`engine`), aliases and errors of YAML (`engine_yaml`), INI (`inifile`). Part of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from detect_secrets.plugins import (
    cloudant,
    github_token,
    gitlab_token,
    ibm_cloud_iam,
    ibm_cos_hmac,
    jwt,
    keyword,
    softlayer,
)

_AMBIGUOUS = r"(?: *)(?:=|:|:=|=>| +|::)(?: *)"
# The same words as above: spaces around a sign, or spaces alone, with one way only to read each.
_UNAMBIGUOUS = r"(?: *(?::=|::|=>|=|:) *| +)"


def without_backtracking(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """The pattern of `build_assignment_regex` with its run of spaces read in one way; others come back unchanged."""
    return re.compile(pattern.pattern.replace(_AMBIGUOUS, _UNAMBIGUOUS), pattern.flags)


class _WholeMatch:
    """Yields what the pattern matched instead of the group that it happens to capture."""

    denylist: Any

    def analyze_string(self, string: str) -> Iterator[str]:
        for pattern in self.denylist:
            for match in pattern.finditer(string):
                yield match.group(0)


class GitHubTokenDetector(_WholeMatch, github_token.GitHubTokenDetector):  # type: ignore[misc]
    """GitHub tokens, told apart."""


class GitLabTokenDetector(_WholeMatch, gitlab_token.GitLabTokenDetector):  # type: ignore[misc]
    """GitLab tokens, told apart."""


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


class JwtTokenDetector(jwt.JwtTokenDetector):
    """JSON Web Tokens; runs that a dot must follow are not read backwards."""

    denylist: Any = tuple(re.compile(each.pattern.replace("=]+", "=]++")) for each in jwt.JwtTokenDetector.denylist)


def reading_words_once(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern of the keyword plugin that tries a word at its first keyword only; all others end at the same place."""
    once = rf"(?<!\w)(?>\w*?({'|'.join(keyword.DENYLIST)}))\w*+"
    if not pattern.pattern.startswith(keyword.DENYLIST_REGEX):
        return pattern
    return re.compile(once + pattern.pattern.removeprefix(keyword.DENYLIST_REGEX), pattern.flags)


_TABLES: dict[int, dict[re.Pattern[str], int]] = {
    id(table): {reading_words_once(pattern): group for pattern, group in table.items()}
    for table in (*keyword.REGEX_BY_FILETYPE.values(), keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP)
}


class KeywordDetector(keyword.KeywordDetector):
    """Values behind a keyword, found as upstream finds them and in time that grows with the line."""

    def analyze_string(self, string: str, denylist_regex_to_group: Any = None) -> Any:
        """Upstream's search, with upstream's tables in their linear form."""
        table = denylist_regex_to_group or keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP
        return super().analyze_string(string, _TABLES[id(table)])
