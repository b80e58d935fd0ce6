"""Kinds of places in which secrets were missed: SQL, servers' and clients' settings, templates of clouds, recordings."""

from __future__ import annotations

import base64

import pytest

from k6ci.secretscan.file_scan import scan_content
from scan_values import SEED, Values

VALUES = Values(SEED)
TRIES = 6


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def missed(cases: dict[str, tuple[str, str]], make=VALUES.password) -> list[str]:
    """The names of cases without a finding on the line of the value; `VALUE` is the place of the value."""
    names = []
    for name, (path, template) in cases.items():
        for _ in range(TRIES):
            value = make()
            if not scan_content(path, template.replace("VALUE", value).encode()):
                names.append(name)
                break
    return names


def reported(cases: dict[str, tuple[str, str]]) -> list[str]:
    return [name for name, (path, text) in cases.items() if scan_content(path, text.encode())]


SQL = {
    "login": ("x.sql", "CREATE LOGIN app WITH PASSWORD = N'VALUE';\n"),
    "login, no spaces": ("x.sql", "CREATE LOGIN [app] WITH PASSWORD=N'VALUE', CHECK_POLICY=OFF\nGO\n"),
    "lower case": ("x.sql", "alter login app with password = n'VALUE' old_password = n'x'\n"),
    "user": ("x.sql", "CREATE USER app WITH PASSWORD = N'VALUE';\n"),
    "sp_addlogin": ("x.sql", "EXEC sp_addlogin 'app', 'VALUE', 'master'\n"),
    "sp_addlogin national": ("x.sql", "EXEC master.dbo.sp_addlogin N'app', N'VALUE';\n"),
    "sp_addlogin named": ("x.sql", "exec sp_addlogin @loginame = N'app', @passwd = N'VALUE'\n"),
    "sp_password": ("x.sql", "EXEC sp_password NULL, 'VALUE', 'app'\n"),
    "linked server": ("x.sql", "EXEC sp_addlinkedsrvlogin 'srv', 'false', NULL, 'app', 'VALUE'\n"),
    "linked server named": ("x.sql", "EXEC sp_addlinkedsrvlogin @rmtuser=N'app',@rmtpassword=N'VALUE'\n"),
    "master key": ("x.sql", "CREATE MASTER KEY ENCRYPTION BY PASSWORD = N'VALUE';\n"),
    "credential": ("x.sql", "CREATE CREDENTIAL c WITH IDENTITY = 'app', SECRET = N'VALUE';\n"),
    "application role": ("x.sql", "EXEC sp_setapprole 'role', N'VALUE'\n"),
    "oracle": ("x.sql", "CREATE USER app IDENTIFIED BY VALUE;\n"),
    "oracle, more": ("x.sql", "CREATE USER app IDENTIFIED BY VALUE DEFAULT TABLESPACE users;\n"),
    "oracle alter": ("x.sql", "ALTER USER app IDENTIFIED BY VALUE REPLACE oldone1;\n"),
    "oracle quoted": ("x.sql", 'ALTER USER app IDENTIFIED BY "VALUE";\n'),
    "oracle link": ("x.sql", "CREATE DATABASE LINK l CONNECT TO app IDENTIFIED BY VALUE USING 'orcl';\n"),
    "oracle grant": ("x.pks", "GRANT CONNECT TO app IDENTIFIED BY VALUE;\n"),
    "oracle role": ("x.ddl", "CREATE ROLE boss IDENTIFIED BY VALUE;\n"),
    "in a shell script": ("x.sh", "sqlcmd -Q \"CREATE LOGIN app WITH PASSWORD = N'VALUE'\"\n"),
    "in python": ("x.py", "cursor.execute(\"CREATE LOGIN app WITH PASSWORD = N'VALUE'\")\n"),
    "in a heredoc": ("x.sh", "sqlplus / as sysdba <<EOF\nALTER USER system IDENTIFIED BY VALUE;\nEOF\n"),
    "in yaml": ("x.yml", "init: |\n  CREATE USER app IDENTIFIED BY VALUE;\n"),
    "in csharp": ("x.cs", "cmd.CommandText = \"EXEC sp_addlogin N'app', N'VALUE'\";\n"),
}  # fmt: skip
SQL_SILENT = {
    "variable": ("x.sql", "CREATE LOGIN app WITH PASSWORD = N'$(PASSWORD)';\n"),
    "substitution": ("x.sql", "CREATE USER app IDENTIFIED BY &password;\n"),
    "bind": ("x.sql", "ALTER USER app IDENTIFIED BY :pw;\n"),
    "jinja": ("x.sql", "CREATE USER app IDENTIFIED BY {{ password }};\n"),
    "external": ("x.sql", "CREATE USER app IDENTIFIED EXTERNALLY;\n"),
    "values": ("x.sql", "CREATE USER app IDENTIFIED BY VALUES 'S:0A';\n"),
    "prose": ("x.md", "A user is identified by username and the group is identified by groupname.\n"),
    "prose verb": ("x.md", "Create a record that is identified by its number.\n"),
    "parameter": ("x.sql", "EXEC sp_addlogin @name, @password\n"),
    "placeholder": ("x.sql", "EXEC sp_addlogin N'app', N'<password>'\n"),
}


