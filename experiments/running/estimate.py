"""How long a run would take, and how much disk and memory, from timing a few of its runs."""

import itertools
import math
import os
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from experiments.design.experiment import Cell, Experiment
from experiments.design.layouts import interleaved
from experiments.running.plan import new_arms
from simulation.measures import NAMES

TIMED_CELLS: Final = 8
TIMED_SECONDS: Final = 0.3  # for each of them, at least one run of each regime
MOST_TIMED: Final = 1000  # runs of each regime
KEY_COLUMNS: Final = 3  # cell, regime, seed
PACKED: Final = 0.9  # bytes on disk for one in memory
STANDING_BYTES: Final = 300e6  # libraries and compiled code


class Estimate(NamedTuple):
    """What a run would need, roughly."""

    seconds: float
    workers: int
    timed_cells: int
    disk_bytes: float
    memory_bytes: float


def estimate(
    experiment: Experiment, workers: int | None = None, timer: Callable[[Cell], float] | None = None
) -> Estimate:
    """What the runs that differ would need (with a precision: to begin with); takes a few seconds.

    workers: threads (default: all cores), taken to work side by side. timer: cell -> seconds of a run on one of them.
    """
    workers = workers or os.cpu_count() or 1
    arms = new_arms(experiment.cells)
    seconds, timed = 0.0, 0
    for group in _groups(experiment.cells):
        seconds += (timer or seconds_per_run)(group[len(group) // 2]) * sum(arms[cell.number] for cell in group)
        timed += 1
    rows = sum(arms) * experiment.count
    return Estimate(
        seconds * experiment.count / workers,
        workers,
        timed,
        rows * (KEY_COLUMNS + len(NAMES)) * 8 * PACKED,
        STANDING_BYTES + experiment.n_runs * (KEY_COLUMNS + len(experiment.outcomes)) * 8,
    )


def estimate_text(found: Estimate) -> str:
    """The same in words."""
    n = found.timed_cells
    return "\n".join([
        f"Time: about {_duration(found.seconds)} on {found.workers} core{'s'[: found.workers != 1]} "
        f"with nothing else to do (runs in {n} cell{'s'[: n != 1]} were timed)",
        f"Disk: about {_size(found.disk_bytes)} for the runs",
        f"Memory: about {_size(found.memory_bytes)}",
    ])


def seconds_per_run(cell: Cell) -> float:
    """Processor seconds of a run, mean over the cell's regimes; what else the machine does is left out."""
    from simulation.run import ensemble

    def spent(n: int) -> float:
        start = time.process_time()
        ensemble(cell.scenario, cell.regimes, range(n), workers=1)
        return max(time.process_time() - start, 1e-6)  # some systems count in steps of milliseconds

    spent(1)  # compiled code is loaded here
    one = spent(1)
    n = min(math.ceil(TIMED_SECONDS / one), MOST_TIMED)
    return (spent(n) / n if n > 1 else one) / len(cell.regimes)


def _groups(cells: Sequence[Cell]) -> list[list[Cell]]:
    """The cells in a few groups of about equal work, each group in an order of which the middle is as good as any."""
    ordered = sorted(interleaved(cells), key=_work)
    edges = np.linspace(0, len(ordered), min(TIMED_CELLS, len(ordered)) + 1).astype(int)
    return [ordered[low:high] for low, high in itertools.pairwise(edges)]


def _work(cell: Cell) -> float:
    """Opportunities in a run, to which its time is about proportional."""
    market, organisation, horizon = (values for _, values in cell.scenario)
    return float(market.opportunities_per_rep_week * organisation.reps * horizon.horizon_weeks)


def _duration(seconds: float) -> str:
    for unit, size in (("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 1.5 * size:
            return f"{_rounded(seconds / size)} {unit}"
    return f"{_rounded(max(seconds, 1.0))} s"


def _size(size: float) -> str:
    for unit, one in (("GB", 1e9), ("MB", 1e6)):
        if size >= one:
            return f"{_rounded(size / one)} {unit}"
    return f"{_rounded(max(size, 1e3) / 1e3)} kB"


def _rounded(x: float) -> str:
    """Two digits: more would promise too much."""
    return f"{float(f'{x:.2g}'):,g}"
