"""Everything that can be known before money is spent: token, stack, projects, k6, scripts, names, cost.

The cloud is asked while k6 reads the scripts; all problems that are found are reported together.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import tempfile
from collections.abc import Mapping, Sequence

from k6ci.checkout import Checkout
from k6ci.clock import Clock
from k6ci.cloud.models import Project
from k6ci.errors import SettingsError, combined
from k6ci.k6.archive import Archive
from k6ci.k6.flags import variables_in
from k6ci.k6.source import K6Source
from k6ci.k6.version import K6
from k6ci.platforms.facts import Platform
from k6ci.preflight.account import Account, reach, reach_early
from k6ci.preflight.budget import within_budget
from k6ci.preflight.checked import Checked, both
from k6ci.preflight.names import load_test_names
from k6ci.preflight.scripts import prepare_scripts
from k6ci.preflight.stack import ResolvedStack
from k6ci.preflight.token import check_token
from k6ci.preflight.uploads import check_uploads
from k6ci.redaction import Redactor
from k6ci.redaction.names import secrets_in
from k6ci.runs.request import RunRequest
from k6ci.runs.timeouts import Timeouts
from k6ci.settings.model import Settings


@dataclasses.dataclass(frozen=True)
class Ready:
    """What pre-flight found: the stack and its client, the k6 binary, the projects, the runs to start, and warnings."""

    stack: ResolvedStack
    k6: K6
    projects: tuple[Project, ...]
    requests: tuple[RunRequest, ...]
    warnings: tuple[str, ...]


async def preflight(
    settings: Settings,
    resources: contextlib.AsyncExitStack,
    *,
    environ: Mapping[str, str],
    checkout: Checkout,
    k6_source: K6Source,
    platform: Platform,
    clock: Clock,
    redactor: Redactor,
    needs_script: bool = True,
) -> Ready:
    """Check everything.

    Args:
        settings: what the user asked for.
        resources: keeps the client's connections and the archives until it is closed.
        environ: the environment of the process, for k6 and for what errors say.
        checkout: where scripts are looked for, and what they may read.
        k6_source: where k6 may come from.
        platform: says where secrets are stored, what endangers them, and which job this is.
        clock: for the client's retries.
        redactor: learns the token.
        needs_script: whether having no script at all is a problem.

    Raises:
        K6ciError: what has to be fixed first; SeveralProblemsError when it is more than one thing.
    """
    if platform.refusals:
        raise combined(platform.refusals, settings.notes)
    home = _temporary_folder(resources)
    checked = check_token(settings, environ, platform.secrets_place, redactor)
    token, wants_names = checked.value, not needs_script
    scripts, early = await both(
        lambda: prepare_scripts(
            settings, environ, checkout.folder, k6_source, home, platform.event, needs_script=needs_script
        ),
        lambda: reach_early(settings, token, clock, resources, wants_names=wants_names),
    )
    account = await reach(early, scripts.archives, settings, token, clock, resources, wants_names=wants_names)
    uploads = await check_uploads(scripts.archives, settings, environ, checkout, token)
    steps = (checked, scripts, account, uploads)
    warnings = [*settings.notes, *platform.cautions, *_advice(settings)]
    warnings += [text for one in steps for text in one.warnings]
    problems = [*settings.problems, *(problem for one in steps for problem in one.problems)]
    if problems or account.stack is None or scripts.k6 is None:
        raise combined(problems, warnings)
    runs = await _planned_runs(scripts.archives, account, account.stack, settings, checkout, platform)
    warnings += runs.warnings
    if runs.value is None:
        raise combined(runs.problems, warnings)
    projects = tuple(account.projects.visible.values())
    return Ready(account.stack, scripts.k6, projects, runs.value, tuple(dict.fromkeys(warnings)))


async def _planned_runs(
    archives: Sequence[Archive],
    account: Account,
    stack: ResolvedStack,
    settings: Settings,
    checkout: Checkout,
    platform: Platform,
) -> Checked[tuple[RunRequest, ...]]:
    """The runs of the suite with their names and estimates, when budgets and limits allow them."""
    names, warnings = await load_test_names(archives, settings, checkout, platform)
    timeouts = Timeouts(
        total=settings.timeout.total_seconds() if settings.timeout else None,
        queue=settings.queue_timeout.total_seconds(),
        concurrency=settings.concurrency_timeout.total_seconds(),
    )
    requests = [
        RunRequest(archive, names[archive.script], project_id, stack.named.value.url, timeouts)
        for archive, project_id in zip(archives, account.of_scripts, strict=True)
    ]
    runs = await within_budget(requests, stack.client, account.projects.limits, settings)
    return dataclasses.replace(runs, warnings=(*warnings, *runs.warnings))


def _temporary_folder(resources: contextlib.AsyncExitStack) -> pathlib.Path:
    try:
        return pathlib.Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="k6ci-")))
    except OSError as error:
        raise SettingsError(
            f"There is no folder for temporary files that can be written: {error.strerror}.",
            "Set TMPDIR to one; the archives of the scripts are written there.",
        ) from None


def _advice(settings: Settings) -> list[str]:
    """Variables that look like secrets: they become part of the uploaded test, which is their author's choice."""
    assignments = [variable.partition("=") for variable in (*settings.variables, *variables_in(settings.flags))]
    names = dict.fromkeys(name for name, _, value in assignments if secrets_in(name, value))
    return [
        f"env: {name} looks like a secret; whoever may see the test in the cloud can read it. k6 Cloud secrets "
        "(the module k6/secrets) stay hidden."
        for name in names
    ]
