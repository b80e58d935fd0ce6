"""The engine's plugins that had to be mended, as subclasses of the same names.

1. GitHub and GitLab plugins yield a capture group, so the prefix `ghp` stands for every token: here the whole token.
2. Cloudant, IBM and SoftLayer patterns are cubic on a key followed by spaces: in linear time in `engine_assigned`.
3. Keyword and JWT patterns go back and forth in long runs: each run is read once, here and in `engine_keyword`.
The other repairs live where they apply: every place of a value (`scan`), `is_indirect_reference` and long lines
(`engine`), aliases and errors of YAML (`engine_yaml`), YAML that costs too much to parse (`nesting`), INI (`inifile`).
Three modules, so that a commit imports the plugins that its lines need. Part of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from detect_secrets.plugins import github_token, gitlab_token, jwt


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


class JwtTokenDetector(jwt.JwtTokenDetector):
    """JSON Web Tokens; runs that a dot must follow are not read backwards."""

    denylist: Any = tuple(re.compile(each.pattern.replace("=]+", "=]++")) for each in jwt.JwtTokenDetector.denylist)
