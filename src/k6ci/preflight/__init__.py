"""Everything that can be known before money is spent: token, stack, project, k6, scripts.

The cloud is asked while k6 reads the scripts; every problem found on the way is reported together with the others.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import tempfile
from collections.abc import Mapping

import anyio

from k6ci.checkout import Checkout
from k6ci.clock import Clock
from k6ci.cloud.client import CloudClient
from k6ci.cloud.models import Limits, Project
from k6ci.errors import SettingsError
from k6ci.k6.archive import Archive
from k6ci.k6.flags import variables_in
from k6ci.k6.source import K6, K6Source
from k6ci.platforms.facts import Platform
from k6ci.preflight.findings import Findings
from k6ci.preflight.scripts import ScriptSide
from k6ci.preflight.stack import StackSide, checked_token, no_stack
from k6ci.preflight.uploads import prove_clean
from k6ci.redaction import Redactor
from k6ci.redaction.names import secrets_in
from k6ci.settings.model import Settings, Sourced
from k6ci.settings.resolve import with_script
from k6ci.settings.sources import Rank
from k6ci.settings.stack import Stack


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A script that is ready for upload, and the project that it goes to."""

    archive: Archive
    project_id: int


@dataclasses.dataclass(frozen=True)
class Ready:
    """What pre-flight found: a client for the stack, the k6 binary, the scripts, the projects, and warnings.

    `stack_url` is None when the stack was named by its number; `limits` are those of the projects that told them.
    """

    client: CloudClient
    token: str = dataclasses.field(repr=False)
    stack_id: int
    stack_url: str | None
    k6: K6
    scripts: tuple[Prepared, ...]
    projects: tuple[Project, ...]
    limits: dict[int, Limits]
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
        platform: says where secrets are stored, and what endangers them.
        clock: for the client's retries.
        redactor: learns the token.
        needs_script: whether having no script at all is a problem.

    Raises:
        K6ciError: what has to be mended first; SeveralProblemsError when it is more than one thing.
    """
    findings = Findings((*settings.notes, *platform.cautions, *_advice(settings)), settings.problems)
    home = _temporary_folder(resources)
    scripts = ScriptSide(settings, environ, checkout.folder, k6_source, findings, home)
    token = checked_token(settings, environ, platform.secrets_place, redactor, findings)
    cloud = StackSide(
        settings, environ, clock, findings, resources, token, wants_names=not needs_script, wants_limits=True
    )
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: scripts.check(needs_script=needs_script))
        if settings.stack is not None and settings.stack.rank < Rank.SCRIPT:
            group.start_soon(cloud.ask, settings.stack)
    stack = settings.stack
    if stack is None or stack.rank >= Rank.SCRIPT:  # the scripts have a word in it
        stack = _stack_of_scripts(settings, scripts.archives, findings)
        if stack is not None:
            await cloud.ask(stack)
    prepared = await _with_projects(settings, scripts.archives, cloud, findings)
    await prove_clean(scripts.archives, settings, environ, checkout, token, findings)
    findings.decide()
    if cloud.client is None or cloud.client.stack_id is None or scripts.k6 is None or stack is None:
        raise AssertionError("no problem was found, so everything is there")
    return Ready(
        cloud.client,
        token or "",
        cloud.client.stack_id,
        stack.value.url,
        scripts.k6,
        tuple(prepared),
        tuple(cloud.projects.values()),
        cloud.limits,
        tuple(dict.fromkeys(findings.warnings)),
    )


def _stack_of_scripts(settings: Settings, archives: list[Archive], findings: Findings) -> Sourced[Stack] | None:
    """The scripts may say the stack when nobody else does (options.cloud.stackID), if they agree."""
    named: dict[Stack, Sourced[Stack]] = {}
    for archive in archives:
        if found := _for_script(settings, archive, findings).stack:
            named[found.value] = found
    if not named and settings.stack is not None:
        return settings.stack
    if len(named) == 1:
        return next(iter(named.values()))
    if "stack" in settings.malformed:
        return None
    cause = "The scripts name different stacks" if named else "No Grafana stack was named"
    findings.add(no_stack(cause))
    return None


async def _with_projects(
    settings: Settings, archives: list[Archive], cloud: StackSide, findings: Findings
) -> list[Prepared]:
    """Each script with its project; without scripts the project of the settings is checked alone."""
    prepared = []
    for archive in archives:
        project_id = await cloud.see_project(_for_script(settings, archive, findings).project)
        if project_id is not None:
            prepared.append(Prepared(archive, project_id))
    if not archives:
        await cloud.see_project(settings.project)
    return prepared


def _for_script(settings: Settings, archive: Archive, findings: Findings) -> Settings:
    try:
        return with_script(settings, archive.cloud_options, archive.script)
    except SettingsError as error:
        findings.add(error)
        return settings


def _temporary_folder(resources: contextlib.AsyncExitStack) -> pathlib.Path:
    try:
        return pathlib.Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="k6ci-")))
    except OSError as error:
        raise SettingsError(
            f"There is no folder for temporary files that can be written: {error.strerror}.",
            "Set TMPDIR to one; the scripts' archives need a place.",
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
