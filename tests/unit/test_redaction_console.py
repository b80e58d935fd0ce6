"""The redacting text stream in front of a real one: what goes out when, and that it answers as the real one."""

from __future__ import annotations

import io
import os
import pty
import secrets
import subprocess
import sys
import textwrap
import threading

import pytest

from k6ci.redaction import Redactor


class _Channel(io.TextIOWrapper):
    """A text stream with bytes below, like `sys.stdout`, that remembers what came out."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def seen(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()


@pytest.fixture
def value():
    return secrets.token_hex(16)


@pytest.fixture
def channel():
    return _Channel()


def test_a_line_goes_out_at_once(value, channel):
    """People watch the log."""
    out = Redactor([value]).wrap(channel)
    print(f"token {value} refused", file=out)
    assert channel.seen() == "token *** refused\n"


def test_a_secret_in_two_writes_is_masked(value, channel):
    """`print(a, b, sep="")` writes piece by piece."""
    out = Redactor([value]).wrap(channel)
    for cut in range(1, len(value)):
        print(value[:cut], value[cut:], sep="", file=out, flush=True)
    assert channel.seen() == "***\n" * (len(value) - 1)


def test_flush_does_not_let_go_of_half_a_secret(value, channel):
    """A progress line that is flushed in the middle of a token must not show the first half."""
    out = Redactor([value]).wrap(channel)
    out.write(f"a token: {value[:20]}")
    out.flush()
    assert channel.seen() == "a token: "
    out.write(f"{value[20:]} and more.")
    out.flush()
    assert channel.seen() == "a token: *** and more."


def test_what_only_looked_like_a_secret_appears_with_the_next_text(value, channel):
    """Nothing may get lost."""
    out = Redactor([value]).wrap(channel)
    out.write(f"commit {value[:7]}")
    out.write("\n")
    assert channel.seen() == f"commit {value[:7]}\n"


def test_close_writes_what_waited_and_leaves_the_target_open(value, channel):
    """The wrapped stream is the process's stdout, which others use afterwards."""
    out = Redactor([value]).wrap(channel)
    out.write(value[:5])
    out.close()
    out.close()
    assert channel.seen() == value[:5]
    assert out.closed
    assert not channel.closed
    with pytest.raises(ValueError, match="closed"):
        out.write("more")
    with pytest.raises(ValueError, match="closed"):
        out.buffer.write(b"more")


def test_a_target_that_is_closed_first_does_no_harm(value, channel):
    """At the end of an interpreter, the order is not ours."""
    out = Redactor([value]).wrap(channel)
    out.write(value[:5])
    channel.close()
    out.flush()
    out.close()
    assert out.closed


def test_bytes_are_redacted_in_their_place_among_the_text(value, channel):
    """`sys.stdout.buffer` is a way past a text-only redaction."""
    out = Redactor([value]).wrap(channel)
    out.write("text ")
    assert out.buffer.write(f"bytes {value}, ".encode()) == 6 + len(value) + 2
    out.buffer.write(memoryview(value[:9].encode()))
    out.buffer.flush()
    out.write(value[9:] + " text")
    assert channel.seen() == "text bytes ***, *** text"


def test_bytes_that_are_no_text_do_not_stop_the_output(channel):
    """Half a character may wait when text follows."""
    value = "ü" * 8
    out = Redactor([value]).wrap(channel)
    out.buffer.write(value.encode()[:5])
    out.write("!\n")
    assert channel.seen() == "üü\N{REPLACEMENT CHARACTER}!\n"


def test_a_target_without_bytes_has_no_buffer(value):
    """As `io.StringIO` has none; nothing unredacted is offered in its place."""
    out = Redactor([value]).wrap(io.StringIO())
    with pytest.raises(AttributeError):
        _ = out.buffer
    with pytest.raises(io.UnsupportedOperation):
        out.detach()


def test_no_attribute_leads_past_the_redaction(value, channel):
    """Only harmless ones are passed on."""
    out = Redactor([value]).wrap(channel)
    assert (out.encoding, out.errors, out.write_through) == ("utf-8", "strict", True)
    with pytest.raises(AttributeError, match="reconfigure"):
        _ = out.reconfigure
    with pytest.raises(TypeError, match="bytes"):
        out.write(value.encode())
    assert out.writable()
    assert not out.readable()
    assert out.buffer.writable()


def test_a_terminal_is_still_one(value):
    """rich and k6 ask before they draw."""
    parent, child = pty.openpty()
    try:
        with open(child, "w", encoding="utf-8", closefd=False) as terminal:
            out = Redactor([value]).wrap(terminal)
            assert out.isatty()
            assert out.buffer.isatty()
            assert out.fileno() == out.buffer.fileno() == child
            print(value, file=out, flush=True)
            assert os.read(parent, 100) == b"***\r\n"
    finally:
        os.close(parent)
        os.close(child)


def test_threads_do_not_tear_secrets_apart(value, channel):
    """Blocking libraries log from threads of their own."""
    out = Redactor([value]).wrap(channel)
    threads = [
        threading.Thread(target=lambda: [out.write(f"{value}\n") for _ in range(300)], daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert channel.seen() == "***\n" * 1200


def test_an_interpreter_writes_all_of_its_output_before_it_ends(value):
    """The last words of a process have no line end, or are a traceback with the secret in it."""
    program = textwrap.dedent("""
        import os, sys
        from k6ci.redaction import Redactor
        redactor = Redactor([os.environ["CANARY"]])
        sys.stdout, sys.stderr = redactor.wrap(sys.stdout), redactor.wrap(sys.stderr)
        print("last words:", os.environ["CANARY"][:4], end="")
        raise RuntimeError(os.environ["CANARY"] + " is bad")
    """)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "CANARY": value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == f"last words: {value[:4]}"
    assert done.stderr.endswith("RuntimeError: *** is bad\n")


def test_the_streams_answer_as_the_target_does(value, tmp_path):
    """Libraries ask them for the file, the terminal and the encoding."""
    with (tmp_path / "out").open("w", encoding="utf-8") as target:
        out = Redactor([value]).wrap(target)
        for stream in (out, out.styled, out.buffer):
            assert stream.fileno() == target.fileno()
            assert not stream.isatty()
            assert stream.writable()
        assert (out.encoding, out.styled.encoding, out.errors) == ("utf-8", "utf-8", "strict")
        assert out.styled.write(f"\x1b[1m{value}\n") == len(value) + 5
        out.styled.flush()
        assert out.styled.is_at_line_start
    assert (tmp_path / "out").read_text() == "\x1b[1m***\n"


def test_a_reader_that_has_gone_is_told_once_and_what_follows_is_discarded(value):
    """`k6ci ... | head -1`: exit code and files still count."""
    reading, writing = os.pipe()
    os.close(reading)
    told = []
    with open(writing, "w", encoding="utf-8", buffering=1) as target:  # noqa: PTH123 -- a file descriptor
        out = Redactor([value]).wrap(target, lambda: told.append(True))
        print("somebody?", file=out, flush=True)
        print("nobody", file=out, flush=True)
    assert told == [True]
