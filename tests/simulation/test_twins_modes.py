"""The twins agree with compilation off, and compiled code stays within its arrays.

Compiled code reads and writes past the end of an array in silence, so both modes run in a process of their own, where Numba is
told to check every index or to compile nothing. Code compiled with checks is kept between runs of the tests, until the
model changes.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.compiled import model_digest

SCRIPT = """
import numba, numpy as np
from experiments.twins.comparison import compare_twins
from simulation import chance
from simulation.kernel.arrays import allocate
from simulation.kernel.ensemble import run_many
from simulation.measures import CURVES, OUTCOMES
from simulation.structure import managers_of
from simulation.settings import flatten
from tests.helpers.scenarios import BUSY, CONTESTED

print("mode", numba.config.DISABLE_JIT, numba.config.BOUNDSCHECK)
table = compare_twins(16, 3000, workers=1, size=0.15)
print("unequal", list(table.number[~table.equal]), "of", len(table), "rows", table.rows.sum() > 2000)

settings, ages = flatten(BUSY, CONTESTED), np.zeros(0, np.int64)
arrays = allocate(settings, managers_of(settings.reps, settings.span, settings.least_levels), 2000, 40000)
outcomes, curves = np.zeros(1, OUTCOMES).view(np.recarray), np.zeros((1, len(CURVES), 0))
for name, w in (("whole", arrays), ("short", arrays._replace(diary=arrays.diary[:-1]))):
    try:
        with np.errstate(over="ignore"):
            print(name, run_many(w, np.array([chance.word(3)], np.uint64), ages, outcomes, curves))
    except IndexError:
        print(name, "IndexError")
"""


def output(**variables: str) -> list[str]:
    """What the script prints in a process with these environment variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")} | variables
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=600, env=environment, cwd=root
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_twins_agree_with_compilation_off() -> None:
    assert output(NUMBA_DISABLE_JIT="1") == [
        "mode 1 None", "unequal [] of 16 rows True", "whole 1", "short IndexError",
    ]


def test_twins_agree_and_stay_within_their_arrays_with_bounds_checks_on(pytestconfig: pytest.Config) -> None:
    kept = Path(pytestconfig.cache.mkdir("compiled-with-bounds-checks"))
    for old in kept.glob("sellsim-*"):
        if old.name != f"sellsim-{model_digest()[:16]}":
            shutil.rmtree(old, ignore_errors=True)
    assert output(NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(kept)) == [
        "mode 0 1", "unequal [] of 16 rows True", "whole 1", "short IndexError",
    ]
