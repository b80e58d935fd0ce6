"""Starts `k6ci emulator` as a process that outlives this one, and prints the variables that select it, as NAME=value.

`make emulator` runs it. In a job on GitHub: `make --silent emulator >> "$GITHUB_ENV"`; the runner ends the process with
the job.
"""

from __future__ import annotations

import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
from typing import Final

_SECONDS: Final = 60.0


def main() -> int:
    """Start the emulator and wait until it serves; the exit code is 1 if it does not."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="k6ci-emulator-"))
    output, errors = folder / "output", folder / "errors"
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-P", "-u", "-m", "k6ci", "emulator"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    deadline = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        lines = output.read_text(encoding="utf-8").splitlines()
        variables = [shlex.split(line)[1] for line in lines if line.startswith("export ")]
        # The lines are written at once, when the emulator serves.
        if variables and output.read_bytes().endswith(b"\n"):
            print("\n".join(variables))
            print(f"The emulator is process {process.pid}; its log is in {folder}.", file=sys.stderr)
            return 0
        time.sleep(0.1)
    process.kill()
    sys.stderr.write(f"The emulator did not start.\n{errors.read_text(encoding='utf-8', errors='replace')}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
