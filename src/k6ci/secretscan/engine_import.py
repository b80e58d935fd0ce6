"""Importing parts of detect_secrets at the cost of those parts: without the network, and without all the rest.

`import detect_secrets` alone brings its whole command line, `requests` with it; that is most of what a commit with one
suspicious line would cost. The parts that look at lines need none of it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types

# Packages whose `__init__` imports everything below them; empty ones stand in for them meanwhile.
_GREEDY = ("detect_secrets", "detect_secrets.filters")


def offline_import(module: str) -> types.ModuleType:
    """Import a part of detect_secrets, or a module of ours that imports some.

    A verification that somebody switched on would find a stand-in that cannot send, so nothing leaves the machine.
    What stood in is gone afterwards: whoever imports the real packages later gets those.
    """
    known = sys.modules.get(module)
    if known is not None:
        return known
    stand_ins = {name: made for name, made in _stand_ins().items() if name == "requests" or name not in sys.modules}
    real = {name: sys.modules.get(name) for name in stand_ins}
    sys.modules.update(stand_ins)
    try:
        return importlib.import_module(module)
    finally:
        for name, before in real.items():
            if before is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = before


def _stand_ins() -> dict[str, types.ModuleType]:
    stand_ins = {"requests": _refusing_requests()}
    found = importlib.util.find_spec("detect_secrets") if "detect_secrets" not in sys.modules else None
    if found and found.origin:
        root = os.path.dirname(found.origin)
        for name in _GREEDY:
            package = types.ModuleType(name)
            package.__path__ = [os.path.join(root, *name.split(".")[1:])]
            stand_ins[name] = package
    return stand_ins


def _refusing_requests() -> types.ModuleType:
    """A module that has the names which the engine's plugins mention when they are imported, and nothing that sends."""
    stand_in = types.ModuleType("requests")
    exceptions = types.ModuleType("requests.exceptions")
    exceptions.RequestException = type("RequestException", (OSError,), {})  # type: ignore[attr-defined]
    stand_in.exceptions = exceptions  # type: ignore[attr-defined]
    stand_in.Response = type("Response", (), {})  # type: ignore[attr-defined]
    return stand_in
