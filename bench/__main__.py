"""Runs the benches named on the command line, or all: a bench is a module here with `main() -> int`."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import bench


def main(argv: list[str]) -> int:
    """Exit code 0 when every bench reached its goals, 2 for a name that is none."""
    names = sorted(
        module.name for module in pkgutil.iter_modules(bench.__path__) if not module.ispkg and module.name[0] != "_"
    )
    if unknown := sorted(set(argv) - set(names)):
        print(f"no such bench: {', '.join(unknown)}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    # Users' installations keep compiled modules; without them, each start would compile k6ci anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    codes = []
    for name in argv or names:
        print(f"== {name}", flush=True)
        codes.append(importlib.import_module(f"bench.{name}").main())
        print()
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
