"""A whole experiment: what lies in the folder afterwards, and that numbers hang on nothing but the config."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import store
from experiments.design.config import load_experiment
from experiments.design.experiment import Experiment, Precision
from experiments.inference import targets
from experiments.running import crews, sweep
from experiments.running.runner import AGES, RUNS, Results, compute, run_experiment
from experiments.store import manifest
from simulation.parameters import Scenario
from simulation.run import ensemble
from tests.helpers.watched_sweeps import Watch, tables, with_cells


def digest(*batches: pd.DataFrame) -> str:
    found = manifest.RunsDigest()
    for batch in batches:
        found.update(batch)
    return found.hexdigest()


def test_the_folder_holds_everything_and_lists_it(small: Experiment, tmp_path: Path) -> None:
    results = run_experiment(small, tmp_path / "out")
    about = json.loads((tmp_path / "out" / "manifest.json").read_text())
    expected = {
        "config.toml",
        "cells.csv",
        "runs.parquet",
        "summary.csv",
        "differences.csv",
        "convergence.csv",
        "curves.csv",
        "manifest.json",
        "winners.csv",
    }
    files = {name for name in store.files_in(tmp_path / "out") if not name.startswith("runs/")}
    assert files == expected == set(about["files"])
    assert load_experiment(tmp_path / "out" / "config.toml") == small
    runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    assert digest(runs) == about["digests"]["runs"] == digest(results.runs)


def test_results_do_not_depend_on_the_number_of_threads(small: Experiment, results: Results) -> None:
    alone = compute(small, workers=1)
    pd.testing.assert_frame_equal(alone.runs, results.runs)
    pd.testing.assert_frame_equal(alone.curves, results.curves)


def test_progress_counts_every_run(small: Experiment) -> None:
    watch = Watch()
    compute(small, progress=watch)
    assert sum(watch.counted) == small.n_runs == 15
    assert watch.begun == [(15, 0)]


def test_curves_rise_and_have_no_value_beyond_the_horizon(small: Experiment, results: Results) -> None:
    acted = results.curves.query("regime == 'strict' and curve == 'acted'")
    observed = acted[acted["n"] > 0]
    assert acted["age_hours"].tolist() == AGES.tolist()
    assert (np.diff(observed["mean"]) >= 0).all()
    # The window opens after 2 of 20 weeks, so no opportunity can be seen beyond the age of 18 weeks.
    assert observed["age_hours"].max() == 18 * 40
    assert acted["mean"].isna().any()


def test_an_unwritable_folder_is_found_out_before_anything_is_run(small: Experiment, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    watch = Watch()
    with pytest.raises(store.StoreError):
        run_experiment(small, tmp_path / "file", progress=watch)
    assert watch.begun == []


def test_targets_are_compared_where_they_are_about_the_experiment(
    small: Experiment, results: Results
) -> None:
    assert "targets" not in results.tables, "a small firm is not the reference firm"
    assert not targets.applies(small)
    assert targets.applies(replace(small, scenario=Scenario()))


def test_targets_are_not_compared_where_something_varies(three_cells: Experiment) -> None:
    around_the_reference = with_cells(replace(three_cells, scenario=Scenario()), three_cells.cells)
    assert "targets" not in compute(around_the_reference).tables


def test_a_manifest_tells_no_paths_and_every_origin(small: Experiment, results: Results) -> None:
    about = manifest.describe(small, 15, digest(results.runs), {"seconds": 1.25})
    text = json.dumps(about)
    for place in (Path.cwd(), Path.home(), Path(__file__).parents[2]):
        assert str(place) not in text
    assert about["seeds"] == {"first": 11, "last": 15, "count": 5}
    assert about["runs"] == 15
    assert about["seconds"] == 1.25
    assert set(about["versions"]) >= {"sellsim", "python", "numpy", "numba", "mesa", "pandas"}
    assert all(len(digest) == 64 for digest in about["digests"].values())


def test_digests_change_with_what_they_stand_for(small: Experiment, results: Results) -> None:
    renamed = replace(small, title="another", question="another?", count=9)
    assert manifest.config_digest(renamed) == manifest.config_digest(small)
    changed = replace(small, scenario=Scenario())
    assert manifest.config_digest(changed) != manifest.config_digest(small)
    runs = results.runs
    other = runs.copy()
    other.loc[3, "won"] += 1e-9
    assert digest(other) != digest(runs)
    assert digest(runs.rename(columns={"won": "gained"})) != digest(runs)
    assert digest(runs[:4], runs[4:]) == digest(runs), "batches are no difference"


def test_outside_its_own_repository_there_is_no_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(manifest.simulation, "__file__", str(tmp_path / "simulation" / "__init__.py"))
    assert manifest.git_commit() is None


def test_every_cell_has_the_runs_of_its_own_scenario(three_cells: Experiment, tmp_path: Path) -> None:
    run_experiment(three_cells, tmp_path)
    stored = pd.read_parquet(tmp_path / "runs.parquet")
    for cell in three_cells.cells:
        alone = ensemble(cell.scenario, cell.regimes, three_cells.seeds)
        found = stored[stored["cell"] == cell.number].drop(columns="cell").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, alone)
    assert stored.columns[:3].tolist() == ["cell", "regime", "seed"]
    assert pd.read_csv(tmp_path / "cells.csv")["market.variety"].tolist() == [0.1, 0.5, 0.9]
    assert sorted(set(pd.read_csv(tmp_path / "summary.csv")["cell"])) == [0, 1, 2]


def test_a_large_design_keeps_the_outcomes_of_interest_in_tables_and_all_measures_in_runs(
    three_cells: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_design = run_experiment(three_cells, tmp_path / "few")
    monkeypatch.setattr("experiments.running.runner.MOST_CELLS_WITH_CURVES", 2)
    monkeypatch.setattr(sweep, "ROWS_AT_ONCE", 5)
    results = run_experiment(three_cells, tmp_path / "many")
    assert results.runs.columns.tolist() == ["cell", "regime", "seed", *three_cells.outcomes]
    assert not (tmp_path / "many" / "curves.csv").exists()
    columns = results.runs.columns.tolist()
    pd.testing.assert_frame_equal(results.runs, small_design.runs[columns])
    pd.testing.assert_frame_equal(*(pd.read_parquet(tmp_path / name / "runs.parquet") for name in ("few", "many")))


def test_a_finished_experiment_is_not_run_again(three_cells: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_experiment(three_cells, tmp_path)
    before = tables(tmp_path)
    (tmp_path / "summary.csv").unlink()
    monkeypatch.setattr(crews, "run_piece", None)  # whoever calls it fails
    results = run_experiment(three_cells, tmp_path)
    assert (results.made, tables(tmp_path)) == (0, before)
    fewer = with_cells(three_cells, three_cells.cells, count=2)
    assert len(run_experiment(fewer, tmp_path).runs) == 3 * 3 * 2


def test_a_changed_config_is_refused_with_what_changed_and_nothing_is_lost(small: Experiment, tmp_path: Path) -> None:
    run_experiment(small, tmp_path)
    before = tables(tmp_path)
    organisation = small.scenario.organisation.model_copy(update={"span": 2.0})
    changed = replace(small, scenario=small.scenario.model_copy(update={"organisation": organisation}))
    with pytest.raises(store.StoreError) as refusal:
        run_experiment(changed, tmp_path)
    assert "scenario.organisation.span: 3.0 -> 2.0" in str(refusal.value)
    assert "->" not in str(refusal.value).replace("span: 3.0 -> 2.0", ""), "nothing else has changed"
    assert "--results" in str(refusal.value)
    assert "--restart" in str(refusal.value)
    assert tables(tmp_path) == before
    assert run_experiment(small, tmp_path).made == 0
    assert run_experiment(changed, tmp_path, restart=True).made == 15
    assert run_experiment(changed, tmp_path).made == 0


@pytest.mark.parametrize("what", ["model", "ages of curves"])
def test_runs_of_another_model_are_refused(small: Experiment, tmp_path: Path, what: str) -> None:
    run_experiment(small, tmp_path)
    header = json.loads((tmp_path / RUNS / "header.json").read_text())
    for name in ("header.json", "header-copy.json"):
        (tmp_path / RUNS / name).write_text(json.dumps(header | {what: "another"}))
    with pytest.raises(store.StoreError, match=rf"another version of the model\n  {what}: another -> "):
        run_experiment(small, tmp_path)


@pytest.mark.parametrize("damage", ["", "not json", '{"config": 5}', None])
def test_without_a_sound_header_nobody_guesses_what_is_stored(small: Experiment, tmp_path: Path, damage: str | None) -> None:
    run_experiment(small, tmp_path)
    headers = [tmp_path / RUNS / name for name in ("header.json", "header-copy.json")]
    for header in headers:
        assert run_experiment(small, tmp_path).made == 0, "one of the two is enough, and mends the other"
        header.unlink() if damage is None else header.write_text(damage)
    assert run_experiment(small, tmp_path).made == 0
    for header in headers:
        header.unlink() if damage is None else header.write_text(damage)
    with pytest.raises(store.StoreError, match=r"header\.json is missing or damaged"):
        run_experiment(small, tmp_path)
    assert run_experiment(small, tmp_path, restart=True).made == 15


def test_a_folder_of_somebody_else_is_left_alone_and_one_of_a_killed_run_is_not(small: Experiment, tmp_path: Path) -> None:
    for name in ("theirs", "killed"):
        (tmp_path / name / RUNS).mkdir(parents=True)
    (tmp_path / "theirs" / RUNS / "notes.txt").write_text("mine")
    (tmp_path / "killed" / RUNS / ".header.json.new").write_text("ha")
    with pytest.raises(store.StoreError, match=r"header\.json is missing or damaged"):
        run_experiment(small, tmp_path / "theirs")
    assert run_experiment(small, tmp_path / "killed").made == 15


def test_a_damaged_part_is_made_again(small: Experiment, tmp_path: Path) -> None:
    run_experiment(small, tmp_path)
    before = tables(tmp_path)
    (part,) = (tmp_path / RUNS).glob("part-*")
    part.write_bytes(part.read_bytes()[:-1])
    watch = Watch()
    assert run_experiment(small, tmp_path, progress=watch).made == 15
    assert [text for text in watch.said if "is damaged and was set aside" in text and part.name in text] == watch.said != []
    assert tables(tmp_path) == before


def test_a_second_process_is_told_that_the_folder_is_in_use(small: Experiment, tmp_path: Path) -> None:
    with store.alone(tmp_path), pytest.raises(store.StoreError, match="another process is at work in this folder"):
        run_experiment(small, tmp_path)
    assert run_experiment(small, tmp_path).made == 15


def test_a_full_disk_stops_the_run_and_the_next_one_goes_on(
    three_cells: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.store.runs.SECONDS_AT_RISK", 0.0)
    written = 0

    def full_at_third(source: Path, target: Path, real: Any = os.replace) -> None:
        nonlocal written
        written += target.name.startswith("part-")
        if written >= 3:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr("experiments.store.disk.os.replace", full_at_third)
    with pytest.raises(store.StoreError, match="runs cannot be stored: No space left on device"):
        run_experiment(three_cells, tmp_path, workers=1)
    monkeypatch.undo()
    watch = Watch()
    run_experiment(three_cells, tmp_path, progress=watch)
    assert watch.begun == [(12, 24)]


@pytest.fixture
def one_fails(three_cells: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run of cell 1, blended, seed 12 fails."""

    def fail(scenario: Any, regime: Any, seeds: Any, ages: Any, real: Any = crews.batch) -> Any:
        if scenario == three_cells.cells[1].scenario and regime == three_cells.regimes["blended"] and 12 in seeds:
            raise ZeroDivisionError("division by zero")
        return real(scenario, regime, seeds, ages)

    monkeypatch.setattr(crews, "batch", fail)


