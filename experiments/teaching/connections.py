"""Connections that ask nothing: closed after some seconds, and given up first where there are too many."""

import asyncio
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS_FOR_HEADERS: Final = 5.0
MOST_OF_ADDRESS: Final = 100  # a class behind one address, three connections each
MOST_CONNECTIONS: Final = 400


class Bounded(H11Protocol):
    """A connection that is closed if its request does not come within SECONDS_FOR_HEADERS.

    Where an address, or all together, hold too many, the one that has been silent for longest makes room for the new one; if
    none is silent, the new one is closed.
    """

    silent: ClassVar[dict["Bounded", None]] = {}  # the oldest first
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, if there is room or can be."""
        super().connection_made(transport)
        address = self.client and self.client[0]
        everybody = [one for one in self.connections if isinstance(one, Bounded)]
        same = [one for one in everybody if (one.client and one.client[0]) == address]
        if len(same) > MOST_OF_ADDRESS:
            self._make_room(same)
        elif len(everybody) > MOST_CONNECTIONS:
            self._make_room(everybody)
        if not transport.is_closing():
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a request whose headers have come is no longer waited for."""
        super().data_received(data)
        asked: Any = self.cycle  # None until a request's headers have come, which uvicorn's types do not say
        if asked is not None and not asked.response_complete:
            self._stop_waiting()
        elif self._timer is None and not self.transport.is_closing():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def close_at_once(self) -> None:
        """Close the connection without an answer."""
        self._stop_waiting()
        self.transport.abort()

    def _wait(self) -> None:
        self.silent[self] = None
        self._timer = asyncio.get_running_loop().call_later(SECONDS_FOR_HEADERS, self.close_at_once)

    def _stop_waiting(self) -> None:
        self.silent.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _make_room(self, rivals: list["Bounded"]) -> None:
        """Close the rival that has been silent for longest, or this one."""
        among = set(rivals)
        next((one for one in self.silent if one in among), self).close_at_once()
