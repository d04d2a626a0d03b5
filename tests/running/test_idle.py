"""What is called idle changes no measure of any run, under every preset of which it is said."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.design.config import load_experiment
from experiments.running.idle import IDLE, idle_factors
from experiments.running.plan import plan_text
from simulation.parameters import Horizon, Organisation, Regime, Scenario, parameters
from simulation.presets import PRESETS
from simulation.run import ensemble

OTHER = {
    "turnover_per_year": 5.0, "confidence": 0.6, "quorum": 1, "guardrail_over": 2.0, "consult_hours": 4.0,
    "conferring_hours": 1.0,
}
OF_FIRM = {p.name for p in parameters() if p.group == "organisation"}


def runs(name: str, changed: bool, regimes: dict[str, Regime]) -> pd.DataFrame:
    value = {name: OTHER.get(name, 0.7)} if changed else {}
    firm = Organisation(**{"reps": 12, "span": 6.0, **(value if name in OF_FIRM else {})})
    scenario = Scenario(organisation=firm, horizon=Horizon(warmup_weeks=4, window_weeks=8, horizon_weeks=30))
    of_regime = {} if name in OF_FIRM else value
    return ensemble(scenario, {key: regime.model_copy(update=of_regime) for key, regime in regimes.items()}, range(2))


@pytest.mark.parametrize("name", IDLE)
def test_runs_are_the_same_whatever_its_value(name: str) -> None:
    idle = {key: regime for key, regime in PRESETS.items() if IDLE[name].holds(Scenario(), regime) and key != "solo"}
    assert idle, "the test needs a regime of which it is said"
    pd.testing.assert_frame_equal(runs(name, False, idle), runs(name, True, idle))


def test_the_plan_says_so_and_counts_points_that_repeat(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'question = "?"\n[regimes.strict]\n[regimes.cluster]\n[design]\nkind = "union"\n'
        'parts = [{ kind = "list", points = [{ "organisation.turnover_per_year" = 0.0 }, {'
       ' "organisation.turnover_per_year" = 1.0 }] }, { kind = "list", points = [{ "organisation.turnover_per_year" = 1.0 }] }]\n'
    )
    experiment = load_experiment(path)
    assert idle_factors(experiment) == [
        "organisation.turnover_per_year does nothing under strict, which has no memory and documents every case."
    ]
    text = " ".join(plan_text(experiment, tmp_path).split())
    assert "1 of the 3 points repeat an earlier one" in text
    assert "does nothing under strict" in text
