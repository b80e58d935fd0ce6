"""Logins in one value, settings of network devices, and files that are a secret: fresh values on every run (K11, K17)."""

from __future__ import annotations

import pytest

from scan_rows import found_rules, missed, silent
from scan_values import HEX, SEED, WORDS, Values

VALUES = Values(SEED)
LOGINS = {
    "neo4j in a list": ("docker-compose.yml", "services:\n  n:\n    environment:\n      - NEO4J_AUTH=neo4j/VALUE"),
    "neo4j in a map": ("docker-compose.yml", "    environment:\n      NEO4J_AUTH: neo4j/VALUE"),
    "neo4j as name and value": ("x.yaml", "env:\n- name: NEO4J_AUTH\n  value: neo4j/VALUE"),
    "neo4j in shell": ("x.sh", "docker run -e NEO4J_AUTH=neo4j/VALUE neo4j"),
    "credentials": (".env", "ADMIN_CREDS=ann:VALUE"),
    "login": (".env", "ADMIN_LOGIN=ann:VALUE"),
    "quoted": (".env", 'export ADMIN_LOGIN="ann:VALUE"'),
    "several": (".env", "BASIC_AUTH_USERS=ann:VALUE,bob:VALUE"),
    "bundler": (".bundle/config", '---\nBUNDLE_GEMS__ACME__IO: "ann:VALUE"'),
    "elastic": (".env", "ES_AUTH=elastic:VALUE"),
    "yaml": ("x.yml", "proxy:\n  auth: ann:VALUE"),
    "json": ("x.json", '{\n  "auth": "ann:VALUE",\n  "port": 80\n}'),
    "redis": (".env", "REDISCLI_AUTH=VALUE"),
    "redis in shell": ("x.sh", "export REDISCLI_AUTH='VALUE'"),
}
LOGINS_SILENT = [
    ".env: ADMIN_LOGIN=https://ann:8080/login2", ".env: API_AUTH=sha256:0a1b2c3d4e5f6a7b8c9d", ".env: ES_AUTH=${USER}:${PASS}", ".env: ES_AUTH=elastic:${ELASTIC_PASSWORD1}",
    ".env: ADMIN_LOGIN=ann:changeme", ".env: WEB_AUTH=basic:realm12345", "x.yml: auth: keycloak:21.0.2-debian1", "x.yml: auth: acme/auth:release12", ".env: SSO_LOGIN=localhost:8080",
    "x.yml: auth: ann:<password1>", "x.yml: image_auth: registry:2.8.1-alpine3", ".env: NEO4J_AUTH=none", ".env: NEO4J_AUTH=neo4j/$PASSWORD1", ".env: NEO4J_AUTH=neo4j/changeme",
    ".bundle/config: BUNDLE_PATH: vendor/bundle2", '.bundle/config: BUNDLE_JOBS: "4"', ".bundle/config: BUNDLE_MIRROR__GEMS: https://gems.acme.io:8443", ".env: LAST_LOGIN=2024-01-01:12345678",
    ".env: REDISCLI_AUTH=$REDIS_PASSWORD", "x.yml: auth: {{ user1 }}:{{ password12 }}", "a.md: auth: ann:walnut12345",
]  # fmt: skip
DEVICES = {
    "community": ("router.cfg", "snmp-server community VALUE RO"),
    "community alone": ("switch.conf", "snmp-server community VALUE"),
    "line": ("router.cfg", "line vty 0 4\n password 0 VALUE"),
    "tacacs": ("router.cfg", "tacacs-server host 10.0.0.3 key VALUE"),
    "radius": ("router.cfg", "radius-server key 0 VALUE"),
    "isakmp": ("router.cfg", "crypto isakmp key VALUE address 10.0.0.3"),
    "ikev1": ("asa.cfg", " ikev1 pre-shared-key VALUE"),
    "ikev2": ("asa.cfg", " ikev2 remote-authentication pre-shared-key VALUE"),
    "neighbor": ("router.cfg", " neighbor 10.0.0.3 password VALUE"),
    "key chain": ("router.cfg", "key chain c\n key 1\n  key-string VALUE"),
    "role": ("nexus.cfg", "username ann privilege 15 role network-admin secret 0 VALUE"),
    "junos": ("r.set", "set system radius-server 10.0.0.3 secret VALUE"),
    "junos in quotes": ("r.set", 'set security ike policy p pre-shared-key ascii-text "VALUE"'),
    "fortigate": ("fg.conf", 'config user local\n    edit "ann"\n        set passwd VALUE'),
    "fortigate vpn": ("fg.conf", "        set psksecret VALUE"),
    "vyos": ("x.sh", "set system login user ann authentication plaintext-password 'VALUE'"),
    "vpnc": ("vpnc.conf", "Xauth username ann\nXauth password VALUE"),
    "vpnc group": ("vpnc.conf", "IPSec ID g\nIPSec secret VALUE"),
    "telegraf": ("telegraf.conf", '[[inputs.snmp]]\n  community = "VALUE"'),
}
DEVICES_SILENT = [
    " password 7 0822455D0A16", "enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0", "username ann secret 9 $9$abcdEFGH12345678", "tacacs-server host 10.0.0.3 key 7 0822455D0A16",
    "radius-server key 7 104D000A0618", "crypto isakmp key 6 ABCdef123456 address 10.0.0.3", " neighbor 10.0.0.3 password 7 13061E010803", "  key-string 7 070C285F4D06", "snmp-server community public RO",
    "snmp-server community private RW", "set passwd ENC AK1abc123456", "set psksecret ENC abc1234567", 'set security ike policy p pre-shared-key ascii-text "$9$abc123456"', "tacacs-server key <key1>", "set passwd $PASSWORD1",
    " ikev1 pre-shared-key *****", 'community = "public"', "crypto isakmp policy 10", " password encryption 0", "snmp-server host 10.0.0.3 version 2c",
]  # fmt: skip
FILES = {
    "rsync": ("etc/rsyncd.secrets", "ann:VALUE"),
    "vault": (".vault_pass", "VALUE"),
    "vault as text": ("ansible/vault_pass.txt", "VALUE"),
    "compose": ("secrets/db_password.txt", "VALUE"),
    "compose elsewhere": ("postgres_password.txt", "VALUE"),
    "compose without a suffix": ("secrets/db_password", "VALUE"),
}
FILES_SILENT = [
    ("rsyncd.secrets", "# ann:password"), ("rsyncd.secrets", "ann:<password>"), (".vault_pass", "$ANSIBLE_VAULT;1.1;AES256"), (".vault_pass", "#!/bin/sh\npass show vault1"),
    ("secrets/db_password.txt", "${DB_PASSWORD1}"), ("docs/common_password.txt", "walnut12\ntulip2024"), ("config/master.key", "<%= key %>"), (".vault_pass", "changeme"),
]  # fmt: skip


