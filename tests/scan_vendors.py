"""Values of the kinds of tokens in `vendors.toml`, and near misses, made at run time from alphabet and length."""

from __future__ import annotations

import random
import re
import string
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from k6ci.secretscan.detectors.vendor_keywords import DATA


class Part(NamedTuple):
    """Fixed text, one of several, and so many characters of an alphabet behind it; `lengths` are ranges."""

    texts: tuple[str, ...]
    alphabet: str = ""
    lengths: tuple[tuple[int, int], ...] = ()


class VendorToken(NamedTuple):
    """A kind of token and its parts."""

    id: str
    vendor: str
    parts: tuple[Part, ...]
    revoke: str


def _part(texts: str | list[str], alphabet: str = "", length: int | list[int] | str = 0) -> Part:
    texts = (texts,) if isinstance(texts, str) else tuple(texts)
    lengths = length if isinstance(length, list) else [length]
    ranges = ([int(each) for each in str(one).split("..")] for one in lengths)
    return Part(texts, _CONTENT["alphabets"].get(alphabet, ""), tuple((one[0], one[-1]) for one in ranges))


def _token(fields: dict[str, Any]) -> VendorToken:
    first = [fields["prefix"], fields["alphabet"], fields["length"]]
    parts = tuple(_part(*each) for each in (first, *fields.get("suffix", ())))
    return VendorToken(fields["id"], fields["vendor"], parts, fields["revoke"])


_CONTENT = tomllib.loads(Path(DATA).read_text(encoding="utf-8"))
TOKENS = {fields["id"]: _token(fields) for fields in _CONTENT["tokens"]["list"]}
# None of the alphabets has these, and no file format of the tests reads anything into them.
_NO_ALPHABET = "!^"


def characters(alphabet: str) -> str:
    """The characters of a set such as `0-9a-f_-`."""
    found = []
    for first, last, single in re.findall(r"(\w)-(\w)|(.)", alphabet):
        found += [single] if single else [chr(code) for code in range(ord(first), ord(last) + 1)]
    return "".join(found)


class Maker:
    """Makes tokens; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def token(self, kind: VendorToken) -> str:
        """A token as its vendor could issue it."""
        return "".join(self._part(part) for part in kind.parts)

    def of_wrong_length(self, kind: VendorToken) -> str:
        """A token whose longest part has one character less than the shortest allowed, or more than the longest."""
        chosen = _longest(kind)
        low, high = min(low for low, _ in chosen.lengths), max(high for _, high in chosen.lengths)
        count = self.random.choice([low - self.random.randint(1, 3), high + self.random.randint(1, 3)])
        letters = characters(chosen.alphabet)
        body = "".join(self.random.choices(letters, k=count - 1))
        # Alphabets with signs end in one by chance, and a sign may end a sentence.
        body += self.random.choice([letter for letter in letters if letter.isalnum()])
        return self._with(kind, chosen, body)

    def of_wrong_alphabet(self, kind: VendorToken) -> str:
        """A token of the shortest length with a character in its longest part that its alphabet has not.

        In its first half: the head of one of GitLab's longer tokens is as long as one of its shorter ones.
        """
        chosen = _longest(kind)
        letters = characters(chosen.alphabet)
        body = self.random.choices(letters, k=min(low for low, _ in chosen.lengths))
        others = [letter for letter in string.ascii_letters + string.digits if letter not in letters] or _NO_ALPHABET
        body[self.random.randrange(len(body) // 2)] = self.random.choice(others)
        return self._with(kind, chosen, "".join(body))

    def _part(self, part: Part) -> str:
        text = self.random.choice(part.texts)
        if not part.alphabet:
            return text
        low, high = self.random.choice(part.lengths)
        # Any length, but of the longest tokens few: they make the tests slow.
        high = high if self.random.random() < 0.05 else min(high, low + 60)
        count = self.random.choice([low, high, self.random.randint(low, high)])
        return text + "".join(self.random.choices(characters(part.alphabet), k=count))

    def _with(self, kind: VendorToken, chosen: Part, body: str) -> str:
        return "".join(
            self.random.choice(part.texts) + body if part is chosen else self._part(part) for part in kind.parts
        )


def _longest(kind: VendorToken) -> Part:
    return max((part for part in kind.parts if part.alphabet), key=lambda part: part.lengths[-1][0])
