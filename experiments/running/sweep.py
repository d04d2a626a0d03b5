"""All runs of an experiment: which are missing, in which order they are made, when there are enough, and reading them.

Pieces are taken block of seeds by block of seeds, within a block over all cells, so a half-finished sweep is a balanced
coarse one. Two cells may share an arm (a factor of one regime leaves the others as they are): it is run once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.design.experiment import Cell, Experiment, Precision
from experiments.inference import mean_interval
from experiments.running import crews
from experiments.running.crews import Arm, Crew, Done, Piece
from experiments.running.failures import Failures
from experiments.running.progress import Silent
from experiments.store import StoreError
from experiments.store.runs import Index, Parts, arm_key
from simulation.measures import NAMES
from simulation.parameters import Scenario

BLOCK: Final = 10  # seeds before the next cell has its turn
REP_WEEKS_AT_ONCE: Final = 45_000  # in a piece, per regime: 10 runs of the reference firm, some tenths of a second
ROWS_AT_ONCE: Final = 50_000  # when all measures are read


Owned = Sequence[tuple[Cell, Sequence[tuple[str, int]]]]
"""Cells with the names and keys of the arms whose runs are made for them."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, or another signal to stop. `str()` gives a message to show as it is."""


def arms_of(cells: Sequence[Cell]) -> Any:
    """The digest of what decides the runs of every cell and regime: uint64[cells, regimes]."""
    keys = [[arm_key(cell.scenario, regime) for regime in cell.regimes.values()] for cell in cells]
    return np.array(keys, np.uint64)


@dataclass(frozen=True)
class Wanted:
    """The runs that an experiment is to have."""

    cells: tuple[Cell, ...]
    arms: Any  # uint64[cells, regimes]
    counts: Any  # int64[cells]: runs of each regime
    first_seed: int

    def seeds(self, cell: Cell) -> range:
        """Seeds of the runs of a cell."""
        return range(self.first_seed, self.first_seed + int(self.counts[cell.number]))

    def owned(self, order: Sequence[Cell]) -> Owned:
        """Cells in their order, each with the names and keys of the arms whose runs are made for it.

        A shared arm belongs to the cell that wants most runs of it, to the earliest of these in the order.
        """
        numbers = np.array([cell.number for cell in order])
        by_need = np.argsort(-self.counts[numbers], kind="stable")
        _, first = np.unique(self.arms[numbers[by_need]], return_index=True)
        mine = np.zeros(self.arms.size, bool)
        mine[first] = True
        owns = np.zeros(self.arms.shape, bool)
        owns[numbers[by_need]] = mine.reshape(self.arms.shape)
        return [
            (cell, [(name, int(self.arms[cell.number, i])) for i, name in enumerate(cell.regimes) if owns[cell.number, i]])
            for cell in order
        ]


def run_all(
    experiment: Experiment, wanted: Wanted, order: Sequence[Cell], parts: Parts, crew: AbstractContextManager[Crew],
    ages: Any, failures: Failures, watch: Silent,
) -> tuple[Wanted, int]:
    """Make and store the runs that are missing, with more of them until the precision asked for is reached.

    order: all cells, in the order of work; crew: entered only if something is missing. Gives the runs that belong to the
    experiment in the end, and how many were made now. Failed runs are recorded and the others go on. Raises Interrupted on
    Ctrl-C, and StoreError if runs cannot be stored; what was stored is kept.
    """
    made = 0
    with ExitStack() as stack:
        hired = cache(lambda: stack.enter_context(crew))
        while True:
            index, owned = parts.index(), wanted.owned(order)
            total, missing = _to_make(wanted, owned, index)
            watch.begin(missing, total - missing)
            if missing:
                try:
                    made += _store(crews.carry_out(pieces(wanted, owned, index, ages), hired()), parts, owned, failures, watch)
                except KeyboardInterrupt:
                    kept = total - _to_make(wanted, owned, parts.index())[1]
                    what = f"{kept:,} of {total:,} runs are kept; the same command goes on from there."
                    raise Interrupted(f"Interrupted. {what}") from None
            more = enough(experiment, wanted, parts)
            if (more.counts == wanted.counts).all():
                return wanted, made
            wanted = more


def _to_make(wanted: Wanted, owned: Owned, index: Index) -> tuple[int, int]:
    """How many runs there should be, and how many of them are missing."""
    total = sum(int(wanted.counts[cell.number]) * len(arms) for cell, arms in owned)
    return total, sum(len(index.missing(key, wanted.seeds(cell))) for cell, arms in owned for _, key in arms)


def _store(found: Iterable[Done], parts: Parts, owned: Owned, failures: Failures, watch: Silent) -> int:
    """Keep what comes back; gives the number of runs. If it is broken off, what has come is kept as far as it can be."""
    homes = {key: (cell, name) for cell, arms in owned for name, key in arms}
    made = 0
    try:
        for done in found:
            parts.add(done.rows)
            made += len(done.rows)
            for failure in done.failures:
                failures.record(failure, *homes[failure.key])
                parts.given_up.add((failure.key, failure.seed))
            watch.count(len(done.rows) + len(done.failures))
    except BaseException:
        with suppress(StoreError):
            parts.flush()
        raise
    parts.flush()
    return made


