"""File names as text that is valid in reports, requests and terminals."""

from __future__ import annotations

import os


def readable(name: str) -> str:
    r"""The name with bytes that are not UTF-8 as escapes (`\xff`); a file name may hold any."""
    try:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # lone surrogates, which no file name contains
        return name.encode("utf-8", "backslashreplace").decode()
