"""The fit: differential evolution over all calibrated parameters at once, then least squares from there.

Storn & Price 1997, whole hours as whole numbers (`scipy.optimize.differential_evolution`), finds the region; it takes few
seeds and many candidates. From its best point, a trust-region least-squares fit (Branch, Coleman & Li 1999,
`scipy.optimize.least_squares`) with more seeds is made for each number of whole hours, and once more from the best.
"""

import itertools
import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.optimize import Bounds, differential_evolution, least_squares

from experiments.calibration.objective import FREE, WHOLE, Free, Objective, Point

STEP: Final = 0.06  # of the axis of a parameter, wide enough for counts of deals to change
LUCK: Final = 1  # of differential evolution
INSIDE: Final = 1e-6  # least squares starts strictly within bounds


class Fit(NamedTuple):
    """Values and how far off the figures are there."""

    point: Point
    chi_square: float


class Effort(NamedTuple):
    """How much is computed."""

    scouts: int = 8  # seeds of differential evolution
    generations: int = 24
    crowd: int = 5  # candidates of a generation for each parameter
    seeds: int = 40  # of least squares
    rounds: int = 6  # of least squares, for each number of whole hours; twice as many at last
    profile_rounds: int = 5
    profile_points: int = 99  # of each parameter, at most
    check: int = 200  # fresh seeds, for what is reported

    def explored(self) -> int:
        """Runs of differential evolution at most."""
        crowd = 2 ** math.ceil(math.log2(self.crowd * (len(FREE) + len(WHOLE))))
        return int(self.scouts * crowd * (self.generations + 1))

    def refined(self, rounds: int, n_free: int = len(FREE)) -> int:
        """Runs of a least-squares fit at most."""
        return self.seeds * (1 + rounds * (n_free + 1))


QUICK: Final = Effort(
    scouts=2, generations=4, crowd=2, seeds=8, rounds=2, profile_rounds=1, profile_points=3, check=20
)


def explore(objective: Objective, effort: Effort, pool: ThreadPoolExecutor) -> Fit:
    """The best of many candidates from everywhere within bounds."""
    ends: list[tuple[float, float]] = [(free.along(free.low), free.along(free.high)) for free in FREE]
    ends += [(hours[0], hours[-1]) for hours in WHOLE.values()]
    mapped: Callable[[Callable[[Any], float], Iterable[Any]], Any] = pool.map

    def off(at: Any) -> float:
        return objective.alone(_point(at))

    found = differential_evolution(
        off, Bounds(*np.transpose(ends)), popsize=effort.crowd, maxiter=effort.generations, init="sobol",
        seed=LUCK, polish=False, tol=0.0, integrality=[False] * len(FREE) + [True] * len(WHOLE), updating="deferred",
        workers=mapped,
    )
    return Fit(_point(found.x), float(found.fun))


def _point(at: Any) -> Point:
    numbers = {free.name: free.value(place) for free, place in zip(FREE, at, strict=False)}
    return numbers | {name: round(float(hours)) for name, hours in zip(WHOLE, at[len(FREE) :], strict=True)}


def refine(objective: Objective, start: Point, frees: tuple[Free, ...], rounds: int) -> Fit:
    """Least squares from a point, over some of the parameters; never worse than the start."""
    low, high = (np.array([free.along(end) for free, end in zip(frees, ends, strict=True)]) for ends in (
        [free.low for free in frees], [free.high for free in frees]
    ))
    best = Fit(start, math.inf)

    def at(places: Any) -> Any:
        nonlocal best
        point = start | {free.name: free.value(place) for free, place in zip(frees, places, strict=True)}
        off = objective.distances(point)
        if (off**2).sum() < best.chi_square:
            best = Fit(point, float((off**2).sum()))
        return off

    at([free.along(start[free.name]) for free in frees])
    begin = np.clip([free.along(start[free.name]) for free in frees], low + INSIDE, high - INSIDE)
    relative = STEP / np.maximum(np.abs(begin), STEP)  # SciPy's steps are relative to where it starts
    least_squares(at, begin, bounds=Bounds(low, high), diff_step=relative, max_nfev=rounds)
    return best


def whole_hours(objective: Objective, start: Point, rounds: int) -> list[Fit]:
    """The fit for every combination of whole hours."""
    combinations = [dict(zip(WHOLE, hours, strict=True)) for hours in itertools.product(*WHOLE.values())]
    return [refine(objective, start | hours, FREE, rounds) for hours in combinations]
