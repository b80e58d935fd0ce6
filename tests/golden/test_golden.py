"""Every renderer writes every report as in the golden file. After an intended change: `make golden`, and review it."""

from __future__ import annotations

import pytest

from golden_reports import FOLDER, RENDERERS, REPORTS, path_of, text_of


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_as_in_its_golden_file(name, renderer):
    assert text_of(name, renderer) == path_of(name, renderer).read_text(encoding="utf-8")


def test_each_golden_file_is_of_a_report():
    kept = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*") if path.parent.name != "__pycache__"}
    assert kept == {f"{name}/{renderer}" for name in REPORTS for renderer in RENDERERS}
