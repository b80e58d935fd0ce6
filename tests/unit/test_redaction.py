"""What the Redactor masks and what it leaves alone: form by form, with the encoders that make the forms."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
import shlex
import string
import urllib.parse
from collections.abc import Callable
from xml.sax import saxutils

import pytest

from k6ci.redaction import Redactor

Encoder = Callable[[str], str]


def _special(size: int = 12) -> str:
    """A made-up password with what encoders quarrel about, new in each run."""
    letters = "".join(secrets.choice(string.ascii_letters) for _ in range(size))
    return f"{letters[:3]}/+{letters[3:6]}=&{letters[6:9]}\"'{letters[9:]}$~\\ü<z"


def _token() -> str:
    return secrets.token_hex(16)


ENCODERS: dict[str, Encoder] = {
    "literal": str,
    "hex": lambda v: v.encode().hex(),
    "hex in capitals": lambda v: v.encode().hex().upper(),
    "hex dump": lambda v: v.encode().hex(" "),
    "Go byte slice": lambda v: " ".join(map(str, v.encode())),
    "JSON byte array": lambda v: json.dumps(list(v.encode())).strip("[]"),
    "quote": urllib.parse.quote,
    "quote all": lambda v: urllib.parse.quote(v, safe=""),
    "quote_plus": urllib.parse.quote_plus,
    "quote in lower case": lambda v: re.sub("%..", lambda m: m[0].lower(), urllib.parse.quote(v, safe="")),
    "encodeURIComponent": lambda v: urllib.parse.quote(v, safe="~!*'()"),
    "encodeURI": lambda v: urllib.parse.quote(v, safe="~!*'();,/?:@&=+$#"),
    "url.PathEscape": lambda v: urllib.parse.quote(v, safe="$&+=:@~"),
    "url.UserPassword": lambda v: urllib.parse.quote(v, safe="$&+,;=~"),
    "percent, each byte": lambda v: "".join(f"%{byte:02X}" for byte in v.encode()),
    "quote twice": lambda v: urllib.parse.quote(urllib.parse.quote(v, safe=""), safe=""),
    "json": lambda v: json.dumps(v)[1:-1],
    "json in UTF-8": lambda v: json.dumps(v, ensure_ascii=False)[1:-1],
    "json with escaped slashes": lambda v: json.dumps(v)[1:-1].replace("/", "\\/"),
    "Go json": lambda v: json.dumps(v, ensure_ascii=False)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026"),
    "json, each character": lambda v: "".join(f"\\u{ord(c):04x}" for c in v),
    "json, each character in capitals": lambda v: "".join(f"\\u{ord(c):04X}" for c in v),
    "json in json": lambda v: json.dumps(json.dumps(v))[3:-3],
    "url in json": lambda v: json.dumps(urllib.parse.quote(v))[1:-1],
    "shlex": lambda v: shlex.quote(v + " ")[1:-2],
    "bash single quotes": lambda v: v.replace("'", "'\\''"),
    "double quotes": lambda v: re.sub(r'(["$`\\])', r"\\\1", v),
    "printf %q": lambda v: re.sub(r"([^\w@%+=:,./~-])", r"\\\1", v, flags=re.ASCII).replace("\\ü", "ü"),
    "re.escape": re.escape,
    "YAML single quotes": lambda v: v.replace("'", "''"),
    "CSV": lambda v: v.replace('"', '""'),
    "html.escape": html.escape,
    "xml text": saxutils.escape,
    "xml attribute": lambda v: saxutils.quoteattr(v)[1:-1],
    "xml all entities": lambda v: saxutils.escape(v, {"'": "&apos;", '"': "&quot;"}),
    "markupsafe": lambda v: html.escape(v).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "decimal references": lambda v: "".join(f"&#{ord(c)};" for c in v),
    "hex references": lambda v: "".join(f"&#x{ord(c):x};" for c in v),
    "repr": lambda v: repr(v)[1:-1],
    "repr of bytes": lambda v: repr(v.encode())[2:-1],
    "ascii": lambda v: ascii(v)[1:-1],
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 unpadded": lambda v: base64.b64encode(v.encode()).decode().rstrip("="),
    "base64url": lambda v: base64.urlsafe_b64encode(v.encode()).decode(),
    "base64 in a URL": lambda v: urllib.parse.quote_plus(base64.b64encode(v.encode()).decode()),
    "workflow command": lambda v: v.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"),
}


@pytest.mark.parametrize("make", [_token, _special, lambda: "glsa_" + secrets.token_urlsafe(24)])
@pytest.mark.parametrize("name", ENCODERS)
def test_every_usual_form_is_masked_whole(name, make):
    """Nothing of the form may remain: not a character, not its length."""
    value = make()
    redactor = Redactor([value])
    assert redactor.text(f"token=<{ENCODERS[name](value)}> end") == "token=<***> end"


@pytest.mark.parametrize("size", [8, 9, 10, 16, 32, 64])
@pytest.mark.parametrize("before", ["", "a", "ab", "user:", "user12:"])
@pytest.mark.parametrize("after", ["", "\n", "!!", "end of it"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_of_a_text_around_the_secret_keeps_at_most_a_mixed_character(size, before, after, encode):
    """`Authorization: Basic` has the token after the user's name, at any of three alignments."""
    value = secrets.token_urlsafe(size)[:size]
    encoded = encode(f"{before}{value}{after}".encode()).decode()
    untouched_before, untouched_after = len(before) * 8 // 6, len(after) * 8 // 6
    kept_before, kept_after = Redactor([value]).text(encoded).split("***")
    assert len(kept_before) - untouched_before in {0, 1}
    assert len(kept_after.rstrip("=")) - untouched_after in {-1, 0, 1}


