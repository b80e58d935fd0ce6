"""Passwords that a script types for a person: into a form of a browser test, at a prompt, in a step of a scenario.

`page.locator("#password").fill("…")` of k6's browser module and of its like, `fill_in "Password", with: "…"`, the
answer of `expect "assword:"`, `I log in with password "…"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors.candidates import QUOTED, Candidate, Value, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import VALUE, VALUE_COARSE, Pattern, words

TRIGGERS = (
    words("pwd passw assword passphrase token api~key kennwort passwort senha", VALUE, VALUE_COARSE),
    words("pass", rb"[\"'`}][^\n]{6}"),
)

_INTO_FIELD = Pattern(
    rf"(?i:pass(?:w[^\"'`\n]{{0,30}})?)[\"'`][^\n]{{0,60}}?[)\]]\s{{0,4}}\.(?:type|fill|sendKeys|send_keys|"
    rf"pressSequentially|"
    rf"setValue|set_value|val|typeText|setText|type_text)\(\s{{0,4}}(?P<raw>{QUOTED})"
)
_WITH_FIELD = Pattern(
    rf"\b(?:fill|type|fill_in|fillField|typeText|setValue|input_text|setVal)[ (]\s{{0,2}}[\"'`][^\"`\n]{{0,40}}"
    rf"(?i:passw)[^\n]{{0,30}}?[\"'`]\s{{0,2}},\s{{0,4}}(?:with:\s{{0,4}}|with=)?(?P<raw>{QUOTED})"
)
_STEP = Pattern(
    rf"(?i)\b(?:with|and|the|enter|use|is|a)\s{{1,2}}(?:the\s{{1,2}})?(?:password|"
    rf"passphrase)\s{{1,2}}(?:is\s{{1,2}}|of\s{{1,2}})?(?P<raw>{QUOTED})"
)
# "the password is", and what stands as code behind it, in a text.
_SAID = Pattern(
    r"(?i)\b(?P<what>token|api[ -]key|password|passphrase|passwort|kennwort|senha)"
    r"(?:\s(?:is|ist|lautet|for \w{1,20}))?\s?:{0,2}\s{0,2}(?:`|<code>)(?P<raw>[^`<>'\s]{6,100})(?:`|</code>)"
)
# A note in a comment; its value needs no digit.
_NOTE = Pattern(
    r"(?i)(?:^|\s)(?:#|//|/?\*|--|;|<!--|rem\s|\"\"\"|\{#)[^\n'\"`]{0,80}"
    r"\b(?:password|passwd|pwd|passphrase|passwort|kennwort|senha)"
    rf"(?:\s{{1,2}}(?:for|of)\s{{1,2}}\w{{1,20}})?\s{{0,2}}(?:is|=|:|ist)\s{{0,2}}(?P<raw>{QUOTED})",
    example="# Password is 'changeme'",
)
# A line of Robot Framework: the keyword, the field, the value, with two spaces or more between.
_KEYWORD = Pattern(
    r"(?i)^\s{1,20}Input (?:Password|Text)\s{2,20}\S{0,40}passw\S{0,40}\s{2,20}(?P<raw>\S{4,100})\s{0,20}$"
)
_VARIABLE = Pattern(r"(?i)^[$&]\{[\w ]{0,40}pass(?:word)?\}\s{0,2}=?\s{2,20}(?P<raw>[^\s$]\S{3,100})\s{0,20}$")
_PROMPT = Pattern(r"(?i)expect[ (][^\n]{0,60}assword")
_ANSWER = Pattern(rf"\bsend(?:line)?\s{{0,2}}\(?\s{{0,2}}(?:-- )?(?P<raw>{QUOTED})")
_ANSWER_LINES = 2
_ENTER = Pattern(r"(?:\\[rn]|\{enter\}|\{Enter\})+$")
_DIGIT = Pattern(r"[0-9]")
_WORDS = ("pass", "pwd", "token", "api", "kennwort", "senha")
_TEXTS = frozenset({FileKind.PROSE, FileKind.CONFIG})
_PATTERNS = (_INTO_FIELD, _WITH_FIELD, _STEP, _KEYWORD, _VARIABLE)


def find(context: LineContext) -> Iterator[Candidate]:
    """The passwords that are typed on one line, or on those behind the prompt that it waits for."""
    lowered = context.lowered
    if context.kind is FileKind.LABELS or not any(word in lowered for word in _WORDS):
        return
    for pattern in _PATTERNS:
        for match in pattern.finditer(context.line):
            yield from _check(unquote(match["raw"], match.start("raw")), context.number)
    for match in _SAID.finditer(context.line) if context.kind in _TEXTS else ():
        if "token" not in match["what"].lower() or is_generated(match["raw"], shortest=24):
            yield from _check(Value(match["raw"], match.start("raw"), is_quoted=True), context.number)
    yield from _in_notes(context)
    yield from _at_prompt(context)


def _in_notes(context: LineContext) -> Iterator[Candidate]:
    for match in _NOTE.finditer(context.line):
        value = unquote(match["raw"], match.start("raw"))
        if " " not in value.text and is_secret(value.text, NameKind.PASSWORD, Confidence.LOGIN):
            yield Candidate(
                context.number, value.start + 1, value.text, "assigned-password", "a comment contains a password"
            )


def _at_prompt(context: LineContext) -> Iterator[Candidate]:
    prompt = _PROMPT.search(context.line)
    if prompt is None:
        return
    for number in range(context.number, min(context.number + _ANSWER_LINES, len(context.lines)) + 1):
        line = context.lines[number - 1]
        answer = _ANSWER.search(line, prompt.end() if number == context.number else 0)
        if answer:
            yield from _check(unquote(answer["raw"], answer.start("raw")), number)
            return


def _check(value: Value, number: int) -> Iterator[Candidate]:
    text = _ENTER.sub("", value.text)
    # A word alone is as often what a test calls a password.
    if _DIGIT.search(text) and is_secret(text, NameKind.PASSWORD, Confidence.CODE):
        yield Candidate(number, value.start + 1, text, "assigned-password", "a script enters it as a password")