def test_k11_sql_of_other_dialects():
    """T-SQL's `N'...'` and its procedures, and Oracle, which needs no quotes."""
    assert missed(SQL) == []
    assert reported(SQL_SILENT) == []


SETTINGS = {
    "nginx": ("nginx.conf", "    proxy_set_header X-Api-Key VALUE;\n"),
    "nginx quoted": ("site.conf", '    proxy_set_header X-Api-Key "VALUE";\n'),
    "nginx authorization": ("nginx.conf", '    proxy_set_header Authorization "Bearer VALUE";\n'),
    "nginx add_header": ("nginx.conf", "    add_header X-Auth-Token VALUE always;\n"),
    "nginx grpc": ("nginx.conf", "    grpc_set_header X-Secret-Token VALUE;\n"),
    "nginx fastcgi": ("nginx.conf", "    fastcgi_param HTTP_X_API_KEY VALUE;\n"),
    "apache": ("httpd.conf", '    RequestHeader set X-Api-Key "VALUE"\n'),
    "apache bare": (".htaccess", "RequestHeader set X-Auth-Token VALUE\n"),
    "apache setenv": (".htaccess", "SetEnv API_TOKEN VALUE\n"),
    "haproxy": ("haproxy.cfg", "    http-request set-header X-Api-Key VALUE\n"),
    "caddy": ("Caddyfile", "    header_up X-Api-Key VALUE\n"),
    "varnish": ("default.vcl", '  set req.http.X-Api-Key = "VALUE";\n'),
    "traefik": ("dynamic.yml", 'customRequestHeaders:\n  X-Api-Key: "VALUE"\n'),
    "envoy": ("envoy.yaml", "- header:\n    key: x-api-key\n    value: VALUE\n"),
    "curlrc header": (".curlrc", 'header = "X-Api-Key: VALUE"\n'),
    "curlrc bare": (".curlrc", '-H "X-Auth-Token: VALUE"\n'),
    "curlrc bearer": (".curlrc", "oauth2-bearer = VALUE\n"),
    "curlrc bearer, spaced": ("_curlrc", "oauth2-bearer VALUE\n"),
}  # fmt: skip
LOGINS = {
    "curlrc user": (".curlrc", 'user = "ci:VALUE"\n'),
    "curlrc user, bare": (".curlrc", "user = ci:VALUE\n"),
    "curlrc user, spaced": (".curlrc", "user ci:VALUE\n"),
    "curlrc user, dashes": (".curlrc", "--user ci:VALUE\n"),
    "curlrc user, short": (".curlrc", "-u ci:VALUE\n"),
    "curlrc proxy": (".curlrc", "proxy-user = ci:VALUE\n"),
    "curlrc colon": (".curlrc", 'proxy-user: "ci:VALUE"\n'),
    "curlrc windows": ("_curlrc", "user=ci:VALUE\n"),
    "wgetrc": (".wgetrc", "http_password = VALUE\n"),
    "snmpd user": ("snmpd.conf", 'createUser ops SHA "VALUE" AES "VALUE"\n'),
    "snmpd user, bare": ("snmpd.conf", "createUser ops SHA VALUE AES\n"),
    "snmpd user, md5": ("snmpd.conf", "createUser ops MD5 VALUE DES\n"),
    "snmpd user, engine": ("snmpd.conf", "createUser -e 0x8000 ops SHA-256 VALUE AES\n"),
    "snmpd community": ("snmpd.conf", "rocommunity VALUE 10.0.0.0/8\n"),
    "snmpd write": ("snmpd.conf", "rwcommunity VALUE\n"),
    "snmpd community 6": ("snmpd.conf", "rocommunity6 VALUE default\n"),
    "snmpd com2sec": ("snmpd.conf", "com2sec ops default VALUE\n"),
    "snmpd trap": ("snmptrapd.conf", "trapcommunity VALUE\n"),
    "snmptrapd": ("snmptrapd.conf", "authCommunity log,execute VALUE\n"),
    "snmp.conf": ("snmp.conf", "defAuthPassphrase VALUE\n"),
    "snmp.conf private": ("snmp.conf", "defPrivPassphrase VALUE\n"),
    "postfix sasl": ("sasl_passwd", "[smtp.acme.io]:587 ci:VALUE\n"),
    "postfix relay map": ("relay_password", "smtp.acme.io ci:VALUE\n"),
    "postfix generic map": ("smtp_auth", "[mail.acme.io]:465\tci@acme.io:VALUE\n"),
    "postfix mysql map": ("mysql-virtual.cf", "user = mail\npassword = VALUE\nhosts = 127.0.0.1\n"),
    "postfix ldap map": ("ldap-aliases.cf", "bind_pw = VALUE\n"),
    "mbsyncrc": (".mbsyncrc", "IMAPAccount acme\nUser ci\nPass VALUE\n"),
    "mbsyncrc quoted": (".mbsyncrc", 'IMAPAccount acme\nUser ci\nPass "VALUE"\n'),
    "isyncrc": ("isyncrc", "Host imap.acme.io\nPass VALUE\n"),
    "msmtprc": (".msmtprc", "account acme\nuser ci\npassword VALUE\n"),
    "fetchmail": (".fetchmailrc", "poll imap.acme.io user ci password VALUE\n"),
    "fetchmail quoted": (".fetchmailrc", 'poll imap.acme.io with user "ci" and password "VALUE"\n'),
    "fetchmail with": ("fetchmailrc", 'user "ci" there with password "VALUE" is me here\n'),
    "offlineimap": (".offlineimaprc", "remotepass = VALUE\n"),
    "mutt": (".muttrc", 'set imap_pass = "VALUE"\n'),
    "mutt smtp": ("muttrc", "set smtp_pass='VALUE'\n"),
    "getmail": ("getmailrc", "username = ci\npassword = VALUE\n"),
    "ssmtp": ("ssmtp.conf", "AuthUser=ci\nAuthPass=VALUE\n"),
    "exim": ("passwd.client", "smtp.acme.io:ci:VALUE\n"),
    "sendmail": ("authinfo", 'AuthInfo:smtp.acme.io "U:ci" "P:VALUE"\n'),
    "sendmail spaced": ("access", 'AuthInfo:smtp.acme.io "U:root" "I:ci" "P:VALUE" "M:PLAIN"\n'),
    "freeradius": ("clients.conf", "client nas {\n  secret = VALUE\n}\n"),
    "freeradius users": ("users", 'ci Cleartext-Password := "VALUE"\n'),
    "irssi": ("irssi.conf", 'server = { address = "irc.acme.io"; password = "VALUE"; };\n'),
    "rclone": ("rclone.conf", "[acme]\ntype = ftp\nuser = ci\npass = VALUE\n"),
    "cifs": (".smbcredentials", "username=ci\npassword=VALUE\n"),
    "davfs": ("davfs2.secrets", "https://dav.acme.io ci VALUE\n"),
    "wvdial": ("wvdial.conf", "Username = ci\nPassword = VALUE\n"),
    "supplicant": ("wpa_supplicant.conf", 'network={\n  ssid="x"\n  psk="VALUE"\n}\n'),
    "hostapd": ("hostapd.conf", "wpa_passphrase=VALUE\n"),
}  # fmt: skip
SETTINGS_SILENT = {
    "nginx variable": ("nginx.conf", "    proxy_set_header X-Api-Key $http_x_api_key;\n"),
    "nginx authorization": ("nginx.conf", "    proxy_set_header Authorization $http_authorization;\n"),
    "nginx empty": ("nginx.conf", '    proxy_set_header Authorization "";\n'),
    "apache expression": ("httpd.conf", '    RequestHeader set X-Auth-Token "%{TOKEN}e"\n'),
    "haproxy sample": ("haproxy.cfg", "    http-request set-header X-Api-Key %[env(API_KEY)]\n"),
    "curlrc user": (".curlrc", 'user-agent = "acme/1.0:linux"\n'),
    "snmp default": ("snmpd.conf", "rocommunity public 10.0.0.0/8\n"),
    "mbsync command": (".mbsyncrc", 'PassCmd "pass show mail/acme"\n'),
    "fetchmail prompt": (".fetchmailrc", "poll imap.acme.io user ci\n"),
    "postfix map": ("virtual", "ci@acme.io ops@acme.io\n"),
    "uid and gid": ("run.sh", "docker run --user 1000:1000 x\n"),
}  # fmt: skip


