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
        means = {}
        for measure in dict.fromkeys(test.measure for test in tests):
            here = [wish for wish in wishes if (wish.test.experiment, wish.test.measure) == (experiment, measure)]
            found = _means(measure, here, cells, offer.regimes)
            if found is None:
                return None
            means[measure] = found
        tables[experiment] = _tables(cells, offer, means)
    return tables


def _imagined_cells(offer: Offer, tests: Sequence[Test]) -> pd.DataFrame:
    """A small grid: up to three values of every factor that a test names, in each of its ranges, and two of one more."""
    named = {name: [] for test in tests for name in (*test.where, test.trend) if name}  # type: ignore[var-annotated]
    for test, name in itertools.product(tests, named):
        low, high = test.where.get(name, (-np.inf, np.inf))
        within = [value for value in offer.factors[name] if not isinstance(value, str) and low <= value <= high]
        named[name] += [within[0], within[len(within) // 2], within[-1]] if within else []
    values = {name: list(dict.fromkeys(several)) for name, several in named.items()}
    other = next((name for name in offer.factors if name not in values), "")
    values |= {other: [offer.factors[other][0], offer.factors[other][-1]]} if other else {}
    cells = pd.DataFrame(list(itertools.product(*values.values())), columns=list(values))
    return cells.rename_axis("cell").reset_index()


def _means(measure: str, wishes: Sequence[Wish], cells: pd.DataFrame, regimes: Sequence[str]) -> FloatArray | None:
    """Means float64[cells, regimes] that fulfil the wishes by as wide a distance as can be, up to _WIDEST."""
    rows, limits = [], []
    for test, signs in wishes:
        conditions = _conditions(test, cells, regimes)
        n_others = max(1, len(test.minus))
        wanted = np.tile(signs(len(conditions) // n_others), n_others) * (1 if test.above else -1)
        for sign, (coefficients, limit) in zip(wanted, conditions, strict=True):
            rows.append(np.append(-sign * coefficients, 1.0))  # sign · (coefficients @ means − limit) ≥ distance
            limits.append(-sign * limit)
    n = len(cells) * len(regimes)
    highest = 1.0 if UNITS[measure].startswith(("share", "probability")) else MOST
    lowest = 1e-3  # so that there is something to be a share of
    bounds = [(lowest, highest)] * n + [(_NARROWEST, _WIDEST)]
    if not rows:
        return np.full((len(cells), len(regimes)), 0.5)
    found: Any = optimize.linprog(np.append(np.zeros(n), -1.0), np.array(rows), np.array(limits), bounds=bounds)
    return found.x[:n].reshape(len(cells), len(regimes)) if found.success else None


def _conditions(test: Test, cells: pd.DataFrame, regimes: Sequence[str]) -> list[tuple[FloatArray, float]]:
    """Per other regime and unit: coefficients of all means and a limit; above the threshold = their product above it."""
    inside = np.ones(len(cells), bool)
    for factor, (low, high) in test.where.items():
        inside &= cells[factor].between(low, high).to_numpy()
    chosen = cells[inside]
    lines: Any = [chosen.index[[place]] for place in range(len(chosen))]
    if test.trend:
        rest = [name for name in cells.columns if name not in ("cell", test.trend)]
        lines = [line.index for _, line in chosen.groupby(rest, sort=False)] if rest else [chosen.index]
    conditions = []
    for other, line in itertools.product(test.minus or ("",), lines):
        weights = trend_weights(cells.loc[line, test.trend].to_numpy(np.float64)) if test.trend else np.ones(1)
        coefficients, limit = np.zeros((len(cells), len(regimes))), 0.0 if test.relative else test.threshold
        coefficients[line, regimes.index(test.regime)] += weights
        if other:
            coefficients[line, regimes.index(other)] -= weights + (test.threshold if test.relative else 0.0)
        elif test.relative:
            coefficients[line, regimes.index(test.regime)] -= test.threshold / len(line)
        conditions.append((coefficients.ravel(), limit))
    return conditions


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
