"""What an analysis of factors is about: an outcome's difference between two regimes, or the outcome of a regime by itself."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference.scenarios import Box, discover
from experiments.wording import naming, space

RARE: Final = 0.05  # share of the cells below which being ahead is too rare, or too common, to ask where
HIGHEST: Final = 0.75  # then it is asked where the values above this quantile lie


class Target(NamedTuple):
    """What an answer is about."""

    measure: str
    regime: str
    baseline: str  # "" for a regime by itself

    @property
    def who(self) -> str:
        """ "cluster − strict"."""
        return f"{self.regime} − {self.baseline}" if self.baseline else self.regime

    @property
    def words(self) -> str:
        """ "deals won, cluster − strict"."""
        return f"{naming.lowered(naming.measure_label(self.measure))}, {self.who}"


def targets(tables: Mapping[str, pd.DataFrame], experiment: Experiment, measure: str) -> list[tuple[Target, pd.DataFrame]]:
    """The contrasts of a measure in the experiment's order, or the regimes where there are none, each with its rows by cell."""
    for table, pairs in (("differences", experiment.pairs), ("summary", tuple((name, "") for name in experiment.regimes))):
        rows = tables.get(table, pd.DataFrame(columns=["measure", "regime", "baseline"]))
        rows = rows[rows["measure"] == measure]
        found = []
        for regime, baseline in pairs:
            of = rows[rows["regime"] == regime]
            of = of[of["baseline"] == baseline] if baseline else of
            if len(of):
                found.append((Target(measure, regime, baseline), of))
        if found:
            return found
    return [(Target(measure, next(iter(experiment.regimes)), ""), pd.DataFrame(columns=["cell", "n", "mean", "low", "high"]))]


def placed(cells: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The cells with those factors that are numbers, and beside them n, mean, low and high where there is a mean."""
    names = [name for name in space.factors(cells) if pd.api.types.is_numeric_dtype(cells[name])]
    return cells[["cell", *names]].merge(rows[["cell", "n", "mean", "low", "high"]].dropna(subset=["mean"]), on="cell")


def of_interest(target: Target, means: "pd.Series[float]") -> tuple[Any, str]:
    """Which cells one asks about, bool[cells], and in words: where the regime is ahead, or where the target is highest."""
    ahead = (means < 0 if naming.better(target.measure) < 0 else means > 0).to_numpy()
    if target.baseline and len(means) and RARE <= ahead.mean() <= 1 - RARE:
        return ahead, f"{target.regime} is ahead of {target.baseline}"
    return (means >= means.quantile(HIGHEST)).to_numpy(), f"“{target.words}” is in its highest quarter"


def region(target: Target, table: pd.DataFrame) -> tuple[str, Box | None]:
    """What one asks about, and the region in which such cells are dense (None: none that is told from chance)."""
    wanted, words = of_interest(target, table["mean"])
    factors = table.drop(columns=["n", "mean", "low", "high"])
    return words, discover(factors, wanted) if len(table) and factors.shape[1] > 1 else None
