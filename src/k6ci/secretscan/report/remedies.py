"""Remedies: what to write instead of a secret, and where to store it (`remedies.ini`); how to rotate it (`rules.ini`).

Made from the path, the rule and the name of the variable only, never from the line that contains the secret.
"""

from __future__ import annotations

import re
from functools import lru_cache

from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics.names import words_of
from k6ci.secretscan.report.findings import RULES

_FILES = sections(__file__, "remedies.ini")
_WORDS = {key: text.replace("\n", " ") for key, text in _FILES.pop("words").items()}
_NO_OWNER = frozenset(_WORDS["no owner"].split())
_LONGEST_NAME = 40


def _variable_for(rule: str, name: str) -> str:
    """The variable to use: the name in the file, or the one of the rule when that name has no owner."""
    words = words_of(name)
    made = "_".join(words).upper()
    is_fixed = rule.startswith(("k6-", "grafana-")) and rule != "grafana-credential"
    if is_fixed or not words or _NO_OWNER.issuperset(words) or len(made) > _LONGEST_NAME:
        return RULES[rule].variable
    return made


def _advice_for(path: str, rule: str, name: str) -> str:
    """What to write instead, and where to store the value."""
    lowered = path.lower().replace("\\", "/")
    paths = ((one, one["paths"].replace("\n", "")) for one in _FILES.values())
    kind = next(one for one, pattern in paths if one.get("rule") == rule or re.search(pattern, lowered))
    if "say" in kind:
        return kind["say"]
    text = f"Write `{kind['write']}`, and {kind.get('keep', _WORDS['of job'])}."
    if rule == "k6-cloud-token" and re.search(_WORDS["may go in"], lowered):
        text = f"{text} {_WORDS['k6 reads it']}"
    variable = _variable_for(rule, name)
    forms = {"NAME": variable, "LOWER": variable.lower(), "SLUG": variable.lower().replace("_", "-")}
    return re.sub("|".join(forms), lambda form: forms[form[0]], text)


@lru_cache(maxsize=256)
def remedy_for(path: str, rule: str, name: str = "", revoke: str = "") -> str:
    """What to write instead, and what to do if the secret was pushed.

    `name` is the name of the value in the file, `revoke` is where to revoke it, if known.
    """
    rotation = _WORDS["revoke"].replace("URL", revoke) if revoke else RULES[rule].rotation
    return f"{_advice_for(path, rule, name)} {rotation}"
