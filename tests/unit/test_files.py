"""k6ci.files: what a checkout may hold is not followed; what the job's author names outside of it is."""

import os
import pathlib
import stat
import subprocess
import sys

import pytest

from k6ci import files

HOSTILE = "what stood there before"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    root = tmp_path / "checkout"
    root.mkdir()
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "file").write_text(HOSTILE, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


def victim_is_unharmed(checkout):
    found = {path.name: path.read_text(encoding="utf-8") for path in (checkout.parent / "victim").iterdir()}
    return found == {"file": HOSTILE}


def test_a_report_is_written_whole_below_new_folders(checkout):
    files.write_text("a/b/result.json", "one", root=checkout)
    files.write_text("a/b/result.json", "two", root=checkout)
    assert (checkout / "a/b/result.json").read_text(encoding="utf-8") == "two"
    assert [entry.name for entry in (checkout / "a/b").iterdir()] == ["result.json"]


@pytest.mark.parametrize("link", ["reports", "a/reports", "a"])
@pytest.mark.parametrize("leads_to", ["{}/victim", "../victim", "../../victim", ".", ".."])
def test_s11_no_link_among_the_folders_is_followed(checkout, link, leads_to):
    (checkout / link).parent.mkdir(exist_ok=True)
    (checkout / link).symlink_to(leads_to.format(checkout.parent))
    for path in ("reports/file", "a/reports/file", "a/file"):
        if not path.startswith(f"{link}/"):
            continue
        for spelling in (path, checkout / path, f"./x/../{path}"):
            with pytest.raises(files.UnsafePathError, match="symbolic link"):
                files.write_text(spelling, "mine", root=checkout)
            with pytest.raises(files.UnsafePathError):
                files.read_bytes(spelling, root=checkout, max_bytes=10)
            with pytest.raises(files.UnsafePathError):
                files.remove(spelling, root=checkout)
        with pytest.raises(files.UnsafePathError):
            files.make_folder(pathlib.Path(path).parent, root=checkout)
    assert victim_is_unharmed(checkout)


@pytest.mark.parametrize("leads_to", ["../victim/file", "../victim/none", "/dev/null", "/proc/self/mem"])
def test_s11_a_link_in_the_place_of_a_report_is_replaced_and_not_followed(checkout, leads_to):
    (checkout / "result.json").symlink_to(leads_to)
    files.write_text("result.json", "mine", root=checkout)
    assert not (checkout / "result.json").is_symlink()
    assert (checkout / "result.json").read_text(encoding="utf-8") == "mine"
    assert victim_is_unharmed(checkout)


def test_s11_removing_takes_the_link_and_not_what_it_leads_to(checkout):
    (checkout / "result.json").symlink_to("../victim/file")
    files.remove("result.json", root=checkout)
    files.remove("result.json", root=checkout)
    files.remove("never/there", root=checkout)
    assert not (checkout / "result.json").is_symlink()
    assert victim_is_unharmed(checkout)


def test_s11_the_checkout_is_recognised_by_another_spelling(checkout):
    (checkout.parent / "alias").symlink_to("checkout")
    (checkout / "sub").mkdir()
    (checkout.parent / "alias of sub").symlink_to("checkout/sub")
    (checkout / "sub" / "out").symlink_to(checkout.parent / "victim")
    for path in ("alias/sub/out/file", "alias of sub/out/file", "checkout/sub/out/file"):
        with pytest.raises(files.UnsafePathError):
            files.write_text(checkout.parent / path, "mine", root=checkout)
    files.write_text(checkout.parent / "alias" / "sub" / "file", "mine", root=checkout)
    assert victim_is_unharmed(checkout)


def test_links_outside_of_the_checkout_are_the_authors(checkout):
    (checkout.parent / "reports").symlink_to(checkout.parent / "victim")
    files.write_text(checkout.parent / "reports" / "file", "mine", root=checkout)
    assert (checkout.parent / "victim" / "file").read_text(encoding="utf-8") == "mine"


def test_a_device_outside_of_the_checkout_is_written_to_and_stays(checkout):
    code = "import sys; from k6ci import files; files.write_text('/dev/stdout', 'shown', root='.')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "shown"
    files.write_text("/dev/null", "gone", root=checkout)
    assert stat.S_ISCHR(pathlib.Path("/dev/null").stat().st_mode)


def test_s11_only_a_regular_file_is_read_and_no_more_than_asked_for(checkout):
    (checkout / "run.json").write_text("x" * 100, encoding="utf-8")
    assert files.read_bytes("run.json", root=checkout, max_bytes=10) == b"x" * 11
    os.mkfifo(checkout / "pipe")
    (checkout / "device").symlink_to("/dev/zero")
    (checkout / "link").symlink_to("run.json")
    for name in ("pipe", "device", "link"):
        with pytest.raises(files.UnsafePathError):
            files.read_bytes(name, root=checkout, max_bytes=10)
    with pytest.raises(FileNotFoundError):
        files.read_bytes("none", root=checkout, max_bytes=10)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_s21_modes_follow_the_umask(checkout, umask):
    before = os.umask(umask)
    try:
        files.write_text("reports/result.json", "mine", root=checkout)
    finally:
        os.umask(before)
    assert stat.S_IMODE((checkout / "reports/result.json").stat().st_mode) == 0o666 & ~umask
    assert stat.S_IMODE((checkout / "reports").stat().st_mode) == 0o777 & ~umask


def test_a_folder_in_the_place_of_a_report_is_an_error_and_leaves_nothing(checkout):
    (checkout / "result.json").mkdir()
    with pytest.raises(IsADirectoryError):
        files.write_text("result.json", "mine", root=checkout)
    assert [entry.name for entry in checkout.iterdir()] == ["result.json"]


def test_a_system_without_relative_functions_refuses_links_too(checkout, monkeypatch):
    monkeypatch.setattr(files, "_HAS_DIR_FD", False)
    (checkout / "reports").symlink_to(checkout.parent / "victim")
    with pytest.raises(files.UnsafePathError):
        files.write_text("reports/file", "mine", root=checkout)
    files.write_text("other/file", "mine", root=checkout)
    assert files.read_bytes("other/file", root=checkout, max_bytes=10) == b"mine"
    files.remove("other/file", root=checkout)
    assert victim_is_unharmed(checkout)


def test_the_checkout_is_the_outermost_folder_that_a_pull_request_fills(tmp_path):
    inner = tmp_path / "workspace" / "repository" / "service"
    inner.mkdir(parents=True)
    assert files.checkout_root(inner, {}) == str(inner)
    (tmp_path / "workspace" / "repository" / ".git").mkdir()
    assert files.checkout_root(inner, {}) == str(tmp_path / "workspace" / "repository")
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        environ = {name: str(tmp_path / "workspace")}
        assert files.checkout_root(inner, environ) == str(tmp_path / "workspace")
    assert files.checkout_root(inner, {"GITHUB_WORKSPACE": "/elsewhere"}) == str(tmp_path / "workspace" / "repository")
