"""The managers' inboxes week by week: what the measures of a run, which are means over weeks, do not keep."""

from typing import Final

import numpy as np
import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import mean_interval
from simulation.run import simulate

MOST_RUNS: Final = 50  # of each regime: enough for a line with a band, and simulated in seconds
GROWTH: Final = 0.1  # by what share an inbox must have grown over the window to be called climbing
COLUMNS: Final = ("regime", "week", "n", "mean", "low", "high")


def weekly_inboxes(experiment: Experiment, most_runs: int = MOST_RUNS) -> pd.DataFrame:
    """Matters waiting at managers at the end of each week: a row per regime and week, columns COLUMNS.

    Simulates the experiment's first seeds once more, under its own scenario; low and high: 95 % t interval over runs.
    """
    parts = []
    for name, regime in experiment.regimes.items():
        weekly = [simulate(experiment.scenario, regime, seed).weekly for seed in experiment.seeds[:most_runs]]
        found = mean_interval(np.stack([one["manager_inboxes"].to_numpy() for one in weekly], axis=-1))
        weeks = np.arange(1, len(found.mean) + 1)
        columns = {"n": found.n, "mean": found.mean, "low": found.low, "high": found.high}
        parts.append(pd.DataFrame({"regime": name, "week": weeks, **columns}))
    return pd.concat(parts, ignore_index=True)


def climbs(weekly: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Whether each regime's inboxes are clearly fuller late in the window (weeks start + 1 to end) than early in it.

    Columns regime, first, last (mean matters waiting in its first and its last quarter), climbs. The interval of a quarter's mean
    is taken as wide as those of its weeks, which is too wide; clear is what lies apart by these intervals and GROWTH.
    """
    rows, quarter = [], max(1, (end - start) // 4)
    for name, line in weekly.groupby("regime", sort=False, observed=True):
        parts = [line[(line["week"] > low) & (line["week"] <= low + quarter)] for low in (start, end - quarter)]
        first, last = (part[["mean", "low", "high"]].mean() for part in parts)
        clear = bool(last["low"] > first["high"] and last["mean"] > (1 + GROWTH) * first["mean"])
        rows.append((str(name), float(first["mean"]), float(last["mean"]), clear))
    return pd.DataFrame(rows, columns=["regime", "first", "last", "climbs"])
