"""The two engines: runs per second, time per opportunity as the firm grows, memory of a large firm."""

import subprocess
import sys
import time

import pandas as pd

from experiments.benchmarks.clock import seconds
from simulation import PRESETS, Horizon, Market, Organisation, Scenario, ensemble, simulate

SIZES = (30, 100, 300, 1000, 3000, 10000)
LEAST_RUNS = 3  # with one, a large firm shows what it takes to get memory from the system

YEAR_OF_TEN_THOUSAND = """
import resource
from experiments.benchmarks.engines import standard
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
        })
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
