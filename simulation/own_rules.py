"""Ensembles of the readable model, with rules of your own if you like: in several processes, since Mesa is plain Python.

    class Considerate(Rep):
        ...

    ensemble("cluster", seeds=range(20), engine="mesa", model=partial(SellingModel, rep_class=Considerate))

The kernel is compiled from the rules as they stand and knows no others. Other processes import what they run, so a class that
they need stands in a file of its own, and a script that starts them has `if __name__ == "__main__":` around that.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from simulation.faults import Fault, InputError
from simulation.measures import NAMES, OUTCOMES
from simulation.parameters import Regime, Scenario
from simulation.run import OwnModel, mesa_run

Task = tuple[OwnModel | None, Scenario, Regime, int]


def mesa_ensemble(
    model: OwnModel | None, scenario: Scenario, regimes: Mapping[str, Regime], seeds: list[int], workers: int | None,
    progress: Callable[[int], None] | None,
) -> Any:
    """OUTCOMES[regimes, seeds] of the Mesa engine, whatever the number of processes."""
    tasks: list[Task] = [(model, scenario, regime, seed) for regime in regimes.values() for seed in seeds]
    workers = min(workers or os.cpu_count() or 1, len(tasks))
    outcomes = np.zeros(len(tasks), OUTCOMES)
    for i, found in enumerate(_in_turn(tasks, workers)):
        outcomes[i] = found
        if progress is not None:
            progress(1)
    return outcomes.reshape(len(regimes), len(seeds))


def _in_turn(tasks: list[Task], workers: int) -> Iterator[tuple[float, ...]]:
    """What comes of each task, in their order."""
    if workers == 1:
        yield from map(_measured, tasks)
        return
    _demand_importable(tasks[0][0])
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(_measured, tasks)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # else Ctrl-C would wait for all runs
            raise


def _measured(task: Task) -> tuple[float, ...]:
    found = mesa_run(*task).outcomes
    return tuple(found[name] for name in NAMES)


def _demand_importable(model: OwnModel | None) -> None:
    """Other processes import a class from its file, which a notebook and a function have not."""
    try:
        pickle.dumps(model)
    except (pickle.PicklingError, AttributeError, TypeError):
        at_home = True
    else:
        at_home = "__main__" in _homes(model) and not hasattr(sys.modules["__main__"], "__file__")
    if at_home:
        told = "is defined where other processes cannot import it: put it into a file of its own, or say workers=1"
        raise InputError("ensemble", [Fault("model", told)])


def _homes(model: Any) -> Iterable[str]:
    """The modules of a class and of what a `functools.partial` gives to it."""
    parts = [model, getattr(model, "func", None), *getattr(model, "args", ()), *getattr(model, "keywords", {}).values()]
    return {getattr(part, "__module__", "") for part in parts}
