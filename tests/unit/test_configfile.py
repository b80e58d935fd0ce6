"""k6's config file: where each k6 keeps it, how it is read, and that writing loses nothing and shows nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import stat

import anyio
import pytest

from k6ci.clock import SystemClock
from k6ci.errors import ExitCode, SettingsError
from k6ci.settings import configwrite
from k6ci.settings.configfile import default_config_path, legacy_config_path, read_config
from k6ci.settings.configwrite import prepare, write_cloud
from logins import cloud_section, store


def write(path, **values):
    anyio.run(write_cloud, path, values, SystemClock())


@pytest.mark.parametrize(
    ("system", "environ", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.config"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support"),
        ("win32", {"APPDATA": "/a"}, "/a"),
        ("win32", {"AppData": "/a"}, "/a"),
        ("linux", {}, None),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": ""}, "/h/.config"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "x"}, None),
        ("linux", {"HOME": "h"}, None),
        ("darwin", {}, None),
        ("win32", {"HOME": "/h"}, None),
    ],
)
def test_both_generations_of_k6_have_their_place_on_every_system(system, environ, folder):
    """Go's os.UserConfigDir; k6 before 1.0 under `loadimpact`."""
    current, old = default_config_path(environ, system), legacy_config_path(environ, system)
    if folder is None:
        assert (current, old) == (None, None)
    else:
        assert current == pathlib.Path(folder) / "k6" / "config.json"
        assert old == pathlib.Path(folder) / "loadimpact" / "k6" / "config.json"


def make_folder(path):
    path.mkdir()


def make_pipe(path):
    os.mkfifo(path)


def make_broken(path):
    path.write_text('{"collectors": ')


def make_deep(path):
    path.write_text("[" * 100_000)


def make_huge(path):
    path.write_text(" " * (2**20 + 1))


def make_binary(path):
    path.write_bytes(b"\xff\xfe\x00\x01\xff")


BROKEN = [
    (make_folder, "it is a folder"),
    (make_pipe, "it is no regular file"),
    (make_broken, "it is not JSON"),
    (make_deep, "it is not JSON"),
    (make_binary, "it is not JSON"),
    (make_huge, "it is larger than 1 MiB"),
]


@pytest.mark.parametrize(("make", "said"), BROKEN)
def test_a_file_that_is_none_is_told_and_never_waited_for(tmp_path, make, said):
    """A folder, a pipe without a writer, nonsense, endless nesting: one sentence each, code 10."""
    path = tmp_path / "config.json"
    make(path)
    for attempt in (lambda: read_config(path), lambda: prepare(path, is_own_folder=False), lambda: write(path)):
        with pytest.raises(SettingsError) as caught:
            attempt()
        assert said in caught.value.cause
        assert str(path) in caught.value.cause
        assert caught.value.code is ExitCode.SETTINGS


def test_no_file_is_no_error(tmp_path):
    """Neither is a file in the place of a folder on the way."""
    (tmp_path / "file").write_text("")
    assert read_config(tmp_path / "config.json") is None
    assert read_config(tmp_path / "file" / "config.json") is None


@pytest.mark.parametrize(("mode", "is_exposed"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_a_token_that_others_may_read_is_told(tmp_path, mode, is_exposed):
    """k6 before 2.1 writes 0644; a file without a token is nobody's business."""
    path = store(tmp_path / "config.json", mode, token="t" * 20)
    told = read_config(path).exposure
    assert bool(told) is is_exposed
    assert not is_exposed or f"chmod 600 {path}" in told
    assert read_config(store(tmp_path / "other.json", mode, token=None)).exposure is None


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
    assert "is no JSON object" in caught.value.cause
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
    monkeypatch.setattr(configwrite, "_PATIENCE_SECONDS", 0.1)
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
    with pytest.raises(SettingsError, match="that JSON does not have"):
        prepare(path, is_own_folder=False)
    with pytest.raises(SettingsError, match="that JSON does not have"):
        write(path, token="t" * 20)
    assert path.read_text() == document
