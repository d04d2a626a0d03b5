"""Means, intervals and paired differences over runs. Every number comes with n and a 95 % interval.

Runs are independent of each other, so intervals are Student's t over runs. Regimes share their seeds, so
differences between them are taken run by run (common random numbers) before anything is averaged.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from simulation.measures import CURVES, MEASURES, NAMES

LEVEL: Final = 0.95
UNITS: Final[Mapping[str, str]] = {measure.name: measure.unit for measure in MEASURES}


class Interval(NamedTuple):
    """Means over the last axis with their t intervals; arrays of the shape of the other axes."""

    n: Any  # int64: finite values
    mean: Any
    sd: Any
    low: Any
    high: Any


class Estimate(NamedTuple):
    """One row of a table of means or of differences."""

    n: int
    mean: float
    low: float
    high: float

    @property
    def has_interval(self) -> bool:
        """Whether there were enough values for an interval."""
        return math.isfinite(self.low)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


Estimates = Mapping[tuple[str, str], Estimate]  # by measure and regime


def estimates(table: pd.DataFrame) -> Estimates:
    """The rows of `summarise` or `paired_differences` by measure and regime."""
    columns = (table[name].tolist() for name in ("measure", "regime", "n", "mean", "low", "high"))
    return {(measure, regime): Estimate(*numbers) for measure, regime, *numbers in zip(*columns, strict=True)}


def mean_interval(values: Any) -> Interval:
    """Mean, standard deviation and 95 % t interval over the last axis of float64[..., runs].

    Values that are not finite are left out. No values: all NaN. One value: no sd and no interval (NaN). Equal
    values: exactly their value, with sd 0.
    """
    values = np.asarray(values, np.float64)
    finite = np.isfinite(values)
    n = finite.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Deviations from one of the values, not from zero: equal values then have a spread of exactly 0.
        first = np.take_along_axis(values, finite.argmax(axis=-1)[..., None], axis=-1)
        deviations = np.where(finite, values - first, 0.0)
        shift = deviations.sum(axis=-1) / n
        squares = np.where(finite, deviations - shift[..., None], 0.0) ** 2
        sd = np.sqrt(squares.sum(axis=-1) / np.where(n > 1, n - 1, np.nan))
        half = stats.t.ppf(0.5 + LEVEL / 2, np.where(n > 1, n - 1, np.nan)) * sd / np.sqrt(n)
        mean = np.where(n > 0, first[..., 0] + shift, np.nan)
    return Interval(n, mean, sd, mean - half, mean + half)


def summarise(runs: pd.DataFrame, names: Sequence[str] = NAMES) -> pd.DataFrame:
    """Each measure's mean per regime: columns measure, unit, regime, n, mean, sd, low, high.

    runs: as `simulation.run.ensemble` gives them. n: runs in which the measure has a value; the others are
    left out.
    """
    rows = []
    for name in names:
        for regime, values in _by_regime(runs, name).items():
            n, mean, sd, low, high = mean_interval(values.to_numpy())
            rows.append((name, UNITS[name], regime, int(n), float(mean), float(sd), float(low), float(high)))
    return pd.DataFrame(rows, columns=["measure", "unit", "regime", "n", "mean", "sd", "low", "high"])


def paired_differences(runs: pd.DataFrame, baseline: str, names: Sequence[str] = NAMES) -> pd.DataFrame:
    """Each regime minus the baseline, paired by seed.

    Columns: measure, unit, regime, baseline, n, mean, low, high. n: seeds for which both have a value. The
    baseline against itself is exactly 0. Raises KeyError if no run belongs to the baseline.
    """
    rows = []
    for name in names:
        by_regime = _by_regime(runs, name)
        for regime, values in by_regime.items():
            n, mean, _, low, high = mean_interval((values - by_regime[baseline]).to_numpy())
            rows.append((name, UNITS[name], regime, baseline, int(n), float(mean), float(low), float(high)))
    return pd.DataFrame(rows, columns=["measure", "unit", "regime", "baseline", "n", "mean", "low", "high"])


def curve_bands(curves: Any, regimes: Sequence[str], ages: Any) -> pd.DataFrame:
    """Mean cumulative incidences with pointwise intervals.

    Columns: regime, curve, age_hours, n, mean, low, high. curves: float64[regimes, seeds, len(CURVES),
    len(ages)] of `simulation.run.ensemble_with_curves`; ages: business hours since opening. Intervals hold
    for each age by itself, not for the curve as a whole, and may leave 0..1.
    """
    band = mean_interval(np.moveaxis(np.asarray(curves, np.float64), 1, -1))
    index = pd.MultiIndex.from_product(
        [list(regimes), list(CURVES), list(ages)], names=["regime", "curve", "age_hours"]
    )
    columns = {"n": band.n, "mean": band.mean, "low": band.low, "high": band.high}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index).reset_index()


def _by_regime(runs: pd.DataFrame, name: str) -> dict[str, "pd.Series[float]"]:
    """One measure's values by seed, for each regime in the order of the runs."""
    return {
        str(regime): part.set_index("seed")[name]
        for regime, part in runs.groupby("regime", sort=False, observed=True)
    }
