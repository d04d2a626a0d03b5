"""What a case of the validation is: a configuration of the ordinary model, and quantities of it that theory knows.

A quantity is a ratio of two sums over runs (hours waited over matters, deals won over offers, …), so a run contributes to it
in proportion to what happened in it. Runs are independent, and the interval comes from their spread alone.
"""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

from simulation.parameters import Regime, Scenario
from simulation.run import Run, simulate

FALSE_ALARM: Final = 4e-8  # probability that a quantity which meets its theory is reported as failing
LEVEL: Final = 0.95  # of the intervals in tables and figures

Sums = Mapping[str, tuple[float, float]]
"""What one run contributes to each quantity: numerator and denominator."""


class Quantity(NamedTuple):
    """One number that theory knows."""

    name: str
    theory: float  # exact by the hour where that matters (the lower bound if there is an upper)
    at: float = math.nan  # its place on the horizontal axis of the family's figure
    textbook: float = math.nan  # the closed form in continuous time, where that is another
    allowance: float = 0.0  # by how much the theory may be off, derived where it is set
    upper: float = math.nan  # the upper bound, where theory gives bounds only
    series: str = ""  # what it is a point of in the figure; "" = its name
    independent: bool = False  # counts independent events of one probability, so that its law is binomial, exactly


@dataclass(frozen=True)
class Case:
    """A special case of the model with what theory says about it."""

    name: str
    family: str
    configuration: str  # in words: which parameters make the model this case
    formula: str  # and the function of `simulation.theory`
    scenario: Scenario
    regime: Regime
    quantities: tuple[Quantity, ...]
    read: Callable[[Run, int], Sums]  # how the values are read off a run's record; the run and its seed
    effort: float = 1.0  # share of the usual number of runs that is enough


class Finding(NamedTuple):
    """One quantity of a case: theory and simulation."""

    case: Case
    quantity: Quantity
    runs: int
    size: float  # sum of the denominators: matters, customers, …
    simulated: float
    error: float  # standard error
    low: float  # ends of the 95 % interval
    high: float
    agrees: bool

    @property
    def distance(self) -> float:
        """From theory (the nearer bound, with its allowance) in standard errors; 0 within the bounds."""
        beyond = _beyond(self.simulated, self.quantity)
        return 0.0 if beyond == 0.0 else beyond / self.error if self.error > 0.0 else math.inf

    @property
    def is_sharp(self) -> bool:
        """Whether theory says one number, and one that chance could miss: only then do intervals have a coverage."""
        q = self.quantity
        return q.allowance == 0.0 and math.isnan(q.upper) and self.error > 0.0

    @property
    def covers(self) -> bool:
        """Whether the 95 % interval has the theory in it."""
        return self.low <= self.quantity.theory <= self.high


def examine(case: Case, seeds: Iterable[int], workers: int | None = None) -> list[Finding]:
    """Run a case with every seed and compare each quantity with its theory.

    A quantity whose theory is true fails with probability FALSE_ALARM: exactly or less for independent events (binomial law),
    else as far as the sum over runs is normal (Student's law with runs − 1 degrees of freedom).
    """
    seeds = list(seeds)

    def sums(seed: int) -> Sums:
        return case.read(simulate(case.scenario, case.regime, seed), seed)

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        by_run = list(pool.map(sums, seeds))
    findings = []
    for quantity in case.quantities:
        compare = _compare_count if quantity.independent else _compare_mean
        findings.append(compare(case, quantity, np.array([run[quantity.name] for run in by_run])))
    return findings


def ratio_of_sums(sums: Any) -> tuple[float, float]:
    """Ratio of two sums over runs and its standard error. sums: float64[runs, 2].

    The error is that of the mean of the residuals X − rN (Cochran 1977, section 6.4). (NaN, NaN) without a denominator.
    """
    above, below = sums[:, 0], sums[:, 1]
    if below.sum() <= 0.0 or len(sums) < 2:
        return math.nan, math.nan
    ratio = above.sum() / below.sum()
    residuals = above - ratio * below
    return float(ratio), float(residuals.std(ddof=1) / math.sqrt(len(sums)) / below.mean())


def _compare_mean(case: Case, quantity: Quantity, sums: Any) -> Finding:
    simulated, error = ratio_of_sums(sums)
    n = len(sums)
    half = float(stats.t.ppf(0.5 + LEVEL / 2.0, n - 1)) * error
    slack = float(stats.t.isf(FALSE_ALARM / 2.0, n - 1)) * error + 1e-12
    agrees = _beyond(simulated, quantity) <= slack  # False where nothing was observed
    return Finding(case, quantity, n, float(sums[:, 1].sum()), simulated, error, simulated - half, simulated + half, agrees)


def _compare_count(case: Case, quantity: Quantity, sums: Any) -> Finding:
    """Independent events: the interval is Clopper and Pearson's, the verdict that of the exact binomial test."""
    events, size = (round(total) for total in sums.sum(axis=0))
    if size == 0:
        return Finding(case, quantity, len(sums), 0.0, math.nan, math.nan, math.nan, math.nan, False)
    p = quantity.theory
    interval = stats.binomtest(events, size).proportion_ci(LEVEL)
    tail = 2.0 * min(float(stats.binom.cdf(events, size, p)), float(stats.binom.sf(events - 1, size, p)))
    error = math.sqrt(p * (1.0 - p) / size)
    return Finding(
        case, quantity, len(sums), float(size), events / size, error, float(interval.low), float(interval.high),
        tail > FALSE_ALARM,
    )


def _beyond(simulated: float, quantity: Quantity) -> float:
    """How far a value lies outside of what theory allows; NaN if there is no value."""
    upper = quantity.theory if math.isnan(quantity.upper) else quantity.upper
    outside = max(quantity.theory - simulated, simulated - upper)
    return math.nan if math.isnan(simulated) else max(0.0, outside - quantity.allowance)


def share_of(name: str, theory: float, at: float = math.nan, textbook: float = math.nan, series: str = "") -> Quantity:
    """A share of independent events."""
    return Quantity(name, theory, at, textbook, series=series, independent=True)
