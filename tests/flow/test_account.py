"""whoami, projects: whose token it is and what it sees; and one resolver for every command."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse

import pytest

from emulation import emulator_in_thread, wheel_config
from logins import ONCE_GOOD, STACK, WRONG, WRONG_KIND, addresses, store


def test_whoami_says_which_token_from_where_for_what(k6ci, emulator):
    """Masked, with its kind as far as it can be told, stack, project and limits."""
    emulator.api("PATCH", "/cloud/v6/projects/3101/limits", json={"vuh_max_per_month": 50, "vu_max_per_test": 9})
    told = k6ci("whoami", on=emulator)
    assert told.code == 0, told.text
    for part in (
        f"{emulator.url} (EMULATED)",
        f"****{emulator.token[-4:]} (fingerprint ",
        "environment variable K6_CLOUD_TOKEN",
        "personal or stack token",
        "4711 (from environment variable K6_CLOUD_STACK_ID)",
        "3101 Default project (from environment variable K6_CLOUD_PROJECT_ID)",
        "50 VUh per month, 9 VUs per test",
    ):
        assert part in told.text
    assert emulator.token not in told.text


def test_whoami_works_with_a_token_and_a_stack_alone(k6ci, emulator):
    """The stack's default project is told, and that none is named."""
    told = k6ci("whoami", "--stack", "demo", K6_CLOUD_TOKEN=emulator.token, **addresses(emulator))
    assert told.code == 0, told.text
    assert f"4711, {STACK} (from --stack)" in told.text
    assert "not set; the stack's default is 3101" in told.text


def test_limits_that_a_token_may_not_see_are_no_failure(k6ci, emulator):
    """They are one line of several."""
    emulator.set_fault("GET /cloud/v6/projects/*/limits", status=403, count=None)
    told = k6ci("whoami", on=emulator)
    assert told.code == 0, told.text
    assert "unknown: the API answered 403" in told.text


@pytest.mark.parametrize("command", ["whoami", "projects", "check"])
@pytest.mark.parametrize(
    ("environ", "code", "said"),
    [
        ({"K6_CLOUD_TOKEN": ""}, 11, "There is no k6 token"),
        ({"K6_CLOUD_TOKEN": "", "CI": "true"}, 11, "K6_CLOUD_TOKEN is set but empty"),
        ({"K6_CLOUD_TOKEN": WRONG}, 11, "The API refused the token of environment variable"),
        ({"K6_CLOUD_TOKEN": WRONG_KIND}, 11, "looks like a Grafana service account token"),
        ({"K6_CLOUD_STACK_ID": "4712"}, 12, "Stack 4712 (from environment variable K6_CLOUD_STACK_ID)"),
        ({"K6_CLOUD_STACK_ID": "", "K6_CLOUD_STACK_URL": ""}, 10, "No Grafana stack was named"),
        ({"K6_CLOUD_STACK_ID": "a stack"}, 10, "neither a number, a slug nor an https URL"),
        ({"K6_CLOUD_HOST_V6": "http://127.0.0.1:9"}, 14, "does not answer as it should"),
    ],
)
def test_every_command_resolves_and_refuses_alike(k6ci, emulator, command, environ, code, said):
    """One resolver, one table of codes."""
    told = k6ci(command, on=emulator, **environ)
    assert told.code == code, told.text
    assert said in told.text


def test_an_empty_variable_counts_as_unset_and_is_said_so_also_when_something_fails(k6ci, emulator):
    """It is often the reason."""
    told = k6ci("whoami", on=emulator, K6_CLOUD_STACK_ID="", K6_CLOUD_STACK_URL="")
    assert told.code == 10
    assert "note: environment variable K6_CLOUD_STACK_ID is set but empty: counted as unset." in told.text


def test_a_test_run_token_is_known_by_its_variable(k6ci, emulator):
    """It has no form of its own, but k6 hands it over under a name of its own."""
    none = k6ci("whoami", "--stack", "demo", K6_CLOUD_TEST_RUN_TOKEN="x" * 20, **addresses(emulator))
    assert none.code == 11
    assert "K6_CLOUD_TEST_RUN_TOKEN is set, but it is a test-run token" in none.text
    same = k6ci("whoami", on=emulator, K6_CLOUD_TOKEN="x" * 20, K6_CLOUD_TEST_RUN_TOKEN="x" * 20)
    assert same.code == 11
    assert "which looks like a test-run token" in same.text


