r"""The scan of one file's content: the prefilter first, the detectors only where it left something.

Comes in: a path (its name decides how the content is read) and bytes. Goes out: findings, which never hold the secret.
Imports next to nothing, so that a commit without anything suspicious costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from k6ci.secretscan.engine_lines import has_reading
from k6ci.secretscan.inputs.content import is_archive
from k6ci.secretscan.inputs.file_types import is_never_judged, is_password_file, is_table
from k6ci.secretscan.prefilter.lines import hit_lines

if TYPE_CHECKING:
    from k6ci.secretscan.report.findings import Finding

Keyer = Callable[[str, str], tuple[str, ...]]
"""From path and secret to the keys under which baselines know it."""


_LONGEST_HEAD = 4_000
_HEAD_WORDS = (b"pass", b"pw", b"token", b"secret", b"key", b"cred", b"mdp", b"senha", b"kennwort", b"contrase")


def normalise(content: bytes) -> bytes:
    r"""Line ends as `\n`, UTF-16 and UTF-32 as UTF-8, and no byte order mark."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-32" if content[:4] == b"\xff\xfe\0\0" else "utf-16"
        content = content.decode(encoding, errors="replace").encode("utf-8", errors="replace")
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def scan_content(path: str, content: bytes, *, backend: str = "re", keyer: Keyer | None = None) -> list[Finding]:
    """The findings of one file, in the order of their places; bytes that are no UTF-8 are read as Latin-1."""
    if is_never_judged(path):
        return []
    if is_archive(content):
        return _scan_archive(path, content, backend, keyer)
    content = normalise(content)
    # The rows of a table are read when its head speaks of secrets, and by nothing else.
    hits = _head_of_secrets(content) if is_table(path) else hit_lines(content, backend)
    if not (hits or (has_reading(path, content) and not is_table(path)) or is_password_file(path)):
        return []
    from k6ci.secretscan.detectors.registry import detect  # noqa: PLC0415 - only where something is left

    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return detect(path, text, hits, backend=backend, keyer=keyer)


def _head_of_secrets(content: bytes) -> list[int]:
    head = content[:_LONGEST_HEAD].split(b"\n", 1)[0].lower()
    return [1] if any(word in head for word in _HEAD_WORDS) else []


def _scan_archive(path: str, content: bytes, backend: str, keyer: Keyer | None) -> list[Finding]:
    """The findings inside of an archive, each at line 1 of the archive itself, with the member named."""
    from dataclasses import replace  # noqa: PLC0415 - archives are rare

    from k6ci.secretscan.inputs.archives import members  # noqa: PLC0415 - same
    from k6ci.secretscan.report.remedies import remedy_for  # noqa: PLC0415 - same

    found = []
    for name, body in members(content):
        for one in scan_content(f"{path}/{name}", body, backend=backend, keyer=keyer):
            reason = f"In the archive's `{name}`, line {one.line}: {one.reason}"
            remedy = remedy_for(path, "k6-archive", "K6_CLOUD_TOKEN")
            found.append(replace(one, path=path, line=1, column=1, rule="k6-archive", reason=reason, remedy=remedy))
    return found
