"""Student's t distribution for whole degrees of freedom, and the power of a test that uses it. Standard library only.

Facts: Abramowitz & Stegun 26.7.3 and 26.7.4, finite sums that are exact up to rounding.
"""

from __future__ import annotations

import functools
import math
from typing import Final

_BISECTIONS: Final = 200
_STEPS: Final = 400
# The scale of a sample's spread is integrated this many of its standard deviations to each side of 1.
_WIDTH: Final = 9.0
_PRECISION: Final = 1e-7


def cdf(t: float, freedom: int) -> float:
    """The probability that a t-distributed value is at most `t`; `freedom` is 1 or more."""
    angle = math.atan2(t, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = freedom % 2 == 1
    term = cosine if is_odd else 1.0
    total = 0.0
    for factor in range(2 if is_odd else 1, freedom, 2):
        total += term
        term *= cosine * cosine * factor / (factor + 1)
    within = (angle + sine * total) * 2 / math.pi if is_odd else sine * total
    return 0.5 + within / 2


def quantile(probability: float, freedom: int) -> float:
    """The value that a t-distributed one exceeds with `1 - probability`; 0 < probability < 1."""
    if probability < 0.5:  # noqa: PLR2004 -- the distribution is symmetric about its median
        return -quantile(1 - probability, freedom)
    low, high = 0.0, 1.0
    while cdf(high, freedom) < probability:
        high *= 2
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if cdf(middle, freedom) < probability else (low, middle)
    return (low + high) / 2


def power(shift: float, bound: float, freedom: int, *, floor: float = -math.inf) -> float:
    """The probability that a shift is detected: that `Z + shift > max(bound * S, floor)`.

    Z is a standard normal value and S the spread of a sample with `freedom` degrees of freedom, relative to the true
    spread. Without a floor this is the upper tail of the non-central t distribution at `bound`.

    Args:
        shift: the true shift, in units of the true spread of the difference.
        bound: the critical value of t.
        freedom: degrees of freedom, 1 or more.
        floor: the smallest difference that counts, in the unit of `shift`.
    """
    spreads = _spreads(freedom)
    return min(1.0, sum(weight * _normal_cdf(shift - max(bound * scale, floor)) for scale, weight in spreads))


def smallest_shift(wanted: float, bound: float, freedom: int, *, floor: float = -math.inf) -> float:
    """The smallest shift above zero that `power` detects with the probability `wanted`."""
    low, high = 0.0, 1.0
    while power(high, bound, freedom, floor=floor) < wanted:
        low, high = high, high * 2
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle, bound, freedom, floor=floor) < wanted else (low, middle)
    return high


@functools.cache
def _spreads(freedom: int) -> tuple[tuple[float, float], ...]:
    """Relative spreads of a sample, each with its weight in an integral by Simpson's rule."""
    width = _WIDTH / math.sqrt(2 * freedom)
    start, end = max(0.0, 1 - width), 1 + width
    step = (end - start) / _STEPS
    weights = [*[1, *([4, 2] * (_STEPS // 2))][:-1], 1]
    scales = [start + number * step for number in range(_STEPS + 1)]
    return tuple(
        (scale, weight * step / 3 * _spread_density(scale, freedom))
        for scale, weight in zip(scales, weights, strict=True)
    )


def _normal_cdf(value: float) -> float:
    return math.erfc(-value / math.sqrt(2)) / 2


def _spread_density(scale: float, freedom: int) -> float:
    """The density of sqrt(chi-squared / freedom) at `scale`."""
    if scale <= 0:
        return math.sqrt(2 / math.pi) if freedom == 1 else 0.0
    half = freedom / 2
    logarithm = math.log(2) + half * math.log(half) - math.lgamma(half)
    return math.exp(logarithm + (freedom - 1) * math.log(scale) - half * scale * scale)
