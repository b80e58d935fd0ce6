"""A redacting text stream in front of another one, so that all printing passes the redactor."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import threading
from typing import TYPE_CHECKING, Any, TextIO, cast

from k6ci.lines import visible
from k6ci.redaction.streams import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import ReadableBuffer

    from k6ci.redaction.streams import StreamRedactor

_PASSED_ON = frozenset({"line_buffering", "mode", "name", "write_through"})
# A pipe whose reader ended (`| head`), a terminal that hung up.
_READER_GONE = frozenset({errno.EPIPE, errno.EIO})


class RedactedText(io.TextIOBase):
    """For `sys.stdout` and `sys.stderr`; made by `Redactor.wrap`. Safe to use from several threads.

    Control and invisible characters are written as escapes: no foreign text moves a cursor or begins a section. Text
    with control characters of our own (a live view, sections of a CI log) is written to `styled`. Output that may be
    the beginning of a secret is held back until more text comes, even by `flush`. `close`, which the interpreter calls
    at its end, writes it, and leaves the other stream open. `on_reader_gone` is called when nobody reads any more.
    NOTE: a child process that inherits the `fileno` writes past the redaction.
    """

    def __init__(
        self, target: TextIO, redactor: StreamRedactor, on_reader_gone: Callable[[], None] = lambda: None
    ) -> None:
        self._target = target
        self._on_reader_gone = on_reader_gone
        self._redactor = redactor
        self._buffer: _RedactedBytes | None = None
        # Reentrant: a signal handler may print while the thread that it interrupts does.
        self._lock = threading.RLock()
        self._is_at_line_start = True

    def __getattr__(self, name: str) -> Any:
        if name not in _PASSED_ON:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self._target, name)

    @property
    def buffer(self) -> io.BufferedIOBase:
        """The same stream for bytes; AttributeError where the other stream takes text only."""
        if self._buffer is None:
            _ = self._target.buffer
            self._buffer = _RedactedBytes(self)
        return self._buffer

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """As the other stream has it."""
        return self._target.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        """As the other stream has it."""
        return self._target.errors

    @property
    def styled(self) -> TextIO:
        """The same stream for text whose control characters are our own."""
        return cast("TextIO", _StyledText(self))

    @property
    def is_at_line_start(self) -> bool:
        """Whether the last text ended its line."""
        return self._is_at_line_start

    def write(self, text: str, /) -> int:
        """Write the text, redacted, control characters as escapes; return its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.write_styled(visible(text))
        return len(text)

    def write_styled(self, text: str) -> None:
        """Write the text, redacted, with its control characters."""
        self._refuse_when_closed()
        with self._lock:
            self._is_at_line_start = text.endswith("\n") if text else self._is_at_line_start
            self._emit(self._redactor.feed(text.encode(errors="surrogatepass")))

    def write_bytes(self, data: bytes) -> None:
        """Write bytes, redacted, in order with the text."""
        self._refuse_when_closed()
        with self._lock:
            clean = self._redactor.feed(data)
            with self._tolerating_lost_reader():
                self._target.flush()
                self._target.buffer.write(clean)

    def flush(self) -> None:
        """Flush the other stream; output that is held back stays."""
        with self._lock:
            if not self._target.closed:
                with self._tolerating_lost_reader():
                    self._target.flush()

    def close(self) -> None:
        """Write what is held back; the other stream stays open."""
        if self.closed:
            return
        with self._lock:
            rest = self._redactor.flush()
            if not self._target.closed:
                self._emit(rest)
        super().close()

    def fileno(self) -> int:
        """As the other stream has it."""
        return self._target.fileno()

    def isatty(self) -> bool:
        """Whether the other stream is a terminal."""
        return self._target.isatty()

    def writable(self) -> bool:
        """True."""
        return True

    def _emit(self, clean: bytes) -> None:
        if clean:
            with self._tolerating_lost_reader():
                self._target.write(decoded(clean))

    @contextlib.contextmanager
    def _tolerating_lost_reader(self) -> Iterator[None]:
        """When the reader is gone, discard what is written from then on; exit code and files still count."""
        try:
            yield
        except OSError as error:
            if error.errno not in _READER_GONE:
                raise
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._target.fileno())  # what is left in buffers goes there, at the interpreter's end, too
            os.close(nowhere)
            self._on_reader_gone()

    def _refuse_when_closed(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")


class _StyledText(io.TextIOBase):
    """`RedactedText.styled`: writes control characters as they are, and is the same stream otherwise."""

    def __init__(self, text: RedactedText) -> None:
        self._text = text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._text, name)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._text.encoding

    def write(self, text: str, /) -> int:
        self._text.write_styled(text)
        return len(text)

    def flush(self) -> None:
        self._text.flush()

    def fileno(self) -> int:
        return self._text.fileno()

    def isatty(self) -> bool:
        return self._text.isatty()

    def writable(self) -> bool:
        return True


class _RedactedBytes(io.BufferedIOBase):
    """`sys.stdout.buffer`: it buffers nothing, so text and bytes stay in order."""

    def __init__(self, text: RedactedText) -> None:
        self._text = text

    def write(self, data: ReadableBuffer, /) -> int:
        raw = bytes(data)
        self._text.write_bytes(raw)
        return len(raw)

    def flush(self) -> None:
        self._text.flush()

    def fileno(self) -> int:
        return self._text.fileno()

    def isatty(self) -> bool:
        return self._text.isatty()

    def writable(self) -> bool:
        return True
