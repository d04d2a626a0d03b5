"""What matters in a sample: rank correlations, and the region in which an outcome is mostly as one wonders about (PRIM).

PRIM, the patient rule induction method (Friedman & Fisher 1999), as scenario discovery uses it (Bryant & Lempert 2010): peel a
small share of the cells off one side of the box again and again, each time the one that leaves the largest share of cells of
interest; of the boxes on the way that still hold half of those take the densest, and give up every limit that a binomial test
cannot tell from none.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

PEEL: Final = 0.05  # share of a box's cells that one peel takes
LEAST: Final = 0.05  # share of all cells that a box must hold
COVERED: Final = 0.5  # share of the cells of interest that the region must hold
LEVEL: Final = 0.05  # of the tests

Limits = dict[str, tuple[float, float]]


class Box(NamedTuple):
    """A region of the factors."""

    limits: Limits  # of the factors that it limits, inclusive
    n: int  # cells in it
    density: float  # share of them that are of interest
    coverage: float  # share of the cells of interest that are in it
    everywhere: float  # share of all cells that are of interest


def rank_correlations(cells: pd.DataFrame, values: Any) -> pd.DataFrame:
    """Spearman's correlation of each factor with float64[cells]; columns factor, value, low, high, clear.

    The interval is Fisher's with the variance 1.06/(n − 3) (Fieller, Hartley & Pearson 1957). clear: the interval of the level
    0.05 / factors (Bonferroni) excludes zero.
    """
    names = [name for name in cells.columns if name != "cell" and cells[name].nunique() > 1]
    rows = []
    for name in names:
        value = float(stats.spearmanr(cells[name].to_numpy(float), values).statistic)
        width = np.sqrt(1.06 / max(len(cells) - 3, 1))
        z = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
        low, high = (float(np.tanh(z + side * 1.959964 * width)) for side in (-1, 1))
        bar = stats.norm.isf(LEVEL / 2 / len(names)) * width
        rows.append((name, value, low, high, bool(abs(z) > bar)))
    return pd.DataFrame(rows, columns=["factor", "value", "low", "high", "clear"])


def discover(cells: pd.DataFrame, interest: Any) -> Box | None:
    """The box in which cells of interest are dense, bool[cells]; None where no limit is told from chance."""
    x = cells.drop(columns="cell").astype(float)
    wanted = np.asarray(interest, bool)
    if not wanted.any() or wanted.all():
        return None
    boxes = _peeled(x, wanted)
    best = max(boxes, key=lambda limits: _worth(_box(x, wanted, limits)))
    limits = _told_from_chance(x, wanted, best)
    return _box(x, wanted, limits) if limits else None


def inside(x: pd.DataFrame, limits: Limits) -> Any:
    """Which cells lie in a box: bool[cells]."""
    within = np.ones(len(x), bool)
    for name, (low, high) in limits.items():
        column = x[name].to_numpy(float)
        within &= (column >= low) & (column <= high)
    return within


def _peeled(x: pd.DataFrame, wanted: Any) -> list[Limits]:
    """The boxes on the way from all cells to the smallest box."""
    limits: Limits = {}
    boxes = [limits]
    while True:
        within = inside(x, limits)
        peels = [peel for name in x.columns for peel in _peels(x, limits, within, str(name))]
        found = [(wanted[kept].mean(), kept.sum(), peel) for peel in peels if (kept := inside(x, peel)).sum() >= LEAST * len(x)]
        if not found:
            return boxes
        limits = max(found, key=lambda one: (one[0], one[1]))[2]
        boxes.append(limits)


def _peels(x: pd.DataFrame, limits: Limits, within: Any, name: str) -> list[Limits]:
    """The box with a little less of one factor, from either side; at least the outermost value goes."""
    column = np.sort(x.loc[within, name].to_numpy(float))
    if column[0] == column[-1]:
        return []
    low, high = limits.get(name, (-np.inf, np.inf))
    n = max(1, int(PEEL * len(column)))
    above, below = column[column > column[n - 1]], column[column < column[-n]]
    ends = [(float(above[0]), high)] if len(above) else []
    ends += [(low, float(below[-1]))] if len(below) else []
    return [limits | {name: one} for one in ends]


def _box(x: pd.DataFrame, wanted: Any, limits: Limits) -> Box:
    within = inside(x, limits)
    hits = int((within & wanted).sum())
    return Box(limits, int(within.sum()), hits / max(int(within.sum()), 1), hits / int(wanted.sum()), float(wanted.mean()))


def _worth(box: Box) -> tuple[bool, float, float]:
    return box.coverage >= COVERED, box.density, box.coverage


def _told_from_chance(x: pd.DataFrame, wanted: Any, limits: Limits) -> Limits:
    """Without the limits of which the density in the box is no surprise given that without them."""
    while limits:
        p = {name: _p(x, wanted, limits, name) for name in limits}
        worst = max(p, key=lambda name: p[name])
        if p[worst] <= LEVEL / x.shape[1]:
            return limits
        limits = {name: ends for name, ends in limits.items() if name != worst}
    return limits


def _p(x: pd.DataFrame, wanted: Any, limits: Mapping[str, tuple[float, float]], name: str) -> float:
    box = _box(x, wanted, dict(limits))
    wider = _box(x, wanted, {other: ends for other, ends in limits.items() if other != name})
    if wider.density >= 1:
        return 1.0
    hits = round(box.density * box.n)
    return float(stats.binomtest(hits, box.n, wider.density, "greater").pvalue)
