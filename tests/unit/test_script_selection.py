"""W4, W19: each file once, in order, without what `!` excludes."""

from __future__ import annotations

import os

import pytest

from k6ci.errors import SettingsError
from k6ci.preflight.selection import find_scripts


@pytest.fixture
def tree(tmp_path):
    for name in ("a.js", "b.js", "lib/helper.js", "tests/x.js", "tests/deep/y.js", "tests/.hidden.js"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "scripts"),
    [
        (["a.js", "./a.js"], ("a.js",)),
        (["./a.js", "a.js"], ("./a.js",)),
        (["lib/../a.js", "a.js"], ("lib/../a.js",)),
        (["*.js", "a.js", "b.js"], ("a.js", "b.js")),
        (["b.js", "*.js"], ("b.js", "a.js")),
        (["tests/**/*.js"], ("tests/deep/y.js", "tests/x.js")),
        (["tests/**"], ("tests/deep/y.js", "tests/x.js")),
        (["**/*.js", "tests/**/*.js"], ("a.js", "b.js", "lib/helper.js", "tests/deep/y.js", "tests/x.js")),
        (["tests/.*.js"], ("tests/.hidden.js",)),
        (["**/*.js", "!lib/*"], ("a.js", "b.js", "tests/deep/y.js", "tests/x.js")),
        (["!lib", "**/*.js", "!tests/deep/"], ("a.js", "b.js", "tests/x.js")),
        (["*.js", "!./a.js"], ("b.js",)),
        (["[ab].js"], ("a.js", "b.js")),
    ],
)
def test_w4_w19_each_file_once_in_order_without_what_is_excluded(tree, patterns, scripts):
    assert find_scripts(patterns, tree).scripts == scripts


def test_w4_absolute_paths_and_links_are_the_same_file(tree):
    (tree / "soft.js").symlink_to("a.js")
    os.link(tree / "a.js", tree / "z-hard.js")
    (tree / "linked").symlink_to("tests")
    found = find_scripts(["a.js", str(tree / "a.js"), "soft.js", "z-hard.js", "tests/x.js", "linked/x.js"], tree)
    assert found.scripts == ("a.js", "tests/x.js")
    (note,) = found.notes
    assert "soft.js is a.js" in note
    assert "linked/x.js is tests/x.js" in note


def test_w4_a_package_that_is_linked_into_itself_ends(tree):
    for number in range(12):
        (tree / f"tests/loop{number}").symlink_to("..")
        (tree / f"tests/deep/loop{number}").symlink_to("../..")
    found = find_scripts(["**/*.js"], tree)
    assert found.scripts == ("a.js", "b.js", "lib/helper.js", "tests/deep/y.js", "tests/x.js")


def test_w4_a_real_folder_is_named_before_a_link_to_it(tree):
    (tree / "0-link").symlink_to("tests")
    assert find_scripts(["**/x.js"], tree).scripts == ("tests/x.js",)


def test_w19_an_excluded_link_does_not_exclude_what_it_leads_to(tree):
    (tree / "soft.js").symlink_to("a.js")
    assert find_scripts(["*.js", "!soft.js"], tree).scripts == ("a.js", "b.js")


def test_w19_exclusions_that_leave_nothing_or_exclude_nothing_are_told(tree):
    with pytest.raises(SettingsError, match="matches only files that other patterns exclude"):
        find_scripts(["*.js", "!*.js"], tree)
    assert find_scripts(["*.js", "!*.js"], tree, allow_empty=True).scripts == ()
    assert find_scripts(["*.js", "!none/*"], tree).notes == ("script: '!none/*' excludes nothing: no file matches it.",)


def test_a_name_that_looks_like_a_glob_or_an_exclusion_can_be_named(tree):
    (tree / "[x].js").write_text("")
    (tree / "!y.js").write_text("")
    assert find_scripts(["[x].js", "./!y.js"], tree).scripts == ("[x].js", "./!y.js")
