"""Values that stand beside, below or inside something else than their name: fresh values on every run."""

from __future__ import annotations

import base64

import pytest

from k6ci.secretscan.file_scan import scan_content
from scan_rows import TRIES, missed, reported
from scan_values import SEED, Values

VALUES = Values(SEED)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


KUBERNETES = {
    "list": "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  data:\n    password: {v}\n",
    "list of string data": "kind: List\nitems:\n- kind: Secret\n  stringData:\n    some.conf: {p}\n",
    "secret list": "kind: SecretList\nitems:\n- metadata: {{name: x}}\n  data:\n    password: {v}\n",
    "json list": '{{"kind": "List", "items": [{{"kind": "Secret", "data": {{"password": "{v}"}}}}]}}',
    "below if": "{{{{ if .Values.x }}}}\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {{{{ .Release.Name }}}}\ndata:\n  password: {v}\n{{{{ end }}}}\n",
    "below if, trimmed": '{{{{- if .Values.x -}}}}\nkind: Secret\nmetadata:\n  labels:\n    {{{{- include "x" . | nindent 4 }}}}\ndata:\n  password: {v}\n{{{{- end }}}}\n',
    "below if, data inside": "kind: Secret\ndata:\n  {{{{- if .Values.x }}}}\n  api-token: {v}\n  {{{{- end }}}}\n",
    "below range": "{{{{- range .Values.x }}}}\n---\nkind: Secret\ndata:\n  password: {v}\n{{{{- end }}}}\n",
    "anchors": "x: &data\n  password: {v}\n---\nkind: Secret\ndata:\n  password: {v}\n",
    "anchored data": "kind: Secret\ndata: &all\n  password: &pw {v}\n",
    "merged": "kind: Secret\ndata:\n  <<: &base\n    password: {v}\n",
    "below a comment of Helm": "{{{{/*\nCopyright by: 'us'\n  and - more\n*/}}}}\nkind: Secret\ndata:\n  .env: {e}\n",
    "below a comment of Helm, trimmed": "{{{{- /*\n Use it: {{{{ x }}}} and more\n*/ -}}}}\nkind: Secret\ndata:\n  .env: {e}\n",
    "below an action of two lines": "{{{{- if and .Values.a\n        .Values.b }}}}\nkind: Secret\ndata:\n  .env: {e}\n{{{{- end }}}}\n",
    "beside an action of two lines": 'kind: Secret\nmetadata:\n  labels: {{{{- include "x" .\n    | nindent 4 }}}}\ndata:\n  .env: {e}\n',
    "in Jinja": "{{% if secret %}}\nkind: Secret\ndata:\n  .env: {e}\n{{% endif %}}\n",
    "in Jinja, trimmed": "{{# a: comment: of it #}}\n{{%- for x in y -%}}\nkind: Secret\nmetadata:\n  name: {{{{ x }}}}\ndata:\n  .env: {e}\n{{%- endfor -%}}\n",
    "beside Jinja": "kind: Secret\nmetadata:\n  name: {{% if a %}}b{{% else %}}c{{% endif %}}\ndata:\n  .env: {e}\n",
    "beside @NAME@": "kind: Secret\nmetadata:\n  name: @NAME@\n  namespace: @SPACE@-x\ndata:\n  .env: {e}\n",
    "beside %NAME%": "kind: Secret\nmetadata:\n  name: %NAME%\ndata:\n  .env: {e}\n",
    "in a large bundle": "---\nkind: ConfigMap\ndata: {{color: red}}\n" * 9_000 + "---\nkind: Secret\ndata:\n  .env: {e}\n",
    "beside a broken document": "kind: [\n---\nkind: Secret\ndata:\n  .env: {e}\n",
    "whole env": "kind: Secret\ndata:\n  .env: {e}\n",
    "whole env, other name": "kind: Secret\ndata:\n  config: {e}\n",
    "whole env, folded": "kind: Secret\ndata:\n  app.env: >-\n    {e}\n",
    "whole env, block": "kind: Secret\nstringData:\n  .env: |\n    DB_HOST=x\n    DB_PASSWORD={p}\n",
    "quoted": "kind: Secret\ndata:\n  'password': \"{v}\"\n",
    "documents": "kind: ConfigMap\n---\nkind: Secret\ndata:\n  password: {v}\n",
    "data first": "data:\n  password: {v}\nkind: Secret\n",
}  # fmt: skip


