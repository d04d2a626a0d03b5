"""Speed against quality: which regimes, in which cells, nobody beats in both."""

from typing import Any

import numpy as np
import pandas as pd

from experiments.inference.winners import direction


def frontier(summary: pd.DataFrame, speed: str, quality: str) -> pd.DataFrame:
    """A point per cell and regime, and whether it lies on the frontier.

    Columns: cell, regime, speed, speed_low, speed_high, quality, quality_low, quality_high, n, on_frontier. summary: as
    `summarise` gives it, of all the points that compete with each other (choose its rows first if, say, those of different
    markets should not). speed, quality: measures; whether more or less of them is better is taken from their declaration.

    On the frontier is a point if no other is at least as good in both and better in one; means are compared, intervals are there
    to be drawn. A point without one of the two means is not on it. n: runs behind the less known of the two. Raises KeyError if
    the summary lacks a measure, ValueError for a measure of which neither more nor less is better.
    """
    better = np.array([direction(speed), direction(quality)])
    points = _axis(summary, speed, "speed").join(_axis(summary, quality, "quality"))
    n = points[["speed_n", "quality_n"]].min(axis=1).astype(int)
    points = points.drop(columns=["speed_n", "quality_n"]).assign(n=n)
    points["on_frontier"] = _not_dominated(points[["speed", "quality"]].to_numpy() * better)
    return points.reset_index()


def _not_dominated(points: Any) -> Any:
    """Which rows of float64[n, 2] no other row dominates, more being better in both columns; NaN is never best."""
    dominated = [((points >= one).all(axis=1) & (points > one).any(axis=1)).any() for one in points]
    return np.isfinite(points).all(axis=1) & ~np.array(dominated, bool)


def _axis(summary: pd.DataFrame, measure: str, name: str) -> pd.DataFrame:
    rows = summary[summary["measure"] == measure].set_index(["cell", "regime"])
    if rows.empty:
        raise KeyError(f"the summary has no measure {measure!r}; it has {', '.join(summary['measure'].unique())}")
    names = {"mean": name, "low": f"{name}_low", "high": f"{name}_high", "n": f"{name}_n"}
    return rows[list(names)].rename(columns=names)