@pytest.mark.parametrize("message", ["The token has expired.", "The token was revoked."])
def test_a_token_that_was_good_once_is_11_with_the_clouds_reason(k6ci, message):
    """And with what to do about it."""
    with emulator_in_thread(wheel_config(refused_tokens={ONCE_GOOD: message})) as emulator:
        told = k6ci("check", on=emulator, K6_CLOUD_TOKEN=ONCE_GOOD)
    assert told.code == 11, told.text
    assert message in told.text
    assert "Make a new one" in told.text


def test_projects_are_a_table_or_json(k6ci, emulator):
    """Whatever project is set, even one that is not there: that is what the list is for."""
    told = k6ci("projects", on=emulator, K6_CLOUD_PROJECT_ID="99")
    assert told.code == 0, told.text
    assert told.text.splitlines() == ["id    name", "3101  Default project (default)", "3102  Checkout team"]
    as_json = k6ci("projects", "--json", on=emulator)
    assert json.loads(as_json.text) == [
        {"id": 3101, "name": "Default project", "is_default": True},
        {"id": 3102, "name": "Checkout team", "is_default": False},
    ]


def test_a_named_file_is_the_only_one_that_is_read(k6ci, emulator):
    """As in k6: what the default file says is not seen behind it."""
    store(k6ci.folder / "c.json", token=emulator.token)
    told = k6ci("whoami", "-c", "c.json", **addresses(emulator))
    assert told.code == 10
    assert "No Grafana stack was named" in told.text


def test_abort_resolves_as_all_others_do(k6ci, emulator):
    """Token and stack of a file that is named."""
    path = store(k6ci.folder / "c.json", token=emulator.token, stackID=4711)
    told = k6ci("abort", "999999", "-c", path, **addresses(emulator))
    assert told.code == 98, told.text
    assert emulator.journal()[-1]["status"] == 404
    assert k6ci("abort", "999999", on=emulator, K6_CLOUD_TOKEN=WRONG_KIND).code in (11, 98)


@pytest.mark.parametrize("command", ["whoami", "projects", "check", "abort"])
@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "cannot be read: it is not JSON"), (None, "does not exist")],
    ids=["broken", "absent"],
)
def test_a_file_that_cannot_be_read_is_the_one_problem(k6ci, emulator, command, content, said):
    """It explains why there is no token and no stack: 10, and no second error that sends people elsewhere."""
    path = k6ci.folder / "c.json"
    if content is not None:
        path.write_text(content)
    k6ci.write(a="export default function () {}")
    words = {"check": ["a.js"], "abort": ["1"]}.get(command, [])
    told = k6ci(command, *words, "-c", path, **addresses(emulator))
    assert told.code == 10, told.text
    assert said in told.text
    for missing in ("There is no k6 token", "No Grafana stack", "no project was named"):
        assert missing not in told.text


def test_a_broken_file_hides_no_empty_secret_in_ci(k6ci, emulator):
    """The empty secret is a problem of its own."""
    (k6ci.folder / "c.json").write_text("{")
    told = k6ci("whoami", "-c", "c.json", CI="true", K6_CLOUD_TOKEN="", **addresses(emulator))
    assert told.code == 11, told.text
    assert "K6_CLOUD_TOKEN is set but empty" in told.text
    assert "it is not JSON" in told.text


def test_every_page_of_projects_is_read(k6ci):
    """A cloud may make smaller pages than it is asked for: it says so with @nextLink, and no project is lost."""
    listed = [{"id": number, "name": f"P{number}", "is_default": number == 1} for number in range(1, 8)]

    class SmallPages(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            skip = int(query.get("$skip", ["0"])[0])
            page = {"value": listed[skip : skip + 3]}
            if skip + 3 < len(listed):
                page["@nextLink"] = f"http://{self.headers['Host']}/cloud/v6/projects?%24skip={skip + 3}"
            body = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    # Not our emulator, whose pages are as large as they are asked for.
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SmallPages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        told = k6ci("projects", "--json", K6_CLOUD_HOST_V6=url, K6_CLOUD_TOKEN=ONCE_GOOD, K6_CLOUD_STACK_ID="7")
        server.shutdown()
    assert told.code == 0, told.text
    assert [project["id"] for project in json.loads(told.text)] == [1, 2, 3, 4, 5, 6, 7]
