"""What an experiment is: factors that vary, a design that places cells among them, and how often each cell is run.

A *cell* is one point of the design: a scenario and the regimes compared in it. Its runs are those of every regime with
every seed, and the seeds are the same in every cell, so differences are paired within a cell and between cells.

A *factor* is named like the number it varies: "market.variety", "organisation.span", "horizon.window_weeks",
"regime.quorum" (in every regime) or "regimes.blended.quorum" (in one, where it wins over "regime.quorum").
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, ClassVar, Final, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulation.measures import NAMES
from simulation.parameters import Declared, Regime, Scenario, parameters

T = TypeVar("T")
Value = float | int | str
"""The value of a factor in a cell; infinity where the config says "always" or "never"."""
Point = Mapping[str, Value]
"""The value of every factor, by name; {} if nothing varies."""

MOST_CELLS: Final = 200_000
MOST_RUNS: Final = 20_000_000  # of all cells and regimes together
SWEEP_OUTCOMES: Final = (
    "won", "won_share", "acted_within_week", "no_action_share", "best_answer_share", "hours_per_deal_with_managers",
)  # fmt: skip
"""Measures in tables and figures where something varies and the config names none."""
_WHOLE: Final = frozenset((p.group, p.name) for p in parameters() if p.whole)


class Range(NamedTuple):
    """Numbers from `low` to `high`: so many at equal distances, or (no steps) whichever a sampled design takes."""

    low: float
    high: float
    steps: int | None = None


@dataclass(frozen=True)
class Factor:
    """One number or word that varies over the cells."""

    name: str
    given: tuple[Value, ...] | Range

    @property
    def role(self) -> Literal["uncertainty", "lever"]:
        """Whether the world decides it or the firm."""
        return "uncertainty" if self.name.startswith(("market.", "horizon.")) else "lever"

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers only."""
        group, _, rest = self.name.partition(".")
        return ("regime" if group == "regimes" else group, rest.rpartition(".")[2]) in _WHOLE

    @property
    def values(self) -> tuple[Value, ...]:
        """The values in a grid; () for a range without steps. Halves are rounded up where only whole numbers will do."""
        if not isinstance(self.given, Range):
            return self.given
        low, high, steps = self.given
        numbers = (low + (high - low) * i / (steps - 1) for i in range(steps or 0)) if steps else ()
        # Twelve digits: 0.3 shall be 0.3 and not 0.30000000000000004, for whoever selects cells by value.
        return tuple(math.floor(x + 0.5) if self.whole else float(f"{x:.12g}") for x in numbers)

    @property
    def low(self) -> float:
        """The smallest number it takes (NaN if it takes words alone)."""
        return self.given.low if isinstance(self.given, Range) else min(self._numbers, default=math.nan)

    @property
    def high(self) -> float:
        """The largest finite number it takes (NaN if it takes words alone)."""
        return self.given.high if isinstance(self.given, Range) else max(self._numbers, default=math.nan)

    @property
    def _numbers(self) -> list[float]:
        return [v for v in self.given if isinstance(v, int | float) and math.isfinite(v)]

    def taken(self, x: float) -> Value:
        """The value for a sampled number within low and high.

        Where only whole numbers will do: the span from low to high is cut into as many equal pieces as there are whole
        numbers, so that each is equally likely. Rounding to the nearest would give the first and last half a chance.
        """
        if not self.whole:
            return x
        n = int(self.high - self.low) + 1
        share = (x - self.low) / (self.high - self.low)
        return int(self.low) + min(math.floor(share * n + 1e-9), n - 1)


@dataclass(frozen=True)
class Grid:
    """Every combination of the factors' values, the last factor changing fastest. Of no factors: a single cell."""

    factors: tuple[Factor, ...] = ()
    kind: ClassVar[str] = "grid"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(factor.name for factor in self.factors)

    @property
    def size(self) -> int:
        return math.prod(len(factor.values) for factor in self.factors)

    def points(self) -> Iterable[Point]:
        rows = itertools.product(*(factor.values for factor in self.factors))
        return (dict(zip(self.names, row, strict=True)) for row in rows)


