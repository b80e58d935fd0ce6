"""Kinds of files whose scan took quadratic time, or a parser that costs a hundred times as much."""

from __future__ import annotations

import base64
import json
import time

import pytest

from k6ci.secretscan.file_scan import scan_content
from scan_values import Values

pytestmark = pytest.mark.unmeasured

VALUES = Values(17)


# Quadratic cost is 16 times for four times the size; a busy machine makes linear cost look like 5 to 8 times.
_LINEAR = 11
_SLACK_SECONDS = 1.0


def seconds(path: str, text: str) -> tuple[float, int]:
    """Processor seconds of the faster of two scans, and the number of findings."""
    costs = []
    for _ in range(2):
        start = time.thread_time()
        found = scan_content(path, text.encode())
        costs.append(time.thread_time() - start)
    return min(costs), len(found)


def is_linear(once: float, four_times: float) -> bool:
    return four_times < _LINEAR * once + _SLACK_SECONDS


SHAPES = {
    "records on one line": lambda count: json.dumps([{"id": n, "password": VALUES.mixed(16)} for n in range(count)]),
    "pairs on one line": lambda count: ";".join(f"PASSWORD{n}={VALUES.mixed(16)}" for n in range(count)),
    "tokens on one line": lambda count: ",".join("ghp_" + VALUES.mixed(36) for _ in range(count)),
    "records on lines": lambda count: json.dumps([{"password": VALUES.mixed(16)} for _ in range(count)], indent=1),
}


# One shape in `make test`, all in `make e2e`: each takes seconds.
QUICK = ("tokens on one line",)


def test_k14_a_bundle_of_manifests_costs_what_its_length_costs():
    """A YAML text of more than 300,000 characters is read document by document."""
    manifest = "---\nkind: Deployment\nspec:\n- name: A\n  value: b\n---\nkind: Secret\ndata: {a: YjEK}\n"
    secret = base64.b64encode(f"DB_PASSWORD={VALUES.password()}\n".encode()).decode()
    last = f"---\nkind: Secret\ndata:\n  .env: {secret}\n"
    once, _ = seconds("bundle.yaml", manifest * 5_000 + last)
    more, found = seconds("bundle.yaml", manifest * 20_000 + last)
    assert found == 1
    assert is_linear(once, more)


@pytest.mark.parametrize(
    "shape", [pytest.param(one, marks=() if one in QUICK else pytest.mark.thorough) for one in SHAPES]
)
def test_k14_many_findings_cost_what_their_number_costs(shape):
    """16,000 records on one line took 42 s: every finding was compared with every other."""
    once, few = seconds("x.json", SHAPES[shape](1_000))
    more, many = seconds("x.json", SHAPES[shape](4_000))
    assert few >= 990
    assert many >= 3_960
    assert is_linear(once, more)


@pytest.mark.thorough
def test_k14_json_is_read_by_json():
    """One hit sent the whole document through PyYAML, which takes a hundred times as long as a clean document."""
    document = {"items": [{"id": n, "name": f"item {n}", "tags": ["a", "b"]} for n in range(8_000)]}
    clean = json.dumps(document, indent=1)
    document["database"] = {"host": "db", "password": VALUES.password()}
    with_one, found = seconds("x.json", json.dumps(document, indent=1))
    assert found == 1
    assert with_one < 60 * seconds("x.json", clean)[0] + 2


def test_k14_a_line_that_nobody_wrote_is_data():
    """Each name of a secret on a line of megabytes took the time of a line; now the structure of JSON tells the secrets."""
    secret, token = VALUES.password(), "ghp_" + VALUES.mixed(36)
    records = [{"id": number, "key": f"item{number}", "token": "none"} for number in range(8_000)]
    text = json.dumps([*records, {"db": {"user": "app", "password": secret}}, {"note": f"with {token} in it"}])
    found = scan_content("x.json", text.encode())
    assert sorted(one.column for one in found) == [text.index(secret) + 1, text.index(token) + 1]
    assert [one.column for one in scan_content("x.js", text.encode())] == [text.index(token) + 1]


