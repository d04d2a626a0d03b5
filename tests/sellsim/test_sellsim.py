"""What a notebook imports: names on demand, runs that show themselves, paired differences, results opened again."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

import sellsim
from experiments import cli
from simulation import simulate
from tests.helpers.scenarios import BUSY

REGIMES = ["strict", "blended"]


def test_every_name_offered_is_there_and_nothing_is_imported_before() -> None:
    assert set(dir(sellsim)) == set(sellsim.__all__)
    for name in sellsim.__all__:
        assert getattr(sellsim, name) is not None
    code = "import sellsim, sys; assert not {'mesa', 'numba', 'pandas', 'matplotlib'} & set(sys.modules); sellsim.simulate"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    with pytest.raises(AttributeError, match="simulat"):
        sellsim.simulat  # noqa: B018


def test_a_run_shows_a_few_lines_and_is_the_models_run() -> None:
    run = sellsim.simulate("blended", BUSY, seed=7)
    assert run.log.equals(simulate(BUSY, "blended", 7).log)
    lines = repr(run).splitlines()
    assert lines[0] == "One firm under “blended”, seed 7"
    assert 5 <= len(lines) <= 12
    assert f"Deals won (deals): {run.outcomes['won']:.0f}" in repr(run)
    assert run._repr_html_().count("<tr>") == len(lines) - 2


def test_a_runs_picture_has_the_weekly_record() -> None:
    run = sellsim.simulate("strict", BUSY, seed=3)
    axes = run.plot().axes[0]
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert list(drawn["open opportunities"]) == list(run.weekly["open_cases"])


def test_differences_are_paired_by_seed() -> None:
    table = sellsim.ensemble(BUSY, REGIMES, seeds=range(12))
    (row,) = sellsim.paired_differences(table, "strict", ["won"]).to_dict("records")
    won = table.pivot(index="seed", columns="regime", values="won")
    gaps = won["blended"] - won["strict"]
    low, high = stats.t.interval(0.95, 11, gaps.mean(), gaps.sem())
    assert (row["regime"], row["baseline"], row["n"]) == ("blended", "strict", 12)
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((gaps.mean(), low, high))


def test_differences_of_what_is_not_there_name_what_is_near() -> None:
    table = pd.DataFrame({"regime": ["strict"] * 2, "seed": [1, 2], "won": [3.0, 4.0]})
    with pytest.raises(sellsim.InputError) as told:
        sellsim.paired_differences(table, "strikt", ["wonn"])
    assert "did you mean 'strict'" in str(told.value)
    assert "did you mean 'won'" in str(told.value)


def test_results_are_opened_again(small_config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    with pytest.raises(SystemExit) as done:
        cli.app(["run", str(small_config), "--results", str(folder)])
    assert done.value.code == 0
    results = sellsim.open_results(folder)
    assert results.experiment.title == "A small firm"
    assert len(results.runs) == 3 * 5
    assert results.answer in repr(results)
    assert results.figure(results.figures[0]).axes
    with pytest.raises(sellsim.InputError, match="did you mean"):
        results.figure(results.figures[0][:-1])