@pytest.mark.parametrize("name", KUBERNETES)
def test_k11_kubernetes_secrets_however_they_are_wrapped(name):
    """In a list, below a template's `if`, with anchors, with a whole `.env` in base64."""
    path = "x.json" if "json" in name else "templates/x.yaml"
    for _ in range(TRIES):
        value = VALUES.password() if "string data" not in name else VALUES.mixed(32)
        env = f"DB_HOST=db\nDB_USER=app\nDB_PASSWORD={value}\n"
        text = KUBERNETES[name].format(v=encoded(value), p=value, e=encoded(env))
        assert scan_content(path, text.encode()), text


def test_k11_kubernetes_secrets_without_values_are_silent():
    """References and placeholders."""
    texts = [
        "{{ if .Values.x }}\nkind: Secret\ndata:\n  password: {{ .Values.password | b64enc }}\n{{ end }}\n",
        "kind: List\nitems:\n- kind: Secret\n  data:\n    password: ''\n",
        f"kind: Secret\ndata:\n  password: {encoded('changeme')}\n",
        f"kind: Secret\ndata:\n  app.conf: {encoded('HOST=db' + chr(10) + 'PASSWORD=$PASSWORD' + chr(10))}\n",
        f"kind: ConfigMap\ndata:\n  logo: {encoded('x' * 60)}\n",
        "kind: Secret\nstringData:\n  password: ${DB_PASSWORD}\n",
    ]
    assert [text for text in texts if scan_content("x.yaml", text.encode())] == []


CONTINUED = {
    "properties": ("app.properties", "db.password=\\\n  VALUE\n"),
    "properties, spaced": ("app.properties", "db.password = \\\n    VALUE\n"),
    "properties, colon": ("app.properties", "db.password: \\\nVALUE\n"),
    "properties, key alone": ("app.properties", "spring.datasource.password \\\n  = VALUE\n"),
    "properties, comment": ("app.properties", "# x\n! y\napi.token=\\\n  VALUE\n"),
    "makefile": ("Makefile", "DB_PASSWORD = \\\n\tVALUE\n"),
    "shell": ("run.sh", "export DB_PASSWORD=\\\nVALUE\n"),
    "dockerfile": ("Dockerfile", "ENV DB_PASSWORD=\\\n    VALUE\n"),
    "dockerfile, list": ("Dockerfile", "ENV DB_HOST=db \\\n    DB_PASSWORD=VALUE \\\n    X=y\n"),
    "shell flag": ("run.sh", "mysqldump --user root \\\n  --password \\\n  'VALUE' \\\n  db\n"),
    "python": ("x.py", "DB_PASSWORD = \\\n    'VALUE'\n"),
    "python, brackets": ("x.py", "DB_PASSWORD = (\n    'VALUE'\n)\n"),
    "javascript": ("x.js", "const dbPassword =\n  'VALUE';\n"),
    "java": ("X.java", 'static final String DB_PASSWORD =\n    "VALUE";\n'),
    "go": ("x.go", 'const dbPassword = "" +\n\t"VALUE"\n'),
    "systemd": ("x.service", 'Environment=X=y \\\n  "DB_PASSWORD=VALUE"\n'),
}  # fmt: skip


def test_k11_values_on_a_continued_line():
    """A backslash or an operator ends the line, and the value stands on the next."""
    assert missed(CONTINUED, VALUES.password) == []
    silent = {"next key": ("app.properties", "db.password=\\\n\nother=Walnut9xKq\n"), "reference": ("app.properties", "db.password=\\\n  ${DB_PASSWORD}\n")}  # fmt: skip
    assert reported(silent) == []


HEADERS = ["Authorization", "authorization", "Proxy-Authorization"]


