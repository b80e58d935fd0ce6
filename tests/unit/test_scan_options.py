"""The command line of `k6ci scan`: a commit's files are read without argparse, and mean the same."""

from __future__ import annotations

import pytest

from k6ci.secretscan.options import Options, options_of, parser

NAMES = [name for name in vars(Options) if not name.startswith("_")]


@pytest.mark.parametrize("files", [["a.py"], ["--all"], ["-x", "--", "b"], ["a", "--"]])
def test_files_behind_two_dashes_mean_what_argparse_reads(files):
    """Whatever the files are called."""
    argv = ["--", *files]
    expected = parser().parse_args(argv, Options())
    assert {name: getattr(options_of(argv), name) for name in NAMES} == {
        name: getattr(expected, name) for name in NAMES
    }


def test_nothing_behind_the_dashes_is_the_default():
    """All files, as without arguments."""
    assert list(options_of(["--"]).paths) == list(options_of([]).paths) == []
    assert options_of(["--exclude", "a", "--exclude", "b"]).exclude == ["a", "b"]
    assert options_of([]).exclude == []
