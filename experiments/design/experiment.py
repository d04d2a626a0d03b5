"""What an experiment is: factors that vary, a design that places cells among them, and how often each cell is run.

A *cell* is one point of the design: a scenario and the regimes compared in it. Its runs are those of every regime with
every seed, and the seeds are the same in every cell, so differences are paired within a cell and between cells.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final, NamedTuple

from experiments.design.factors import Factor, Value
from experiments.design.layouts import Cross, Design, Grid, Point, Sample
from experiments.design.switches import Switches
from simulation.measures import LEAD, NAMES
from simulation.parameters import Declared, Regime, Scenario

MOST_RUNS: Final = 20_000_000  # of all cells and regimes together
SWEEP_OUTCOMES: Final = (
    LEAD, "won_share", "acted_within_week", "no_action_share", "best_answer_share", "hours_per_deal_with_managers",
)
"""Measures in tables and figures where something varies and the config names none."""


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


def switched(experiment: Experiment) -> Switches | None:
    """The experiment's switches, if its design is one of them, or of them in several settings; None otherwise."""
    design = experiment.design
    parts = design.parts if isinstance(design, Cross) else (design,)
    return next((part for part in parts if isinstance(part, Switches)), None)


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
