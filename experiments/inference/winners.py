"""Who is best where, and where that cannot be told: winner maps with control of the false-discovery rate."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from experiments.inference.grid import grid
from experiments.inference.means import Interval, mean_interval, p_value
from simulation.measures import MEASURES

FALSE_DISCOVERIES: Final = 0.05  # expected share of wrong winners among the cells that are called decided
BETTER: Final = {measure.name: measure.better for measure in MEASURES}
COLUMNS: Final = ["cell", "measure", "winner", "runner_up", "lead", "low", "high", "p", "q", "decided"]


def winners(runs: pd.DataFrame, measure: str, regimes: Sequence[str] | None = None) -> pd.DataFrame:
    """The best regime of each cell by the mean of a measure, how far it leads, and whether that is decided.

    Columns: cell, measure, winner, runner_up, lead, low, high, p, q, decided. The winner is the best as observed (of equal
    ones, the first in the order of the experiment); where `decided` is False, a map should call the cell undecided. lead:
    paired difference to the runner-up in units of the measure, positive whether more or less is better. regimes: those
    compared (default: all). One without any value in a cell takes no part in it; the others are compared on the seeds for
    which all of them have a value.

    p: a wrong winner is a regime that is not the best, and yet beats the best in the sample. In a one-sided test, which has
    half the two-sided p, one given regime does so with at most the probability of the level; R − 1 regimes could; hence, by the
    union bound, the largest two-sided p against any other × (R − 1)/2. It is not taken less than × 1, so that of two
    regimes that are equally good neither is called better more often than the level says.

    q: p adjusted by Benjamini and Hochberg (1995) over the cells; decided where q is at most FALSE_DISCOVERIES. That bound is
    proven for independent cells and for positive dependence (Benjamini & Yekutieli 2001), which is what shared seeds bring.

    Raises ValueError for a measure of which neither more nor less is better; KeyError for a regime that has no runs.
    """
    layout = grid(runs)
    names = np.array(layout.regimes if regimes is None else list(regimes), object)
    if len(names) < 2:
        raise ValueError("a winner needs at least two regimes to choose from")
    values = layout.values(measure)[:, [layout.number(name) for name in names]]
    order, leads = _ranked(direction(measure) * values)
    p = np.minimum(np.fmax.reduce(p_value(leads), axis=1) * max(1.0, (len(names) - 1) / 2), 1.0)
    q = _false_discovery_rates(p)
    winner, runner_up = (np.where(order[:, i] >= 0, names[order[:, i]], None) for i in (0, 1))
    lead, low, high = (bound[:, 0] for bound in (leads.mean, leads.low, leads.high))
    columns = (layout.cells, measure, winner, runner_up, lead, low, high, p, q, q <= FALSE_DISCOVERIES)
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def direction(measure: str) -> int:
    """1 where more of a measure is better, -1 where less is. Raises ValueError where neither is."""
    if not BETTER[measure]:
        judged = ", ".join(name for name, better in BETTER.items() if better)
        raise ValueError(f"{measure}: neither more nor less of it is better; choose one of {judged}")
    return BETTER[measure]


def _ranked(values: Any) -> tuple[Any, Interval]:
    """Regimes best first, -1 for those without a value; and how far the first leads the others.

    values: float64[cells, regimes, seeds], more is better. Returns int64[cells, regimes]; arrays[cells, regimes - 1].
    """
    finite = np.isfinite(values)
    absent = ~finite.any(axis=2, keepdims=True)
    complete = np.where((finite | absent).all(axis=1, keepdims=True), values, np.nan)
    means = mean_interval(complete).mean
    order = np.argsort(-means, axis=1, kind="stable")  # those without a mean come last
    ranked = np.take_along_axis(complete, order[:, :, None], axis=1)
    valued = np.isfinite(np.take_along_axis(means, order, axis=1))
    return np.where(valued, order, -1), mean_interval(ranked[:, :1] - ranked[:, 1:])


def _false_discovery_rates(p: Any) -> Any:
    """Each p adjusted by Benjamini and Hochberg; NaN, where nothing was tested, stays NaN."""
    q = np.full(len(p), np.nan)
    tested = np.isfinite(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return q
