"""Can a claim come out either way? A rule that cannot fail, or cannot be met, decides nothing.

For each claim and verdict, means of measures are sought (by linear programming, within what the measures can be) with which the
claim gets that verdict. Tables with these means then go through the ordinary evaluation.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats

from experiments.claims.effects import FloatArray, Tables, trend_weights
from experiments.claims.ledger import CONFIGS, Claim, Ledger, Offer, Test, offered
from experiments.claims.verdicts import AGAINST, CONTRADICTED, DEPENDS, FOR, SUPPORTED, rule_on
from simulation.measures import MEASURES

RUNS: Final = 30  # of each imagined cell
MOST: Final = 1000.0  # of imagined measures that are not shares
UNITS: Final = {measure.name: measure.unit for measure in MEASURES}
_WIDEST: Final = 0.1  # distance from a threshold that is enough
_NARROWEST: Final = 1e-6
_LEAST: Final = 1e-3  # of a mean, so that there is something to be a share of

Signs = Callable[[int], FloatArray]  # FOR or AGAINST for each of so many units


class Wish(NamedTuple):
    """A test, and in which of its units it shall come out for or against."""

    test: Test
    signs: Signs


def unattainable(ledger: Ledger, configs: Path = CONFIGS) -> list[str]:
    """Which claims can never be supported, or never contradicted; in words, [] if all can."""
    return [
        f"{claim.name} can never be {verdict}"
        for claim in ledger.claims
        for verdict in (SUPPORTED, CONTRADICTED)
        if not attainable(claim, verdict, ledger, configs)
    ]


def attainable(claim: Claim, verdict: str, ledger: Ledger, configs: Path = CONFIGS) -> bool:
    """Whether tables exist with which the claim gets this verdict (supported, contradicted or depends)."""
    for wishes in _ways_to(claim, verdict):
        tables = imagined(claim, wishes, configs)
        if tables is not None and rule_on(claim, ledger.standard, tables.__getitem__).verdict == verdict:
            return True
    return False


def _ways_to(claim: Claim, verdict: str) -> list[list[Wish]]:
    """Sets of wishes that should lead to the verdict, to be tried in turn."""
    if verdict == DEPENDS:
        divided = [Wish(test, _half) for test in claim.tests]
        one = [[wish, *(Wish(test, _all_for) for test in claim.tests if test is not wish.test)] for wish in divided]
        return [divided, *one]
    signs = _all_for if verdict == SUPPORTED else _all_against
    together = [Wish(test, signs) for test in claim.tests]
    alone = [[wish] for wish in together]  # for all: one test against is enough; for any: one for
    enough = {(SUPPORTED, "any"), (CONTRADICTED, "all")}
    return [together, *(alone if (verdict, claim.combine) in enough else [])]


def _all_for(n: int) -> FloatArray:
    return np.full(n, float(FOR))


def _all_against(n: int) -> FloatArray:
    return np.full(n, float(AGAINST))


def _half(n: int) -> FloatArray:
    return np.where(np.arange(n) < n // 2, float(FOR), float(AGAINST))


def imagined(claim: Claim, wishes: Sequence[Wish], configs: Path = CONFIGS) -> dict[str, Tables] | None:
    """Tables of all the claim's experiments that fulfil the wishes; None if no means of the measures can."""
    tables = {}
    for experiment in dict.fromkeys(test.experiment for test in claim.tests):
        offer = offered(configs / f"{experiment}.toml")
        tests = [test for test in claim.tests if test.experiment == experiment]
        cells = _imagined_cells(offer, tests)
        space = Space(tuple(dict.fromkeys(name for test in tests for name in _measures(test))), cells, offer.regimes)
        means = _means(space, [wish for wish in wishes if wish.test.experiment == experiment])
        if means is None:
            return None
        tables[experiment] = _tables(cells, offer, dict(zip(space.measures, means, strict=True)))
    return tables


class Space(NamedTuple):
    """Whose means are imagined: those of these measures, in these cells, under these regimes."""

    measures: tuple[str, ...]
    cells: pd.DataFrame
    regimes: Sequence[str]

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.measures), len(self.cells), len(self.regimes)


class Condition(NamedTuple):
    """The side claimed of a test, in one of its units, as a sum over all means of a space that lies above a limit."""

    coefficients: FloatArray  # [measures, cells, regimes]
    limit: float
    unit: int
    whole: FloatArray  # what the effect is a share of, which must be positive; [measures, cells, regimes]


def _measures(test: Test) -> tuple[str, ...]:
    return (test.measure, test.beside) if test.beside else (test.measure,)


