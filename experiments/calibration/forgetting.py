"""Does forgetting decide anything: which preset wins the most deals, with and without it."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from experiments.calibration.objective import placed
from experiments.inference import mean_interval
from simulation.presets import PRESETS
from simulation.run import ensemble

RATE: Final = "organisation.forgotten_per_week"
PLACES: Final = ((0.4, 0.5, 1.0), (0.8, 0.3, 2.0), (0.3, 0.1, 1.0), (0.5, 0.2, 1.0), (0.6, 0.3, 1.0))
"""Variety, ambiguity, opportunities per rep and week; the first is the reference firm."""
COLUMNS: Final = (
    "variety", "ambiguity", "opportunities_per_rep_week", "forgotten_per_week", "winner", "won", "second", "ahead", "low", "high",
    "n", *(f"won_{name}" for name in PRESETS), "forgotten_share_of_winner",
)


def decided(
    rates: tuple[float, ...], seeds: range, workers: int | None = None, count: Callable[[int], None] | None = None
) -> pd.DataFrame:
    """A row per place and rate, COLUMNS: the preset that wins the most deals, the second, by how much, paired by seed."""
    return pd.DataFrame([
        _winner(place, rate, seeds, workers, count) for place in PLACES for rate in rates
    ], columns=list(COLUMNS))


def _winner(
    place: tuple[float, float, float], rate: float, seeds: range, workers: int | None, count: Callable[[int], None] | None
) -> tuple[object, ...]:
    names = ("market.variety", "market.ambiguity", "market.opportunities_per_rep_week", RATE)
    scenario = placed(dict(zip(names, (*place, rate), strict=True)))
    runs = ensemble(scenario, PRESETS, seeds, workers=workers, progress=count)
    won = {name: runs.loc[runs["regime"] == name, "won"].to_numpy(np.float64) for name in PRESETS}
    ranked = sorted(PRESETS, key=lambda name: -won[name].mean())
    n, ahead, _, low, high = (part.item() for part in mean_interval(won[ranked[0]] - won[ranked[1]]))
    share = runs.loc[runs["regime"] == ranked[0], "forgotten_share"].mean()
    means = [float(won[name].mean()) for name in PRESETS]
    return (*place, rate, ranked[0], won[ranked[0]].mean(), ranked[1], ahead, low, high, n, *means, share)