def chosen() -> str:
    """What people choose: two words, digits and a sign; or what a generator gives."""
    first, second = VALUES.random.sample(WORDS, 2)
    human = f"{first.title()}{second.title()}{VALUES.random.randrange(11, 99)}{VALUES.random.choice('!+*')}"
    return VALUES.random.choice([human, f"{VALUES.password()}7"])


def test_k11_logins_in_one_value():
    """A few names were known, without quotes."""
    assert missed(LOGINS, chosen) == []
    assert found_rules([tuple(one.split(": ", 1)) for one in LOGINS_SILENT]) == []


def test_k11_settings_of_network_devices():
    """Where the number before the value does not say that it is a hash."""
    assert missed(DEVICES, chosen) == []
    assert found_rules([("router.cfg", line) for line in DEVICES_SILENT]) == []


def test_k17_files_that_are_the_secret():
    """No name stands before the value: that of the file tells."""
    assert missed(FILES, chosen) == []
    assert silent([("config/master.key", VALUES.of(HEX, 32)), ("app/config/master.key", VALUES.of(HEX, 32))]) == []
    assert found_rules(FILES_SILENT) == []


@pytest.mark.parametrize(
    "body",
    [
        "49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv",
        "3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl",
        "1h8aps2yszaiqmz2l3oc5392pgk8e49qhx2aj3nyv0ui0hez2a",
    ],
)
def test_k8_tokens_of_the_documentation_of_docker(body):
    """Everybody's first swarm."""
    last = VALUES.of("abcdefghij0123456789", 25)
    assert found_rules([("a.sh", f"docker swarm join --token SWMTKN-1-{body}-{last} 10.0.0.2:2377")]) == []
    made = VALUES.of("abcdefghij0123456789", 50)
    assert silent([("a.sh", f"docker swarm join --token SWMTKN-1-{made}-{last} 10.0.0.2:2377")]) == []
