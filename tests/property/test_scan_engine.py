"""The engine behind the prefilter finds what detect-secrets finds by itself, apart from the repairs that are listed."""

from __future__ import annotations

import random
import re
import string
import sysconfig
from pathlib import Path

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.plugins import github_token, gitlab_token
from detect_secrets.settings import transient_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from k6ci.secretscan import engine_repairs
from k6ci.secretscan.engine import engine_secrets
from k6ci.secretscan.prefilter.lines import BACKENDS, hit_lines

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
# Repair 1: upstream yields the prefix that its pattern captures. What the mended plugins yield instead is held to the
# whole matches of upstream's own patterns, below.
PREFIX_ONLY = {"GitHub Token", "GitLab Token"}
MENDED = {
    github_token.GitHubTokenDetector: engine_repairs.GitHubTokenDetector,
    gitlab_token.GitLabTokenDetector: engine_repairs.GitLabTokenDetector,
}
SUFFIXES = ("py", "js", "yml", "yaml", "ini", "cfg", "env", "json", "md", "toml", "tf", "sh", "txt", "go", "properties")


def upstream(path: Path) -> list[tuple[int, str, str]]:
    plugins = [{"name": plugin.__name__} for plugin in get_mapping_from_secret_type_to_class().values()]
    with transient_settings({"plugins_used": plugins}):
        found = [(secret.line_number, secret.type, secret.secret_value) for secret in scan_file(str(path))]
    return sorted(one for one in found if one[1] not in PREFIX_ONLY)


def ours(path: Path, backend: str) -> list[tuple[int, str, str]]:
    content = path.read_bytes()
    text = path.read_text(encoding="utf-8")
    hits = set(hit_lines(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n"), backend))
    found = [(secret.line, secret.kind, secret.value) for secret in engine_secrets(str(path), text, hits)]
    return sorted(one for one in found if one[1] not in PREFIX_ONLY)


def is_comparable(path: Path) -> bool:
    """Text that upstream can read, without the lines that the engine reads in pieces (a repair)."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and max(map(len, text.split("\n"))) <= 900


def real_files() -> list[Path]:
    library = Path(sysconfig.get_path("stdlib"))
    chosen = random.Random(4).sample(sorted(library.glob("*/*.py")), 60)
    packages = Path(sysconfig.get_path("purelib"))
    for suffix in ("yaml", "yml", "json", "md", "toml", "cfg", "txt", "ini"):
        chosen += sorted(packages.glob(f"*/**/*.{suffix}"))[:6]
    chosen += [*REPOSITORY.glob("*.toml"), *REPOSITORY.glob("src/k6ci/*.py")]
    return [path for path in chosen if path.stat().st_size < 60_000 and is_comparable(path)]


@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
def test_real_files_give_what_upstream_gives(path):
    """The prefilter, whatever library it has, may cost no finding; the readings of INI and YAML must be upstream's."""
    expected = upstream(path)
    for backend in BACKENDS:
        assert ours(path, backend) == expected, backend


@given(
    prefix=st.sampled_from(
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR1348941", "glcbt-",
         "glimt-", "glptt-", "glagent-", "gloas-", "glpat", "ghx_"]
    ),
    body=st.text(string.ascii_letters + string.digits + "_-", min_size=15, max_size=70),
    around=st.sampled_from(["{}", "x = '{}'", "{} {}", "a{}b", "url=https://x:{}@y", "{},"]),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_mended_plugins_yield_what_the_patterns_of_upstream_match(prefix, body, around):
    """The repair changes what is kept of a match, not what matches; and the prefilter lets every match through."""
    line = around.replace("{}", prefix + body)
    for stock, mended in MENDED.items():
        whole = sorted(match.group() for pattern in stock.denylist for match in pattern.finditer(line))
        assert sorted(mended().analyze_string(line)) == whole
        for backend in BACKENDS if whole else ():
            assert hit_lines(line.encode(), backend) == [1], backend


VALUES = st.one_of(
    st.text(string.ascii_letters + string.digits + "+/=_-", min_size=1, max_size=50),
    st.text(string.hexdigits, min_size=6, max_size=70),
    st.sampled_from(
        ["%(other)s", "${X}", "{{ x }}", "get(1)", "a b c", "'", '"', "\\x41", "\u017fecret", "\u212aey", ""]
    ),
    st.builds(
        "".join, st.lists(st.sampled_from(["ghp_", "glpat-", "AKIA", "eyJ", "AC", "sk-", ".", ":", "xoxb-1-", "SG."]))
    ),
)
NAMES = st.sampled_from(
    ["password", "api_key", "Secret", "db_pass", "token", "name", "x", "AWS key", "contraseÑa", "cloudant_pw",
     "iam_key", "\u017fecret", "pa\u017f\u017fword", "sl_key", "cos_secret_access_key", "id", "[a]", "# secret", "- pwd"]
)  # fmt: skip
SEPARATORS = st.sampled_from(["=", " = ", ": ", ":", " := ", "    ", "==", "(", " -> ", "=>", ":\n    "])
QUOTES = st.sampled_from(['"', "'", "", "`"])
COMMENTS = st.sampled_from(["", " # pragma: allowlist secret", "; // x", "\n# pragma: allowlist nextline secret", ","])


@st.composite
def lines(draw):
    quote = draw(QUOTES)
    return draw(NAMES) + draw(SEPARATORS) + quote + draw(VALUES) + quote + draw(COMMENTS)


@given(content=st.lists(lines(), min_size=1, max_size=6), suffix=st.sampled_from(SUFFIXES), header=st.booleans())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_files_give_what_upstream_gives(tmp_path, content, suffix, header):
    """Shapes that no real file shows: Unicode letters that fold to ASCII, half-broken INI, nested quotes."""
    path = tmp_path / f"sample.{suffix}"
    path.write_text(("[section]\n" if header else "") + "\n".join(content) + "\n", encoding="utf-8")
    try:
        expected = upstream(path)
    except (ValueError, RecursionError, AttributeError, TypeError, IndexError):
        return  # upstream dies of it: a repair with a test of its own
    for backend in BACKENDS:
        assert ours(path, backend) == expected, backend


@given(content=st.lists(st.one_of(lines(), st.text(max_size=60)), max_size=12))
@settings(max_examples=300, deadline=None)
def test_every_library_leaves_the_same_lines(content):
    """The findings must not depend on which wheel happens to be installed."""
    text = re.sub(r"\r\n?", "\n", "\n".join(content)).encode("utf-8", "replace")
    expected = hit_lines(text, "re")
    assert hit_lines(text, "re2") == expected
    assert hit_lines(text, "hyperscan") == expected
