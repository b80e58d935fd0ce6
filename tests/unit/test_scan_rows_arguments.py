"""Kinds of commands whose passwords were missed: on standard input, behind flags, by position, over two lines."""

from __future__ import annotations

from scan_rows import found_rules, lines_found, missed, reported
from scan_values import SEED, Values

VALUES = Values(SEED)


STANDARD_INPUT = {
    "printf": ("x.sh", "printf '%s' 'VALUE' | docker login -u ci --password-stdin r.acme.io\n"),
    "printf, newline": ("x.sh", 'printf "%s\\n" VALUE | podman login --password-stdin r.acme.io\n'),
    "next line": ("x.sh", "echo 'VALUE' |\n  docker login -u ci --password-stdin\n"),
    "next line, backslash": ("x.sh", "echo 'VALUE' \\\n  | docker login -u ci --password-stdin\n"),
    "PowerShell": ("x.ps1", "cd x\n'VALUE' | docker login -u ci --password-stdin r.acme.io\n"),
    "here-string": ("a/.github/workflows/x.yml", "  - run: docker login -u ci --password-stdin r.acme.io <<< 'VALUE'\n"),
    "here-document": ("x.sh", "docker login -u ci --password-stdin r.acme.io <<EOF\nVALUE\nEOF\n"),
    "sudo": ("x.sh", "sudo -S apt-get update <<< 'VALUE'\n"),
    "chpasswd": ("x.sh", "chpasswd <<< 'root:VALUE'\n"),
    "passwd": ("Dockerfile", 'RUN echo "VALUE\\nVALUE" | passwd root\n'),
    "kinit": ("x.sh", "echo VALUE | kinit ci@ACME.IO\n"),
    "docker secret": ("x.sh", "echo 'VALUE' | docker secret create db_password -\n"),
    "secret of GitHub": ("x.sh", "echo VALUE | gh secret set DB_PASSWORD\n"),
    "secret of GitHub, fed": ("x.sh", "gh secret set DB_PASSWORD --env x <<< VALUE\n"),
    "Secret Manager": ("x.sh", "printf VALUE | gcloud secrets create db-password --data-file=-\n"),
}  # fmt: skip


TOKENS = {
    "login of GitHub": ("x.sh", "echo VALUE | gh auth login --with-token\n"),
    "login of GitHub, fed": ("x.sh", "gh auth login --with-token <<< VALUE\n"),
    "mask": ("a/.github/workflows/x.yml", '  - run: echo "::add-mask::VALUE"\n'),
    "vault": ("x.sh", "vault login VALUE\n"),
    "vault, flag": ("x.sh", "vault login -no-print VALUE\n"),
    "cargo": ("x.yml", "  - cargo login VALUE\n"),
    "ngrok": ("x.sh", "ngrok config add-authtoken VALUE\n"),
    "wandb": ("Dockerfile", "RUN wandb login --relogin VALUE\n"),
    "npm": ("Dockerfile", "RUN npm config set //r.acme.io/:_authToken VALUE\n"),
    "poetry": ("x.sh", "poetry config pypi-token.pypi VALUE\n"),
    "composer": ("x.sh", "composer config -g github-oauth.github.com VALUE\n"),
    "doctl": ("x.sh", "doctl auth init -t VALUE\n"),
    "snyk": ("x.sh", "snyk auth VALUE\n"),
    "list in JSON": ("launch.json", '"args": [\n  "--token",\n  "VALUE"\n]\n'),
    "list in Python": ("x.py", 'cmd = [\n    "--token",\n    "VALUE",\n]\n'),
}  # fmt: skip


