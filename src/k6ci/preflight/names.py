"""Names the load tests of a suite: one for each script, the same in every run, and none twice."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import anyio.to_thread

from k6ci import git
from k6ci.checkout import Checkout
from k6ci.k6.archive import Archive
from k6ci.platforms.facts import Platform
from k6ci.runs.naming import load_test_name, made_unique, repository_of
from k6ci.settings.model import Settings
from k6ci.settings.provenance import Rank


async def load_test_names(
    archives: Sequence[Archive], settings: Settings, checkout: Checkout, platform: Platform
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The names by script, and warnings."""
    found, remote = await anyio.to_thread.run_sync(_repository, checkout, abandon_on_cancel=True)
    root = found or checkout.folder
    repository = platform.repository or repository_of(remote, root)
    names = {
        archive.script: load_test_name(
            repository, _inside(archive, checkout.folder, root), _wanted_name(archive, settings), platform.leg
        )
        for archive in archives
    }
    warnings = () if found is not None or settings.target != "cloud" else _unknown_root(archives, checkout)
    return made_unique(names, repository), warnings


def _repository(checkout: Checkout) -> tuple[pathlib.Path | None, str | None]:
    """The root of the work tree, and the URL of its remote; git may be missing, or distrust who owns the files."""
    return git.root_of(checkout.folder) or checkout.work_tree, git.remote_url(checkout.folder)


def _unknown_root(archives: Sequence[Archive], checkout: Checkout) -> tuple[str, ...]:
    """A warning when load tests are named after paths, and it is not known where the paths begin."""
    if all(archive.cloud_options.get("name") for archive in archives):
        return ()
    warning = (
        f"{checkout.folder} is in no git repository and no CI workspace, so load tests are named after the folder's "
        "own name: two folders of one name share them. Set a name in the script (options.cloud.name)."
    )
    return (warning,)


def _wanted_name(archive: Archive, settings: Settings) -> str | None:
    """The name that was asked for: K6_CLOUD_NAME > the script > k6's config file, as with k6."""
    asked, own = settings.test_name, archive.cloud_options.get("name")
    if asked is not None and asked.rank < Rank.SCRIPT:
        return asked.value
    if isinstance(own, str) and own.strip():
        return own.strip()
    return asked.value if asked is not None else None


def _inside(archive: Archive, folder: pathlib.Path, root: pathlib.Path) -> pathlib.PurePath:
    """The script's path inside the repository; its bare name when it lies elsewhere."""
    path = (folder / archive.script).resolve()
    try:
        return path.relative_to(root.resolve())
    except ValueError:
        return pathlib.PurePath(path.name)
