"""W1, W3, W9, W12: options count as with bare k6, whoever sets them."""

from __future__ import annotations

import json
import secrets

import pytest

from examples import pairs

SCRIPT = "import { check } from 'k6';\nexport default function () { check(1, { ok: () => true }); }\n"
WITH_OPTIONS = "export const options = { vus: 2, iterations: 4 };\n" + SCRIPT


def uploaded(emulator):
    """The options of the latest run, as the archive has them."""
    return emulator.api("GET", f"/cloud/v6/test_runs/{emulator.state()['runs'][-1]['id']}").json()["options"]


def config(k6ci, options, token=None):
    path = k6ci.folder / "k6.json"
    path.write_text(json.dumps(options | ({"collectors": {"cloud": {"token": token}}} if token else {})))
    return path


OPTIONS = [
    {"vus": 3, "iterations": 6},
    {"iterations": 5},
    {"vus": 1, "duration": "1s"},
    {"stages": [{"duration": "1s", "target": 2}]},
    {"scenarios": {"mine": {"executor": "per-vu-iterations", "vus": 2, "iterations": 2}}},
    {"tags": {"team": "checkout"}},
    {"hosts": {"shop.test": "127.0.0.1"}},
    {"VUs": 2, "ITERATIONS": 3},
]


WAYS = ["--config", "K6_CONFIG", "default place", "legacy place"]


@pytest.mark.parametrize(("options", "way"), pairs(OPTIONS, WAYS))
def test_w1_options_in_k6s_config_file_apply(k6ci, emulator, options, way):
    k6ci.write(a=SCRIPT)
    path = config(k6ci, options, token=secrets.token_hex(16))
    more, environ = [], {}
    if way == "--config":
        more = ["--config", path]
    elif way == "K6_CONFIG":
        environ = {"K6_CONFIG": str(path)}
    else:
        home = k6ci.folder / "home"
        place = home / ".config" / ("k6" if way == "default place" else "loadimpact/k6") / "config.json"
        place.parent.mkdir(parents=True)
        path.rename(place)
        environ = {"HOME": str(home)}
    told = k6ci("run", "a.js", *more, on=emulator, **environ)
    assert told.code == 0, told.text
    found = {name.casefold(): value for name, value in uploaded(emulator).items()}
    for name, value in options.items():
        if name == "scenarios":
            assert found[name]["mine"]["vus"] == 2
        else:
            assert found[name.casefold()] == value


def test_w1_a_threshold_in_the_config_file_is_red(k6ci, emulator):
    """The false green: a threshold that nobody sees never fails."""
    k6ci.write(a=SCRIPT)
    told = k6ci("run", "a.js", "--config", config(k6ci, {"thresholds": {"iterations": ["count>1000"]}}), on=emulator)
    assert told.code == 99, told.text


def test_w1_only_the_first_file_counts(k6ci, emulator):
    k6ci.write(a=SCRIPT)
    for folder, vus in (("k6", 2), ("loadimpact/k6", 3)):
        place = k6ci.folder / "home/.config" / folder
        place.mkdir(parents=True)
        (place / "config.json").write_text(json.dumps({"vus": vus, "iterations": 3}))
    assert k6ci("run", "a.js", on=emulator, HOME=str(k6ci.folder / "home")).code == 0
    assert uploaded(emulator)["vus"] == 2


@pytest.mark.parametrize(
    ("flags", "environ", "script", "vus"),
    [
        ([], {}, SCRIPT, 4),
        ([], {}, WITH_OPTIONS, 2),
        ([], {"K6_VUS": "3"}, WITH_OPTIONS, 3),
        (["--flags=-u 1"], {"K6_VUS": "3"}, WITH_OPTIONS, 1),
    ],
)
def test_w1_precedence_is_flag_variable_script_file(k6ci, emulator, flags, environ, script, vus):
    k6ci.write(a=script)
    path = config(k6ci, {"vus": 4, "iterations": 4})
    told = k6ci("run", "a.js", *flags, "--config", path, on=emulator, **environ)
    assert told.code == 0, told.text
    assert uploaded(emulator)["vus"] == vus


@pytest.mark.parametrize("content", ["{", "[]", '"x"', '{"vus": "many"}', '{"stages": 5}', "{" * 100_000])
@pytest.mark.parametrize("way", ["--config", "default place"])
def test_w1_a_config_file_that_k6_cannot_read_is_10(k6ci, emulator, content, way):
    k6ci.write(a=SCRIPT)
    path = k6ci.folder / ".config/k6/config.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    more = ["--config", path] if way == "--config" else []
    told = k6ci("run", "a.js", *more, on=emulator, HOME=str(k6ci.folder))
    assert told.code == 10, told.text
    assert str(path) in told.text
    assert emulator.state()["load_tests"] == []


def test_w1_neither_token_nor_outputs_of_the_file_reach_k6(k6ci, emulator):
    token, target = secrets.token_hex(16), k6ci.folder / "written.json"
    k6ci.write(a=SCRIPT)
    path = config(
        k6ci,
        {
            "vus": 1,
            "iterations": 1,
            "out": [f"json={target}"],
            "linger": True,
            "paused": True,
            "cloud": {"token": token, "name": "N"},
            "ext": {"loadimpact": {"Token": token}},
            "webDashboard": {"export": str(target)},
        },
        token=token,
    )
    told = k6ci("run", "a.js", "--config", path, on=emulator)
    assert told.code == 0, told.text
    assert not target.exists()
    assert all(token.encode() not in exchange.request_body for exchange in emulator.exchanges)


