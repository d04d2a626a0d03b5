"""Whole runs of random scenarios in both engines: the same bytes, or where they part and how to see it again."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.twins import lockstep
from experiments.twins.lockstep import END_OF_RUN, Found
from experiments.twins.random_inputs import as_toml, drawn
from simulation import Run, simulate
from simulation.measures import NAMES


class Comparison(NamedTuple):
    """One scenario in both engines; the columns of the table of `compare_twins`."""

    number: int  # of the scenario, see `random_inputs.drawn`
    reps: int
    ticks: int
    rows: int  # of the kernel's event log
    equal: bool  # log, weekly record and measures, byte for byte
    tick: int = -1  # where not: the first difference
    phase: str = ""
    agent: str = ""
    field: str = ""
    kernel: str = ""
    mesa: str = ""
    replay: str = ""  # scenario, regime and seed as TOML


def compare_twins(
    n: int, first_seed: int = 0, progress: Callable[[int], None] | None = None, workers: int | None = None,
    size: float = 1.0,
) -> pd.DataFrame:
    """A row per random scenario, numbers `first_seed` to `first_seed + n - 1`; columns in `Comparison`.

    progress: called with the number of scenarios just done. workers: processes (default: one per core), 1 for this one
    alone; rows do not depend on it. size: see `random_inputs.drawn`. Raises RuntimeError with the scenario to replay where an
    engine breaks down.
    """
    numbers, compare = range(first_seed, first_seed + n), partial(compare_drawn, size=size)
    if workers == 1:
        return _table(map(compare, numbers), progress)
    # Started afresh: a copy of this process would share its threads' locks.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        return _table(pool.map(compare, numbers, chunksize=4), progress)


def _table(rows: Any, progress: Callable[[int], None] | None) -> pd.DataFrame:
    done = []
    for row in rows:
        done.append(row)
        if progress is not None:
            progress(1)
    return pd.DataFrame(done, columns=list(Comparison._fields))


def compare_drawn(number: int, size: float = 1.0) -> Comparison:
    """Both engines on random scenario `number`."""
    scenario, regime, seed = drawn(number, size)
    replay = as_toml(scenario, regime, seed)
    try:
        kernel, mesa = (simulate(scenario, regime, seed, engine) for engine in ("kernel", "mesa"))
        found = difference(kernel, mesa, partial(lockstep.locate, scenario, regime, seed))
    except Exception as error:
        raise RuntimeError(f"an engine broke down in random scenario {number}; to replay:\n{replay}") from error
    about = Comparison(number, kernel.settings.reps, kernel.settings.n_ticks, len(kernel.record.log), found is None)
    if found is None:
        return about
    return about._replace(**found._asdict() | {"kernel": str(found.kernel), "mesa": str(found.mesa), "replay": replay})


def difference(kernel: Run, mesa: Run, locate: Callable[[], Found | None]) -> Found | None:
    """The first difference between two runs, None if all bytes are equal. locate: looks for it in the engines' state."""
    end = kernel.settings.n_ticks
    if any(a.tobytes() != b.tobytes() for a, b in zip(kernel.record, mesa.record, strict=True)):
        return locate() or Found(end, END_OF_RUN, "record", "bytes", "not found again", "phase by phase")
    for name in NAMES:
        a, b = kernel.outcomes[name], mesa.outcomes[name]
        if np.float64(a).tobytes() != np.float64(b).tobytes():
            return Found(end, END_OF_RUN, "measures", name, a, b)
    return None
