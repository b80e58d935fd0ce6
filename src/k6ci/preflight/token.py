"""The first check: is there a token, and does it have the form of one?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from k6ci.cloud.credentials import check_shape, missing, refused, wrong_kind
from k6ci.cloud.failures import UNAUTHORIZED, ApiError, CallError, explained
from k6ci.errors import CredentialsError, K6ciError
from k6ci.preflight.checked import Checked
from k6ci.redaction import Redactor
from k6ci.settings.model import Settings


@dataclasses.dataclass(frozen=True)
class Token:
    """A token as it is sent: `source` says where it came from, `other_kind` what it looks like if not a k6 token."""

    value: str = dataclasses.field(repr=False)
    source: str
    other_kind: str | None

    def explain(self, error: CallError, host: str) -> K6ciError:
        """The error for a person when a request with this token fails for good; a refused token is named."""
        if isinstance(error, ApiError) and error.status == UNAUTHORIZED:
            return refused(error, self.source, self.other_kind)
        return explained(error, host)


def check_token(
    settings: Settings, environ: Mapping[str, str], secrets_place: str, redactor: Redactor
) -> Checked[Token]:
    """The token of the settings, added to the redactor.

    Args:
        settings: with the token and where it came from.
        environ: tells the k6 tokens of a test run apart, which are not for the API.
        secrets_place: where a person stores the token, as the end of a sentence.
        redactor: learns the token.
    """
    token = settings.token
    if token is None and settings.empty_secret is None and "token" in settings.malformed:
        return Checked()  # a problem of the settings says so
    if token is None:
        offered = " ".join(candidate.source for name, candidate in settings.candidates if name == "token")
        places = "".join(f", and {path} has none" for path in settings.config_paths if str(path) not in offered)
        remedy = f"Store a stack token of Grafana Cloud k6 {secrets_place}."
        return Checked(problems=(missing(settings.empty_secret, places, environ, remedy),))
    try:
        checked = check_shape(token.value.get_secret_value(), token.source)
    except CredentialsError as error:
        return Checked(problems=(error,))
    redactor.add(checked.value)
    return Checked(Token(checked.value, token.source, wrong_kind(checked.value, environ)), checked.warnings)
