"""The command `sellsim calibrate-reference`: what it writes, and that it comes out the same again."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments import calibration, store
from experiments.calibration import causes, forgetting, objective
from experiments.calibration.fit import QUICK
from experiments.calibration.objective import NAMES, WHOLE
from experiments.cli import app
from experiments.inference.targets import TARGETS
from simulation.parameters import Horizon, Organisation, Scenario


def call(folder: Path, *more: str) -> Any:
    few = ("--quick", "--replications", "4", "--results", str(folder))
    return CliRunner().invoke(app, ["calibrate-reference", *few, *more], prog_name="sellsim")


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little effort that a calibration takes seconds; what it finds is worthless."""
    few = QUICK._replace(scouts=1, generations=1, crowd=1, rounds=1, check=3, profile_points=2)
    monkeypatch.setattr(calibration, "QUICK", few)
    hours: Any = WHOLE
    monkeypatch.setitem(hours, "organisation.selling_hours_per_day", (3, 4))
    small = Scenario(
        organisation=Organisation(reps=17), horizon=Horizon(warmup_weeks=4, window_weeks=13, horizon_weeks=40)
    )
    monkeypatch.setattr(objective, "reference", lambda: small)
    monkeypatch.setattr(forgetting, "PLACES", forgetting.PLACES[:1])
    monkeypatch.setattr(causes, "TRIALS", causes.TRIALS[:2])


@pytest.mark.usefixtures("tiny")
def test_calibrate_writes_tables_report_figures_and_manifest_and_the_same_again(tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    result = call(first, "--workers", "2")
    assert result.exit_code == 0, result.output
    for name in NAMES:
        assert name in result.stdout
    assert sorted(store.inventory(first)) == store.files_in(first)
    assert (first / "figures" / "residuals.png").stat().st_size < 300_000
    assert (first / "figures" / "profiles.png").stat().st_size < 300_000
    report = (first / "report.md").read_text(encoding="utf-8")
    fit = pd.read_csv(first / "fit.csv")
    for figure in fit["figure"]:
        assert figure in report
    assert set(fit["figure"]) >= {target.figure for target in TARGETS}
    parameters = pd.read_csv(first / "parameters.csv").set_index("parameter")
    assert set(parameters.index) == set(NAMES)
    assert ((parameters["low"] <= parameters["fitted"] + 1e-9) & (parameters["fitted"] <= parameters["high"] + 1e-9)).all()
    assert call(again, "--workers", "1", "--no-figures").exit_code == 0
    assert not (again / "figures").exists()
    for table in ("fit", "parameters", "profile", "whole_hours", "causes", "forgetting", "settled"):
        assert (first / f"{table}.csv").read_bytes() == (again / f"{table}.csv").read_bytes()


def test_a_foreign_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "fit.csv").write_text("mine", encoding="utf-8")
    result = call(tmp_path)
    assert result.exit_code == 2
    assert "fit.csv is there and was not written by an earlier run" in result.output
    assert (tmp_path / "fit.csv").read_text(encoding="utf-8") == "mine"


def test_what_enters_its_band_and_what_leaves_it() -> None:
    rows = [
        (trial, figure, 0.0, 0.0, 0.0, 3, met)
        for trial, all_met in (
            (causes.AS_IT_IS, (True, False, False)), ("more hours", (False, True, False)), ("fewer", (True, True, False))
        )
        for figure, met in zip(("a", "b", "c"), all_met, strict=True)
    ]
    table = pd.DataFrame(rows, columns=list(causes.COLUMNS))
    assert causes.entering(table) == [("b", "more hours", ["a"]), ("b", "fewer", [])]


def test_trials_change_something_and_are_legal() -> None:
    names = [trial.name for trial in causes.TRIALS]
    assert len(set(names)) == len(names)
    assert names[0] == causes.AS_IT_IS
    for trial in causes.TRIALS[1:]:
        assert trial.scenario or trial.regime
