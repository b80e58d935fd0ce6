"""Passwords that a script types for a person: into a form of a browser test, at a prompt, in a step of a scenario.

`page.locator("#password").fill("…")` of k6's browser module and of its like, `fill_in "Password", with: "…"`, the
answer of `expect "assword:"`, `I log in with password "…"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import QUOTED, Candidate, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import DIGIT, VALUE, Pattern, words

TRIGGERS = (
    words("pwd passw assword passphrase token api~key kennwort passwort senha", VALUE),
    words("pass", rb"[\"'`}][^\n]{6}"),
)

_PROMPT = Pattern(r"(?i)expect[ (][^\n]{0,60}assword", example='expect "assword:"')
_ANSWER = Pattern(rf"\bsend(?:line)?\s{{0,2}}\(?\s{{0,2}}(?:-- )?(?P<raw>{QUOTED})", example='send "changeme1"')
_ANSWER_LINES = 2
_ENTER = Pattern(r"(?:\\[rn]|\{enter\}|\{Enter\})+$", example="\\r")
_WORDS = ("pass", "pwd", "token", "api", "kennwort", "senha")


def find(context: LineContext) -> Iterator[Candidate]:
    """The passwords that are typed on one line, or on those behind the prompt that it waits for."""
    lowered = context.lowered
    if context.kind is FileKind.LABELS or not any(word in lowered for word in _WORDS):
        return
    yield from positions.find("typed", context)
    yield from _at_prompt(context)


def _at_prompt(context: LineContext) -> Iterator[Candidate]:
    prompt = _PROMPT.search(context.line)
    if prompt is None:
        return
    for number in range(context.number, min(context.number + _ANSWER_LINES, len(context.lines)) + 1):
        line = context.lines[number - 1]
        answer = _ANSWER.search(line, prompt.end() if number == context.number else 0)
        if answer:
            value = unquote(answer["raw"], answer.start("raw"))
            text = _ENTER.sub("", value.text)
            if DIGIT.search(text) and is_secret(text, NameKind.PASSWORD, Confidence.CODE):
                yield Candidate(number, value.start + 1, text, "assigned-password", "a script enters it as a password")
            return