@pytest.mark.parametrize("width", [64, 76])
def test_base64_wrapped_by_command_line_tools_is_masked(width):
    """coreutils and openssl cut the lines of a long token's base64."""
    value = secrets.token_hex(40)
    encoded = base64.b64encode(value.encode()).decode()
    lines = "\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))
    assert Redactor([value]).text(f"data: {lines}\n") == "data: ***\n"


def test_values_of_less_than_six_characters_are_ignored():
    """A mask of "1" wrecks a log; credentials refuse such a token."""
    redactor = Redactor(["1", "12345", "", "   ", "  abcde \n"])
    assert redactor.text("1 12345 abcde") == "1 12345 abcde"


@pytest.mark.parametrize("size", [6, 7])
def test_short_values_are_masked_in_their_literal_form_only(size):
    """Encodings of 6 characters are common words by chance."""
    value = "".join(secrets.SystemRandom().sample(string.hexdigits[:16], size))  # `abcabc` twice is one long value
    redactor = Redactor([value])
    assert redactor.text(f"{value} {value}{value}, x{value}") == "*** ******, x***"
    encoded = base64.b64encode(value.encode()).decode()
    assert redactor.text(encoded) == encoded


@pytest.mark.parametrize("size", [6, 7, 8, 11, 14, 15, 16, 22, 23, 24, 40])
def test_a_value_is_found_at_every_place(size):
    """The search looks at every 16th place only: no alignment may slip through."""
    value = secrets.token_hex(20)[:size]
    redactor = Redactor([value])
    for place in range(40):
        for rest in (0, 1, 7, 8, 30):
            assert redactor.text("." * place + value + "." * rest) == "." * place + "***" + "." * rest


def test_outer_white_space_of_a_value_does_not_count():
    """Secrets pasted with a line end are sent trimmed."""
    value = _token()
    assert Redactor([f" \t{value}\r\n"]).text(f"[{value}]") == "[***]"


def test_each_line_of_a_value_is_masked_too():
    """A log shows a key line by line, each with its own prefix."""
    lines = [secrets.token_hex(20) for _ in range(3)]
    redactor = Redactor(["\r\n".join([*lines, "end"])])
    assert redactor.text(" | ".join(lines)) == "*** | *** | ***"
    assert redactor.text("\\n".join(lines) + " the end") == "***\\n***\\n*** the end"


