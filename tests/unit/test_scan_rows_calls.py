"""Kinds of calls in which secrets were missed, and logins of URLs: what programs get as an argument."""

from __future__ import annotations

from scan_rows import missed, reported
from scan_values import SEED, Values

VALUES = Values(SEED)


def password() -> str:
    """As people choose one; words with `12` may be examples."""
    return next(value for value in iter(VALUES.human, "") if "12" not in value).replace("@", "!")


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
