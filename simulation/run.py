"""Running the model: one run with its whole record, or an ensemble with a row of measures per run."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from threading import Event, local
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from simulation import calendar, chance, structure
from simulation.cases import CASES, case_table, read_cases
from simulation.faults import Fault, InputError
from simulation.inputs import Given, scenario_and_regime, scenario_and_regimes, seed_of, seeds_of
from simulation.measures import CURVES, NAMES, OUTCOMES, measure
from simulation.parameters import Regime, Scenario
from simulation.presets import PRESETS
from simulation.record import Record, log_table, weekly_table
from simulation.settings import BEYOND_ALL_HOURS, Settings, flatten

if TYPE_CHECKING:
    from simulation.model import SellingModel

BATCH = 8  # runs between two signs of life
NO_AGES = np.zeros(0, np.int64)
"""Ages for those who want no curves."""


@dataclass(frozen=True)
class Run:
    """One run of the model and everything that can be read off its record."""

    settings: Settings
    record: Record
    measured: Any = None  # one OUTCOMES row if the kernel has measured already; the same numbers, without the wait

    @cached_property
    def log(self) -> pd.DataFrame:
        """The event log, one row per activity; columns in `simulation.record`."""
        return log_table(self.record.log, self.settings)

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """The state of the firm at the end of each week; columns in `simulation.record.WEEKLY`."""
        return weekly_table(self.record.weekly)

    @cached_property
    def cases(self) -> pd.DataFrame:
        """One row per opportunity; columns in `simulation.cases.CASES`."""
        return case_table(self._cases)

    @cached_property
    def outcomes(self) -> dict[str, float]:
        """Every measure by name; meanings and units in `simulation.measures.MEASURES`."""
        if self.measured is not None:
            return {name: float(self.measured[name]) for name in NAMES}
        out = np.zeros(1, OUTCOMES).view(np.recarray)
        log, weekly = self.record
        no_curves = np.zeros((len(CURVES), 0))
        measure(log.view(np.recarray), len(log), weekly.view(np.recarray), self._cases, self.settings, NO_AGES, out[0], no_curves)
        return {name: float(out[0][name]) for name in NAMES}

    def __repr__(self) -> str:
        """What it is, in a few lines; the record has thousands."""
        s, found = self.settings, self.outcomes
        weeks = s.n_ticks // calendar.HOURS_PER_WEEK
        return (
            f"Run of {s.reps} reps over {weeks} weeks, {len(self.record.log)} events\n"
            f"opened in the measured window: {found['opened']:g}, of which won: {found['won']:g}\n"
            "more: .outcomes, .cases, .weekly, .log"
        )

    @cached_property
    def _cases(self) -> Any:
        log = self.record.log
        cases = np.zeros(int(log["case"].max(initial=-1)) + 1, CASES).view(np.recarray)
        read_cases(log.view(np.recarray), len(log), self.settings, cases)
        return cases


Engine = Literal["kernel", "mesa"]
OwnModel = Callable[[Scenario, Regime, int], "SellingModel"]
"""A class that extends `SellingModel`, or `functools.partial(SellingModel, rep_class=...)`."""


def simulate(
    scenario: Given = None, regime: Given = None, seed: int = 0, engine: Engine = "kernel", model: OwnModel | None = None
) -> Run:
    """One run. Both engines give the same record, byte for byte; "kernel" is the fast one, "mesa" the one to read.

    scenario: default the reference firm. regime: a Regime, or a preset by its name; default "blended". Types tell the two
    apart, so `simulate("strict")` will do. seed: the same seed gives the same customers under every regime. model: a model with
    rules of your own, which runs on the Mesa engine alone. Raises InputError.
    """
    the_scenario, the_regime = scenario_and_regime("simulate", scenario, regime)
    seed = seed_of("simulate", seed)
    if _on_mesa("simulate", engine, model):
        return mesa_run(model, the_scenario, the_regime, seed)
    settings = flatten(the_scenario, the_regime)
    return Run(settings, *_Runner(settings, NO_AGES).record(seed))


def ensemble(
    scenario: Given = None,
    regimes: Given | Mapping[str, Regime] | Mapping[str, str] | Iterable[str] = None,
    seeds: Iterable[int] = range(100),
    *,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
    engine: Engine = "kernel",
    model: OwnModel | None = None,
) -> pd.DataFrame:
    """Runs of every regime with every seed: a DataFrame with columns regime, seed and one per measure.

    regimes: by name, or names of presets; default all presets. Rows are ordered by regime, then seed, and do not depend on
    `workers` (default: all cores). `progress` is called with the number of runs just done, from the threads that do them.
    engine="mesa" is slower by about a thousand times; it runs in `workers` processes, and is what a `model` with rules of your
    own needs (`simulation.own_rules`). Raises InputError.
    """
    the_scenario, by_name = scenario_and_regimes("ensemble", scenario, regimes)
    seeds = seeds_of("ensemble", seeds)
    if _on_mesa("ensemble", engine, model):
        from simulation.own_rules import mesa_ensemble  # as for Mesa below

        return table_of(by_name, seeds, mesa_ensemble(model, the_scenario, by_name, seeds, workers, progress))
    return ensemble_with_curves(the_scenario, by_name, seeds, NO_AGES, workers=workers, progress=progress)[0]


def mesa_run(model: OwnModel | None, scenario: Scenario, regime: Regime, seed: int) -> Run:
    """One run of the readable model, or of one with own rules."""
    from simulation.model import SellingModel  # Mesa takes a second to import and is not needed otherwise

    made = (model or SellingModel)(scenario, regime, seed)
    return Run(made.settings, made.run_to_horizon())


def _on_mesa(source: str, engine: str, model: object) -> bool:
    """Whether the Mesa engine is asked for."""
    if engine not in ("kernel", "mesa"):
        raise InputError(source, [Fault("engine", f"must be 'kernel' or 'mesa', not {engine!r}")])
    if model is not None and engine == "kernel":
        raise InputError(source, [Fault("engine", "must be 'mesa': rules of your own run on the Mesa engine, not on the kernel")])
    return engine == "mesa"


def ensemble_with_curves(
    scenario: Scenario,
    regimes: Mapping[str, Regime] | None,
    seeds: Iterable[int],
    ages: Any,
    *,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[pd.DataFrame, Any]:
    """The same, with each run's cumulative incidences at `ages` (int64[a], business hours since opening).

    Curves: float64[regimes, seeds, len(CURVES), a], NaN at ages beyond the horizon.
    """
    regimes = PRESETS if regimes is None else regimes
    seeds = list(seeds)
    roots = np.array([chance.word(seed) for seed in seeds], np.uint64)
    ages = np.asarray(ages, np.int64)
    outcomes = np.zeros((len(regimes), len(seeds)), OUTCOMES).view(np.recarray)
    curves = np.full((len(regimes), len(seeds), len(CURVES), len(ages)), np.nan)
    all_settings = [flatten(scenario, regime) for regime in regimes.values()]

    stop, kept = Event(), local()

    def do(i: int, part: range) -> None:
        runner = kept.runner = _Runner(all_settings[i], ages, getattr(kept, "runner", None))
        for start in range(part.start, part.stop, BATCH):
            if stop.is_set():
                return
            batch = slice(start, min(start + BATCH, part.stop))
            runner.fill(roots[batch], outcomes[i, batch], curves[i, batch])
            if progress is not None:
                progress(batch.stop - batch.start)

    workers = workers or os.cpu_count() or 1
    size = max(BATCH, -(-len(seeds) // (4 * workers)))
    parts = [
        (i, range(start, min(start + size, len(seeds))))
        for start in range(0, len(seeds), size)
        for i in range(len(regimes))
    ]
    with ThreadPoolExecutor(workers) as pool:
        try:
            for done in as_completed([pool.submit(do, *part) for part in parts]):
                done.result()
        except BaseException:
            stop.set()  # else Ctrl-C would wait for all runs
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return table_of(regimes, seeds, outcomes), curves


def batch(scenario: Scenario, regime: Regime, seeds: Iterable[int], ages: Any = NO_AGES) -> tuple[Any, Any]:
    """Measures and curves of one regime with a few seeds, in this thread; other threads run beside it.

    Gives OUTCOMES[n] and float64[n, len(CURVES), len(ages)]. The arrays of a run stay with the thread for its next batch.
    """
    roots = np.array([chance.word(seed) for seed in seeds], np.uint64)
    ages = np.asarray(ages, np.int64)
    outcomes = np.zeros(len(roots), OUTCOMES).view(np.recarray)
    curves = np.full((len(roots), len(CURVES), len(ages)), np.nan)
    runner = _kept.runner = _Runner(flatten(scenario, regime), ages, getattr(_kept, "runner", None))
    runner.fill(roots, outcomes, curves)
    return outcomes, curves


_kept = local()  # each thread's last runner


def table_of(regimes: Iterable[str], seeds: list[int], outcomes: Any) -> pd.DataFrame:
    """Measures as a table. outcomes: OUTCOMES[regimes, seeds]."""
    named = list(regimes)
    names = pd.Categorical(np.repeat(named, len(seeds)), categories=named)
    columns: dict[str, Any] = {"regime": names, "seed": seeds * len(named)}
    columns |= {name: outcomes[name].ravel() for name in NAMES}
    return pd.DataFrame(columns)


class _Runner:
    """The compiled engine with arrays that grow until a run fits."""

    def __init__(self, settings: Settings, ages: Any, earlier: "_Runner | None" = None) -> None:
        """With an earlier runner, its arrays are taken over where they fit."""
        from simulation.kernel import arrays, ensemble  # compiles, or loads compiled code, on first use

        self._settings, self._ages = settings, ages
        self._arrays: Any
        self._allocate, self._run_many = arrays.allocate, ensemble.run_many
        self._capacity, self._rows = _expected_size(settings)
        if earlier is not None and self._fits_into(earlier):
            self._capacity, self._rows = earlier._capacity, earlier._rows
            self._arrays = earlier._arrays._replace(settings=arrays.records(1, arrays.SETTINGS))
            for name in Settings._fields:
                self._arrays.settings[0][name] = getattr(settings, name)
        else:
            self._arrays = self._new_arrays()

    def _fits_into(self, earlier: "_Runner") -> bool:
        """Whether the earlier arrays are as long as these settings need, and no longer where the length has a meaning."""
        new, old = self._settings, earlier._settings
        return (
            _shape(new) == _shape(old)
            and self._capacity <= earlier._capacity
            and self._rows <= earlier._rows
        )

    def _new_arrays(self) -> Any:
        s = self._settings
        return self._allocate(s, _managers(s), self._capacity, self._rows)

    def fill(self, roots: Any, outcomes: Any, curves: Any) -> None:
        """Run every root; a run that does not fit is repeated in larger arrays, with the same result."""
        done = 0
        with np.errstate(over="ignore"):
            while done < len(roots):
                done += self._run_many(self._arrays, roots[done:], self._ages, outcomes[done:], curves[done:])
                if done < len(roots):
                    self._capacity, self._rows = 2 * self._capacity, 2 * self._rows
                    self._arrays = self._new_arrays()

    def record(self, seed: int) -> tuple[Record, Any]:
        """The whole record of one run, and its measures as a row of OUTCOMES."""
        roots = np.array([chance.word(seed)], np.uint64)
        outcomes = np.zeros(1, OUTCOMES).view(np.recarray)
        self.fill(roots, outcomes, np.zeros((1, len(CURVES), len(self._ages))))
        n = int(self._arrays.firm[0].n_rows)
        return Record(np.array(self._arrays.log[:n]), self._arrays.weekly.copy()), outcomes[0]


def _shape(s: Settings) -> tuple[int, ...]:
    """What the lengths of arrays hang on, where they have a meaning."""
    return s.reps, _managers(s), s.n_ticks, s.issues, s.n_blocks, s.peers_asked, s.cluster_size, s.most_readings


def _managers(s: Settings) -> int:
    return structure.managers_of(s.reps, s.span, s.least_levels)


def _expected_size(s: Settings) -> tuple[int, int]:
    """Cases and log rows that a run will hardly exceed."""
    arrivals = s.reps * s.arrivals_per_hour * s.n_ticks
    selling = s.n_ticks * s.selling_minutes_per_day / calendar.MINUTES_PER_DAY
    spells = 0.0 if s.prospecting_hours >= BEYOND_ALL_HOURS else s.reps * selling / s.prospecting_hours
    cases = arrivals + spells * s.prospect_conversion
    cases += 6 * np.sqrt(cases) + 50
    rows = 10 * cases + spells + s.reps * (s.turnover_per_hour * s.n_ticks + 10) + s.n_ticks / calendar.HOURS_PER_WEEK + 500
    return int(cases), int(rows)
