"""From real runs to the tables of changes and of turnovers."""

from pathlib import Path

import pytest

from experiments.design.config import load_experiment
from experiments.running.runner import compute

SHORT = """
question = "?"
outcomes = ["won", "acted_within_week"]
[scenario.organisation]
reps = 6
[scenario.horizon]
warmup_weeks = 1
window_weeks = 6
horizon_weeks = 12
[replications]
count = 3
"""
SWITCHES = """
[regimes.firm]
base = "strict"
[design]
kind = "switches"
start = "strict"
end = "lean"
[[design.switches]]
name = "No documents"
regime.documentation_hours = [3, 0]
[[design.switches]]
name = "More authority"
regime.authority_per_level = [0, 4]
"""
CURVE = """
[regimes.strict]
[regimes.cluster]
[levers]
organisation.hearsay = { from = 0, to = 1, steps = STEPS }
"""


def test_what_changes_add_is_the_difference_between_the_first_and_the_last_cell(tmp_path: Path) -> None:
    (tmp_path / "made.toml").write_text(SHORT + SWITCHES, encoding="utf-8")
    results = compute(load_experiment(tmp_path / "made.toml"), workers=1)
    table = results.tables["shapley"]
    for measure in ("won", "acted_within_week"):
        added = table[(table["target"] == measure) & (table["index"] == "shapley")]
        mean = results.runs.groupby("cell")[measure].mean()
        assert added["mean"].sum() == pytest.approx(mean[3] - mean[0], abs=1e-9)
        assert set(added["n"]) == {3}
    assert (table.loc[table["index"] == "shapley", "mean"] != 0).any()


@pytest.mark.parametrize("steps", [15, 14])
def test_a_factor_of_fifteen_values_is_looked_at_for_turnovers(steps: int, tmp_path: Path) -> None:
    (tmp_path / "made.toml").write_text(SHORT + CURVE.replace("STEPS", str(steps)), encoding="utf-8")
    tables = compute(load_experiment(tmp_path / "made.toml"), workers=1).tables
    assert ("turnovers" in tables) == (steps == 15)
    if steps == 15:
        assert tables["turnovers"]["measure"].unique().tolist() == ["won", "acted_within_week"]
        assert set(tables["turnovers"]["baseline"]) == {"strict", ""}
