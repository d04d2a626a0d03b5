"""What running an experiment would do, in words."""

import json
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from experiments import store
from experiments.design.experiment import Cell, Experiment
from experiments.design.factors import Factor, written
from experiments.design.layouts import Cross, Design, Union
from experiments.running.idle import idle_factors, repeated_points
from simulation.parameters import Declared, Scenario, plain

WIDTH: Final = 98
MOST_SHOWN: Final = 8  # values of a factor that are listed one by one
MOST_NAMED: Final = 3  # factors of a part of a design that are named one by one
DESIGNS: Final = {
    "grid": "every combination",
    "list": "points one by one",
    "latin_hypercube": "a Latin hypercube",
    "sobol": "a Sobol' sample",
    "morris": "Morris trajectories",
    "switches": "changes in every combination",
}


def plan_text(experiment: Experiment, folder: Path) -> str:
    """Question, firm, regimes, design, runs and results folder of an experiment that has no faults."""
    lines = [
        experiment.name if experiment.title == experiment.name else f"{experiment.name}: {experiment.title}",
        *textwrap.wrap(f"Question: {experiment.question}", WIDTH, subsequent_indent="  "),
        *textwrap.wrap(f"Firm: {_firm(experiment.scenario)}", WIDTH, subsequent_indent="  "),
        "Regimes:",
        *(line for name in experiment.regimes for line in _regime(experiment, name)),
        *design_lines(experiment),
        *(line for text in _runs(experiment) for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")),
        *(line for text in idle_factors(experiment) for line in textwrap.wrap(f"Note: {text}", WIDTH, subsequent_indent="  ")),
        f"Results: {folder}{_what_is_there(folder)}",
        "No faults found.",
    ]
    return "\n".join(lines)


def design_lines(experiment: Experiment) -> list[str]:
    """What varies and how the cells are placed, a line each; none where nothing varies."""
    if not experiment.factors:
        return []
    n = len(experiment.cells)
    cells = f"Design: {design_text(experiment.design)}: {n:,} cell{'s'[: n != 1]}"
    repeats = repeated_points(experiment)
    cells += f" ({repeats})" if repeats else ""
    return ["Varied:", *(f"  {factor.name} ({factor.role}): {_values(factor)}" for factor in experiment.factors),
            *textwrap.wrap(cells, WIDTH, subsequent_indent="  ")]


def design_text(design: Design) -> str:
    """ "every combination"; "(a Sobol' sample of 24 factors) × (points one by one of organisation.reps)"."""
    if not isinstance(design, Cross | Union):
        return DESIGNS[design.kind]
    parts = []
    for part in design.parts:
        names = ", ".join(part.names) if len(part.names) <= MOST_NAMED else f"{len(part.names)} factors"
        of = "" if isinstance(part, Cross | Union) else f" of {names}"
        parts.append(f"({design_text(part)}{of})")
    return (" × " if isinstance(design, Cross) else " + ").join(parts)


def _values(factor: Factor) -> str:
    """ "4, 8.5, 17", "15 values from 0 to 1", "from 0 to 1"."""
    values, ends = factor.values, f"from {factor.low:g} to {factor.high:g}"
    if not values:
        return ends
    if len(values) > MOST_SHOWN and math.isfinite(factor.high):
        return f"{len(values)} values {ends}"
    shown = (written(factor.name, value) for value in values)
    return ", ".join(f"{value:g}" if isinstance(value, float) else json.dumps(value) for value in shown)


def _runs(experiment: Experiment) -> list[str]:
    """How many runs, how many of them differ, and what a precision adds."""
    n, count, seeds, cells = len(experiment.regimes), experiment.count, experiment.seeds, len(experiment.cells)
    weeks = sorted({cell.scenario.horizon.horizon_weeks for cell in experiment.cells})
    length = f"{weeks[0]}" if len(weeks) == 1 else f"{weeks[0]} to {weeks[-1]}"
    lines = [
        f"Runs: {f'{cells:,} cells × ' * (cells > 1)}{n} regime{'s'[: n != 1]} × {count:,} = {experiment.n_runs:,}, of "
        f"{length} weeks each, seeds {seeds[0]} to {seeds[-1]}"
    ]
    different = sum(new_arms(experiment.cells)) * count
    if different < experiment.n_runs:
        lines.append(f"  {different:,} of them differ; the others repeat a regime in the same firm and market and are run once")
    if experiment.precision is not None:
        outcome, regime, half_width, step, most = experiment.precision
        lines.append(
            f"Precision: {step:,} more at a time in each cell until {outcome}, {regime} minus {experiment.baseline}, is "
            f"known to ± {half_width:g} (95 %), or until {most:,} ({most * n * cells:,} runs at most)"
        )
    return lines


def new_arms(cells: Sequence[Cell]) -> list[int]:
    """For each cell, the number of regimes in it that no earlier cell has in an equal scenario."""
    numbers: dict[int, int] = {}  # by identity, so that each of the few distinct objects is compared once
    distinct: dict[Declared, int] = {}

    def number(values: Declared) -> int:
        if id(values) not in numbers:
            numbers[id(values)] = distinct.setdefault(values, len(distinct))
        return numbers[id(values)]

    seen: set[tuple[int, int]] = set()
    counts = []
    for cell in cells:
        before = len(seen)
        seen.update((number(cell.scenario), number(regime)) for regime in cell.regimes.values())
        counts.append(len(seen) - before)
    return counts


def _firm(scenario: Scenario) -> str:
    reference = dict(Scenario())
    changes = [_changes(plain(values), plain(reference[group])) for group, values in scenario]
    said = ", ".join(text for text in changes if text)
    return f"the reference firm with {said}" if said else "the reference firm"


def _regime(experiment: Experiment, name: str) -> list[str]:
    baseline, numbers = experiment.baseline, plain(experiment.regimes[name])
    if name == baseline:
        text = f"{name} (baseline)"
    else:
        changes = _changes(numbers, plain(experiment.regimes[baseline]))
        text = f"{name}: {baseline} with {changes}" if changes else f"{name}: the same as {baseline}"
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _changes(values: dict[str, Any], reference: dict[str, Any]) -> str:
    """ "variety = 0.8, lags = "fixed"": the values that are not the reference's."""
    return ", ".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
        if value != reference[name]
    )


def _what_is_there(folder: Path) -> str:
    try:
        date = str(store.read_json(folder / store.MANIFEST)["date"])[:40]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f" (in place of the results of {date})"
