"""Who computes when: requests take turns, slice by slice; a page's older request gives way to its newer one.

Where more ask than there is time for, nobody waits longer: each gets an equal share of what can be computed within SECONDS,
so that all have their answers then, with fewer worlds. A machine with many pages has one share for all
of them, so that nobody is crowded out.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakValueDictionary

from experiments.teaching.ensembles import SLICE, Ensemble, Shelf, Stale
from experiments.teaching.states import State

SECONDS: Final = 2.2  # in which all who ask at the same time have their answers, with as many worlds as that leaves each of them
PATIENCE: Final = 4  # times as long where nobody else waits
MOST_WAITING: Final = 60
FIRST_GUESS: Final = 5e5  # matters simulated per second on one core, until it has been measured


class Busy(Exception):
    """Too many are waiting."""


@dataclass(eq=False)
class Ticket:
    """A place in the line."""

    task: "asyncio.Task[dict[str, Any]] | None" = None
    address: str = ""
    wanted: bool = True
    begun: float = field(default_factory=time.monotonic)

    def give_up(self) -> None:
        """Leave the line, or stop what is being computed."""
        self.wanted = False
        if self.task is not None:
            self.task.cancel()


class Desk:
    """One line for all ensembles: a slice on each core at a time, then it is the next one's turn."""

    def __init__(self, seconds: float = SECONDS, most_waiting: int = MOST_WAITING, cores: int | None = None) -> None:
        self.shelf = Shelf()
        self._seconds, self._most_waiting = seconds, most_waiting
        self._cores = cores or os.cpu_count() or 1
        self._turn = asyncio.Semaphore(self._cores)  # first come, first served: who has had a slice goes to the end of the line
        self._same: WeakValueDictionary[Any, asyncio.Lock] = WeakValueDictionary()  # by what is computed: once is enough
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

    async def answer(self, state: State, worlds: int, page: str | None = None, address: str = "") -> dict[str, Any]:
        """The answer for `worlds` worlds, or for fewer if that takes longer than may be waited for.

        address: of the machine that asks. Raises Stale if the same page has asked anew meanwhile, Busy if too many wait, or
        one address has half of all places.
        """
        if page in self._latest:
            self._latest[page].give_up()
        mine = sum(ticket.address == address for ticket in self._tickets)
        if self.waiting >= self._most_waiting or (address and mine > self._most_waiting // 2):
            raise Busy
        with self._placed(Ticket(address=address), page) as ticket:
            ticket.task = asyncio.create_task(self._work(Ensemble(state, worlds, self.shelf), ticket))
            try:
                return await ticket.task
            except asyncio.CancelledError:
                if ticket.wanted:
                    raise  # the request itself has ended
                raise Stale from None

    @contextmanager
    def _placed(self, ticket: Ticket, page: str | None) -> Iterator[Ticket]:
        """A place in the line, until the block ends."""
        self._tickets.add(ticket)
        if page is not None:
            self._latest[page] = ticket
        try:
            yield ticket
        finally:
            ticket.give_up()
            self._tickets.discard(ticket)
            if page is not None and self._latest.get(page) is ticket:
                del self._latest[page]

    async def _work(self, work: Ensemble, ticket: Ticket) -> dict[str, Any]:
        lock = self._same.setdefault(work.key, asyncio.Lock())
        while not work.complete:
            async with lock:
                work.look()
                if work.done == work.worlds:  # by somebody who asked for the same
                    break
                async with self._turn:
                    if work.done and not self._has_time(ticket):
                        break
                    await asyncio.to_thread(self._advance, work, ticket)
        return await asyncio.to_thread(work.answer, time.monotonic() - ticket.begun)

    def _has_time(self, ticket: Ticket) -> bool:
        """Whether a further turn would end early enough for whoever waits."""
        spent = time.monotonic() - ticket.begun
        if self.waiting <= 1:
            return spent < self._seconds * PATIENCE
        slices = min(SLICE / self._rate, self._share(ticket)) * self.waiting / self._cores  # until it is its turn again
        return spent + slices < self._seconds

    def _share(self, ticket: Ticket) -> float:
        """Seconds of one core that a request may have where others wait: as much as any other, a machine's taken together."""
        waiting = Counter(other.address for other in list(self._tickets))
        return self._seconds * self._cores / max(1, len(waiting)) / max(1, waiting[ticket.address])

    def _advance(self, work: Ensemble, ticket: Ticket) -> None:
        """One slice: so much that all who wait now have had their first turn before the time is up."""
        begun = time.perf_counter()
        workers = 1 if self.waiting >= self._cores else self._cores
        share = self._rate * self._share(ticket)
        matters = work.advance(min(SLICE, share), lambda: ticket.wanted, workers)
        if matters:
            self._rate += (matters / workers / (time.perf_counter() - begun) - self._rate) / 2
