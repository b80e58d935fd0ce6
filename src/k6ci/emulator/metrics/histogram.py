"""The buckets of k6's cloud histogram: quantiles have the same error as in the real service, below 1/128.

Source: internal/ds/histogram/hdr.go of grafana/k6 v1.1.0 (resolution 0.001, seven significant bits).
"""

from __future__ import annotations

import math

RESOLUTION = 0.001
LARGEST = 1e300  # greater values share a bucket: divided by the resolution they would overflow
_SIGNIFICANT_BITS = 7
_LINEAR_BUCKETS = 1 << (_SIGNIFICANT_BITS + 1)


def bucket_of(value: float) -> int:
    """Return the index of the bucket of a value; negative values mirror positive ones."""
    if value < 0:
        return -bucket_of(-value)
    units = math.ceil(min(value, LARGEST) / RESOLUTION)
    if units < _LINEAR_BUCKETS:
        return units
    shift = units.bit_length() - _SIGNIFICANT_BITS - 1
    return (shift << _SIGNIFICANT_BITS) + (units >> shift)


def upper_bound(index: int) -> float:
    """Return the greatest value of a bucket, in the unit of the samples."""
    if index < 0:
        return -_lower_units(-index) * RESOLUTION
    if index < _LINEAR_BUCKETS:
        return index * RESOLUTION
    shift = (index >> _SIGNIFICANT_BITS) - 1
    return (_lower_units(index) + (1 << shift) - 1) * RESOLUTION


def _lower_units(index: int) -> int:
    if index < _LINEAR_BUCKETS:
        return index
    shift = (index >> _SIGNIFICANT_BITS) - 1
    return (index - (shift << _SIGNIFICANT_BITS)) << shift
