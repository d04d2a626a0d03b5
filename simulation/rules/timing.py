"""How long things take, in whole hours."""

import math

from simulation.calendar import HOURS_PER_DAY
from simulation.compiled import rule


@rule
def going_on(mean: float) -> float:
    """Log-probability that an exponential task of this mean, in whole hours, takes a further hour: ln(1 - 1/mean).

    mean: hours; up to one hour it never does (-infinity).
    """
    return math.log(1.0 - 1.0 / mean) if mean > 1.0 else -math.inf


@rule
def whole_hours(mean: float, further: float, u: float, fixed: int) -> int:
    """Hours a task or lag of the given mean takes, in whole ticks.

    fixed: ceil(mean). Otherwise an exponential time rounded up to whole hours, its rate chosen so that the mean stays
    `mean`: geometric, P(h > n) = (1 - 1/mean)^n. Up to one hour everything takes one hour; mean 0: the step is left out.
    mean: hours, >= 0. further: `going_on(mean)`. u: draw in [0, 1). Source: docs/model.md, section 3.
    """
    if mean <= 0.0:
        return 0
    if mean <= 1.0:
        return 1
    if fixed:
        return math.ceil(mean)
    return 1 + int(math.log(1.0 - u) / further)


@rule
def gap(rate: float, u: float) -> float:
    """Hours until the next event of a Poisson process: -ln(1 - u) / rate.

    rate: events per hour, > 0. u: draw in [0, 1). Source: MODEL rules 1, 2, 12.
    """
    return -math.log(1.0 - u) / rate


@rule
def patience(scale: float, inverse_shape: float, expiry: float, u: float) -> int:
    """Age in whole hours at which a customer leaves: min(scale (-ln(1 - u))^(1/shape), expiry), rounded up.

    So that the survival at every whole age is that of the continuous time. scale, expiry: hours. Source: MODEL rule 10.
    """
    hours = min(scale * math.pow(-math.log(1.0 - u), inverse_shape), expiry)
    return max(1, math.ceil(min(hours, 1e9)))


@rule
def weibull_scale(mean: float, shape: float) -> float:
    """Scale of the Weibull distribution with this mean: mean / Gamma(1 + 1/shape)."""
    return mean / math.gamma(1.0 + 1.0 / shape)


@rule
def playbook_review_due(tick: int, every: int) -> bool:
    """Whether the playbook is reviewed in this hour: every so many hours after the start; 0 = never. Source: MODEL rule 11."""
    return every > 0 and tick > 0 and tick % every == 0


@rule
def reviews_now(tick: int, review_hours_per_day: int) -> bool:
    """Whether this hour is one of the day's first hours, which managers keep for sign-offs."""
    return tick % HOURS_PER_DAY < review_hours_per_day


@rule
def review_ends(tick: int, hours: int, review_hours_per_day: int) -> int:
    """The tick that holds the last of `hours` review hours, if the first is `tick` (itself a review hour)."""
    last = tick // HOURS_PER_DAY * review_hours_per_day + tick % HOURS_PER_DAY + hours - 1
    return last // review_hours_per_day * HOURS_PER_DAY + last % review_hours_per_day


@rule
def review_hours_until(start: int, end: int, review_hours_per_day: int) -> int:
    """Review hours in the ticks from `start` up to, not including, `end`."""
    per_day = review_hours_per_day
    before_end = end // HOURS_PER_DAY * per_day + min(end % HOURS_PER_DAY, per_day)
    before_start = start // HOURS_PER_DAY * per_day + min(start % HOURS_PER_DAY, per_day)
    return before_end - before_start