OVER_LINES = {
    "black": ("x.py", 'server.login(\n    "a@b.io",\n    "VALUE",\n)\n'),
    "black, named": ("x.py", "r = get(\n    url,\n    auth=(\n        'ann',\n        'VALUE'),\n)\n"),
    "basic": ("x.py", "HTTPBasicAuth(\n\tuser,\n\t'VALUE',\n)\n"),
    "java": ("X.java", 'DriverManager.getConnection(\n        url,\n        "ann",\n        "VALUE"\n);\n'),
    "c#": ("X.cs", 'new NetworkCredential(\n    "ann",\n    "VALUE");\n'),
    "php": ("x.php", "$db = new PDO(\n    \"mysql:host=h\",\n    $user,\n    'VALUE',\n);\n"),
    "chain": ("x.js", "await page\n  .locator('input[name=\"password\"]')\n  .type('VALUE');\n"),
    "chain, label": ("x.ts", "await page\n  .getByLabel('Password')\n  .fill('VALUE');\n"),
    "chain, python": ("x.py", '(\n    driver.find_element(By.ID, "password")\n    .send_keys("VALUE")\n)\n'),
}


OVER_LINES_SILENT = {
    "variables": ("x.py", 'server.login(\n    "a@b.io",\n    password2,\n)\nserver.login(\n    user,\n    f"{password2}",\n)\n'),
    "words": ("x.py", 'server.login(\n    "a@b.io",\n    "password",\n)\n'),
    "one argument": ("x.py", 'client.login(\n    "https://acme.io/x2",\n)\n'),
    "others": ("X.java", 'getConnection(\n    "url",\n    "ann"\n);\nfoo(\n    "a",\n    "tulip42xy"\n);\n'),
    "chain": ("x.js", "await page\n  .locator('#password')\n  .fill(password1);\nawait page\n  .locator('#search')\n  .fill('tulip42xy');\n"),
}  # fmt: skip


def test_k11_calls_over_several_lines():
    """As Black and Prettier write them."""
    assert missed(OVER_LINES, VALUES.password) == []
    assert missed(OVER_LINES, lambda: VALUES.human().replace("@", "!")) == []
    assert reported(OVER_LINES_SILENT) == []


RECORDED = {
    "yaml": ("cassette.yaml", "headers:\n  {h}:\n  - Basic {b}\n"),
    "yaml, deeper": ("cassette.yml", "interactions:\n- request:\n    headers:\n      {h}:\n      - Basic {b}\n"),
    "yaml, quoted": ("cassette.yaml", "headers:\n  '{h}':\n    - 'Basic {b}'\n"),
    "yaml, double quotes": ("cassette.yaml", 'headers:\n  "{h}":\n    - "Basic {b}"\n'),
    "yaml, block": ("cassette.yaml", "headers:\n  {h}: |-\n    Basic {b}\n"),
    "json": ("cassette.json", '{{\n "headers": {{\n  "{h}": [\n   "Basic {b}"\n  ]\n }}\n}}\n'),
    "json, more": ("cassette.json", '{{\n "{h}": [\n   "Basic {b}",\n   "x"\n  ]\n}}\n'),
    "har": ("x.har", '{{"log": {{"headers": [\n {{\n  "name": "{h}",\n  "value": "Basic {b}"\n }}\n]}}}}\n'),
    "har, turned": ("x.har", '{{"log": {{"headers": [\n {{\n  "value": "Basic {b}",\n  "name": "{h}"\n }}\n]}}}}\n'),
    "har, one line": ("x.har", '{{"headers": [{{"name": "{h}", "value": "Basic {b}"}}]}}'),
    "postman": ("x.json", '{{"header": [{{"key": "{h}", "value": "Basic {b}"}}]}}'),
    "text": ("dump.txt", "{h}:\n  Basic {b}\n"),
    "log": ("dump.log", "> {h}: Basic {b}\n"),
    "python": ("x.py", "HEADERS = {{\n    '{h}':\n        'Basic {b}',\n}}\n"),
    "ruby": ("x.rb", "'{h}' => [\n  'Basic {b}'\n]\n"),
    "toml": ("x.toml", '{h} = [\n  "Basic {b}",\n]\n'),
}  # fmt: skip


