"""k6's threshold expressions, computed again from the cloud's metrics.

Grammar: k6 metrics/thresholds_parser.go (v1.1.0, v2.2.0): `aggregation operator value`, where the aggregation depends
on the metric's type. Sub-metrics (`http_req_duration{status:200}`) become selectors of the v5 queries.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from k6ci.results.model import Threshold

# The operator is the first that stands there, the longest at its place; values are what Go's ParseFloat takes.
_EXPRESSION: Final = re.compile(r"\s*(?P<left>[^<>=!]+?)\s*(?P<operator>===|==|!=|<=|>=|<|>)\s*(?P<limit>\S+)\s*")
_AGGREGATION: Final = re.compile(r"avg|min|max|med|count|rate|value|p\((?P<percentile>\S+)\)")
_DECIMAL: Final = re.compile(
    r"(?i)[+-]?(?:(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:e[+-]?[0-9_]+)?|inf|infinity)|nan"
)
_HEXADECIMAL: Final = re.compile(r"(?i)[+-]?0x_?[0-9a-f_]*\.?[0-9a-f_]*p[+-]?[0-9_]+")
_SUBMETRIC: Final = re.compile(r"(?P<name>[^{]+)\{(?P<tags>.*)\}")
_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
}
_TREND: Final = {
    "avg": "histogram_avg",
    "min": "histogram_min",
    "max": "histogram_max",
    "med": "histogram_quantile(0.5)",
}
_OTHERS: Final = {
    ("rate", "rate"): "ratio",
    ("counter", "count"): "increase",
    ("counter", "rate"): "rate",
    ("gauge", "value"): "last",
}


@dataclasses.dataclass(frozen=True)
class Expression:
    """A threshold as the script has it, and its parts if we understand it."""

    metric: str
    text: str
    aggregation: str | None = None
    percentile: float | None = None
    operator: str = ""
    limit: float | None = None

    @property
    def base_metric(self) -> str:
        """The metric without the tags of a sub-metric."""
        match = _SUBMETRIC.fullmatch(self.metric)
        return match["name"].strip() if match else self.metric

    @property
    def selector(self) -> str:
        """The metric as v5 selects it: `name{tag="value"}`."""
        match = _SUBMETRIC.fullmatch(self.metric)
        if match is None:
            return self.metric
        pairs = [pair.partition(":") for pair in match["tags"].split(",") if pair.strip()]
        labels = ",".join(f'{tag.strip()}="{_escaped(value.strip())}"' for tag, _, value in pairs)
        return f"{match['name'].strip()}{{{labels}}}"

    def query(self, metric_type: str) -> str | None:
        """The v5 query that answers it for a metric of this type; None when there is none."""
        if self.aggregation is None:
            return None
        if metric_type == "trend":
            if self.percentile is not None:
                share = self.percentile / 100
                return f"histogram_quantile({share:.12g})" if 0 <= share <= 1 else None
            return _TREND.get(self.aggregation)
        return _OTHERS.get((metric_type, self.aggregation))

    def evaluated(self, value: float | None, note: str | None = None) -> Threshold:
        """The threshold with its value; `value` None means no samples (or, with a note, no answer)."""
        limit = self.limit if self.limit is not None and math.isfinite(self.limit) else None  # reports are JSON
        if value is None or self.limit is None:
            return Threshold(self.metric, self.text, limit=limit, note=note or "no data")
        is_met = _OPERATORS[self.operator](value, self.limit)
        distance: float | None = None
        if limit is not None and self.operator.startswith("<"):
            distance = limit - value
        elif limit is not None and self.operator.startswith(">"):
            distance = value - limit
        return Threshold(self.metric, self.text, limit, value, distance, is_met)


def expressions(thresholds: Mapping[str, Sequence[str]]) -> Iterator[Expression]:
    """The expressions of each metric, parsed."""
    for metric, texts in thresholds.items():
        for text in texts:
            yield parsed(metric, text)


def parsed(metric: str, text: str) -> Expression:
    """One expression; without parts when the grammar does not know it."""
    match = _EXPRESSION.fullmatch(text)
    left = _AGGREGATION.fullmatch(match["left"]) if match else None
    limit = _number(match["limit"]) if match else None
    if match is None or left is None or limit is None:
        return Expression(metric, text)
    if left["percentile"] is None:
        return Expression(metric, text, left[0], None, match["operator"], limit)
    percentile = _number(left["percentile"])
    if percentile is None:
        return Expression(metric, text)
    return Expression(metric, text, "p", percentile, match["operator"], limit)


def _number(text: str) -> float | None:
    """A number in Go's notation (strconv.ParseFloat); None for what Go refuses."""
    try:
        if _HEXADECIMAL.fullmatch(text):
            return float.fromhex(text.replace("_", ""))
        return float(text) if _DECIMAL.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def _escaped(value: str) -> str:
    """A label value inside double quotes; k6 lets people quote tag values themselves."""
    bare = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
    return bare.replace("\\", "\\\\").replace('"', '\\"')
