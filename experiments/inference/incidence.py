"""Cumulative incidences over runs, with intervals by bootstrap over whole runs.

Opportunities of one run share queues, playbook and luck, hence the run is the unit that is resampled. Intervals are
percentile intervals, because those of a probability then stay within 0..1 and rise with age as the curve itself does.
Percentiles of few runs lie too close together; they are taken further out, by as much as Student's t asks (Hesterberg
2015, "What teachers should know about the bootstrap", expanded percentile interval). BCa, which mends skew rather
than few runs, would choose its percentiles age by age, and bands would no longer rise with age.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import special

from experiments.inference.means import Interval, mean_interval, t_quantile
from simulation.measures import CURVES

RESAMPLES: Final = 2000
SEED: Final = 1  # of the resampling, so that the same runs always give the same intervals
AT_ONCE: Final = 1000  # series, lest memory grow with their number


def bootstrap_interval(values: Any, resamples: int = RESAMPLES, seed: int = SEED) -> Interval:
    """Means over the last axis of float64[..., runs] as `mean_interval`, with bootstrap intervals instead.

    All series with the same runs are resampled alike. Values that are not finite are left out.
    """
    values = np.asarray(values, np.float64)
    rows = values.reshape(-1, values.shape[-1])
    band = mean_interval(rows)
    bounds = np.full((2, len(rows)), np.nan)
    for having, pattern in _same_runs(np.isfinite(rows)):
        if pattern.sum() > 1:
            bounds[:, having] = _percentiles(rows[np.ix_(having, pattern)], resamples, seed)
    shape = values.shape[:-1]
    return Interval(*(part.reshape(shape) for part in (band.n, band.mean, band.sd, *bounds)))


def curve_bands(curves: Any, regimes: Sequence[str], ages: Any, cell: int = 0) -> pd.DataFrame:
    """Mean cumulative incidences with pointwise bootstrap intervals: the table `curves` of one cell.

    Columns: cell, regime, curve, age_hours, n, mean, low, high. curves: float64[regimes, seeds, len(CURVES),
    len(ages)] of `simulation.run.ensemble_with_curves`; ages: business hours since opening. Intervals hold
    for each age by itself, not for the curve as a whole.
    """
    band = bootstrap_interval(np.moveaxis(np.asarray(curves, np.float64), 1, -1))
    return _curve_table(band, cell, {"regime": list(regimes)}, ages)


def curve_differences(
    curves: Any, regimes: Sequence[str], contrasts: Sequence[tuple[str, str]], ages: Any, cell: int = 0
) -> pd.DataFrame:
    """Differences between the curves of two regimes, paired by seed, with pointwise bootstrap intervals.

    Columns: cell, regime, baseline, curve, age_hours, n, mean, low, high. contrasts: pairs (regime, minus this baseline). The
    rest as `curve_bands`. Raises ValueError for a regime that is not among them.
    """
    curves, regimes = np.asarray(curves, np.float64), list(regimes)
    paired = [curves[regimes.index(regime)] - curves[regimes.index(baseline)] for regime, baseline in contrasts]
    band = bootstrap_interval(np.moveaxis(np.stack(paired), 1, -1))
    labels = {"regime": [regime for regime, _ in contrasts], "baseline": [baseline for _, baseline in contrasts]}
    return _curve_table(band, cell, labels, ages)


def _same_runs(finite: Any) -> list[tuple[Any, Any]]:
    """Rows of bool[rows, runs] that are alike: (their numbers, what they have in common)."""
    patterns, which = np.unique(finite, axis=0, return_inverse=True)
    which = which.reshape(-1)  # some versions of NumPy keep two axes
    return [(np.flatnonzero(which == number), pattern) for number, pattern in enumerate(patterns)]


def _percentiles(rows: Any, resamples: int, seed: int) -> Any:
    """Bounds of the expanded percentile interval for the mean of each row: float64[2, rows]."""
    n = rows.shape[-1]
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    tail = special.ndtr(-np.sqrt(n / (n - 1)) * t_quantile(n))
    first = rows[:, :1]  # equal values: means of exactly that value
    parts = np.array_split(rows - first, -(-len(rows) // AT_ONCE))
    bounds = [np.quantile(part @ (counts.T / n), [tail, 1 - tail], axis=-1) for part in parts]
    return np.concatenate(bounds, axis=1) + first.T


def _curve_table(band: Interval, cell: int, labels: dict[str, list[str]], ages: Any) -> pd.DataFrame:
    """A row per label, curve and age. band: arrays[labels, len(CURVES), len(ages)]."""
    each = len(CURVES) * len(ages)
    columns: dict[str, Any] = {"cell": np.full(band.n.size, cell)}
    columns |= {name: np.repeat(np.array(words, object), each) for name, words in labels.items()}
    n_labels = len(next(iter(labels.values())))
    columns["curve"] = np.tile(np.repeat(np.array(CURVES, object), len(ages)), n_labels)
    columns["age_hours"] = np.tile(np.asarray(ages), n_labels * len(CURVES))
    numbers = {"n": band.n, "mean": band.mean, "low": band.low, "high": band.high}
    return pd.DataFrame(columns | {name: values.ravel() for name, values in numbers.items()})