FLAGS = {
    "continued": ("x.yml", "  sqlcmd -S localhost \\\n    -U sa \\\n    -P 'VALUE' \\\n"),
    "continued login": ("x.sh", "docker login \\\n  -u ci \\\n  -p VALUE \\\n  r.acme.io\n"),
    "continued and glued": ("x.yml", "  mysql -h 127.0.0.1 \\\n    -uroot -pVALUE \\\n    app\n"),
    "combined": ("x.sh", "curl -su ci:VALUE https://acme.io/\n"),
    "combined more": ("x.sh", "curl https://acme.io/ -sSLu 'ci:VALUE'\n"),
    "PuTTY": ("x.bat", "pscp -pw VALUE x ci@acme.io:/y\n"),
    "PuTTY of Windows": ("x.bat", "plink.exe -ssh ci@acme.io -pw VALUE ls\n"),
    "ab": ("x.sh", "ab -n 10 -A ci:VALUE https://acme.io/\n"),
    "cypher-shell": ("x.sh", "cypher-shell -u neo4j -p VALUE 'RETURN 1'\n"),
    "mongoimport": ("x.sh", "mongoimport -u ci -p VALUE --db x\n"),
    "mosquitto": ("x.sh", "mosquitto_sub -h x -u ci -P VALUE -t a\n"),
    "zip": ("x.sh", "zip -r -P VALUE x.zip x\n"),
    "keychain": ("x.sh", "security unlock-keychain -p VALUE build.keychain\n"),
    "tsql": ("x.sh", "tsql -S x -U sa -P VALUE\n"),
}  # fmt: skip


# Two capitals and two digits, or the position says too little.
UNKNOWN = {
    "beside the user": ("x.sh", "tool login-as --user ci -p VALUE\n"),
    "beside the user, quoted": ("x.sh", "airflow users create -u ci -p 'VALUE' -r Admin\n"),
    "beside the user, capitals": ("x.bat", "tool -U ci --db x -P VALUE\n"),
}


BY_POSITION = {
    "ssm": ("x.yml", "  - aws ssm put-parameter --name /app/db-password --type SecureString --value 'VALUE'\n"),
    "ssm, continued": ("x.sh", "aws ssm put-parameter \\\n  --name /app/db-password \\\n  --value VALUE\n"),
    "key vault": ("x.sh", "az keyvault secret set --vault-name v -n db-password --value VALUE\n"),
    "dotnet": ("x.sh", 'dotnet user-secrets set "Db:Password" "VALUE"\n'),
    "pulumi": ("x.sh", "pulumi config set --secret dbPassword VALUE\n"),
    "pulumi, flag behind": ("x.sh", "pulumi config set dbPassword --secret VALUE\n"),
    "consul": ("x.sh", "consul kv put app/db/password VALUE\n"),
    "etcd": ("x.sh", "etcdctl --endpoints x put /app/db_password 'VALUE'\n"),
    "redis": ("x.sh", "redis-cli -h x CONFIG SET requirepass VALUE\n"),
    "setx": ("x.bat", "setx DB_PASSWORD VALUE\n"),
    "RabbitMQ": ("x.sh", "rabbitmqctl add_user ci VALUE\n"),
    "RabbitMQ, again": ("x.sh", "docker exec x rabbitmqctl change_password ci 'VALUE'\n"),
    "MinIO": ("x.sh", "mc alias set m http://minio:9000 ci VALUE\n"),
    "mysqladmin": ("x.sh", "mysqladmin -u root password 'VALUE'\n"),
    "neo4j": ("x.sh", "neo4j-admin dbms set-initial-password VALUE\n"),
    "list in YAML": ("d.yaml", "args:\n- --db-password\n- VALUE\n"),
    "list in YAML, quoted": ("d.yaml", 'command:\n  - x\n  - "--redis-password"\n  - "VALUE"\n'),
    "list in Go": ("x.go", 'cmd := []string{\n\t"--db-password",\n\t"VALUE",\n}\n'),
}  # fmt: skip


