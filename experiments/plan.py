"""What running an experiment would do, in words."""

import json
import textwrap
from pathlib import Path
from typing import Any

from experiments import store
from experiments.config import plain
from experiments.design import Experiment
from simulation.parameters import Scenario

WIDTH = 98


def plan_text(experiment: Experiment, folder: Path) -> str:
    """Question, firm, regimes, runs and results folder of an experiment that has no faults."""
    n, count, seeds = len(experiment.regimes), experiment.count, experiment.seeds
    lines = [
        f"{experiment.name}: {experiment.title}",
        *textwrap.wrap(f"Question: {experiment.question}", WIDTH, subsequent_indent="  "),
        *textwrap.wrap(f"Firm: {_firm(experiment.scenario)}", WIDTH, subsequent_indent="  "),
        "Regimes:",
        *(line for name in experiment.regimes for line in _regime(experiment, name)),
        f"Runs: {n} regime{'s'[: n != 1]} × {count:,} = {experiment.n_runs:,}, of "
        f"{experiment.scenario.horizon.horizon_weeks} weeks each, seeds {seeds[0]} to {seeds[-1]}",
        f"Results: {folder}{_what_is_there(folder)}",
        "No faults found.",
    ]
    return "\n".join(lines)


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
        date = json.loads((folder / store.MANIFEST).read_text(encoding="utf-8"))["date"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f" (in place of the results of {date})"
