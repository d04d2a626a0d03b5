"""Little's law, L = λW, on the path of one run: inboxes looked into again and again against waits read off the log."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np

from simulation import codes
from simulation.agents import Manager, Rep
from simulation.model import SellingModel
from simulation.parameters import Regime, Scenario
from simulation.rules import timing

TASKS: Final = (codes.DISCOVER, codes.DOCUMENT, codes.CONSULT, codes.TAKE_IN, codes.REVIEW, codes.DRAFT)


class Inbox(NamedTuple):
    """One person's inbox over a run. L = minutes_counted/T, λW = minutes_logged/T, T the minutes of the run."""

    resource: int
    matters: int  # that came
    minutes_counted: int  # sum over the minutes of the matters in it, by looking into it
    minutes_logged: int  # sum over the matters of the minutes from joining to leaving it, by the log


class WatchedModel(SellingModel):
    """The readable model with somebody who looks into each inbox whenever its owner does, before anything is taken out."""

    def __init__(self, scenario: Scenario, regime: Regime, seed: int) -> None:
        super().__init__(scenario, regime, seed)
        self.counted: Any = np.zeros(len(self.reps) + len(self.managers), np.int64)
        self._seen: dict[tuple[int, int, int], int] = {}  # person, case and since when: until when it has been counted
        for person in self.people():
            setattr(person, "take_up", partial(self._look_first, person, person.take_up))  # noqa: B010

    def people(self) -> list[Rep | Manager]:
        """Everybody with an inbox."""
        return [*self.reps, *self.managers]

    def _look_first(self, person: Rep | Manager, take_up: Callable[[int, int], None], hour: int, now: int) -> None:
        self.look(person, now)
        take_up(hour, now)

    def look(self, person: Rep | Manager, now: int) -> None:
        """Count what has waited since it was last seen, or since it came."""
        resource = person.number if isinstance(person, Rep) else person.resource
        for case, since in _waiting(person):
            matter = (resource, case, since)
            self.counted[resource] += now - self._seen.get(matter, since)
            self._seen[matter] = now


def _waiting(person: Rep | Manager) -> Iterator[tuple[int, int]]:
    """The matters in an inbox: whose case, and since which instant."""
    if isinstance(person, Manager):
        yield from ((case.number, case.since) for case in person.inbox)
        return
    yield from ((case.number, case.since) for case in person.own_work)
    yield from ((case.number, asked_at) for case, asked_at in person.requests)


def inboxes(scenario: Scenario, regime: Regime, seed: int) -> list[Inbox]:
    """Every inbox of one run. Little's law on the sample path is minutes_counted = minutes_logged, exactly, for each.

    Documentation and first drafts that a rep goes straight on to never wait in an inbox, and their rows add no minutes.
    """
    model = WatchedModel(scenario, regime, seed)
    log = model.run_to_horizon().log
    for person in model.people():
        model.look(person, timing.instant(model.clock))
    tasks = log[np.isin(log["activity"], TASKS)]
    minutes = np.bincount(tasks["resource"], weights=tasks["start"] - tasks["queued"], minlength=len(model.counted))
    matters = np.bincount(tasks["resource"], minlength=len(model.counted))
    return [Inbox(r, int(matters[r]), int(model.counted[r]), int(minutes[r])) for r in range(len(model.counted))]
