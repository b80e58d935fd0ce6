"""Where a crossed threshold stands in its script."""

from __future__ import annotations

import pytest

from k6ci.publish.threshold_lines import crossed_lines
from k6ci.results.model import Threshold

SCRIPT = """
import http from 'k6/http';
// http_req_duration is slow: p(95)<500
export const options = {
  thresholds: {
    checks: ['rate>0.9'],
    'http_req_duration': [
      'avg<200',
      'p(95)<500',
    ],
    'http_req_duration{scenario:a}': ['p(95)<500'],
    ["work"]: [{ threshold: 'p(95)<5', abortOnFail: true }],
    my_checks: [`rate>0.9`],
  },
};
"""


@pytest.mark.parametrize(
    ("metric", "expression", "line"),
    [
        ("checks", "rate>0.9", 6),
        ("http_req_duration", "avg<200", 8),
        ("http_req_duration", "p(95)<500", 9),
        ("http_req_duration{scenario:a}", "p(95)<500", 11),
        ("work", "p(95)<5", 12),
        ("my_checks", "rate>0.9", 13),
        ("work", "p(99)<***", 12),  # redacted, or built by code: the line of the metric
        ("unknown", "avg<200", 8),  # the metric's name is built by code
        ("unknown", "avg<201", 1),
        ("a(b[c", "x<1", 1),
    ],
)
def test_a_crossed_threshold_is_found(metric, expression, line):
    crossed = Threshold(metric, expression, is_met=False)
    met = [Threshold(metric, expression, is_met=is_met) for is_met in (True, None)]
    assert list(crossed_lines(SCRIPT, [*met, crossed])) == [(crossed, line)]
    assert list(crossed_lines("", [crossed])) == [(crossed, 1)]