def _imagined_cells(offer: Offer, tests: Sequence[Test]) -> pd.DataFrame:
    """A small grid: up to three values of every factor that a test names, in each of its ranges, and two of one more."""
    named = {name: [] for test in tests for name in (*test.where, test.trend, test.best_over) if name}  # type: ignore[var-annotated]
    for test, name in itertools.product(tests, named):
        low, high = test.where.get(name, (-np.inf, np.inf))
        within = [value for value in offer.factors[name] if not isinstance(value, str) and low <= value <= high]
        named[name] += [within[0], within[len(within) // 2], within[-1]] if within else []
    values = {name: list(dict.fromkeys(several)) for name, several in named.items()}
    other = next((name for name in offer.factors if name not in values), "")
    values |= {other: [offer.factors[other][0], offer.factors[other][-1]]} if other else {}
    cells = pd.DataFrame(list(itertools.product(*values.values())), columns=list(values))
    return cells.rename_axis("cell").reset_index()


def _means(space: Space, wishes: Sequence[Wish]) -> FloatArray | None:
    """Means float64[measures, cells, regimes] that fulfil the wishes by as wide a distance as can be, up to _WIDEST."""
    rows, limits = [], []
    for test, signs in wishes:
        conditions = _conditions(test, space)
        wanted = signs(1 + max(condition.unit for condition in conditions)) * (1 if test.above else -1)
        for coefficients, limit, unit, whole in conditions:
            rows.append(np.append(-wanted[unit] * coefficients.ravel(), 1.0))  # sign x (sum - limit) is the distance or more
            limits.append(-wanted[unit] * limit)
            if test.relative:
                rows.append(np.append(-whole.ravel(), 0.0))
                limits.append(-_LEAST)
    if not rows:
        return np.full(space.shape, 0.5)
    n = len(rows[0]) - 1
    shares = [UNITS[measure].startswith(("share", "probability")) for measure in space.measures]
    bounds = [(_LEAST, 1.0 if share else MOST) for share in shares for _ in range(n // len(shares))]
    bounds.append((_NARROWEST, _WIDEST))
    found: Any = optimize.linprog(np.append(np.zeros(n), -1.0), np.array(rows), np.array(limits), bounds=bounds)
    return found.x[:n].reshape(space.shape) if found.success else None


def _conditions(test: Test, space: Space) -> list[Condition]:
    """What the side claimed means, for each other regime and each cell or, with a trend, line of cells.

    A unit is such a cell or line; where one value of a lever is enough, all cells that differ in it belong to one unit.
    """
    inside = np.ones(len(space.cells), bool)
    for factor, (low, high) in test.where.items():
        inside &= space.cells[factor].between(low, high).to_numpy()
    chosen = space.cells[inside]
    lines: Any = [chosen.index[[place]] for place in range(len(chosen))]
    unit_of: Any = np.arange(len(chosen))
    if along := test.trend or test.best_over:
        rest = [name for name in chosen.columns if name not in ("cell", along)]
        unit_of = chosen.groupby(rest, sort=False).ngroup().to_numpy() if rest else np.zeros(len(chosen), int)
    if test.trend:
        lines = [chosen.index[unit_of == unit] for unit in range(unit_of.max() + 1)]
        unit_of = np.arange(len(lines))
    every = itertools.product(test.minus or ("",), zip(lines, unit_of.tolist(), strict=True))
    return [_condition(test, space, other, line, unit) for other, (line, unit) in every]


def _condition(test: Test, space: Space, other: str, line: Any, unit: int) -> Condition:
    """One of them. other: the regime compared with, "" for none; line: the cells."""
    weights = trend_weights(space.cells.loc[line, test.trend].to_numpy(np.float64)) if test.trend else np.ones(1)
    coefficients, whole = np.zeros(space.shape), np.zeros(space.shape)
    own = (space.measures.index(test.measure), line, space.regimes.index(test.regime))
    taken_off = (space.measures.index(test.beside or test.measure), line, space.regimes.index(other or test.regime))
    coefficients[own] += weights
    whole[taken_off if other else own] += 1.0 / len(line)
    if other or test.beside:
        coefficients[taken_off] -= weights
    if test.beside and not other:
        whole[taken_off] -= 1.0 / len(line)
    if test.relative:
        return Condition(coefficients - test.threshold * whole, 0.0, unit, whole)
    return Condition(coefficients, test.threshold, unit, whole)


def _tables(cells: pd.DataFrame, offer: Offer, means: Mapping[str, FloatArray]) -> Tables:
    """Stored tables with these means, known so exactly that every distance from a threshold is clear."""
    half = 1e-3 * _NARROWEST * float(stats.t.ppf(0.975, RUNS - 1))
    summary, differences = [], []
    for (measure, of_regimes), cell in itertools.product(means.items(), range(len(cells))):
        by_regime = dict(zip(offer.regimes, of_regimes[cell].tolist(), strict=True))
        for regime, mean in by_regime.items():
            summary.append((cell, measure, UNITS[measure], regime, RUNS, mean, half, mean - half, mean + half))
        for regime, baseline in sorted(offer.contrasts):
            mean = by_regime[regime] - by_regime[baseline]
            row = (cell, measure, UNITS[measure], regime, baseline, RUNS, mean, mean - half, mean + half, 0.0)
            differences.append(row)
    return Tables(
        cells,
        pd.DataFrame(summary, columns=["cell", "measure", "unit", "regime", "n", "mean", "sd", "low", "high"]),
        pd.DataFrame(
            differences,
            columns=["cell", "measure", "unit", "regime", "baseline", "n", "mean", "low", "high", "p"],
        ),
    )
