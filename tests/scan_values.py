"""Makes the values of the scan's tests at run time, so that no file holds one: the same seed makes the same.

Every test session has a seed of its own, which `K6CI_TEST_SEED` can repeat (tests/random_values.py).
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import string
import uuid
import zlib

# Processes that pytest-xdist starts inherit the variable, and so the seed.
SEED = int(os.environ.setdefault("K6CI_TEST_SEED", str(random.SystemRandom().randrange(10**9))))
HEX = "0123456789abcdef"
LETTERS = string.ascii_letters + string.digits
WORDS = [
    "tulip",
    "comet",
    "silver",
    "walnut",
    "lantern",
    "falcon",
    "bridge",
    "orchard",
    "copper",
    "meadow",
    "saffron",
    "timber",
    "velvet",
    "canyon",
    "harbor",
    "juniper",
    "marble",
    "pepper",
    "rocket",
    "thunder",
    "willow",
    "badger",
    "cactus",
    "glacier",
]
_LIKE_WORDS = re.compile(r"(?i)xxx|tbd")


class Values:
    """Makes values; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def of(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def token(self) -> str:
        """A k6 Cloud token: documented samples are 32 hex digits, 64 are reported; opaque ones are possible."""
        return self.random.choice([self.of(HEX, 32), self.of(HEX, 64), self.mixed(40)])

    def mixed(self, length: int) -> str:
        """What a generator of tokens gives, with a digit after three letters at the latest.

        Of wholly random tokens one in some thousand looks like words by chance; their rate has tests of its own.
        """
        value = ""
        while len(value) < length:
            value += self.of(string.ascii_letters, self.random.randint(1, 3)) + self.of(string.digits, 1)
        value = value[:length]
        return self.mixed(length) if _LIKE_WORDS.search(value) else value

    def password(self) -> str:
        """What a generator of passwords gives: letters, digits, signs that need no quoting."""
        while True:
            sign, end = self.random.choice("!.+~"), self.of(LETTERS, 4)
            value = self.of(LETTERS, 9) + sign + end
            # `x1BOS8yf0.rets` may be the name of a file: one in some thousand of these is taken for one.
            if sum(letter.isdigit() for letter in value) >= 2 and not (sign == "." and end.isalpha()):
                return value

    def glsa(self) -> str:
        body = self.of(LETTERS, 32)
        return f"glsa_{body}_{zlib.crc32(body.encode()):08x}"

    def glc(self) -> str:
        said = {"o": "123456", "n": "ci-policy-k6", "k": self.mixed(24), "m": {"r": "prod-eu-west-2"}}
        return "glc_" + base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()

    def old_key(self) -> str:
        said = {"k": self.mixed(32), "n": "k6", "id": 1}
        return base64.b64encode(json.dumps(said, separators=(",", ":")).encode()).decode()

    def basic(self) -> str:
        return base64.b64encode(f"ci:{self.password()}".encode()).decode()

    def human(self) -> str:
        """What people choose: words and numbers, in the ways in which they are told to mix them."""
        word, other = self.random.sample(WORDS, 2)
        number = self.random.randrange(10, 9999)
        return self.random.choice(
            [
                f"{word}{number}",
                f"{word.title()}{number}!",
                f"{word}.{other}-{number % 100:02}",
                f"{word}_{number}",
                f"{word.title()}{other.title()}{number}",
                f"{word}-{number}x",
                f"{word.translate(str.maketrans('aeo', '430'))}{number}",
                f"{word.title()}@{1970 + number % 55}",
            ]
        )

    def made(self, kind: str) -> str:
        """A value of the kind that a template names."""
        if kind.startswith(("hex", "HEX")):
            made = self.of(HEX, int(kind[3:]))
            return made.upper() if kind.startswith("HEX") else made
        makers = {
            "human": self.human,
            "human8": lambda: self.random.choice(WORDS)[:6].ljust(6, "o") + f"{self.random.randrange(1000, 9999)}",
            "word": lambda: self.random.choice(WORDS),
            "phrase": lambda: "-".join(self.random.sample(WORDS, 4)),
            "spaced": lambda: " ".join(self.random.sample(WORDS, 4)),
            "random": lambda: self.mixed(self.random.choice([20, 28, 40])),
            "uuid": lambda: str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
            "basic": self.basic,
            "base64": lambda: base64.b64encode(self.human().encode()).decode(),
            "apppassword": lambda: " ".join(self.of(string.ascii_lowercase, 4) for _ in range(4)),
            "salt": lambda: self.of(LETTERS + "!#%^*|+~-", 64),
            "noise": lambda: self.mixed(8) + self.of(LETTERS + "!#$%^&*()-_ []{}<>~+=,.;:/?|", 46) + "?>%[$;7{k!",
            "crypt": lambda: f"$apr1${self.of(LETTERS, 8)}${self.mixed(22)}",
            "descrypt": lambda: self.of("AbCdEf", 4) + self.of(LETTERS, 8) + "7",
            "pem64": lambda: base64.b64encode(
                f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{self.mixed(64)}".encode()
            ).decode(),
        }
        return makers[kind]()
