"""From effects to verdicts: which cells speak for a test and which against, and where the border between them lies."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from experiments.claims.effects import (
    Effect,
    Effects,
    FloatArray,
    NoResultsError,
    Tables,
    effects,
    read_tables,
)
from experiments.claims.ledger import Claim, Ledger, Standard, Test
from experiments.inference.means import LEVEL

SUPPORTED: Final = "supported"
CONTRADICTED: Final = "contradicted"
DEPENDS: Final = "depends"  # for in some cells, against in others
UNDECIDED: Final = "undecided"  # too few cells decided either way
IN_PART: Final = "supported in part"  # some parts of the claim, not others
NOT_RUN: Final = "not run"
FOR, AGAINST, OPEN = 1, -1, 0  # decisions on units
KINDS: Final = {FOR: "for", AGAINST: "against", OPEN: "undecided"}
_CLEAR: Final = 0.25  # share of the variance of decisions that a border explains if it is worth telling

IntArray = np.ndarray[Any, np.dtype[np.int64]]


class Side(NamedTuple):
    """The units on one side of a border."""

    where: str  # "market.variety ≥ 0.4"
    counts: Mapping[int, int]  # FOR, AGAINST and OPEN


class Finding(NamedTuple):
    """What stored results say about one test."""

    test: Test
    verdict: str
    decisions: IntArray  # FOR, AGAINST or OPEN in each unit
    effects: Effects | None
    border: tuple[Side, Side] | None  # the cut by one factor that best divides the units
    missing: str  # why it could not be evaluated


class Ruling(NamedTuple):
    """What stored results say about one claim."""

    claim: Claim
    verdict: str
    findings: tuple[Finding, ...]


def evaluate(ledger: Ledger, results: Path) -> list[Ruling]:
    """All claims from stored results, each experiment in the folder of its name. What is missing is said, not raised."""
    read: dict[str, Tables | NoResultsError] = {}

    def tables(experiment: str) -> Tables:
        if experiment not in read:
            try:
                read[experiment] = read_tables(results / experiment)
            except NoResultsError as missing:
                read[experiment] = missing
        found = read[experiment]
        if isinstance(found, NoResultsError):
            raise found
        return found

    return [rule_on(claim, ledger.standard, tables) for claim in ledger.claims]


def rule_on(claim: Claim, standard: Standard, tables: Callable[[str], Tables]) -> Ruling:
    """One claim. `tables` gives an experiment's tables or raises NoResultsError."""
    findings = tuple(judge(test, standard, tables) for test in claim.tests)
    return Ruling(claim, _COMBINED[claim.combine]([finding.verdict for finding in findings]), findings)


def judge(test: Test, standard: Standard, tables: Callable[[str], Tables]) -> Finding:
    """One test."""
    try:
        found = effects(test, tables(test.experiment))
    except NoResultsError as missing:
        return Finding(test, NOT_RUN, np.zeros(0, np.int64), None, None, str(missing))
    p_for, p_against = p_values(test, found.of_each)
    if test.best_over:
        found, p_for, p_against = at_best(test, found, p_for, p_against)
    decisions = decided(p_for, p_against, standard.false_discoveries)
    return Finding(test, verdict_of(decisions, standard), decisions, found, border(found.units, decisions), "")


def p_values(test: Test, of_each: Sequence[Effect]) -> tuple[FloatArray, FloatArray]:
    """Of one-sided t tests against the threshold, for the side claimed and for the other, in each unit.

    Against several others, the claim needs all of them, so the largest p counts for it; one is enough against it, so the
    smallest counts, times their number.
    """
    pairs = [_p_values(effect, test) for effect in of_each]
    p_for = np.max([p for p, _ in pairs], axis=0)
    return p_for, np.minimum(1.0, len(pairs) * np.min([p for _, p in pairs], axis=0))


def at_best(
    test: Test, found: Effects, p_for: FloatArray, p_against: FloatArray
) -> tuple[Effects, FloatArray, FloatArray]:
    """Lines of cells that differ in the lever `best_over` only, each at the value that is best for the claim.

    One value is enough for the claim, so the smallest p counts for it, times their number; against it all values must be, so
    there the largest counts.
    """
    others = [name for name in found.units.columns if name != test.best_over]
    places = pd.Series(np.arange(len(found.units)))
    columns = [found.units[name].to_numpy() for name in others] or [np.zeros(len(places))]
    lines = [line.to_numpy() for _, line in places.groupby(columns, sort=False)]
    chosen = np.array([line[np.argmin(p_for[line])] for line in lines])
    best = tuple(Effect(effect.other, *(part[chosen] for part in effect[1:])) for effect in found.of_each)
    return (
        Effects(found.units[others].iloc[chosen].reset_index(drop=True), best, found.unit),
        np.minimum(1.0, np.array([len(line) * p_for[line].min() for line in lines])),
        np.array([p_against[line].max() for line in lines]),
    )


