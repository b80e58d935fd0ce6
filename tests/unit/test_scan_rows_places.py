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
    "symmetric key": ("x.sql", "OPEN SYMMETRIC KEY k DECRYPTION BY PASSWORD = N'VALUE';\n"),
    "master key, opened": ("x.sql", "OPEN MASTER KEY DECRYPTION BY PASSWORD='VALUE'\n"),
    "certificate": ("x.sql", "BACKUP CERTIFICATE c TO FILE = 'c' WITH PRIVATE KEY (FILE='k', ENCRYPTION BY PASSWORD=N'VALUE')\n"),
    "certificate, lines": ("x.sql", "BACKUP CERTIFICATE c TO FILE = 'c'\n  WITH PRIVATE KEY (\n  ENCRYPTION BY PASSWORD = N'VALUE');\n"),
    "declared": ("x.sql", "DECLARE @pwd NVARCHAR(50) = N'VALUE';\n"),
    "declared, two": ("x.sql", "DECLARE @user sysname = N'app', @password varchar(128)='VALUE';\n"),
    "declared as": ("x.sql", "declare @db_password as nvarchar(max) = N'VALUE'\n"),
    "set": ("x.sql", "SET @password = N'VALUE';\n"),
    "set, no spaces": ("x.sql", "SET @AdminPwd=N'VALUE'\n"),
    "procedure": ("x.sql", "EXEC sp_x @password = N'VALUE'\n"),
    "procedure, lines": ("x.sql", "EXEC msdb.dbo.sysmail_add_account_sp\n    @username = 'app',\n    @password = 'VALUE';\n"),
    "scoped credential": ("x.sql", "CREATE DATABASE SCOPED CREDENTIAL c WITH IDENTITY = 'app', SECRET = N'VALUE'\n"),
    "credential, lines": ("x.sql", "ALTER CREDENTIAL c\nWITH IDENTITY = 'app',\nSECRET = 'VALUE';\n"),
    "dollar quotes": ("x.sql", "CREATE ROLE app LOGIN PASSWORD $$VALUE$$;\n"),
    "dollar quotes, encrypted": ("x.sql", "ALTER USER app WITH ENCRYPTED PASSWORD $$VALUE$$\n"),
    "dollar quotes, tagged": ("x.sql", "ALTER USER app PASSWORD $pw$VALUE$pw$;\n"),
}  # fmt: skip


ORACLE = {
    "connect": ("x.sql", "CONNECT app/VALUE@orcl\n"),
    "conn, easy": ("x.sql", "conn app/VALUE@//db.acme.io:1521/orcl\n"),
    "connect, no database": ("x.sql", "connect app/VALUE\n"),
    "connect as": ("x.sql", "CONNECT sys/VALUE AS SYSDBA;\n"),
    "connect, quoted": ("x.sql", 'CONNECT app/"VALUE"@orcl\n'),
    "heredoc": ("x.sh", "sqlplus /nolog <<EOF\nconnect app/VALUE@orcl\nEOF\n"),
    "sqlplus": ("x.sh", "sqlplus app/VALUE@orcl\n"),
    "sqlplus, flags": ("x.yml", "script:\n  - sqlplus -s -L app/VALUE@orcl @x.sql\n"),
    "sqlplus, quoted": ("x.sh", 'sqlplus -S "app/VALUE@//db:1521/orcl" <<EOF\n'),
    "sqlplus, no database": ("x.sh", "sqlplus app/VALUE @script.sql\n"),
    "sqlplus of Windows": ("x.bat", "sqlplus.exe app/VALUE@orcl @x\n"),
    "exp": ("x.sh", "exp app/VALUE@db file=x.dmp\n"),
    "expdp": ("Dockerfile", "RUN expdp app/VALUE schemas=x\n"),
    "imp": ("x.sh", "imp userid=app/VALUE@db file=x.dmp\n"),
    "sqlldr": ("x.sh", "sqlldr userid=app/VALUE control=x.ctl\n"),
    "rman": ("x.sh", "rman target sys/VALUE@orcl\n"),
    "parameters": ("exp.par", "userid=app/VALUE@db\n"),
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
    "declared": ("x.sql", "DECLARE @pwd NVARCHAR(50) = N'$(PASSWORD)';\nSET @password = @other;\nSET @password = N'';\n"),
    "settings": ("x.sql", "SET @sql = N'SELECT password FROM x2';\nSET @token_type = N'bearer';\nSET @saved_cs_client = 'utf8mb4x';\n"),
    "another secret": ("x.sql", "UPDATE t SET a = 1 WHERE secret = 'tulip42x'\n"),
    "dollars": ("x.sql", "CREATE FUNCTION f() AS $$ BEGIN password := $1; END $$;\nALTER USER app PASSWORD $1;\n"),
    "dollars in a shell": ("x.sh", 'psql -c "ALTER USER app PASSWORD $$DB_PASSWORD$$"\n'),
    "oracle variables": ("x.sql", "CONNECT &user/&pw1@orcl\nCONNECT / AS SYSDBA\nconnect app/:pw1@orcl\nCONNECT BY PRIOR a/b2 = c\n"),
    "oracle placeholder": ("x.sql", "CONNECT user/password@db\nconnect app/app@orcl\n"),
    "sqlplus": ("x.sh", "sqlplus / as sysdba\nsqlplus /nolog\nsqlplus $USER/$PASS1@$DB\nsqlplus ${U}/${P1}@x\nsqlplus / @install/scripts2/x.sql\n"),
    "other commands": ("x.sh", "exp export/path2\ndocker network connect acme/net2 x\nsnap connect x:y/z2\nnpm i @acme/exp1@2.0\n"),
    "other connections": ("x.md", "connect client/server2 here\nConnect the A/B2 cable to web/api3@host\nimp and/or2\n"),
    "other keys": ("x.yml", "  - uses: acme/connect/v2@x\n  connect: app/file2\n"),
}  # fmt: skip


def test_k11_sql_of_other_dialects():
    """T-SQL's `N'...'` and its procedures, and Oracle, which needs no quotes."""
    assert missed(SQL, VALUES.password) == []
    assert missed(SQL, lambda: VALUES.human().replace("@", "!")) == []
    assert missed(ORACLE, lambda: VALUES.human().replace("@", "!")) == []
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
    "snmpd sink": ("snmpd.conf", "trap2sink 10.0.0.1 VALUE\n"),
    "snmpd sink, port": ("snmpd.conf", "trapsink snmp.acme.io VALUE 162\n"),
    "snmpd inform": ("snmpd.conf", "informsink udp:10.0.0.1:162 VALUE\n"),
    "snmp.conf community": ("snmp.conf", "defVersion 2c\ndefCommunity VALUE\n"),
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
    "snmp sinks": ("snmpd.conf", "trap2sink localhost public\ntrap2sink localhost\ninformsink 10.0.0.1 private 162\n"),
    "snmp client": ("snmp.conf", "defVersion 2c\ndefCommunity public\n"),
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
