"""Ensembles for the page: computed in slices, so that many pupils take turns and stale work stops.

Runs hang on nothing but scenario, regime and seed. So what one request has computed serves the next: a slider of one regime
leaves the others' runs as they were, and the large ensemble after a small one needs the further worlds only.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.inference import Interval, mean_interval
from experiments.inference.winners import BETTER
from experiments.teaching.states import MODEL, State, matters_per_run
from experiments.wording.regimes import looks
from simulation import __version__
from simulation.measures import CURVES, DAY, NAMES
from simulation.parameters import Regime, Scenario
from simulation.run import ensemble_with_curves

AGES: Final = np.array([0, 1, 2, *range(4, 40, 4), *range(40, 240, 8), *range(240, 481, 20)])
"""Ages of the curves, business hours since opening: finer at first, sixty business days in all."""
SHOWN_CURVES: Final = {"acted": "acted", "gone": "gone_before_action"}
SPLIT: Final = {
    "won": "won_share",
    "lost": "lost_share",
    "no_action": "no_action_share",
    "went_quiet": "went_quiet_share",
    "still_open": "still_open_share",
}
SLICE: Final = 1_500_000  # matters to simulate without a pause, where nobody else waits: a quarter of a second on two cores
KEPT: Final = 96  # runs of so many regimes are kept, some 50 MB at the most

Values = NDArray[np.float64]


class Stale(Exception):
    """The work is no longer wanted."""


class Runs(NamedTuple):
    """The runs of one regime in worlds 0, 1, ... measures: float64[worlds, NAMES]; curves: float64[worlds, CURVES, AGES]."""

    measures: Values
    curves: Values


NO_RUNS: Final = Runs(np.zeros((0, len(NAMES))), np.zeros((0, len(CURVES), len(AGES))))


class Shelf:
    """Runs already made, by scenario, regime and first seed; what was not asked for lately is given up."""

    def __init__(self, kept: int = KEPT) -> None:
        self._runs: OrderedDict[tuple[Scenario, Regime, int], Runs] = OrderedDict()
        self._kept, self._lock = kept, Lock()

    def find(self, scenario: Scenario, regime: Regime, seed: int) -> Runs:
        """The runs there are, NO_RUNS if none."""
        with self._lock:
            key = scenario, regime, seed
            if key in self._runs:
                self._runs.move_to_end(key)
            return self._runs.get(key, NO_RUNS)

    def keep(self, scenario: Scenario, regime: Regime, seed: int, runs: Runs) -> None:
        """Put runs in the place of the fewer there were."""
        with self._lock:
            key = scenario, regime, seed
            if len(runs.measures) >= len(self._runs.get(key, NO_RUNS).measures):
                self._runs[key] = runs
            self._runs.move_to_end(key)
            while len(self._runs) > self._kept:
                self._runs.popitem(last=False)


class Ensemble:
    """What one request asks for, and how much of it there is."""

    def __init__(self, state: State, worlds: int, shelf: Shelf) -> None:
        self.state, self.worlds = state, worlds
        self._shelf = shelf
        self._matters = matters_per_run(state.scenario)
        self._runs = dict.fromkeys(state.regimes, NO_RUNS)
        self.look()

    @property
    def done(self) -> int:
        """Worlds in which every regime has been run, of those asked for."""
        return min(self.worlds, *(len(runs.measures) for runs in self._runs.values()))

    @property
    def complete(self) -> bool:
        """Whether all worlds are done."""
        return self.done == self.worlds

    @property
    def key(self) -> tuple[Any, ...]:
        """What decides the runs: equal keys, equal runs."""
        return self.state.scenario, tuple(self.state.regimes.values()), self.state.seed

    def look(self) -> None:
        """Take from the shelf what others have run meanwhile: a class that looks at one lesson asks for the same thing."""
        for name, regime in self.state.regimes.items():
            found = self._shelf.find(self.state.scenario, regime, self.state.seed)
            self._runs[name] = max(found, self._runs[name], key=lambda runs: len(runs.measures))

    def advance(self, most_matters: float, wanted: Callable[[], bool], workers: int | None = None) -> float:
        """Run some more worlds, under the regimes that lag behind: one slice, a world at least. workers: threads (all cores).

        Returns how many matters that was. Raises Stale once it is not `wanted`.
        """
        self.look()
        if self.complete:
            return 0.0
        start = self.done
        counts = {name: len(runs.measures) for name, runs in self._runs.items()}
        lagging = {name: self.state.regimes[name] for name, count in counts.items() if count == start}
        others = [count for count in counts.values() if count > start]
        size = max(1, int(most_matters / (self._matters * len(lagging))))
        end = min(start + size, self.worlds, *others)
        first = self.state.seed
        measures, curves = _run(self.state.scenario, lagging, range(first + start, first + end), wanted, workers)
        for i, (name, regime) in enumerate(lagging.items()):
            before = self._runs[name]
            runs = Runs(np.concatenate([before.measures, measures[i]]), np.concatenate([before.curves, curves[i]]))
            self._runs[name] = runs
            self._shelf.keep(self.state.scenario, regime, first, runs)
        return self._matters * len(lagging) * (end - start)

    def answer(self, seconds: float) -> dict[str, Any]:
        """What the page shows, of the worlds that are done; plain data for JSON."""
        n = self.done
        measures = np.stack([runs.measures[:n] for runs in self._runs.values()])
        curves = np.stack([runs.curves[:n] for runs in self._runs.values()])
        names = list(self._runs)
        return {
            "version": __version__,
            "model": MODEL,
            "worlds": n,
            "complete": self.complete,
            "seed": self.state.seed,
            "seconds": round(seconds, 3),
            "baseline": self.state.baseline,
            "looks": {name: look._asdict() for name, look in looks(names).items()},
            "ages_days": (AGES / DAY).tolist(),
            "curves": _curves(names, curves),
            "measures": _measures(names, np.moveaxis(measures, -1, 0)),
            "split": _split(names, measures),
        }


def compute(state: State, worlds: int, shelf: Shelf | None = None) -> dict[str, Any]:
    """The whole answer at once, for those who can wait."""
    begun = time.perf_counter()
    work = Ensemble(state, worlds, shelf or Shelf())
    while not work.complete:
        work.advance(SLICE, lambda: True)
    return work.answer(time.perf_counter() - begun)


def _run(
    scenario: Scenario, regimes: Mapping[str, Regime], seeds: range, wanted: Callable[[], bool], workers: int | None
) -> tuple[Values, Values]:
    """Measures float64[regimes, seeds, NAMES] and curves float64[regimes, seeds, CURVES, AGES]."""

    def look(_: int) -> None:
        if not wanted():
            raise Stale

    table, curves = ensemble_with_curves(scenario, regimes, seeds, AGES, workers=workers, progress=look)
    return table[list(NAMES)].to_numpy(np.float64).reshape(len(regimes), len(seeds), -1), curves


def _curves(names: Sequence[str], curves: Values) -> dict[str, Any]:
    """Mean incidence and the 95 % interval of the mean, by regime and curve; four digits are finer than a screen."""
    band = mean_interval(np.moveaxis(curves, 1, -1))
    parts = {part: np.round(np.clip(getattr(band, part), 0.0, 1.0), 4) for part in ("mean", "low", "high")}
    return {
        name: {
            shown: {part: _numbers(values[i, CURVES.index(curve)]) for part, values in parts.items()}
            for shown, curve in SHOWN_CURVES.items()
        }
        for i, name in enumerate(names)
    }


def _measures(names: Sequence[str], values: Values) -> dict[str, Any]:
    """By measure and regime: mean with its 95 % interval, difference from the baseline, worlds won.

    values: float64[NAMES, regimes, worlds].
    """
    means, differences = mean_interval(values), mean_interval(values - values[:, :1])
    alone, shared = worlds_won(values, np.array(list(BETTER.values())))
    return {
        measure: {
            name: {
                **_interval(means, m, r),
                "n": int(means.n[m, r]),
                "difference": _interval(differences, m, r) if r else None,
                "worlds_won": int(alone[m, r]) if BETTER[measure] else None,
                "worlds_shared": int(shared[m, r]) if BETTER[measure] else None,
            }
            for r, name in enumerate(names)
        }
        for m, measure in enumerate(NAMES)
    }


def worlds_won(values: Values, better: Any) -> tuple[Any, Any]:
    """int[measures, regimes]: in how many worlds a regime alone is best, and in how many it is best together with others."""
    scores = np.where(np.isfinite(values), values * better[:, None, None], -np.inf)
    top = scores.max(axis=1, keepdims=True)
    best = (scores == top) & np.isfinite(top)
    alone = best & (best.sum(axis=1, keepdims=True) == 1)
    return alone.sum(axis=-1), (best & ~alone).sum(axis=-1)


def _split(names: Sequence[str], measures: Values) -> dict[str, Any]:
    """What became of the opportunities: mean shares by regime, which add up to 1."""
    means = {part: mean_interval(measures[:, :, NAMES.index(name)]).mean for part, name in SPLIT.items()}
    return {name: {part: number(mean[i]) for part, mean in means.items()} for i, name in enumerate(names)}


def _interval(band: Interval, measure: int, regime: int) -> dict[str, float | None]:
    return {part: number(getattr(band, part)[measure, regime]) for part in ("mean", "low", "high")}


def _numbers(values: Values) -> list[float | None]:
    return [number(value) for value in values.tolist()]


def number(value: float) -> float | None:
    """A number for JSON, which has no NaN: None where there is none."""
    return float(value) if math.isfinite(value) else None
