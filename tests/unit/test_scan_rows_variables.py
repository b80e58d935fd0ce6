"""Expressions and variables where a value could be, which were reported, each with a value that is one: fresh values."""

from __future__ import annotations

from scan_rows import found_rules, silent
from scan_values import SEED, Values

VALUES = Values(SEED)


def test_f1_terraform_expressions():
    """On the right side an unquoted text is an expression."""
    expressions = [
        "!local.has_password && var.enabled", "try(each.value.password, null)", "var.create ? random_password.db1[0].result : null",
        'lookup(each.value, "password2", null)', "coalesce(var.password, local.default_password1)", "each.value.password == null",
        'data.vault_generic_secret.db1.data["password"]', "length(var.password) > 8 && length(var.password) < 41", "local.use_db2 ? 1 : 0",
        "nonsensitive(random_password.x1.result)", 'jsondecode(data.aws_secretsmanager_secret_version.v2.secret_string)["password"]',
        "sensitive(base64decode(local.blob9))", "!var.skip_password2", "(local.a1 || local.b2)", "one(random_password.db3[*].result)",
        "var.db_password_v2", "module.db2.master_password",
    ]  # fmt: skip
    names = ["password", "db_password", "api_key", "auth_token", "client_secret"]
    assert found_rules([("main.tf", f"  {name} = {one}") for name in names for one in expressions]) == []
    assert silent([("main.tf", f'  {name} = "{VALUES.mixed(24)}"') for name in names]) == []


def test_f2_helm_and_go_templates():
    """Inside of braces a bare word is a function."""
    texts = [
        '{{- $password := index .Data "password" -}}', '{{- $password := include "app.password" . -}}', '{{ $token := printf "%s-%s" .a .b }}',
        "{{- $secret := coalesce .Values.secret .Values.global.secret2 }}", "{{ $password := randAlphaNum 32 }}", "{{- $apiKey := .Values.apiKey2 | quote }}",
        '{{ $db_password := lookup "v1" "Secret" .Release.Namespace "db2" }}', "{{- $dbPassword := ternary .a1 .b2 .c3 -}}",
        "{{ with $password := default derivePassword9 .x }}", '{{- $pw := get $secretData "pw1" | b64dec -}}', "{{ $token = tpl .Values.token3 $ }}",
        "{{- range $password := fromYaml .x1 }}",
    ]  # fmt: skip
    assert found_rules([(path, text) for path in ("t.yaml", "t.tpl", "t.tmpl", "t.gotmpl") for text in texts]) == []
    assert silent([("t.yaml", f"password: {VALUES.mixed(20)} # {{{{ x }}}}")]) == []


def test_f4_connection_strings_with_variables():
    """The value ends at the semicolon."""
    values = [
        "$DB_PASS1",
        "%DB_PASS1%",
        "__DB_PASS1__",
        "@DbPass1",
        "#{DbPass1}#",
        "${DB_PASS1}",
        "{{db_pass1}}",
        "$(DbPass1)",
        "<password>",
        "{0}",
        "?",
        "***",
    ]
    forms = ["Server=db;User Id=app;Password={};Encrypt=true", "Data Source=x;uid=sa;pwd={};", "Host=a;Username=b;Password={};Database=c",
             '"ConnectionString": "Server=tcp:x,1433;User ID=app;Password={};TrustServerCertificate=True"']  # fmt: skip
    cases = [
        (path, form.replace("{}", value))
        for path in ("appsettings.json", "web.config", "x.yml")
        for form in forms
        for value in values
    ]
    assert found_rules(cases) == []
    assert silent([("x.yml", f"c: Server=db;User Id=app;Password={VALUES.password()};Encrypt=true")]) == []


def test_f4_connections_of_jdbc_with_variables():
    """What stands behind the port is no password, and the sign of a variable no end of it."""
    values = ["@DbPass", "@db_pass_2", "@@pw@@", "@@DB_PASSWORD_1@@", "@PASSWORD@", "@Model.Password1", "${DB_PASS1}"]
    forms = [("app.properties", "url=%s"), ("app.yml", 'url: "%s"'), ("X.java", 'String url = "%s";'), ("x.xml", '<add url="%s"/>')]  # fmt: skip
    url = "jdbc:sqlserver://db.acme.io:1433;user=app;password=%s;encrypt=true"
    assert found_rules([(path, form % (url % value)) for path, form in forms for value in values]) == []
    assert silent([(path, form % (url % VALUES.password())) for path, form in forms]) == []
    assert silent([("x.sh", f"git clone https://ci:{VALUES.password()}@git.acme.io/app1")]) == []


def test_f4_connections_that_code_joins():
    """Between two strings a variable has the quotes of both."""
    joined = [
        ("x.ps1", '$c = "Server=db;User=u;Password="+$pw+";x=1"'), ("x.ps1", "$c = 'Server=db;User Id=x;Password='+$pw1+';x=1'"),
        ("x.ps1", '$c = "Server=db;Password="+$cred.GetNetworkCredential().Password+";x=1"'), ("x.ps1", '$c = "Server=db;Pwd=" + $env:DB_PW1 + ";x=1"'),
        ("x.cs", 'var c = "Server=db;Uid=x;Password="+config.Pw1+";x=1";'), ("X.vb", 'c = "Server=db;Uid=x;Password="&pw1&";x=1"'),
        ("x.php", '$c = "Server=db;Uid=x;Password=".$pw1.";x=1";'), ("x.sh", """c='Server=db;User=u;Password='"$PW"';x=1'"""),
        ("x.sh", """c='Server=db;Password='"${PW1}"';Encrypt=true'"""), ("x.yml", """run: c='Server=db;Password='"$PW1"';Encrypt=true'"""),
        ("Dockerfile", """ENV C='Server=db;Password='"$PW1"';Encrypt=true'"""), ("x.sh", """curl -d '{"user":"u","password":"'$PW1'"}' h"""),
    ]  # fmt: skip
    assert found_rules(joined) == []
    value = VALUES.password().replace(".", "!")  # `$x.y` is a member of a variable
    real = [("x.ps1", f'$c = "Server=db;User=u;Password={value};x=1"'), ("x.ps1", f'$password = "+{value}+"'), ("x.sh", f"PASSWORD='${value}'")]  # fmt: skip
    assert silent(real) == []


def test_k9_passwords_whose_name_is_cut_into_two_words():
    """`passWord` is a pair of words, and `passwrd` is how people type it in a hurry."""
    names = ["passWord", "pass_word", "dbPassWord", "DB_PASS_WORD", "passwrd", "user.passwrd", "PassWord", "pass-word"]
    forms = {
        "a.json": '{{"userName": "ann", "{}": "{}"}}',
        "a.yml": "{}: {}",
        "a.py": '{} = "{}"',
        ".env": "{}={}",
        "a.js": "const c = {{ '{}': '{}' }};",
    }
    cases = [(path, form.format(name, VALUES.password())) for path, form in forms.items() for name in names]
    assert silent(cases) == []
    others = ["pass_words_count", "by_pass_word_filter", "passWordLength", "key_word", "one_pass_word_hint"]
    assert found_rules([(path, form.format(name, "Walnut7x")) for path, form in forms.items() for name in others]) == []
