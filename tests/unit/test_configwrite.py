"""Writing k6's config file loses nothing, shows nothing, and follows nobody."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat

import pytest

from k6ci.errors import SettingsError
from k6ci.settings import configwrite
from k6ci.settings.configfile import read_config
from k6ci.settings.configwrite import prepare
from logins import cloud_section, store, write


def test_a_login_keeps_all_that_is_not_its_own(tmp_path):
    """Other options, other collectors, other keys of the cloud section, their order, and letters of all alphabets."""
    path = tmp_path / "config.json"
    before = {
        "vus": 3,
        "userAgent": "žluťoučký",
        "collectors": {
            "statsd": {"addr": "a"},
            "cloud": {"host": "h", "token": "old-token", "stackURL": "https://old.grafana.net", "timeout": "2m"},
            "kafka": {"n": 12345678901234567890},
        },
        "thresholds": {"m": ["p(95)<1.50"]},
    }
    path.write_text(json.dumps(before))
    write(path, token="new-token", stackID=5)
    after = json.loads(path.read_text())
    assert list(after) == list(before)
    assert after["collectors"].pop("cloud") == {"host": "h", "timeout": "2m", "token": "new-token", "stackID": 5}
    before["collectors"].pop("cloud")
    assert after == before


def test_a_login_is_private_whatever_was_there_before(tmp_path):
    """0600 in a folder of 0700; nothing else is left lying there."""
    path = tmp_path / "fresh" / "k6" / "config.json"
    prepare(path, is_own_folder=True)
    write(path, token="t" * 20)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    old = store(tmp_path / "old" / "config.json", 0o644, token="x")
    old.parent.chmod(0o755)
    prepare(old, is_own_folder=False)
    write(old, token="t" * 20)
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert stat.S_IMODE(old.parent.stat().st_mode) == 0o755  # somebody else's folder
    assert [path.name for path in old.parent.iterdir()] == ["config.json"]


@pytest.mark.parametrize("document", ["[]", "1", '{"collectors": 1}', '{"collectors": {"cloud": []}}'])
def test_what_is_not_of_k6_is_not_overwritten(tmp_path, document):
    """Reading may pass over it; writing must not replace what it does not understand."""
    path = tmp_path / "config.json"
    path.write_text(document)
    with pytest.raises(SettingsError) as caught:
        write(path, token="t" * 20)
    assert "is not a JSON object" in caught.value.cause
    assert path.read_text() == document


@pytest.mark.parametrize("document", ["null", "{}", '{"collectors": null}', '{"collectors": {"cloud": null}}'])
def test_what_k6_leaves_empty_is_filled(tmp_path, document):
    """k6 writes null for what is not set."""
    path = tmp_path / "config.json"
    path.write_text(document)
    write(path, token="t" * 20)
    assert cloud_section(path) == {"token": "t" * 20}


@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_link_is_not_followed_to_where_it_leads(tmp_path, is_dangling):
    """Dot files are linked into repositories; the token would be committed."""
    target, path = tmp_path / "dotfiles" / "k6.json", tmp_path / "config.json"
    if not is_dangling:
        store(target, token="old-token")
    path.symlink_to(target)
    for attempt in (lambda: prepare(path, is_own_folder=False), lambda: write(path, token="t" * 20)):
        with pytest.raises(SettingsError) as caught:
            attempt()
        assert f"is a symbolic link to {target}" in caught.value.cause
    assert path.is_symlink()
    assert target.exists() is not is_dangling
    assert is_dangling or cloud_section(target) == {"token": "old-token"}


def test_a_linked_folder_of_k6s_own_is_a_link_too(tmp_path):
    """Dot files are linked folder by folder; a folder that somebody names is their own business."""
    real = tmp_path / "dotfiles" / "k6"
    real.mkdir(parents=True)
    (tmp_path / "k6").symlink_to(real)
    with pytest.raises(SettingsError) as caught:
        prepare(tmp_path / "k6" / "config.json", is_own_folder=True)
    assert f"is a symbolic link to {real}" in caught.value.cause
    assert list(real.iterdir()) == []
    assert prepare(tmp_path / "k6" / "config.json", is_own_folder=False) is None


# Others never meet it: without root there is no file of somebody else that could be written to.
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_with_sudo_the_users_file_stays_the_users(tmp_path):
    """Else the user could not read it any more."""
    path = store(tmp_path / "config.json", token="x")
    os.chown(path, 12345, 12345)
    write(path, token="t" * 20)
    assert path.stat().st_uid == 12345


def test_a_failing_write_leaves_what_was_there(tmp_path, monkeypatch):
    """Mock: a disk that is full at the last moment cannot be made; nothing is lost and nothing is left."""
    path = store(tmp_path / "config.json", token="old-token")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(SettingsError) as caught:
        write(path, token="t" * 20)
    assert "no space left on device" in caught.value.cause
    assert cloud_section(path) == {"token": "old-token"}
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_a_writer_that_knows_no_lock_is_noticed(tmp_path, monkeypatch):
    """k6 itself writes without one: what it wrote in between is kept."""
    path = store(tmp_path / "config.json", token="old-token")
    real, interferences = configwrite._replaced, iter([True])

    def replaced(path, content, found):
        if next(interferences, False):
            store(path, token="k6-wrote-this", timeout="9m")
        return real(path, content, found)

    monkeypatch.setattr(configwrite, "_replaced", replaced)
    write(path, token="t" * 20)
    assert cloud_section(path) == {"token": "t" * 20, "timeout": "9m"}


def test_a_lock_that_is_never_given_back_is_an_error(tmp_path, monkeypatch):
    """Somebody hangs: after a while we say so, and change nothing."""
    fcntl = pytest.importorskip("fcntl")
    path = store(tmp_path / "config.json", token="old-token")
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    monkeypatch.setattr(configwrite, "_LOCK_TIMEOUT_SECONDS", 0.1)
    with pytest.raises(SettingsError) as caught:
        write(path, token="t" * 20)
    os.close(handle)
    assert "Another k6ci has been writing" in caught.value.cause
    assert cloud_section(path) == {"token": "old-token"}


def _writer(path, number):
    for turn in range(20):
        write(path, token=f"token-{number}-{turn}", stackID=number)


def test_many_writers_at_once_lose_nothing(tmp_path):
    """Whole logins win, one after the other; token and stack always belong together, the rest is kept."""
    path = store(tmp_path / "config.json", token="x")
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_writer, args=(path, number)) for number in range(1, 5)]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        found = read_config(path)
        assert found.document["userAgent"] == "kept"
        if "stackID" in found.cloud:
            assert found.cloud["token"].split("-")[1] == str(found.cloud["stackID"])
            seen.add(found.cloud["stackID"])
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


@pytest.mark.parametrize("document", ['{"a": NaN}', '{"a": 1e400}', '{"a": "\\ud800"}'])
def test_what_json_does_not_have_is_neither_written_nor_a_bug(tmp_path, document):
    """Python reads it, and k6 could not read what Python writes of it."""
    path = tmp_path / "config.json"
    path.write_text(document)
    with pytest.raises(SettingsError, match="that JSON does not allow"):
        prepare(path, is_own_folder=False)
    with pytest.raises(SettingsError, match="that JSON does not allow"):
        write(path, token="t" * 20)
    assert path.read_text() == document
