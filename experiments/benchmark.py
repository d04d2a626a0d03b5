"""Speed and memory: `python -m experiments.benchmark` prints figures and writes them to results/benchmarks/.

Compare figures within one report only: machines differ, and a shared one differs from minute to minute.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from rich.console import Console

from simulation import PRESETS, Horizon, Market, Organisation, Scenario, ensemble, simulate
from simulation.compiled import model_digest

FOLDER = Path("results/benchmarks")
SIZES = (30, 100, 300, 1000, 3000, 10000)
REPEATS = 3
LEAST_RUNS = 3  # with one, a large firm shows what it takes to get memory from the system

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
from experiments.config import load_experiment
from experiments.runner import run_experiment
config, folder, workers = sys.argv[1:]
start = time.perf_counter()
found = run_experiment(load_experiment(config), Path(folder), workers=int(workers) or None, figures=False)
print(json.dumps({
    "runs": found.made,
    "seconds": time.perf_counter() - start,
    "cpu": time.process_time(),
    "cpu besides runs": time.thread_time(),  # of the main thread, which makes no runs: it stores and infers
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
}))
"""
YEAR_OF_TEN_THOUSAND = """
import resource
from experiments.benchmark import standard
from simulation import PRESETS, simulate
run = simulate(standard(10000), PRESETS["{regime}"], 1)
print(run.outcomes["opened"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2)
"""


def standard(reps: int) -> Scenario:
    """The standard task: a year (2,080 ticks) with 1.6 opportunities per rep and week, and prospecting on top."""
    return Scenario(
        market=Market(opportunities_per_rep_week=1.6),
        organisation=Organisation(reps=reps),
        horizon=Horizon(warmup_weeks=0, window_weeks=52, horizon_weeks=52),
    )


def seconds(
    task: Callable[[], object], repeats: int = REPEATS, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The shortest of some repeats."""
    times = []
    for _ in range(repeats):
        start = clock()
        task()
        times.append(clock() - start)
    return min(times)


def throughput() -> pd.DataFrame:
    """Runs per second of the ensemble on all cores and on one, and of the Mesa engine, per preset."""
    scenario, rows = standard(30), []
    for name, regime in PRESETS.items():
        one = {name: regime}
        ensemble(scenario, one, range(4))
        rows.append({
            "regime": name,
            "ensemble, all cores (runs/s)": 400 / seconds(lambda one=one: ensemble(scenario, one, range(400))),  # type: ignore[misc]
            "ensemble, one core (runs/s)": 200 / seconds(lambda one=one: ensemble(scenario, one, range(200), workers=1)),  # type: ignore[misc]
            "Mesa (runs/s)": 1 / seconds(lambda regime=regime: simulate(scenario, regime, 1, "mesa"), 1),  # type: ignore[misc]
        })  # fmt: skip
    table = pd.DataFrame(rows)
    table["ensemble / Mesa"] = table["ensemble, all cores (runs/s)"] / table["Mesa (runs/s)"]
    return table


def cost_by_size() -> pd.DataFrame:
    """Processor time per opportunity as the firm grows, one core, mean over the presets."""
    rows = []
    for reps in SIZES:
        runs = max(LEAST_RUNS, 3000 // reps)
        scenario = standard(reps)
        opened, spent = 0.0, 0.0
        for name, regime in PRESETS.items():
            one = {name: regime}
            opened += ensemble(scenario, one, range(runs), workers=1)["opened"].sum()
            spent += seconds(
                lambda scenario=scenario, one=one, runs=runs: ensemble(scenario, one, range(runs), workers=1),  # type: ignore[misc]
                clock=time.process_time,
            )
        rows.append({"reps": reps, "runs": runs, "opportunities": opened, "microseconds per opportunity": 1e6 * spent / opened})
    table = pd.DataFrame(rows)
    table["against 30 reps"] = table["microseconds per opportunity"] / table["microseconds per opportunity"][0]
    return table


def memory() -> pd.DataFrame:
    """Peak memory of a process that simulates 10,000 reps for a year."""
    rows = []
    for name in PRESETS:
        program = YEAR_OF_TEN_THOUSAND.format(regime=name)
        printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        opened, gigabytes = (float(word) for word in printed.split())
        rows.append({"regime": name, "opportunities": opened, "peak memory (GiB)": gigabytes})
    return pd.DataFrame(rows)


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


def market_map() -> pd.DataFrame:
    """The experiment market_map at its full size, and its figures and report from stored data. Begins anew."""
    config, folder = Path("experiments/configs/market_map.toml"), Path("results/market_map")
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
    return pd.DataFrame(rows, columns=["of market_map", "value"])


def lab() -> pd.DataFrame:
    """How long the teaching lab takes to answer, alone and with a class."""
    from experiments.teaching.latency import lab_latency

    return lab_latency()


SECTIONS = {
    "throughput": (throughput, "30 reps, 52 weeks, 1.6 opportunities per rep and week; simulation and all measures"),
    "cost_by_size": (cost_by_size, "one core, mean over the four presets"),
    "memory": (memory, "10,000 reps, 52 weeks, with the whole event log and all measures"),
    "start_up": (start_up, "seconds from starting Python"),
    "speed_up": (speed_up, "a sweep of 16 cells, 4 presets and 30 runs each through the whole runner, start of Python included"),
    "market_map": (market_map, "270,000 runs; all cores"),
    "lab": (lab, "the teaching lab, reference firm, four regimes: from sending a request to having the answer"),
}  # fmt: skip
LONG = ("market_map",)  # only when named


def main() -> None:
    """Run all sections but the long ones, or those named on the command line."""
    console = Console()
    chosen = sys.argv[1:] or [name for name in SECTIONS if name not in LONG]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        task, meaning = SECTIONS[name]
        with console.status(f"measuring {name} ..."):
            table = task()
        table.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.4g")
        console.print(f"\n[bold]{name}[/bold]: {meaning}")
        console.print(table.to_string(index=False, float_format="%.4g"))
    python, digest = platform.python_version(), model_digest()[:12]
    about = f"Python {python}, {os.cpu_count()} cores, {platform.machine()}, model {digest}\n"
    (FOLDER / "machine.txt").write_text(about, encoding="utf-8")


if __name__ == "__main__":
    main()
