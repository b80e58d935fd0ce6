"""The statistics of the regression gate beside scipy, which no lock file of this project has: `pip install scipy`."""

import pytest

from k6ci.history import students_t
from k6ci.history.intervals import binomial_p_value

pytestmark = pytest.mark.e2e
stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")


@pytest.mark.parametrize("freedom", range(1, 41))
def test_the_t_distribution(freedom):
    for t in (-30.0, -3.0, -1.0, -0.1, 0.0, 0.2, 1.0, 2.7, 5.0, 40.0):
        assert students_t.cdf(t, freedom) == pytest.approx(float(stats.t.cdf(t, freedom)), abs=1e-14)
    for probability in (0.001, 0.01, 0.1, 0.9, 0.99, 0.9995):
        expected = float(stats.t.ppf(probability, freedom))
        assert students_t.quantile(probability, freedom) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("freedom", range(4, 20))
def test_the_power(freedom):
    bound = float(stats.t.ppf(0.991, freedom))
    for shift in (0.1, 1.0, 3.0, 5.0, 8.0):
        expected = float(stats.nct.sf(bound, freedom, shift))
        assert students_t.power(shift, bound, freedom) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("requests", [10, 1000, 200_000])
def test_the_binomial_tail(requests):
    for rate in (0.001, 0.02, 0.3):
        for factor in (1.2, 1.5, 2.0):
            failures = min(requests, int(requests * rate * factor) + 1)
            expected = float(stats.binom.sf(failures - 1, requests, rate))
            if failures > requests * rate:
                assert binomial_p_value(failures, requests, rate) == pytest.approx(expected, rel=1e-6, abs=1e-300)