SILENT = {
    "variable on standard input": ("x.sh", 'printf "%s" "$TOKEN2" |\n  docker login -u ci --password-stdin\n'),
    "another command above": ("x.sh", "echo 'log in 2'\ncat x | docker login -u ci --password-stdin\n"),
    "variable in a here-document": ("x.sh", "docker login -u ci --password-stdin <<EOF\n${TOKEN2}\nEOF\n"),
    "variable of another kind": ("x.sh", "echo production1 | gh secret set ENVIRONMENT\n"),
    "masked variable": ("x.yml", '  - run: echo "::add-mask::${{ secrets.X2 }}"\n  - run: echo "::add-mask::$X2"\n'),
    "port": ("x.sh", "docker run -u root -p 8080:80 x\nssh -u ci -p 2222 x\n"),
    "folder": ("x.sh", "sudo -u postgres mkdir -p backups2024\ncargo build -U nightly -p crate_name2\n"),
    "version": ("x.sh", "pip install -U virtualenv && virtualenv -p python3.11 venv\n"),
    "database": ("x.sh", "mysql -u root \\\n  -p database12 \\\n"),
    "continued variable": ("x.sh", 'docker login \\\n  -p "$PW1" \\\n  r.acme.io\n'),
    "not continued": (
        "x.sh",
        ("docker login x\n"
         "mkdir \\\n  -p folder2024abc\n"),
    ),
    "archive": ("x.sh", "unzip -p archive2024.zip x\n"),
    "combined flags": ("x.sh", 'curl -su "$USER:$PASS" x\ncurl -sSLfo out:file2 https://acme.io\n'),
    "stored variables": ("x.sh", 'consul kv put app/db/password "$PW1"\naws ssm put-parameter --name /a/password --value "$PW1"\n'),
    "stored setting": ("x.sh", "git config set user.name2 ci-the-2nd\nsetx PATH2 C:\\x2\n"),
    "login without a token": ("x.sh", "vault login -method=userpass username=ci2\ncargo login\nwandb login --relogin\n"),
    "login with a variable": ("x.sh", 'vault login "$VAULT_TOKEN2"\nnpm config set //r/:_authToken ${NPM_TOKEN2}\n'),
    "login of a text": ("x.md", "Run `vault login <token>` or `cargo login your-token-here`.\n"),
    "position of a variable": ("x.sh", 'rabbitmqctl add_user ci "$PW1"\nmc alias set m http://x:9000 "$USER1" "$PW1"\n'),
    "list of flags": ("x.py", 'add_argument(\n    "--password",\n    "--db-password2",\n)\n'),
    "flag and name": ("x.py", '@click.option(\n    "--api-token",\n    "api_token2",\n)\n'),
    "list of variables": ("d.yaml", "args:\n- --db-password\n- $(DB_PASSWORD1)\n- --token\n- --foo2\n"),
    "flag and text": ("x.json", '["--password",\n "Set a password for v2"]\n'),
}  # fmt: skip


# Manuals write a dash with a backslash, and flags in quotes of their own.
FLAGS_OF_TEXTS = [
    ("x.1", "\\-\\-password=\\fIstring\\fR"),
    ("x.1", "base\\-passwd package2"),
    ("x.texi", "‘--password=STRING2’"),
    ("NEWS", "‘--http-passwd=PASS2’ and ‘--password=STRING’"),
    ("x.py", "parser.add_argument('--ask-vault-password', '--ask-vault-pass')"),
    ("x.py", 'add("--token", "--api-token2", help="x")'),
]


def strong() -> str:
    return "Tu" + VALUES.mixed(10) + "42"


def test_k11_passwords_on_standard_input():
    """Commands that read it were known behind `echo` on their own line."""
    assert missed(STANDARD_INPUT, VALUES.password) == []


def test_k11_password_flags_of_other_clients():
    """And of commands over several lines, and combined ones."""
    assert missed(FLAGS, VALUES.password) == []
    assert missed(UNKNOWN, strong) == []


def test_k11_names_and_values_by_position():
    assert missed(BY_POSITION, VALUES.password) == []
    assert missed(TOKENS, lambda: "x" + VALUES.mixed(32)) == []


def test_k11_the_line_of_the_value_is_that_of_the_finding():
    """Even where it is the line above or below that of the command."""
    value = strong()
    assert lines_found("x.sh", f"echo '{value}' |\n  docker login -u ci --password-stdin\n") == [1]
    assert lines_found("x.sh", f"docker login -u ci --password-stdin <<EOF\n{value}\nEOF\n") == [2]
    assert lines_found("x.sh", f"docker login \\\n  -u ci \\\n  -p {value} \\\n  x\n") == [3]
    assert lines_found("d.yaml", f"args:\n- --db-password\n- {value}\n") == [3]


def test_k11_variables_and_other_flags_stay_silent():
    assert reported(SILENT) == []


def test_f9_flags_of_manuals_and_parsers():
    assert found_rules(FLAGS_OF_TEXTS) == []
