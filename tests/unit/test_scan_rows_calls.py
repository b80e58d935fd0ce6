"""Kinds of calls in which secrets were missed, and logins of URLs: what programs get as an argument."""

from __future__ import annotations

from scan_rows import missed, reported
from scan_values import SEED, Values

VALUES = Values(SEED)


def password() -> str:
    """As people choose one; words with `12` may be examples."""
    return next(value for value in iter(VALUES.human, "") if "12" not in value).replace("@", "!")


URLS = {
    "python": ("x.py", "url = f'postgresql://ann:VALUE@{host}:5432/x'\n"),
    "python, formatted": ("x.py", "url = 'postgresql://ann:VALUE@{}/x'.format(host)\n"),
    "c#": ("X.cs", 'var url = $"amqp://ann:VALUE@{host}:5672";\n'),
    "jinja": ("x.yml.j2", "DATABASE_URL: postgres://ann:VALUE@{{ db_host }}:5432/x\n"),
    "helm": ("templates/x.yaml", '  url: "redis://ann:VALUE@{{ .Release.Name }}-redis:6379"\n'),
    "erb": ("x.yml.erb", "url: https://ann:VALUE@<%= host %>/x\n"),
    "shell": ("x.sh", 'psql "postgres://ann:VALUE@${HOST}/x"\n'),
    "driver of oracle": ("x.py", "create_engine('oracle+cx_oracle://ann:VALUE@db1:1521/x')\n"),
    "driver of cassandra": ("x.ini", "url = my_driver://ann:VALUE@db1/x\n"),
    "exporter": ("docker-compose.yml", "    environment:\n      - DATA_SOURCE_NAME=exporter:VALUE@(mysql:3306)/\n"),
    "exporter, exported": ("x.sh", "export DATA_SOURCE_NAME='exporter:VALUE@(db-1.acme.io:3306)/x'\n"),
    "exporter with a variable": ("x.sh", 'DATA_SOURCE_NAME="ann:VALUE@(${HOST}:3306)/"\n'),
    "query": ("x.js", "http.get('https://sms.acme.io/send?username=ann&pass=VALUE&to=1');\n"),
    "query, first": ("x.sh", "curl 'https://sms.acme.io/send?pass=VALUE&user=ann'\n"),
    "query, escaped": ("x.xml", "<url>https://sms.acme.io/send?user=ann&amp;pass=VALUE</url>\n"),
}


URLS_SILENT = {
    "all variables": ("x.py", "url = f'postgresql://{user}:{password2}@{host}:5432/x'\n"),
    "indexed": ("x.py", "url = f'postgresql://{c[0]}:{c[1]}@{host}/x'\nurl = 'http://{0}:{1}@{2}/'.format(a, b, c)\n"),
    "words": ("x.py", "url = f'postgresql://postgres:postgres@{host}/x'\n"),
    "jinja": ("x.yml.j2", "url: postgres://{{ user }}:{{ db_pw_1 }}@{{ host }}/x\nurl: postgres://ann:$PW1@{{ host }}/x\n"),
    "erb": ("x.yml.erb", "url: postgres://<%= user %>:<%= pw1 %>@<%= host %>/x\n"),
    "ports": ("x.js", "const a = `http://localhost:8080@{x}`;\n"),
    "exporter": ("x.sh", "DATA_SOURCE_NAME=$USER1:$PW1@(mysql:3306)/\nDATA_SOURCE_NAME=user:password@(hostname:3306)/\n"),
    "arrays": ("x.ps1", "$a = @{ Key1 = 'a1'; Other = @(1, 2) }\nGet-Item x:y2@(a)\n"),
    "query": ("x.js", "http.get(`https://acme.io/?user=${u}&pass=${p1}`);\nhttp.get('https://acme.io/?user=ann&pass=' + pw1);\n"),
    "other query": ("x.md", "https://acme.io/tests?suite=a&pass=true\nhttps://acme.io/?user=a&bypass=cache99\n"),
}  # fmt: skip


def test_k11_logins_of_urls_whose_host_is_filled_in_or_whose_driver_has_a_name_of_its_own():
    """`@{host}`, `oracle+cx_oracle://`, the exporter's `@(host:port)`, and `pass=`."""
    assert missed(URLS, VALUES.password) == []
    assert missed(URLS, password) == []
    assert reported(URLS_SILENT) == []


OTHER_CALLS = {
    "properties of a node": ("x.json", '{"a": {"typeOptions":{"password":true},"description":"Create or set it"}}\n'),
    "nodes of a workflow": ("x.json", '{"type":{"password":true},"x":"Grant access","y":"Alter it"}\n'),
    "django": ("x.py", 'User.objects.create(username="ann", password="qwerty")\nx.create(password = "tulip")\n'),
    "set": ("x.js", "set password(value) { this.grant('password', 'tulip'); }\n"),
    "functions": ("x.js", 'const f = fn.bind(null, "image/png");\nconst g = f.bind(this, "click", "walnut");\n'),
    "events": ("x.js", "Event.bind(undefined, 'tulip2');\n$(x).bind('keyup', 'walnut');\n"),
}


def test_f8_json_and_calls_that_are_no_sql_and_no_login():
    """The quote behind a key is no opening one, `objects.create(` is no statement, and functions have a `bind`."""
    assert reported(OTHER_CALLS) == []


STILL = {
    "ldap": ("x.py", "l.bind('cn=admin,dc=acme', 'VALUE')\n"),
    "ldap, user": ("x.py", "conn.bind(user_dn, 'VALUE')\n"),
    "ldap, windows": ("x.rb", "ldap.bind_s('ACME\\\\ann', 'VALUE')\n"),
    "sql in code": ("x.py", "q = \"ALTER USER ann PASSWORD 'VALUE'\"\n"),
    "sql at the beginning of a text": ("x.py", 'q = "ALTER USER x WITH " "PASSWORD \'VALUE\'"\n'),
    "sql in lower case": ("x.sql", "create role ann login password 'VALUE';\n"),
}


def test_k11_statements_and_directories_are_found():
    """What the look-alikes above must not hide."""
    assert missed(STILL, VALUES.password) == []
    assert missed(STILL, password) == []
