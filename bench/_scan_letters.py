"""Makes the table in `k6ci/secretscan/heuristics/letters.ini` again: how common each pair of letters is in words.

Reads the sources of the running Python, whose comments and names are English and whose licence allows it, and prints
the table. Run it by hand when the scale changes; its output is committed, so that the hook needs nothing to read.
"""

from __future__ import annotations

import collections
import itertools
import math
import re
import string
import sysconfig
from pathlib import Path


def main() -> None:
    """Print one line of codes for each first letter."""
    seen: set[str] = set()
    for path in Path(sysconfig.get_path("stdlib")).rglob("*.py"):
        if "site-packages" not in path.parts:
            seen.update(re.findall(r"[a-z]{3,}|[A-Z][a-z]{2,}", path.read_text(encoding="utf-8", errors="replace")))
    pairs: collections.Counter[str] = collections.Counter()
    for word in {word.lower() for word in seen}:
        pairs.update(first + second for first, second in itertools.pairwise(word))
    for first in string.ascii_lowercase:
        total = sum(pairs[first + second] for second in string.ascii_lowercase)
        codes = ""
        for second in string.ascii_lowercase:
            bits = -math.log2((pairs[first + second] + 0.5) / (total + 13))
            codes += "0123456789"[min(9, round(bits))]
        print(f"{first} = {codes}")


if __name__ == "__main__":
    main()
