"""Which runs are made, in which order, and when there are enough of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from experiments.design.experiment import Cell, Experiment, Precision
from experiments.design.layouts import interleaved
from experiments.running import crews, sweep
from experiments.running.runner import run_experiment
from tests.helpers.watched_sweeps import Watch, tables, with_cells


def test_more_cells_and_replications_add_to_what_is_there(three_cells: Experiment, tmp_path: Path) -> None:
    first = with_cells(three_cells, three_cells.cells[:2], count=3)
    run_experiment(first, tmp_path / "grown")
    watch = Watch()
    more = replace(three_cells, title="Another title", outcomes=("lost",), baseline="blended")
    results = run_experiment(with_cells(more, three_cells.cells), tmp_path / "grown", progress=watch)
    assert watch.begun == [(2 * 3 * 1 + 3 * 4, 2 * 3 * 3)]
    assert results.made == sum(watch.counted) == 18
    run_experiment(with_cells(more, three_cells.cells), tmp_path / "at once")
    assert tables(tmp_path / "grown") == tables(tmp_path / "at once")


def test_cells_that_share_a_regime_share_its_runs(small: Experiment, tmp_path: Path) -> None:
    cells = tuple(
        Cell(i, {"regimes.blended.divert_below": bar}, small.scenario, {
            "strict": small.regimes["strict"], "blended": small.regimes["blended"].model_copy(update={"divert_below": bar})
        }) for i, bar in enumerate((0.3, 0.6, 0.6))
    )
    experiment = with_cells(replace(small, regimes=cells[0].regimes), cells)
    results = run_experiment(experiment, tmp_path)
    assert results.made == 5 * (1 + 2)
    by_cell = [part.drop(columns="cell").reset_index(drop=True) for _, part in results.runs.groupby("cell")]
    pd.testing.assert_frame_equal(by_cell[1], by_cell[2])
    strict = [part[part["regime"] == "strict"] for part in by_cell]
    pd.testing.assert_frame_equal(strict[0], strict[1])
    assert not by_cell[0].equals(by_cell[1])


def test_ctrl_c_keeps_what_was_run(three_cells: Experiment, tmp_path: Path) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    with pytest.raises(sweep.Interrupted, match=r"Interrupted\. 12 of 36 runs are kept; the same command goes on from there\."):
        run_experiment(three_cells, tmp_path / "resumed", workers=1, progress=Watch(press))
    watch = Watch()
    run_experiment(three_cells, tmp_path / "resumed", progress=watch)
    assert watch.begun == [(24, 12)]
    run_experiment(three_cells, tmp_path / "at once")
    assert tables(tmp_path / "resumed") == tables(tmp_path / "at once")


def half_width(runs: pd.DataFrame, cell: int) -> tuple[int, float]:
    """Runs of a cell, and half the interval of won, blended minus strict; by SciPy."""
    part = runs[runs["cell"] == cell].pivot_table(index="seed", columns="regime", values="won", observed=True)
    differences = part["blended"] - part["strict"]
    interval = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    return len(differences), float(interval.high - interval.low) / 2


def test_cells_get_replications_until_the_difference_is_known_well_enough(three_cells: Experiment, tmp_path: Path) -> None:
    precision = Precision("won", "blended", half_width=3.0, step=3, most=16)
    experiment = with_cells(replace(three_cells, precision=precision), three_cells.cells)
    results = run_experiment(experiment, tmp_path)
    numbers = set()
    for cell in range(3):
        n, reached = half_width(results.runs, cell)
        numbers.add(n)
        assert reached <= 3.0 or n == 16
        earlier = results.runs[results.runs["seed"] < experiment.first_seed + n - 3]
        assert n == 4 or half_width(earlier, cell)[1] > 3.0, "it had been known well enough before"
    assert len(numbers) > 1, "cells need different numbers of runs here, else the test says little"


def test_an_interrupted_sequential_run_decides_as_an_undisturbed_one(three_cells: Experiment, tmp_path: Path) -> None:
    precision = Precision("won", "blended", half_width=1.5, step=3, most=16)
    experiment = with_cells(replace(three_cells, precision=precision), three_cells.cells)
    run_experiment(experiment, tmp_path / "at once")
    one_cell = (three_cells.cells[1]._replace(number=0),)
    run_experiment(with_cells(three_cells, one_cell, count=16), tmp_path / "resumed")
    seen = 0

    def press() -> None:
        nonlocal seen
        seen += 1
        if seen == 2:
            raise KeyboardInterrupt

    for _ in range(2):
        seen = 0
        with pytest.raises(sweep.Interrupted):
            run_experiment(experiment, tmp_path / "resumed", workers=1, progress=Watch(press))
    run_experiment(experiment, tmp_path / "resumed")
    assert tables(tmp_path / "resumed") == tables(tmp_path / "at once")


def test_a_half_finished_sweep_is_a_balanced_coarse_one(
    three_cells: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    def note(piece: Any, real: Any = crews.run_piece) -> Any:
        taken.append((piece.scenario.market.variety, piece.arms[0].seeds[0]))
        return real(piece)

    monkeypatch.setattr(crews, "run_piece", note)
    run_experiment(with_cells(three_cells, three_cells.cells, count=25), tmp_path, workers=1)
    order = [cell.scenario.market.variety for cell in interleaved(three_cells.cells)]
    assert taken == [(variety, seed) for seed in (11, 21, 31) for variety in order]
