"""Kinds of places in which secrets were missed: SQL, servers' and clients' settings, templates of clouds, recordings."""

from __future__ import annotations

from scan_rows import missed, reported
from scan_values import SEED, Values

VALUES = Values(SEED)


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
    assert missed(SQL, VALUES.password) == []
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
    assert missed(LOGINS, VALUES.password) == []
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
    assert missed(CLOUDS, VALUES.password) == []