@dataclass(frozen=True)
class Listing:
    """Points one by one, all with the same factors."""

    rows: tuple[Point, ...]
    kind: ClassVar[str] = "list"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.rows[0])

    @property
    def size(self) -> int:
        return len(self.rows)

    def points(self) -> Iterable[Point]:
        return self.rows


@dataclass(frozen=True)
class Sample:
    """Points drawn over the factors' ranges, for an analysis that needs them just so."""

    kind: str  # "latin_hypercube", "sobol" or "morris"
    factors: tuple[Factor, ...]
    samples: int  # points, base points or trajectories
    seed: int
    levels: int = 4  # of a Morris design: values that each factor can have

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(factor.name for factor in self.factors)

    @property
    def bounds(self) -> list[list[float]]:
        """[low, high] of each factor."""
        return [[factor.low, factor.high] for factor in self.factors]

    @property
    def problem(self) -> dict[str, Any]:
        """The factors as SALib wants them described."""
        return {"num_vars": len(self.factors), "names": list(self.names), "bounds": self.bounds}

    @property
    def size(self) -> int:
        extra = {"latin_hypercube": 0, "sobol": len(self.factors) + 1, "morris": len(self.factors)}[self.kind]
        return self.samples * (1 + extra)

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """float64[size, factors], rows in the order of the cells: what was drawn, before whole numbers are made of it."""
        # SALib takes a second to import, which other designs need not wait for.
        from SALib.sample import latin, morris, sobol

        if self.kind == "sobol":
            rows = sobol.sample(self.problem, self.samples, calc_second_order=False, seed=self.seed)
        elif self.kind == "morris":
            rows = morris.sample(self.problem, self.samples, num_levels=self.levels, seed=self.seed)
        else:
            rows = latin.sample(self.problem, self.samples, seed=self.seed)
        return np.asarray(rows, np.float64)

    def points(self) -> Iterable[Point]:
        for row in self.matrix.tolist():
            yield {factor.name: factor.taken(x) for factor, x in zip(self.factors, row, strict=True)}


@dataclass(frozen=True)
class Cross:
    """Every point of each part with every point of the others, the last part changing fastest."""

    parts: tuple["Design", ...]
    kind: ClassVar[str] = "cross"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.names)

    @property
    def size(self) -> int:
        return math.prod(part.size for part in self.parts)

    def points(self) -> Iterable[Point]:
        for row in itertools.product(*(tuple(part.points()) for part in self.parts)):
            yield {name: value for point in row for name, value in point.items()}


@dataclass(frozen=True)
class Union:
    """The points of the parts, one part after another; all have the same factors."""

    parts: tuple["Design", ...]
    kind: ClassVar[str] = "union"

    @property
    def names(self) -> tuple[str, ...]:
        return self.parts[0].names

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    def points(self) -> Iterable[Point]:
        return itertools.chain.from_iterable(part.points() for part in self.parts)


Design = Grid | Listing | Sample | Cross | Union


class Cell(NamedTuple):
    """One point of a design."""

    number: int  # its place in the design, from 0
    point: Point  # in the order of the experiment's factors
    scenario: Scenario
    regimes: Mapping[str, Regime]  # the same names in the same order in every cell


class Precision(NamedTuple):
    """Replications until a paired difference is known well enough, instead of a fixed count."""

    outcome: str  # a measure
    regime: str  # minus the baseline
    half_width: float  # of the 95 % interval, in units of the measure
    step: int  # runs added at a time
    most: int  # runs of a cell and regime at which it ends anyhow


@dataclass(frozen=True)
class Experiment:
    """One question and everything that decides its answer. Comes from `load_experiment`, which checks it."""

    name: str  # of the results folder
    title: str
    question: str
    scenario: Scenario  # the constants; a factor wins over the constant of its name
    regimes: Mapping[str, Regime]  # in the order of tables and figures; here too a factor wins
    baseline: str  # the regime with which the others are compared
    count: int  # runs of each regime in each cell (with a precision: to begin with)
    first_seed: int
    outcomes: tuple[str, ...] = NAMES  # measures in tables and figures, the most important first
    contrasts: tuple[tuple[str, str], ...] = ()  # pairs (regime, minus this regime); () = every regime minus the baseline
    precision: Precision | None = None
    factors: tuple[Factor, ...] = ()  # in the order in which the design names them
    design: Design = field(default_factory=Grid)

    @property
    def seeds(self) -> range:
        """Seeds of the runs, the same for every regime."""
        return range(self.first_seed, self.first_seed + self.count)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The contrasts, also where the config names none."""
        return self.contrasts or tuple((name, self.baseline) for name in self.regimes if name != self.baseline)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, in the order of their numbers. Equal scenarios and regimes are one object, to save memory."""
        names = [factor.name for factor in self.factors]
        return tuple(_placed(self.scenario, self.regimes, names, self.design.points()))

    @property
    def n_runs(self) -> int:
        """Runs of all cells and regimes together."""
        return self.count * len(self.regimes) * len(self.cells)


