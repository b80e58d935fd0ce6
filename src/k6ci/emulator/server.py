"""Binds the loopback port, serves the application, and stops everything when the block of the caller ends."""

from __future__ import annotations

import contextlib
import secrets
import socket
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import uvicorn

from k6ci.clock import Clock, SystemClock
from k6ci.emulator.application import application
from k6ci.emulator.authentication import Authenticator
from k6ci.emulator.connections import Connections
from k6ci.emulator.execution import K6
from k6ci.emulator.faults import FaultRegistry
from k6ci.emulator.journal import RequestJournal
from k6ci.emulator.run_executor import RunExecutor
from k6ci.emulator.services import EmulatorServices
from k6ci.emulator.stack_state import StackState
from k6ci.errors import SettingsError
from k6ci.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from k6ci.emulator.config import EmulatorConfig
    from k6ci.emulator.run import Run

HOST = "127.0.0.1"
_BACKLOG = 128
_TICK_SECONDS = 0.01
_SHUTDOWN_SECONDS = 2.0
_WEBSOCKET_BYTES = 64 << 10  # clients of the log tail send nothing


@dataclass(frozen=True)
class Emulator:
    """The address and the credentials of a running emulator."""

    port: int
    token: str = field(repr=False)
    stack_id: int
    stack_url: str
    project_id: int

    @property
    def api_url(self) -> str:
        """The origin of all HTTP routes."""
        return f"http://{HOST}:{self.port}"

    @property
    def tail_url(self) -> str:
        """The URL of the log tail."""
        return f"ws://{HOST}:{self.port}/api/v1/tail"

    def environment(self) -> dict[str, str]:
        """Return the variables that make k6 and k6ci use this emulator, the token included."""
        return {
            "K6_CLOUD_TOKEN": self.token,
            "K6_CLOUD_STACK_ID": str(self.stack_id),
            "K6_CLOUD_STACK_URL": self.stack_url,
            "K6_CLOUD_PROJECT_ID": str(self.project_id),
            "K6_CLOUD_HOST": self.api_url,
            "K6_CLOUD_HOST_V6": self.api_url,
            "K6_CLOUD_LOGS_TAIL_URL": self.tail_url,
            "K6_CLOUD_TRACES_ENABLED": "false",
            "K6_NO_USAGE_REPORT": "true",
            "K6_AUTO_EXTENSION_RESOLUTION": "false",
        }


class _Server(uvicorn.Server):
    """A uvicorn server that installs no signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def running_emulator(config: EmulatorConfig, *, clock: Clock | None = None) -> AsyncIterator[Emulator]:
    """Serve an emulated stack while the block runs; asyncio only.

    At the end the k6 processes are stopped and all connections are cut. An error of the block is raised as it is, not
    in an exception group.

    Raises:
        SettingsError: the port is in use.
    """
    clock = clock or SystemClock()
    token = config.token or secrets.token_hex(32)
    config = replace(config, token=token)
    listener = _bind(config.port)
    port = listener.getsockname()[1]
    redactor = Redactor([token])
    state = StackState(config, clock)
    k6 = K6(config.k6, config.environ, grace_seconds=config.abort_grace_seconds)
    executor = RunExecutor(state, k6, redactor)
    connections = Connections()
    failure: Exception | None = None
    async with anyio.create_task_group() as group:

        def launch(run: Run) -> None:
            group.start_soon(executor.execute, run)

        services = EmulatorServices(config, state, clock, FaultRegistry(config.seed), RequestJournal(redactor), launch)
        authenticator = Authenticator(
            token=token, refused_tokens=config.refused_tokens, stack_id=config.stack_id, port=port
        )
        app = application(services, authenticator, connections)
        server = _Server(_server_config(app, connections))
        served = anyio.Event()
        group.start_soon(_serve, server, listener, served)
        try:
            while not server.started:
                await clock.sleep(_TICK_SECONDS)
            project_id = state.default_project_id
            yield Emulator(port, token, config.stack_id, config.stack_url, project_id)
        except Exception as error:  # noqa: BLE001  (raised again below, outside of the task group, which would wrap it)
            failure = error
        finally:
            with anyio.CancelScope(shield=True):
                await _end(server, connections, served)
            group.cancel_scope.cancel()
    if failure is not None:
        raise failure


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A response is two writes, head and body: with Nagle's algorithm the second waits 40 ms for the ACK of the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        cause = f"The emulator cannot use port {port} of {HOST}: {error.strerror}."
        raise SettingsError(cause, "Choose another port, or 0 for any that is free.") from error
    listener.setblocking(False)  # noqa: FBT003  (the parameter is positional)
    return listener


def _server_config(app: object, connections: Connections) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=connections.protocol(),  # type: ignore[arg-type]
        ws="websockets-sansio",
        ws_max_size=_WEBSOCKET_BYTES,
        ws_per_message_deflate=False,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=60,
    )


async def _serve(server: _Server, listener: socket.socket, served: anyio.Event) -> None:
    try:
        await server.serve(sockets=[listener])
    finally:
        listener.close()
        served.set()


async def _end(server: _Server, connections: Connections, served: anyio.Event) -> None:
    """Accept no more requests, cut open connections, and wait for the requests in progress to end."""
    server.should_exit = server.force_exit = True
    with anyio.move_on_after(_SHUTDOWN_SECONDS):
        while not served.is_set() or server.server_state.tasks:
            connections.cut_all()
            await anyio.lowlevel.checkpoint()
            for request in list(server.server_state.tasks):
                request.cancel()
            await anyio.lowlevel.checkpoint()
            with anyio.move_on_after(_TICK_SECONDS):
                await served.wait()
