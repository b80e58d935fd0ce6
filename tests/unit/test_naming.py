"""Names of load tests: unique by repository and path, stable, within the cloud's limit."""

from __future__ import annotations

import pathlib

import pytest

from k6ci.runs.naming import load_test_name, made_unique, repository_of


def test_two_scripts_with_one_basename_have_two_names():
    """Row 22 of the scenarios: bare k6 would overwrite one with the other."""
    names = {load_test_name("acme/shop", pathlib.PurePath(path)) for path in ("a/test.js", "b/test.js")}
    assert names == {"acme/shop/a/test.js", "acme/shop/b/test.js"}


def test_the_scripts_own_name_wins():
    """`options.cloud.name` is its author's decision; an empty one is none."""
    path = pathlib.PurePath("a.js")
    assert load_test_name("r", path, "Checkout") == "Checkout"
    assert load_test_name("r", path, None) == "r/a.js"


def test_one_name_for_two_scripts_of_a_suite_is_made_unique():
    """Both would otherwise be one load test."""
    assert made_unique({"a.js": "N", "b.js": "N", "c.js": "M"}, "r") == {
        "a.js": "N (r/a.js)",
        "b.js": "N (r/b.js)",
        "c.js": "M",
    }


def test_a_long_name_is_cut_with_a_digest():
    """OpenAPI: at most 300 characters; what differs only behind the cut stays different."""
    one, two = (load_test_name("r", pathlib.PurePath("d/" * 200 + name)) for name in ("a.js", "b.js"))
    assert len(one) == len(two) == 300
    assert one != two


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("https://github.com/acme/shop.git", "acme/shop"),
        ("https://user:word@gitlab.example/acme/team/shop", "acme/team/shop"),
        ("git@github.com:acme/shop.git", "acme/shop"),
        ("ssh://git@host:2222/acme/shop.git/", "acme/shop"),
        ("/srv/git/shop.git", "folder"),
        ("C:\\repos\\shop", "folder"),
        (None, "folder"),
        ("", "folder"),
    ],
)
def test_the_repository_is_named_by_the_path_of_its_remote(remote, name):
    """The same name on a laptop and in CI; credentials of the URL are not part of it."""
    assert repository_of(remote, pathlib.Path("/x/folder")) == name
