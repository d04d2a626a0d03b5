"""How much of a difference each of several changes makes: Shapley values over all combinations of them, run by run.

The changes lead from one state to another, in some order. What a change adds hangs on what was changed before it; its Shapley
value is what it adds on average over all orders (Shapley 1953). Some changes can be made only after others: then orders against
that do not count (Faigle & Kern 1992). The values of all changes add up to the whole difference, in every single run.

As each value is a weighted sum of the outcomes of the combinations, it is taken seed by seed, and its interval is Student's t
over the runs, like that of any paired difference.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.design.switches import Switches
from experiments.inference.grid import Grid, grid
from experiments.inference.means import UNITS, mean_interval

VALUE: Final = "shapley"  # what a change adds, mean over all orders
FIRST: Final = "first"  # what it adds before all that need not come before it
LAST: Final = "last"  # what it adds after all that need not come after it
START: Final = "start"  # the outcome before all changes
END: Final = "end"  # and after them
WHOLE: Final = "whole"  # the difference between the two
NO_SWITCH: Final = ""  # in the rows of START, END and WHOLE
ESTIMATES: Final = ["n", "mean", "low", "high"]
COLUMNS: Final = ["target", "unit", "regime", "baseline", "switch", "index", *ESTIMATES]


class Weights(NamedTuple):
    """By what the outcomes of the combinations are multiplied, so that their sum is what a change adds."""

    value: Any  # float64[switches, combinations]
    first: Any
    last: Any


def weights_of(combinations: Sequence[Sequence[bool]], before: Sequence[Sequence[int]]) -> Weights:
    """For the combinations that can be, given for each change those that come before it, by place.

    The share of orders in which change i meets exactly the changes S made is the number of ways to S, times that from S with i
    to the end, divided by that from the start to the end.
    """
    masks = [sum(1 << place for place, on in enumerate(made) if on) for made in combinations]
    place_of, n = {mask: place for place, mask in enumerate(masks)}, len(before)
    whole = (1 << n) - 1
    ways_to = _ways(masks, n, 0)
    ways_from = _ways(masks, n, whole)
    value, first, last = (np.zeros((n, len(masks))) for _ in range(3))
    for i in range(n):
        bit = 1 << i
        for mask in masks:
            if not mask & bit and mask | bit in place_of:
                share = ways_to[mask] * ways_from[mask | bit] / ways_to[whole]
                value[i, place_of[mask | bit]] += share
                value[i, place_of[mask]] -= share
        needed, following = _all_before(i, before), sum(1 << j for j in range(n) if _all_before(j, before) & bit)
        for weights, mask in ((first, needed), (last, whole & ~following & ~bit)):
            weights[i, place_of[mask | bit]], weights[i, place_of[mask]] = 1.0, -1.0
    return Weights(value, first, last)


def _ways(masks: Sequence[int], n: int, end: int) -> dict[int, int]:
    """In how many orders of changes, one at a time over combinations that can be, each is reached from the end given."""
    ways = dict.fromkeys(masks, 0)
    ways[end] = 1
    for mask in sorted(masks, key=lambda mask: (mask ^ end).bit_count()):
        for i in range(n):
            nearer = mask ^ (1 << i)
            if (nearer ^ end).bit_count() < (mask ^ end).bit_count():
                ways[mask] += ways.get(nearer, 0)
    return ways


def _all_before(i: int, before: Sequence[Sequence[int]]) -> int:
    """All changes that come before change i, directly or not, as a set of bits."""
    found = 0
    for j in before[i]:
        found |= 1 << j | _all_before(j, before)
    return found


def shapley(
    runs: pd.DataFrame, cells: pd.DataFrame, switches: Switches, names: Sequence[str], contrasts: Sequence[tuple[str, str]] = ()
) -> pd.DataFrame:
    """The table `shapley`: what each change adds to every measure named, for each regime and each paired difference.

    Columns: line (a setting of all that the switches do not change, from 0), a column per factor of it, COLUMNS. index: VALUE,
    FIRST and LAST for each switch; START, END and WHOLE with the switch NO_SWITCH. n: runs with a value in all combinations.
    cells: in the order of their numbers, a column per factor. Raises ValueError if a combination has no cell.
    """
    layout = grid(runs)
    others = [name for name in cells.columns if name != "cell" and name not in switches.names]
    weights = weights_of(switches.combinations, switches.before)
    parts = []
    for line, (setting, places) in enumerate(_lines(cells, switches, others)):
        for target in _targets(layout, names, contrasts):
            table = _values_table(target.values[places], switches, weights)
            table = table.assign(target=target.measure, unit=UNITS[target.measure], regime=target.regime)
            parts.append(table.assign(baseline=target.baseline, line=line, **setting))
    return pd.concat(parts, ignore_index=True)[["line", *others, *COLUMNS]]


class Target(NamedTuple):
    """A measure of a regime, or its difference from another regime."""

    measure: str
    regime: str
    baseline: str  # "" for a regime by itself
    values: Any  # float64[cells, seeds]


def _targets(layout: Grid, names: Sequence[str], contrasts: Sequence[tuple[str, str]]) -> Iterator[Target]:
    for name in names:
        values, paired = layout.values(name), layout.paired(name, contrasts)
        for number, (regime, baseline) in enumerate(contrasts):
            yield Target(name, regime, baseline, paired[:, number])
        for number, regime in enumerate(layout.regimes):
            yield Target(name, regime, "", values[:, number])


def _lines(
    cells: pd.DataFrame, switches: Switches, others: Sequence[str]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each setting of the other factors, with the places of its cells in the order of the combinations."""
    points: list[Any] = cells.to_dict("records")
    made = [switches.made_at(point) for point in points]
    settings = cells[list(others)].apply(tuple, axis=1) if others else pd.Series([()] * len(cells))
    for setting in dict.fromkeys(settings):
        places = {made[place]: place for place in np.flatnonzero([one == setting for one in settings])}
        missing = [combination for combination in switches.combinations if combination not in places]
        if missing:
            raise ValueError(f"{len(missing)} of {switches.size} combinations have no cell: finish the runs first")
        yield dict(zip(others, setting, strict=True)), np.array([places[made] for made in switches.combinations])


def _values_table(values: Any, switches: Switches, weights: Weights) -> pd.DataFrame:
    """One target in one setting. values: float64[combinations, seeds]; a run without one of them is left out of all."""
    values = np.where(np.isfinite(values).all(axis=0), values, np.nan)
    rows = []
    start, end = values[switches.combinations.index(_none(switches))], values[switches.combinations.index(_all(switches))]
    for index, series in ((START, start), (END, end), (WHOLE, end - start)):
        rows.append((NO_SWITCH, index, *_interval(series)))
    for index, matrix in ((VALUE, weights.value), (FIRST, weights.first), (LAST, weights.last)):
        for switch, series in zip(switches.switches, matrix @ values, strict=True):
            rows.append((switch.name, index, *_interval(series)))
    return pd.DataFrame(rows, columns=["switch", "index", *ESTIMATES])


def _none(switches: Switches) -> tuple[bool, ...]:
    return (False,) * len(switches.switches)


def _all(switches: Switches) -> tuple[bool, ...]:
    return (True,) * len(switches.switches)


def _interval(series: Any) -> tuple[int, float, float, float]:
    band = mean_interval(series)
    return int(band.n), float(band.mean), float(band.low), float(band.high)
