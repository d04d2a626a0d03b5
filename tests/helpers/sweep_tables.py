"""Tables like those of a sweep, made from formulas in a moment: any design, any number of regimes, gaps on demand."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.design.experiment import Experiment
from simulation.measures import MEASURES
from simulation.parameters import Regime, Scenario
from simulation.presets import PRESETS

UNITS = {measure.name: measure.unit for measure in MEASURES}
BETTER = {measure.name: measure.better for measure in MEASURES}
OUTCOMES = (
    "won", "won_share", "acted_within_week", "no_action_share", "best_answer_share", "hours_per_deal_with_managers",
    "manager_utilisation", "sign_off_queue_hours",
)


def experiment(regimes: Sequence[str] = tuple(PRESETS), count: int = 100, **changes: Any) -> Experiment:
    """An experiment with these regimes, presets where they are named like one."""
    of: dict[str, Regime] = {name: PRESETS.get(name, PRESETS["blended"]) for name in regimes}
    details: dict[str, Any] = {
        "name": "made", "title": "A made-up sweep", "question": "Who wins where?", "scenario": Scenario(), "regimes": of,
        "baseline": next(iter(of)), "count": count, "first_seed": 1, "outcomes": OUTCOMES[:6],
    }
    return Experiment(**details | changes)


def cells(factors: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Every combination of the factors' values."""
    points = pd.DataFrame(list(itertools.product(*factors.values())), columns=list(factors))
    points.insert(0, "cell", np.arange(len(points)))
    return points


def tables(
    design: pd.DataFrame, of: Experiment, outcomes: Sequence[str] = OUTCOMES, seed: int = 1
) -> dict[str, pd.DataFrame]:
    """cells, summary, differences and winners (of the first and the fourth outcome) of a design.

    Means are smooth in the factors and differ between regimes; with a count of 1 there are no intervals.
    """
    chance = np.random.default_rng(seed)
    names = list(of.regimes)
    x = design.drop(columns="cell").apply(lambda column: pd.factorize(column, sort=False)[0]).to_numpy(float)
    x = x / np.maximum(x.max(axis=0, initial=1), 1) if x.size else np.zeros((len(design), 1))
    slopes = chance.normal(size=(len(names), x.shape[1]))
    base = 0.5 + 0.1 * x @ slopes.T + chance.normal(0, 0.004, (len(design), len(names)))
    half = 0.01 if of.count > 1 else math.nan
    summary, differences, winners = [], [], []
    for measure in outcomes:
        size = 1.0 if UNITS[measure].startswith(("share", "probability")) else 300.0
        mean = size * base
        summary += rows(design, measure, names, mean, size * half, {"n": of.count, "sd": size * half}, "regime")
        paired = mean - mean[:, [names.index(of.baseline)]]
        differences += rows(
            design, measure, names, paired, 0.5 * size * half, {"baseline": of.baseline, "n": of.count, "p": 0.5}, "regime"
        )
        if measure in (outcomes[0], "no_action_share") and len(names) > 1:
            winners += winner_rows(design, measure, names, (BETTER[measure] or 1) * mean, size * half)
    return {
        "cells": design,
        "summary": pd.DataFrame(summary),
        "differences": pd.DataFrame(differences),
        **({"winners": pd.DataFrame(winners)} if winners else {}),
    }


def rows(
    design: pd.DataFrame, measure: str, names: Sequence[str], mean: Any, half: float, more: Mapping[str, Any], by: str
) -> list[dict[str, Any]]:
    return [
        {"cell": cell, "measure": measure, "unit": UNITS[measure], by: name, **more, "mean": value, "low": value - half,
         "high": value + half}
        for cell, values in zip(design["cell"], mean, strict=True)
        for name, value in zip(names, values, strict=True)
    ]


def winner_rows(design: pd.DataFrame, measure: str, names: Sequence[str], goodness: Any, half: float) -> list[dict[str, Any]]:
    found = []
    for cell, values in zip(design["cell"], goodness, strict=True):
        best, second = np.argsort(-values, kind="stable")[:2]
        lead = values[best] - values[second]
        clear = bool(lead > half)
        found.append(
            {"cell": cell, "measure": measure, "winner": names[best], "runner_up": names[second], "lead": lead,
             "low": lead - half, "high": lead + half, "p": 0.01, "q": 0.01 if clear else 0.5, "decided": clear}
        )
    return found


def sensitivity(analysis: str, factors: Sequence[str], targets: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """Indices that fall from the first factor to the last; targets: (measure, regime, baseline)."""
    indices = {"morris": (("mu", -0.9), ("mu_star", 1.0), ("sigma", 0.8)), "sobol": (("S1", 0.6), ("ST", 1.0))}[analysis]
    found = []
    for measure, regime, baseline in targets:
        for place, factor in enumerate(factors):
            for index, size in indices:
                value = size * 0.5 / (1 + place)
                found.append((analysis, measure, regime, baseline, factor, index, value, value - 0.02, value + 0.02, 5000))
        found.append((analysis, measure, regime, baseline, "", "noise_share", 0.04, 0.03, 0.05, 5000))
    names = ["analysis", "target", "regime", "baseline", "factor", "index", "value", "low", "high", "n"]
    return pd.DataFrame(found, columns=names)


def convergence(of: Experiment, measure: str = "won", cell_count: int = 1) -> pd.DataFrame:
    """Half widths that fall as 1/√n."""
    found = [
        (cell, measure, UNITS[measure], name, of.baseline, n, 10.0, 10 - 40 / n**0.5, 10 + 40 / n**0.5, 0.01, 40 / n**0.5)
        for cell in range(cell_count)
        for name in of.regimes
        if name != of.baseline
        for n in (10, 20, 40, 80, 100)
    ]
    names = ["cell", "measure", "unit", "regime", "baseline", "n", "mean", "low", "high", "p", "half_width"]
    return pd.DataFrame(found, columns=names)


def weekly(of: Experiment, weeks: int = 60) -> pd.DataFrame:
    """Inboxes that grow, faster under later regimes."""
    found = [
        (name, week, of.count, place * week, place * week - 1.0, place * week + 1.0)
        for place, name in enumerate(of.regimes)
        for week in range(1, weeks + 1)
    ]
    return pd.DataFrame(found, columns=["regime", "week", "n", "mean", "low", "high"])
