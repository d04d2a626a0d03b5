"""Means, intervals and paired differences over runs. Every number comes with n and a 95 % interval.

Runs are independent of each other, so intervals are Student's t over runs. Regimes share their seeds, so
differences between them are taken run by run (common random numbers) before anything is averaged.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import special, stats

from experiments.inference.grid import grid
from simulation.measures import MEASURES, NAMES

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
    """The rows of `summarise` or `differences` by measure and regime.

    Raises ValueError where that is ambiguous: pass the rows of one cell, and of one baseline.
    """
    columns = (table[name].tolist() for name in ("measure", "regime", "n", "mean", "low", "high"))
    found = {(measure, regime): Estimate(*numbers) for measure, regime, *numbers in zip(*columns, strict=True)}
    if len(found) < len(table):
        raise ValueError("several rows for the same measure and regime: choose one cell, and one baseline, first")
    return found


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
        half = t_quantile(n) * sd / np.sqrt(n)
        mean = np.where(n > 0, first[..., 0] + shift, np.nan)
    return Interval(n, mean, sd, mean - half, mean + half)


def t_quantile(n: Any) -> Any:
    """How many standard errors the 95 % interval of a mean of n values reaches to either side; NaN for n below 2."""
    sizes, place = np.unique(n, return_inverse=True)  # few sizes, many intervals: quantiles are slow
    quantiles = np.asarray(stats.t.ppf(0.5 + LEVEL / 2, np.where(sizes > 1, sizes - 1, np.nan)))
    return quantiles[place].reshape(np.shape(n))


def p_value(band: Interval) -> Any:
    """Two-sided p of the t test that the mean is 0: of a paired test, where the values are paired differences.

    NaN for n below 2. Without any spread: 1 if the mean is exactly 0, else 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(band.mean) / (band.sd / np.sqrt(band.n))
        p = 2 * special.stdtr(np.maximum(band.n - 1.0, 1.0), -t)
    p = np.where((band.sd == 0) & (band.mean == 0), 1.0, p)
    return np.where(band.n > 1, p, np.nan)


def summarise(runs: pd.DataFrame, names: Sequence[str] = NAMES) -> pd.DataFrame:
    """Each measure's mean per cell and regime: columns cell, measure, unit, regime, n, mean, sd, low, high.

    runs: columns cell, regime, seed and one per measure. n: runs in which the measure has a value; the others are
    left out.
    """
    layout = grid(runs)
    bands = [mean_interval(layout.values(name)) for name in names]
    band = Interval(*(np.stack(parts, axis=1) for parts in zip(*bands, strict=True)))
    labels = {"regime": layout.regimes}
    return _table(layout.cells, names, labels, band._asdict())


def differences(
    runs: pd.DataFrame, contrasts: Sequence[tuple[str, str]], names: Sequence[str] = NAMES
) -> pd.DataFrame:
    """Differences between regimes, paired by seed, per cell.

    Columns: cell, measure, unit, regime, baseline, n, mean, low, high, p. contrasts: pairs (regime, minus this baseline). n:
    seeds for which both have a value. p: see `p_value`. A regime against itself is exactly 0 with p 1. Raises KeyError for a
    regime that has no runs.
    """
    layout = grid(runs)
    bands = [mean_interval(layout.paired(name, contrasts)) for name in names]
    band = Interval(*(np.stack(parts, axis=1) for parts in zip(*bands, strict=True)))
    labels = {"regime": [regime for regime, _ in contrasts], "baseline": [baseline for _, baseline in contrasts]}
    numbers = {"n": band.n, "mean": band.mean, "low": band.low, "high": band.high, "p": p_value(band)}
    return _table(layout.cells, names, labels, numbers)


def paired_differences(runs: pd.DataFrame, baseline: str, names: Sequence[str] = NAMES) -> pd.DataFrame:
    """Each regime minus the baseline, the baseline itself included: see `differences`."""
    return differences(runs, [(regime, baseline) for regime in grid(runs).regimes], names)


def _table(
    cells: Any, names: Sequence[str], labels: Mapping[str, Sequence[str]], numbers: Mapping[str, Any]
) -> pd.DataFrame:
    """A row per cell, measure and label. numbers: arrays[cells, measures, labels] by column."""
    each = len(next(iter(labels.values())))
    columns: dict[str, Any] = {
        "cell": np.repeat(cells, len(names) * each),
        "measure": np.tile(np.repeat(np.array(names, object), each), len(cells)),
        "unit": np.tile(np.repeat(np.array([UNITS[name] for name in names], object), each), len(cells)),
    }
    columns |= {name: np.tile(np.array(words, object), len(cells) * len(names)) for name, words in labels.items()}
    return pd.DataFrame(columns | {name: values.ravel() for name, values in numbers.items()})
