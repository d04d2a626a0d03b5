"""Both engines side by side, one phase at a time, until the first difference in anything they hold.

    print(locate(scenario, regime, seed))     # None, or tick, phase, agent, field and both values
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from experiments.twins import states
from experiments.twins.states import Moment
from simulation import Regime, Scenario, calendar, chance, simulate
from simulation.compiled import entry
from simulation.kernel.arrays import allocate
from simulation.kernel.run import (
    close_books,
    first_phase,
    fourth_phase,
    note_week,
    second_phase,
    start_up,
    take_seats,
    third_phase,
)
from simulation.model import SellingModel
from simulation.record import LOG, WEEKLY, Record
from simulation.settings import flatten
from simulation.structure import managers_of
from simulation.tables import fill_tables

N_PHASES = len(calendar.TICK_ORDER)
START_UP, END_OF_TICK = -1, N_PHASES
BEFORE_ALL, END_OF_RUN = "before all", "end of run"


class Found(NamedTuple):
    """Where two engines part."""

    tick: int
    phase: str
    agent: str
    field: str
    kernel: Any
    mesa: Any

    def __str__(self) -> str:
        place = f"tick {self.tick}, phase {self.phase}, {self.agent}, {self.field}"
        return f"{place}: kernel {self.kernel}, mesa {self.mesa}"


@entry
def do_part(w: Any, part: int, t: int, root: Any) -> None:
    """One part of the kernel's loop: START_UP, phase 0 to 3 of tick t, or END_OF_TICK."""
    if part == START_UP:
        fill_tables(w.settings[0], w)
        take_seats(w, root)
        start_up(w, root)
    elif part == 0:
        first_phase(w, t)
    elif part == 1:
        second_phase(w, t)
    elif part == 2:
        third_phase(w, t)
    elif part == 3:
        fourth_phase(w, t)
    else:
        if (t + 1) % calendar.HOURS_PER_WEEK == 0:
            note_week(w, t + 1)
        if t + 1 == w.settings[0].n_ticks:
            close_books(w)


class KernelInParts:
    """The compiled engine, a phase at a time."""

    def __init__(self, scenario: Scenario, regime: Regime, seed: int) -> None:
        settings = flatten(scenario, regime)
        rows = len(simulate(scenario, regime, seed).record.log) + 1  # no run has more cases than rows
        self.root = np.uint64(chance.word(seed))
        self.arrays = allocate(settings, managers_of(settings.reps, settings.span, settings.least_levels), rows, rows)
        self._do(START_UP, 0)

    def do_phase(self, t: int, phase: int) -> None:
        """Phase number `phase` of tick t."""
        self._do(phase, t)

    def end_tick(self, t: int) -> None:
        """What follows the last phase: the week's record, and at the horizon the closing of the books."""
        self._do(END_OF_TICK, t)

    def _do(self, part: int, t: int) -> None:
        with np.errstate(over="ignore"):
            do_part(self.arrays, part, t, self.root)
        if self.arrays.firm[0].full:
            raise RuntimeError("the kernel writes more in parts than in a whole run: look for the first difference in its log")

    def state(self, at: Moment) -> states.State:
        """Everything it holds."""
        return states.of_arrays(self.arrays, at)

    def log(self, first: int = 0) -> Any:
        """LOG[rows] from row `first` on."""
        return self.arrays.log[first : int(self.arrays.firm[0].n_rows)]

    def record(self) -> Record:
        """The record so far."""
        return Record(np.array(self.log()), self.arrays.weekly.copy())


class Pair:
    """Both engines at the same moment of the same run. Every phase of `model.step()` is followed by the kernel's."""

    def __init__(self, scenario: Scenario, regime: Regime, seed: int) -> None:
        self.model = SellingModel(scenario, regime, seed)
        self.kernel = KernelInParts(scenario, regime, seed)
        self.n_ticks = self.model.settings.n_ticks
        self.watching = False
        self.found: Found | None = None
        self._rows_seen = 0
        for phase, name in enumerate(calendar.TICK_ORDER):
            setattr(self.model, f"{name}_hour", partial(self._phase, phase, getattr(self.model, f"{name}_hour")))

    def step(self) -> None:
        """One tick of both."""
        t = self.model.clock
        self.model.step()
        self.kernel.end_tick(t)

    def _phase(self, phase: int, in_mesa: Callable[[int], None], t: int) -> None:
        in_mesa(t)
        self.kernel.do_phase(t, phase)
        if self.watching and self.found is None:
            self.look(Moment(t, phase + 1))

    def look(self, at: Moment) -> Found | None:
        """Note the first difference in anything they hold, or else in the rows written since the last look."""
        kernel, mesa = self.kernel.log(self._rows_seen), self.model.log_rows[self._rows_seen :]
        different = states.first_difference(self.kernel.state(at), states.of_model(self.model, at))
        different = different or difference_of_logs(kernel, mesa, self._rows_seen)
        self._rows_seen += len(mesa)
        if different:
            self.found = Found(at.tick, calendar.TICK_ORDER[at.done - 1] if at.done else BEFORE_ALL, *different)
        return self.found

    def at_the_end(self) -> Found | None:
        """The first difference between the closed books."""
        kernel, mesa = self.kernel.record(), self.model.close_books()
        if different := difference_of_logs(kernel.log, mesa.log.tolist(), 0):
            return Found(self.n_ticks, END_OF_RUN, *different)
        for week, (a, b) in enumerate(zip(kernel.weekly, mesa.weekly, strict=True)):
            for column in WEEKLY.names or ():
                if a[column] != b[column]:
                    return Found(self.n_ticks, END_OF_RUN, f"week {week}", column, a[column], b[column])
        return None


def difference_of_logs(kernel: Any, mesa: list[tuple[Any, ...]], first: int) -> states.Difference | None:
    """The first field in which two stretches of the log, beginning with row `first`, differ."""
    other = np.array(mesa, dtype=LOG)
    n = min(len(kernel), len(other))
    for row in range(n):
        for name in LOG.names or ():
            if kernel[row][name] != other[row][name]:
                return states.Difference(f"log row {first + row}", name, kernel[row][name], other[row][name])
    if len(kernel) != len(other):
        return states.Difference("log", "rows", first + len(kernel), first + len(other))
    return None


def first_difference(
    scenario: Scenario, regime: Regime, seed: int, first_tick: int = 0, n_ticks: int | None = None
) -> Found | None:
    """Run both engines to `first_tick`, then compare all they hold after every phase of `n_ticks` ticks (default: all).

    Where that reaches the horizon, the closed books are compared too.
    """
    pair = Pair(scenario, regime, seed)
    for _ in range(first_tick):
        pair.step()
    pair.watching = True
    pair.look(Moment(first_tick, 0))
    end = pair.n_ticks if n_ticks is None else min(first_tick + n_ticks, pair.n_ticks)
    while pair.model.clock < end and pair.found is None:
        pair.step()
    return pair.at_the_end() if pair.found is None and end == pair.n_ticks else pair.found


def locate(scenario: Scenario, regime: Regime, seed: int) -> Found | None:
    """The same for a whole run, sooner: one look a week, and only in the week that ends unequal one after every phase."""
    pair = Pair(scenario, regime, seed)
    for start in range(0, pair.n_ticks, calendar.HOURS_PER_WEEK):
        for _ in range(calendar.HOURS_PER_WEEK):
            pair.step()
        found = pair.at_the_end() if pair.model.clock == pair.n_ticks else pair.look(Moment(pair.model.clock, 0))
        if found:
            return first_difference(scenario, regime, seed, start, calendar.HOURS_PER_WEEK) or found
    return None
