"""What inputs take from the config file of k6, and what is said when it is strange or absent."""

from __future__ import annotations

import pytest

from k6ci.settings.resolve import resolve


@pytest.mark.parametrize("content", ["", "{", "[]", '{"collectors": 1}', '{"collectors": {"cloud": []}}', "null"])
def test_a_strange_config_file_offers_nothing_or_is_told(tmp_path, content):
    """Other shapes of JSON hold no cloud section; what is no JSON is an error with the file's name."""
    path = tmp_path / "c.json"
    path.write_text(content)
    settings = resolve({"config": str(path)}, {}, tmp_path)
    assert settings.token is None
    if content in ("", "{"):
        assert f"The k6 config file {path} cannot be read" in settings.problems[0].cause
    else:
        assert not settings.problems


def test_a_config_file_that_was_named_must_exist(tmp_path):
    """As in k6: the default path may be absent, an explicit one not."""
    (problem,) = resolve({}, {"K6_CONFIG": str(tmp_path / "no.json")}, tmp_path).problems
    assert "does not exist" in problem.cause
    assert not resolve({}, {"HOME": str(tmp_path)}, tmp_path, system="linux").problems
