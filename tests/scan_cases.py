"""Labelled cases, made at run time: secrets in every shape in which k6 users write them, and look-alikes of each shape.

No literal here looks like a live secret. A case is the content of one file; the secret stands for the whole file's label.
"""

from __future__ import annotations

import base64

from scan_shapes import KNOWN_SHAPES, PASSWORD_SHAPES, TOKEN_SHAPES, Case, filled
from scan_values import HEX, LETTERS, Values


def secrets(seed: int) -> list[Case]:
    """More than 150 cases, each with one secret."""
    values = Values(seed)
    cases = [filled(f"token: {name}", *shape, values.token()) for name, shape in TOKEN_SHAPES.items()]
    cases += [filled(f"password: {name}", *shape, values.password()) for name, shape in PASSWORD_SHAPES.items()]
    for kind, make in (("glsa", values.glsa), ("glc", values.glc), ("old key", values.old_key)):
        cases += [filled(f"{kind}: {name}", *shape, make()) for name, shape in KNOWN_SHAPES.items()]
    cases.append(filled("basic header", "x.js", "const h = { Authorization: 'Basic @' };\n", values.basic()))
    for key, plain in (("K6_CLOUD_TOKEN", values.token()), ("password", values.password())):
        encoded = base64.b64encode(plain.encode()).decode()
        cases.append(filled(f"kubernetes data: {key}", "s.yaml", f"kind: Secret\ndata:\n  {key}: @\n", encoded))
    docker = base64.b64encode(f"ci:{values.password()}".encode()).decode()
    cases.append(filled("docker config", "config.json", '{"auths": {"registry.acme.io": {"auth": "@"}}}\n', docker))
    header = "-----BEGIN {}PRIVATE KEY-----"
    for kind in ("", "RSA ", "EC ", "OPENSSH "):
        body = values.of(LETTERS + "+/", 64)
        text = f"{header.format(kind)}\n{body}\n{values.of(LETTERS + '+/', 64)}\n{header.format(kind).replace('BEGIN', 'END')}\n"
        cases.append(Case(f"private key {kind}", "id", text, body))
    return cases


def false_positives(seed: int) -> list[Case]:
    """More than 150 cases without any secret."""
    values = Values(seed)
    cases = []
    for name, (path, template) in TOKEN_SHAPES.items():
        for value in values.random.sample(_references(path), 2):
            cases.append(filled(f"{name} <- {value}", path, template, value)._replace(secret=""))
    for name, (path, template) in PASSWORD_SHAPES.items():
        value = values.random.choice(_references(path))
        cases.append(filled(f"{name} <- {value}", path, template, value)._replace(secret=""))
    return cases + [Case(name, path, text, "") for name, path, text in _others(values)]


def _references(path: str) -> list[str]:
    """What stands for a secret in any file: placeholders ("TODO" is one), and references of a template language."""
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
