"""Bounds for the value of one more run: the log-t prediction interval, and the binomial bound of a rate.

The logarithms of a metric's values are taken as normally distributed, which fits times better than the values.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Final, Self

from k6ci.history import students_t

# The cloud's histograms round a time by up to 0.8 %: values that are all equal do not mean that there is no noise.
_SMALLEST_SPREAD: Final = 0.004
_DETECTED: Final = 0.95
_NEGLIGIBLE: Final = 1e-18


@dataclasses.dataclass(frozen=True)
class LogInterval:
    """The history of a metric: mean and spread (standard deviation) of the logarithms of `count` values."""

    mean: float
    spread: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The interval of at least two values, all above zero."""
        logarithms = [math.log(value) for value in values]
        mean = math.fsum(logarithms) / len(logarithms)
        variance = math.fsum((one - mean) ** 2 for one in logarithms) / (len(logarithms) - 1)
        return cls(mean, max(math.sqrt(variance), _SMALLEST_SPREAD), len(logarithms))

    @property
    def _scale(self) -> float:
        """The standard deviation of the difference between a new value and the mean."""
        return self.spread * math.sqrt(1 + 1 / self.count)

    def p_value(self, value: float) -> float:
        """The probability of a value this high or higher, if the new run is like the others."""
        if value <= 0:
            return 1.0
        return students_t.cdf((self.mean - math.log(value)) / self._scale, self.count - 1)

    def bound(self, error_rate: float) -> float:
        """The value that a run like the others exceeds with the probability `error_rate`."""
        return math.exp(self.mean + _critical(error_rate, self.count - 1) * self._scale)

    def visible_change(self, error_rate: float, floor: float) -> float:
        """The smallest true increase (0.3 for 30 %) that is found in 95 of 100 cases, if the spread is the true one.

        `floor` is the smallest increase that counts (0.1 for 10 %), whatever the bound is.
        """
        least = math.log1p(floor) / self._scale
        bound = _critical(error_rate, self.count - 1)
        shift = students_t.smallest_shift(_DETECTED, bound, self.count - 1, floor=least)
        return math.expm1(min(shift * self._scale, 20.0))


def binomial_p_value(failures: int, requests: int, rate: float) -> float:
    """The probability of at least so many failures among so many requests, if each fails with the probability `rate`.

    A number of failures that is not above the expected one gives 1: it is evidence of nothing.
    """
    if failures <= requests * rate or failures <= 0:
        return 1.0
    if rate <= 0:
        return 0.0
    logarithm = (
        math.lgamma(requests + 1)
        - math.lgamma(failures + 1)
        - math.lgamma(requests - failures + 1)
        + failures * math.log(rate)
        + (requests - failures) * math.log1p(-rate)
    )
    term = total = 1.0  # relative to the first term; each further term is smaller
    for number in range(failures, requests):
        term *= (requests - number) / (number + 1) * rate / (1 - rate)
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return min(1.0, math.exp(logarithm + math.log(total)))


@functools.cache
def _critical(error_rate: float, freedom: int) -> float:
    return students_t.quantile(1 - error_rate, freedom)
