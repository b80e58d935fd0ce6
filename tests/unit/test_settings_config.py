"""Which of k6's config files counts, in which order, and what is said about the others."""

from __future__ import annotations

import pytest

from k6ci.settings.provenance import Rank
from k6ci.settings.resolve import resolve
from logins import default_file, legacy_file, store


def found(folder, **environ):
    return resolve({}, {"HOME": str(folder), **environ}, folder, system="linux")


def token(settings):
    return None if settings.token is None else settings.token.value.get_secret_value()


def test_the_old_place_is_the_last_resort_and_says_how_to_leave_it(tmp_path):
    """Rank, provenance, hint."""
    path = store(legacy_file(tmp_path), token="old-token-0123", projectID=4)
    settings = found(tmp_path)
    assert (token(settings), settings.token.rank) == ("old-token-0123", Rank.LEGACY)
    assert settings.project.value == 4
    (note,) = settings.notes
    assert str(path) in note
    assert "`k6ci login --migrate`" in note
    assert settings.config_paths == (default_file(tmp_path), legacy_file(tmp_path))


def test_a_file_of_today_with_a_token_hides_the_old_one(tmp_path):
    """One without a token gives way: nobody could have logged in with it."""
    store(legacy_file(tmp_path), token="old-token-0123", projectID=4)
    store(default_file(tmp_path), stackID=7)
    settings = found(tmp_path)
    assert (token(settings), settings.stack.value.number) == ("old-token-0123", 7)
    store(default_file(tmp_path), token="new-token-0123")
    settings = found(tmp_path)
    assert (token(settings), settings.project, settings.notes) == ("new-token-0123", None, ())


@pytest.mark.parametrize("has_token", [True, False])
def test_a_named_file_is_the_only_one(tmp_path, has_token):
    """As in k6: the first that is named or there is read, and none behind it."""
    store(legacy_file(tmp_path), token="old-token-0123")
    store(default_file(tmp_path), token="new-token-0123")
    mine = store(tmp_path / "mine.json", token="my-token-0123" if has_token else None)
    settings = found(tmp_path, K6_CONFIG=str(mine))
    assert token(settings) == ("my-token-0123" if has_token else None)
    assert settings.config_paths == (mine,)


def test_the_environment_beats_every_file_and_hints_are_for_what_is_used(tmp_path):
    """A file that is not used is nobody's concern, however old and exposed."""
    store(legacy_file(tmp_path), 0o644, token="old-token-0123")
    settings = found(tmp_path, K6_CLOUD_TOKEN="environment-token")
    assert (token(settings), settings.notes) == ("environment-token", ())


def test_w1_a_broken_file_is_a_problem_whoever_has_a_token(tmp_path):
    """As with k6: its options would be lost."""
    default_file(tmp_path).parent.mkdir(parents=True)
    default_file(tmp_path).write_text("{")
    for environ in (
        {},
        {"K6_CLOUD_TOKEN": "y" * 20},
        {"K6_CLOUD_TOKEN": ""},
        {"K6_CLOUD_TOKEN": "x" * 20, "K6_CONFIG": str(default_file(tmp_path))},
    ):
        (problem,) = found(tmp_path, **environ).problems
        assert "it is not JSON" in problem.cause


def test_an_exposed_file_is_told_when_its_token_is_used(tmp_path):
    """k6 before 2.1 wrote 0644."""
    store(default_file(tmp_path), 0o644, token="new-token-0123")
    (note,) = found(tmp_path).notes
    assert "Other users can read the token" in note


@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize("place", [default_file, legacy_file])
def test_loopback_gets_a_stored_token_from_a_named_file_only(tmp_path, place, is_named):
    """A host that is left over from an emulator is no reason to show it a token."""
    path = store(place(tmp_path), token="stored-token-0123")
    environ = {"K6_CLOUD_HOST_V6": "http://127.0.0.1:1"} | ({"K6_CONFIG": str(path)} if is_named else {})
    settings = found(tmp_path, **environ)
    assert token(settings) == ("stored-token-0123" if is_named else None)
    assert is_named or "is not sent to an emulator" in settings.notes[-1]


def test_what_every_source_offers_can_be_listed(tmp_path):
    """For the doctor: the strongest first, empty ones included."""
    store(default_file(tmp_path), token="stored-token-0123", stackID=7, stackURL="https://a.grafana.net")
    settings = found(tmp_path, K6_CLOUD_TOKEN="", K6_CLOUD_STACK_ID="9")
    listed = [(name, one.rank, one.is_empty) for name, one in settings.candidates]
    assert listed == [
        ("token", Rank.ENVIRONMENT, True),
        ("token", Rank.CONFIG, False),
        ("stack", Rank.ENVIRONMENT, False),
        ("stack", Rank.CONFIG, False),
        ("stack", Rank.CONFIG, False),
    ]
    assert "stored-token-0123" not in repr(settings)
