"""Credentials given as arguments: `login("user", "…")`, `setPassword("…")`, `IDENTIFIED BY '…'`, `auth=("user", "…")`.

What comes there is a password by its position, so a word is one, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import QUOTED, Candidate, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind
from k6ci.secretscan.heuristics.text_shapes import is_words
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import VALUE, VALUE_COARSE, Pattern, words

TRIGGERS = (
    words(
        "passw login( auth credential signin sign_in userpass userpwd identified securestring tochararray jwt secret"
        " api_key",
        VALUE,
        VALUE_COARSE,
    ),
    words(
        "mysqli( connect( pdo( ftp( ftp_tls( signwith( bind( bind_s( sequelize( awscredentials( oauthhandler"
        " buffer.from b64encode( btoa( real_connect( amqpstreamconnection( directoryentry( getconnection( singleton("
        " ->connect( ftp_login( ldap_bind( oauth1",
        rb"[^\n]{8}",
    ),
    words("setpass withpass .pass basic_auth htpasswd omniauth base64 buildconfigfield username_pw", rb"[^\n]{6}"),
)

_FIRST = (
    r"\s{0,4}(?:[\"'`][^\"'`\n]{0,200}[\"'`](?:\.(?:into|to_string|to_owned)\(\))?|"
    r"[\w.$\->\[\]]{1,80}(?:\(\))?)\s{0,4},\s{0,4}"
)
# The user first, or the server and then the user; the name of the call says which.
_PAIR = Pattern(
    r"(?i)(?:\b(?:login|authenticate(?:async)?|signin|sign_in|(?:HTTP)?(?:Basic|Digest)Auth|"
    r"NetworkCredential|PasswordAuthentication|"
    rf"UsernamePassword(?:Credentials|Token)|(?:with)?_?basic_?auth(?:entication)?|username_pw_set|"
    rf"setSaslAuthData|set_?basic_?auth|ftp_login|simple_bind(?:_s)?|"
    rf"bind|PSCredential)(?:\s{{0,2}}\(|\s{{1,2}}(?=[\"'`]))|\.(?:auth|basic)\(\[?|auth\s?=\s{{0,2}}\(?|"
    rf"basic_auth:\s?\[|\bauthorize\s){_FIRST}"
    rf"(?P<raw>{QUOTED})"
)
_CONNECT = Pattern(
    r"(?i)\b(?:mysqli?_p?connect|mysqli|PDO|getConnection|ConnectionPool\.singleton|(?:pymysql|MySQLdb|"
    r"cx_Oracle|oracledb|psycopg2|pymssql)\.connect|DirectoryEntry|"
    rf"ftp_connect|DB::connect|ftp_login|ssh2_auth_password|ldap_bind|real_connect|Sequelize|DBI->connect|"
    rf"PlainAuth|keyring\.set_password|FTP(?:_TLS)?)\s{{0,2}}\({_FIRST}{_FIRST}(?P<raw>{QUOTED})"
)
_SETTER = Pattern(
    rf"(?i)(?:(?:\b|(?<=[a-z]))(?:set|with)|\.)_?(?:\w{{1,30}}?)?pass(?:word|wd|"
    rf"phrase)\s{{0,2}}\(\s{{0,2}}(?P<raw>{QUOTED})\s{{0,2}}[),]"
)
_BRIEF = r"\s?[\"'][^\"'\n]{0,60}[\"'],\s?"
_FOURTH = Pattern(
    rf"\b(?:mysql_real_connect\(\w{{1,40}},{_BRIEF}{_BRIEF}|AMQPStreamConnection\({_BRIEF}\d{{2,5}},{_BRIEF}|"
    rf"Credentials\({_BRIEF}{_BRIEF}{_BRIEF}|connect\((?:[\w.]{{1,40}},|"
    rf"{_BRIEF})\s?\d{{1,5}},{_BRIEF})(?P<raw>{QUOTED})"
)
_CHARACTERS = Pattern(
    rf"(?P<raw>{QUOTED})\.toCharArray\(|(?:redis|jedis|client|conn)\w{{0,10}}\.auth\((?P<own>{QUOTED})\)"
)
_KEYS = Pattern(
    rf"(?:AWSCredentials|Credentials(?:\.|::)new|OAuthHandler|OAuth1(?:Session)?)\s{{0,2}}\({_FIRST}(?P<raw>{QUOTED})|"
    # `config.omniauth :github, "id", "secret"`
    rf"\bomniauth[ (]\s?:\w{{1,40}},\s{{0,4}}{_FIRST}(?P<own>{QUOTED})|"
    # `buildConfigField "String", "API_KEY", '"…"'`
    rf"\bbuildConfigField[ (]\s?{_FIRST}[\"']\w{{0,40}}(?:KEY|TOKEN|SECRET|PASSWORD)[\"'],\s?"
    r"(?P<field>'\"[^\"'\n]{4,200}\"'|\"\\\"[^\"'\n]{4,200}\\\"\")"
)
_SIGNED = Pattern(
    rf"(?i)\b(?:jwt\.(?:sign|verify|encode|decode)|signWith)\s{{0,2}}\("
    rf"{_FIRST}(?P<raw>{QUOTED})"
)
_SIGNED_OBJECT = Pattern(rf"\bjwt\.sign\s{{0,2}}\(\s?\{{[^{{}}\n]{{0,200}}\}},\s?(?P<raw>{QUOTED})")
_JOINED = Pattern(
    r"(?i)(?:b64encode\s?\(|btoa\s?\(|encodebase64\s?\(|base64(?:\.\w{1,20})?\s?\(|Buffer\.from\s?\(|"
    r"CURLOPT_USERPWD\s?,)\s?b?[\"'`](?P<user>[\w.@\-]{1,60}):(?P<raw>[^\s\"'`]{3,100})[\"'`]|"
    r"(?:^|[\s,{(])(?:[\w.]{0,30}auth|credentials|user(?=\s?=)|basic_?auth|userpwd|"
    r"userpass)[\"']?\s{0,4}[:=]\s{0,4}[\"'`](?P<name>[\w.@\-]{1,60}):(?P<own>[^\s\"'`]{3,100})[\"'`]"
)
# `user, password = "…", "…"`, also as Perl and PHP write it.
_UNPACKED = Pattern(
    rf"(?i)(?:user(?:name)?|login)\s?,\s?\$?\w{{0,20}}?(?:pass(?:word|wd)?|pw|"
    rf"pwd)\)?\s{{0,4}}=\s{{0,4}}\(?\s?{_FIRST}(?P<raw>{QUOTED})"
)
# `"%s:%s" % ("user", "…")` in base64.
_FORMATTED = Pattern(rf"[\"']%s:%s[\"']\s?%\s?\({_FIRST}(?P<raw>{QUOTED})")
_SECURE_STRING = Pattern(rf"(?i)ConvertTo-SecureString\s{{1,4}}(?:-String\s{{1,4}})?(?P<raw>{QUOTED})")
# debconf: `mysql-server/root_password password …`, and `htpasswd -b file user …`.
_PRESEED = Pattern(
    r"(?:password(?:[_\-]again)?\s{1,4}password|"
    r"htpasswd\s{1,4}-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}"
    r"(?:\s{1,4}-c)?\s{1,4}\S{1,80}\s{1,4}[\w.@\-]{1,60})\s{1,4}(?P<raw>[^\s\"'`|;]{4,100})"
)
# Each with what a line must hold for it, in lower case.
_PATTERNS = (
    (",", _PAIR, "the login call gets a literal password"),
    ("(", _CONNECT, "the connection call gets a literal password"),
    ("(", _FOURTH, "the last argument is a literal password"),
    ("pass", _SETTER, "the setter gets a literal password"),
    (",", _UNPACKED, "a user and a password are assigned literals"),
    ("%s:%s", _FORMATTED, "a literal user and password are joined"),
    ("securestring", _SECURE_STRING, "a secure string is made from a literal"),
)
# What a line must hold at all for any of these, in lower case.
_DIGIT = Pattern(r"[0-9]")
_WORDS = (
    "pass auth login signin sign_in credential connect mysqli pdo identified securestring b64 btoa base64 jwt"
    " signwith ftp tochararray bind oauth sequelize userpwd buffer.from"
    " buildconfigfield username_pw sasl mysql_real amqpstream _pw directoryentry"
).split()


def find(context: LineContext) -> Iterator[Candidate]:
    """The credentials that stand as arguments on one line."""
    line = context.line
    lowered = context.lowered
    if context.kind is FileKind.LABELS or not any(word in lowered for word in _WORDS):
        return
    for needed, pattern, reason in _PATTERNS:
        for match in pattern.finditer(line) if needed in lowered else ():
            yield from _check(match, context, reason)
    if "(" in line or "omniauth" in lowered or "buildconfig" in lowered:
        yield from _called(context)
    yield from _joined(context)
    for match in _PRESEED.finditer(line) if "passw" in lowered else ():
        yield from _check(match, context, "a prepared answer contains a password")


def _called(context: LineContext) -> Iterator[Candidate]:
    """What calls of other kinds take."""
    line = context.line
    yield from _signed(context)
    for match in _CHARACTERS.finditer(line):
        group = "raw" if match["raw"] else "own"
        value = unquote(match[group], match.start(group))
        if _DIGIT.search(value.text) and is_secret(value.text, NameKind.PASSWORD, Confidence.CODE):
            reason = "a password is made from a literal"
            yield Candidate(context.number, value.start + 1, value.text, "assigned-password", reason)
    for match in _KEYS.finditer(line):
        group = next(name for name in ("raw", "own", "field") if match[name])
        value = unquote(match[group], match.start(group))
        if group == "field":
            value = unquote(value.text, value.start)
        if is_secret(value.text, NameKind.TOKEN, Confidence.CODE):
            reason = "the last argument is a literal secret key"
            yield Candidate(context.number, value.start + 1, value.text, "assigned-token", reason)


def _signed(context: LineContext) -> Iterator[Candidate]:
    for match in (*_SIGNED.finditer(context.line), *_SIGNED_OBJECT.finditer(context.line)):
        value = unquote(match["raw"], match.start("raw"))
        if is_secret(value.text, NameKind.PHRASE, Confidence.CODE):
            reason = "tokens are signed with a literal secret"
            yield Candidate(context.number, value.start + 1, value.text, "assigned-token", reason)


def _joined(context: LineContext) -> Iterator[Candidate]:
    for match in _JOINED.finditer(context.line):
        group = "raw" if match["raw"] else "own"
        value = match[group]
        if value != match["user"] and is_secret(value, NameKind.PASSWORD, Confidence.LOGIN):
            reason = "a literal user and password are joined"
            yield Candidate(context.number, match.start(group) + 1, value, "assigned-password", reason)


def _check(match: re.Match[str], context: LineContext, reason: str) -> Iterator[Candidate]:
    value = unquote(match["raw"], match.start("raw"))
    # Tests call these with words for names of things: a word alone says too little in code.
    is_word = is_words(value.text) and not re.search(r"[0-9]|[a-z][-_.][a-z]{2,}[-_.][a-z]", value.text)
    if context.kind is FileKind.CODE and is_word:
        return
    if is_secret(value.text, NameKind.PASSWORD, Confidence.LOGIN):
        yield Candidate(context.number, value.start + 1, value.text, "assigned-password", reason)
