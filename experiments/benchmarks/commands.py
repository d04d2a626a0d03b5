"""Commands in processes of their own: the first result of a fresh Python, small and large sweeps, a report."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from experiments.benchmarks.clock import seconds

SMALL_MAP = """
question = "How long does it take?"
[scenario.horizon]
warmup_weeks = 13
window_weeks = 26
horizon_weeks = 91
[uncertainties]
market.variety = [0.2, 0.4, 0.6, 0.8]
market.ambiguity = [0.2, 0.4, 0.6, 0.8]
[replications]
count = 30
"""
FIRST_RESULT = """
from simulation import PRESETS, Scenario, simulate
simulate(Scenario(), PRESETS["blended"], 1).outcomes
"""
WHOLE_SWEEP = """
import json, resource, sys, time
from pathlib import Path
from experiments.design.config import load_experiment
from experiments.running.runner import run_experiment
config, folder, workers = sys.argv[1:]
start = time.perf_counter()
found = run_experiment(load_experiment(config), Path(folder), workers=int(workers) or None)
print(json.dumps({
    "runs": found.made,
    "seconds": time.perf_counter() - start,
    "cpu": time.process_time(),
    "cpu besides runs": time.thread_time(),  # of the main thread, which makes no runs: it stores and infers
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
}))
"""


def start_up() -> pd.DataFrame:
    """Seconds from starting Python to the first result, with compiled code on disk and without, and to `--help`."""

    def first_result(cache: str) -> Callable[[], object]:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        return lambda: subprocess.run([sys.executable, "-c", FIRST_RESULT], check=True, env=environment)

    def show_help() -> object:
        return subprocess.run([sys.executable, "-m", "experiments.cli", "--help"], check=True, capture_output=True)

    with tempfile.TemporaryDirectory() as cache:
        cold, warm = seconds(first_result(cache), 1), seconds(first_result(cache))
    rows = [
        ("first result, nothing compiled yet", cold),
        ("first result, second start", warm),
        ("sellsim --help", seconds(show_help)),
    ]
    return pd.DataFrame(rows, columns=["task", "seconds"])


def whole_sweep(config: Path, folder: Path, workers: int = 0) -> dict[str, float]:
    """What a sweep takes in a process of its own, start of Python and imports included. workers: threads, 0 = all cores."""
    command = [sys.executable, "-c", WHOLE_SWEEP, str(config), str(folder), str(workers)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def speed_up() -> pd.DataFrame:
    """A small sweep through the whole runner with one thread and with two."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "small_map.toml"
        config.write_text(SMALL_MAP, encoding="utf-8")
        for workers in (1, 2):
            took = whole_sweep(config, Path(name) / str(workers), workers)
            rows.append({"threads": workers, "runs": took["runs"], "seconds": took["seconds"]})
    table = pd.DataFrame(rows)
    table["against one thread"] = table["seconds"][0] / table["seconds"]
    return table


def who_wins_where() -> pd.DataFrame:
    """The experiment who_wins_where at its full size, and its figures and report from stored data. Begins anew."""
    config, folder = Path("experiments/configs/who_wins_where.toml"), Path("results/who_wins_where")
    shutil.rmtree(folder / "runs", ignore_errors=True)
    took = whole_sweep(config, folder)
    command = [sys.executable, "-m", "experiments.cli", "report", str(folder)]
    drawn = seconds(lambda: subprocess.run(command, check=True, capture_output=True), 1)
    rows = [
        ("runs", took["runs"]),
        ("minutes for all", took["seconds"] / 60),
        ("runs/s", took["runs"] / took["seconds"]),
        ("share of processor time for storing and statistics", took["cpu besides runs"] / took["cpu"]),
        ("peak memory (GiB)", took["memory"]),
        ("seconds for figures and report from stored data", drawn),
    ]
    return pd.DataFrame(rows, columns=["of who_wins_where", "value"])