def test_w1_an_option_that_holds_the_files_token_is_10(k6ci, emulator):
    token = secrets.token_hex(16)
    k6ci.write(a=SCRIPT)
    told = k6ci("run", "a.js", "--config", config(k6ci, {"tags": {"x": token}}, token=token), on=emulator)
    assert told.code == 10, told.text
    assert token not in told.text


FORMS = {
    "iterations": ({"iterations": 2}, "-i 2", {"K6_ITERATIONS": "2"}),
    "duration": ({"duration": "1s"}, "-d 1s", {"K6_DURATION": "1s"}),
    "both": ({"iterations": 2, "duration": "1s"}, "-i 2 -d 1s", {"K6_ITERATIONS": "2", "K6_DURATION": "1s"}),
    "stages": ({"stages": [{"duration": "1s", "target": 1}]}, "-s 1s:1", {"K6_STAGES": "1s:1"}),
    "nothing": ({}, "", {}),
}


@pytest.mark.parametrize(("form", "source"), pairs(list(FORMS), ["script", "flags", "environment", "config"]))
def test_w3_without_vus_there_is_one(k6ci, emulator, form, source):
    """The first script of k6's own tutorial: `k6 run` and `k6 cloud run` take one VU."""
    options, flags, environ = FORMS[form]
    text, more = SCRIPT, []
    if source == "script":
        text = f"export const options = {json.dumps(options)};\n{SCRIPT}"
    elif source == "flags":
        more = [f"--flags={flags}"]
    elif source == "config":
        more = ["--config", config(k6ci, options)]
    k6ci.write(a=text)
    told = k6ci("run", "a.js", *more, on=emulator, **(environ if source == "environment" else {}))
    assert told.code == 0, told.text
    assert emulator.state()["runs"][0]["status"] == "completed"


@pytest.mark.parametrize(
    "scenario",
    [
        "executor: 'shared-iterations'",
        "executor: 'per-vu-iterations'",
        "executor: 'per-vu-iterations', iterations: 2",
        "executor: 'constant-vus', duration: '1s'",
        "executor: 'ramping-vus', stages: [{ duration: '1s', target: 1 }]",
    ],
)
def test_w3_scenarios_have_their_own_defaults(k6ci, emulator, scenario):
    k6ci.write(a=f"export const options = {{ scenarios: {{ one: {{ {scenario} }} }} }};\n{SCRIPT}")
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 0, told.text


def test_w3_what_k6_refuses_stays_refused(k6ci, emulator):
    k6ci.write(a=f"export const options = {{ vus: 0, iterations: 3 }};\n{SCRIPT}")
    told = k6ci("run", "a.js", on=emulator)
    assert told.code == 16, told.text
    assert "the number of VUs must be more than 0" in told.text


@pytest.mark.parametrize(
    "form", ["cloud: { projectID: '%d' }", "cloud: { projectID: %d }", "ext: { loadimpact: { projectID: '%d' } }"]
)
def test_w9_the_project_that_counts_is_what_the_cloud_is_asked_about(k6ci, emulator, form):
    k6ci.write(a=f"export const options = {{ iterations: 1, {form % emulator.project_id} }};\n{SCRIPT}")
    told = k6ci("run", "a.js", on=emulator, K6_CLOUD_PROJECT_ID="")
    assert told.code == 0, told.text
    (asked,) = [one for one in emulator.exchanges if one.url.endswith("/validate_options")]
    cloud = json.loads(asked.request_body)["options"]["cloud"]
    assert cloud["projectID"] == emulator.project_id
    assert cloud["name"] == told.run["load_test_name"]
    assert "token" not in cloud


@pytest.mark.parametrize(
    ("environ", "own", "file", "name"),
    [
        ({"K6_CLOUD_NAME": "From the environment"}, "From the script", "From the file", "From the environment"),
        ({}, "From the script", "From the file", "From the script"),
        ({}, None, "From the file", "From the file"),
        ({"K6_CLOUD_NAME": " "}, None, None, "a.js"),
    ],
)
def test_w12_the_load_test_is_named_as_with_k6(k6ci, emulator, environ, own, file, name):
    more = ["--config", k6ci.folder / "k6.json"] if file else []
    (k6ci.folder / "k6.json").write_text(json.dumps({"collectors": {"cloud": {"name": file}}}))
    k6ci.write(
        a=f"export const options = {{ iterations: 1, cloud: {json.dumps({'name': own} if own else {})} }};\n{SCRIPT}"
    )
    told = k6ci("run", "a.js", *more, on=emulator, **environ)
    assert told.code == 0, told.text
    assert told.run["load_test_name"].rpartition("/")[2] == name


def test_w12_two_scripts_under_one_name_stay_two_load_tests(k6ci, emulator):
    k6ci.write(a=SCRIPT, b=SCRIPT)
    told = k6ci("run", "a.js", "b.js", on=emulator, K6_CLOUD_NAME="One")
    assert told.code == 0, told.text
    assert len({run["load_test_name"] for run in told.result["runs"]}) == 2
