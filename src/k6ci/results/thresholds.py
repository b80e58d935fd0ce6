"""k6's threshold expressions, computed again from the cloud's metrics.

Grammar: k6 metrics/thresholds_parser.go (v2.2.0): `aggregation operator value`, where the aggregation depends on the
metric's type. Sub-metrics (`http_req_duration{status:200}`) become selectors of the v5 queries.
"""

from __future__ import annotations

import dataclasses
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from k6ci.results.model import Threshold

_EXPRESSION: Final = re.compile(
    r"\s*(?P<aggregation>avg|min|max|med|count|rate|value|p\(\s*(?P<percentile>\d+(?:\.\d+)?)\s*\))"
    r"\s*(?P<operator>===|==|!=|<=|>=|<|>)\s*(?P<limit>[+-]?\d+(?:\.\d+)?)\s*"
)
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
                return f"histogram_quantile({self.percentile / 100:g})"
            return _TREND.get(self.aggregation)
        return _OTHERS.get((metric_type, self.aggregation))

    def judged(self, value: float | None, note: str | None = None) -> Threshold:
        """The threshold with its value; `value` None means no samples (or, with a note, no answer)."""
        if value is None or self.limit is None:
            return Threshold(self.metric, self.text, limit=self.limit, note=note or "no data")
        is_met = _OPERATORS[self.operator](value, self.limit)
        if self.operator.startswith("<"):
            distance: float | None = self.limit - value
        elif self.operator.startswith(">"):
            distance = value - self.limit
        else:
            distance = None
        return Threshold(self.metric, self.text, self.limit, value, distance, is_met)


def expressions(thresholds: Mapping[str, Any]) -> Iterator[Expression]:
    """The expressions of `options.thresholds`, where each is a string or an object with `threshold`."""
    for metric, entries in thresholds.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            text = entry.get("threshold", "") if isinstance(entry, dict) else str(entry)
            yield parsed(metric, str(text))


def parsed(metric: str, text: str) -> Expression:
    """One expression; without parts when the grammar does not know it."""
    match = _EXPRESSION.fullmatch(text)
    if match is None:
        return Expression(metric, text)
    percentile = float(match["percentile"]) if match["percentile"] else None
    return Expression(metric, text, match["aggregation"], percentile, match["operator"], float(match["limit"]))


def _escaped(value: str) -> str:
    """A label value inside double quotes; k6 lets people quote tag values themselves."""
    bare = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
    return bare.replace("\\", "\\\\").replace('"', '\\"')
