"""Who computes when: requests take turns, slice by slice; a page's older request gives way to its newer one."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from experiments.teaching.ensembles import SLICE, Ensemble, Shelf, Stale
from experiments.teaching.states import State

SECONDS: Final = 3.0  # after which an answer is given with the worlds done so far
PATIENCE: Final = 4  # times as long where nobody else waits
MOST_WAITING: Final = 60
FIRST_GUESS: Final = 5e5  # matters simulated per second, until it has been measured


class Busy(Exception):
    """Too many are waiting."""


@dataclass(eq=False)
class Ticket:
    """A place in the line."""

    task: "asyncio.Task[dict[str, Any]] | None" = None
    wanted: bool = True

    def give_up(self) -> None:
        """Leave the line, or stop what is being computed."""
        self.wanted = False
        if self.task is not None:
            self.task.cancel()


class Desk:
    """One line for all ensembles: one slice at a time, on all cores, then it is the next one's turn."""

    def __init__(self, seconds: float = SECONDS, most_waiting: int = MOST_WAITING) -> None:
        self.shelf = Shelf()
        self._seconds, self._most_waiting = seconds, most_waiting
        self._turn = asyncio.Lock()  # first come, first served: who has had a slice goes to the end of the line
        self._tickets: set[Ticket] = set()
        self._latest: dict[str, Ticket] = {}  # of each page
        self._rate = FIRST_GUESS

    @property
    def waiting(self) -> int:
        """Requests that have not been answered yet."""
        return len(self._tickets)

    def close(self) -> None:
        """Stop all work."""
        for ticket in self._tickets:
            ticket.give_up()

    async def answer(self, state: State, worlds: int, page: str | None = None) -> dict[str, Any]:
        """The answer for `worlds` worlds, or for fewer if that takes longer than may be waited for.

        Raises Stale if the same page has asked anew meanwhile, Busy if too many wait.
        """
        if page in self._latest:
            self._latest[page].give_up()
        if self.waiting >= self._most_waiting:
            raise Busy
        ticket = Ticket()
        ticket.task = asyncio.create_task(self._work(Ensemble(state, worlds, self.shelf), ticket))
        self._tickets.add(ticket)
        if page is not None:
            self._latest[page] = ticket
        try:
            return await ticket.task
        except asyncio.CancelledError:
            if ticket.wanted:
                raise  # the request itself has ended
            raise Stale from None
        finally:
            ticket.give_up()
            self._tickets.discard(ticket)
            if page is not None and self._latest.get(page) is ticket:
                del self._latest[page]

    async def _work(self, work: Ensemble, ticket: Ticket) -> dict[str, Any]:
        begun = time.monotonic()
        while not work.complete:
            async with self._turn:
                limit = self._seconds * (PATIENCE if self.waiting <= 1 else 1)
                if work.done and time.monotonic() - begun > limit:
                    break
                await asyncio.to_thread(self._advance, work, ticket)
        return await asyncio.to_thread(work.answer, time.monotonic() - begun)

    def _advance(self, work: Ensemble, ticket: Ticket) -> None:
        """One slice: so much that all who wait now have had their first turn before the time is up."""
        begun = time.perf_counter()
        share = self._rate * self._seconds / max(1, self.waiting)
        matters = work.advance(min(SLICE, share), lambda: ticket.wanted)
        if matters:
            self._rate += (matters / (time.perf_counter() - begun) - self._rate) / 2
