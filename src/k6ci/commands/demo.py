"""`k6ci demo`: an emulated run of an example script against a small web shop on loopback."""

from __future__ import annotations

import dataclasses
import pathlib
from importlib import resources
from typing import Final

import anyio

from k6ci.commands.command import Command, CommandResult, RawInputs, exit_code_of
from k6ci.commands.context import AppContext
from k6ci.commands.demo_k6 import demo_k6
from k6ci.commands.demo_shop import serving_shop
from k6ci.commands.run import run_settings
from k6ci.errors import ExitCode
from k6ci.render.console import console_for
from k6ci.settings.resolve import resolve

_SCRIPT: Final = "shop.js"
_NEXT: Final = """
What to do next, with a real account:
  1. In Grafana Cloud: Testing & synthetics > Performance > Settings > Access: create a stack token.
  2. export K6_CLOUD_TOKEN=...  (on CI: as a secret)
     export K6_CLOUD_STACK_ID=... K6_CLOUD_PROJECT_ID=...
  3. k6ci check your-script.js     checks the set-up, costs nothing
     k6ci run your-script.js       runs it in the cloud
  GitHub, GitLab and pre-commit: see README.md.
"""


def demo(context: AppContext, raw_inputs: RawInputs) -> CommandResult:
    """Run the example against the emulator; all output is marked as emulated."""
    folder = _examples()
    with serving_shop() as url:
        console = console_for(context.stdout)
        console.print("k6ci demo: EMULATED. A cloud, a shop and a load test, all on this machine.", style="bold")
        console.print(f"shop:   {url}\nscript: {folder / _SCRIPT}", markup=False, soft_wrap=True)
        flags = {
            "script": [_SCRIPT],
            "env": [f"BASE_URL={url}"],
            "target": "emulator",
            "report-dir": raw_inputs.get("report-dir") or "k6ci-demo",
            "k6-path": raw_inputs.get("k6-path"),
            "k6-mirror": raw_inputs.get("k6-mirror"),
            "comment": "never",
            "check-run": False,
        }
        # The demo ignores the user's settings, so that it is the same on every machine.
        quiet = {name: value for name, value in context.environ.items() if not name.startswith(("K6_", "K6CI_"))}
        settings = resolve(flags, quiet | {"HOME": ""}, folder)
        for problem in settings.problems:
            raise problem
        k6 = anyio.run(demo_k6, context.k6_source(settings), context.say)
        context.say(f"k6:     {k6.version} at {k6.path} ({k6.origin})")
        settings = settings.replaced(report_dir=context.folder / settings.report_dir, k6_path=k6.path)
        result = run_settings(settings, dataclasses.replace(context, folder=folder))
        if exit_code_of(result) is ExitCode.PASSED:
            context.stdout.write(_NEXT)
    return result


def _examples() -> pathlib.Path:
    """The example scripts: inside the installed package, or in the repository beside `src`."""
    package = pathlib.Path(str(resources.files("k6ci")))
    packaged = package / "examples"
    return packaged if packaged.is_dir() else package.parents[1] / "examples" / "demo"


COMMAND: Final = Command(
    "demo",
    demo,
    "Run an example against a local emulator; no account needed.",
    inputs=("k6-path", "k6-mirror", "report-dir"),
)
