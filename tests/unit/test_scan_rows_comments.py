"""Comments that allow a secret in place, wherever a language lets one write them."""

from __future__ import annotations

import pytest

from k6ci.secretscan.file_scan import scan_content
from scan_values import Values

VALUES = Values(5)
ALLOWED = {
    "block scalar": ("x.yml", "a: 1\n# k6ci:allow made up\nrun: |\n  one\n  export K6_CLOUD_TOKEN=@\n"),
    "block scalar, on its key": ("x.yml", "run: |  # k6ci:allow made up\n  one\n  two\n  export K6_CLOUD_TOKEN=@\n"),
    "block scalar in a list": ("x.yml", "script:\n  # k6ci:allow made up\n  - |\n    export A=1\n    export K6_CLOUD_TOKEN=@\n"),
    "heredoc": ("x.sh", "# k6ci:allow made up\ncat > .env <<'EOF'\nA=1\nK6_CLOUD_TOKEN=@\nEOF\n"),
    "name and value": ("x.yml", "env:\n  # k6ci:allow made up\n  - name: K6_CLOUD_TOKEN\n    value: @\n"),
    "name and value of Terraform": ("x.tf", 'env = [\n  # k6ci:allow made up\n  {\n    name  = "K6_CLOUD_TOKEN"\n    value = "@"\n  },\n]\n'),
    "block comment": ("x.js", "/*\n * k6ci:allow made up\n */\nconst token = '@'; const K6_CLOUD_TOKEN = '@';\n"),
    "block comment of XML": ("x.xml", "<!--\n  k6ci:allow made up\n-->\n<password>@</password>\n"),
    "properties": ("x.properties", "! k6ci:allow made up\ndb.password=@\n"),
    "Helm": ("x.yaml", "{{/* k6ci:allow made up */}}\npassword: @\n"),
    "Helm, trimmed": ("x.yaml", "{{- /* k6ci:allow made up */ -}}\npassword: @\n"),
    "Jinja": ("x.j2", "{# k6ci:allow made up #}\ndb_password: @\n"),
    "batch": ("x.bat", "REM k6ci:allow made up\nset DB_PASSWORD=@\n"),
    "batch, lower case": ("x.cmd", "rem k6ci:allow made up\nset DB_PASSWORD=@\n"),
    "batch, colons": ("x.bat", ":: k6ci:allow made up\nset DB_PASSWORD=@\n"),
    "a colon": ("x.env", "# k6ci:allow: made up\nDB_PASSWORD=@\n"),
    "a dash": ("x.env", "DB_PASSWORD=@ # k6ci:allow - made up\n"),
    "property of XML": ("x.xml", "<!-- k6ci:allow made up -->\n<property>\n  <name>db.password</name>\n  <value>@</value>\n</property>\n"),
    "property of XML, in it": ("x.xml", "<property>\n  <!-- k6ci:allow made up -->\n  <name>db.password</name>\n  <value>@</value>\n</property>\n"),
    "property of XML, described": ("core-site.xml", "<a>\n  <!-- k6ci:allow made up -->\n  <property>\n    <name>db.password</name>\n    <description>x</description>\n    <value>@</value>\n  </property>\n</a>\n"),
    "variable of Terraform": ("x.tf", '# k6ci:allow made up\nvariable "db_password" {\n  type    = string\n  default = "@"\n}\n'),
    "block of Terraform": ("x.tf", '# k6ci:allow made up\nset {\n  name  = "db_password"\n  value = "@"\n}\n'),
    "block in a block": ("x.tf", 'resource "x" "y" {\n  // k6ci:allow made up\n  environment {\n    name  = "DB_PASSWORD"\n    value = "@"\n  }\n}\n'),
    "resource of Terraform": ("x.tf", '# k6ci:allow made up\nresource "aws_ssm_parameter" "y" {\n  name  = "DB_PASSWORD"\n  type  = "x"\n  value = "@"\n}\n'),
    "continued property": ("x.properties", "# k6ci:allow made up\ndb.password=\\\n  @\n"),
    "continued command": ("x.sh", "# k6ci:allow made up\nexport DB_PASSWORD=\\\n@\n"),
    "continued code": ("x.js", "// k6ci:allow made up\nconst password =\n  '@';\n"),
    "PowerShell": ("x.ps1", '<# k6ci:allow made up #>\n$password = "@"\n'),
    "block of PowerShell": ("x.ps1", '<#\n  k6ci:allow made up\n#>\n$password = "@"\n'),
    "JSX": ("x.jsx", '{/* k6ci:allow made up */}\n<Login password="@" />\n'),
    "block of JSX": ("x.tsx", '  {/*\n    k6ci:allow made up\n  */}\n  <Login password="@" />\n'),
    "ERB": ("x.yml.erb", '<%# k6ci:allow made up -%>\npassword: "@"\n'),
    "JSP": ("x.jsp", "<%-- k6ci:allow made up --%>\n<password>@</password>\n"),
    "Handlebars": ("x.hbs", '{{!-- k6ci:allow made up --}}\npassword: "@"\n'),
    "Mustache": ("x.yaml", '{{! k6ci:allow made up }}\npassword: "@"\n'),
    "block of Handlebars": ("x.hbs", '{{!--\n k6ci:allow made up\n--}}\npassword: "@"\n'),
    "Haskell": ("x.hs", '{- k6ci:allow made up -}\npassword = "@"\n'),
    "OCaml": ("x.ml", '(* k6ci:allow made up *)\nlet password = "@"\n'),
    "SQL": ("x.sql", "-- k6ci:allow made up\nALTER USER a IDENTIFIED BY '@';\n"),
    "INI": ("x.ini", "; k6ci:allow made up\npassword = @\n"),
}  # fmt: skip
NOT_ALLOWED = {
    "no reason": ("x.env", "# k6ci:allow\nDB_PASSWORD=@\n"),
    "a colon and no reason": ("x.env", "# k6ci:allow:\nDB_PASSWORD=@\n"),
    "a dash and no reason": ("x.env", "DB_PASSWORD=@ # k6ci:allow -\n"),
    "two lines before": ("x.env", "# k6ci:allow made up\nA=1\nDB_PASSWORD=@\n"),
    "another item": ("x.yml", "env:\n  # k6ci:allow made up\n  - name: A_TOKEN\n    value: x\n  - name: K6_CLOUD_TOKEN\n    value: @\n"),
    "another block": ("x.yml", "# k6ci:allow made up\nrun: |\n  one\nnext:\n  K6_CLOUD_TOKEN: @\n"),
    "behind a heredoc": ("x.sh", "# k6ci:allow made up\ncat > .env <<EOF\nA=1\nEOF\nK6_CLOUD_TOKEN=@\n"),
    "another property of XML": ("x.xml", "<!-- k6ci:allow made up -->\n<property>\n  <name>a</name>\n  <value>b</value>\n</property>\n<property>\n  <name>db.password</name>\n  <value>@</value>\n</property>\n"),
    "another variable of Terraform": ("x.tf", '# k6ci:allow made up\nvariable "a" {\n  default = "x"\n}\nvariable "db_password" {\n  default = "@"\n}\n'),
    "an argument of a block": ("x.tf", '# k6ci:allow made up\nresource "x" "y" {\n  a = 1\n  password = "@"\n}\n'),
    "another continued line": ("x.properties", "# k6ci:allow made up\na=\\\n  b\ndb.password=@\n"),
    "a function": ("x.js", '// k6ci:allow made up\nfunction f() {\n  const password = "@";\n}\n'),
    "PowerShell and no reason": ("x.ps1", '<# k6ci:allow #>\n$password = "@"\n'),
    "JSX and no reason": ("x.jsx", '{/* k6ci:allow */}\n<Login password="@" />\n'),
    "ERB and no reason": ("x.erb", '<%# k6ci:allow %>\npassword: "@"\n'),
    "Handlebars and no reason": ("x.hbs", '{{!-- k6ci:allow --}}\npassword: "@"\n'),
    "another's value": ("x.env", "NOTE=k6ci:allow-made-up\nDB_PASSWORD=@\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_k13_the_comment_before_the_statement_counts(name):
    """In a block scalar, a heredoc and a pair there is no place on the line itself."""
    path, text = ALLOWED[name]
    without = text.replace("k6ci:allow", "nothing")
    token = VALUES.mixed(28)
    assert scan_content(path, without.replace("@", token).encode())
    assert scan_content(path, text.replace("@", token).encode()) == []


@pytest.mark.parametrize("name", NOT_ALLOWED)
def test_k13_a_comment_elsewhere_or_without_a_reason_allows_nothing(name):
    """What allows too much hides secrets."""
    path, text = NOT_ALLOWED[name]
    (finding,) = scan_content(path, text.replace("@", VALUES.mixed(28)).encode())
    assert ("has no effect" in finding.reason) == ("no reason" in name)
