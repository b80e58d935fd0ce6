"""What inputs take from the config file of k6, and where that is."""

from __future__ import annotations

import pathlib

import pytest

from k6ci.settings.configfile import default_config_path
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


@pytest.mark.parametrize(
    ("system", "environ", "path"),
    [
        ("linux", {"HOME": "/h"}, "/h/.config/k6/config.json"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/k6/config.json"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support/k6/config.json"),
        ("win32", {"APPDATA": "/a"}, "/a/k6/config.json"),
        ("linux", {}, None),
        ("darwin", {}, None),
        ("win32", {}, None),
    ],
)
def test_the_config_file_is_where_k6_keeps_it(system, environ, path):
    """Go's os.UserConfigDir, by system."""
    assert default_config_path(environ, system) == (None if path is None else pathlib.Path(path))
