"""The necessary conditions of every detector, as patterns that Hyperscan, RE2 and `re` read alike.

They are matched against folded bytes (`prefilter.fold_bytes`), one hit a line is enough. No pattern looks around,
refers back, crosses a line end, or repeats without a bound; `literals` are what a file must contain at all, for `re`.
"""

from __future__ import annotations

from typing import NamedTuple


class Group(NamedTuple):
    """Patterns that share the literals without which none of them can match (empty: they have none).

    `is_exact`: each literal is a match by itself. `coarse` matches wherever the pattern does and elsewhere, without the
    counted repetition that an automaton pays for (in time to compile or to run); who uses it asks the pattern again.
    """

    pattern: bytes
    literals: tuple[bytes, ...] = ()
    is_exact: bool = False
    coarse: bytes = b""


def _prefixes(*prefixes: bytes) -> Group:
    return Group(b"|".join(prefix.replace(b".", b"\\.") for prefix in prefixes), prefixes, is_exact=True)


# The engine's keyword plugin and its entropy plugins.
_ENGINE_WORDS = Group(
    b"(?:api|auth|service|account|db|database|priv|private|client)_?key|(?:db|database|key)_?pass|password|passwd|pwd"
    b"|secret|contrase(?:n|\xc3\xb1)a",
    (b"key", b"pass", b"pwd", b"secret", b"contrase"),
)
_QUOTED_RUNS = Group(rb"[\"'](?:[a-z0-9+/\\\-_=]{23}|[0-9a-f]{9})")
# What stands for a credential in a name, and then something that could be its value.
_CREDENTIAL = (
    rb"(?:token|passw|passphrase|passcode|pwd|secret|credential|api[ _.\-]?key|access[ _.\-]?key|account[ _.\-]?key"
    rb"|private[ _.\-]?key|_pass|(?:require|store|key|user)pass|assword|auth|bearer|basic "
    rb"|webhook|jwt|dsn|connection|(?:login|mysqli|connect|pdo|ftp|ftp_tls|signwith|bind(?:_s)?|sequelize|awscredentials)\(|identified|securestring|tochararray|oauthhandler|userpwd|buffer\.from|b64encode\(|btoa\(|sonar\.login|senha|motdepasse|mot_de_passe|kennwort)"
)
_OWN_WORDS = Group(
    _CREDENTIAL + rb"[^\n]{0,64}[:= ,>(|\t][^\n]{4}",
    (
        b"token",
        b"pass",
        b"pwd",
        b"secret",
        b"credential",
        b"key",
        b"auth",
        b"bearer",
        b"basic",
        b"webhook",
        b"jwt",
        b"dsn",
        b"connect",
        b"login",
        b"ftp",
        b"signwith",
        b"bind",
        b"sequelize",
        b"tochararray",
        b"mysqli",
        b"pdo",
        b"identified",
        b"securestring",
        b"b64encode",
        b"userpwd",
        b"buffer.from",
        b"btoa",
        b"assword",
        b"senha",
        b"motdepasse",
        b"mot_de_passe",
        b"kennwort",
    ),
    coarse=_CREDENTIAL + rb"[^\n]{5}",
)
# A name at the end of its line: the value stands on the next. The text always ends with a line end.
_LAST_WORDS = Group(
    rb"(?:token|secret|passwo?r?d|pwd|key|credential|passphrase)s?[a-z0-9_]{0,8}[\"'}<]{0,2}(?:/key>|"
    rb"/name>)?[ \t]{0,4}(?::|=|=>)?[ \t]{0,3}"
    rb"[{|>(\[]?[-+]?[ \t]{0,3}[\"',|]{0,2}\n",
    (b"token", b"secret", b"passw", b"pwd", b"key", b"credential", b"passphrase"),
)
_LONG_NAMES = rb"(?:key|salt|cookie|session|signature|seed|pin|code|pw|psk|cred|encrypt)"
_LONG_KEYS = Group(
    _LONG_NAMES + rb"[a-z0-9_\-]{0,24}[\"'`\])]{0,3}[ \t]{0,20}(?:value)?(?::=|=>|[:=,>])"
    rb"[ \t]{0,20}[@brfu]?[\"'`]{0,3}(?:base64:)?[a-z0-9+/_\-=.~!@#$%^&*]{10}",
    tuple(b"key salt cookie session signature seed pin code pw psk cred encrypt".split()),
    coarse=_LONG_NAMES + rb"[a-z0-9_\-]*[\"'`\])]*[ \t]*(?:value)?[:=,>]",
)
_ASSIGNED_RUN = Group(
    rb"(?:key|pwd|pw|password|pass|token)[\"']?\]?(?: {0,9}(?::=|::|=>|=|:) {0,9}| {1,9})[\"']?[a-z0-9_\-]{24}",
    (b"key", b"pwd", b"pw", b"pass", b"token"),
)
_SPACED_ASSIGNMENT = Group(rb"(?:key|pwd|pw|password|pass|token)[\"']?\]?(?: {0,9}[:=]{1,2}>?)? {9}", (b"         ",))
_USERINFO = Group(rb"://[^\s/]{1,400}@", (b"://",), coarse=rb"://[^\s/]+@")
# Short flags say nothing by themselves; whether the command is one that takes a secret so is asked later.
_SHORT_FLAGS = Group(
    rb"[ \t\"'\[]-(?:-user|t|p|u|a|w|pw)[\"', =]{0,4}[^ \t\n\-\"'$<{][^ \t\n\"']{3}",
    (b"-t", b"-p", b"-u", b"-a", b"-w"),
)
_PREFIXED = _prefixes(
    b"glsa_",
    b"glc_",
    b"eyj",
    b"akia",
    b"a3t",
    b"abia",
    b"acca",
    b"asia",
    b"accountkey=",
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"gldt-",
    b"glft-",
    b"glsoat-",
    b"glrt-",
    b"glcbt-",
    b"glimt-",
    b"glptt-",
    b"glagent-",
    b"gloas-",
    b"gr1348941",
    b":_auth",
    b"t3blbkfj",
    b"private key",
    b"putty-user-key-file-2",
    b"pypi-ag",
    b"sg.",
    b"xoxa-",
    b"xoxb-",
    b"xoxp-",
    b"xoxo-",
    b"xoxs-",
    b"xoxr-",
    b"xapp-",
    b"xoxe",
    b"hooks.slack.com",
    b"sq0csp-",
    b"sq0atp-",
    b"k_live_",
    b"k_test_",
    b"cloudant.com",
    b"api.softlayer.com",
    b"aiza",
    b"ya29.",
    b"hf_",
    b"npm_",
    b"_v1_",
    b"gocspx-",
    b"/api/webhooks/",
    b".webhook.office.com",
    b"shpat_",
    b"shpss_",
    b"shpca_",
    b"sk-ant-",
    b"sk-proj-",
    b"age-secret-key-1",
    b"hvs.",
    b"hvb.",
    b"whsec_",
    b"pmak-",
    b"nrak-",
    b"lin_api_",
    b"dapi",
    b"atlasv1",
    b"dp.pt.",
    b"key-",
    b"ltai",
    b"akid",
    b"sk_",
    b"discord",
    b"tskey-",
    b"pscale_",
    b"rubygems_",
    b"sntrys_",
    b"ops_",
    b"ey0",
    b"ls0tls1crudjti",
)
_SHAPED = (
    Group(rb"\.[a-z0-9_\-]{6}\.[a-z0-9_\-]{27}"),
    Group(rb"-us[0-9]", (b"-us",)),
    Group(rb"[0-9\x80-\xff]{8}:[0-9a-z_\-]{35}"),  # the engine takes digits of any script
)
# Matched against the bytes as they are: folded, every second digest would look like these.
CASED_GROUPS: tuple[Group, ...] = (
    Group(rb"AKC[a-zA-Z0-9]{10}|AP[0-9A-F][a-zA-Z0-9]{8}", (b"AKC", b"AP")),
    Group(rb"(?:AC|SK)[a-z0-9]{32}", (b"AC", b"SK")),
)

