"""Annotations of the check run: where they point, and how many there are."""

from __future__ import annotations

import pytest

from api_stand_in import Fault
from github_deliveries import check_runs, deliver, report
from k6ci.results.model import Threshold, Verdict

pytestmark = pytest.mark.unmeasured


@pytest.mark.parametrize("count", [1, 50, 51, 120])
def test_annotations_point_at_the_lines_of_crossed_thresholds(github, at, tmp_path, count):
    script = "export const options = { thresholds: {\n" + "".join(
        f"  m{number}: ['avg<1'],\n" for number in range(count)
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / "load tests").mkdir()
    (tmp_path / "load tests" / "a.js").write_text(script)
    crossed = [Threshold(f"m{number}", "avg<1", 1, 2, -1, is_met=False) for number in range(count)]
    what = report(Verdict.FAILED, crossed, "load tests/a.js")
    assert deliver(at(), what).warnings == ()
    annotations = github.check_runs[0]["annotations"]
    assert [one["start_line"] for one in annotations] == list(range(2, count + 2))
    assert {one["path"] for one in annotations} == {"load tests/a.js"}
    assert annotations[0]["message"] == "m0 avg<1: the value is 2, the limit 1."
    assert check_runs(github) == [("completed", "failure")]


@pytest.mark.parametrize("begins", [True, False])
@pytest.mark.parametrize("has_effect", [True, False])
@pytest.mark.parametrize("fault", [{"status": 502}, {"is_cut": True}], ids=["502", "cut"])
def test_no_annotation_is_written_twice(github, at, tmp_path, fault, has_effect, begins):
    """GitHub adds those of a repeated request to those of the first one."""
    (tmp_path / "a.js").write_text("".join(f"m{number}: ['avg<1']\n" for number in range(120)))
    crossed = [Threshold(f"m{number}", "avg<1", 1, 2, -1, is_met=False) for number in range(120)]
    github.faults = [Fault("PATCH", "/check-runs/", times=2, has_effect=has_effect, **fault)]
    assert deliver(at(), report(Verdict.FAILED, crossed), begins=begins).warnings == ()
    assert [one["start_line"] for one in github.check_runs[0]["annotations"]] == list(range(1, 121))
    assert check_runs(github) == [("completed", "failure")]


def test_more_crossed_thresholds_than_can_be_sent_in_time_are_in_the_report_only(github, at, tmp_path):
    (tmp_path / "a.js").write_text("")
    crossed = [Threshold(f"m{number}", "avg<1", 1, 2, -1, is_met=False) for number in range(1000)]
    assert deliver(at(), report(Verdict.FAILED, crossed)).warnings == ()
    assert len(github.check_runs[0]["annotations"]) == 500
    assert len(github.sent("PATCH", "/check-runs/")) == 10


def test_annotations_are_relative_to_the_repository_of_the_script(github, at, tmp_path):
    """As `path: shop` of actions/checkout makes it: the working directory is no repository."""
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    (tmp_path / "shop" / "a.js").write_text("m: ['avg<1']")
    crossed = [Threshold("m", "avg<1", 1, 2, -1, is_met=False)]
    deliver(at(GITHUB_WORKSPACE=str(tmp_path)), report(Verdict.FAILED, crossed, "shop/a.js"))
    assert [one["path"] for one in github.check_runs[0]["annotations"]] == ["a.js"]


def test_a_script_outside_of_the_repository_has_no_annotations(github, at):
    crossed = [Threshold("m", "avg<1", 1, 2, -1, is_met=False)]
    assert deliver(at(), report(Verdict.FAILED, crossed, "../elsewhere.js")).warnings == ()
    assert github.check_runs[0]["annotations"] == []