def test_k11_headers_and_logins_in_settings_of_servers_and_clients():
    """nginx and its like, `.curlrc`, snmpd, maps of postfix, mail clients: each has a way of its own."""
    assert missed(SETTINGS, lambda: VALUES.mixed(32)) == []
    assert missed(LOGINS) == []
    assert reported(SETTINGS_SILENT) == []


CLOUDS = {
    "cloudformation json": ("params.json", '[\n  {\n    "ParameterKey": "DbPassword",\n    "ParameterValue": "VALUE"\n  }\n]\n'),
    "cloudformation json, one line": ("params.json", '[{"ParameterKey": "DbPassword", "ParameterValue": "VALUE"}]\n'),
    "cloudformation json, turned": ("params.json", '[{"ParameterValue": "VALUE", "ParameterKey": "DbPassword"}]\n'),
    "cloudformation yaml": ("params.yaml", "- ParameterKey: DbPassword\n  ParameterValue: VALUE\n"),
    "cloudformation command": ("deploy.sh", "aws cloudformation deploy --parameters ParameterKey=DbPassword,ParameterValue=VALUE\n"),
    "cloudformation quoted": ("deploy.sh", 'aws cloudformation create-stack --parameters ParameterKey=DbPassword,ParameterValue="VALUE"\n'),
    "cloudformation overrides": ("deploy.sh", "aws cloudformation deploy --parameter-overrides DbPassword=VALUE Env=x\n"),
    "cloudformation python": ("x.py", "Parameters=[{'ParameterKey': 'DbPassword', 'ParameterValue': 'VALUE'}]\n"),
    "cloudformation default": ("stack.yaml", "Parameters:\n  DbPassword:\n    Type: String\n    NoEcho: true\n    Default: VALUE\n"),
    "arm": ("azuredeploy.json", '{\n "parameters": {\n  "adminPassword": {\n   "type": "securestring",\n   "defaultValue": "VALUE"\n  }\n }\n}\n'),
    "arm, one line": ("azuredeploy.json", '{"parameters": {"adminPassword": {"type": "securestring", "defaultValue": "VALUE"}}}'),
    "arm with comments": ("azuredeploy.jsonc", '{\n // x\n "adminPassword": {\n   "type": "securestring",\n   "metadata": {"description": "x"},\n   "defaultValue": "VALUE"\n  }\n}\n'),
    "arm parameters": ("p.json", '{"parameters": {"adminPassword": {"value": "VALUE"}}}'),
    "bicep": ("main.bicep", "@secure()\nparam adminPassword string = 'VALUE'\n"),
    "ecs": ("task.json", '{"containerDefinitions": [{"environment": [{"Name": "DB_PASSWORD", "Value": "VALUE"}]}]}'),
    "beanstalk": ("x.config", "option_settings:\n  - option_name: DB_PASSWORD\n    value: VALUE\n"),
    "beanstalk json": ("x.json", '[{"OptionName": "DB_PASSWORD", "Value": "VALUE"}]'),
    "openapi generator": ("x.json", '{"variables": [{"key": "db_password", "value": "VALUE", "type": "secret"}]}'),
    "helm set": ("x.yaml", "parameters:\n  - name: postgres.password\n    value: VALUE\n"),
    "openshift": ("t.yaml", "parameters:\n- name: DB_PASSWORD\n  description: the password\n  value: VALUE\n"),
}  # fmt: skip


def test_k11_templates_and_parameters_of_clouds():
    """CloudFormation's `ParameterKey`, ARM's `defaultValue` and their relatives: name and value in two keys."""
    assert missed(CLOUDS) == []


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
    assert missed(CONTINUED) == []
    silent = {"next key": ("app.properties", "db.password=\\\n\nother=Walnut9xKq\n"), "reference": ("app.properties", "db.password=\\\n  ${DB_PASSWORD}\n")}  # fmt: skip
    assert reported(silent) == []


HEADERS = ["Authorization", "authorization", "Proxy-Authorization"]
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
    ]
    assert [text for text in more if scan_content("x.yaml", text.encode())] == []