def pieces(wanted: Wanted, owned: Owned, index: Index, ages: Any) -> Iterator[Piece]:
    """The missing runs as pieces of work, coarse to fine."""
    for start in range(0, int(wanted.counts.max()), BLOCK):
        for cell, arms in owned:
            for seeds in _in_steps(wanted.seeds(cell)[start : start + BLOCK], _seeds_at_once(cell.scenario)):
                missing = [Arm(key, cell.regimes[name], index.missing(key, seeds)) for name, key in arms]
                if any(arm.seeds for arm in missing):
                    yield Piece(cell.scenario, [arm for arm in missing if arm.seeds], ages)


def enough(experiment: Experiment, wanted: Wanted, parts: Parts) -> Wanted:
    """The same runs where the precision asked for is reached or the cap is; else a step more. All wanted ones must be stored.

    Judged from the wanted runs alone, whatever else is stored, so that an interrupted sweep decides as an undisturbed one.
    """
    precision = experiment.precision
    if precision is None:
        return wanted
    open_cells = [cell for cell in wanted.cells if wanted.counts[cell.number] < precision.most]
    widths = _half_widths(experiment, precision, wanted, parts, open_cells)
    counts = wanted.counts.copy()
    for cell, width in zip(open_cells, widths, strict=True):
        if not width <= precision.half_width:  # also where there is no interval yet
            counts[cell.number] = min(counts[cell.number] + precision.step, precision.most)
    return Wanted(wanted.cells, wanted.arms, counts, wanted.first_seed)


def _half_widths(
    experiment: Experiment, precision: Precision, wanted: Wanted, parts: Parts, cells: Sequence[Cell]
) -> list[float]:
    """Half the 95 % interval of the named paired difference in each cell."""
    index, names = parts.index(), list(experiment.regimes)
    pair = [names.index(precision.regime), names.index(experiment.baseline)]
    positions = [index.find(wanted.arms[cell.number, i], wanted.seeds(cell)) for cell in cells for i in pair]
    if not positions:
        return []
    values = parts.columns(np.concatenate(positions), [precision.outcome])[precision.outcome]
    by_arm = np.split(values, np.cumsum([len(part) for part in positions])[:-1])
    intervals = [mean_interval(one - other) for one, other in zip(by_arm[::2], by_arm[1::2], strict=True)]
    return [float(interval.high - interval.mean) for interval in intervals]


class Runs:
    """The stored runs of an experiment as tables; of a run that failed, every measure is NaN."""

    def __init__(self, wanted: Wanted, parts: Parts) -> None:
        self.wanted = wanted
        self._parts, self._index = parts, parts.index()

    def __len__(self) -> int:
        return int(self.wanted.counts.sum()) * int(self.wanted.arms.shape[1])

    def table(self, names: Sequence[str] = NAMES, cells: Sequence[Cell] | None = None) -> pd.DataFrame:
        """Columns cell, regime, seed and the measures named, sorted by the first three; only these columns are read."""
        cells = self.wanted.cells if cells is None else cells
        regimes = list(cells[0].regimes)
        sizes = np.repeat([len(self.wanted.seeds(cell)) for cell in cells], len(regimes))
        columns: dict[str, Any] = {
            "cell": np.repeat(np.repeat([cell.number for cell in cells], len(regimes)), sizes),
            "regime": pd.Categorical(np.repeat(regimes * len(cells), sizes), categories=regimes),
            "seed": np.concatenate([self.wanted.seeds(cell) for cell in cells for _ in regimes]),
        }
        return pd.DataFrame(columns | self._parts.columns(self._positions(cells), names))

    def batches(self) -> Iterator[pd.DataFrame]:
        """The table with all measures, some cells at a time."""
        batch: list[Cell] = []
        for cell in self.wanted.cells:
            batch.append(cell)
            if sum(len(self.wanted.seeds(cell)) * len(cell.regimes) for cell in batch) >= ROWS_AT_ONCE:
                yield self.table(cells=batch)
                batch = []
        if batch:
            yield self.table(cells=batch)

    def curves(self, cell: Cell) -> Any:
        """Curves of a cell, if they were wanted: float64[regimes, seeds, len(CURVES), ages]."""
        curves = self._parts.columns(self._positions([cell]), ["curves"])["curves"]
        return curves.reshape(len(cell.regimes), len(self.wanted.seeds(cell)), *curves.shape[1:])

    def _positions(self, cells: Sequence[Cell]) -> Any:
        found = [self._index.find(key, self.wanted.seeds(cell)) for cell in cells for key in self.wanted.arms[cell.number]]
        return np.concatenate(found)


def _seeds_at_once(scenario: Scenario) -> int:
    """Fewer in large firms and long runs, so that a piece is done soon."""
    return max(1, min(BLOCK, REP_WEEKS_AT_ONCE // (scenario.organisation.reps * scenario.horizon.horizon_weeks)))


def _in_steps(seeds: range, step: int) -> Iterator[range]:
    for start in range(0, len(seeds), step):
        yield seeds[start : start + step]
