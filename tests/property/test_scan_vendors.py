"""Row K8: every kind of token in `vendors.toml` is found without a name in any file, and near misses are not."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from k6ci.secretscan.detectors.vendor_keywords import DATA, SHORTEST, keywords
from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.prefilter.lines import hit_lines
from scan_values import SEED
from scan_vendors import TOKENS, Maker, VendorToken

pytestmark = pytest.mark.unmeasured

EACH = 200
# A random value reads like a placeholder, or holds another kind's token, less than once in 2,000. Where the first values
# have such a one, many more decide about the rate.
MORE = 2000
MOST_BY_CHANCE = 0.005
# How a value without a name stands in each kind of file: one value per line, and what makes the file whole.
FORMS = {
    ".txt": ("", "see {} there", ""),
    ".env": ("", "# was {}", ""),
    ".yaml": ("list:\n", "  - {}", "\n"),
    ".json": ("[\n", '  "{}",', '\n  ""\n]\n'),
    ".js": ("", "send('{}');", ""),
    ".md": ("# Notes\n\n", "Use `{}` here.", "\n"),
    ".csv": ("first,second\n", "1,{}", "\n"),
    ".lock": ("", "resolved {}", ""),
}
# `token-abcde: <54 characters>` is an assignment to a name that speaks of a token, of whatever length its value is.
NAMED_BY_ITSELF = {"rancher"}
VENDORS_OF_ROW_K8 = {
    "Docker", "Groq", "xAI", "Perplexity", "Replicate", "OpenRouter", "Supabase", "Fly.io", "Figma", "Brevo", "Pulumi",
    "Atlassian", "Bitbucket", "Dynatrace", "Sentry", "PostHog", "Amazon Bedrock", "Microsoft Entra ID (Azure AD)",
    "Buildkite", "CircleCI", "Heroku", "Octopus Deploy", "Harness",
}  # fmt: skip


# `make test` tries a few values of each kind, `make e2e` many.
SAMPLES = [pytest.param(10, id="few"), pytest.param(EACH, id="many", marks=pytest.mark.thorough)]


def found_lines(suffix: str, values: list[str]) -> set[int]:
    """The indexes of the values in which a secret was found, when one file holds them all."""
    head, line, tail = FORMS[suffix]
    text = head + "\n".join(line.format(value) for value in values) + "\n" + tail
    first = head.count("\n") + 1
    return {finding.line - first for finding in scan_content(f"notes{suffix}", text.encode())}


def is_rate_small(count: Callable[[int], int], each: int) -> bool:
    """Whether `count`, the number of faults among as many new values, is 0 at first, or within MOST_BY_CHANCE of MORE."""
    return count(each) == 0 or count(MORE) <= MORE * MOST_BY_CHANCE


@pytest.mark.parametrize("each", SAMPLES)
@pytest.mark.parametrize("suffix", FORMS)
def test_k8_every_kind_of_token_is_found_without_a_name(suffix, each):
    """The decision is on what follows the known prefix, not on what follows the first sign."""
    maker = Maker(SEED)

    def missed(kind: VendorToken, number: int) -> int:
        return number - len(found_lines(suffix, [maker.token(kind) for _ in range(number)]))

    poor = [name for name, kind in TOKENS.items() if not is_rate_small(functools.partial(missed, kind), each)]
    assert poor == [], f"K6CI_TEST_SEED={SEED}"


@pytest.mark.parametrize("each", SAMPLES)
@pytest.mark.parametrize("miss", ["of_wrong_length", "of_wrong_alphabet"])
def test_k8_a_near_miss_is_no_token(miss, each):
    """A digest, a cut or a mistyped token opens nothing. Random text may hold another kind's token."""
    maker = Maker(SEED + 1)
    suffixes = list(FORMS)

    def found(kind: VendorToken, each: int) -> int:
        counts = [len(range(number, each, len(suffixes))) for number in range(len(suffixes))]
        near = [[getattr(maker, miss)(kind) for _ in range(count)] for count in counts]
        return sum(len(found_lines(suffix, values)) for suffix, values in zip(suffixes, near, strict=True))

    kinds = {name: kind for name, kind in TOKENS.items() if name not in NAMED_BY_ITSELF}
    wrong = [name for name, kind in kinds.items() if not is_rate_small(functools.partial(found, kind), each)]
    assert wrong == [], f"K6CI_TEST_SEED={SEED}"


@pytest.mark.parametrize("before", ["", " ", '"', "'", "=", ":", "(", ">", r"\n", r"\t", "%3D", "%22", "/", "`", ","])
def test_k8_whatever_may_stand_before_a_token_it_is_found(before):
    """Strings with escapes and addresses with percent signs put letters and digits right before a token."""
    maker = Maker(SEED + 2)
    values = [before + maker.token(TOKENS["github"]) for _ in range(MORE)]
    assert len(found_lines(".txt", values)) >= MORE * (1 - MOST_BY_CHANCE), f"K6CI_TEST_SEED={SEED}"


@pytest.mark.parametrize("before", ["x", "9", "_"])
def test_k8_a_token_does_not_begin_inside_a_word(before):
    """The tail of a longer identifier is not what the vendor issued."""
    maker = Maker(SEED + 3)
    assert found_lines(".txt", [before + maker.token(TOKENS["github"]) for _ in range(EACH)]) == set()


def test_k8_the_vendors_of_the_row_are_known():
    """The row names them; 43 kinds were missing."""
    assert {kind.vendor for kind in TOKENS.values()} >= VENDORS_OF_ROW_K8
    assert len(TOKENS) >= 41 + 43


def test_the_keywords_are_those_of_the_file():
    """The prefilter reads the file without a TOML parser: it must see what the parser sees."""
    parsed = tomllib.loads(Path(DATA).read_text(encoding="utf-8"))["tokens"]["list"]
    expected: dict[str, set[str]] = {}
    for fields in parsed:
        words = fields.get("keyword", fields["prefix"])
        for word in [words] if isinstance(words, str) else words:
            expected.setdefault(word, set()).add(fields["id"])
    read = {keyword.text.decode(): {entry.split('"')[1] for entry in keyword.entries} for keyword in keywords()}
    assert read == expected


def test_every_kind_of_token_passes_the_prefilter():
    """A keyword that its tokens do not hold, or a token shorter than the shortest word, would switch the kind off."""
    maker = Maker(SEED + 4)
    for kind in TOKENS.values():
        for _ in range(20):
            token = maker.token(kind)
            assert len(token) >= SHORTEST
            assert hit_lines(f"first\nsee {token} there\nlast\n".encode()).keys() == {2}, kind.id


def test_every_kind_says_who_issues_it_and_where_to_revoke_it():
    """The report tells what to do next."""
    assert all(kind.vendor and kind.revoke for kind in TOKENS.values())
    assert list(TOKENS) == sorted(TOKENS)


@pytest.mark.parametrize("word", ["XXXX", "xxxx", "FAKE", "your", "YOUR", "fake"])
def test_k8_letters_that_make_a_word_by_chance_are_no_placeholder(word):
    """Where a word begins they are one."""
    body = Maker(7).random.choices("ABCDEFGHJKMNPQRSTUVWZ23456789abcdefghijkmnpqrstuvwz", k=36)
    kind = TOKENS["apify"]
    inside = f"{kind.parts[0].texts[0]}{''.join([*body[:15], 'q', word, *body[20:]])}"
    assert found_lines(".txt", [inside]) == {0}
    at_the_start = f"{kind.parts[0].texts[0]}{word}{''.join(body[4:])}"
    assert found_lines(".txt", [at_the_start]) == set()
