"""How long things take, and the hours in which people work on them. Instants and work are in whole minutes."""

import math

from simulation import numbers
from simulation.calendar import HOURS_PER_DAY, MINUTES_PER_DAY, MINUTES_PER_HOUR
from simulation.compiled import rule


@rule
def going_on(mean: float) -> float:
    """Log-probability that an exponential time of this mean, in whole units, takes a further unit: ln(1 - 1/mean).

    mean: units; up to one unit it never does (-infinity).
    """
    return numbers.ln(1.0 - 1.0 / mean) if mean > 1.0 else -math.inf


@rule
def whole_units(mean: float, further: float, u: float, fixed: int) -> int:
    """Units that a task or lag of the given mean takes.

    fixed: ceil(mean). Otherwise an exponential time rounded up to whole units, its rate chosen so that the mean stays
    `mean`: geometric, P(n > k) = (1 - 1/mean)^k. Up to one unit everything takes one; mean 0: the step is left out.
    mean: units, >= 0. further: `going_on(mean)`. u: draw in [0, 1). Source: docs/model.md, section 3.
    """
    if mean <= 0.0:
        return 0
    if mean <= 1.0:
        return 1
    if fixed:
        return math.ceil(mean)
    return 1 + int(numbers.ln(1.0 - u) / further)


@rule
def in_units(hours: float, unit_minutes: int) -> float:
    """Hours as a number of units of work of so many minutes."""
    return hours / (unit_minutes / MINUTES_PER_HOUR)


@rule
def gap(rate: float, u: float) -> float:
    """Hours until the next event of a Poisson process: -ln(1 - u) / rate.

    rate: events per hour, > 0. u: draw in [0, 1). Source: MODEL rules 1, 2, 12.
    """
    return -numbers.ln(1.0 - u) / rate


@rule
def patience(scale: float, inverse_shape: float, expiry: float, u: float) -> int:
    """Age in whole hours at which a customer leaves: min(scale (-ln(1 - u))^(1/shape), expiry), rounded up.

    So that the survival at every whole age is that of the continuous time. scale, expiry: hours. Source: MODEL rule 10.
    """
    hours = min(scale * numbers.power(-numbers.ln(1.0 - u), inverse_shape), expiry)
    return max(1, math.ceil(min(hours, 1e9)))


@rule
def weibull_scale(mean: float, shape: float) -> float:
    """Scale of the Weibull distribution with this mean: mean / Gamma(1 + 1/shape)."""
    return mean / numbers.gamma(1.0 + 1.0 / shape)


@rule
def playbook_review_due(tick: int, every: int) -> bool:
    """Whether the playbook is reviewed in this hour: every so many hours after the start; 0 = never. Source: MODEL rule 11."""
    return every > 0 and tick > 0 and tick % every == 0


@rule
def forgotten(per_minute: float, waited: int, u: float) -> bool:
    """Whether a matter was forgotten while it lay in an inbox: probability 1 - exp(-rate x minutes). Source: MODEL rule 21."""
    return per_minute > 0.0 and u < 1.0 - numbers.exp(-per_minute * waited)


@rule
def instant(tick: int) -> int:
    """The instant, in minutes, at which an hour begins."""
    return tick * MINUTES_PER_HOUR


@rule
def hour_from(at: int) -> int:
    """The first hour that begins at an instant or after it."""
    return (at + MINUTES_PER_HOUR - 1) // MINUTES_PER_HOUR


@rule
def at_work(at: int, minutes_per_day: int) -> bool:
    """Whether an instant is in the day's first minutes, which a person keeps for the inbox. Source: MODEL rule 21."""
    return at % MINUTES_PER_DAY < minutes_per_day


@rule
def works_now(tick: int, minutes_per_day: int) -> bool:
    """Whether an hour begins with working time."""
    return at_work(instant(tick), minutes_per_day)


@rule
def next_working_hour(tick: int, minutes_per_day: int) -> int:
    """This hour if it is a working hour, else the first of the next day."""
    return tick if works_now(tick, minutes_per_day) else (tick // HOURS_PER_DAY + 1) * HOURS_PER_DAY


@rule
def worked_by(at: int, minutes_per_day: int) -> int:
    """Working minutes from the start to an instant, for who works in the first minutes of each day."""
    return at // MINUTES_PER_DAY * minutes_per_day + min(at % MINUTES_PER_DAY, minutes_per_day)


@rule
def worked_between(start: int, end: int, minutes_per_day: int) -> int:
    """Working minutes between two instants."""
    return worked_by(end, minutes_per_day) - worked_by(start, minutes_per_day)


@rule
def work_ends(start: int, minutes: int, minutes_per_day: int) -> int:
    """The instant at which `minutes` (1 or more) of work end that begin at `start`, or in the next working time after it."""
    if start % MINUTES_PER_DAY + minutes <= minutes_per_day:  # the usual case, without a division
        return start + minutes
    last = worked_by(start, minutes_per_day) + minutes - 1
    return last // minutes_per_day * MINUTES_PER_DAY + last % minutes_per_day + 1