def test_a_failed_run_is_on_record_and_the_sweep_goes_on(three_cells: Experiment, tmp_path: Path, one_fails: None) -> None:
    results = run_experiment(three_cells, tmp_path)
    assert (results.made, results.failed) == (35, 1)
    assert results.record is not None
    (line,) = results.record.read_text().splitlines()
    entry = json.loads(line)
    replay = load_experiment(results.record.parent / entry.pop("replay"))
    assert entry == {"cell": 1, "regime": "blended", "seed": 12, "cause": "ZeroDivisionError: division by zero"}
    assert (replay.scenario, replay.count, list(replay.seeds)) == (three_cells.cells[1].scenario, 1, [12])
    assert replay.regimes == {"blended": three_cells.regimes["blended"]}
    summary = results.summary.query("cell == 1 and measure == 'won'").set_index("regime")["n"]
    assert summary.to_dict() == {"strict": 4, "blended": 3, "trusting": 4}


def test_a_failed_run_is_tried_once_by_each_call(three_cells: Experiment, tmp_path: Path, one_fails: None) -> None:
    precision = Precision("discover_hours", "blended", half_width=1e-6, step=1, most=6)
    experiment = with_cells(replace(three_cells, precision=precision), three_cells.cells)
    results = run_experiment(experiment, tmp_path)
    assert len(results.runs.query("cell == 1")) == 3 * 6, "there was more than one round"
    assert (results.made, results.failed) == (len(results.runs) - 1, 1)
    assert results.record is not None
    assert len(results.record.read_text().splitlines()) == 1


def test_a_failed_run_is_tried_again_by_the_next_call(
    three_cells: Experiment, tmp_path: Path, one_fails: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_experiment(three_cells, tmp_path / "mended").failed == 1
    monkeypatch.undo()
    results = run_experiment(three_cells, tmp_path / "mended")
    assert (results.made, results.failed, results.record) == (1, 0, None)
    run_experiment(three_cells, tmp_path / "sound")
    assert tables(tmp_path / "mended") == tables(tmp_path / "sound")
