"""Words in names: those of secrets, those of metadata about secrets, and those that rule a secret out."""

from __future__ import annotations

PASSWORD = frozenset(
    (
        "clave contrasenia password passwd passphrase passcode psk pwd pass psw passw pword pswd pw userpass passwords"
        " wachtwoord"
        " passwort kennwort contrasena senha motdepasse mdp authtok"
    ).split()
)
TOKEN = frozenset(
    (
        "token secret apikey credential credentials accesskey secretkey authtoken bearer jwt accesstoken apitoken"
        " privatekey tokens secrets apikeys authkey accountkey pat secr authorization webhook serverkey privkey"
    ).split()
)
KEY_OF = frozenset(
    (
        "api access secret private auth encryption encrypt signing sign client shared account master service"
        " storage subscription license admin app application consumer server crypto cipher aes des hmac jwt session"
        " deploy write ingest integration security webhook ssh rsa stripe sendgrid datadog relic maps sdk token"
        " data django flask rails"
    ).split()
)
WEAK = frozenset(("key cookie session auth pin dsn signkey keys cred creds usertoken").split())
# Name what is *about* a secret when they come last.
ABOUT = frozenset(
    (
        "url uri path file filename name type ttl expiry expires expiration expire expired length len id ids"
        " header field label policy prompt placeholder hint error errors message msg regex pattern endpoint count"
        " limit max min enabled disabled required version param parameter params prefix suffix algorithm alg format"
        " index size timeout ref reference hash hashes hashed provider class store manager service validator"
        " validation rule rules text title description desc doc docs help usage input output form page view link"
        " button reset change changed strength dir directory location source mount volume arn env var variable"
        " variables vars selector scope scopes role audience issuer uses kind method mode status state time date"
        " seconds minutes hours days interval period rotation age position offset line start end address host"
        " server domain port user username email permission permissions access number num option options config"
        " configuration settings handler function func callback factory builder parser generator iterator stream"
        " reader writer separator delimiter delim charset encoding schema template example sample test tests count"
        " total usage cost price used budget window sha sha1 sha256 md5 digest checksum fingerprint thumbprint algo"
        " exists valid invalid check validity lifetime skew retry retries attempts color style icon tooltip re regexp"
        " weight weights chars characters"
    ).split()
)
# Describe the value when they stand directly before the word for it: `encrypted_password`, `csrf_token`; but not
# `ENCRYPTED_STORE_SECRET`, the secret of a store.
DESCRIBING = frozenset(
    (
        "public pub translation i18n hash hashed checksum digest csrf xsrf encrypted sealed arn ssm secretsmanager"
        " disabled enabled invalid wrong incorrect bad missing fake expected"
    ).split()
)
# Rule a secret out at any position in the name.
NEVER_SECRET = frozenset("tokenizer embd invalid wrong incorrect fake".split())
# Sent to everybody, unless the name ends with a word that is never public.
PUBLIC = frozenset("public pub publishable".split())
NEVER_PUBLIC = frozenset("secret secrets password passwd pwd private credentials".split())
# What a name may go on with behind the word for the secret: `DB_PASSWORD_PROD`, `passwordAdmin`, `TOKEN_ACCESS`.
QUALIFIERS = frozenset(
    (
        "prod production dev devel development staging stage stg testing qa uat preprod nonprod sandbox live demo int"
        " integration acc acceptance preview ci local eu us asia emea apac primary secondary main backup default"
        " internal external current old new access refresh master readonly ro rw superuser replication replica bd"
        " github gitlab bitbucket aws azure gcp google slack stripe sentry grafana prometheus npm pypi cloud k6"
    ).split()
)
# In capitals, which name variables: `API_KEY_TEST`.
LOUD_QUALIFIERS = frozenset({"test", "tests"})
# Words for a password in languages whose letters are not those of English, as they are written and without accents.
FOREIGN = (
    "hasło haslo heslo şifre Şifre sifre parola salasana lösenord Lösenord losenord adgangskode kodeord passord jelszó"
    " jelszo lozinka geslo slaptazodis slaptažodis parool parole wagwoord пароль ароль гасло 密码 密碼 口令 密钥"
    " パスワード 暗証番号 비밀번호 κωδικός συνθηματικό كلمة_المرور סיסמה รหัสผ่าน"
).split()
TEXTS = frozenset("error err msg message label placeholder title hint".split())
# What is done with a secret, in names that begin so: `getToken`, `update_password: always`; not `LOAD_TEST_TOKEN`.
VERBS = TEXTS | frozenset(
    (
        "forgot reset change show hide toggle confirm enter remember has is use require requires no without allow"
        " enable disable validate get set generate create fetch load find parse make update start"
        " ac am with have"
    ).split()
)
# Whose key or token is none: `cacheKey`, `next_page_token`; but `CACHE_PASSWORD` and `PAGE_ACCESS_TOKEN` are.
OF_DATA = frozenset(
    (
        "cache object map dict page group next previous start load primary foreign sort partition idempotency"
        " pagination continuation continue cursor lock column row index trace tracking correlation span build"
        " site style file"
    ).split()
)
SERVICES = frozenset(
    (
        "db database mysql mariadb postgres postgresql pg psql mongo mongodb redis rabbitmq rabbit amqp smtp imap mail"
        " email ftp sftp ssh root admin ldap oracle mssql sql influxdb influx grafana elastic elasticsearch kafka jdbc"
        " datasource keystore truststore sudo become wifi proxy registry docker nexus sonar jenkins"
    ).split()
)
SIGNS = frozenset(
    "session sessions jwt cookie cookies app flask django express hash signing hmac consumer client oauth api".split()
)
PAIRED = frozenset(
    {("community", "snmp"), ("passe", "de"), ("phrase", "pass"), ("secret", "enable"), ("password", "enable")}
    | {(last, before) for last in ("credential", "credentials") for before in ("bind", "security")}
)
# Those of Consul and its like, whose last word is a verb, and the signature that is PayPal's name for a key.
TOKENS_OF = frozenset(
    {
        ("encrypt", "consul"),
        ("encrypt", "gossip"),
        ("encrypt", "serf"),
        ("signature", "paypal"),
        ("private", "captcha"),
        ("private", "recaptcha"),
    }
)
# Whose a `…Pass` is, besides services.
OWNERS = frozenset(
    (
        "user usr my login auth account client owner service svc bind http https web api app system sys os master vault"
        " host server remote test dba sa net cloud site backup wp store key cert pfx pem git svn repo ansible vpn ap"
        " wlan sta mqtt wi fi network hotspot private secret new old default tomcat weblogic sip turn sender receiver"
    ).split()
)
NO_PASS = frozenset("first second last render any all both over low high band no by one two multi".split())
# The secrets behind tokens that are none themselves.
FORGERY = frozenset({"csrf", "xsrf"})
# The `*_pass` of nginx says where requests go; the key of GnuPG is named by its identifier.
UPSTREAMS = frozenset(f"{protocol}_pass" for protocol in "fastcgi grpc memcached mirror scgi uwsgi".split())
OWNED = frozenset({"private", "secret"})
GNUPG = frozenset({"gpg", "gnupg", "pgp"})
