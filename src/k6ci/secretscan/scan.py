r"""The scan of one file's content: the prefilter first, the detectors only where it left something.

Comes in: a path (its name decides how the content is read) and bytes. Goes out: findings, which never hold the secret.
Imports next to nothing, so that a commit without anything suspicious costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from k6ci.secretscan.engine_lines import has_reading
from k6ci.secretscan.file_kinds import is_never_judged
from k6ci.secretscan.prefilter import hit_lines

if TYPE_CHECKING:
    from k6ci.secretscan.findings import Finding

Keyer = Callable[[str, str], str]
"""From path and secret to the key under which a baseline knows it."""


def normalise(content: bytes) -> bytes:
    r"""Line ends as `\n`, UTF-16 as UTF-8, and no byte order mark."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        content = content.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def scan_content(path: str, content: bytes, *, backend: str = "re", keyer: Keyer | None = None) -> list[Finding]:
    """The findings of one file, in the order of their places; bytes that are no UTF-8 are read as Latin-1."""
    if is_never_judged(path):
        return []
    content = normalise(content)
    hits = hit_lines(content, backend)
    if not hits and not has_reading(path, content):
        return []
    from k6ci.secretscan.detection import detect  # noqa: PLC0415 - only where something is left

    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return detect(path, text, hits, backend=backend, keyer=keyer)
