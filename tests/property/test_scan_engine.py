"""The prefilter leaves the same lines with every library, and every line on which a detector finds something."""

from __future__ import annotations

import json
import re
import string

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from k6ci.secretscan.detectors import structured_files
from k6ci.secretscan.detectors.document_keys import is_worth_parsing
from k6ci.secretscan.detectors.documents import read_json, read_yaml
from k6ci.secretscan.detectors.registry import DETECTORS
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.prefilter.lines import hit_lines
from scan_cases import secrets

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]

MANY = 100
BACKENDS = ("re2", "re")

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


@given(content=st.lists(st.one_of(lines(), st.text(max_size=60)), max_size=12))
@settings(max_examples=300, deadline=None)
def test_every_library_leaves_the_same_lines(content):
    """The findings must not depend on which wheel happens to be installed."""
    text = re.sub(r"\r\n?", "\n", "\n".join(content)).encode("utf-8", "replace")
    expected = hit_lines(text, "re")
    assert hit_lines(text, "re2") == expected


@pytest.mark.parametrize("seed", [3, 40, 500])
def test_every_detector_gets_the_lines_on_which_it_finds_something(seed):
    """Triggers stand beside the patterns: none may want more than its pattern does."""
    missed = []
    for case in secrets(seed):
        lines = case.text.replace("\r\n", "\n").split("\n")
        for number, line in enumerate(lines, 1):
            for backend in BACKENDS:
                bits = hit_lines(line.encode(), backend).get(1, 0)
                others = [one for index, one in enumerate(DETECTORS) if not bits >> index & 1]
                found = [one.id for one in others for _ in one.find(LineContext(lines, number, FileKind.CONFIG))]
                missed += [(detector, backend, line) for detector in found]
    assert missed == []


@pytest.mark.parametrize("seed", [5, 60])
def test_every_document_with_a_candidate_is_worth_parsing(seed):
    """PyYAML reads only documents whose lines show a value for the name of a secret, in whatever style."""
    documents = [one.text for one in secrets(seed) if one.path.endswith((".yml", ".yaml", ".json"))]
    texts = [text for document in documents for text in _in_styles(document)]
    assert [text for text in texts if _has_candidate(text) and not read_yaml(text, is_worth_parsing)] == []


@pytest.mark.parametrize("seed", [7, 80])
def test_no_candidate_is_in_an_object_that_is_dropped(seed):
    """JSON is read without the objects that hold no wanted key: the candidates are those of the whole document."""
    documents = [one.text for one in secrets(seed) if one.path.endswith((".yml", ".yaml", ".json"))]
    texts = [json.dumps(nested) for document in documents for nested in _nested(document)]
    assert len(texts) > MANY
    differ = [text for text in texts if _in_json(text, structured_files.is_wanted) != _in_json(text, lambda _: True)]
    assert differ == []


def _nested(text):
    """The document, also in a list below keys that say nothing or name a secret, and beside others."""
    try:
        document, *_ = [*yaml.load_all(text, yaml.BaseLoader)] or [None]
    except yaml.YAMLError:  # a template
        return []
    return [
        document,
        [{"panel": [{}, document]}],
        {"password": document},
        {"id": {"id": 1}, "value": document, "x": [[document]]},
    ]


def _in_json(text, is_wanted):
    return list(structured_files.of_documents("x.json", read_json(text, is_wanted), FileKind.CONFIG))


def _in_styles(text):
    try:
        document, *_ = yaml.safe_load_all(text)
    except yaml.YAMLError:  # a template
        return [text]
    styles = [{"default_flow_style": flow, "width": width} for flow in (True, False, None) for width in (20, 120)]
    styles += [{"default_style": style} for style in "|>'\""]
    return [text, *(yaml.safe_dump(document, sort_keys=False, **style) for style in styles)]


def _has_candidate(text):
    return any(structured_files.of_documents("x.yaml", read_yaml(text, lambda _: True), FileKind.CONFIG))
