"""The statistics of the regression gate; the oracle is scipy 1.17.1 (tests/e2e/test_scipy.py calls it)."""

import itertools
import math
import random

import pytest

from k6ci.history import students_t
from k6ci.history.gate import FAILED, MIN_RUNS, P95, THROUGHPUT, Figures, compare, holm, median_of, overall
from k6ci.history.intervals import LogInterval, binomial_p_value
from k6ci.results.comparison import ComparisonOutcome

# By scipy: the distribution function `stats.t.cdf`, as freedom, t, probability.
CDF = [
    (1, -2.5, 0.12111894159084341),
    (1, 12.0, 0.9735353239404101),
    (2, 0.3, 0.6037571695799112),
    (2, 2.8214, 0.9469907141457377),
    (4, -2.5, 0.03338327240599407),
    (4, 12.0, 0.9998617857257485),
    (9, 0.3, 0.6145046481292376),
    (9, 2.8214, 0.9899993808040004),
    (19, -2.5, 0.01087020558419872),
    (19, 12.0, 0.9999999998704553),
]
# By scipy: the quantiles `stats.t.ppf`, as freedom, probability, t.
QUANTILES = [
    (4, 0.9, 1.533206274058944),
    (4, 0.9995, 8.610301581379522),
    (9, 0.95, 1.833112932656237),
    (9, 0.991, 2.8860403011773204),
    (11, 0.9995, 4.436979338234516),
    (19, 0.991, 2.5890677582547448),
]
# By scipy: the upper tail `stats.nct.sf` at the 99 % quantile, as freedom, shift, probability.
POWERS = [
    (4, 1.0, 0.05368322243203229),
    (4, 6.0, 0.9312592709076852),
    (9, 1.0, 0.07118081936024129),
    (9, 3.5, 0.7376640798688345),
    (19, 3.5, 0.8211917897511202),
    (19, 6.0, 0.9993577086028959),
]
# By scipy: the tail `stats.binom.sf`, as failures, requests, rate, probability.
BINOMIAL = [
    (3, 1000, 0.001, 0.080209342840201),
    (20, 2000, 0.004, 0.0002442964062169415),
    (1, 50, 0.002, 0.09525318199596425),
    (60, 1_000_000, 0.00003, 9.24772208323338e-07),
]


def runs(*durations, rate=0.0, requests=1000.0, throughput=100.0):
    return [Figures(float(one), requests, rate, throughput) for one in durations]


STEADY = runs(300, 310, 290, 305, 295, 300, 308, 292, 303, 297)


def outcome(new, history=STEADY, *, limit=0.1, is_closed=True):
    return overall(compare(new, history, regression_limit=limit, is_closed=is_closed))


@pytest.mark.parametrize(("freedom", "t", "expected"), CDF)
def test_the_distribution_is_that_of_scipy(freedom, t, expected):
    assert students_t.cdf(t, freedom) == pytest.approx(expected, abs=1e-14)
    assert students_t.cdf(-t, freedom) == pytest.approx(1 - expected, abs=1e-14)


@pytest.mark.parametrize(("freedom", "probability", "expected"), QUANTILES)
def test_the_quantiles_are_those_of_scipy(freedom, probability, expected):
    assert students_t.quantile(probability, freedom) == pytest.approx(expected, rel=1e-11)
    assert students_t.quantile(1 - probability, freedom) == pytest.approx(-expected, rel=1e-9)


@pytest.mark.parametrize(("freedom", "shift", "expected"), POWERS)
def test_the_power_is_the_non_central_t_of_scipy(freedom, shift, expected):
    bound = students_t.quantile(0.99, freedom)
    assert students_t.power(shift, bound, freedom) == pytest.approx(expected, abs=1e-7)
    assert students_t.smallest_shift(expected, bound, freedom) == pytest.approx(shift, abs=1e-6)


def test_a_floor_limits_the_power():
    bound = students_t.quantile(0.99, 9)
    assert students_t.power(5, bound, 9, floor=5) == pytest.approx(0.5, abs=0.02)
    assert students_t.power(5, bound, 9, floor=-10) == students_t.power(5, bound, 9)


