"""The command line of `k6ci scan`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from k6ci.secretscan.report.render import FORMATS

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Options:
    """What the command line says; `explain` is empty for all findings, `jobs` 0 for one process per processor."""

    paths: Sequence[str] = ()
    staged = False
    range: str | None = None
    all = False
    ci = False
    baseline: str | None = None
    exclude: Sequence[str] = []
    update_baseline = False
    format = "text"
    explain: str | None = None
    output: str | None = None
    jobs = 0
    document: TextIO


def options_of(argv: Sequence[str]) -> Options:
    """The options in the words behind `k6ci scan`.

    Raises:
        SystemExit: they are wrong, or ask for help; argparse has said so.
    """
    options = Options()
    if argv[:1] == ["--"] and argv[1:]:  # a commit: argparse takes longer to import than the scan of a file
        options.paths = argv[1:]
        return options
    made = parser()
    made.parse_args(argv, options)
    if options.explain is not None and options.format != "text" and not options.output:
        made.error("argument --explain: not with --format, unless --output names a file")
    if options.range == "":
        made.error("argument --range: the range is empty: write it as A..B; a variable in it may not be set")
    return options


def parser() -> ArgumentParser:
    """The parser of `k6ci scan`; the defaults are those of `Options`."""
    from argparse import ArgumentParser, RawDescriptionHelpFormatter  # noqa: PLC0415 - see options_of

    made = ArgumentParser(
        prog="k6ci scan",
        description="Find k6, Grafana and other secrets before they are committed.\n"
        "It works offline; reports contain no secret.",
        epilog="exit codes: 0 no findings, 1 findings, 2 wrong usage,\n"
        "3 some text files could not be scanned, 10 invalid range, baseline or\n"
        "configuration, 70 a bug in k6ci",
        # With a width of its own it does not import `shutil` to ask the terminal, a tenth of the start.
        formatter_class=lambda prog: RawDescriptionHelpFormatter(prog, width=80),
    )
    option, scope = made.add_argument, made.add_mutually_exclusive_group().add_argument
    scope("paths", metavar="PATHS", nargs="*", default=[], help="files and folders to scan (default: --all)")
    scope("--staged", action="store_true", help="scan the staged changes, as they are in the index")
    scope(
        "--range",
        metavar="A..B",
        help="scan every change in these commits; `auto` reads the variables of CI or pre-commit",
    )
    scope("--all", action="store_true", help="scan all files tracked by git")
    scope("--ci", action="store_true", help="scan the commits of the CI event and write reports to K6CI_REPORT_DIR")
    option("--baseline", metavar="FILE", help="known findings (default: .k6ci-secrets.baseline and .secrets.baseline)")
    option("--exclude", metavar="PATTERN", action="append", help="skip matching paths; syntax of .gitignore")
    option("--update-baseline", action="store_true", help="write all findings to the baseline")
    option("--format", choices=FORMATS, help="format of the report (default: text)")
    option(
        "--explain",
        metavar="PATH:LINE",
        nargs="?",
        const="",
        help="print why a line is a finding or not (no LINE: all lines with keywords, no PATH: all findings)",
    )
    option("--output", metavar="FILE", help="write the report to FILE instead of standard output")
    option("--jobs", metavar="N", type=int, help="maximum number of processes (default: one per processor)")
    return made
