"""What is required of others: every dependency has a lower bound, CI tests with it, and locks name no registry."""

import re
import tomllib

from emulation import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_dependency_has_a_lower_bound():
    """`make lowest` could not show anything about one without."""
    extras = PROJECT["optional-dependencies"].values()
    words = [*PROJECT["dependencies"], *(word for extra in extras for word in extra)]
    for word in (word for word in words if not word.startswith("k6ci[")):
        assert re.match(r"[a-z0-9-]+(>=|==)\d", word), word


def test_ci_tests_with_the_lowest_versions():
    assert re.search(r"^make .*\blowest\b", (ROOT / ".ci" / "run").read_text(), flags=re.MULTILINE)
    assert "--resolution lowest-direct" in (ROOT / "Makefile").read_text()


def test_locks_name_no_registry_and_no_file():
    """Hashes say what is meant; where it comes from is the installer's setting."""
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text, path.name
        assert "--index-url" not in text, path.name
        assert all(" \\" in line for line in text.splitlines() if re.match(r"[a-z]", line, flags=re.IGNORECASE)), (
            path.name
        )
