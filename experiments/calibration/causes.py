"""Why a figure is missed: one suspected thing is changed, and every figure looked at again.

A cause counts as shown if the figure enters its band; what leaves its band at the same time is the price.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.calibration.fit import Fit
from experiments.calibration.objective import Objective, outcomes, placed
from experiments.inference import mean_interval
from experiments.inference.targets import TARGETS
from simulation.presets import STRICT
from simulation.run import ensemble

AS_IT_IS: Final = "as it is"


class Trial(NamedTuple):
    """One change of the reference firm, or of the strict preset."""

    name: str
    scenario: Mapping[str, float]
    regime: Mapping[str, float]


TRIALS: Final = (
    Trial(AS_IT_IS, {}, {}),
    Trial("reps sell 4 hours a day", {"organisation.selling_hours_per_day": 4.0}, {}),
    Trial("reps sell 5 hours a day", {"organisation.selling_hours_per_day": 5.0}, {}),
    Trial("0.7 opportunities per rep and week", {"market.opportunities_per_rep_week": 0.7}, {}),
    Trial("managers keep 18 minutes a day", {"organisation.review_hours_per_day": 0.3}, {}),
    Trial("managers keep 1 hour a day", {"organisation.review_hours_per_day": 1.0}, {}),
    Trial("managers keep 2 hours a day", {"organisation.review_hours_per_day": 2.0}, {}),
    Trial("the first level may grant 1 deviation", {}, {"authority_per_level": 1.0}),
    Trial("only the top may grant deviations", {}, {"authority_per_level": 0.0}),
    Trial("only the top may grant deviations, managers keep 1 hour a day", {"organisation.review_hours_per_day": 1.0},
          {"authority_per_level": 0.0}),
    Trial("17 reports per manager", {"organisation.span": 17.0}, {}),
    Trial("a review takes half an hour", {"organisation.sign_off_hours": 0.5}, {}),
    Trial("forgetting at 0.2 a week", {"organisation.forgotten_per_week": 0.2}, {}),
    Trial("forgetting at 1 a week", {"organisation.forgotten_per_week": 1.0}, {}),
    Trial("forgetting at 4 a week", {"organisation.forgotten_per_week": 4.0}, {}),
    Trial("patience with shape 0.5 and a mean of 60 weeks",
          {"market.patience_shape": 0.5, "market.patience_mean_weeks": 60.0}, {}),
)
COLUMNS: Final = ("trial", "figure", "outcome", "low", "high", "n", "met")


def try_causes(seeds: range, workers: int | None, count: Any = None, trials: tuple[Trial, ...] = TRIALS) -> pd.DataFrame:
    """A row per trial and figure, COLUMNS; low, high: 95 % interval over n runs."""
    rows = []
    for trial in trials:
        regime = STRICT.model_copy(update=dict(trial.regime))
        runs = ensemble(placed(trial.scenario), {"strict": regime}, seeds, workers=workers, progress=count)
        for target in TARGETS:
            n, mean, _, low, high = (part.item() for part in mean_interval(np.asarray(target.outcome(runs), np.float64)))
            rows.append((trial.name, target.figure, mean, low, high, n, target.low <= mean <= target.high))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def by_whole_hours(objective: Objective, wholes: list[Fit]) -> pd.DataFrame:
    """What every combination of whole hours gives with the other parameters fitted: a row per combination.

    Columns: chi_square, the parameters, and the outcome of each figure.
    """
    rows = []
    for fit in wholes:
        found = outcomes(objective.runs(placed(fit.point)), TARGETS)
        figures = {target.figure: value for target, value in zip(TARGETS, found, strict=True)}
        rows.append({"chi_square": fit.chi_square, **fit.point, **figures})
    return pd.DataFrame(rows)


def entering(causes: pd.DataFrame) -> list[tuple[str, str, list[str]]]:
    """For each figure outside its band: a trial in which it enters, and what leaves its band there."""
    met = causes.pivot(index="figure", columns="trial", values="met").astype(bool)
    figures, trials = list(dict.fromkeys(causes["figure"])), list(dict.fromkeys(causes["trial"]))
    before = met[AS_IT_IS]
    return [
        (figure, trial, [other for other in figures if before[other] and not met.at[other, trial]])
        for figure in figures if not before[figure]
        for trial in trials if met.at[figure, trial]
    ]
