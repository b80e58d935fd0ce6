"""Every shape in which k6 users write secrets is found, and none of their look-alikes, whatever the values."""

from __future__ import annotations

import pytest

from k6ci.secretscan.file_scan import scan_content
from scan_cases import false_positives, secrets
from scan_labelled import labelled
from scan_shapes import Case

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]

SEEDS = (1, 20, 300, 4000)


def found_in(case: Case) -> list[tuple[int, str]]:
    """Line and rule of each finding."""
    return [(finding.line, finding.rule) for finding in scan_content(case.path, case.text.encode())]


def line_of(case: Case) -> int:
    text = case.text.replace("\r\n", "\n")
    return text[: text.index(case.secret)].count("\n") + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_every_secret_is_found_on_its_line(seed):
    """Promise 5: in every shape, not only where a quoted string has high entropy."""
    cases = secrets(seed)
    assert len(cases) >= 150
    missed = []
    for case in cases:
        lines = {line for line, _ in found_in(case)}
        expected = {line_of(case), line_of(case) - 1} if "private key" in case.shape else {line_of(case)}
        if not lines & expected:
            missed.append((case.shape, case.text))
    assert missed == []


@pytest.mark.parametrize("seed", SEEDS)
def test_no_secret_gives_two_findings(seed):
    """One secret, one finding: a person should not have to read the same line twice."""
    twice = [(case.shape, found_in(case)) for case in secrets(seed) if len(found_in(case)) > 1]
    assert twice == []


@pytest.mark.parametrize("seed", SEEDS)
def test_no_false_positive_is_found(seed):
    """Promise 5: quiet enough that nobody learns to ignore it."""
    cases = false_positives(seed)
    assert len(cases) >= 150
    assert [(case.shape, case.text, found_in(case)) for case in cases if found_in(case)] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_files_give_their_secrets_and_nothing_else(seed):
    """Real files mix secrets, references and settings: every marked line is found, every other line is silent."""
    files = list(labelled(seed))
    assert sum(len(file.secrets) for file in files) >= 500
    assert sum(file.false_positives for file in files) >= 300
    missed, false = [], []
    for file in files:
        lines = file.text.split("\n")
        found = {finding.line for finding in scan_content(file.path, file.text.encode())}
        missed += [(file.path, lines[number - 1]) for number in file.secrets if number not in found]
        false += [(file.path, lines[number - 1]) for number in found if number not in file.secrets]
    assert (missed, false) == ([], [])
