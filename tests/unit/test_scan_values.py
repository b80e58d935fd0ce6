"""What is a secret by its name and by its looks: every filter with the examples that it carries itself."""

from __future__ import annotations

import configparser
import random
import re
import string
from pathlib import Path

import pytest

from k6ci import secretscan
from k6ci.secretscan.data import sections
from k6ci.secretscan.heuristics import decision, names
from k6ci.secretscan.heuristics.context import Confidence
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.features import FEATURES, rules
from k6ci.secretscan.heuristics.names import NameKind, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated, pair_bits, word_share
from k6ci.secretscan.heuristics.vocabulary import NAMES, VALUES

PACKAGE = Path(secretscan.__file__).parent
MANY_FILES, LONGEST_FILE, WIDEST_LINE = 20, 250, 120
RULE_FILES = {"names": ["names.ini"], "values": ["false_positives/*.ini", "features.ini"]}


def examples(field: str) -> dict[str, list[str]]:
    """The values of false-positive rules and of features that `matches` lists, or `others`, by their names."""
    found = [sections(decision.__file__, name) for name in ("false_positives", "features.ini")]
    return {rule: fields[field].replace("\n", " ").split(" | ") for file in found for rule, fields in file.items()}


@pytest.mark.parametrize("rule", [*rules().values(), *FEATURES.values()], ids=lambda one: one.name)
def test_a_filter_holds_for_its_examples_and_for_no_counterexample(rule):
    """A filter that holds for too much hides secrets, one that holds for too little is noise."""
    assert [value for value in examples("matches")[rule.name] if not rule.test(value)] == []
    assert [value for value in examples("others")[rule.name] if rule.test(value)] == []
    assert all([*examples("matches")[rule.name], *examples("others")[rule.name]])


@pytest.mark.parametrize("kind", NameKind)
def test_more_confidence_makes_no_value_less_of_a_secret(kind):
    """`can_be_secret` asks for the highest confidence only."""
    values = {value for field in ("matches", "others") for ones in examples(field).values() for value in ones}
    confidences = [each for each in Confidence if each is not Confidence.CREDENTIALS]
    for value in values:
        found = [is_secret(value, kind, each) for each in confidences]
        assert (value, found) == (value, sorted(found))
        assert decision.can_be_secret(value, kind) is found[-1]


def test_no_file_of_rules_is_long_and_no_pattern_wide():
    """A newcomer finds the way in a file of at most 250 lines; a longer pattern is in pieces."""
    files = {path: path.read_text(encoding="utf-8").split("\n") for path in PACKAGE.rglob("*.ini")}
    assert len(files) > MANY_FILES
    assert [path.name for path, lines in files.items() if len(lines) > LONGEST_FILE] == []
    wide = [line for lines in files.values() for line in lines if len(line) > WIDEST_LINE and line[0] != "#"]
    assert wide == []


@pytest.mark.parametrize("rule", names.RULES)
def test_a_rule_of_names_decides_its_example(rule):
    """A rule that another one precedes for every name is of no use."""
    example = names.RULES[rule].example
    deciding = [name for name, one in names.RULES.items() if one.applies(names.parts_of(example))]
    assert deciding[:1] == [rule]


def test_a_feature_has_no_second_meaning():
    """Conditions name features of values, kinds of names and confidences alike."""
    others = {each.value for each in NameKind} | {each.name.lower().replace("_", " ") for each in Confidence}
    assert others.isdisjoint(FEATURES)


@pytest.mark.parametrize("word", ["mock", "fake", "unset", "dummy", "hidden", "testing", "foo_bar", "change-me"])
def test_a_word_of_a_placeholder_counts_as_people_write_it(word):
    """Random letters of both cases make short words by chance: `x9Q~MOcK7`."""
    has_placeholder_word = rules()["placeholder words"].test
    assert all(has_placeholder_word(one) for one in (word, word.upper(), word.capitalize(), word.title()))
    chances = {"".join(letter.upper() if number & 1 << place else letter for place, letter in enumerate(word)) for number in range(2 ** len(word))}  # fmt: skip
    written = {word, word.upper(), word.capitalize(), word.title()} | {f"{word.partition(sign)[0]}{sign}{word.partition(sign)[2].capitalize()}" for sign in "-_"}  # fmt: skip
    assert [one for one in chances - written if has_placeholder_word(one)] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.ini")), ids=lambda path: path.name)
def test_data_files_are_ini(path):
    """Another reader than ours, the one of the standard library, reads the same, and every list is of use."""
    reader = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True, default_section="")
    reader.optionxform = str
    reader.read(path, encoding="utf-8")
    assert {section: dict(reader[section]) for section in reader.sections()} == sections(str(path), path.name)