LOGIN = base64.b64encode(f"user:{VALUES.password()}".encode()).decode()
PLACES = [
    ({"a": {"spring": {"datasource": {"password": "@"}}}}, 1),
    ({"x": "@", "db": {"user": "u", "password": "@"}}, 1),
    ([{"name": "DB_PASSWORD", "value": "@"}, {"name": "other", "value": "x"}], 1),
    ({"adminPassword": {"value": "@"}}, 1),
    ({"auths": {"r.io": {"auth": LOGIN}}}, 1),
]


@pytest.mark.parametrize("indent", [None, 1, 4, "\t"])
@pytest.mark.parametrize(("document", "count"), PLACES)
def test_k14_findings_in_json_have_their_places(document, count, indent):
    """The parser knows none; the places are looked up."""
    value = VALUES.password()
    text = json.dumps(document, indent=indent).replace("@", value)
    found = scan_content("x.json", text.encode())
    assert len(found) == count
    line = text.split("\n")[found[0].line - 1]
    assert line[found[0].column - 1 :].startswith((value, LOGIN))


@pytest.mark.thorough
def test_k14_one_line_of_many_records_costs_what_their_number_costs():
    """5 MB in one line, 100,000 records: the cost of a byte stays that of a smaller file."""

    def text(count: int) -> str:
        return json.dumps([{"id": n, "user": f"u{n % 9}", "token_count": n, "key": "abc"} for n in range(count)])

    clean, none = seconds("x.json", text(1_000))
    four_times, none_either = seconds("x.json", text(4_000))
    assert none == none_either == 0
    assert is_linear(clean, four_times)
    once, few = seconds("x.json", json.dumps([{"id": n, "password": VALUES.mixed(14)} for n in range(1_500)]))
    more, many = seconds("x.json", json.dumps([{"id": n, "password": VALUES.mixed(14)} for n in range(6_000)]))
    assert few > 1_475
    assert many > 5_900
    assert is_linear(once, more)


@pytest.mark.thorough
def test_k14_places_in_json_are_found_in_one_pass():
    """Every value that no key names was searched for in the whole rest of the document."""

    def text(count: int) -> str:
        return json.dumps({f"x{n}": {"name": "DB_PASSWORD", "value": VALUES.mixed(16)} for n in range(count)})

    once, few = seconds("x.json", text(1_000))
    more, many = seconds("x.json", text(4_000))
    assert (few, many) == (1_000, 4_000)
    assert is_linear(once, more)


ORDINARY = {
    "page.md": "## Configure the token\n\nSet `api_key` in the settings, see [keys](keys.md#token) for the password policy.\n\n",
    "chart.yaml": "auth:\n  existingSecret: app-secret\n  passwordKey: password\n  tokenTtl: 3600\n  keyRef: {name: app, key: token}\n",
    "dashboard.json": '{"title": "Token errors", "key": "Q-1", "legendFormat": "{{token}}", "expr": "sum(rate(auth_total[5m]))"},\n',
    "http.txt": "Authorization: Bearer {{token}}\nX-Api-Key: $API_KEY\nCookie: session=<session>\nContent-Type: application/json\n",
    "main.go": 'token := os.Getenv("API_TOKEN")\nif password == "" { return errors.New("no password") }\n',
}


@pytest.mark.thorough
@pytest.mark.parametrize("path", ORDINARY)
def test_k19_the_cost_of_ordinary_texts_about_secrets_is_linear(path):
    """A page of Markdown cost 1 ms, YAML and recorded HTTP 2 s/MB: mostly a second reading by another parser."""
    once, none = seconds(path, ORDINARY[path] * (25_000 // len(ORDINARY[path])))
    more, none_either = seconds(path, ORDINARY[path] * (100_000 // len(ORDINARY[path])))
    assert none == none_either == 0
    assert is_linear(once, more)
