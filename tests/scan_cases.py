"""Labelled cases, made at run time: secrets in every shape in which k6 users write them, and look-alikes of each shape.

No literal here looks like a live secret. A case is the content of one file; the secret stands for the whole file's label.
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from scan_values import HEX, LETTERS, Values


class Case(NamedTuple):
    """`path` and `text` of a file; `secret` is the value in it, empty for a look-alike."""

    shape: str
    path: str
    text: str
    secret: str


# `@` is the place of the value. Each shape was found in public repositories or in vendors' documentation.
TOKEN_SHAPES: dict[str, tuple[str, str]] = {
    "env": (".env", "K6_CLOUD_TOKEN=@\n"),
    "env quoted": (".env.local", 'FOO=bar\nK6_CLOUD_TOKEN="@"\n'),
    "envrc": (".envrc", "export K6_CLOUD_TOKEN=@\nexport X=1\n"),
    "env example with a real value": (".env.example", "# copy me\nK6_CLOUD_TOKEN=@\n"),
    "commented out": (".env", "# K6_CLOUD_TOKEN=@\n"),
    "compose list": ("docker-compose.yml", "services:\n  k6:\n    environment:\n      - K6_CLOUD_TOKEN=@\n"),
    "compose map": ("compose.yaml", "services:\n  k6:\n    environment:\n      K6_CLOUD_TOKEN: @\n"),
    "kubernetes stringData": ("secret.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  K6_CLOUD_TOKEN: @\n"),
    "kubernetes name and value": ("job.yaml", "env:\n  - name: K6_CLOUD_TOKEN\n    value: @\n"),
    "kubernetes value then name": ("job.yaml", "env:\n  - value: '@'\n    name: K6_CLOUD_TOKEN\n"),
    "kubernetes flow": ("job.yaml", "env: [{name: K6_CLOUD_TOKEN, value: @}]\n"),
    "helm values": ("values.yaml", "k6:\n  cloud:\n    token: @\n"),
    "helm template": ("templates/x.yaml", "{{- if .Values.x }}\n- name: K6_CLOUD_TOKEN\n  value: '@'\n{{- end }}\n"),
    "gitlab variables": (".gitlab-ci.yml", 'variables:\n  K6_CLOUD_TOKEN: "@"\n'),
    "gitlab value and description": (".gitlab-ci.yml", "variables:\n  K6_CLOUD_TOKEN:\n    value: @\n    description: the k6 token\n"),
    "gitlab script item": (".gitlab-ci.yml", "k6:\n  script:\n    - k6 cloud login --token @\n"),
    "gitlab block": (".gitlab-ci.yml", "k6:\n  script:\n    - |\n      export K6_CLOUD_TOKEN=@\n      k6 cloud run x.js\n"),
    "workflow env": (".github/workflows/k6.yml", "jobs:\n  k6:\n    env:\n      K6_CLOUD_TOKEN: @\n"),
    "workflow input": (".github/workflows/k6.yml", "steps:\n  - uses: ./k6-action\n    with:\n      token: @\n"),
    "workflow run block": (".github/workflows/k6.yml", "steps:\n  - run: |\n      K6_CLOUD_TOKEN=@ k6 cloud run x.js\n"),
    "workflow docker": (".github/workflows/k6.yml", "steps:\n  - run: docker run -e K6_CLOUD_TOKEN=@ grafana/k6 cloud x.js\n"),
    "dockerfile env": ("Dockerfile", "FROM grafana/k6\nENV K6_CLOUD_TOKEN=@\n"),
    "dockerfile old env": ("Dockerfile", "FROM grafana/k6\nENV K6_CLOUD_TOKEN @\n"),
    "dockerfile arg": ("Dockerfile.ci", "FROM grafana/k6\nARG K6_CLOUD_TOKEN=@\n"),
    "dockerfile run": ("Dockerfile", "FROM grafana/k6\nRUN k6 login cloud -t @\n"),
    "shell prefix": ("run.sh", "#!/bin/sh\nK6_CLOUD_TOKEN=@ k6 cloud run script.js\n"),
    "shell old login": ("run.sh", "k6 login cloud --token @\n"),
    "shell login": ("run.sh", "k6 cloud login -t @\n"),
    "shell login glued": ("run.sh", "k6 cloud login -t@\n"),
    "shell login equals": ("run.sh", "k6 cloud login --token=@ --stack x\n"),
    "shell login quoted": ("run.sh", "k6 cloud login --stack acme -t '@'\n"),
    "shell login continued": ("run.sh", "k6 cloud login \\\n  --token @ \\\n  --stack x\n"),
    "shell run -e": ("run.sh", "k6 run -e API_TOKEN=@ script.js\n"),
    "shell docker -e": ("run.sh", "docker run --rm -e K6_CLOUD_TOKEN=@ grafana/k6 cloud -\n"),
    "no suffix": ("scripts/loadtest", "#!/bin/bash\nexport K6_CLOUD_TOKEN='@'\n"),
    "curl token header": ("x.sh", 'curl -H "Authorization: Token @" https://api.k6.io/v3/account/me\n'),
    "curl bearer": ("x.sh", "curl -s -H 'Authorization: Bearer @' https://api.k6.io/cloud/v6/projects\n"),
    "powershell": ("run.ps1", '$env:K6_CLOUD_TOKEN = "@"\nk6 cloud run x.js\n'),
    "powershell unquoted": ("run.ps1", "$env:K6_CLOUD_TOKEN='@'; k6 cloud x.js\n"),
    "cmd": ("run.bat", "set K6_CLOUD_TOKEN=@\nk6 cloud x.js\n"),
    "makefile": ("Makefile", "K6_CLOUD_TOKEN ?= @\ntest:\n\tk6 cloud run x.js\n"),
    "makefile recipe": ("Makefile", "test:\n\tK6_CLOUD_TOKEN=@ k6 cloud run x.js\n"),
    "script options.cloud": ("test.js", 'export const options = { cloud: { projectID: 1, token: "@" } };\n'),
    "script options.ext.loadimpact": ("test.js", "export const options = { ext: { loadimpact: {\n  token: '@',\n} } };\n"),
    "script header": ("test.js", "const params = { headers: { Authorization: 'Token @' } };\n"),
    "script bearer": ("test.js", "http.get(url, { headers: { 'Authorization': `Bearer @` } });\n"),
    "script x-api-key": ("test.js", "const h = { 'X-Api-Key': '@' };\n"),
    "script fallback": ("test.js", 'const token = __ENV.K6_CLOUD_TOKEN || "@";\n'),
    "script const": ("test.js", "const API_TOKEN = '@';\n"),
    "script fallback ??": ("lib/auth.ts", "export const apiToken: string = __ENV.API_TOKEN ?? '@';\n"),
    "typescript": ("config.ts", 'export const k6Token: string = "@";\n'),
    "typescript class": ("config.ts", 'class C {\n  private readonly apiToken = "@";\n}\n'),
    "config.json": ("config.json", '{\n  "collectors": {\n    "cloud": {\n      "token": "@"\n    }\n  }\n}\n'),
    "config.json with tabs": (".config/k6/config.json", '{\n\t"collectors": {\n\t\t"cloud": {\n\t\t\t"token": "@"\n\t\t}\n\t}\n}\n'),
    "config.json one line": ("loadimpact/config.json", '{"collectors":{"cloud":{"token":"@","projectID":7}}}'),
    "json pair": ("task.json", '{"environment":[{"name":"K6_CLOUD_TOKEN","value":"@"}]}'),
    "terraform": ("main.tf", 'resource "x" "y" {\n  k6_access_token = "@"\n}\n'),
    "terraform variable": ("variables.tf", 'variable "k6_cloud_token" {\n  type = string\n  default = "@"\n}\n'),
    "tfvars": ("prod.tfvars", 'k6_token = "@"\n'),
    "properties": ("app.properties", "k6.cloud.token=@\n"),
    "ini": ("k6.ini", "[cloud]\ntoken = @\n"),
    "toml": ("k6.toml", '[cloud]\ntoken = "@"\n'),
    "npmrc": (".npmrc", "//registry.acme.io/:_authToken=@\n"),
    "jenkinsfile": ("Jenkinsfile", "pipeline { environment { K6_CLOUD_TOKEN = '@' } }\n"),
    "jenkinsfile sh": ("Jenkinsfile", "sh 'K6_CLOUD_TOKEN=@ k6 cloud run x.js'\n"),
    "circleci": (".circleci/config.yml", "jobs:\n  t:\n    docker:\n      - image: grafana/k6\n        environment:\n          K6_CLOUD_TOKEN: @\n"),
    "azure": ("azure-pipelines.yml", "variables:\n- name: K6_CLOUD_TOKEN\n  value: '@'\n"),
    "azure env": ("azure-pipelines.yml", "steps:\n- script: k6 cloud x.js\n  env:\n    K6_CLOUD_TOKEN: @\n"),
    "markdown block": ("README.md", "# Run\n\n```sh\nexport K6_CLOUD_TOKEN=@\nk6 cloud run x.js\n```\n"),
    "markdown login": ("README.md", "Log in with `k6 cloud login --token @` first.\n"),
    "markdown yaml": ("docs/ci.md", "```yaml\nenv:\n  K6_CLOUD_TOKEN: @\n```\n"),
    "python": ("conftest.py", 'K6_CLOUD_TOKEN = "@"\n'),
    "python environ": ("run.py", 'os.environ["K6_CLOUD_TOKEN"] = "@"\n'),
    "python default": ("run.py", 'token = os.getenv("K6_CLOUD_TOKEN", "@")\n'),
    "python dict": ("run.py", "headers = {'Authorization': 'Bearer @'}\n"),
    "python argument": ("run.py", "client = Client(token='@')\n"),
    "python argv": ("run.py", 'subprocess.run(["k6", "cloud", "login", "--token", "@"])\n'),
    "node argv": ("run.js", "spawn('k6', ['login', 'cloud', '-t', '@'])\n"),
    "go": ("main.go", 'const k6CloudToken = "@"\n'),
    "go setenv": ("main.go", 'os.Setenv("K6_CLOUD_TOKEN", "@")\n'),
    "java": ("Config.java", 'private static final String K6_CLOUD_TOKEN = "@";\n'),
    "systemd": ("k6.service", "[Service]\nEnvironment=K6_CLOUD_TOKEN=@\n"),
    "xml": ("settings.xml", "<settings><apiToken>@</apiToken></settings>\n"),
    "xml attribute": ("app.config", '<add key="K6CloudToken" value="@" />\n'),
    "url query": ("x.js", "http.get('https://api.acme.io/v1/me?access_token=@');\n"),
    "vscode": (".vscode/launch.json", '{\n  // run\n  "env": { "K6_CLOUD_TOKEN": "@" }\n}\n'),
    "package.json": ("package.json", '{"scripts": {"load": "K6_CLOUD_TOKEN=@ k6 cloud run x.js"}}\n'),
    "yaml block scalar": ("x.yaml", "k6_cloud_token: |\n  @\n"),
    "yaml list": ("x.yaml", "api_tokens:\n  - @\n"),
    "ansible": ("vars.yml", "k6_cloud_token: '@'\n"),
    "fish": ("config.fish", "set -gx K6_CLOUD_TOKEN @\n"),
    "csh": ("x.csh", "setenv K6_CLOUD_TOKEN @\n"),
    "crlf": (".env", "A=1\r\nK6_CLOUD_TOKEN=@\r\nB=2\r\n"),
    "nextjs": ("next.config.mjs", "export default { env: { K6_CLOUD_TOKEN: '@' } };\n"),
    "groovy": ("build.gradle", "k6 { apiToken = '@' }\n"),
    "ruby": ("config.rb", "ENV['K6_CLOUD_TOKEN'] = '@'\n"),
    "php": ("config.php", "<?php define('K6_CLOUD_TOKEN', '@');\n"),
}  # fmt: skip
PASSWORD_SHAPES: dict[str, tuple[str, str]] = {
    "k6 login password": ("run.sh", "k6 login cloud --email a@b.io -p @\n".replace("a@b.io", "ci")),
    "k6 login influxdb": ("run.sh", "k6 login influxdb --username k6 --password @ http://influx.acme.io:8086\n"),
    "k6 out influxdb": ("run.sh", "k6 run --out influxdb=http://k6:@@influx.acme.io:8086/k6 x.js\n"),
    "k6 out in yaml": ("ci.yml", "script:\n  - k6 run -o influxdb=https://writer:@@influx.acme.io/k6 x.js\n"),
    "curl user": ("x.sh", "curl -u ci:@ https://acme.io/api\n"),
    "curl user quoted": ("x.sh", "curl -X POST \\\n  -u 'ci:@' \\\n  https://acme.io\n"),
    "dsn": (".env", "DATABASE_URL=postgres://app:@@db.acme.io:5432/app\n"),
    "env": (".env", "DB_PASSWORD=@\n"),
    "yaml": ("app.yml", "db:\n  password: @\n"),
    "yaml quoted": ("app.yml", 'db:\n  user: app\n  password: "@"\n'),
    "json": ("app.json", '{"db": {"password": "@"}}\n'),
    "toml": ("app.toml", 'password = "@"\n'),
    "ini": ("app.ini", "[db]\npassword = @\n"),
    "properties": ("app.properties", "spring.datasource.password=@\n"),
    "compose": ("docker-compose.yml", "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: @\n"),
    "dockerfile": ("Dockerfile", "ENV DB_PASSWORD=@\n"),
    "shell": ("x.sh", "export PGPASSWORD=@\n"),
    "mysql": ("x.sh", "mysqldump -u root -p@ app\n"),
    "docker login": ("x.sh", "docker login -u ci -p @ registry.acme.io\n"),
    "sshpass": ("x.sh", "sshpass -p @ ssh ci@acme.io\n".replace("ci@acme.io", "acme.io")),
    "js": ("x.js", "const password = '@';\n"),
    "python": ("x.py", 'PASSWORD = "@"\n'),
    "java connection string": ("X.java", 'String url = "jdbc:sqlserver://db;user=sa;password=@;encrypt=true";\n'),
    "xml": ("x.xml", "<server><password>@</password></server>\n"),
    "terraform": ("x.tf", 'resource "db" "x" {\n  master_password = "@"\n}\n'),
    "kubernetes stringData": ("s.yaml", "kind: Secret\nstringData:\n  password: @\n"),
    "grafana ini": ("grafana.ini", "[security]\nadmin_password = @\n"),
    "netrc": (".netrc", "machine acme.io login ci password @\n"),
    "k6 script env": ("x.js", "const pass = __ENV.PASSWORD || '@';\n"),
    "loki header": ("x.sh", "k6 run --out loki=http://tenant:@@loki.acme.io/push x.js\n"),
}  # fmt: skip
KNOWN_SHAPES: dict[str, tuple[str, str]] = {
    "text": ("notes.txt", "the one for CI is @ , keep it\n"),
    "js": ("x.js", "const a = '@';\n"),
    "yaml": ("x.yml", "a:\n  - @\n"),
    "comment": ("x.go", "// @\n"),
    "json": ("x.json", '{"a": "@"}\n'),
    "shell": ("x.sh", "curl -H 'Authorization: Bearer @' https://acme.grafana.net\n"),
}


def secrets(seed: int) -> list[Case]:
    """More than 150 cases, each with one secret."""
    values = Values(seed)
    cases = [_case(f"token: {name}", *shape, values.token()) for name, shape in TOKEN_SHAPES.items()]
    cases += [_case(f"password: {name}", *shape, values.password()) for name, shape in PASSWORD_SHAPES.items()]
    for kind, make in (("glsa", values.glsa), ("glc", values.glc), ("old key", values.old_key)):
        cases += [_case(f"{kind}: {name}", *shape, make()) for name, shape in KNOWN_SHAPES.items()]
    cases.append(_case("basic header", "x.js", "const h = { Authorization: 'Basic @' };\n", values.basic()))
    for key, plain in (("K6_CLOUD_TOKEN", values.token()), ("password", values.password())):
        encoded = base64.b64encode(plain.encode()).decode()
        cases.append(_case(f"kubernetes data: {key}", "s.yaml", f"kind: Secret\ndata:\n  {key}: @\n", encoded))
    docker = base64.b64encode(f"ci:{values.password()}".encode()).decode()
    cases.append(_case("docker config", "config.json", '{"auths": {"registry.acme.io": {"auth": "@"}}}\n', docker))
    header = "-----BEGIN {}PRIVATE KEY-----"
    for kind in ("", "RSA ", "EC ", "OPENSSH "):
        body = values.of(LETTERS + "+/", 64)
        text = f"{header.format(kind)}\n{body}\n{values.of(LETTERS + '+/', 64)}\n{header.format(kind).replace('BEGIN', 'END')}\n"
        cases.append(Case(f"private key {kind}", "id", text, body))
    return cases


def _case(shape: str, path: str, template: str, value: str) -> Case:
    return Case(shape, path, template.replace("@@", "\0").replace("@", value).replace("\0", f"{value}@"), value)


def lookalikes(seed: int) -> list[Case]:
    """More than 150 cases without any secret."""
    values = Values(seed)
    cases = []
    for name, (path, template) in TOKEN_SHAPES.items():
        for value in values.random.sample(_references(path), 2):
            cases.append(_case(f"{name} <- {value}", path, template, value)._replace(secret=""))
    for name, (path, template) in PASSWORD_SHAPES.items():
        value = values.random.choice(_references(path))
        cases.append(_case(f"{name} <- {value}", path, template, value)._replace(secret=""))
    return cases + [Case(name, path, text, "") for name, path, text in _others(values)]


def _references(path: str) -> list[str]:
    """What stands for a secret in any file: placeholders, and references of a template language."""
    everywhere = [
        "<YOUR_TOKEN>", "YOUR_API_AUTH_TOKEN", "your-token-here", "xxxxxxxxxxxxxxxx", "****************", "changeme", "example",
        "${K6_CLOUD_TOKEN}", "$K6_CLOUD_TOKEN", "{{ k6_token }}", "%K6_CLOUD_TOKEN%", "REPLACE_ME", "<token>", "TODO", "...",
        "0000000000000000", "insert-your-token", "my-k6-token", "op://ci/k6/token", "vault:secret/data/k6#token",
        "my-secret-token", "YOUR-TOKEN", "abcdef1234567890", "ENC[AES256_GCM,data:Zm9v,type:str]",
    ]  # fmt: skip
    if path.endswith((".yml", ".yaml")):
        return [value for value in everywhere if value[0] not in "*%<{"] + [
            "${{ secrets.K6_CLOUD_TOKEN }}",
            "${X:-}",
            "${X:?no}",
        ]
    return everywhere


def _others(values: Values) -> list[tuple[str, str, str]]:
    sha, digest, uuid = (
        values.of(HEX, 40),
        values.of(HEX, 64),
        "-".join(values.of(HEX, size) for size in (8, 4, 4, 4, 12)),
    )
    sri = base64.b64encode(bytes(values.random.randrange(256) for _ in range(64))).decode()
    certificate = "MIIDdzCCAl+gAwIBAgIE" + values.of(LETTERS + "+/", 44)
    return [
        ("action pin", ".github/workflows/x.yml", f"steps:\n  - uses: actions/checkout@{sha} # v4.2.2\n"),
        ("image digest", "x.yaml", f"image: grafana/k6@sha256:{digest}\n"),
        ("dockerfile digest", "Dockerfile", f"FROM grafana/k6:1.1.0@sha256:{digest}\n"),
        ("sri", "index.html", f'<script src="/k6.js" integrity="sha512-{sri}" crossorigin></script>\n'),
        ("npm integrity", "package-lock.json", f'{{"packages": {{"a": {{"integrity": "sha512-{sri}"}}}}}}\n'),
        ("yarn integrity", "yarn.lock", f"a@1:\n  integrity sha512-{sri}\n"),
        ("go.sum", "go.sum", f"go.k6.io/k6 v1.1.0 h1:{sri[:43]}=\n"),
        ("checksums", "checksums.txt", f"{digest}  k6-v1.1.0-linux-amd64.tar.gz\n"),
        ("checksum in yaml", "x.yml", f"k6_checksum: {digest}\n"),
        ("checksum in shell", "x.sh", f'K6_SHA256="{digest}"\necho "$K6_SHA256  k6.tgz" | sha256sum -c\n'),
        ("commit", "x.json", f'{{"commit": "{sha}", "revision": "{sha}"}}\n'),
        ("pip hash", "requirements.txt", f"a==1.0 \\\n    --hash=sha256:{digest}\n"),
        ("uuid", "x.yaml", f"id: {uuid}\nproject_id: {uuid}\n"),
        ("uuid token field", "x.json", f'{{"trace_token": "{uuid}"}}\n'),
        ("trace header", "x.js", f"const h = {{ traceparent: '00-{values.of(HEX, 32)}-{values.of(HEX, 16)}-01' }};\n"),
        ("git-lfs pointer", "data.bin.txt", f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 12345\n"),
        ("label", "en.json", '{"login": {"password": "Enter your password", "token": "API token", "forgot": "Forgot password?"}}\n'),
        ("i18n", "de.yml", "de:\n  password: Passwort\n  secret_key: Geheimer Schluessel\n"),
        ("form field", "form.html", '<input type="password" name="password" id="password" placeholder="Password">\n'),
        ("angular form", "x.ts", "this.form = fb.group({ password: ['', Validators.required], token: [null] });\n"),
        ("type annotation", "x.ts", "interface A { token: string; password?: string; apiKey: Promise<string>; }\n"),
        ("python annotation", "x.py", "def f(token: str, password: str | None = None) -> None: ...\n"),
        ("call", "x.py", "token = get_token(user)\npassword = getpass.getpass('Password: ')\n"),
        ("lookup", "x.py", "token = config['token']\napi_key = settings.api_key\n"),
        ("js lookup", "x.js", "const token = res.json().accessToken;\nconst password = __ENV.PASSWORD;\n"),
        ("js call", "x.js", "const token = await getToken(config.clientSecret);\n"),
        ("js template", "x.js", "const h = { Authorization: `Bearer ${token}` };\n"),
        ("js concat", "x.js", "const h = { Authorization: 'Bearer ' + token };\n"),
        ("go lookup", "x.go", 'token := os.Getenv("K6_CLOUD_TOKEN")\ncfg.Token = null.StringFrom(token)\n'),
        ("java lookup", "X.java", 'String token = System.getenv("K6_CLOUD_TOKEN");\n'),
        ("url of token endpoint", "x.yaml", "token_url: https://auth.acme.io/oauth2/v1/token\nauth_uri: https://acme.io/auth\n"),
        ("token endpoint in env", ".env", "TOKEN_URL=https://auth.acme.io/realms/k6/protocol/openid-connect/token\n"),
        ("settings about tokens", "x.yaml", "token_ttl: 3600\npassword_min_length: 12\ntoken_type: bearer\nsecret_name: k6-cloud\n"),
        ("settings in ini", "x.ini", "[auth]\ntoken_expiry = 30d\npassword_policy = strong\n"),
        ("public key", "x.yaml", f"public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{values.of(LETTERS, 43)} ci\n"),
        ("certificate", "ca.pem", f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"),
        ("public pem", "key.pub", f"-----BEGIN PUBLIC KEY-----\n{certificate}\n-----END PUBLIC KEY-----\n"),
        ("private key in words", "x.md", "The file begins with `-----BEGIN PRIVATE KEY-----` and is base64.\n"),
        ("secretKeyRef", "x.yaml", "env:\n- name: K6_CLOUD_TOKEN\n  valueFrom:\n    secretKeyRef:\n      name: k6-cloud\n      key: token\n"),
        ("sealed secret", "x.yaml", f"kind: SealedSecret\nspec:\n  encryptedData:\n    token: Ag{'B' + values.of(LETTERS, 300)}\n"),
        ("external secret", "x.yaml", "spec:\n  data:\n  - secretKey: K6_CLOUD_TOKEN\n    remoteRef:\n      key: prod/k6\n      property: token\n"),
        ("terraform reference", "x.tf", "k6_token = var.k6_cloud_token\npassword = random_password.db.result\n"),
        ("terraform data", "x.tf", "token = data.aws_secretsmanager_secret_version.k6.secret_string\n"),
        ("ansible vault", "x.yml", "k6_cloud_token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  " + values.of("0123456789", 78) + "\n"),
        ("gitlab reference", ".gitlab-ci.yml", "k6:\n  variables:\n    K6_CLOUD_TOKEN: !reference [.k6, variables, TOKEN]\n"),
        ("jenkins credentials", "Jenkinsfile", "environment { K6_CLOUD_TOKEN = credentials('k6-cloud-token') }\n"),
        ("glsa with a wrong checksum", "x.md", f"token: glsa_{values.of('x', 32)}_{values.of(HEX, 8)}\n"),
        ("glc without structure", "x.md", "Tokens begin with `glc_eyJvIjoi` and are long.\n"),
        ("prose", "x.md", "The token is stored in the environment. Set a password: it must be long.\n"),
        ("help text", "x.go", 'flags.String("token", "", "the token to use, see the documentation")\n'),
        ("error text", "x.py", 'raise ValueError("token: must not be empty")\n'),
        ("log", "x.js", "console.log('Authorization: Bearer <redacted>');\n"),
        ("curl with variable", "x.sh", 'curl -u "$USER:$PASSWORD" -H "Authorization: Bearer $TOKEN" https://acme.io\n'),
        ("url with variable", "x.sh", "k6 run --out influxdb=http://$USER:$PASS@influx:8086/k6 x.js\n"),
        ("url placeholder", "README.md", "postgres://user:password@localhost:5432/db\n"),
        ("regex", "x.js", "const TOKEN_PATTERN = /^[A-Za-z0-9_-]{32,64}$/;\n"),
        ("css class", "x.jsx", '<div className="token keyword password-field">secret</div>\n'),
        ("dependency", "package.json", '{"dependencies": {"jsonwebtoken": "^9.0.2", "passport-local": "1.0.0"}}\n'),
        ("empty", ".env", 'K6_CLOUD_TOKEN=\nDB_PASSWORD=""\n'),
    ]  # fmt: skip
