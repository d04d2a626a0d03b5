"""The managers' inboxes week by week: what the measures of a run, which are means over weeks, do not keep."""

from typing import Final

import numpy as np
import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import mean_interval
from simulation.run import simulate

MOST_RUNS: Final = 50  # of each regime: enough for a line with a band, and simulated in seconds
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