@pytest.mark.parametrize(("failures", "requests", "rate", "expected"), BINOMIAL)
def test_the_binomial_bound_is_that_of_scipy(failures, requests, rate, expected):
    assert binomial_p_value(failures, requests, rate) == pytest.approx(expected, rel=1e-9)


def test_failures_that_were_expected_are_no_evidence():
    assert binomial_p_value(10, 1000, 0.01) == 1.0
    assert binomial_p_value(0, 1000, 0.0) == 1.0
    assert binomial_p_value(1, 1000, 0.0) == 0.0


def test_the_bound_is_the_prediction_interval_of_the_design():
    history = [200.0, 220.0, 210.0, 190.0, 205.0]
    logarithms = [math.log(value) for value in history]
    mean = sum(logarithms) / 5
    spread = math.sqrt(sum((one - mean) ** 2 for one in logarithms) / 4)
    interval = LogInterval.of(history)
    expected = math.exp(mean + students_t.quantile(0.99, 4) * spread * math.sqrt(1.2))
    assert interval.bound(0.01) == pytest.approx(expected)
    assert interval.p_value(expected) == pytest.approx(0.01)


def test_the_visible_change_is_that_of_the_design():
    # gate.md: spread 10 %, one run, N = 5, 10, 20 at 1 %: 99, 64, 55 %.
    for count, expected in ((5, 0.99), (10, 0.64), (20, 0.55)):
        assert LogInterval(5.0, 0.10, count).visible_change(0.01, 0.0) == pytest.approx(expected, abs=0.006)


def test_values_that_are_all_equal_have_the_spread_of_the_clouds_rounding():
    assert LogInterval.of([100.0] * 5).spread == 0.004


@pytest.mark.parametrize(("new", "expected"), [(300, "ok"), (325, "ok"), (500, "regressed"), (150, "improved")])
def test_the_outcome_of_a_duration(new, expected):
    assert outcome(Figures(new, 1000, 0.0, 100.0)) == expected


def test_a_value_between_the_two_bounds_is_suspicious():
    history = runs(100, 130, 80, 110, 95, 120, 90, 105, 85, 115)
    low, high = (LogInterval.of([one.p95_ms for one in history]).bound(rate) for rate in (0.09, 0.009))
    assert outcome(Figures((low + high) / 2, 1000, 0.0, 100.0), history) is ComparisonOutcome.SUSPICIOUS


@pytest.mark.parametrize(
    ("count", "expected"), [(MIN_RUNS - 1, ComparisonOutcome.TOO_FEW_RUNS), (MIN_RUNS, ComparisonOutcome.REGRESSED)]
)
def test_fewer_than_five_runs_decide_nothing(count, expected):
    assert outcome(Figures(900, 1000, 0.0, 100.0), STEADY[:count]) is expected


def test_no_history_is_too_few_runs():
    assert outcome(Figures(900, 1000, 0.0, 100.0), []) is ComparisonOutcome.TOO_FEW_RUNS
    assert outcome(Figures(), STEADY) is ComparisonOutcome.TOO_FEW_RUNS


def test_a_difference_below_a_floor_counts_as_none():
    equal = runs(*[100] * 10)
    assert outcome(Figures(109, 1000, 0.0, 100.0), equal) is ComparisonOutcome.OK  # below 10 %
    assert outcome(Figures(112, 1000, 0.0, 100.0), equal) is ComparisonOutcome.REGRESSED
    assert outcome(Figures(112, 1000, 0.0, 100.0), equal, limit=0.2) is ComparisonOutcome.OK
    short = runs(*[20] * 10)
    assert outcome(Figures(29, 1000, 0.0, 100.0), short) is ComparisonOutcome.OK  # 45 %, but below 10 ms
    assert outcome(Figures(31, 1000, 0.0, 100.0), short) is ComparisonOutcome.REGRESSED