def test_every_word_list_is_used_and_every_used_one_is_there():
    """A misspelled key would be an error at the first name that needs it."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    for section, lists in (("names", NAMES), ("values", VALUES)):
        direct = set(re.findall(rf'{section.upper()}\["([^"]+)"\]', text))
        joined = set(
            re.findall(rf'alternatives\("{section}", "([^"]+)"\)|alternatives\(\'{section}\', \'([^\']+)\'\)', text)
        )
        rules = "".join(
            path.read_text(encoding="utf-8")
            for one in RULE_FILES[section]
            for path in (PACKAGE / "heuristics").glob(one)
        )
        in_rules = re.findall(r"\{(?:written )?([a-z][a-z -]+)\}|^list = (.+)$", rules, re.MULTILINE)
        used = direct | {one or other for one, other in [*joined, *in_rules]}
        assert set(lists) - used == set()
        assert direct - set(lists) == set()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("K6_CLOUD_TOKEN", NameKind.K6),
        ("k6ApiToken", NameKind.K6),
        ("LOADIMPACT_TOKEN", NameKind.K6),
        ("grafana_api_key", NameKind.K6),
        ("API_TOKEN", NameKind.TOKEN),
        ("secretToken", NameKind.TOKEN),
        ("clientSecret", NameKind.PHRASE),
        ("SESSION_SECRET", NameKind.PHRASE),
        ("storepass", NameKind.PASSWORD),
        ("requirepass", NameKind.PASSWORD),
        ("compass", None),
        ("trace_token", None),
        ("aws_secret_access_key", NameKind.TOKEN),
        ("SECRET_KEY_BASE", NameKind.TOKEN),
        ("db.password", NameKind.PASSWORD),
        ("PGPASSWORD", NameKind.PASSWORD),
        ("spring.datasource.password", NameKind.PASSWORD),
        ("PASSWORD_2", NameKind.PASSWORD),
        ("sessionKey", NameKind.TOKEN),
        ("cookie", NameKind.KEY),
        ("token_ttl", None),
        ("tokenUrl", None),
        ("forgotPassword", None),
        ("password_min_length", None),
        ("secretName", None),
        ("secretKeyRef", None),
        ("public_key", None),
        ("primaryKey", None),
        ("tokenizer", None),
        ("author", None),
        ("keyboard", None),
        ("passenger", None),
        ("first_pass", None),
        ("getToken", None),
        ("password_hash", None),
    ],
)
def test_a_name_promises_a_secret_by_its_words(name, kind):
    """Settings about a secret, and functions that get one, are not the secret."""
    assert kind_of(name) is kind


@pytest.mark.parametrize("alphabet", ["0123456789abcdef", string.ascii_letters + string.digits, string.ascii_letters])
def test_random_values_look_generated(alphabet):
    """The judge decides by rarity of letters and mixture of symbols: all but a few random values must pass."""
    source = random.Random(7)
    values = ["".join(source.choice(alphabet) for _ in range(32)) for _ in range(500)]
    assert sum(map(is_generated, values)) >= 495


@pytest.mark.parametrize(
    "value",
    [
        "grafana-cloud-k6-load-test",
        "application/x-www-form-urlencoded",
        "ThisIsTheNameOfAVeryLongClassInJava",
        "com.example.security.TokenProvider",
        "0000000000000000",
        "production_environment_2",
        "client_credentials",
    ],
)
def test_what_a_person_wrote_does_not_look_generated(value):
    """Names of things have as much entropy as secrets, and none of their rarity."""
    assert not is_generated(value)


def test_words_pair_common_letters_and_random_letters_do_not():
    """The table is what the rarity rests on."""
    source = random.Random(1)
    common = [pair_bits(word) for word in ("password", "connection", "authorization", "environment", "production")]
    rare = [pair_bits("".join(source.choice(string.ascii_lowercase) for _ in range(24))) for _ in range(50)]
    assert max(common) < 4.6 < sum(rare) / len(rare)
    assert pair_bits("x") == 0.0
    assert word_share("") == 0.0
    assert word_share("my-secret-name") > 0.7


def test_the_same_word_is_a_secret_in_configuration_and_a_variable_in_code():
    """A word alone is a label or a variable, but for the place where nothing else can stand."""
    assert is_secret("monkey99", NameKind.PASSWORD, Confidence.CODE)
    assert not is_secret("monkey99", NameKind.PASSWORD, Confidence.LABEL)
    assert is_secret("monkey", NameKind.PASSWORD, Confidence.LOGIN)
    assert not is_secret("monkey", NameKind.PASSWORD, Confidence.CONFIG)
    assert is_secret("monkey-tulip-river", NameKind.PASSWORD, Confidence.CONFIG)
    assert not is_secret("monkey-tulip-river", NameKind.PASSWORD, Confidence.CODE)
    assert not is_secret("", NameKind.PASSWORD, Confidence.LOGIN)
    assert not is_secret("k9" * 2000, NameKind.K6, Confidence.LOGIN)
