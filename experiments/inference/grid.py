"""A table of runs laid out as cells × regimes × seeds, so that everything else is arithmetic on whole arrays."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Grid(NamedTuple):
    """Where each run of a table belongs. Runs that are missing, as where some cells have more seeds, are NaN."""

    cells: Any  # int64[cells], ascending
    regimes: list[str]  # in the order of the experiment
    seeds: Any  # int64[seeds], ascending: every seed of any cell
    runs: pd.DataFrame
    places: Any  # int64[runs]: each run's place among all, regime by regime in a cell, seed by seed in a regime

    def values(self, name: str) -> Any:
        """One measure: float64[cells, regimes, seeds]."""
        values = np.full((len(self.cells), len(self.regimes), len(self.seeds)), np.nan)
        values.reshape(-1)[self.places] = self.runs[name].to_numpy(np.float64)
        return values

    def number(self, regime: str) -> int:
        """A regime's place. Raises KeyError, naming those there are."""
        if regime not in self.regimes:
            raise KeyError(f"no run belongs to the regime {regime!r}; there are {', '.join(self.regimes)}")
        return self.regimes.index(regime)

    def paired(self, name: str, contrasts: Sequence[tuple[str, str]]) -> Any:
        """A measure's difference, run by run: float64[cells, contrasts, seeds]. contrasts: (regime, minus this one)."""
        values = self.values(name)
        first = [self.number(regime) for regime, _ in contrasts]
        second = [self.number(baseline) for _, baseline in contrasts]
        return values[:, first] - values[:, second]


def grid(runs: pd.DataFrame) -> Grid:
    """Lay out a table of runs, its rows in whatever order. Without a column `cell`, all of them belong to cell 0.

    Raises ValueError if a run is there twice.
    """
    cell_of, cells = _numbered(runs["cell"] if "cell" in runs else pd.Series(0, runs.index))
    regime_of, regimes = _named(runs["regime"])
    seed_of, seeds = _numbered(runs["seed"])
    places = (cell_of * len(regimes) + regime_of) * len(seeds) + seed_of
    if len(places) and np.bincount(places).max() > 1:
        raise ValueError("a run is there twice: the same cell, regime and seed; drop duplicates first")
    return Grid(cells, regimes, seeds, runs, places)


def _numbered(column: pd.Series) -> tuple[Any, Any]:
    codes, values = pd.factorize(column, sort=True)
    return codes, np.asarray(values)


def _named(column: pd.Series) -> tuple[Any, list[str]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
        return column.cat.codes.to_numpy(np.int64), [str(name) for name in column.cat.categories]
    codes, names = pd.factorize(column)
    return codes, [str(name) for name in names]
