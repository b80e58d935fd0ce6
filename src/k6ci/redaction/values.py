"""Redaction of values, before anything serialises them: the result has the same shape, so JSON stays JSON.

Texts lose every form of a secret. Names (keys, fields, enums) are our own and stay. Measured numbers that show a
secret's digits become None where None is allowed (in tuples always), and so do times. Whole numbers of a dataclass
stay: they are counts, and identifiers that the cloud assigned, without which a run could not be stopped.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from k6ci.redaction import Redactor

# RFC 3339, as in result.json: a time with a mask in it would be no time.
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def redacted(value: Any, redactor: Redactor) -> Any:
    """A frozen dataclass, or a part of one, without secrets: texts, tuples, and dataclasses in it."""
    if isinstance(value, enum.Enum):
        return value
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, tuple):
        return tuple(_item(item, redactor) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **_changes(value, redactor))
    return value


def _item(item: Any, redactor: Redactor) -> Any:
    return None if isinstance(item, float) and _shows_secret(item, redactor) else redacted(item, redactor)


def redacted_document(value: Any, redactor: Redactor) -> Any:
    """JSON values without secrets: texts, and as None all numbers that show a secret's digits; keys stay."""
    if isinstance(value, dict):
        return {key: redacted_document(item, redactor) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_document(item, redactor) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if _shows_secret(value, redactor) else value
    return redacted(value, redactor)


def _changes(value: DataclassInstance, redactor: Redactor) -> dict[str, Any]:
    optional = {field.name for field in dataclasses.fields(value) if "None" in str(field.type)}
    before = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    after = {name: redacted(part, redactor) for name, part in before.items()}
    numbers = [name for name in optional if isinstance(before[name], float)]
    # The numbers of one value belong together: the limit of a threshold follows from value and distance.
    if any(_shows_secret(before[name], redactor) for name in numbers):
        after |= dict.fromkeys(numbers)
    times = [name for name in optional if isinstance(before[name], str) and _TIME.fullmatch(before[name])]
    return after | {name: None for name in times if after[name] != before[name]}


def _shows_secret(number: float, redactor: Redactor) -> bool:
    text = repr(number)
    return redactor.text(text) != text
