"""What a test is about, read from the stored tables of its experiment: one effect per unit.

A unit is a cell, or with a trend a line of cells that differ in one factor only.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from experiments.claims.ledger import UNITS, Test
from experiments.inference.means import LEVEL
from experiments.store import read_table

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
_NUMBERS: Final = {"cell", "n", "mean", "low", "high"}
_MEANS: Final = _NUMBERS | {"measure", "unit", "regime"}
STORED: Final = {"cells": {"cell"}, "summary": _MEANS, "differences": _MEANS | {"baseline"}}  # and the columns read


class Tables(NamedTuple):
    """The stored tables of an experiment that tests read; columns in docs/architecture.md."""

    cells: pd.DataFrame
    summary: pd.DataFrame
    differences: pd.DataFrame


class Effect(NamedTuple):
    """The regime's mean, or its difference from one other regime, in each unit."""

    other: str  # "" for the regime's own mean
    n: FloatArray  # runs
    mean: FloatArray
    error: FloatArray  # standard error


class Effects(NamedTuple):
    """All that a test is about."""

    units: pd.DataFrame  # a row per unit, a column per factor
    of_each: tuple[Effect, ...]  # one per other regime
    unit: str  # of the measure


class NoResultsError(LookupError):
    """A test cannot be evaluated. `str()` says why."""


def read_tables(folder: Path) -> Tables:
    """The tables of a results folder. Raises NoResultsError if it has none, StoreError if one cannot be read."""
    return Tables(*(_read_table(folder, name, columns) for name, columns in STORED.items()))


def _read_table(folder: Path, name: str, columns: set[str]) -> pd.DataFrame:
    table = read_table(folder, name, sorted(columns), _NUMBERS & columns)
    if table is None:
        raise NoResultsError(f"{folder.name} has not been run")
    return table


def effects(test: Test, tables: Tables) -> Effects:
    """The effects in all units that the test is about. Raises NoResultsError if the tables do not have them."""
    cells = _selected(test, tables.cells)
    if not (tables.summary["measure"] == test.measure).any():
        raise NoResultsError(f"the stored tables of {test.experiment} have no means of {test.measure}; run it again")
    found = []
    for other in test.minus or ("",):
        taken_off = test._replace(measure=test.beside or test.measure, regime=other or test.regime)
        if test.beside:
            effect = _apart(other, _level(test, tables.summary, cells.index), _level(taken_off, tables.summary, cells.index))
        elif other:
            effect = _difference(test, other, tables.differences, cells.index)
        else:
            effect = _level(test, tables.summary, cells.index)
        if other and test.relative:
            effect = _scaled(effect, _level(taken_off, tables.summary, cells.index).mean)
        found.append(effect)
    unit = "" if test.relative else UNITS.get(test.measure, "")
    if not test.trend:
        return Effects(cells, tuple(found), unit)
    return _along_lines(test, cells, found, unit)


