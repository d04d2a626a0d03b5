"""A whole experiment: what lies in the folder afterwards, and that numbers hang on nothing but the config."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import calibration, manifest, store
from experiments.config import load_experiment
from experiments.design import Experiment
from experiments.runner import AGES, Results, compute, run_experiment
from simulation.parameters import Scenario


def test_the_folder_holds_everything_and_lists_it(small: Experiment, tmp_path: Path) -> None:
    results = run_experiment(small, tmp_path / "out", figures=False)
    about = json.loads((tmp_path / "out" / "manifest.json").read_text())
    expected = {
        "config.toml",
        "runs.parquet",
        "summary.csv",
        "differences.csv",
        "curves.csv",
        "manifest.json",
    }
    assert set(store.files_in(tmp_path / "out")) == expected == set(about["files"])
    assert load_experiment(tmp_path / "out" / "config.toml") == small
    runs = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    assert manifest.runs_digest(runs) == about["digests"]["runs"] == manifest.runs_digest(results.runs)


def test_results_do_not_depend_on_the_number_of_threads(small: Experiment, results: Results) -> None:
    alone = compute(small, workers=1)
    pd.testing.assert_frame_equal(alone.runs, results.runs)
    pd.testing.assert_frame_equal(alone.curves, results.curves)


def test_progress_counts_every_run(small: Experiment) -> None:
    counted: list[int] = []
    compute(small, progress=counted.append)
    assert sum(counted) == small.n_runs == 15


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
    counted: list[int] = []
    with pytest.raises(store.StoreError):
        run_experiment(small, tmp_path / "file", progress=counted.append)
    assert counted == []


def test_targets_are_compared_where_they_are_about_the_experiment(
    small: Experiment, results: Results
) -> None:
    assert results.targets is None, "a small firm is not the reference firm"
    assert not calibration.applies(small)
    assert calibration.applies(replace(small, scenario=Scenario()))


def test_a_manifest_tells_no_paths_and_every_origin(small: Experiment, results: Results) -> None:
    about = manifest.describe(small, results.runs, 1.25)
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
    other = results.runs.copy()
    other.loc[3, "won"] += 1e-9
    assert manifest.runs_digest(other) != manifest.runs_digest(results.runs)
    assert manifest.runs_digest(results.runs.rename(columns={"won": "gained"})) != manifest.runs_digest(
        results.runs
    )


def test_outside_its_own_repository_there_is_no_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(manifest.simulation, "__file__", str(tmp_path / "simulation" / "__init__.py"))
    assert manifest.git_commit() is None
