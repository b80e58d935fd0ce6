"""What may be told about an exception that nobody expected: its kind and the lines of code, never what it was about.

An exception's text, and the source lines and values in a traceback, may hold what a file holds: a secret, perhaps.
Standard library only: the scan uses it.
"""

from __future__ import annotations

from typing import Final

ISSUES: Final = "https://github.com/k6ci/k6ci/issues"
REMEDY: Final = f"Please report it with this line at {ISSUES}."
EXIT_CODE: Final = 70
_FRAMES_TOLD: Final = 4


def cause_of(error: BaseException) -> str:
    """One sentence: `A bug in k6ci: KeyError at k6ci.secretscan.file_scan:88, called from ...`."""
    trail = _trail(error)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
        trail = _trail(error) or trail
    kind = type(error).__name__
    # The texts of these two come from the system and from the name of a package, not from a file that was read.
    if isinstance(error, OSError) and error.strerror:
        kind += f" ({error.strerror})"
    elif isinstance(error, ModuleNotFoundError) and error.name:
        kind += f" ({error.name})"
    return f"A bug in k6ci: {kind}{trail}."


def _trail(error: BaseException) -> str:
    """The innermost lines of code, the last one first."""
    places = []
    step = error.__traceback__
    while step is not None:
        places.append(f"{step.tb_frame.f_globals.get('__name__', '?')}:{step.tb_lineno}")
        step = step.tb_next
    told = places[: -_FRAMES_TOLD - 1 : -1]
    return f" at {', called from '.join(told)}" if told else ""
