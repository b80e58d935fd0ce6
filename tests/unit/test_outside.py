"""S14: which files of an archive do not come from the repository."""

from __future__ import annotations

import os
import pathlib

import pytest

from k6ci.k6.outside import Boundary, find_outside


@pytest.fixture
def tree(tmp_path):
    for name in (
        "repo/.git/config",
        "repo/data/a b%41.csv",
        "repo/s.js",
        "out/users.csv",
        "out/deep/x.json",
        "home/.ssh/id_x",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "repo/link").symlink_to(tmp_path / "out")
    (tmp_path / "repo/file-link.csv").symlink_to(tmp_path / "out/users.csv")
    return tmp_path


def found(tree, *files, entry="s.js", **more):
    boundary = Boundary(tree / "repo", tree / "repo", **more)
    return find_outside([str(tree / name).lstrip("/") for name in files], entry, boundary)


def test_s14_files_of_the_repository_are_inside(tree):
    outside = found(tree, "repo/s.js", "repo/data/a b%41.csv")
    assert (outside.foreign, outside.forbidden) == ((), ())


@pytest.mark.parametrize(
    "name", ["out/users.csv", "repo/link/users.csv", "repo/file-link.csv", "repo/../out/users.csv"]
)
def test_s14_what_counts_is_the_real_path(tree, name):
    assert found(tree, name).foreign == (str(tree / "out/users.csv"),)


@pytest.mark.parametrize(
    ("glob", "is_allowed"),
    [
        ("../out/users.csv", True),
        ("../out/*.csv", True),
        ("../out/**", True),
        ("../**/users.csv", True),
        ("%s/out/us?rs.csv", True),
        ("~/out/*.csv", True),
        ("link/users.csv", True),  # the pattern's own link leads there today, and the job's author wrote it
        ("../out/*.json", False),
        ("../out", False),
        ("users.csv", False),
        ("*", False),
        ("**", False),
        ("../*", False),
    ],
)
def test_s14_allow_files_names_real_paths(tree, glob, is_allowed):
    outside = found(tree, "repo/file-link.csv", allowed=[glob.replace("%s", str(tree))], home=tree)
    assert (outside.foreign == ()) == is_allowed


def test_s14_a_star_stops_at_a_slash(tree):
    assert found(tree, "out/deep/x.json", allowed=["../out/*.json"]).foreign
    assert not found(tree, "out/deep/x.json", allowed=["../out/**/*.json"]).foreign


@pytest.mark.parametrize("name", ["home/.ssh/id_x", "repo/.git/config"])
def test_s14_places_of_credentials_are_forbidden_whatever_is_allowed(tree, name):
    assert found(tree, name, allowed=["/**"]).forbidden == (str(tree / name),)


def test_s14_k6s_config_file_is_forbidden_under_every_name(tree):
    config = tree / "out/users.csv"
    os.link(config, tree / "repo/hard.csv")
    for name in ("out/users.csv", "repo/file-link.csv", "repo/hard.csv"):
        assert found(tree, name, allowed=["/**"], config_files=[config]).forbidden


def test_s14_a_script_elsewhere_was_named_on_purpose_but_no_link_and_no_import(tree):
    assert not found(tree, "out/users.csv", entry="../out/users.csv").foreign
    assert found(tree, "out/users.csv", "out/deep/x.json", entry="../out/users.csv").foreign == (
        str(tree / "out/deep/x.json"),
    )
    assert found(tree, "repo/file-link.csv", entry="file-link.csv").foreign


def test_s14_k6_writes_nobody_for_the_user_of_a_home_folder():
    boundary = Boundary(pathlib.Path("/home/runner/work/shop"), pathlib.Path("/home/runner/work/shop"))
    outside = find_outside(["home/nobody/work/shop/a.js", "home/nobody/notes.txt"], "a.js", boundary)
    assert outside.foreign == ("/home/runner/notes.txt",)
    assert find_outside(["home/nobody/.netrc"], "a.js", boundary).forbidden == ("/home/runner/.netrc",)
