"""What all tests share: examples that are the same in every run, and a small firm that is simulated in a moment."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:  # tests of the model need nothing of what runs it, and many start anew for every mutant
    from experiments.design.experiment import Experiment
    from experiments.running.runner import Results

# Hypothesis draws the same examples in every run and keeps no record of them.
settings.register_profile("same-every-time", derandomize=True, database=None, deadline=None)
settings.load_profile("same-every-time")

# What decides whether there is anything to see within 20 weeks is said here, whatever the reference firm is like.
SMALL = """
title = "A small firm"
question = "Does it run?"
baseline = "strict"

[scenario.market]
patience_mean_weeks = 40
patience_shape = 0.7
reply_lag_hours = 40
selectivity = 2

[scenario.organisation]
reps = 6
span = 3
selling_hours_per_day = 8
review_hours_per_day = 1

[scenario.horizon]
warmup_weeks = 2
window_weeks = 6
horizon_weeks = 20

[regimes.strict]
[regimes.blended]
[regimes.trusting]
base = "lean"
sign_off_over = "never"

[replications]
count = 5
first_seed = 11
"""


@pytest.fixture
def small_config(tmp_path: Path) -> Path:
    """The config file of the small experiment."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> "Experiment":
    """The small experiment itself."""
    from experiments.design.config import load_experiment

    path = tmp_path_factory.mktemp("configs") / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return load_experiment(path)


@pytest.fixture(scope="session")
def results(small: "Experiment") -> "Results":
    """What the small experiment gives."""
    from experiments.running.runner import compute

    return compute(small)


@pytest.fixture(scope="session")
def three_cells(small: "Experiment") -> "Experiment":
    """The small experiment at three varieties of the market and with 4 runs each."""
    from experiments.design.experiment import Cell

    experiment = replace(small, count=4, outcomes=("won", "no_action_share"))
    cells = []
    for number, variety in enumerate((0.1, 0.5, 0.9)):
        market = small.scenario.market.model_copy(update={"variety": variety})
        scenario = small.scenario.model_copy(update={"market": market})
        cells.append(Cell(number, {"market.variety": variety}, scenario, small.regimes))
    experiment.__dict__["cells"] = tuple(cells)
    return experiment
