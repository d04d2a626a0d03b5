"""Factors that can do nothing under a regime, known before anything is run: what a regime never does, no number changes."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from experiments.design.experiment import Experiment
from simulation.parameters import Regime, Scenario


class Idle(NamedTuple):
    """When a factor does nothing, and why."""

    holds: Callable[[Scenario, Regime], bool]
    why: str


def _no_memory(_: Scenario, regime: Regime) -> bool:
    return regime.memory_rate == 0


def _nobody_leaves(_: Scenario, regime: Regime) -> bool:
    return regime.divert_below == 0


def _no_punishment(scenario: Scenario, regime: Regime) -> bool:
    return regime.sanction == 0 and regime.willingness == 1


def _nobody_asked(scenario: Scenario, regime: Regime) -> bool:
    return regime.divert_below == 0 or regime.peers_asked == 0


def _nothing_is_lost(_: Scenario, regime: Regime) -> bool:
    """With a person: no memory, no willingness that punishment took, and no case that is not documented at once."""
    return regime.memory_rate == 0 and regime.divert_below == 0 and regime.documentation_hours > 0


NO_MEMORY: Final = Idle(_no_memory, "which has no memory")
NOBODY_LEAVES: Final = Idle(_nobody_leaves, "in which nobody leaves the process")
NO_PUNISHMENT: Final = Idle(_no_punishment, "in which nobody is punished")
NOBODY_ASKED: Final = Idle(_nobody_asked, "in which nobody asks peers")
NOTHING_LOST: Final = Idle(_nothing_is_lost, "which has no memory and documents every case")
IDLE: Final[Mapping[str, Idle]] = {
    "memory_bar": NO_MEMORY,
    "turnover_per_year": NOTHING_LOST,
    "cluster_documentation_hours": NOBODY_LEAVES,
    "guardrail_over": NOBODY_LEAVES,
    "confidence": NOBODY_LEAVES,
    "sanction": NOBODY_LEAVES,
    "sanction_step": NO_PUNISHMENT,
    "reward_step": NO_PUNISHMENT,
    "consult_hours": NOBODY_ASKED,
    "conferring_hours": NOBODY_ASKED,
    "acquaintance": NOBODY_ASKED,
    "acquaintance_across": NOBODY_ASKED,
    "quorum": NOBODY_ASKED,
}
"""By a parameter's name. That it holds is tested: measures of runs with other values of it are the same to the last digit."""


def idle_factors(experiment: Experiment) -> list[str]:
    """A sentence for each factor that does nothing under a regime in any cell."""
    lines = []
    for factor in experiment.factors:
        group, _, name = factor.name.rpartition(".")
        own = group.removeprefix("regimes.") if group.startswith("regimes.") else ""
        for regime in [own] if own else experiment.regimes:
            if name in IDLE and all(IDLE[name].holds(*setting) for setting in _settings(experiment, regime)):
                lines.append(f"{factor.name} does nothing under {regime}, {IDLE[name].why}.")
    return lines


def _settings(experiment: Experiment, regime: str) -> list[tuple[Scenario, Regime]]:
    """The different scenarios and numbers of a regime over the cells, each once; the cells share their objects."""
    found = {(id(cell.scenario), id(cell.regimes[regime])): (cell.scenario, cell.regimes[regime]) for cell in experiment.cells}
    return list(found.values())


def repeated_points(experiment: Experiment) -> str:
    """How many points of the design repeat an earlier one; "" if none does."""
    points = [tuple(cell.point.values()) for cell in experiment.cells]
    n = len(points) - len(set(points))
    if not n or not experiment.factors:
        return ""
    return f"{n:,} of the {len(points):,} points repeat an earlier one; they are run once and count once"
