"""The engine's keyword plugin, mended to linear time (repair 3 of `engine_repairs`)."""

from __future__ import annotations

import re
from typing import Any

from detect_secrets.plugins import keyword


def reading_words_once(pattern: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern of the keyword plugin that tries a word at its first keyword only; all others end at the same place."""
    once = rf"(?<!\w)(?>\w*?({'|'.join(keyword.DENYLIST)}))\w*+"
    if not pattern.pattern.startswith(keyword.DENYLIST_REGEX):
        return pattern
    return re.compile(once + pattern.pattern.removeprefix(keyword.DENYLIST_REGEX), pattern.flags)


_tables: dict[int, dict[re.Pattern[str], int]] = {}


def linear(table: dict[re.Pattern[str], int]) -> dict[re.Pattern[str], int]:
    """One of upstream's tables (from pattern to group) in its linear form; made when a file of its type is met."""
    if id(table) not in _tables:
        _tables[id(table)] = {reading_words_once(pattern): group for pattern, group in table.items()}
    return _tables[id(table)]


class KeywordDetector(keyword.KeywordDetector):
    """Values behind a keyword, found as upstream finds them and in time that grows with the line."""

    def analyze_string(self, string: str, denylist_regex_to_group: Any = None) -> Any:
        """Upstream's search, with upstream's tables in their linear form."""
        table = denylist_regex_to_group or keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP
        return super().analyze_string(string, linear(table))