# JSON name/value objects whose base64 decodes to two short words.
OBJECTS = {
    "name and value": '{{"name": "{n}", "value": "{b}"}}',
    "pretty": '[\n {{\n  "name": "{n}",\n  "value": "{b}"\n }}\n]',
    "turned": '{{"value": "{b}", "name": "{n}"}}',
    "key and value": '{{"key": "{n}", "value": "{b}"}}',
    "with a scheme": '{{"name": "{n}", "value": "Basic {b}"}}',
}


def short_login() -> str:
    words = ["ops", "bob", "eve", "ann", "tulip", "comet", "velvet", "canyon", "harbor", "badger"]
    user, password = VALUES.random.sample(words, 2)
    return encoded(f"{user}:{password}")


@pytest.mark.parametrize("make", [VALUES.basic, short_login], ids=["password", "two short words"])
def test_k16_the_name_of_the_header_and_its_value_on_two_lines(make):
    """HTTP recordings, YAML and pretty-printed JSON; pairs over lines were known for Bearer only."""
    tried = [
        (name, header, text.format(h=header, b=make()), path)
        for name, (path, text) in RECORDED.items()
        for header in HEADERS
        for _ in range(2)
    ]
    assert [one[:2] for one in tried if not scan_content(one[3], one[2].encode())] == []


@pytest.mark.parametrize("scheme", ["Token", "token", "apikey", "ApiKey", "GenieKey", "Splunk", "Bearer"])
def test_k16_every_scheme_is_known_in_every_place(scheme):
    """k6 Cloud's own scheme is `Token`, which is a word like any other where no header is named."""
    more = {
        "go": ("x.go", 'h := http.Header{{\n  "{h}": {{\n    "Basic {b}",\n  }},\n}}\n'),
        "jmeter": ("x.jmx", '<p name="Header.name">{h}</p>\n<p name="Header.value">Basic {b}</p>\n'),
        "postman, pretty": ("x.json", '{{\n\t"key": "{h}",\n\t"value": "Basic {b}",\n\t"type": "text"\n}}\n'),
        "yaml, name and value": ("x.yaml", "headers:\n  - name: {h}\n    value: Basic {b}\n"),
    }
    tried = [
        (name, path, text.replace("Basic", scheme).format(h="Authorization", b=value))
        for name, (path, text) in (RECORDED | more).items()
        for value in (VALUES.token(), VALUES.mixed(32))
    ]
    assert [one for one in tried if not scan_content(one[1], one[2].encode())] == []


def test_k16_objects_of_name_and_value():
    """Base64 of two short words, which looks like no password."""
    names = ["Authorization", "authorization", "Proxy-Authorization"]
    tried = [
        (key, name, text.format(n=name, b=short_login()))
        for key, text in OBJECTS.items()
        for name in names
        for _ in range(3)
    ]
    assert [one for one in tried if not scan_content("x.json", one[2].encode())] == []


def test_k16_examples_stay_silent():
    """Base64 of a user and a placeholder, and what is not base64."""
    examples = [encoded("user:password"), encoded("username:changeme"), "<credentials>", "${CREDENTIALS}", "{{basic}}"]
    texts = [text.format(h="Authorization", b=value) for _, text in RECORDED.values() for value in examples]
    assert [text for text in texts if scan_content("x.yaml", text.encode())] == []
    more = [
        "Authorization:\n- Digest username\n",
        "Authorization:\n- REDACTED\n",
        "authorization:\n- Basic authentication\n",
        "Authorization:\n- Token ${K6_CLOUD_TOKEN_2}\n",
        "Authorization:\n- token description_of_the_token\n",
        "- name: Authorization\n  value: Token $(K6_CLOUD_TOKEN)\n",
        f"Authorization is explained in the manual.\nThe token {VALUES.of('0123456789abcdef', 32)} is none.\n",
    ]
    assert [text for text in more if scan_content("x.yaml", text.encode())] == []