def sampled(experiment: Experiment) -> Sample | None:
    """The experiment's sample, with kind, names, bounds and matrix, if its whole design is one; None otherwise."""
    return experiment.design if isinstance(experiment.design, Sample) else None


def interleaved(cells: Sequence[T]) -> list[T]:
    """The cells in an order of which every first part is spread evenly over the design.

    Cell i × s modulo n comes i-th, where s is near n / golden ratio and shares no divisor with n. Then the numbers visited lie
    at nearly equal distances at any time, which is even for the slowest factor; and the last factor takes all its values
    in turn, because s shares no divisor with their number either (an order of reversed bits would leave out half of them).
    """
    step = _even_step(len(cells))
    return [cells[i * step % len(cells)] for i in range(len(cells))]


def _even_step(n: int) -> int:
    """Of the steps near n / golden ratio that share no divisor with n the one whose multiples spread most evenly.

    The quotients of Euclid's algorithm tell: a quotient q means that for a while some gaps are q times as wide as others.
    """
    ideal = round(n * (math.sqrt(5) - 1) / 2)
    near = (step for step in range(max(1, ideal - 20), ideal + 21) if math.gcd(step, n) == 1)
    return min(near, key=lambda step: (max(_quotients(n, step)), abs(step - ideal)), default=1)


def _quotients(a: int, b: int) -> Iterable[int]:
    while b:
        yield a // b
        a, b = b, a % b


def _placed(
    scenario: Scenario, regimes: Mapping[str, Regime], names: Sequence[str], points: Iterable[Point]
) -> Iterable[Cell]:
    """Cells at the points, with factors in the order of names. Values were checked where the config was read."""
    of_regimes = [name for name in names if name.startswith("regime")]
    of_scenario = [name for name in names if name not in of_regimes]
    groups = {group: _places(f"{group}.", of_scenario) for group, _ in scenario}
    changes = {name: _places("regime.", of_regimes) | _places(f"regimes.{name}.", of_regimes) for name in regimes}

    @cache
    def group_at(group: str, values: tuple[Value, ...]) -> Declared:
        constants: Declared = getattr(scenario, group)
        return constants.model_copy(update=dict(zip(groups[group], values, strict=True)))

    @cache
    def scenario_at(values: tuple[Value, ...]) -> Scenario:
        own = {group: tuple([values[i] for i in places.values()]) for group, places in groups.items() if places}
        return scenario.model_copy(update={group: group_at(group, own[group]) for group in own})

    @cache
    def regime_at(name: str, values: tuple[Value, ...]) -> Regime:
        return regimes[name].model_copy(update=dict(zip(changes[name], values, strict=True)))

    @cache
    def regimes_at(values: tuple[Value, ...]) -> Mapping[str, Regime]:
        own = {name: tuple([values[i] for i in places.values()]) for name, places in changes.items()}
        return {name: regime_at(name, own[name]) if own[name] else regime for name, regime in regimes.items()}

    for number, point in enumerate(points):
        at = scenario_at(tuple([point[name] for name in of_scenario]))
        yield Cell(number, {name: point[name] for name in names}, at, regimes_at(tuple([point[name] for name in of_regimes])))


def _places(prefix: str, names: Sequence[str]) -> dict[str, int]:
    """Where in the names each parameter stands whose name follows the prefix at once."""
    lasts = [(name.removeprefix(prefix), i) for i, name in enumerate(names) if name.startswith(prefix)]
    return {last: i for last, i in lasts if "." not in last}
