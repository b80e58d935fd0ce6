"""Lines of configuration that name a password and have no sign between: `requirepass …`, `enable secret 0 …`.

Also the lists that such a line opens, such as the `user:password` lines below `chpasswd`.
"""

from __future__ import annotations

from collections.abc import Iterator

from k6ci.secretscan.detectors import positions
from k6ci.secretscan.detectors.candidates import NAME, QUOTED, Candidate, Value, find_named, unquote
from k6ci.secretscan.heuristics.context import Confidence, LineContext
from k6ci.secretscan.heuristics.decision import is_secret
from k6ci.secretscan.heuristics.names import NameKind, is_glued_password, kind_of
from k6ci.secretscan.heuristics.randomness import is_generated
from k6ci.secretscan.inputs.file_types import FileKind
from k6ci.secretscan.patterns import RANDOM, SHORT_VALUE, VALUE, Pattern, words

TRIGGERS = (
    words(
        "passw secret pwd token auth credential _pass requirepass userpwd api~key masterauth community",
        VALUE,
    ),
    words("bindpw rootpw psk ␣pass ␣-pass", rb"[ \t][^\n]{4}"),
    words("slack:", rb" [^\n]{1,40}:[^\n]{20}"),
    words("<auth-user-pass> on␣> login= stats␣auth"),
    words("com2sec createuser authinfo:", rb"[ \t:][^\n]{4}"),
    words("]:", rb"[0-9]{2,5}[ \t]{1,20}[^ \t\n:]{1,80}:[^ \t\n]{4}"),
    words("key", RANDOM),
    words("pass pw psk", SHORT_VALUE),
)

_RAW = rf"(?P<raw>{QUOTED}|[^\s\"'`={{:<][^\s]{{2,200}})"
_DIRECTIVE = Pattern(
    rf"^\s{{0,40}}(?P<name>{NAME})\s{{1,20}}(?:--plaintext\s{{1,4}})?{_RAW};?\s{{0,20}}$",
    example="requirepass changeme1",
)
# `username "bob" password "…"`, `:password "…"`, `set :password, "…"`, `#define WIFI_PASS "…"`, `{pass, <<"…">>}`.
_INLINE = Pattern(
    rf"(?:(?<![\w:]):(?P<symbol>{NAME}),?\s{{1,8}}|#define\s{{1,8}}(?P<macro>{NAME})\s{{1,40}}@?|"
    rf"\{{(?P<atom>{NAME}),\s{{0,4}}<<|"
    rf"\buser(?:name)?\s{{1,4}}\S{{1,60}}\s{{1,4}}(?P<word>password|pass)\s{{1,4}})(?P<raw>{QUOTED})",
    example='#define WIFI_PASS "changeme1"',
)
_NUMBERED = Pattern(r"[0-9](?!.*/)|[a-z][-_.][a-z]+[-_.][a-z]", example="a1")
_USER_LINE = Pattern(
    r"^\s{1,20}(?:-\s{1,4})?[a-z_][\w\-]{0,30}:(?P<value>[^\s:]{4,100})\s{0,4}$", example="  ann:changeme1"
)
_LIST_LINES = 8


def find(context: LineContext) -> Iterator[Candidate]:
    """The passwords that stand behind their names on one line, or in the list that it opens."""
    if context.kind in {FileKind.CONFIG, FileKind.CODE}:
        yield from _alone(context)
    if context.kind is not FileKind.LABELS:
        for match in _INLINE.finditer(context.line) if any(quote in context.line for quote in "\"'`") else ():
            name = next(found for found in match.groups() if found)
            value = unquote(match["raw"], match.start("raw"))
            places = (Confidence.LOGIN,) if match["word"] else context
            yield from find_named(name, value, context.number, places)
    yield from positions.find("directives", context)
    if context.kind is FileKind.CONFIG:
        if "chpasswd" in context.line:
            yield from _listed(context)
        # A login in a tunnel's profile: the user's line and the password's.
        if "<auth-user-pass>" in context.line and context.number + 1 < len(context.lines):
            text = context.lines[context.number + 1].strip()
            value = Value(text, 0, is_quoted=False)
            yield from find_named("password", value, context.number + 2, (Confidence.LOGIN,) if " " not in text else ())


def _alone(context: LineContext) -> Iterator[Candidate]:
    match = _DIRECTIVE.match(context.line)
    kind = kind_of(match["name"]) if match else None
    # `proxy_pass backend2;` of nginx says where requests go.
    if match is None or kind is None or match["name"] == "proxy_pass":
        return
    name, value = match["name"], unquote(match["raw"], match.start("raw"))
    if kind is not NameKind.PASSWORD:
        if context.kind is FileKind.CONFIG and is_generated(value.text, shortest=20):
            yield from find_named(name, value, context.number, (Confidence.CONFIG,))
    elif value.is_quoted:
        yield from find_named(name, value, context.number, context)
    elif context.kind is FileKind.CONFIG:
        is_sure = is_glued_password(name) or _NUMBERED.search(value.text) or is_generated(value.text)
        places = (
            (Confidence.LOGIN,)
            if is_sure
            else (place for place in context.confidences(name, value.text) if place >= Confidence.LOGIN)
        )
        yield from find_named(name, value, context.number, places)


def _listed(context: LineContext) -> Iterator[Candidate]:
    for index, line in enumerate(context.lines[context.number : context.number + _LIST_LINES], context.number + 1):
        match = _USER_LINE.match(line)
        if match and is_secret(match["value"], NameKind.PASSWORD, Confidence.CONFIG):
            value = Value(match["value"], match.start("value"), is_quoted=False)
            yield from find_named("password", value, index, (Confidence.CONFIG,))
