"""Kinds of calls in which secrets were missed, and logins of URLs: what programs get as an argument."""

from __future__ import annotations

from scan_rows import missed, reported
from scan_values import SEED, Values

VALUES = Values(SEED)


def password() -> str:
    """As people choose one; words with `12` may be examples, short ones those of tests."""
    return next(value for value in iter(VALUES.human, "") if "12" not in value and len(value) > 7).replace("@", "!")


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
    "query": ("x.js", "http.get(`https://acme.io/?user=${u}&pass=${p1}`);\nhttp.get('https://acme.io/?user=ann&pass=' + p);\n"),
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
    "events": (
        "x.js",
        "Event.bind(undefined, 'tulip2');\nx.bind(read(filename), 'tulip/x2');\n$(x).bind('keyup', 'walnut');\n",
    ),
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


SIGNING = {
    "k6": ("x.js", "const h = crypto.hmac('sha256', 'VALUE', body, 'hex');\n"),
    "k6, imported": ("x.js", "import { hmac } from 'k6/crypto';\nconst h = hmac(\"sha1\", \"VALUE\", body, 'hex');\n"),
    "k6, steps": ("x.js", "const h = crypto.createHMAC('sha256', 'VALUE');\n"),
    "node": ("x.ts", "crypto.createHmac('sha512', `VALUE`).update(body)\n"),
    "node, bytes": ("x.js", "createHmac('sha256', Buffer.from('VALUE'))\n"),
    "python": ("x.py", "hmac.new(b'VALUE', msg, hashlib.sha256)\n"),
    "python, named": ("x.py", "hmac.new(key=b'VALUE', msg=m)\n"),
    "go": ("x.go", 'mac := hmac.New(sha256.New, []byte("VALUE"))\n'),
    "php": ("x.php", "$h = hash_hmac('sha256', $data, 'VALUE');\n"),
    "java": ("X.java", 'JWT.create().sign(Algorithm.HMAC256("VALUE"));\n'),
    "java, key": ("X.java", 'new SecretKeySpec("VALUE".getBytes(UTF_8), "HmacSHA256");\n'),
    "c#": ("X.cs", 'new SymmetricSecurityKey(Encoding.UTF8.GetBytes("VALUE"))\n'),
    "c#, hmac": ("X.cs", 'using var h = new HMACSHA256(System.Text.Encoding.UTF8.GetBytes("VALUE"));\n'),
    "php, token": ("x.php", "JWT::encode($payload, 'VALUE', 'HS256')\n"),
    "php, key": ("x.php", "JWT::decode($token, new Key('VALUE', 'HS256'))\n"),
    "go, cookies": ("x.go", 'store := sessions.NewCookieStore([]byte("VALUE"))\n'),
    "gin": ("x.go", 'store := cookie.NewStore([]byte("VALUE"))\n'),
    "express": ("x.js", "app.use(cookieParser('VALUE'));\n"),
    "crypto-js": ("x.js", "CryptoJS.AES.encrypt(message, 'VALUE').toString()\n"),
    "crypto-js, object": ("x.js", "CryptoJS.AES.encrypt(JSON.stringify(data), 'VALUE')\nconst a = 1;\n"),
    "itsdangerous": ("x.py", "s = URLSafeTimedSerializer('VALUE')\n"),
}


SIGNING_SILENT = {
    "words": ("x.js", "createHmac('sha256', 'a secret')\ncrypto.hmac('sha256', 'mysecret', 'hello world', 'hex');\n"),
    "variables": ("x.js", "createHmac('sha256', key1).update('x9Kq2mVz7T');\ncookieParser(process.env.S1);\n"),
    "template": (
        "x.js",
        "crypto.hmac('sha256', `${__ENV.KEY1}`, body, 'hex');\nCryptoJS.AES.encrypt('walnut42x!', key);\nHmacSHA256('walnut42x!', key);\n",
    ),
    "python": ("x.py", "hmac.new(key, b'message 1', hashlib.sha256)\nhmac.new(os.environ['KEY1'].encode(), m)\n"),
    "java": ("X.java", 'Algorithm.HMAC256(System.getenv("KEY1"));\nAlgorithm.HMAC256("secret");\n'),
    "php": ("x.php", "hash_hmac('sha256', 'walnut42x', $key);\nJWT::decode($jwt, new Key($k, 'HS256'));\n"),
    "c#": ("X.cs", 'new SymmetricSecurityKey(Encoding.UTF8.GetBytes(config["Jwt:Key2"]))\n'),
    "go": ("x.go", 'hmac.New(sha256.New, []byte(os.Getenv("K1")))\nNewCookieStore([]byte("secret"))\n'),
}


