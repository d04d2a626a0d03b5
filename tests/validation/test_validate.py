"""The command `sellsim validate`: what it writes, and that it says so when theory and model part."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments import store, validation
from experiments.cli import app
from experiments.validation.case import Case
from experiments.validation.published import march, sah_stiglitz

QUICK = [case for case in validation.all_cases() if case.family in ("Drift", "Leaving")]


def call(folder: Path, *more: str) -> Any:
    few = ("--runs", "10", "--twins", "2", "--workers", "1")
    return CliRunner().invoke(app, ["validate", *few, "--results", str(folder), *more], prog_name="sellsim")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    cases = list(QUICK)
    monkeypatch.setattr(validation, "all_cases", lambda: cases)
    monkeypatch.setattr(validation, "studies", lambda: [sah_stiglitz(), march()])
    return cases


def test_validate_writes_table_report_figures_and_manifest(quick: list[Case], tmp_path: Path) -> None:
    result = call(tmp_path / "out")
    n = sum(len(case.quantities) for case in quick)
    assert result.exit_code == 0, result.output
    assert f"{n} of {n} quantities agree" in result.stdout
    table = pd.read_csv(tmp_path / "out" / "validation.csv")
    assert len(table) == n
    assert (table.verdict == "agrees").all()
    assert ((table.low <= table.simulated) & (table.simulated <= table.high)).all()
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    for case in quick:
        assert case.name in report
        assert case.formula in report
    assert "at 20 of 20 inboxes" in report  # 17 reps and 3 managers
    assert "8 pass, 0 fail, 2 are outside the model" in report
    assert len(pd.read_csv(tmp_path / "out" / "hold_outs.csv")) == 10
    for family in ("drift", "leaving", "hold_outs"):
        assert f"](figures/{family}.png)" in report
        assert (tmp_path / "out" / "figures" / f"{family}.svg").exists()
    assert sorted(store.inventory(tmp_path / "out")) == store.files_in(tmp_path / "out")


def test_a_case_that_misses_its_theory_fails_the_command(quick: list[Case], tmp_path: Path) -> None:
    wrong = tuple(q._replace(theory=0.5 * q.theory) for q in quick[0].quantities)
    quick[0] = replace(quick[0], quantities=wrong)
    result = call(tmp_path / "out", "--no-figures")
    assert result.exit_code == 1
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert f"Failing: {quick[0].name}" in report
    assert "**FAILS**" in report
    assert not (tmp_path / "out" / "figures").exists()


def test_the_same_runs_give_the_same_table(quick: list[Case], tmp_path: Path) -> None:
    for folder, workers in (("one", "1"), ("two", "2")):
        call(tmp_path / folder, "--no-figures", "--workers", workers)
    assert (tmp_path / "one" / "validation.csv").read_bytes() == (tmp_path / "two" / "validation.csv").read_bytes()


def test_foreign_files_are_left_alone(quick: list[Case], tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("mine")
    result = call(tmp_path)
    assert result.exit_code == 2
    assert (tmp_path / "report.md").read_text() == "mine"
