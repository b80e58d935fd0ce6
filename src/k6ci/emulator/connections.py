"""The open connections: faults reset one of them, and the end of the server resets all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    import h11

Peer = tuple[str, int]
_TARGET_LIMIT_BYTES = 4_000


class Connections:
    """The transports of all open connections by peer address."""

    def __init__(self) -> None:
        self._transports: dict[Peer, asyncio.Transport] = {}

    def cut(self, peer: Peer | None) -> None:
        """Reset the connection with this peer, without a response."""
        transport = self._transports.pop(peer, None) if peer is not None else None
        if transport is not None:
            transport.abort()

    def cut_all(self) -> None:
        """Reset all open connections."""
        for peer in list(self._transports):
            self.cut(peer)

    def protocol(self) -> Callable[..., asyncio.Protocol]:
        """Return a protocol class for uvicorn that registers its connections here."""
        transports = self._transports

        class RegisteringProtocol(H11Protocol):
            """HTTP/1.1 of uvicorn. A connection that is upgraded to a websocket stays registered."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    for peer in [peer for peer, known in transports.items() if known.is_closing()]:
                        del transports[peer]
                    transports[self.client] = transport

            def handle_websocket_upgrade(self, event: h11.Request) -> None:
                """Remove the subprotocol `token=...` of k6 before 2.2, which is invalid (`=`)."""
                if len(event.target) > _TARGET_LIMIT_BYTES:  # websockets sends no response to longer ones
                    self.send_400_response("The address is too long.")
                    return
                self.headers = [pair for pair in self.headers if pair[0] != b"sec-websocket-protocol"]
                super().handle_websocket_upgrade(event)

        return RegisteringProtocol
