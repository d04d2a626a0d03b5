"""How well each parameter is known: one is held at a value, the others are fitted again.

The interval of a parameter is where chi-square, minimised over the others, is no more than TOLERANCE above its minimum
(profile likelihood, Venzon & Moolgavkar 1988). What else changes within it shows a ridge: values that fit as well together.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.calibration.fit import Effort, Fit, refine
from experiments.calibration.objective import FREE, WHOLE, Free, Objective
from experiments.wording.numbers import number
from simulation.parameters import parameters

TOLERANCE: Final = 3.84  # the 95 % quantile of chi-square with one degree of freedom
MOVES: Final = 0.25  # a parameter moves along with another if it changes by more than so much of itself


class Interval(NamedTuple):
    """Where a parameter fits as well as it does anywhere; open at an end up to which nothing was found to be worse."""

    low: float
    high: float
    open_below: bool
    open_above: bool
    along: str  # what else changes from one end to the other


def profile(objective: Objective, best: Fit, effort: Effort) -> list[tuple[Free, Fit]]:
    """Every parameter at the values to be tried, the others fitted, each from the neighbour nearer to the best."""
    found = []
    for free in FREE:
        others = tuple(other for other in FREE if other != free)
        for side in _outward(free, best.point[free.name], effort.profile_points):
            start = best.point
            for value in side:
                fit = refine(objective, start | {free.name: value}, others, effort.profile_rounds)
                found.append((free, fit))
                start = fit.point
    return found


def _outward(free: Free, at: float, n: int) -> Iterator[Sequence[float]]:
    """Values to be tried below and above a value, those near to it first, about n in all."""
    near = {value for value in free.tried if math.isclose(value, at, rel_tol=0.02)}
    tried = [value for value in free.tried if value not in near]
    below, above = [value for value in tried[::-1] if value < at], [value for value in tried if value > at]
    yield below[: max(1, n // 2)]
    yield above[: max(1, n // 2)]


def n_fits(effort: Effort) -> int:
    """Fits of a profile at most."""
    return sum(min(len(free.tried), effort.profile_points) for free in FREE)


def table(best: Fit, found: Sequence[tuple[Free, Fit]], wholes: Sequence[Fit]) -> pd.DataFrame:
    """One row per held value, in order: parameter, value, chi_square, above (the minimum), and every parameter."""
    rows = [(free.name, fit) for free, fit in found] + [(free.name, best) for free in FREE]
    rows += [(name, fit) for name in WHOLE for fit in _best_by(name, wholes)]
    made = pd.DataFrame([
        {"parameter": name, "value": fit.point[name], "chi_square": fit.chi_square,
         "above": fit.chi_square - best.chi_square, **fit.point}
        for name, fit in rows
    ])
    order = {name: i for i, name in enumerate(best.point)}
    made["order"] = made["parameter"].map(order)
    return made.sort_values(["order", "value"], kind="stable").drop(columns="order").reset_index(drop=True)


def _best_by(name: str, wholes: Sequence[Fit]) -> list[Fit]:
    """For each value of one of the whole hours, the best over the other."""
    values = sorted({fit.point[name] for fit in wholes})
    return [min((fit for fit in wholes if fit.point[name] == value), key=lambda fit: fit.chi_square) for value in values]


def interval(profiles: pd.DataFrame, name: str) -> Interval:
    """The interval of one parameter from its rows of `table`; between two held values it is interpolated."""
    rows = profiles[profiles["parameter"] == name]
    values, above = rows["value"].to_numpy(float), rows["above"].to_numpy(float)
    best = int(np.argmin(above))
    inside = above <= TOLERANCE
    first = best - int(np.argmin([*inside[best::-1], False])) + 1
    last = best + int(np.argmin([*inside[best:], False])) - 1
    free = next((free for free in FREE if free.name == name), None)
    ends = (first, last) if free is None else (_crossing(free, values, above, first, -1), _crossing(free, values, above, last, 1))
    low, high = (values[first], values[last]) if free is None else ends
    ridge = "" if free is None else _ridge(rows.iloc[first], rows.iloc[last], name)
    lowest, highest = _declared(name)
    return Interval(
        float(low), float(high), first == 0 and low > lowest, last == len(rows) - 1 and high < highest, ridge
    )


def _declared(name: str) -> tuple[float, float]:
    """What the model allows."""
    return next((one.low, one.high) for one in parameters() if one.key == name)


def _crossing(free: Free, values: Any, above: Any, end: int, step: int) -> float:
    """Where chi-square crosses the tolerance between the last value inside and the next outside."""
    beyond = end + step
    if not 0 <= beyond < len(values):
        return float(values[end])
    inner, outer = free.along(values[end]), free.along(values[beyond])
    return free.value(inner + (outer - inner) * (TOLERANCE - above[end]) / (above[beyond] - above[end]))


def _ridge(low: Any, high: Any, name: str) -> str:
    """Which others differ between the two ends, from what to what."""
    moved = []
    for other in FREE:
        a, b = float(low[other.name]), float(high[other.name])
        if other.name != name and abs(other.along(b) - other.along(a)) > math.log1p(MOVES):
            moved.append(f"{other.name.split('.')[1]} {number(a)} → {number(b)}")
    return ", ".join(moved)
