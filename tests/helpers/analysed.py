"""Experiments with switches and with a long factor, and their tables, from made-up runs with known means."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.design.config import load_experiment
from experiments.design.experiment import Experiment
from experiments.running.runner import tables_of

Made = tuple[dict[str, pd.DataFrame], Experiment]
HEAD = 'title = "A made-up analysis"\nquestion = "?"\noutcomes = ["won", "won_share"]\n'
SWITCHES = """
[design]
kind = "cross"
[[design.parts]]
kind = "grid"
factors = ["market.variety"]
[[design.parts]]
kind = "switches"
start = "strict"
end = "cluster"
[[design.parts.switches]]
name = "Peers' readings"
regime.quorum = [0, 3]
[[design.parts.switches]]
name = "Customers stay with the rep whom they happened to reach"
regime.dispatch = ["manager", "direct"]
[[design.parts.switches]]
name = "No sign-off"
regime.sign_off_over = [0, "never"]
"""
ADDS = (40.0, -10.0, 25.0)  # what each switch adds to the deals of the first regime


def experiment_of(folder: Path, text: str) -> Experiment:
    path = folder / "made.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_experiment(path)


def runs_with(experiment: Experiment, means: Sequence[Sequence[float]], noise: float) -> pd.DataFrame:
    """Runs of every regime in every cell about these means of deals, float[cells][regimes], with luck of the seed in common."""
    chance = np.random.default_rng(1)
    luck = chance.normal(0, 30, experiment.count)
    rows = [
        {"cell": cell.number, "regime": regime, "seed": seed, "won": mean + luck[i] + noise * chance.normal()}
        for cell, by_regime in zip(experiment.cells, means, strict=True)
        for regime, mean in zip(experiment.regimes, by_regime, strict=True)
        for i, seed in enumerate(experiment.seeds)
    ]
    runs = pd.DataFrame(rows)
    runs["regime"] = pd.Categorical(runs["regime"], categories=list(experiment.regimes))
    return runs.assign(won_share=runs["won"] / 2000)


def decomposed(folder: Path, regimes: Sequence[str] = ("strict",), count: int = 20, settings: int = 2) -> Made:
    """Three changes that add ADDS to the first regime, whatever else was changed; other regimes stay where they are."""
    varieties = [round(0.1 * (i + 1), 1) for i in range(settings)]
    tables = "".join(f"[regimes.{name}]\n" for name in regimes)
    text = f"{tables}[uncertainties]\nmarket.variety = {varieties}\n[replications]\ncount = {count}\n{SWITCHES}"
    experiment = experiment_of(folder, text)
    every = [(i >> 2 & 1, i >> 1 & 1, i & 1) for i in range(8)] * settings
    means = [[1000.0 + sum(np.multiply(made, ADDS)), *(900.0 for _ in regimes[1:])] for made in every]
    return tables_of(experiment, runs_with(experiment, means, noise=2.0 if count > 1 else 0.0)), experiment


def turned_over(folder: Path, settings: int = 2, count: int = 20) -> Made:
    """A cluster that leads strict by 50 at no hearsay, and less the more: by nothing at 0.5, or 0.25 in the second setting."""
    varieties = [round(0.1 * (i + 1), 1) for i in range(settings)]
    text = (
        f"[regimes.strict]\n[regimes.cluster]\n[uncertainties]\nmarket.variety = {varieties}\n"
        f"[levers]\norganisation.hearsay = {{ from = 0, to = 1, steps = 21 }}\n[replications]\ncount = {count}\n"
    )
    experiment = experiment_of(folder, text)
    slopes = [100.0 * (1 + setting) for setting in range(settings) for _ in range(21)]
    hearsay = list(np.linspace(0, 1, 21)) * settings
    means = [[1000.0, 1050.0 - slope * x] for slope, x in zip(slopes, hearsay, strict=True)]
    return tables_of(experiment, runs_with(experiment, means, noise=4.0 if count > 1 else 0.0)), experiment
