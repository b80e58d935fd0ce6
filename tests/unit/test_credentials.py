"""Shapes of tokens: what no k6 token can be is refused without showing it, what is odd is warned about."""

from __future__ import annotations

import pytest

from k6ci.cloud.credentials import check_shape, refused, shown, wrong_kind
from k6ci.errors import CredentialsError, ExitCode

TOKEN = "0123456789abcdef" * 2
SOURCE = "environment variable K6_CLOUD_TOKEN"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        (f'"{TOKEN}"', "is wrapped in quotes"),
        (f"'{TOKEN}'", "is wrapped in quotes"),
        (f"Bearer {TOKEN}", "starts with a scheme"),
        (f"token {TOKEN}", "starts with a scheme"),
        (f"{TOKEN} {TOKEN}", "has white space inside"),
        (f"{TOKEN}\n{TOKEN}", "has white space inside"),
        ("$K6_CLOUD_TOKEN", "a variable reference that was not expanded"),
        ("${{ secrets.K6_CLOUD_TOKEN }}", "a variable reference that was not expanded"),
        ("********", "the masked value"),
        (f"{TOKEN}\u00e9", "no HTTP header carries"),
        (f"{TOKEN}\x07", "no HTTP header carries"),
        ("abcde", "has fewer than 6 characters"),
    ],
)
def test_an_impossible_token_is_refused_without_its_value(raw, said):
    """Row 3 of the scenarios: the message explains, and does not repeat."""
    with pytest.raises(CredentialsError) as caught:
        check_shape(raw, SOURCE)
    assert said in caught.value.explain()
    assert SOURCE in caught.value.cause
    assert caught.value.code is ExitCode.CREDENTIALS
    assert TOKEN not in caught.value.explain()


@pytest.mark.parametrize("raw", [f" {TOKEN}", f"{TOKEN}\n", f"\ufeff{TOKEN}", f"\r\n{TOKEN}\t"])
def test_outer_white_space_is_trimmed_with_a_warning(raw):
    """k6 itself would fail with an invalid header."""
    checked = check_shape(raw, SOURCE)
    assert checked.value == TOKEN
    assert "was trimmed" in checked.warnings[0]


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("glsa_", "service account token"),
        ("glc_", "access policy token"),
        ("eyJrIjoi", "old Grafana API key"),
        ("eyJhbGci", "JSON web token"),
        ("glpat-", "a GitLab token"),
    ],
)
def test_a_token_of_another_kind_is_known_by_its_prefix(prefix, kind):
    """A warning, not a refusal: formats may change."""
    checked = check_shape(prefix + TOKEN, SOURCE)
    assert kind in checked.warnings[0]
    assert TOKEN not in checked.warnings[0]


def test_an_ordinary_token_is_taken_as_it_is():
    """No format is published, so nothing else is assumed."""
    checked = check_shape(TOKEN, SOURCE)
    assert (checked.value, checked.warnings) == (TOKEN, ())
    assert TOKEN not in repr(checked)


def test_a_token_is_shown_by_its_end_and_a_fingerprint():
    """Enough to compare two places, too little to use; a short one by the fingerprint alone."""
    assert shown(TOKEN).startswith("****cdef (fingerprint ")
    assert len(shown(TOKEN)) == len("****cdef (fingerprint 01234567)")
    assert shown("short-token") == shown("short-token")
    assert shown("short-token").startswith("**** (fingerprint ")
    assert shown(TOKEN) != shown(TOKEN[:-1] + "0")


def test_a_test_run_token_is_known_by_the_variable_that_carries_it():
    """It has no form of its own."""
    assert wrong_kind(TOKEN) is None
    assert wrong_kind(TOKEN, {"K6_CLOUD_TEST_RUN_TOKEN": f"{TOKEN}\n"}).startswith("a test-run token")
    assert wrong_kind(TOKEN, {"K6_CLOUD_TEST_RUN_TOKEN": ""}) is None


@pytest.mark.parametrize(("token", "said"), [(TOKEN, "do not expire by themselves"), ("glc_" + TOKEN, "(glc_...)")])
def test_a_refusal_says_what_the_kind_explains(token, said):
    """Never with the value."""
    error = refused(ValueError("401"), SOURCE, wrong_kind(token))
    assert said in error.explain()
    assert SOURCE in error.cause
    assert TOKEN not in error.explain()
