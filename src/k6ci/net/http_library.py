"""httpx without its command line. All modules that speak HTTP import `httpx` from here.

Where click is installed, `import httpx` also imports the program `httpx`: click, pygments and progress bars, which
cost each run 3 MB and 30 ms. If that module cannot be imported, httpx does without it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Final

__all__ = ["httpx"]

_PROGRAM: Final = "httpx._main"


@contextlib.contextmanager
def _not_importable(name: str) -> Iterator[None]:
    """Let imports of a module fail in this block, unless it is imported already: None says so to Python's import."""
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]
    modules.setdefault(name, None)
    try:
        yield
    finally:
        if modules[name] is None:
            del modules[name]


with _not_importable(_PROGRAM):
    import httpx
