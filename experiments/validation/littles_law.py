"""Little's law, L = λW, on the path of one run: people's inboxes counted every hour against waits read off the log."""

from typing import Any, Final, NamedTuple

import numpy as np

from simulation import codes
from simulation.model import SellingModel
from simulation.parameters import Regime, Scenario

TASKS: Final = (codes.DISCOVER, codes.DOCUMENT, codes.CONSULT, codes.REVIEW, codes.DRAFT)


class Inbox(NamedTuple):
    """One person's inbox over a run. L = hours_counted/T, λW = hours_logged/T, T the hours of the run."""

    resource: int
    matters: int  # that came
    hours_counted: int  # sum over the hours of the matters in it, by looking into it
    hours_logged: int  # sum over the matters of the hours from joining to leaving it, by the log


class WatchedModel(SellingModel):
    """The readable model with somebody who counts, in every hour, what waits through that hour in each inbox."""

    def __init__(self, scenario: Scenario, regime: Regime, seed: int) -> None:
        super().__init__(scenario, regime, seed)
        self.counted: Any = np.zeros(len(self.reps) + len(self.managers), np.int64)

    def reps_hour(self, t: int) -> None:
        """As ever; afterwards whatever has come before the hour and was not taken up is counted."""
        super().reps_hour(t)
        for rep in self.reps:
            self.counted[rep.number] += sum(customer.since <= t for customer in rep.own_work)
            self.counted[rep.number] += sum(customer.asked_at <= t for customer in rep.requests)

    def managers_hour(self, t: int) -> None:
        """The same, also in hours without reviews."""
        super().managers_hour(t)
        for manager in self.managers:
            self.counted[manager.resource] += sum(customer.since <= t for customer in manager.inbox)


def inboxes(scenario: Scenario, regime: Regime, seed: int) -> list[Inbox]:
    """Every inbox of one run. Little's law on the sample path is hours_counted = hours_logged, exactly, for each.

    Documentation and first drafts that a rep goes straight on to never wait in an inbox, and their rows add no hours.
    """
    model = WatchedModel(scenario, regime, seed)
    log = model.run_to_horizon().log
    tasks = log[np.isin(log["activity"], TASKS)]
    hours = np.bincount(tasks["resource"], weights=tasks["start"] - tasks["queued"], minlength=len(model.counted))
    matters = np.bincount(tasks["resource"], minlength=len(model.counted))
    return [Inbox(r, int(matters[r]), int(model.counted[r]), int(hours[r])) for r in range(len(model.counted))]
