"""Noise, measured where nobody put a secret on purpose: the installed Python's own library, and this repository.

Each finding in the library was looked at; the table says what it is. A new Python may bring a line more or less, and at
most twenty in all.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from k6ci.secretscan.file_scan import scan_content
from k6ci.secretscan.inputs.content import read_file, walk

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]

# The end of the path, and what is there. None of it is a false alarm by its form: somebody wrote a credential down, for
# a test or an example.
EXPLAINED = {
    "test/certdata/": "private keys of the TLS tests, as real as any; nobody trusts them",
    "test/test_ssl.py": "the password of such a key",
    "test/test_smtplib.py": "`smtp.password = '…'` with a word in it",
    "test/test_urllib2_localnet.py": '`PASSWD = "…"` of a test server',
    "test/test_urllib2net.py": "a password of a test that was commented out",
    "test/test_urllib2.py": "user and password of a test server",
    "test/test_nntplib.py": "same",
    "test/test_imaplib.py": "same",
    "urllib/request.py": "the example in the module's docstring: `passwd='…'` with a sign in it",
}
AT_MOST = 20


def test_the_library_of_python_gives_twenty_lines_at_most():
    """Nobody learns to ignore what is seldom wrong."""
    library = sysconfig.get_path("stdlib")
    found = []
    for path in walk([library]):
        content = None if "site-packages" in path else read_file(path).content
        if content is not None:
            found += [(path.removeprefix(f"{library}/"), one.line, one.rule) for one in scan_content(path, content)]
    assert len({(path, line) for path, line, _ in found}) <= AT_MOST, found
    unexplained = [one for one in found if not one[0].startswith(tuple(EXPLAINED))]
    assert unexplained == []


def test_this_repository_is_clean():
    """What we ask of others: no finding, and no baseline that hides one."""
    root = Path(__file__).parents[2]
    assert not (root / ".k6ci-secrets.baseline").exists()
    found = []
    for folder in ("src", "tests", "docs", "examples", "action", "bench", "ci_templates", "tools"):
        for path in walk([str(root / folder)]):
            content = read_file(path).content
            found += [] if content is None else [(path, one.line) for one in scan_content(path, content)]
    assert found == []