def test_the_whole_of_a_value_of_several_lines_is_one_mask():
    """How many lines a key has is nobody's business."""
    value = "\n".join(secrets.token_hex(20) for _ in range(3))
    redactor = Redactor([value])
    assert redactor.text(f"key:\n{value}\n") == "key:\n***\n"
    assert redactor.text(json.dumps({"key": value})) == '{"key": "***"}'


def test_the_longest_of_nested_secrets_is_masked():
    """A secret that begins like another one must not leave its rest behind."""
    short = _token()
    long = short + "-" + _token()
    for values in ([short, long], [long, short]):
        assert Redactor(values).text(f"{long} {short}") == "*** ***"


def test_secrets_that_overlap_share_one_mask():
    """Masking the first only would show the end of the second."""
    parts = [secrets.token_hex(8) for _ in range(3)]
    redactor = Redactor([parts[0] + parts[1], parts[1] + parts[2]])
    assert redactor.text(f"<{''.join(parts)}>") == "<***>"


def test_ordinary_text_comes_back_as_the_same_object():
    """No copy where nothing was found, and nothing changed by an encoding on the way."""
    redactor = Redactor([_token(), _special()])
    text = 'time=12:00 level=info msg="100 % of 5/5 done" \\u00e4 &amp; ü \ud83d \U0001f600 ===='
    assert redactor.text(text) is text
    data = bytes(range(256)) * 4
    assert redactor.data(data) is data


def test_a_redactor_without_values_passes_everything():
    """Before the settings are read there is nothing to hide."""
    redactor = Redactor()
    assert redactor.text("hello") == "hello"
    assert redactor.data(b"") == b""
    assert redactor.stream().feed(b"hello") == b"hello"


def test_bytes_that_are_not_text_around_a_secret_stay():
    """k6 prints response bodies as they are."""
    value = _token()
    assert Redactor([value]).data(b"\xff\xfe" + value.encode() + b"\xc3") == b"\xff\xfe***\xc3"


def test_a_value_from_undecodable_bytes_is_masked_in_text_and_bytes():
    """The environment gives such values with lone surrogates (PEP 383)."""
    raw = secrets.token_hex(8).encode() + b"\xff\xfe" + secrets.token_hex(8).encode()
    value = raw.decode(errors="surrogateescape")
    redactor = Redactor([value])
    assert redactor.data(b"<" + raw + b">") == b"<***>"
    assert redactor.text(f"<{value}>") == "<***>"
    assert redactor.text(base64.b64encode(raw).decode()) == "***"


def test_a_character_that_a_mask_cuts_in_two_does_no_harm():
    """A value of raw bytes may begin in the middle of a character of the text."""
    raw = b"\x80" + secrets.token_hex(8).encode()
    redactor = Redactor([raw.decode(errors="surrogateescape")])
    text = (b"<\xc2" + raw + b">").decode()
    assert redactor.text(text) == "<\N{REPLACEMENT CHARACTER}***>"


@pytest.mark.parametrize("adornment", ['"{}"', "'{}'", "Bearer {}", "token  {}", '"Bearer {}"'])
def test_what_was_pasted_along_with_a_token_does_not_hide_it(adornment):
    """The message that explains such a mistake, or a library, may show the token alone."""
    value = _token()
    redactor = Redactor([adornment.format(value)])
    assert redactor.text(f"got {value}, {adornment.format(value)}.") == "got ***, ***."
    assert redactor.text("Bearer of bad news, token") == "Bearer of bad news, token"
    assert Redactor(["'" + value]).text(value) == value


def test_half_an_emoji_in_a_value_does_no_harm():
    """A value that is no text in any encoding must not make the redactor fail."""
    value = _token() + "\ud83d"
    assert Redactor([value]).text(f"<{value}>") == "<***>"


def test_a_value_that_is_added_later_counts_from_then_on():
    """A token that arrives by an exchange is not known at the start."""
    redactor, value = Redactor([_token()]), _token()
    assert redactor.text(value) == value
    redactor.add(value)
    redactor.add(value)
    assert redactor.text(value) == "***"


def test_the_redactor_does_not_show_what_it_knows():
    """It appears in tracebacks with locals, and in debuggers."""
    value = _token()
    assert value not in repr(Redactor([value]))
    assert value not in str(vars(Redactor([value]).stream()))
