"""Files that contain nothing but credentials: one row per format, with the names of its files.

A value in such a file is a secret even when it is weak. To support another format, add a row.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from k6ci.secretscan.inputs.file_types import FileKind, file_kind


class CredentialFormat(NamedTuple):
    """A format without names before its values: `line` matches a line of a file whose base name `names` matches.

    Its group `value` is a password, base64 of one, or the hash of one, as `encoding` says; `example` is such a line.
    """

    names: str
    line: str
    reason: str
    example: str
    encoding: str = "plain"


FORMATS: tuple[CredentialFormat, ...] = (
    CredentialFormat(
        r"^\.?pgpass",
        r"^#?\s?[\w.*\-/]{1,200}:(?:\d{1,5}|\*):[^:\n]{1,200}:[^:\n]{1,200}:(?P<value>(?:[^\\\n]|\\.){3,200})$",
        "the last field of a `.pgpass` line is a password",
        "db:5432:app:ann:changeme1",
    ),
    CredentialFormat(
        r"^[._]?netrc|^[._]?authinfo|fetchmailrc",
        r"(?:^|\s)(?:password|passwd|pass)\s{1,20}\"?(?P<value>[^\s\"]{3,200})",
        "a `.netrc` entry with a password",
        "machine acme.io login ann password changeme1",
    ),
    CredentialFormat(
        r"(?:mbsync|isync|msmtp|esmtp|getmail)rc",
        r"(?i)^\s{0,20}pass(?:word)?\s{1,8}=?\s{0,8}\"?(?P<value>[^\s\"=]{3,200})\"?\s{0,8}$",
        "a mail client's password",
        "Pass changeme1",
    ),
    CredentialFormat(
        r"^[._]?curlrc",
        r"^\s{0,8}-{0,2}(?:user|u|U|proxy-user)(?:\s{0,4}[=:]\s{0,4}|\s{1,8})[\"']?"
        r"[\w.@\-]{1,80}:(?P<value>[^\s\"']{3,200})",
        "a login of curl",
        'user = "ann:changeme1"',
    ),
    CredentialFormat(
        r"(?:ch|p)ap-secrets|davfs2?.{0,8}secrets$",
        r"^[^\s#]{1,120}\s{1,20}\S{1,80}\s{1,20}\"?(?P<value>[^\s\"]{3,200})",
        "a login with its secret",
        "ann * changeme1 *",
    ),
    CredentialFormat(
        r"ipsec.{0,20}\.secrets",
        r"\b(?:PSK|XAUTH|EAP|NTLM)\s{1,20}\"(?P<value>[^\"\n]{3,200})\"",
        "an IPsec shared secret",
        ': PSK "changeme1"',
    ),
    CredentialFormat(
        r"sasl_?pass|(?:relay|smtp)_?(?:pass|auth)|passw(?:or)?d_?maps?",
        r"^\[?[\w.\-]{3,100}\]?(?::\d{1,5})?\s{1,20}[\w.@\-]{1,80}:(?P<value>[^\s]{3,200})$",
        "the login of a mail relay",
        "[mail.acme.io]:587 ann:changeme1",
    ),
    CredentialFormat(
        r"^passwd\.client",
        r"^[^#:\s]{1,200}:[^:\s]{1,100}:(?P<value>\S{3,200})$",
        "the login of a mail relay",
        "mail.acme.io:ann:changeme1",
    ),
    # A word list breaks MD5, SHA-1 and the old crypt in hours; the slow hashes of weak passwords fall, too.
    CredentialFormat(
        r"(?:htpasswd|shadow|passwd|proftpd)[\w.\-]{0,20}$|\.htp",
        r"^[\w.@\-]{1,64}:(?P<value>\$(?:apr1|1|5|6|y|2[abxy])\$[^\s:]{8,200}|\{SHA\}[A-Za-z0-9+/=]{28}|"
        r"[A-Za-z0-9./]{13})(?::|$)",
        "a password hash that can be cracked offline",
        "ann:$apr1$x9$0123456789",
        "hash",
    ),
    CredentialFormat(
        r"(?:htpasswd|passwd)[\w.\-]{0,20}$|\.htp",
        r"^#?[\w.@\-]{1,64}:\{(?:PLAIN|CLEAR|CLEARTEXT)\}(?P<value>[^\s:]{4,200})(?::|$)",
        "a password in plain text",
        "ann:{PLAIN}changeme1",
    ),
    CredentialFormat(
        r"^userlist\.txt$",
        r"^\"[^\"\n]{1,64}\"\s{1,20}\"(?!md5[0-9a-f]{32}|SCRAM-)(?P<value>[^\"\n]{4,200})\"",
        "a password in PgBouncer's user list",
        '"ann" "changeme1"',
    ),
    CredentialFormat(
        r"\.ldif$",
        r"^userPassword::\s{0,4}(?P<value>[A-Za-z0-9+/=]{4,300})$",
        "a base64-encoded password",
        "userPassword:: Y2hhbmdlbWU=",
        "base64",
    ),
    CredentialFormat(
        r"^(?:sitemanager|recentservers|filezilla)[\w.\-]{0,20}\.xml$",
        r"<Pass encoding=\"base64\">(?P<value>[A-Za-z0-9+/=]{4,300})</Pass>",
        "a base64-encoded password",
        '<Pass encoding="base64">Y2hhbmdlbWU=</Pass>',
        "base64",
    ),
)
# Settings of clients (mail, FTP, IRC, databases, package indexes) whose values have names.
_SETTINGS = (
    r"^[._]?(?:my\.cnf|pg_service\.conf|offlineimaprc|muttrc|wgetrc|pypirc|s3cfg|boto|smbcredentials|ftpconfig|"
    r"remote-sync\.json|sftp(?:-config)?\.json|ftp-?(?:sync|simple)?\.json|lftprc|ncftp|"
    r"znc\.conf|irc\.conf|servlist\.conf|irssi|weechat|winscp\.ini|robomongo\.json|credentials-config\.json|"
    r"dbeaver|data-?sources(?:\.local)?\.(?:xml|json)|connections\.(?:xml|json)|portable_settings|rclone\.conf|"
    r"ssmtp\.conf|passwd-s3fs|dockercfg|git-credentials)"
)
_NAMES = re.compile("|".join(f"(?:{names})" for names in (*(one.names for one in FORMATS), _SETTINGS)))


def _name_of(path: str) -> str:
    return os.path.basename(path).lower()[-80:]


def formats_of(path: str) -> list[CredentialFormat]:
    """The formats of a file by its name; they apply to all of its lines, because no keyword precedes the values."""
    return [one for one in FORMATS if re.search(one.names, _name_of(path))] if is_credential_file(path) else []


def is_credential_file(path: str) -> bool:
    """True for files that contain nothing but credentials, by their names."""
    return _NAMES.search(_name_of(path)) is not None and file_kind(path) is not FileKind.CODE  # `netrc.py` reads them