# Short names, whose value may be short, too.
_PASS = Group(
    rb"(?:pass|pw|psk|pepper|salt|mdp)[\"'`\[\])]{0,3}[ \t]{0,8}(?:value)?(?:=>|[:=,(])[^\n]{4}|<pass[^\n]{5}"
    rb"|[ \t]-?pass [^\n]{4}|(?:bind|root)pw[ \t][^\n]{4}|psk[ \t][^\n]{4}",
    (b"pass", b"pw", b"psk", b"pepper", b"salt", b"mdp"),
)
_PLACES = rb"@(?:tcp|unix)\(|sudo -s|net use|<auth-user-pass>|on >|login="
_FIELDS = Group(
    rb"register[ \t]{0,4}=>|thin:[^\n]{0,64}/|slack: [^\n]{1,40}:[^\n]{20}"
    rb"|_(?:key|salt)['\"],[ \t]{1,12}['\"][^\n]{40}|" + _PLACES,
    tuple(b"register|@tcp(|@unix(|thin:|sudo -s|net use|<auth-user|on >|login=|slack:|_key|_salt".split(b"|")),
    coarse=rb"register[ \t]*=>|thin:|slack: |_(?:key|salt)['\"],|" + _PLACES,
)

# Those of the engine's plugins; the rest is for our own detectors alone.
ENGINE_GROUPS: tuple[Group, ...] = (
    _ENGINE_WORDS,
    _QUOTED_RUNS,
    _ASSIGNED_RUN,
    _SPACED_ASSIGNMENT,
    _USERINFO,
    _PREFIXED,
    *_SHAPED,
)
GROUPS: tuple[Group, ...] = (
    *ENGINE_GROUPS,
    _OWN_WORDS,
    _LAST_WORDS,
    _LONG_KEYS,
    _SHORT_FLAGS,
    _FIELDS,
    _PASS,
)
