"""The query language of the v5 metrics: a method with its argument and grouping, and the selector of a metric.

Source: the pages "Metrics REST API" and "Aggregation methods for metric queries" of Grafana's documentation.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import SchemaError, SchemaValidator, core_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

LENGTH_LIMIT = 1_000

_GROUPING = r"(?:\s*\bby\s*\(\s*([\w.\-]+(?:\s*,\s*[\w.\-]+)*)\s*\))?"
_METHOD = re.compile(r"([a-z_]+)(?:\(\s*([0-9.]+)\s*\))?" + _GROUPING)
_OUTER = re.compile(r"(sum|avg|min|max)\s*\((.+)\)" + _GROUPING, re.DOTALL)
_SELECTOR = re.compile(r"\s*([A-Za-z_][\w.:]*)\s*(?:\{(.*)\})?\s*", re.DOTALL)
_MATCHER = re.compile(r'\s*([\w.\-]+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(,|$)')
_ARGUMENT = re.compile(r"\s*([a-z_]+)\s*=\s*(?:'((?:[^']|'')*)'|(\[[0-9,\s]*\]|[^',()\[\]]+))\s*(,|$)")


class QueryError(ValueError):
    """The query, the selector or the call is invalid."""


@dataclass(frozen=True)
class Query:
    """`outer(method(argument) by (by)) by (outer_by)`; all but the method may be absent."""

    method: str
    argument: float | None = None
    by: tuple[str, ...] = ()
    outer: str | None = None
    outer_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matcher:
    """One condition on a label; an absent label is an empty one."""

    label: str
    operator: str
    text: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels satisfy the condition."""
        value = labels.get(self.label, "")
        if self.operator in {"=", "!="}:
            return (value == self.text) is (self.operator == "=")
        return _regex(self.text).isinstance_python(value) is (self.operator == "=~")


@dataclass(frozen=True)
class Selector:
    """A metric and the conditions on its labels."""

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Say whether all conditions hold."""
        return all(matcher.matches(labels) for matcher in self.matchers)


@functools.lru_cache(maxsize=100)
def _regex(text: str) -> SchemaValidator:
    """A pattern that must match a whole label value; raises QueryError.

    The pattern comes with the request, so it is matched in linear time and bounded memory: by the engine of pydantic,
    whose syntax is that of Go's regexp. With Python's `re`, `(a|aa)*b` stops the event loop for years.
    """
    try:
        return SchemaValidator(core_schema.str_schema(pattern=rf"\A(?s:{text})\z", regex_engine="rust-regex"))
    except SchemaError as error:
        raise QueryError(f"not a regular expression: {text}") from error


def parse_query(text: str) -> Query:
    """Parse a query such as `histogram_quantile(0.95) by (name)`; raises QueryError."""
    text = _bounded(text).strip()
    outer = _OUTER.fullmatch(text)
    if outer is not None:
        if _OUTER.fullmatch(outer[2].strip()) is not None:
            raise QueryError("aggregations cannot be nested")
        inner = parse_query(outer[2])
        return Query(inner.method, inner.argument, inner.by, outer[1], _labels(outer[3]))
    plain = _METHOD.fullmatch(text)
    if plain is None:
        raise QueryError(f"not a query: {text}")
    try:
        argument = None if plain[2] is None else float(plain[2])
    except ValueError as error:
        raise QueryError(f"not a number: {plain[2]}") from error
    return Query(plain[1], argument, _labels(plain[3]))


def parse_selector(text: str) -> Selector:
    """Parse a selector such as `http_req_duration{expected_response="true"}`; raises QueryError."""
    found = _SELECTOR.fullmatch(_bounded(text))
    if found is None:
        raise QueryError(f"not a metric: {text}")
    matchers = []
    rest, position = (found[2] or "").strip(), 0
    while position < len(rest):
        matcher = _MATCHER.match(rest, position)
        if matcher is None:
            raise QueryError(f"not a label condition: {rest[position:]}")
        value = re.sub(r'\\(["\\])', r"\1", matcher[3])
        if matcher[2] in {"=~", "!~"}:
            _regex(value)  # an invalid one is an error even when the metric has no samples
        matchers.append(Matcher(matcher[1], matcher[2], value))
        position = matcher.end()
    return Selector(found[1], tuple(matchers))


def parse_arguments(text: str) -> dict[str, str]:
    """Parse the arguments of an OData call, `query='…',metric='…',step=5`; a doubled quote is a quote."""
    arguments: dict[str, str] = {}
    position = 0
    _bounded(text, 4 * LENGTH_LIMIT)
    while position < len(text):
        found = _ARGUMENT.match(text, position)
        if found is None or found[1] in arguments:
            raise QueryError(f"not an argument: {text[position:]}")
        arguments[found[1]] = found[3].strip() if found[2] is None else found[2].replace("''", "'")
        position = found.end()
    return arguments


def _labels(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",")) if text else ()


def _bounded(text: str, limit: int = LENGTH_LIMIT) -> str:
    if len(text) > limit:
        raise QueryError(f"longer than {limit} characters")
    return text