def test_the_limit_is_the_value_from_which_on_a_metric_is_regressed():
    for history in (STEADY, runs(100, 130, 80, 110, 95, 120, 90, 105, 85, 115), runs(*[20] * 10)):
        for shown in compare(Figures(300, 1000, 0.0, 90.0), history, regression_limit=0.1, is_closed=True):
            if shown.name == P95:
                assert outcome(Figures(shown.limit * 1.001, 1000, 0.0, 100.0), history) is ComparisonOutcome.REGRESSED
                assert (
                    outcome(Figures(shown.limit * 0.999, 1000, 0.0, 100.0), history) is not ComparisonOutcome.REGRESSED
                )


@pytest.mark.parametrize(
    ("rate", "history", "expected"),
    [
        (0.002, 0.0, ComparisonOutcome.OK),  # below half a point
        (0.02, 0.0, ComparisonOutcome.REGRESSED),
        (0.02, 0.019, ComparisonOutcome.OK),
        (0.08, 0.02, ComparisonOutcome.REGRESSED),
    ],
)
def test_the_rate_of_failed_requests(rate, history, expected):
    assert outcome(Figures(300, 1000, rate, 100.0), runs(*[300] * 10, rate=history)) is expected


def test_a_rate_that_an_earlier_run_had_is_no_regression():
    history = [*runs(*[300] * 9), *runs(300, rate=0.05)]
    assert outcome(Figures(300, 1000, 0.05, 100.0), history) is ComparisonOutcome.OK


def test_throughput_counts_for_closed_models_only():
    slower = Figures(300, 1000, 0.0, 50.0)
    assert outcome(slower) is ComparisonOutcome.REGRESSED
    assert outcome(slower, is_closed=False) is ComparisonOutcome.OK
    assert [one.name for one in compare(slower, STEADY, regression_limit=0.1, is_closed=True)] == [
        P95,
        FAILED,
        THROUGHPUT,
    ]


def test_confirmation_takes_the_median_of_three():
    slow, honest = Figures(500, 1000, 0.0, 100.0), Figures(300, 1000, 0.0, 100.0)
    assert outcome(median_of([slow, honest, honest])) is ComparisonOutcome.OK
    assert outcome(median_of([slow, slow, honest])) is ComparisonOutcome.REGRESSED
    assert median_of([slow, Figures(), honest]) == Figures()


def test_holm_shares_the_error_rate():
    weights = {"a": 0.5, "b": 0.5}
    assert holm({"a": 0.006, "b": 0.006}, weights, 0.01) == frozenset()
    assert holm({"a": 0.004, "b": 0.009}, weights, 0.01) == {"a", "b"}  # what is rejected leaves its share
    assert holm({"a": 0.004, "b": 0.011}, weights, 0.01) == {"a"}
    assert holm({"a": 0.008, "b": 0.5}, {"a": 0.9, "b": 0.1}, 0.01) == {"a"}


def test_the_rank_rule_gives_the_same_order_of_false_alarms():
    """Whatever the distribution is, a run is slower than N like it with probability 1 / C(N + 1, 1) = 1 / (N + 1).

    The bound at the error rate 1 / (N + 1) must be exceeded as often.
    """
    rng, count, trials = random.Random(4), 9, 4000
    by_rank = by_bound = 0
    for _ in range(trials):
        values = [math.exp(0.1 * rng.gauss()) for _ in range(count + 1)]
        by_rank += values[-1] > max(values[:-1])
        by_bound += values[-1] > LogInterval.of(values[:-1]).bound(1 / (count + 1))
    assert by_rank / trials == pytest.approx(0.1, abs=0.015)
    assert by_bound / trials == pytest.approx(0.1, abs=0.015)


def test_two_slow_runs_of_three_are_slower_than_the_whole_history_as_rarely_as_ranks_say():
    """Exactly: all m new runs are slower than all N old ones in 1 of C(N + m, m) orders."""
    for old, new in ((3, 1), (3, 2), (4, 3)):
        orders = list(itertools.permutations(range(old + new)))
        worse = sum(min(order[old:]) > max(order[:old]) for order in orders)
        assert worse * math.comb(old + new, new) == len(orders)
