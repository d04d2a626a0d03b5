"""Figures of an experiment, from its tables alone: a function for each, and `draw_all` to write them all."""

from pathlib import Path

import pandas as pd

from experiments.design import Experiment
from experiments.figures import forest
from experiments.figures.canvas import save
from experiments.figures.firm import organisation
from experiments.figures.forest import differences
from experiments.figures.hours import touch_and_wait
from experiments.figures.shares import outcome_split
from experiments.figures.times import time_to_action

__all__ = ["differences", "draw_all", "organisation", "outcome_split", "time_to_action", "touch_and_wait"]


def draw_all(
    folder: Path,
    summary: pd.DataFrame,
    differences: pd.DataFrame,
    curves: pd.DataFrame,
    experiment: Experiment,
) -> list[Path]:
    """Write every figure to folder/figures as PNG and SVG. Returns the paths.

    Columns of summary: measure, unit, regime, n, mean, sd, low, high; of differences: measure, unit, regime,
    baseline, n, mean, low, high; of curves: regime, curve, age_hours, n, mean, low, high. They come from
    `experiments.inference`; low and high are the ends of the 95 % interval, NaN where there is none.
    """
    figures = {
        "time_to_action": time_to_action(curves, experiment),
        "outcome_split": outcome_split(summary, experiment),
        "touch_and_wait": touch_and_wait(summary, experiment),
        "organisation": organisation(experiment),
        "differences": forest.differences(differences, experiment),
    }
    place = Path(folder) / "figures"
    place.mkdir(parents=True, exist_ok=True)
    return [path for name, figure in figures.items() for path in save(figure, place, name)]
