"""What the input `k6-version` may be: an exact version, a range (`2.x`, `~2.2`), `latest-known` or `latest`."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from k6ci.errors import K6MissingError
from k6ci.settings.raw import quoted

Number = tuple[int, int, int]

LATEST: Final = "latest"
LATEST_KNOWN: Final = "latest-known"
# The major versions that the tests cover. A new one may change the meaning of output and options.
TESTED_MAJORS: Final = (1, 2)
_EXACT: Final = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})([-+][0-9A-Za-z.+-]{1,60})?")
_WILDCARD: Final = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?\.[xX*]")
_TILDE: Final = re.compile(r"~(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?")


@dataclasses.dataclass(frozen=True)
class WantedVersion:
    """A parsed `k6-version`.

    Attributes:
        text: as it was given, without spaces and a leading `v`.
        first: the lowest number of a range.
        end: the lowest number above a range; None if this is no range.
    """

    text: str
    first: Number = (0, 0, 0)
    end: Number | None = None

    @property
    def is_exact(self) -> bool:
        """Whether it names one version."""
        return self.end is None and self.text not in (LATEST, LATEST_KNOWN)

    def matches(self, version: str) -> bool:
        """Whether a version is what is wanted; a range has no pre-releases. `latest` matches everything."""
        if self.text == LATEST:
            return True
        if self.end is None:
            return version == self.text
        number = number_of(version)
        return number is not None and version == "{}.{}.{}".format(*number) and self.first <= number < self.end


def parse_wanted(text: str | None) -> WantedVersion | None:
    """The wanted version; None if any will do.

    Raises:
        K6MissingError: the text has none of the accepted forms.
    """
    plain = (text or "").strip().removeprefix("v")
    if not plain:
        return None
    if plain in (LATEST, LATEST_KNOWN) or _EXACT.fullmatch(plain):
        return WantedVersion(plain)
    match = _WILDCARD.fullmatch(plain) or _TILDE.fullmatch(plain)
    if match is None:
        raise K6MissingError(
            f"k6-version: {quoted(plain)} is not a version of k6.",
            f"Give a version such as 2.3.0, a range such as 2.x or ~2.2, or {LATEST_KNOWN}.",
        )
    major, minor, *patch = (None if part is None else int(part) for part in match.groups())
    assert major is not None  # noqa: S101 -- for the type checker: both patterns begin with it
    first = (major, minor or 0, (patch[0] if patch else None) or 0)
    return WantedVersion(plain, first, (major + 1, 0, 0) if minor is None else (major, minor + 1, 0))


def number_of(version: str) -> Number | None:
    """The number of a version such as 2.3.0 or 2.3.0-rc1; None if it has none."""
    match = _EXACT.fullmatch(version)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]))
