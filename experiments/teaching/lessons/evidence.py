"""Whether a lesson's text is true of the model: its ensembles are run, and what it expects is put to the test.

For those who write lessons: python -m experiments.teaching.lessons.evidence [FOLDER]
"""

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import stats

from experiments.inference.means import mean_interval
from experiments.teaching.lessons.lesson import FOLDER, Expectation, Lesson, inputs, load_lessons
from simulation.loading import InputError
from simulation.run import ensemble

WORLDS: Final = 120  # enough for whatever can be seen by eye in a chart
DOUBT: Final = 1e-4  # probability with which something that is not so would be taken for shown


class Evidence(NamedTuple):
    """What came out for one expectation."""

    lesson: str
    trial: int  # 0 = the lesson itself, else the number of the thing to try
    expectation: Expectation
    mean: float  # in units of the measure
    t: float  # how many standard errors it lies on the expected side of the threshold
    needed: float  # as many as chance alone would exceed with probability DOUBT

    @property
    def holds(self) -> bool:
        """Whether what the lesson expects is beyond doubt."""
        return self.t > self.needed


def evidence(lesson: Lesson, worlds: int = WORLDS) -> Iterator[Evidence]:
    """What comes out for each expectation of a lesson and of its things to try.

    A one-sided t test, paired by seed where two regimes are compared, on the lesson's first `worlds` worlds (at least 2).
    """
    for trial, (state, expect) in enumerate([(lesson.state, lesson.expect), *((t.state, t.expect) for t in lesson.trials)]):
        if expect:
            runs = _runs(state, {name for e in expect for name in (e.regime, e.minus)}, worlds)
            yield from (_evidence(lesson.id, trial, expectation, runs) for expectation in expect)


def _runs(state: Mapping[str, Any], regimes: Collection[str], worlds: int) -> dict[str, Any]:
    """The measures of each regime asked for, in order of the seeds."""
    scenario, all_regimes = inputs(state)
    seeds = range(state["seed"], state["seed"] + worlds)
    table = ensemble(scenario, {name: regime for name, regime in all_regimes.items() if name in regimes}, seeds)
    return {name: table[table["regime"] == name] for name in regimes if name}


def _evidence(lesson: str, trial: int, expectation: Expectation, runs: Mapping[str, Any]) -> Evidence:
    measure, regime, minus, threshold, above = expectation
    values = runs[regime][measure].to_numpy()
    if minus:
        values = values - runs[minus][measure].to_numpy()
    band = mean_interval(values)
    n, mean, sd = int(band.n), float(band.mean), float(band.sd)
    beyond = (mean - threshold) * (1 if above else -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = float(np.float64(beyond) / (sd / np.sqrt(n)))  # without spread: infinite, or NaN on the threshold itself
    return Evidence(lesson, trial, expectation, mean, t, float(stats.t.isf(DOUBT, n - 1)))


def _line(found: Evidence) -> str:
    measure, regime, minus, threshold, above = found.expectation
    place = f"{found.lesson}, try {found.trial}" if found.trial else found.lesson
    effect = f"{measure} of {regime}" + f" minus {minus}" * bool(minus)
    return (
        f"{'holds    ' if found.holds else 'NOT SHOWN'}  {place}: {effect} is {found.mean:.4g}, "
        f"{found.t:.1f} standard errors {'above' if above else 'below'} {threshold:g} ({found.needed:.1f} needed)"
    )


def main(arguments: list[str]) -> int:
    """Print the evidence for all lessons of a folder; 1 if anything is not shown, 2 if the lessons have faults."""
    try:
        lessons = load_lessons(Path(arguments[0]) if arguments else FOLDER)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    found = [item for lesson in lessons for item in evidence(lesson)]
    for item in found:
        print(_line(item))
    return 0 if all(item.holds for item in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
