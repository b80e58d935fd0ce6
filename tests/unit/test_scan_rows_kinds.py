"""What the path of a file says about it, wrongly in some of these rows: fresh values on every run (K11, K17)."""

from __future__ import annotations

import pytest

from scan_rows import found_rules, silent
from scan_values import SEED, WORDS, Values

VALUES = Values(SEED)


def chosen() -> str:
    """What people choose: two words, digits and a sign."""
    first, second = VALUES.random.sample(WORDS, 2)
    return f"{first.title()}{second.title()}{VALUES.random.randrange(11, 99)}{VALUES.random.choice('!+*')}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".kube/config", "users:\n- name: x\n  user:\n    username: ann\n    password: {}"),
        ("home/.kube/config", "- user:\n    username: ann\n    password: {}"),
        (".snowsql/config", "[connections]\naccountname = acme\nusername = ann\npassword = {}"),
        (".rclone/config", "[sftp]\nhost = h1.acme.io\nuser = ann\npassword = {}"),
        ("config", "user = ann\npassword = {}"),
        (".ssh/config", "# password: {}\nHost x"),
    ],
)
def test_k17_a_file_named_config_is_configuration(path, text):
    """It was taken for XML because `web.config` is."""
    assert silent([(path, text.format(chosen())) for _ in range(4)]) == []
    assert found_rules([(path, text.format(one)) for one in ("${DB_PASSWORD}", "changeme", "<password>")]) == []
    assert found_rules([("web.config", "The password goes in here: it must be long")]) == []


@pytest.mark.parametrize(
    "folder",
    ["environments", "inventories/prod", "config", "group_vars", "deploy/regions", "helm/values", "charts/shop"],
)
@pytest.mark.parametrize("country", ["uk", "fr", "no", "de", "it-staging", "en_GB"])
def test_k17_a_country_below_a_folder_of_settings_is_no_language(folder, country):
    """`environments/uk.yaml` was taken for a text in Ukrainian."""
    for suffix, text in (
        ("yaml", "db:\n  host: h1.acme.io\n  user: ann\n  password: {}"),
        ("json", '{{"user": "ann", "password": "{}"}}'),
    ):
        assert silent([(f"{folder}/{country}.{suffix}", text.format(chosen()))]) == []


def test_k17_texts_in_a_language_stay_texts():
    """By their folder, by their first line, and by their name elsewhere."""
    text = "login:\n  user: Benutzer\n  password: Passwort2"
    paths = [
        "config/locales/de.yml",
        "src/i18n/config/uk.json",
        "app/de.yml",
        "environments/lang/no.yaml",
        "translations/fr.yml",
        "fr.yaml",
    ]
    assert found_rules([(path, text) for path in paths]) == []
    assert found_rules([(f"config/{each}.yml", f"{each}:\n  password: Passwort2") for each in ("de", "uk", "no")]) == []
