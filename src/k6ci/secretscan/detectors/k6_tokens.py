"""The k6 Cloud token without a syntax around it: 32 or 64 hex digits on a line that mentions a k6 token.

`aws ssm put-parameter --name /k6/token --value …`, `echo … | gh secret set K6_CLOUD_TOKEN`, a note in a text.
"""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import Candidate
from k6ci.secretscan.heuristics.context import LineContext
from k6ci.secretscan.heuristics.names import kind_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.patterns import Pattern, words

TRIGGERS = (words("token", rb"[^\n]{32}"),)

_MENTION = Pattern(r"(?i)(?:k6|loadimpact|load_impact)[\w./ \-]{0,20}token", example="k6 cloud token")
_VALUE = Pattern(
    r"(?<![A-Za-z0-9@+/_\-])(?:-e[A-Z_]{1,40}=)?(?P<value>[0-9a-f]{64}|[0-9a-f]{32})(?![A-Za-z0-9+/_\-])",
    example="0" * 32,
)
_NAMED = Pattern(r"(?P<name>[\w.\-]{1,60})[\"']?\s?[:=]\s?[\"']?$", example='token: "')
_DIGEST = Pattern(r"(?i)sha-?(?:1|256|512)|md5|checksum|digest|hash|commit|integrity|span|trace", example="sha256")


def find(context: LineContext) -> Iterator[Candidate]:
    """The values on one line that have the format of a k6 token, when the line mentions one."""
    line, number = context.line, context.number
    if not _MENTION.search(line) or _DIGEST.search(line):
        return
    for match in _VALUE.finditer(line):
        named = _NAMED.search(line, max(0, match.start("value") - 80), match.start("value"))
        if named and kind_of(named["name"]) is None:
            continue
        if is_generated(match["value"], shortest=32):
            reason = "the line mentions a k6 token, and this value has its format"
            yield Candidate(number, match.start("value") + 1, match["value"], "k6-cloud-token", reason)
