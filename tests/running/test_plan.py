"""What a run would do and need: cells, factors, runs that differ, time from a few timed runs, disk and memory."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.design.config import load_experiment
from experiments.design.experiment import Cell, Experiment
from experiments.running.estimate import Estimate, estimate, estimate_text, seconds_per_run
from experiments.running.plan import new_arms, plan_text
from simulation.measures import NAMES
from simulation.presets import PRESETS

SWEEP = """
question = "?"
[regimes.strict]
[regimes.blended]
[uncertainties]
market.variety = { from = 0, to = 1, steps = 11 }
horizon.horizon_weeks = [130, 150]
[levers]
regimes.blended.review_weeks = [4, "never"]
organisation.efforts = ["fixed"]
[replications]
count = 10
"""


def load(folder: Path, text: str) -> Experiment:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path)


def test_the_plan_of_a_sweep(tmp_path: Path) -> None:
    lines = plan_text(load(tmp_path, SWEEP), tmp_path / "out").splitlines()
    assert "  market.variety (uncertainty): 11 values from 0 to 1" in lines
    assert "  horizon.horizon_weeks (uncertainty): 130, 150" in lines
    assert '  regimes.blended.review_weeks (lever): 4, "never"' in lines
    assert '  organisation.efforts (lever): "fixed"' in lines
    assert "Design: every combination: 44 cells" in lines
    assert "Runs: 44 cells × 2 regimes × 10 = 880, of 130 to 150 weeks each, seeds 1 to 10" in lines
    assert any("660 of them differ" in line for line in lines), "strict is the same whenever blended is reviewed"


def test_the_plan_of_nested_parts_and_of_a_precision(tmp_path: Path) -> None:
    text = """
        question = "?"
        [levers]
        organisation.span = { from = 3, to = 9 }
        regime.cluster_size = [8, 9]
        [design]
        kind = "cross"
        parts = [{ kind = "sobol", samples = 4, factors = ["organisation.span"] }, { factors = ["regime.cluster_size"] }]
        [precision]
        outcome = "won"
        regime = "blended"
        half_width = 2.5
        most = 500
    """
    told = " ".join(plan_text(load(tmp_path, text), tmp_path / "out").split())
    assert "organisation.span (lever): from 3 to 9" in told
    assert "(a Sobol' sample of organisation.span) × (every combination of regime.cluster_size): 24 cells" in told
    assert "20 more at a time in each cell until won, blended minus strict, is known to ± 2.5 (95 %)" in told
    assert "or until 500 (60,000 runs at most)" in told


def test_arms_are_counted_by_value(tmp_path: Path) -> None:
    experiment = load(tmp_path, SWEEP.replace("[4,", "[8, 4,").replace("11", "2"))
    # Two markets × two horizons, each with three review intervals; strict runs with the first of them only.
    assert new_arms(experiment.cells) == [2, 1, 1] * 4
    listed = "question = '?'\n[design]\nkind = 'union'\nparts = [{}, { kind = 'grid' }]\n[levers]\norganisation.span = [4, 8]"
    assert new_arms(load(tmp_path, listed).cells) == [5, 5, 0, 0]
    twins = "question = '?'\n[regimes.strict]\n[regimes.twin]\nbase = 'strict'"
    assert new_arms(load(tmp_path, twins).cells) == [1], "another name makes no other regime"


def test_the_estimate_adds_up_the_runs_that_differ(tmp_path: Path) -> None:
    experiment = load(tmp_path, SWEEP.replace("11", "2"))
    found = estimate(experiment, workers=2, timer=lambda cell: float(cell.scenario.horizon.horizon_weeks))
    assert found.timed_cells == len(experiment.cells) == 8
    assert found.seconds == pytest.approx((130 + 150) * 2 * 3 * 10 / 2), "two markets, three arms each, on two cores"
    assert found.disk_bytes == pytest.approx(2 * 2 * 3 * 10 * (len(NAMES) + 3) * 8 * 0.9)


def test_cells_to_be_timed_are_drawn_from_all_sizes(tmp_path: Path) -> None:
    text = "question = '?'\n[levers]\norganisation.reps = { from = 10, to = 1000, steps = 100 }"
    timed: list[int] = []

    def timer(cell: Cell) -> float:
        timed.append(cell.scenario.organisation.reps)
        return float(cell.scenario.organisation.reps)

    found = estimate(load(tmp_path, text), workers=1, timer=timer)
    assert len(timed) == found.timed_cells == 8
    assert timed == sorted(timed)
    assert timed[0] < 130 and timed[-1] > 870  # noqa: PT018
    assert found.seconds == pytest.approx(sum(range(10, 1001, 10)) * len(PRESETS) * 100, rel=0.05)


def test_a_run_is_timed(small: Experiment) -> None:
    assert 0 < seconds_per_run(small.cells[0]) < float("inf")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 s"), (62, "62 s"), (754, "13 minutes"), (5300, "88 minutes"), (90_000, "25 hours")]
)
def test_times_are_said_in_two_digits(seconds: float, said: str) -> None:
    text = estimate_text(Estimate(seconds, 2, 8, 123_456_789, 1.26e9))
    assert text.splitlines() == [
        f"Time: about {said} on 2 cores with nothing else to do (runs in 8 cells were timed)",
        "Disk: about 120 MB for the runs",
        "Memory: about 1.3 GB",
    ]


def test_a_dry_run_says_plan_and_needs_and_writes_nothing(small_config: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    arguments = ["run", str(small_config), "--dry-run", "--results", str(tmp_path / "out"), "--workers", "3"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "3 regimes × 5 = 15" in result.stdout
    assert "Time: about" in result.stdout
    assert "on 3 cores" in result.stdout
    assert sorted(tmp_path.rglob("*")) == before