def _selected(test: Test, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells in the ranges of the test, by number."""
    cells = cells.set_index("cell").sort_index()
    for factor in (*test.where, *filter(None, (test.trend, test.best_over))):
        if factor not in cells:
            raise NoResultsError(f"the stored cells of {test.experiment} have no factor {factor}; run it again")
    for factor, (low, high) in test.where.items():
        # Words such as "never" are no numbers and lie in no range.
        cells = cells[pd.to_numeric(cells[factor], errors="coerce").between(low - _hair(low), high + _hair(high))]
    if cells.empty:
        raise NoResultsError(f"{test.experiment} has no cell in the range of this test; run it again")
    return cells


def _hair(value: float) -> float:
    """Room for the rounding of values such as 3 · 0.1."""
    return 1e-9 * max(1.0, abs(value))


def _level(test: Test, summary: pd.DataFrame, cells: pd.Index) -> Effect:
    rows = summary[(summary["measure"] == test.measure) & (summary["regime"] == test.regime)]
    return _effect(test, "", rows, cells, f"means of {test.measure} for {test.regime}")


def _apart(other: str, one: Effect, taken_off: Effect) -> Effect:
    """One measure minus another. How their errors go together is not stored, so the widest is taken: the sum of both."""
    return Effect(other, np.minimum(one.n, taken_off.n), one.mean - taken_off.mean, one.error + taken_off.error)


def _difference(test: Test, other: str, differences: pd.DataFrame, cells: pd.Index) -> Effect:
    """The regime minus the other, whichever way round it is stored."""
    measured = differences[differences["measure"] == test.measure]
    rows = measured[(measured["regime"] == test.regime) & (measured["baseline"] == other)]
    if len(rows):
        return _effect(test, other, rows, cells, "")
    rows = measured[(measured["regime"] == other) & (measured["baseline"] == test.regime)]
    reverse = _effect(test, other, rows, cells, f"differences of {test.measure} between {test.regime} and {other}")
    return reverse._replace(mean=-reverse.mean)


def _effect(test: Test, other: str, rows: pd.DataFrame, cells: pd.Index, what: str) -> Effect:
    if rows.empty:
        raise NoResultsError(f"the stored tables of {test.experiment} have no {what}; run it again")
    rows = rows.set_index("cell").reindex(cells)
    n = rows["n"].fillna(0).to_numpy(np.float64)
    half = ((rows["high"] - rows["low"]) / 2).to_numpy(np.float64)
    return Effect(other, n, rows["mean"].to_numpy(np.float64), half / _factor(n))


def _factor(n: FloatArray) -> FloatArray:
    """Half a stored interval in standard errors, NaN below two runs."""
    return np.asarray(stats.t.ppf(0.5 + LEVEL / 2, np.where(n > 1, n - 1, np.nan)), np.float64)


def _scaled(effect: Effect, whole: FloatArray) -> Effect:
    """As a share of `whole`, whose own uncertainty is left out; no share of nothing."""
    whole = np.where(whole > 0, whole, np.nan)
    return effect._replace(mean=effect.mean / whole, error=effect.error / whole)


def _along_lines(test: Test, cells: pd.DataFrame, found: list[Effect], unit: str) -> Effects:
    """The change over the trend's factor on each line: least-squares slope times the range of the factor."""
    others = [name for name in cells.columns if name != test.trend]
    places = pd.Series(np.arange(len(cells)), cells.index)
    lines = places.groupby([cells[name] for name in others], sort=False) if others else [((), places)]
    rows, changes = [], [[] for _ in found]  # type: ignore[var-annotated]
    for _, line in lines:
        at = line.to_numpy()
        weights = trend_weights(cells[test.trend].to_numpy(np.float64)[at])
        rows.append(cells[others].iloc[at[0]])
        for effect, collected in zip(found, changes, strict=True):
            change, error = weights @ effect.mean[at], combined_error(weights, effect.error[at])
            scale = float(effect.mean[at].mean()) if test.relative else 1.0
            collected.append((effect.n[at].min(), *(np.array([change, error]) / (scale if scale > 0 else np.nan))))
    units = pd.DataFrame(rows, columns=others).reset_index(drop=True)
    of_each = [Effect(effect.other, *np.array(each, np.float64).T) for effect, each in zip(found, changes, strict=True)]
    return Effects(units, tuple(of_each), unit)


def combined_error(weights: FloatArray, errors: FloatArray) -> float:
    """Standard error of weights @ means, whose common correlation may be anything from 0 to 1.

    Cells share their seeds, so their errors are correlated, and how much is not stored. The variance is linear in a common
    correlation, so it is at most the larger of its values at the two ends.
    """
    parts = weights * errors
    return max(float(np.sqrt(parts @ parts)), abs(float(parts.sum())))


def trend_weights(values: FloatArray) -> FloatArray:
    """w such that w @ y is the least-squares slope of y over `values`, times their range. NaN for a single value."""
    deviations = values - values.mean()
    squares = float(deviations @ deviations)
    scale = float(np.ptp(values)) / squares if squares > 0 else np.nan
    return np.asarray(scale * deviations, np.float64)