def test_k11_calls_that_sign_or_encrypt():
    """The key of a signature has no name beside it."""
    assert missed(SIGNING, VALUES.token) == []
    assert missed(SIGNING, VALUES.password) == []
    assert missed(SIGNING, password) == []
    assert reported(SIGNING_SILENT) == []


JOINED = {
    "java": ("X.java", 'String a = "Basic " + Base64.getEncoder().encodeToString("ann:VALUE".getBytes());\n'),
    "c#": ("X.cs", 'Convert.ToBase64String(Encoding.ASCII.GetBytes("ann:VALUE"))\n'),
    "powershell": ("x.ps1", "[Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes('ann:VALUE'))\n"),
    "go": ("x.go", 'base64.StdEncoding.EncodeToString([]byte("ann:VALUE"))\n'),
    "shell": ("x.sh", "AUTH=$(echo -n 'ann:VALUE' | base64)\n"),
    "shell, printf": ("x.sh", "printf '%s' 'ann:VALUE' | base64 -w0\n"),
    "shell, openssl": (".gitlab-ci.yml", 'script:\n  - A=$(echo -n "$USER:VALUE" | openssl base64)\n'),
    "k6": ("x.js", "const c = encoding.b64encode(`${username}:VALUE`);\n"),
    "python": ("x.py", "c = base64.b64encode(f'{user}:VALUE'.encode())\n"),
}


JOINED_SILENT = {
    "variables": ("x.js", "encoding.b64encode(`${username}:${password1}`);\nencoding.b64encode('user:password');\n"),
    "shell": ("x.sh", 'A=$(echo -n "$USER:$PW1" | base64)\nB=$(echo -n "ann:${PW_1}" | base64 -w0)\n'),
    "java": ("X.java", 'encodeToString((user + ":" + pw1).getBytes());\nencodeToString("user:pass".getBytes());\n'),
    "formatted": ("X.cs", 'Convert.ToBase64String(Encoding.ASCII.GetBytes($"{user}:{pw1}"));\n'),
    "other text": ("x.sh", "echo 'tulip42x' | base64\necho https://acme.io/x2 | base64\n"),
}


def test_k11_a_user_and_a_password_in_base64():
    """As Basic authentication joins them."""
    assert missed(JOINED, VALUES.password) == []
    assert missed(JOINED, password) == []
    assert reported(JOINED_SILENT) == []


