"""A new delivery is one module and one line of the registry: made here, in a copy of the source."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

import k6ci
from emulation import EmulatorHandle
from story import PASSING, Teller

MODULE = '''
"""The verdict alone, for a badge."""

from k6ci import files
from k6ci.publish.blocking import in_thread
from k6ci.publish.delivery import Delivery


async def _deliver(report, destination):
    place = destination.files
    await in_thread(files.write_text, place.folder / "badge.txt", report.decision.verdict.value, root=place.root)


DELIVERY = Delivery("badge.txt", _deliver)
'''
LINE = '    "badge",\n'


def test_a_new_delivery_is_one_module_and_one_line(k6ci: Teller, emulator: EmulatorHandle, tmp_path_factory):
    source = copy_source(tmp_path_factory.mktemp("copy"))
    (source / "k6ci" / "publish" / "badge.py").write_text(MODULE)
    registry = source / "k6ci" / "publish" / "registry.py"
    text = registry.read_text()
    registry.write_text(text.replace("MODULES: Final = (\n", f"MODULES: Final = (\n{LINE}"))
    assert len(registry.read_text().splitlines()) == len(text.splitlines()) + 1

    k6ci.write(a=PASSING)
    done = subprocess.run(
        [sys.executable, "-m", "k6ci", "run", "a.js"],
        cwd=k6ci.folder,
        env=k6ci.environ(emulator, PYTHONPATH=str(source)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    report_dir = k6ci.folder / "k6ci-report"
    assert done.returncode == 0, done.stdout + done.stderr
    assert (report_dir / "badge.txt").read_text() == "passed"
    assert json.loads((report_dir / "result.json").read_text())["verdict"] == "passed"


def copy_source(folder: pathlib.Path) -> pathlib.Path:
    """The package as it is in this repository."""
    package = pathlib.Path(k6ci.__file__).parent
    return shutil.copytree(package, folder / "src" / "k6ci", ignore=shutil.ignore_patterns("__pycache__")).parent
