"""How long answers, patience and standards last."""

import math
from typing import NamedTuple

from simulation.theory import require
from simulation.theory.readings import survives_committee


def buy_in_series(people: int, mean: float) -> float:
    """Mean hours until n people, asked one after the other, have all answered: n·m. Any law of mean m, whole hours too."""
    require(people >= 0 and mean >= 0.0, "people and mean must be at least 0")
    return people * mean


def buy_in_parallel(people: int, needed: int, mean: float) -> float:
    """Mean hours until the first k of n people asked at once have answered, exponential answers: m(Hₙ − Hₙ₋ₖ).

    k = n: all of them, mHₙ. Source: Rényi 1953; David & Nagaraja 2003, section 2.5.
    """
    require(0 <= needed <= people, f"needed is {needed}; it must lie between 0 and people = {people}")
    return mean * sum(1.0 / j for j in range(people - needed + 1, people + 1))


def buy_in_hours(people: int, needed: int, mean: float) -> float:
    """The same for geometric answers in whole hours: Σ_{h>=0} P(fewer than k of n are done after h hours). mean >= 1."""
    require(0 <= needed <= people, f"needed is {needed}; it must lie between 0 and people = {people}")
    require(mean >= 1.0, f"mean is {mean} hours; a geometric effort takes at least one")
    total, open_share, hours = 0.0, 1.0, 0
    while needed > 0 and (hours == 0 or open_share > 1e-18):
        total += 1.0 - survives_committee(1.0 - open_share, people, needed) if open_share < 1.0 else 1.0
        open_share *= 1.0 - 1.0 / mean
        hours += 1
    return total


def still_there(age: float, mean: float, shape: float, expiry: float = math.inf) -> float:
    """Share of customers who have not left by an age: exp(−(x/scale)^shape) before the expiry, 0 from then on.

    scale = mean / Γ(1 + 1/shape). Exact at every whole hour, since leaving is rounded up. age, mean, expiry: hours.
    Source: Weibull 1951.
    """
    require(age >= 0.0 and mean > 0.0 and shape > 0.0, "age must be at least 0, mean and shape above 0")
    scale = mean / math.gamma(1.0 + 1.0 / shape)
    return math.exp(-((age / scale) ** shape)) if age < expiry else 0.0


class Incidence(NamedTuple):
    """Shares for whom one event or the other has come first, by an age."""

    acted: float
    left: float


def incidence(acting: float, leaving: float, age: float) -> Incidence:
    """Two constant hazards: λ₁/(λ₁ + λ₂)·(1 − e^(−(λ₁+λ₂)x)) and the same with λ₂. per hour, > 0; age: hours.

    Source: Prentice et al. 1978.
    """
    require(acting >= 0.0 and leaving >= 0.0 and acting + leaving > 0.0, "hazards must be at least 0, one of them above")
    require(age >= 0.0, f"age is {age}; it must be at least 0")
    both = acting + leaving
    gone = 1.0 - math.exp(-both * age)
    return Incidence(acting / both * gone, leaving / both * gone)


def incidence_hours(mean: float, patience: float, age: int) -> Incidence:
    """The same in whole hours, for acting that takes a geometric effort of mean m and then one hour of drafting.

    With r = 1 − 1/m and s = e^(−1/θ), leaving comes first if it falls into an hour before the last of the work:
    acted = (1 − r)s(1 − (rs)^(x−1))/(1 − rs), left = (1 − s)(1 − (rs)^x)/(1 − rs). mean m >= 1, patience θ > 0: hours.
    """
    require(mean >= 1.0 and patience > 0.0 and age >= 1, "mean must be at least 1, patience above 0, age at least 1")
    works_on, stays = 1.0 - 1.0 / mean, math.exp(-1.0 / patience)
    both = works_on * stays
    acted = (1.0 - works_on) * stays * (1.0 - both ** (age - 1)) / (1.0 - both)
    return Incidence(acted, (1.0 - stays) * (1.0 - both**age) / (1.0 - both))


def forgotten(rate: float, waited: float) -> float:
    """A matter that lies untouched is forgotten at a constant rate: 1 − e^(−rw). rate: per unit of `waited`; both >= 0."""
    require(rate >= 0.0 and waited >= 0.0, "rate and waited must be at least 0")
    return 1.0 - math.exp(-rate * waited)


def still_right(flips: float, time: float) -> float:
    """An answer that was right is right after a time in which it flips at a rate: ½(1 + e^(−2τt)). Source: Kelly 1979, 1.2.

    flips per unit of time, >= 0; time in the same unit, >= 0.
    """
    require(flips >= 0.0 and time >= 0.0, "flips and time must be at least 0")
    return 0.5 * (1.0 + math.exp(-2.0 * flips * time))
