"""Whether queues settle at the reference firm: matters in inboxes early and late in the measured window."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from experiments.calibration.objective import placed
from experiments.inference import mean_interval
from simulation.calendar import HOURS_PER_WEEK
from simulation.presets import PRESETS
from simulation.run import simulate

INBOXES: Final = {"reps'": "rep_inboxes", "managers'": "manager_inboxes"}
COLUMNS: Final = ("regime", "inboxes", "first_half", "second_half", "growth", "low", "high", "n")


def settled(seeds: range, count: Callable[[int], None]) -> pd.DataFrame:
    """A row per preset and kind of inbox, COLUMNS; growth: second half less first, with its 95 % interval over n runs."""
    firm = placed({})
    horizon = firm.horizon
    start, end = horizon.warmup_weeks, horizon.warmup_weeks + horizon.window_weeks
    rows = []
    for name, regime in PRESETS.items():
        weeks = []
        for seed in seeds:
            weekly = simulate(firm, regime, seed).record.weekly
            weeks.append(weekly[(weekly["hour"] > start * HOURS_PER_WEEK) & (weekly["hour"] <= end * HOURS_PER_WEEK)])
            count(1)
        for kind, column in INBOXES.items():
            waiting = np.array([one[column] for one in weeks], np.float64)
            first, second = (half.mean(axis=1) for half in np.array_split(waiting, 2, axis=1))
            n, growth, _, low, high = (part.item() for part in mean_interval(second - first))
            rows.append((name, kind, first.mean(), second.mean(), growth, low, high, n))
    return pd.DataFrame(rows, columns=list(COLUMNS))
