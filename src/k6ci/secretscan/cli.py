"""`k6ci scan`: argv in, report out, exit code back. Reached before anything of the cloud side is imported.

Exit codes: 0 no findings, 1 findings, 2 wrong usage, 3 a text was not scanned, 10 no such range or baseline, 70 a bug.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from k6ci import files
from k6ci.ci.github import OUTPUTS, annotation, append, output
from k6ci.ci.system import System, detect_system
from k6ci.errors import ExitCode, K6ciError, UsageError, error_lines, run_guarded
from k6ci.lines import one_line
from k6ci.secretscan.inputs.content import Content
from k6ci.secretscan.options import Options, options_of
from k6ci.secretscan.report.render import name_skipped, render, show
from k6ci.secretscan.selection import ScanResult, scan_selected
from k6ci.secretscan.suppression.paths import Paths, read_patterns, repository_root
from k6ci.stdio import reopen_closed

if TYPE_CHECKING:
    from k6ci.secretscan.report.findings import Finding
    from k6ci.secretscan.suppression.baseline import Baseline

_BASELINE_NAMES = (".k6ci-secrets.baseline", ".secrets.baseline")


def main(argv: Sequence[str], *, is_fenced: bool = False) -> int:
    """Run `k6ci scan`; `argv` is what follows `scan`. `is_fenced`: the caller has already arranged the streams."""
    reopen_closed()
    environment = os.environ
    if is_fenced or detect_system(environment) is not System.GITHUB:
        return _run(argv, environment, sys.stdout, [])
    from k6ci.secretscan.report.ci_job import fenced  # noqa: PLC0415 - on GitHub only

    with fenced(argv) as (document, annotations):
        return _run(argv, environment, document, annotations)


def _run(argv: Sequence[str], environment: Mapping[str, str], document: TextIO, annotations: list[str]) -> int:
    """Scan, write the report to `document` and messages to standard error; collect `annotations` for the end."""
    try:
        options = options_of(argv)
    except SystemExit as end:  # wrong usage, or --help: argparse has said so
        return int(end.code or 0)
    options.document = document
    # The action and the GitLab template pass everything by variables.
    is_selected = options.paths or options.staged or options.range or options.all
    options.ci = options.ci or (environment.get("K6CI_MODE") == "scan" and not is_selected)

    def scan() -> ExitCode:
        try:
            return _scan(options, environment, annotations)
        except BrokenPipeError:
            _silence(sys.stdout)
            return ExitCode.FINDINGS

    return run_guarded(scan, lambda error: _fail(error, environment if options.ci else {}, annotations))


def _fail(error: K6ciError, environment: Mapping[str, str], annotations: list[str]) -> ExitCode:
    """Print the error, in CI also as outputs and an annotation; a closed stream is no further error."""
    annotations.append(annotation(error.explain(), title=f"k6ci scan (exit code {int(error.code)})"))
    try:
        sys.stderr.write("\n".join([*error_lines(error), ""]))
    except OSError:
        _silence(sys.stderr)
    try:
        sys.stdout.flush()
        append(environment, OUTPUTS, output("result", "error"))
    except OSError:
        _silence(sys.stdout)
    return error.code


def _silence(stream: TextIO) -> None:
    """Redirect a stream whose reader has gone (`| head`): otherwise Python exits with 120 when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _scan(options: Options, environment: Mapping[str, str], annotations: list[str]) -> ExitCode:
    root = repository_root(".")
    paths = Paths(root, read_patterns(options.exclude, root))
    baseline = _baseline(options, root)
    if options.explain:
        from k6ci.secretscan.explain import explain  # noqa: PLC0415 - loads every detector

        show(explain(options.explain, paths, baseline), options.document)
        return ExitCode.PASSED
    result = scan_selected(options, environment, baseline.keys_of if baseline else None, paths)
    if paths.excluded_files:
        print(f"k6ci: excluded {paths.excluded_files} files (`exclude` in k6ci.toml, --exclude)", file=sys.stderr)
    if options.update_baseline and baseline:
        return _update(options.baseline or os.path.join(root, _BASELINE_NAMES[0]), result, baseline)
    findings = sorted(one for one in result.findings if not (baseline and baseline.knows(one.path, one.keys)))
    _report(options, findings, result.skipped, result.again)
    if options.explain == "":
        from k6ci.secretscan.explain import explain_line  # noqa: PLC0415 - loads every detector

        for one in findings:
            show(explain_line(result.read(one.path, one.commit), one.line, baseline), options.document)
    code = _code(findings, result.skipped)
    if options.ci:
        from k6ci.secretscan.report import ci_job  # noqa: PLC0415 - in CI only

        print(one_line(f"{'' if findings else 'No secrets found. '}Scanned {result.scope}."))
        for problem in ci_job.deliver(environment, findings, result.skipped, code, result.scope):
            print(one_line(problem), file=sys.stderr)
        annotations += ci_job.annotations_of(findings)
    return code


def _code(findings: list[Finding], skipped: list[Content]) -> ExitCode:
    if findings:
        return ExitCode.FINDINGS
    return ExitCode.NOT_SCANNED if any(one.is_failure for one in skipped) else ExitCode.PASSED


def _baseline(options: Options, root: str) -> Baseline | None:
    """The baselines in use, as one; None where nothing needs the keys of secrets, so that `hashlib` is not imported."""
    folders = dict.fromkeys((root, os.path.abspath(".")))
    usual = (os.path.join(folder, name) for folder in folders for name in _BASELINE_NAMES)
    names = [options.baseline] if options.baseline else [path for path in usual if os.path.isfile(path)]
    # A range tells secrets apart by their keys.
    if not (names or options.update_baseline or options.range or options.ci):
        return None
    from k6ci.secretscan.suppression.baseline import load_all  # noqa: PLC0415 - see above

    return load_all(names, is_updated=options.update_baseline)


def _update(path: str, result: ScanResult, baseline: Baseline) -> ExitCode:
    """Write the findings to the baseline; entries of files that were not scanned are kept, all others are dropped."""
    from k6ci.secretscan.suppression.baseline import save  # noqa: PLC0415 - see _baseline

    name_skipped(result.skipped)
    failed = {one.path for one in result.skipped if one.is_failure}
    known = {(one.path, one.keys[0]) for one in result.findings}
    kept = failed if result.paths is None else {path for path, _ in baseline.entries} - result.paths | failed
    known |= {entry for entry in baseline.entries if entry[0] in kept}
    save(path, known, baseline.salts)
    text = f"{len(result.findings)} known secrets, from {result.scope}. Review each before you commit the file."
    print(one_line(f"{path}: {text}"), file=sys.stderr)
    return _code([], result.skipped)


def _report(options: Options, findings: list[Finding], skipped: list[Content], again: str) -> None:
    name_skipped(skipped)
    text = render(options.format, findings, skipped, again)
    if not options.output:
        show(text, options.document, wraps=options.format == "text")
        return
    try:
        files.write_text(options.output, text, root=files.checkout_root(".", os.environ), makes=False)
    except OSError as error:
        cause = f"The report {options.output} cannot be written: {error.strerror}."
        raise UsageError(cause, "Name a file in an existing folder.") from error
