"""A token, a false alarm, a configuration format and a report are one change in one file: made in a copy of the package."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scan_values import LETTERS, SEED, Values

VALUES = Values(SEED)
PACKAGE = Path(__file__).parents[2] / "src" / "k6ci"


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "k6ci", ignore=shutil.ignore_patterns("__pycache__", "emulator"))
    (tmp_path / "files").mkdir()
    return tmp_path


def scan(copy: Path, path: str, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (copy / "files" / path).write_text(text)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    argv = [sys.executable, "-m", "k6ci", "scan", *arguments, path]
    return subprocess.run(argv, cwd=copy / "files", capture_output=True, text=True, check=False, env=environment)


def change(copy: Path, file: str, before: str, after: str) -> None:
    path = copy / "k6ci" / "secretscan" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, (file, before)
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_token_of_a_new_vendor_is_a_line(copy):
    """Keyword, pattern, the vendor's name in the reason and where to revoke it come from that line."""
    text = f"see acmetok_{VALUES.of(LETTERS, 40)} for that\n"
    assert scan(copy, "notes.txt", text).returncode == 0
    line = '{ id = "acme", vendor = "Acme", prefix = "acmetok_", alphabet = "base62", length = 40, revoke = "https://acme.io/keys" },\n'
    change(copy, "vendors.toml", "[tokens]\nlist = [\n", f"[tokens]\nlist = [\n{line}")
    done = scan(copy, "notes.txt", text)
    assert done.returncode == 1
    assert "Acme token" in done.stdout
    assert "https://acme.io/keys" in done.stdout


def test_a_false_alarm_is_silenced_by_a_rule(copy):
    """A section, with its pattern and its examples."""
    text = f"api_token: acme-ref-{VALUES.mixed(24)}\n"
    assert scan(copy, "app.yml", text).returncode == 1
    rule = "[acme reference]\nbegins = ^acme-ref-\nmatches = acme-ref-1\nothers = acme1\n\n"
    change(copy, "heuristics/false_positives/words.ini", "[words]\n", f"{rule}[words]\n")
    assert scan(copy, "app.yml", text).returncode == 0
    assert "false-positive rule `acme reference`" in scan(copy, "app.yml", text, "--explain", "app.yml:1").stdout


def test_a_text_that_looks_like_an_assignment_is_a_section(copy):
    """What stands before the name, and an example."""
    text = f"acme-ref api_token: {VALUES.mixed(24)}\n"
    assert scan(copy, "app.conf", text).returncode == 1
    rule = "[other: Acme]\nbefore = acme-ref $\nexample = acme-ref ▸token▸: ▸x9▸\n\n"
    change(copy, "detectors/assignments.ini", "[other: working folder]\n", f"{rule}[other: working folder]\n")
    assert scan(copy, "app.conf", text).returncode == 0


def test_a_format_of_credentials_is_a_section(copy):
    """Its names, its lines, and the reason."""
    text = "host|ann|monkey\n"
    assert scan(copy, ".acmelogins", text).returncode == 0
    section = "[acme]\nnames = acmelogins\nline = ^\\w+\\|\\w+\\|(?P<value>\\S{3,99})$\nreason = a login of Acme\nexample = h|u|p1\n\n"
    change(copy, "detectors/credential_files.ini", "[pgpass]\n", f"{section}[pgpass]\n")
    done = scan(copy, ".acmelogins", text)
    assert done.returncode == 1
    assert "A login of Acme." in done.stdout


def test_a_call_that_takes_a_password_is_a_section(copy):
    """Its keyword, its pattern, its reason, and an example."""
    text = f'acme_open("host", "{VALUES.password()}")\n'
    assert scan(copy, "app.py", text).returncode == 0
    section = '[calls: Acme]\nkeywords = acme_open(\npattern = \\bacme_open\\({FIRST}(?P<raw>{QUOTED})\nreason = Acme gets a literal password\nexample = acme_open("h", "x")\n\n'
    change(copy, "detectors/rules/calls.ini", "# The user first,", f"{section}# The user first,")
    done = scan(copy, "app.py", text)
    assert done.returncode == 1
    assert "Acme gets a literal password." in done.stdout


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("heuristics/vocabulary.ini", "password = clave ", "password = acmeword clave "),
        ("heuristics/vocabulary.ini", "token = token ", "token = acmeword token "),
        ("heuristics/vocabulary.ini", "weak = key ", "weak = acmeword key "),
        ("heuristics/vocabulary.ini", "glued = password ", "glued = acmeword password "),
        ("heuristics/vocabulary.ini", "foreign = contraseña ", "foreign = acmeword contraseña "),
        ("heuristics/vocabulary.ini", "pairs of password = ", "pairs of password = ib_acmeword "),
        (
            "heuristics/names.ini",
            "[weak]\n",
            "[acme]\nlast = acmeword\nkind = password\nexample = my_acmeword\n\n[weak]\n",
        ),
    ],
)
def test_a_word_in_names_of_secrets_is_a_word_of_a_list(copy, file, before, after):
    """The prefilter knows it, too: alone in a file, and with the value on the line below."""
    texts = {
        ".env": f"IB_ACMEWORD={VALUES.mixed(24)}\n",
        "app.yml": f"- name: IB_ACMEWORD\n  value: {VALUES.mixed(24)}\n",
        "app.js": f"const ib_acmeword = '{VALUES.mixed(24)}';\n",
    }
    assert [scan(copy, path, text).returncode for path, text in texts.items()] == [0, 0, 0]
    change(copy, file, before, after)
    assert [scan(copy, path, text).returncode for path, text in texts.items()] == [1, 1, 1]


def test_a_configuration_format_is_a_suffix(copy):
    """Files of YAML under another name are read with their structure."""
    encoded = base64.b64encode(VALUES.mixed(30).encode()).decode()
    text = f"kind: Secret\ndata:\n  acme.conf: {encoded}\n  x-key: y\n"
    assert scan(copy, "deploy.acmeconf", text).returncode == 0
    change(copy, "inputs/file_types.ini", "yaml = yaml ", "yaml = acmeconf yaml ")
    assert scan(copy, "deploy.acmeconf", text).returncode == 1


def test_a_report_is_a_template(copy):
    """Its name is that of the format, also in the help and for every option that takes one."""
    text = f"api_token: {VALUES.mixed(24)}\n"
    assert scan(copy, "app.yml", text, "--format", "places").returncode == 2
    template = '{"for each of": "findings", "show": {"place": "{path}:{line}", "line": "{line}"}}'
    (copy / "k6ci" / "secretscan" / "report" / "formats" / "places.json").write_text(template)
    done = scan(copy, "app.yml", text, "--format", "places")
    assert (done.returncode, json.loads(done.stdout)) == (1, [{"place": "app.yml:1", "line": 1}])
    assert "places" in scan(copy, "app.yml", text, "--help").stdout
