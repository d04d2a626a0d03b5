"""The worked examples can be followed to the letter on a copy of the project, take few files, and do what they say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.worked_examples import ROOT, Edit, examples, follow

EXAMPLES = examples()
MOST_FILES = {"A parameter of a regime": 6, "A measure": 4, "A figure": 3}
TINY = """
from simulation import PRESETS, Horizon, Market, Organisation, Scenario, simulate
scenario = Scenario(
    market=Market(variety=1.0, reply_lag_hours=1.0, second_chance=1.0),
    organisation=Organisation(reps=3, span=3),
    horizon=Horizon(warmup_weeks=0, window_weeks=4, horizon_weeks=4),
)
def run(**changes):
    return simulate(scenario, PRESETS["strict"].model_copy(update=changes), 1, "mesa")
"""
PARAMETER = """
from experiments.design.schema import config_schema
from experiments.report.declared import parameter_rows
from experiments.teaching.declarations import declarations
assert run().log.equals(run(drafting_share=1.0).log)
assert not run().log.equals(run(drafting_share=0.1).log)
assert "drafting_share" in [row[0] for row in parameter_rows("regime")]
assert "regime.drafting_share" in config_schema()["definitions"]
assert "regime.drafting_share" in [told["key"] for told in declarations()["parameters"]]
from tests.simulation.test_drafting_share import *
test_drafting_takes_the_share_that_is_left()
"""
MEASURE = """
from experiments.docs import measure_table
from experiments.wording.naming import measure_axis
found = run()
assert found.outcomes["second_offer_share"] == (found.cases["offers"] > 1).mean() > 0
assert measure_axis("second_offer_share") == "More than one offer (% of opened)"
assert "second_offer_share" in measure_table()
"""
FIGURE = """
import pandas as pd
from experiments.design.experiment import Experiment
from experiments.figures import figures_for
regimes = {name: PRESETS[name] for name in ("strict", "lean")}
rows = [("first_response_within_hour", name, 5, 0.4, 0.3, 0.5) for name in regimes]
summary = pd.DataFrame(rows, columns=["measure", "regime", "n", "mean", "low", "high"])
experiment = Experiment("test", "A test", "?", scenario, regimes, "strict", 5, 1)
figure = figures_for({"summary": summary}, experiment)["first_response"]()
assert [bar.get_width() for bar in figure.axes[0].patches] == [40.0, 40.0]
"""


def copied(folder: Path) -> Path:
    """A copy of what the examples edit and the checks read."""
    left_out = shutil.ignore_patterns("__pycache__", ".git", ".venv", "results", "*.png")
    for name in ("simulation", "experiments", "tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    shutil.copy(ROOT / "CHANGELOG.md", folder)
    return folder


def checked(script: str, folder: Path) -> None:
    """Run a script in the copy, uncompiled: there is little to compute."""
    alone = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "script"), [("A parameter of a regime", PARAMETER), ("A measure", MEASURE), ("A figure", FIGURE)]
)
def test_an_example_does_what_it_says(name: str, script: str, tmp_path: Path) -> None:
    copy = copied(tmp_path)
    follow(EXAMPLES[name], copy)
    checked(TINY + script, copy)
    lint = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    files = {edit.file for edit in EXAMPLES[name] if edit.file.endswith(".py")}
    done = subprocess.run([*lint, *sorted(files)], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0 or "No module named ruff" in done.stderr, done.stdout


def test_an_example_takes_few_files() -> None:
    assert set(EXAMPLES) == set(MOST_FILES)
    for name, edits in EXAMPLES.items():
        assert len({edit.file for edit in edits}) <= MOST_FILES[name], name


def test_lines_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.py has these lines 2 times"):
        follow([Edit("a.py", "x = 1\n", "x = 2\n")], tmp_path)
