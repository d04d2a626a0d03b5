"""What an experiment is: factors that vary, a design that places cells among them, and how often each cell is run.

A *cell* is one point of the design: a scenario and the regimes compared in it. Its runs are those of every regime with
every seed, and the seeds are the same in every cell, so differences are paired within a cell and between cells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from simulation.measures import NAMES
from simulation.parameters import Regime, Scenario

Value = float | int | str
"""The value of a factor in a cell."""


class Cell(NamedTuple):
    """One point of a design."""

    number: int  # its place in the design, from 0
    point: Mapping[str, Value]  # the value of every factor, by name; {} if nothing varies
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
    scenario: Scenario
    regimes: Mapping[str, Regime]  # in the order of tables and figures
    baseline: str  # the regime with which the others are compared
    count: int  # runs of each regime in each cell (with a precision: to begin with)
    first_seed: int
    outcomes: tuple[str, ...] = NAMES  # measures in tables and figures, the most important first
    contrasts: tuple[tuple[str, str], ...] = ()  # pairs (regime, minus this regime); () = every regime minus the baseline
    precision: Precision | None = None

    @property
    def seeds(self) -> range:
        """Seeds of the runs, the same for every regime."""
        return range(self.first_seed, self.first_seed + self.count)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, in the order of their numbers."""
        return (Cell(0, {}, self.scenario, self.regimes),)

    @property
    def n_runs(self) -> int:
        """Runs of all cells and regimes together."""
        return self.count * len(self.regimes) * len(self.cells)
