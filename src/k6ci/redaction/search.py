"""Finds any of thousands of byte strings in output, fast: forms and data in, spans out.

How: reading a word of the data at every s-th byte meets one whole word of each occurrence that is at least
s + (word size) - 1 bytes long. So the words at the first s offsets of each form go into a set. One pass over the data
as an array of integers, in C, then finds the few positions to compare in full, however many forms there are.
"""

from __future__ import annotations

import itertools
import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[int, int]

# Words per set operation: few, so that a hit is cheap to locate; enough, so that the pass runs in C.
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Found:
    """Where forms are.

    `spans` are (start, end) in order of start, and may overlap. From `open_from` on, the data may be the beginning of a
    form that continues in later data; it is the length of the data if there is no such beginning.
    """

    spans: list[Span]
    open_from: int


@dataclass(frozen=True, slots=True)
class _Sieve:
    """Finds forms by their heads, in words of `width` bytes, one at every `stride` bytes of the data."""

    width: int
    stride: int
    code: Literal["Q", "I"]
    head_length: int
    heads: set[bytes] = field(default_factory=set)
    offsets: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def add(self, form: bytes) -> None:
        """Search for this form, which has at least `head_length` bytes."""
        head = form[: self.head_length]
        if head in self.heads:
            return
        self.heads.add(head)
        # A head that is too short for words at all offsets: the first word begins in the bytes before it.
        before = max(0, self.width + self.stride - 1 - self.head_length)
        for offset in range(-before, self.stride - before):
            for unknown in itertools.product(range(256), repeat=max(0, -offset)):
                word = (bytes(unknown) + head)[max(0, offset) :][: self.width]
                number = int.from_bytes(word, sys.byteorder)
                self.offsets[number] = tuple({*self.offsets.get(number, ()), offset})

    def starts(self, data: bytes) -> Iterator[int]:
        """The positions of heads."""
        whole = len(data) // self.width * self.width
        words = memoryview(data)[:whole].cast(self.code)[:: self.stride // self.width]
        for first in range(0, len(words), _BLOCK):
            block = words[first : first + _BLOCK]
            if not self.offsets.keys().isdisjoint(block):
                yield from self._starts_in(data, block, first)

    def _starts_in(self, data: bytes, block: memoryview[int], first: int) -> Iterator[int]:
        for index in itertools.compress(itertools.count(), map(self.offsets.__contains__, block)):
            for offset in self.offsets[block[index]]:
                start = (first + index) * self.stride - offset
                if start >= 0 and data[start : start + self.head_length] in self.heads:
                    yield start


class FormFinder:
    """Finds all occurrences of the given forms, the longest at each place. Immutable."""

    def __init__(self, forms: Iterable[bytes]) -> None:
        self._forms = sorted(form for form in forms if form)
        self._shorter: dict[bytes, bytes] = {}
        self._longest = max(map(len, self._forms), default=0)
        self._alphabet = bytes(set(itertools.chain.from_iterable(self._forms)))
        self._beginnings = frozenset(form[0] for form in self._forms)
        self._sieves: list[_Sieve] = []
        self._link_prefixes()
        self._fill_sieves()
        self._longest_head = max((sieve.head_length for sieve in self._sieves), default=0)

    def find(self, data: bytes) -> Found:
        """All occurrences in the data, and the position from which later data may complete one."""
        spans: list[Span] = []
        open_from = self._open_end(data)
        for start in sorted({start for sieve in self._sieves for start in sieve.starts(data)}):
            if length := self._length_at(data, start):
                spans.append((start, start + length))
            if start < open_from and start + self._longest > len(data) and self._is_beginning(data[start:]):
                open_from = start
        return Found(spans, open_from)

    def _link_prefixes(self) -> None:
        """Record for each form the longest other form that it begins with."""
        nested: list[bytes] = []
        for form in self._forms:
            while nested and not form.startswith(nested[-1]):
                nested.pop()
            if nested:
                self._shorter[form] = nested[-1]
            nested.append(form)

    def _fill_sieves(self) -> None:
        wide, narrow = _Sieve(8, 16, "Q", 23), _Sieve(8, 8, "Q", 15)
        needs_narrow = any(narrow.head_length <= len(form) < wide.head_length for form in self._forms)
        # Each sieve costs a pass: what can go through the narrow one does so where there is one.
        sieves = (narrow if needs_narrow else wide, _Sieve(4, 4, "I", 7), _Sieve(4, 4, "I", 6))
        for form in self._forms:
            next(sieve for sieve in sieves if len(form) >= sieve.head_length).add(form)
        self._sieves = [sieve for sieve in sieves if sieve.heads]

    def _length_at(self, data: bytes, start: int) -> int:
        window = data[start : start + self._longest]
        # The greatest form not above the window begins with every form that the window begins with.
        index = bisect_right(self._forms, window) - 1
        form = self._forms[index] if index >= 0 else None
        while form is not None and not window.startswith(form):
            form = self._shorter.get(form)
        return len(form) if form is not None else 0

    def _is_beginning(self, tail: bytes) -> bool:
        """Whether some form is the tail and more."""
        index = bisect_right(self._forms, tail)
        return index < len(self._forms) and self._forms[index].startswith(tail)

    def _open_end(self, data: bytes) -> int:
        """`open_from`, as far as beginnings too short for the sieves are concerned."""
        end = data[max(0, len(data) - self._longest_head + 1) :]
        first = len(data) - len(end) + len(end.rstrip(self._alphabet))
        for start in range(first, len(data)):
            if data[start] in self._beginnings and self._is_beginning(data[start:]):
                return start
        return len(data)