POSITIONS = {
    "laravel": ("x.php", "'x' => Hash::make('VALUE'),\n"),
    "bcrypt": ("x.js", "const h = await bcrypt.hash('VALUE', 10);\n"),
    "bcrypt in go": ("x.go", 'h, _ := bcrypt.GenerateFromPassword([]byte("VALUE"), 10)\n'),
    "spring": ("X.java", 'user.setHash(passwordEncoder.encode("VALUE"));\n'),
    "spring, new": ("X.java", 'new BCryptPasswordEncoder().encode("VALUE");\n'),
    "werkzeug": ("x.py", "users = {'ann': generate_password_hash('VALUE')}\n"),
    "django": ("x.py", "User.objects.create_superuser('ann', 'a@b.io', 'VALUE')\n"),
    "firebase": ("x.js", "await signInWithEmailAndPassword(auth, 'a@b.io', 'VALUE');\n"),
    "firebase 8": ("x.js", "firebase.auth().createUserWithEmailAndPassword('a@b.io', 'VALUE');\n"),
    "identity": ("X.cs", 'await userManager.CreateAsync(user, "VALUE");\n'),
    "pika": ("x.py", "pika.PlainCredentials('ann', 'VALUE')\n"),
    "own login": ("x.js", "const token = loginUser('ann', 'VALUE');\n"),
    "own login, python": ("x.py", "login_as('ann', 'VALUE')\n"),
    "equals": ("X.java", 'if ("VALUE".equals(password)) {\n'),
    "equals, turned": ("X.java", 'return user.getPassword().equals("VALUE");\n'),
    "strcmp": ("x.c", 'if (strcmp(password, "VALUE") == 0)\n'),
    "compare_digest": ("x.py", 'ok = secrets.compare_digest(credentials.password, "VALUE")\n'),
    "curl": ("x.c", 'curl_easy_setopt(curl, CURLOPT_PASSWORD, "VALUE");\n'),
    "erlang": ("x.erl", 'Options = [{user, "ann"}, {password, "VALUE"}].\n'),
    "elixir's erlang": ("sys.config", '{db_password, <<"VALUE">>},\n'),
    "lisp": ("x.el", '(setq smtp-password "VALUE")\n'),
    "powershell": ("x.ps1", "$p = ConvertTo-SecureString -AsPlainText 'VALUE' -Force\n"),
    "powershell, turned": ("x.ps1", "ConvertTo-SecureString -AsPlainText -Force -String 'VALUE'\n"),
    "powershell, pipe": ("x.ps1", '"VALUE" | ConvertTo-SecureString -AsPlainText -Force\n'),
    "registry": ("x.bat", 'reg add "HKLM\\Winlogon" /v DefaultPassword /t REG_SZ /d VALUE /f\n'),
    "registry, quoted": ("x.cmd", 'reg.exe add HKLM\\Winlogon /v "DefaultPassword" /d "VALUE"\n'),
    "arduino": ("x.ino", 'WiFi.begin("HomeNet", "VALUE");\n'),
    "arduino, own network": ("x.cpp", '  WiFi.softAP(ssid, "VALUE");\n'),
    "micropython": ("main.py", "wlan.connect('HomeNet', 'VALUE')\n"),
    "nmcli": ("x.sh", "nmcli device wifi connect HomeNet password VALUE\n"),
    "nmcli, key": ("x.sh", "nmcli con modify home wifi-sec.psk 'VALUE'\n"),
    "mqtt": ("x.ino", 'client.connect(id.c_str(), "ann", "VALUE");\nmqttClient.connect("dev1", "ann", "VALUE");\n'),
}


POSITIONS_SILENT = {
    "variables": ("x.js", "bcrypt.hash(pw1, 10);\nbcrypt.hash(`${pw1}`, 10);\nloginUser('ann', __ENV.PW1);\n"),
    "words": ("x.php", "Hash::make('password');\nHash::make('secret');\nHash::make($request->input('pw1'));\n"),
    "python": ("x.py", "generate_password_hash(form['pw1'])\ncreate_user('ann', 'a@b.io', pw1)\ncreate_user('ann', 'a@b.io', 's3krit')\nlogin_as('ann', 'admins')\n"),
    "comparisons": ("x.c", 'if (strcmp(password, "") == 0 || strcmp(passwd_type, "sha256") == 0)\n'),
    "names of things": ("X.java", '"PKCS12x".equals(passwordType);\n"password".equals(password);\nx.equals(password2);\n'),
    "curl": ("x.c", "curl_easy_setopt(curl, CURLOPT_PASSWORD, pw1);\n"),
    "erlang": ("x.erl", '{password, Password1}, {password, undefined}, {password, os:getenv("PW1")}.\n'),
    "lisp": ("x.el", '(defvar smtp-password nil "The password of x.")\n(setq smtp-password (getenv "PW1"))\n'),
    "powershell": ("x.ps1", '$p = ConvertTo-SecureString -AsPlainText $env:PW1 -Force\n"$pw1" | ConvertTo-SecureString\n'),
    "ansible": ("x.yml", "password: \"{{ pw1 | password_hash('sha512x', 'walnut-42x') }}\"\n"),
    "registry": ("x.bat", "reg add HKLM\\X /v DefaultPassword /t REG_SZ /d %PW1% /f\nreg add X /v NoPassword /t REG_DWORD /d 1\n"),
    "wifi": ("x.ino", 'WiFi.begin(ssid, pass1);\nWiFi.begin("ssid", "password");\nWiFi.begin("your-ssid", "your-password1");\n'),
    "nmcli": ("x.sh", 'nmcli device wifi connect "$SSID" password "$PW1"\nnmcli con up home\n'),
    "mqtt": ("x.ino", 'client.connect("dev1", user, pw1);\nclient.connect("dev1", "user", "password");\n'),
}  # fmt: skip


def test_k11_calls_and_commands_in_which_a_position_is_that_of_a_password():
    """Hashes, accounts, comparisons, PowerShell, the registry of Windows, networks."""
    assert missed(POSITIONS, VALUES.password) == []
    assert missed(POSITIONS, password) == []
    assert reported(POSITIONS_SILENT) == []
