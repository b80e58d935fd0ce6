"""Trees that `bench.scan` makes at run time: what load test repositories are full of, beside code.

Dashboards and charts (JSON, YAML), documentation (Markdown), recorded HTTP (HAR). Words such as key, token and password
are in seven of ten files, so that the prefilter keeps some of their lines, and nothing is secret. A fixed seed makes
the same files on every run.
"""

from __future__ import annotations

import base64
import json
import pathlib
import random
from collections.abc import Callable

_FILES = 3_000
_SUSPICIOUS = 0.7
_RECORDS = 100_000
_SERVICES = ("checkout", "cart", "search", "catalogue", "login", "payment", "profile", "mail", "stock", "gateway")
_WORDS = (  # noqa: SIM905
    "the a request response latency service load test run user session page cache queue region cluster node replica "
    "deployment rollout budget error rate threshold percentile dashboard panel alert metric label trace span log team"
).split()
_PANELS = ("timeseries", "stat", "table", "gauge", "heatmap")


def dashboards(place: pathlib.Path) -> pathlib.Path:
    """Grafana dashboards, Kubernetes manifests and Helm values, by references to secrets only."""
    return _tree(place / "dashboards", 1, (("json", _dashboard), ("yaml", _manifest), ("yml", _values)))


def documentation(place: pathlib.Path) -> pathlib.Path:
    """Markdown pages about set-up, tokens and passwords, with placeholders in their examples."""
    return _tree(place / "documentation", 2, (("md", _page),))


def recordings(place: pathlib.Path) -> pathlib.Path:
    """HTTP traffic as browsers export it, with redacted credentials."""
    return _tree(place / "recordings", 3, (("har", _har), ("http", _http)))


def one_line_json(place: pathlib.Path) -> pathlib.Path:
    """4.6 MB on one line, which the profile `all` still reads: 100,000 records with a key and an empty token."""
    place.mkdir(parents=True, exist_ok=True)
    records = [{"id": number, "key": f"item{number}", "token": "none"} for number in range(_RECORDS)]
    path = place / "records.json"
    path.write_text(json.dumps(records, separators=(",", ":")), encoding="utf-8")
    return path


def _tree(
    place: pathlib.Path, seed: int, kinds: tuple[tuple[str, Callable[[random.Random], str]], ...]
) -> pathlib.Path:
    chance = random.Random(seed)
    for number in range(_FILES):
        suffix, text = kinds[number % len(kinds)]
        path = place / _SERVICES[number % len(_SERVICES)] / f"file{number}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(chance), encoding="utf-8")
    return place


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(_WORDS, k=count))


def _mostly(chance: random.Random, text: str, otherwise: str = "") -> str:
    return text if chance.random() < _SUSPICIOUS else otherwise


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_SERVICES)}-{chance.choice(_WORDS)}"


def _dashboard(chance: random.Random) -> str:
    panels = [
        {
            "id": number,
            "type": chance.choice(_PANELS),
            "title": _words(chance, 3),
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "fieldConfig": {"defaults": {"unit": "ms", "thresholds": {"steps": [{"color": "green", "value": None}]}}},
            "targets": [{"expr": f'sum(rate(http_requests_total{{service="{_name(chance)}"}}[5m])) by (status)'}],
            "gridPos": {"h": 8, "w": 12, "x": 0, "y": number * 8},
        }
        for number in range(chance.randint(4, 12))
    ]
    template = {"name": _mostly(chance, "tokenType", "access"), "type": "custom", "query": "a,b", "hide": 0}
    return json.dumps({"title": _words(chance, 2), "panels": panels, "templating": {"list": [template]}}, indent=2)


def _manifest(chance: random.Random) -> str:
    name = _name(chance)
    variables = "".join(
        f"            - name: {one.upper()}_{kind}\n              valueFrom:\n                secretKeyRef:\n"
        f"                  name: {name}\n                  key: {kind.lower()}\n"
        for one, kind in zip(chance.sample(_WORDS, 3), ("PASSWORD", "TOKEN", "API_KEY"), strict=True)
    )
    variables = _mostly(chance, variables, "            - name: LOG_LEVEL\n              value: info\n")
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels:\n    app: {name}\nspec:\n"
        f"  replicas: {chance.randint(1, 9)}\n  template:\n    spec:\n      containers:\n        - name: {name}\n"
        f"          image: registry.example.com/{name}:1.{chance.randint(0, 99)}\n          env:\n{variables}"
        "          resources:\n            limits:\n              memory: 256Mi\n"
    )


def _values(chance: random.Random) -> str:
    name = _name(chance)
    ports = "".join(f"  - name: {one}\n    port: {chance.randint(1024, 65535)}\n" for one in chance.sample(_WORDS, 8))
    secrets = f'auth:\n  existingSecret: {name}\n  passwordKey: password\n  password: ""\n  tokenTTL: 5m\n'
    return f"nameOverride: {name}\n{_mostly(chance, secrets)}service:\n  ports:\n{ports}\ntolerations: []\n"


def _page(chance: random.Random) -> str:
    parts = [f"# {_words(chance, 3).title()}\n"]
    parts += [
        f"## {_words(chance, 4).capitalize()}\n\n{_words(chance, 60).capitalize()}.\n"
        for _ in range(chance.randint(5, 12))
    ]
    advice = f"Create an API key, store it as a secret, and never commit a password. {_words(chance, 20)}.\n"
    example = '```bash\nexport K6_CLOUD_TOKEN=<your-token>\ncurl -H "Authorization: Bearer $TOKEN" $URL\n```\n'
    parts.insert(chance.randint(1, len(parts)), _mostly(chance, advice + example))
    return "\n".join(parts)


def _har(chance: random.Random) -> str:
    headers = [{"name": "User-Agent", "value": "k6/1.1.0 (https://k6.io/)"}]
    if chance.random() < _SUSPICIOUS:
        headers += [{"name": "Authorization", "value": "REDACTED"}, {"name": "Cookie", "value": "session=REDACTED"}]
    entries = [_entry(chance, headers) for _ in range(chance.randint(3, 8))]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "browser"}, "entries": entries}}, indent=1)


def _entry(chance: random.Random, headers: list[dict[str, str]]) -> dict[str, object]:
    body = json.dumps({one: chance.randint(0, 999) for one in chance.sample(_WORDS, 12)})
    url = f"https://shop.example.com/{_name(chance)}?page={chance.randint(1, 99)}"
    return {
        "request": {
            "method": chance.choice(("GET", "POST")),
            "url": url,
            "headers": headers,
        },
        "response": {
            "status": 200,
            "content": {
                "mimeType": "application/json",
                "encoding": "base64",
                "text": base64.b64encode(body.encode()).decode(),
            },
        },
        "time": chance.random() * 100,
    }


def _http(chance: random.Random) -> str:
    authorization = _mostly(chance, "Authorization: Bearer {{token}}\n")
    one = [
        f"GET /{_name(chance)} HTTP/1.1\nHost: shop.example.com\n{authorization}"
        f"Accept: application/json\n\n{_words(chance, 15)}\n\n###\n"
        for _ in range(chance.randint(4, 12))
    ]
    return "\n".join(one)
