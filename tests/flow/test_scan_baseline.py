"""Baselines: what is known is left alone, branches merge, and what is gone is forgotten."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from k6ci.secretscan.suppression.baseline import Baseline, load, save
from scan_repository import LINE, TOKEN, commit, git, scan
from scan_values import Values

NAME = ".k6ci-secrets.baseline"
SALT = bytes(range(16))


def line_of(seed: int) -> str:
    return f"K6_CLOUD_TOKEN={Values(seed).token()}\n"


def entries(root: Path) -> list[str]:
    """The files of the entries, in their order."""
    return [line.partition(" ")[2] for line in (root / NAME).read_text().splitlines() if not line.startswith("#")]


def test_a_baseline_lets_old_secrets_be_and_new_ones_not(repository):
    """A team can start today: what is there is listed, what comes is stopped."""
    commit(repository, {"old.env": LINE})
    done = scan("--all", "--update-baseline", cwd=repository)
    assert (done.returncode, "1 known" in done.stderr) == (0, True)
    text = (repository / NAME).read_text()
    assert TOKEN not in text
    assert re.fullmatch(r"# .*\n# blake2-2\n(?:# [0-9a-f]\n|[0-9a-f]{48} old\.env\n){17}", text)
    assert scan("--all", cwd=repository).returncode == 0
    (repository / "old.env").write_text(f"# moved down\n\n{LINE}")
    assert scan("old.env", cwd=repository).returncode == 0
    (repository / "new.env").write_text(LINE)
    assert scan("new.env", cwd=repository).returncode == 1
    (repository / "old.env").write_text(line_of(12))
    assert scan("old.env", cwd=repository).returncode == 1


def test_an_update_forgets_what_is_gone_and_keeps_what_it_did_not_look_at(repository):
    """`--all` makes the file anew; naming files changes what is known of those only."""
    commit(repository, {"a.env": line_of(1), "b.env": line_of(2), "c.env": line_of(3)})
    scan("--all", "--update-baseline", cwd=repository)
    assert sorted(entries(repository)) == ["a.env", "b.env", "c.env"]
    before = (repository / NAME).read_text()
    assert scan("--all", "--update-baseline", cwd=repository).returncode == 0
    assert (repository / NAME).read_text() == before, "nothing new, nothing to commit"
    (repository / "a.env").write_text("K6_CLOUD_TOKEN=\n")
    (repository / "b.env").write_text("K6_CLOUD_TOKEN=\n")
    assert scan("a.env", "--update-baseline", cwd=repository).returncode == 0
    assert sorted(entries(repository)) == ["b.env", "c.env"]
    git("add", "b.env", cwd=repository)
    assert scan("--staged", "--update-baseline", cwd=repository).returncode == 0
    assert entries(repository) == ["c.env"]
    commit(repository, {"d.env": line_of(4)})
    assert scan("--range", "HEAD~1..HEAD", "--update-baseline", cwd=repository).returncode == 0
    assert sorted(entries(repository)) == ["c.env", "d.env"]
    (repository / "c.env").unlink()
    git("add", "-A", cwd=repository)
    assert scan("--all", "--update-baseline", cwd=repository).returncode == 0
    assert entries(repository) == ["d.env"]


def seeds_by_section() -> dict[str, int]:
    """For each first digit of a key a token that gets it in the file x.env."""
    keyer = Baseline().keys_of
    return {keyer(name, Values(seed).token())[0][0]: seed for seed in range(200, 260) for name in ["x.env"]}


def test_two_branches_that_add_an_entry_each_merge_by_themselves(repository):
    """Sections by the first digit, no line numbers, no dates: git has nothing to ask."""
    save(str(repository / NAME), [])
    start = commit(repository, {})
    sections = sorted(seeds_by_section().items())
    (_, first), (_, second) = sections[0], sections[-1]
    for branch, seed in (("one", first), ("two", second)):
        git("checkout", "-q", "-B", branch, start, cwd=repository)
        (repository / "x.env").write_text(line_of(seed))
        assert scan("x.env", "--update-baseline", cwd=repository).returncode == 0
        git("add", NAME, cwd=repository)
        git("commit", "-qm", branch, cwd=repository)
    git("merge", "-q", "-m", "both", "one", cwd=repository)
    assert entries(repository) == ["x.env", "x.env"]
    for seed in (first, second):
        (repository / "x.env").write_text(line_of(seed))
        assert scan("x.env", cwd=repository).returncode == 0


def test_branches_that_meet_in_one_section_are_no_more_than_two_lines_to_keep(repository):
    """With `merge=union` git keeps both by itself; a conflict that was left in the file does not switch it off."""
    save(str(repository / NAME), [])
    (repository / ".gitattributes").write_text(f"{NAME} merge=union\n")
    start = commit(repository, {})
    keys = []
    for branch, seed in (("one", 7), ("two", 8)):
        git("checkout", "-q", "-B", branch, start, cwd=repository)
        keys.append("f" + Baseline().keys_of("x.env", Values(seed).token())[0][1:])
        save(str(repository / NAME), [("x.env", keys[-1])])
        git("commit", "-qam", branch, cwd=repository)
    git("merge", "-q", "-m", "both", "one", cwd=repository)
    assert load(str(repository / NAME)).entries == {("x.env", key) for key in keys}
    conflict = f"<<<<<<< ours\n{keys[0]} x.env\n=======\n{keys[1]} x.env\n>>>>>>> theirs\n"
    (repository / NAME).write_text(f"# blake2-2\n{conflict}")
    assert load(str(repository / NAME)).entries == {("x.env", key) for key in keys}


def test_names_of_files_come_back_as_they_were(tmp_path):
    """A line end in a name must not make an entry of its own."""
    names = ["a b.env", "new\nline", "back\\slash\\n", "bytes\udcff", "-dash", "ä"]
    save(str(tmp_path / NAME), [(name, "0" * 47 + str(index)) for index, name in enumerate(names)])
    assert {name for name, _ in load(str(tmp_path / NAME)).entries} == set(names)


def old_key(path: str, secret: str, salt: bytes = SALT) -> str:
    return hashlib.scrypt(f"{path}\0{secret}".encode(), salt=salt, n=2**14, r=8, p=1, dklen=16).hex()


def test_the_key_is_fast_and_of_its_path():
    """K14: a key that takes 40 ms makes 16,000 known findings ten minutes; K2: no salt, so branches merge."""
    key = Baseline().keys_of("a.env", "hunter2")
    assert len(key) == 1
    assert key == Baseline().keys_of("a.env", "hunter2") != Baseline().keys_of("b.env", "hunter2")
    assert "hunter2" not in key[0]


def test_a_baseline_of_the_old_format_is_honoured_and_converted(repository):
    """Two salts are what a union merge of two of them leaves; `--all --update-baseline` writes the new format."""
    commit(repository, {"a.env": line_of(1), "b.env": line_of(2)})
    other = bytes(range(1, 17))
    keys = [(old_key("a.env", Values(1).token()), "a.env"), (old_key("b.env", Values(2).token(), other), "b.env")]
    text = f"# scrypt-1 salt {SALT.hex()}\n# scrypt-1 salt {other.hex()}\n" + "".join(
        f"{key} {name}\n" for key, name in keys
    )
    (repository / NAME).write_text(text)
    assert scan("a.env", "b.env", cwd=repository).returncode == 0
    assert scan("a.env", "--update-baseline", cwd=repository).returncode == 0
    assert scan("a.env", "b.env", cwd=repository).returncode == 0
    assert scan("--all", "--update-baseline", cwd=repository).returncode == 0
    assert "scrypt" not in (repository / NAME).read_text()
    assert scan("a.env", "b.env", cwd=repository).returncode == 0


def test_a_baseline_of_detect_secrets_is_honoured_and_never_written(repository):
    """Whoever comes from there need not start again."""
    commit(repository, {".env": LINE})
    entry = {"type": "Secret Keyword", "hashed_secret": hashlib.sha1(TOKEN.encode()).hexdigest(), "line_number": 7}
    theirs = repository / ".secrets.baseline"
    theirs.write_text(json.dumps({"version": "1.5.0", "results": {".env": [entry]}}))
    before = theirs.read_text()
    assert scan(".env", cwd=repository).returncode == 0
    done = scan("--baseline", ".secrets.baseline", "--update-baseline", ".env", cwd=repository)
    assert (done.returncode, "Name another file" in done.stderr, theirs.read_text()) == (2, True, before)
    assert scan("--all", "--update-baseline", cwd=repository).returncode == 0
    assert (entries(repository), theirs.read_text()) == ([".env"], before)
    theirs.write_text(json.dumps({"version": "1.5.0", "results": {"other": [entry]}}))
    (repository / NAME).unlink()
    assert scan(".env", cwd=repository).returncode == 1


@pytest.mark.parametrize(
    "text", ["[]", "", '{"results": 1}', "# scrypt-1 salt zz\n", "# no salt\n", '{"results":' + "[" * 100_000]
)
def test_a_file_that_is_no_baseline_is_said_to_be_none(repository, text):
    """Passing because the list could not be read would be the worst answer."""
    (repository / "load.js").write_text(LINE)
    (repository / "mine").write_text(text)
    done = scan("--baseline", "mine", "load.js", cwd=repository)
    assert (done.returncode, "baseline" in done.stderr.lower(), "Traceback" in done.stderr) == (10, True, False)


def test_an_allowed_line_needs_a_reason_or_the_pragma(repository):
    """Both stand where the secret stands, so that a reviewer sees them."""
    lines = {
        f"K6_CLOUD_TOKEN={TOKEN} # pragma: allowlist secret\n": 0,
        f"# pragma: allowlist nextline secret\n{LINE}": 0,
        f"K6_CLOUD_TOKEN={TOKEN} # k6ci:allow a token of the emulator\n": 0,
        f"# k6ci:allow a token of the emulator\n{LINE}": 0,
        f"K6_CLOUD_TOKEN={TOKEN} # k6ci:allow\n": 1,
        f"K6_CLOUD_TOKEN={TOKEN} # k6ci:allow -\n": 1,
        f"# k6ci:allow\n{LINE}": 1,
        f"# k6ci:allow a token of the emulator\n\n{LINE}": 1,
    }
    for text, code in lines.items():
        (repository / "x.env").write_text(text)
        assert (text, scan("x.env", cwd=repository).returncode) == (text, code)
