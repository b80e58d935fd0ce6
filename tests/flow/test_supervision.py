"""A supervised child process never blocks on its pipes, and none outlives the block that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from k6ci.k6.supervision import Child, OutputTail, TimedOutError, run_process, supervised

pytestmark = pytest.mark.anyio
_READY = "import sys, time; print('ready', flush=True);"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_READY} time.sleep(60)"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Output(OutputTail):
    """All that was written, and the moment when something was."""

    def __init__(self) -> None:
        super().__init__(2**24)
        self.has_begun = anyio.Event()

    def feed(self, chunk: bytes) -> None:
        super().feed(chunk)
        self.has_begun.set()


@contextlib.asynccontextmanager
async def python(code: str, stdin: bytes | None = None) -> AsyncIterator[tuple[Child, Output, Output]]:
    out, err = Output(), Output()
    async with supervised(
        [sys.executable, "-c", code],
        environ=os.environ,
        folder=Path.cwd(),
        on_stdout=out.feed,
        on_stderr=err.feed,
        stdin=stdin,
        grace_seconds=0.5,
    ) as child:
        yield child, out, err


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def test_input_and_both_outputs_larger_than_a_pipe_do_not_block() -> None:
    code = "import sys; data = sys.stdin.read(); sys.stderr.write(data); sys.stdout.write(data); sys.exit(7)"
    async with python(code, b"x" * 2**20) as (child, out, err):
        ended = await child.finished(limit_seconds=30)
    assert (ended.exit_code, ended.is_timed_out) == (7, False)
    assert out.data == err.data == b"x" * 2**20


async def test_a_child_that_reads_nothing_ends_like_any_other() -> None:
    async with python("raise SystemExit(3)", b"x" * 2**22) as (child, _, _):
        assert (await child.finished(limit_seconds=30)).exit_code == 3


async def test_a_child_that_ignores_sigterm_is_killed_when_its_time_is_up() -> None:
    async with python(_STUBBORN) as (child, out, _):
        await out.has_begun.wait()
        ended = await child.finished(limit_seconds=0.1)
    assert (ended.exit_code, ended.is_timed_out) == (-9, True)


async def test_stop_ends_a_child_and_what_it_started() -> None:
    inner = f"{_READY} time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    stop = anyio.Event()
    async with python(code) as (child, out, _):
        await out.has_begun.wait()
        stop.set()
        ended = await child.finished(limit_seconds=30, stop=stop)
    assert (ended.exit_code, ended.is_timed_out) == (-15, False)


async def test_a_pipe_that_another_process_holds_open_delays_a_stop_by_the_grace_only() -> None:
    code = (
        "import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " start_new_session=True).pid, flush=True); time.sleep(60)"
    )
    stop, begun = anyio.Event(), time.monotonic()
    async with python(code) as (child, out, _):
        await out.has_begun.wait()
        stop.set()
        await child.finished(limit_seconds=60, stop=stop)
    os.kill(int(out.data.split()[0]), signal.SIGKILL)
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("code", [_STUBBORN, f"{_READY} time.sleep(60)"], ids=["ignores SIGTERM", "ends by SIGTERM"])
async def test_no_child_outlives_a_caller_that_is_cancelled(code: str) -> None:
    pids: list[int] = []
    with anyio.move_on_after(20) as scope:
        async with python(code) as (child, out, _):
            pids.append(child.pid)
            await out.has_begun.wait()
            scope.cancel()
            await child.finished(limit_seconds=30)
    assert not is_alive(pids[0])


async def test_no_child_outlives_an_error_of_the_caller() -> None:
    pids: list[int] = []

    async def failing() -> None:
        async with python(_STUBBORN) as (child, out, _):
            pids.append(child.pid)
            await out.has_begun.wait()
            raise ValueError

    with pytest.raises(ExceptionGroup):
        await failing()
    assert not is_alive(pids[0])


async def test_a_process_that_takes_too_long_is_an_error_that_names_it(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(TimedOutError, match="did not end within 1 s"):
        await run_process(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            environ=os.environ,
            folder=tmp_path,
            timeout_seconds=1,
        )
    assert time.monotonic() - begun < 30


async def test_of_long_output_the_end_is_kept() -> None:
    tail = OutputTail(10)
    for number in range(100):
        tail.feed(f"{number:03}".encode())
    assert tail.data == b"6097098099"
