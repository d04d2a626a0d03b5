"""What is fitted, to what, and how far off a firm is.

A distance is counted in standard deviations of the published figure, its band (`experiments.inference.targets`) being read as a
95 % interval: (outcome - middle) / (half the band / 1.96), on the logarithm where the band is one by factor. The objective is the
sum of their squares over the fitted figures, each counting alike (chi-square). All candidates are run with the same seeds, so the
same customers come to each and most of chance cancels between them (common random numbers).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np

from experiments.inference.targets import FITTED, Target
from simulation.parameters import Regime, Scenario
from simulation.presets import STRICT
from simulation.run import batch

SIGMAS: Final = 1.96  # standard deviations in half a band
FAR_OFF: Final = 50.0  # standard deviations, where a figure has no value

Point = dict[str, float]
"""A value for each calibrated parameter, by group and name."""


class Free(NamedTuple):
    """A calibrated parameter that is fitted as a number, along the logarithm of value + floor."""

    name: str
    low: float
    high: float
    tried: tuple[float, ...]  # values at which the others are fitted again, see `profile`
    floor: float = 0.0

    def along(self, value: float) -> float:
        """The place of a value on the axis of the fit."""
        return math.log(value + self.floor)

    def value(self, place: float) -> float:
        """The value at a place on the axis of the fit, within bounds."""
        return min(max(math.exp(place) - self.floor, self.low), self.high)


FREE: Final = (
    Free("market.patience_mean_weeks", 20, 400, (30, 45, 60, 80, 100, 130, 160, 200, 260, 340)),
    Free("market.patience_shape", 0.25, 1.2, (0.26, 0.28, 0.3, 0.33, 0.36, 0.4, 0.45, 0.5, 0.6)),
    Free("market.reply_lag_hours", 100, 700, (200, 240, 270, 300, 340, 380, 430, 500)),
    Free("market.selectivity", 1, 8, (2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7)),
    Free("organisation.review_hours_per_day", 0.2, 8, (0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1, 2)),
    Free("organisation.forgotten_per_week", 0, 5, (0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6), floor=0.05),
)
WHOLE: Final[Mapping[str, tuple[int, ...]]] = {"organisation.selling_hours_per_day": (2, 3, 4, 5, 6)}
"""Tried in whole hours: customers arrive on the hour, so a minute of a begun hour would answer all of that hour's customers."""
NAMES: Final = (*(free.name for free in FREE), *WHOLE)


def reference() -> Scenario:
    """The firm that is calibrated."""
    return Scenario()


def defaults() -> Point:
    """The calibrated parameters of the reference firm as they are declared."""
    scenario = reference()
    return {name: getattr(getattr(scenario, group), last) for name, group, last in _parted(NAMES)}


def placed(point: Mapping[str, float]) -> Scenario:
    """The reference firm with other values."""
    scenario = reference()
    changes: dict[str, dict[str, float]] = {}
    for name, group, last in _parted(point):
        whole = isinstance(getattr(getattr(scenario, group), last), int)
        changes.setdefault(group, {})[last] = round(point[name]) if whole else float(point[name])
    groups = {group: getattr(scenario, group).model_copy(update=values) for group, values in changes.items()}
    return scenario.model_copy(update=groups)


def _parted(names: Mapping[str, Any] | Sequence[str]) -> list[tuple[str, str, str]]:
    return [(name, *name.split(".", 1)) for name in names]  # type: ignore[misc]


def distance(target: Target, outcome: float) -> float:
    """How far an outcome is from the middle of a target's band, in standard deviations; FAR_OFF if there is none."""
    if not math.isfinite(outcome) or (target.by_factor and outcome <= 0.0):
        return FAR_OFF
    low, high, at = target.low, target.high, outcome
    if target.by_factor:
        low, high, at = math.log(low), math.log(high), math.log(at)
    return SIGMAS * (at - 0.5 * (low + high)) / (0.5 * (high - low))


def outcomes(runs: Any, targets: Sequence[Target]) -> list[float]:
    """The mean outcome of each target over the runs that have one, NaN if none has."""
    values = [np.asarray(target.outcome(runs), np.float64) for target in targets]
    finite = [one[np.isfinite(one)] for one in values]
    return [float(one.mean()) if len(one) else math.nan for one in finite]


class Objective:
    """The strict preset with some seeds at any values of the calibrated parameters."""

    def __init__(
        self, seeds: range, pool: ThreadPoolExecutor, workers: int, count: Callable[[int], None], regime: Regime = STRICT
    ) -> None:
        """count: called with the number of runs just made."""
        self.seeds, self._pool, self._workers, self._count, self._regime = seeds, pool, workers, count, regime

    def runs(self, scenario: Scenario) -> Any:
        """OUTCOMES[seeds], the same whatever the number of workers."""
        size = -(-len(self.seeds) // self._workers)
        parts = [self.seeds[i : i + size] for i in range(0, len(self.seeds), size)]
        made = list(self._pool.map(lambda part: batch(scenario, self._regime, part)[0], parts))
        self._count(len(self.seeds))
        return np.concatenate(made)

    def alone(self, point: Point) -> float:
        """Chi-square at a point, in the calling thread alone."""
        found = batch(placed(point), self._regime, self.seeds)[0]
        self._count(len(self.seeds))
        return chi_square(found)

    def distances(self, point: Point) -> Any:
        """float64[fitted figures]."""
        return distances(self.runs(placed(point)))


def distances(runs: Any) -> Any:
    """Of the fitted figures, from runs: float64[figures]."""
    return np.array([distance(target, value) for target, value in zip(FITTED, outcomes(runs, FITTED), strict=True)])


def chi_square(runs: Any) -> float:
    """The objective."""
    return float((distances(runs) ** 2).sum())
