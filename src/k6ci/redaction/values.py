"""Redaction of values, before anything serialises them: the result has the same shape, so JSON stays JSON.

Texts lose every form of a secret. Names (keys, fields, enums) are our own and stay. A number that shows a secret's
digits, and a time that does, become None where None is allowed. Identifiers and counts (whole numbers of a dataclass)
stay: the cloud assigned them, and without its id a run could not be stopped.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
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
        return tuple(redacted(item, redactor) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return dataclasses.replace(
            value, **{field.name: _field(field, getattr(value, field.name), redactor) for field in fields}
        )
    return value


def redacted_document(value: Any, redactor: Redactor) -> Any:
    """JSON values without secrets: texts, and as None the numbers that show a secret's digits; keys stay."""
    if isinstance(value, dict):
        return {key: redacted_document(item, redactor) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_document(item, redactor) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if _shows_secret(value, redactor) else value
    return redacted(value, redactor)


def _field(field: dataclasses.Field[Any], value: Any, redactor: Redactor) -> Any:
    is_optional = "None" in str(field.type)
    if isinstance(value, float):
        return None if is_optional and _shows_secret(value, redactor) else value
    clean = redacted(value, redactor)
    is_broken_time = isinstance(value, str) and clean != value and _TIME.fullmatch(value) is not None
    return None if is_optional and is_broken_time else clean


def _shows_secret(number: float, redactor: Redactor) -> bool:
    text = repr(number)
    return redactor.text(text) != text