def decided(p_for: FloatArray, p_against: FloatArray, false_discoveries: float) -> IntArray:
    """FOR where the effect is on the side claimed, AGAINST where it is on the other, OPEN where runs cannot tell.

    The false-discovery rate of each direction is controlled over the units (Benjamini & Hochberg 1995).
    """
    decided_for = stats.false_discovery_control(p_for) <= false_discoveries
    decided_against = stats.false_discovery_control(p_against) <= false_discoveries
    return np.where(decided_for, FOR, np.where(decided_against, AGAINST, OPEN)).astype(np.int64)


def _p_values(effect: Effect, test: Test) -> tuple[FloatArray, FloatArray]:
    """For the side claimed and for the other; 1 where there is no interval.

    An effect that never varies decides by itself, and one that never leaves the threshold is not on the side claimed.
    """
    distance = (effect.mean - test.threshold) * (1 if test.above else -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(effect.error > 0, distance / effect.error, np.where(distance > 0, np.inf, -np.inf))
    freedom = np.where(effect.n > 1, effect.n - 1, np.nan)
    known = np.isfinite(effect.mean) & np.isfinite(effect.error) & (effect.n > 1)
    return (
        np.where(known, stats.t.sf(t, freedom), 1.0).astype(np.float64),
        np.where(known, stats.t.cdf(t, freedom), 1.0).astype(np.float64),
    )


def verdict_of(decisions: IntArray, standard: Standard) -> str:
    """From the units that are for and against to the verdict of the test."""
    in_favour, against = float(np.mean(decisions == FOR)), float(np.mean(decisions == AGAINST))
    if in_favour >= standard.most and against <= standard.few:
        return SUPPORTED
    if against >= standard.most and in_favour <= standard.few:
        return CONTRADICTED
    return DEPENDS if min(in_favour, against) > standard.few else UNDECIDED


def _all(verdicts: Sequence[str]) -> str:
    """Each test must hold."""
    return _first_of(verdicts, (CONTRADICTED, NOT_RUN, DEPENDS, UNDECIDED), SUPPORTED)


def _any(verdicts: Sequence[str]) -> str:
    """One test is enough."""
    return _first_of(verdicts, (SUPPORTED, NOT_RUN, DEPENDS, UNDECIDED), CONTRADICTED)


def _each(verdicts: Sequence[str]) -> str:
    """The tests are parts of the claim, each with its own verdict."""
    if len(set(verdicts)) == 1:
        return verdicts[0]
    if NOT_RUN in verdicts:
        return NOT_RUN
    return IN_PART if SUPPORTED in verdicts else DEPENDS if DEPENDS in verdicts else UNDECIDED


def _first_of(verdicts: Sequence[str], order: Sequence[str], otherwise: str) -> str:
    return next((verdict for verdict in order if verdict in verdicts), otherwise)


_COMBINED: Final = {"all": _all, "any": _any, "each": _each}


def border(units: pd.DataFrame, decisions: IntArray) -> tuple[Side, Side] | None:
    """The cut by one factor that best divides the units for from those against; the side that is more in favour first.

    Of all factors and cuts the one that explains the largest share of the variance of the decisions (1, 0, -1), the first of
    equals. None if the best explains less than _CLEAR of it, as when all units are alike.
    """
    best, sides = _CLEAR, None
    for inside, within, without in _cuts(units):
        explained = _explained(decisions, inside)
        if explained > best:
            first, second = _side(within, decisions[inside]), _side(without, decisions[~inside])
            best, sides = explained, (first, second)
            if decisions[inside].mean() < decisions[~inside].mean():
                sides = (second, first)
    return sides


def _explained(decisions: IntArray, inside: Any) -> float:
    """Share of the variance of the decisions that lies between the two sides."""
    share, variance = float(np.mean(inside)), float(np.var(decisions))
    gap = float(decisions[inside].mean() - decisions[~inside].mean())
    return share * (1 - share) * gap * gap / variance if variance > 0 else 0.0


def _side(where: str, decisions: IntArray) -> Side:
    return Side(where, {kind: int(np.sum(decisions == kind)) for kind in KINDS})


def _cuts(units: pd.DataFrame) -> list[tuple[Any, str, str]]:
    """All ways to cut the units by one factor: who is inside, the words for inside and for outside."""
    cuts: list[tuple[Any, str, str]] = []
    for factor in units.columns:
        column, values = units[factor], sorted(units[factor].unique(), key=lambda value: (isinstance(value, str), value))
        if pd.api.types.is_numeric_dtype(column):
            for low, high in itertools.pairwise(values):
                cuts.append(((column >= high).to_numpy(), f"{factor} ≥ {high:.3g}", f"{factor} ≤ {low:.3g}"))
        elif len(values) > 1:
            cuts += [((column == value).to_numpy(), f"{factor} = {value}", f"{factor} ≠ {value}") for value in values]
    return cuts


def average(effect: Effect) -> tuple[float, float, float]:
    """Mean over the units with a value, and its interval: as wide as the units' are on average.

    That is the interval if the units' errors go entirely together; they share seeds, so nothing narrower is safe.
    """
    half = effect.error * stats.t.ppf(0.5 + LEVEL / 2, np.where(effect.n > 1, effect.n - 1, np.nan))
    known = np.isfinite(half)
    if not known.any():
        return float("nan"), float("nan"), float("nan")
    mean, width = float(effect.mean[known].mean()), float(half[known].mean())
    return mean, mean - width, mean + width
