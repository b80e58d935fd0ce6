"""The patterns of false-positive rules: templates, references, code, paths, digests, public keys."""

from __future__ import annotations

import re

from k6ci.secretscan.patterns import Pattern

# Brackets of template languages count where they open the value or are closed again: passwords have signs, too.
TEMPLATE = Pattern(
    r"^(?:\$\$?|#|@|%)[{(]|[$#@]\{[^{}]{0,80}\}|[$%]\([\w. ]{1,80}\)|^\{\{|\{\{[^{}]{0,80}\}\}|\{\{$|\}\}$"
    r"|^<%|%>$|^\{%|%\}$|^\[\[|\]\]$|^\$\[|^\[%"
    r"|\$__\w{1,30}\{|^\$\$?[A-Za-z_]\w*(?:$|[/:.\-]|\|\$)"
    r"|(?:^|[/\\:@ ])%[A-Za-z_]\w{1,40}(?:\([\w.:]{1,60}\))?%(?:$|[/\\:@ ])"
    r"|^%[sdvqr]$|^%s|%s$|^%%\w{1,60}%%$"
    r"|^@@?[A-Za-z_.]+@?@?$|^__[A-Za-z0-9_]+__$|^\{[\w.\- +/=()]{0,100}\}$|^&[a-z_]+;?$|^\*[a-z][a-z0-9_]*$|^`.*`$"
)
ANGLED = Pattern(
    r"^<[^<>]{0,80}>$|^<[A-Za-z_ \-]{0,40}$|^\[[A-Za-z _.\-]{1,60}\]$|^\([a-z ]{1,40}\)$|^\(\([^()]{1,80}\)\)$"
)
REFERENCE = Pattern(
    r"(?i)^@?(?:vault|op|ssm|arn|aws-?(?:sm|ps|ssm)|gcp-?sm|azurekv|azkv|sops|secret|secrets|file|env|ref|"
    r"doppler|bw|bws|"
    r"keyring|kms|gsm|infisical"
    r"|rule|conjur|chamber|keepass|pass|akeyless|secretsmanager|akv|ref\+\w{1,20}|keyvault)(?::|/)(?:/|[\w\-])|"
    r"^!(?:vault|reference|sub|ref|getatt|secret|env)\b"
    r"|^ENC\[|^ENC\(|^AQICAH|^wcFM[A-Za-z0-9]|^projects/[^/]+/secrets/|^\{(?:cipher|aes|bcrypt)\}|"
    r"^@Microsoft\.KeyVault|"
    r"^/run/secrets/|^resolve:|\{resolve:|^Ag[A-Z][A-Za-z0-9+/]{200,1000}={0,2}$"
)
LOOKUP = Pattern(
    r"^(?:process\.env|os\.environ|os\.getenv|__ENV|secrets|vars|env|var|local|data|module|self|this|config|"
    r"settings|params|args|options|request"
    r"|req|res|response|ctx|context|inputs|steps|needs|github|matrix|each|random_\w+|azurerm_\w+|aws_\w+|"
    r"google_\w+|kubernetes_\w+|System|Config"
    r"|import\.meta|core|props|state|event|user|session|values|Values|\.Values|node|app|conf|cfg|opts|kwargs|"
    r"data_source)"
    r"[.\[(]"
)
IDENTIFIER = Pattern(r"^[A-Za-z_$][\w$]{0,60}(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]{0,60}){1,12}(?:[(\[].*)?$")
CALL_HEAD = Pattern(r"^([\w.$:\->]{1,100})\(")
CODE = Pattern(
    r"^[\w.$:>\-]{1,60}\(\)|\(\)[.;,]?$|=>|\s(?:&&|\|\|)\s|^(?:function|lambda|new|await|return|if|not)\b|"
    r"^\(?(?:Read|Get|New|Import|ConvertTo|ConvertFrom|Invoke|Join|Select|Out)-[A-Z][A-Za-z]{2,30}\)?$|"
    r"^[\w.$]{1,60}\[['\"\w]+\]|\+\s*['\"]|['\"]\s*\+"
)
PATH = Pattern(r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|\\\\)[\w.\-/\\ @+~]*$|^[\w\-./]+\.(?:[a-z]{2,4}|properties)$")
SURE_PATH = Pattern(
    r"^HK[A-Z_]{2,30}\\|^~?(?:/[a-z][a-z.\-_]*){2,}/?$|/[^/]*\.(?:png|jpe?g|gif|svg|js|css|json|ya?ml|txt|"
    r"pem|key|crt|cer|pub|p12|jks|html?|md|py|sh)$"
)
URL = Pattern(
    r"^[a-z][a-z0-9+.\-]{1,20}://|^(?:localhost|[a-z0-9\-]+(?:\.[a-z0-9\-]+){1,5}):[0-9]{2,5}$|^(?:www\.|"
    r"mailto:)|^[\w.\-]+\.(?:com|org|io|net|dev|local|svc|internal)(?:[:/]|$)",
    re.IGNORECASE,
)
UUID = Pattern(r"(?i)^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$")
NAMED_UUID = Pattern(
    r"(?i)^(?=.{37})(?:[a-z]{1,12}[-_.:/]){0,3}[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"(?:[-_.:/][a-z0-9]{1,8}){0,3}$",
    example="Q-123e4567-e89b-12d3-a456-426614174000-0",
)
SCHEME = Pattern(
    r"(?i)^\{(?:s?sha(?:-?\d{1,3})?|s?md5|crypt|cipher|pbkdf2[\w\-]*|scrypt|argon2\w*|bcrypt|aes[\w\-]*|"
    r"desede|3des|enc)\}"
    r"|^#\w{0,8}bcrypt:",
    example="{SSHA}x",
)
AT_VARIABLE = Pattern(r"^@{1,2}[A-Za-z_]\w{1,40}@{0,2}$", example="@DbPass1")
HASH = Pattern(
    r"(?i)^(?:(?:sha(?:1|224|256|384|512)|md5|blake2b|h1|integrity|crc32)[-:=]|\$(?:2[abxy]?|[156]|apr1|argon2\w*|"
    r"pbkdf2\S*|scrypt)\$|pbkdf2_|pbkdf2:|scrypt:|bcrypt|(?:[0-9a-f]{2}:){7,63}[0-9a-f]{2}$)"
)
DIGEST = Pattern(
    r"(?i:^0x[0-9a-f]{40}$)|^[0-9a-f]{7,64}@|@sha256:|^[\w./\-]+[@#][0-9a-f]{40}$|^(?:Linux|Windows|"
    r"macOS)-[\w.\-]{0,60}-?[0-9a-f]{40,64}$"
)
NUMBER = Pattern(
    r"(?i)^[+\-]?(?:0x[0-9a-f]{1,8}$)?[0-9_.,:/\- ]*(?:[smhd]|ms|kb|mb|gb|%|px|em|rem|days?|hours?|minutes?|"
    r"seconds?)?$|^v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+][\w.]+)?$"
)
# Also where a password may be a number.
VERSION = Pattern(r"^(?:[~^]|[<>=~]{1,2} ?)?v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,6}(?:[-+][\w.]+)?$")
# `package.module:function`, as Python names what is to be called.
ENTRY_POINT = Pattern(r"^[a-z_]\w{0,40}(?:\.[a-z_]\w{0,40}){1,6}:[a-z_]\w{0,40}$")
ADDRESS = Pattern(
    r"^[\w.+\-]{1,60}@(?:[a-z0-9\-]{1,60}\.){1,4}(?:com|org|net|io|dev|edu|gov|local|test|invalid|example)$"
)
DATE = Pattern(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+\-][0-9:]+)?)?$")
PUBLIC_KEY = Pattern(
    r"^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|age1[0-9a-z]{20}|pk_(?:test|live)_|(?:0x)?0[23][0-9a-f]{64}$|"
    r"AAAA(?:B3NzaC1|C3NzaC1l|E2VjZHNh)|-----BEGIN (?:PUBLIC KEY|"
    r"CERTIFICATE))|^MI[IG][A-Za-z0-9]{3}.{0,20}AQ8AMI|^MI[A-Za-z0-9]{2,6}(?:ANBgkqhkiG9w0BAQEFAAO|"
    r"MA0GCSqGSIb3DQEBAQUAA4)"
    r"|^M(?:FwwDQYJKoZIhvcNAQEBBQAD|FkwEwYHKoZIzj0|HYwEAYHKoZIzj0|IGbMBAGByqGSM49|CowBQYDK2V)"
)
BYTES = Pattern(
    r"\\x[0-9a-f]{2}$|\\x[0-9a-f]{2}.*\\x[0-9a-f]{2}|\\u[0-9a-f]{4}.*\\u[0-9a-f]{4}|"
    r"&#x?[0-9a-f]{2,5};.*&#x?[0-9a-f]{2,5};"
)
REGEX = Pattern(
    r"0-9a-zA-Z|a-zA-Z0-9|A-Za-z0-9|\[\^[^\]]{1,20}\][*+{]|\]\{[0-9]{1,3},?[0-9]{0,4}\}|"
    r"\[\^?[A-Za-z0-9]-[A-Za-z0-9][^\]]{0,40}\]|\\[wdsbS][+*{\])]|\(\?[:=!P<]|\.[*+](?:$|[?\\)])|^\^.*\$$"
)
PAIRS = Pattern(r"^[\w.\-]{1,60},\s?[A-Za-z]{3,30}=")
COLOUR = Pattern(r"^#[0-9A-Fa-f]{3,8}$")
ICON = Pattern(r"^(?:fa[bsrl]?|mdi|bi|icon|glyphicon|ti)-[a-z0-9\-]{2,40}$")
LETTER = Pattern(r"[A-Za-z]")
