"""S1, W6, W8, W10, W13 with real k6: no flag and no variable gives a script's author this machine."""

from __future__ import annotations

import secrets

import pytest

from story import PASSING

LOGS = PASSING + "console.log('written by the script');\n"
WRITES = ["--console-output=%s", "--log-output=file=%s", "--summary-export=%s", "-wO%s", "--out=json=%s"]


@pytest.mark.parametrize("flag", WRITES)
@pytest.mark.parametrize("source", ["command line", "environment", "k6ci.toml", "list in k6ci.toml"])
def test_s1_no_source_of_flags_writes_a_file(k6ci, emulator, flag, source):
    k6ci.write(a=LOGS)
    target = k6ci.folder / "target.txt"
    word = flag.replace("%s", str(target))
    more, environ = [], {}
    if source == "command line":
        more = [f"--flags={word}"]
    elif source == "environment":
        environ = {"K6CI_FLAGS": word}
    else:
        written = f"['{word}']" if source.startswith("list") else f"'{word}'"
        (k6ci.folder / "k6ci.toml").write_text(f"flags = {written}\n")
    told = k6ci("run", "a.js", *more, on=emulator, **environ)
    assert told.code == 10, told.text
    assert "is refused" in told.text
    assert not target.exists()


@pytest.mark.parametrize(
    "name", ["K6_CONSOLE_OUTPUT", "K6_LOG_OUTPUT", "K6_SUMMARY_EXPORT", "K6_OUT", "K6_WEB_DASHBOARD_EXPORT"]
)
def test_s1_no_variable_writes_a_file(k6ci, emulator, name):
    k6ci.write(a=LOGS)
    target = k6ci.folder / "target.txt"
    told = k6ci("check", "a.js", on=emulator, **{name: f"file={target}" if name == "K6_LOG_OUTPUT" else str(target)})
    assert told.code == 0, told.text
    assert f"Not passed to k6: {name}." in told.text
    assert not target.exists()


def test_w10_variables_that_break_the_parsing_are_withheld(k6ci, emulator):
    k6ci.write(a=LOGS)
    told = k6ci("check", "a.js", on=emulator, K6_TYPE="js", K6_LOG_FORMAT="json", K6_LOG_OUTPUT="stdout")
    assert told.code == 0, told.text


def test_w10_a_flag_outranks_a_variable_to_the_end(k6ci, emulator):
    """`k6 inspect` would have let the variable win over what the archive says."""
    k6ci.write(a=PASSING)
    path = f"/cloud/v6/projects/{emulator.project_id}/limits"
    emulator.api("PATCH", path, json={"vu_max_per_test": 1}).raise_for_status()
    told = k6ci("check", "a.js", "--flags=-u 2 -i 2", on=emulator, K6_VUS="1", K6_ITERATIONS="7")
    assert told.code == 13, told.text
    assert "a.js plans 2 VUs; the project allows 1" in told.text


def test_w13_system_variables_by_variable_are_refused_like_the_flag(k6ci, emulator):
    k6ci.write(a=PASSING)
    told = k6ci("run", "a.js", on=emulator, K6_INCLUDE_SYSTEM_ENV_VARS="true")
    assert told.code == 10, told.text
    assert "The environment variable K6_INCLUDE_SYSTEM_ENV_VARS is refused" in told.text
    assert emulator.state()["load_tests"] == []


@pytest.mark.parametrize(
    "form", ["-e DB_PASS=%s", "-e=DB_PASS=%s", "--env=DB_PASS=%s", "-eDB_PASS=%s", "-we DB_PASS=%s"]
)
@pytest.mark.parametrize("source", ["command line", "environment", "k6ci.toml"])
def test_w6_a_secret_inside_of_flags_is_masked(k6ci, emulator, form, source):
    k6ci.write(
        a="export const options = { iterations: 1 };\nexport default function () { console.log(__ENV.DB_PASS); }\n"
    )
    value = secrets.token_hex(12)
    words, more, environ = form.replace("%s", value), [], {}
    if source == "command line":
        more = ["--flags", words]
    elif source == "environment":
        environ = {"K6CI_FLAGS": words}
    else:
        (k6ci.folder / "k6ci.toml").write_text(f"flags = '{words}'\n")
    told = k6ci("run", "a.js", "--allow-no-samples", *more, on=emulator, **environ)
    assert told.code == 0, told.text
    assert "env: DB_PASS looks like a secret" in told.text
    assert value not in told.text
    assert not any(value in text for text in told.files.values())


def test_w6_a_secret_in_malformed_flags_is_masked(k6ci, emulator):
    value = secrets.token_hex(12)
    told = k6ci("run", "a.js", "--flags", f"-e DB_PASS={value} 'open", on=emulator)
    assert told.code == 10, told.text
    assert value not in told.text


def test_w8_a_missing_extension_is_named_with_the_way_to_get_it(k6ci, emulator):
    k6ci.write(a="import x from 'k6/x/faker';\nexport default function () {}\n")
    told = k6ci("check", "a.js", on=emulator)
    assert told.code == 16, told.text
    assert "The script imports the extension k6/x/faker" in told.text
    assert "K6_AUTO_EXTENSION_RESOLUTION=true" in told.text


def test_what_a_bad_script_says_stands_on_lines_of_its_own(k6ci, emulator):
    k6ci.write(a="throw new Error('one\\nk6ci: passed');\nexport default function () {}\n")
    told = k6ci("check", "a.js", on=emulator)
    assert told.code == 16
    assert not any(line.startswith("k6ci: passed") for line in told.text.splitlines())


def test_a_scripts_words_are_not_taken_for_k6s(k6ci, emulator):
    k6ci.write(a="console.error('unknown flag: --vus');\nthrow new Error('invalid argument');\n")
    told = k6ci("check", "a.js", on=emulator)
    assert told.code == 16, told.text
    assert "k6 refuses a.js" in told.text


@pytest.mark.parametrize("variable", ["K6_AUTO_EXTENSION_RESOLUTION", "K6_BINARY_PROVISIONING"])
def test_w8_a_script_without_extensions_runs_with_extension_resolution_on(k6ci, emulator, variable):
    """k6 1.1 takes the first word that is no flag for the script then."""
    k6ci.write(a="export default function () {}\n")
    told = k6ci("check", "a.js", on=emulator, **{variable: "true"})
    assert told.code == 0, told.text


@pytest.mark.parametrize("name", ["-a.js", "- a.js", "--help"])
def test_a_script_whose_name_begins_like_a_flag_is_a_script(k6ci, emulator, name):
    (k6ci.folder / name).write_text("export default function () {}\n")
    told = k6ci("check", f"./{name}", on=emulator)
    assert told.code == 0, told.text


def test_s18_a_name_with_the_token_is_sent_nowhere(k6ci, emulator):
    k6ci.write(a="export default function () {}\n")
    told = k6ci("check", "a.js", on=emulator, K6_CLOUD_NAME=f"nightly {emulator.token}")
    assert told.code == 10, told.text
    assert "environment variable K6_CLOUD_NAME" in told.text
    assert emulator.token not in told.text


def test_a_script_larger_than_an_upload_may_be_is_not_given_to_k6(k6ci, emulator):
    """k6 would take gigabytes of memory for it."""
    k6ci.write(a="")
    with (k6ci.folder / "a.js").open("r+b") as file:
        file.truncate(300_000_000)
    told = k6ci("check", "a.js", on=emulator)
    assert told.code == 13, told.text
    assert "a.js has 300.0 MB; the limit of the cloud is 100 MB." in told.text
