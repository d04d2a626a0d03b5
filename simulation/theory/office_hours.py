"""Waiting at a desk that takes up work only from one hour to the next, is open for part of the day, and works to the minute.

Matters that come within an hour are looked at from the next hour on, so at the start of every hour a batch joins the queue:
Poisson, if they come so. In the hours in which the desk is open it does `units` units of work an hour, one matter after the
other; in the others none. No closed form is known for the unfinished work V, but its law follows from one line, V' = (V + B −
units)⁺ in an open hour and V + B in another, and is worked out here to the end.
"""

from functools import cache
from typing import Any, Final

import numpy as np

from simulation.theory import require

DAY: Final = 8  # business hours
SETTLED: Final = 1e-13  # largest change of the law in a day
MOST_DAYS: Final = 20_000


def geometric_units(mean: float, further: int = 0, longest: int = 4096) -> tuple[float, ...]:
    """Law of a geometric number of units of this mean, and `further` fixed ones after it: place n has P(n units).

    mean: >= 1. Cut off at `longest` units, where hardly anything is left.
    """
    require(mean >= 1.0 and further >= 0, "mean must be at least 1 unit, further units at least 0")
    n = np.arange(longest)
    ends = np.where(n >= 1, (1.0 - 1.0 / mean) ** np.maximum(n - 1, 0) / mean, 0.0)
    return tuple(np.concatenate([np.zeros(further), ends])[:longest].tolist())


@cache
def wait_at_desk(arrivals: float, service: tuple[float, ...], units: int = 1, open_hours: float = DAY) -> float:
    """Mean hours from the hour in which a matter may be taken up at the earliest until its work begins.

    arrivals: matters an hour, > 0, Poisson. service: P(n units of work) in place n, place 0 empty. units: of work done in an open
    hour. open_hours: the desk is open for so long from the start of each day of 8, a whole number of units. All of the day's work
    must fit into them.
    The law of V at each hour of the day is iterated until it settles (Lindley 1952); with it and the work of those of the same
    batch that go first, it is known how many units must be done before.
    """
    law = np.asarray(service)
    size = len(law)
    daily = round(units * open_hours)
    require(arrivals > 0.0 and units >= 1, "arrivals and units must be above 0")
    whole = abs(daily - units * open_hours) < 1e-9
    require(whole and 0 < daily <= units * DAY, "open_hours must be whole units, and 8 hours at most")
    load = arrivals * float(law @ np.arange(size)) * DAY / daily
    require(abs(law.sum() - 1.0) < 1e-9 and law[0] == 0.0, "service must be a law of at least one unit")
    require(load < 1.0, f"load is {load}; at 1 or above the wait grows without end")
    one = np.fft.rfft(law, 2 * size)
    batch = np.fft.irfft(np.exp(arrivals * (one - 1.0)))[:size]
    ahead = np.fft.irfft(_others_first(arrivals, one))[:size]
    total = 0.0
    for hour, unfinished in enumerate(_settled(batch, units, daily)):
        before = np.maximum(_sum_of(unfinished, ahead), 0.0)
        require(before[-1] < 1e-6, "service is cut off too early for this load; it needs more places")
        total += float(before @ _until_done(np.arange(size), hour, units, daily))
    return total / DAY


def _others_first(arrivals: float, one: Any) -> Any:
    """Transform of the work of those of one's own batch that go first: Σⱼ P(N > j)/λ · gʲ = (1 − e^(λ(g − 1)))/(λ(1 − g))."""
    rest = arrivals * (1.0 - one)
    small = np.abs(rest) < 1e-9
    return np.where(small, 1.0, -np.expm1(-rest) / np.where(small, 1.0, rest))


def _settled(batch: Any, units: int, daily: int) -> list[Any]:
    """The law of the work left from before, at each hour of a day that is like the day before. daily: units done in a day."""
    law = np.zeros(len(batch))
    law[0] = 1.0
    for _ in range(MOST_DAYS):
        day = []
        start = law
        for hour in range(DAY):
            day.append(law)
            law = _sum_of(law, batch)
            done = min(max(daily - hour * units, 0), units)
            law = np.concatenate([[law[: done + 1].sum()], law[done + 1 :], np.zeros(done)])
        if np.abs(law - start).max() < SETTLED:
            return day
    raise ValueError("the law of the work left does not settle; the load must be lower")


def _sum_of(a: Any, b: Any) -> Any:
    """Law of the sum of two independent numbers of units, what is beyond the last place put there."""
    both = np.fft.irfft(np.fft.rfft(a, 2 * len(a)) * np.fft.rfft(b, 2 * len(a)))
    both[len(a) - 1] += both[len(a) :].sum()
    return both[: len(a)]


def _until_done(work: Any, hour: int, units: int, daily: int) -> Any:
    """Hours from the start of an hour of the day until so many units are done and the desk is open."""
    days, of_day = np.divmod(min(hour * units, daily) + work, daily)
    return days * DAY + of_day / units - hour
