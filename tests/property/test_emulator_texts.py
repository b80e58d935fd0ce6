"""Random texts that the emulator parses: recurrences, cron expressions and queries. Invalid ones are 400."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile_clients import ODD_TEXTS, tries

pytestmark = pytest.mark.unmeasured


@given(
    st.sampled_from([*ODD_TEXTS, "2026-01-31T00:00:00.5Z"]) | st.text(max_size=20),
    st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 2**63 - 1) | st.integers(1, 50),
    st.none() | st.lists(st.sampled_from(["MO", "SU"]), max_size=3),
    st.none() | st.integers(1, 2**63 - 1),
    st.none() | st.sampled_from(ODD_TEXTS),
)
@tries(200)
def test_s15_random_recurrences_get_a_response(attacked_runs, starts, frequency, interval, byday, count, until) -> None:
    """A recurrence of any length from any time, at once; the list of schedules shows it."""
    emulator, ids = attacked_runs
    rule = {"frequency": frequency, "interval": interval, "byday": byday, "count": count, "until": until}
    home = f"/cloud/v6/load_tests/{ids['test']}/schedule"
    answer = emulator.api("POST", home, json={"starts": starts, "recurrence_rule": rule}, timeout=30)
    assert answer.status_code in {200, 400, 404}, (rule, answer.text)
    assert emulator.api("GET", "/cloud/v6/schedules", timeout=30).is_success


@given(
    st.text("0123456789*/,-L#WMONJAN@ ", max_size=20)
    | st.from_regex(r"([0-9*/,-]{1,4} ){4}[0-7L#*]{1,3}", fullmatch=True),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", ""]) | st.text(max_size=9),
)
@tries(200)
def test_s15_random_cron_expressions_get_a_response(attacked_runs, schedule, zone) -> None:
    """Invalid ones are 400."""
    emulator, ids = attacked_runs
    body = {"starts": "2030-01-01T00:00:00Z", "cron": {"schedule": schedule, "time_zone": zone}}
    answer = emulator.api("POST", f"/cloud/v6/load_tests/{ids['test']}/schedule", json=body, timeout=30)
    assert answer.status_code in {200, 400, 404}, (body, answer.text)


@given(
    st.sampled_from(["query_aggregate_k6", "query_range_k6"]),
    st.sampled_from(["iterations", "checks", "vus", "iteration_duration", "nothing"]),
    st.sampled_from(["increase", "ratio", "last", "histogram_quantile(0.5)", "sum(max by (a))"]) | st.text(max_size=30),
    st.text(max_size=30) | st.sampled_from(['{a=~".*"}', '{a="b",c!~"d"}', "{}", '{a=~"("}']),
    st.text(max_size=20) | st.sampled_from(["step=1", "start=0001-01-01T00:00:00Z,step=1", "end=9999-12-31T23:59:59Z"]),
)
@tries(200)
def test_s15_random_queries_get_a_response(attacked_runs, call, metric, query, selector, more) -> None:
    """An invalid query of v5 is 400."""
    emulator, ids = attacked_runs
    quoted = [text.replace("'", "''") for text in (query, metric + selector)]
    path = quote(f"{call}(query='{quoted[0]}',metric='{quoted[1]}',{more})".encode(errors="replace"), safe="")
    answer = emulator.api("GET", f"/cloud/v5/test_runs/{ids['run']}/{path}")
    assert answer.status_code < 500, (path, answer.text)
