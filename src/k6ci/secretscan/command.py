"""`k6ci scan`: argv in, report out, exit code back. Reached before anything of the cloud side is imported.

Exit codes: 0 nothing found, 1 findings, 2 wrong usage, 3 a text file could not be judged, 10 no such range or baseline.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from k6ci import __version__
from k6ci.errors import ExitCode, K6ciError, UsageError
from k6ci.secretscan.intake import Content, walk
from k6ci.secretscan.sources import Outcome, of_range, scan_contents, scan_paths, staged

if TYPE_CHECKING:
    from k6ci.secretscan.baseline import Baseline

FORMATS = ("text", "json", "sarif", "gitlab", "codequality")
_BASELINE_NAMES = (".k6ci-secrets.baseline", ".secrets.baseline")


def main(argv: list[str] | None = None) -> int:
    """Scan as the command line says; `argv` is what follows `scan`."""
    arguments = _parser().parse_args(argv)
    try:
        return int(_scan(arguments, os.environ))
    except K6ciError as error:
        print(error.explain(), file=sys.stderr)
        return int(error.code)
    except BrokenPipeError:
        # The reader of the report has gone (`| head`); Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.FINDINGS)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="k6ci scan",
        description="Find k6, Grafana and other secrets before they are committed. Offline; no report holds a secret.",
        epilog="exit codes: 0 nothing found, 1 findings, 2 wrong usage, 3 not all could be judged, 10 no such range",
        # With a width of its own it does not import `shutil` to ask the terminal, a tenth of the start.
        formatter_class=lambda prog: RawDescriptionHelpFormatter(prog, width=100),
    )
    parser.add_argument("paths", metavar="PATHS", nargs="*", help="files and folders (default: --all)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--staged", action="store_true", help="what the next commit adds or changes, as the index has it")
    what.add_argument(
        "--range", metavar="A..B", help="all that these commits brought; `auto` asks CI's or pre-commit's variables"
    )
    what.add_argument("--all", action="store_true", help="every file that git tracks here")
    parser.add_argument(
        "--baseline", metavar="FILE", help="known secrets (default: .k6ci-secrets.baseline, .secrets.baseline)"
    )
    parser.add_argument("--update-baseline", action="store_true", help="write what is found to the baseline and pass")
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="of the report on standard output (default: text)"
    )
    parser.add_argument("--output", metavar="FILE", help="write the report to a file instead")
    parser.add_argument(
        "--jobs", metavar="N", type=int, default=0, help="processes at most (default: one for each processor)"
    )
    return parser


def _scan(arguments: Namespace, environment: Mapping[str, str]) -> ExitCode:
    if arguments.paths and (arguments.staged or arguments.range or arguments.all):
        raise UsageError(
            "PATHS and --staged, --range or --all exclude each other.", "Name the files, or name the commits."
        )
    baseline, baseline_path = _baseline(arguments)
    keyer = baseline.keyer if baseline else None
    if arguments.update_baseline and (keyer is None or not keyer.salt):
        from k6ci.secretscan.baseline import new_keyer  # noqa: PLC0415 - see _baseline

        keyer = new_keyer()
    outcome = _outcome(arguments, environment, keyer)
    findings = sorted(outcome.findings)
    if arguments.update_baseline:
        return _update(arguments.baseline or _BASELINE_NAMES[0], findings, keyer)
    if baseline:
        findings = [one for one in findings if not baseline.knows(one.path, one.keys)]
    skipped = [one for one in outcome.skipped if one.path != baseline_path]
    _report(arguments, findings, skipped)
    if findings:
        return ExitCode.FINDINGS
    return ExitCode.NOT_JUDGED if any(one.is_failure for one in skipped) else ExitCode.PASSED


def _outcome(arguments: Namespace, environment: Mapping[str, str], keyer: Any) -> Outcome:
    if arguments.staged:
        return scan_contents(_without_baselines(staged()), backend="re", keyer=keyer)
    if arguments.range:
        from k6ci.secretscan.prefilter import BACKENDS, best_backend  # noqa: PLC0415 - for ranges only
        from k6ci.secretscan.ranges import revisions  # noqa: PLC0415 - same

        backend = best_backend(sys.maxsize)
        assert backend in BACKENDS  # noqa: S101 - narrows the type
        contents = of_range(revisions(arguments.range, environment, _github_event(environment)))
        return scan_contents(_without_baselines(contents), backend=backend, keyer=keyer)
    if arguments.paths:
        names: Iterable[str] = walk(arguments.paths)
    else:
        from k6ci import git  # noqa: PLC0415 - a scan of named files asks git nothing

        names = git.tracked_paths()
    return scan_paths((name for name in names if not _is_baseline(name)), jobs=arguments.jobs, keyer=keyer)


def _is_baseline(path: str) -> bool:
    return os.path.basename(path) in _BASELINE_NAMES


def _without_baselines(contents: Iterable[Content]) -> Iterable[Content]:
    return (one for one in contents if not _is_baseline(one.path))


def _baseline(arguments: Namespace) -> tuple[Baseline | None, str]:
    """The baseline in use; `hashlib` and the rest are imported only when there is one."""
    if arguments.baseline:
        if arguments.update_baseline and not os.path.exists(arguments.baseline):
            return None, arguments.baseline
        from k6ci.secretscan.baseline import load  # noqa: PLC0415 - see the docstring

        return load(arguments.baseline), arguments.baseline
    if any(os.path.exists(name) for name in _BASELINE_NAMES):
        from k6ci.secretscan.baseline import default_baseline  # noqa: PLC0415 - see the docstring

        return default_baseline("."), ""
    return None, ""


def _update(path: str, findings: list[Any], keyer: Any) -> ExitCode:
    from k6ci.secretscan.baseline import save  # noqa: PLC0415 - see _baseline

    save(path, keyer.salt, {(one.path, key) for one in findings for key in one.keys})
    print(f"{path}: {len(findings)} known. Look at each before you commit it.", file=sys.stderr)
    return ExitCode.PASSED


def _report(arguments: Namespace, findings: list[Any], skipped: list[Content]) -> None:
    for one in skipped:
        if one.skipped != "a folder":
            print(f"k6ci: {one.path} was not judged: {one.skipped}", file=sys.stderr)
    text = _render(arguments.format, findings, skipped)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    elif text:
        sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
        sys.stdout.flush()


def _render(form: str, findings: list[Any], skipped: list[Content]) -> str:
    if form == "text":
        if not findings:
            return ""
        from k6ci.secretscan.report_text import text_report  # noqa: PLC0415 - one report, one import

        return text_report(findings)
    if form in {"json", "sarif"}:
        from k6ci.secretscan import report_json  # noqa: PLC0415 - same

        return (
            report_json.json_report(findings, skipped)
            if form == "json"
            else report_json.sarif_report(findings, __version__)
        )
    from datetime import UTC, datetime  # noqa: PLC0415 - same

    from k6ci.secretscan import report_gitlab  # noqa: PLC0415 - same

    if form == "gitlab":
        return report_gitlab.secret_detection_report(findings, __version__, datetime.now(UTC))
    return report_gitlab.code_quality_report(findings)


def _github_event(environment: Mapping[str, str]) -> Mapping[str, Any] | None:
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    import json  # noqa: PLC0415 - on GitHub only

    try:
        with open(path, encoding="utf-8") as file:
            event = json.load(file)
    except (OSError, ValueError):
        return None
    return event if isinstance(event, dict) else None
