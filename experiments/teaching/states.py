"""The state of the lab: what a share link holds and a request asks for, and the same as an experiment config.

A state is plain data with the keys of an experiment config: {"version", "seed", "worlds", "scenario", "regimes"}. It comes
from anybody's browser, so everything in it is checked and bounded here, before any work is done.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import tomli_w

from experiments.design.config import resolved, unusable_names
from experiments.design.experiment import Experiment
from experiments.design.file import MOST_SEED
from experiments.design.values import Whole, whole_number
from simulation import __version__
from simulation.calendar import HOURS_PER_WEEK
from simulation.compiled import model_digest
from simulation.loading import Fault, InputError, clashes, nearest, regimes_from, scenario_from
from simulation.parameters import Horizon, Regime, Scenario
from simulation.presets import PRESETS

KEYS: Final = ("version", "model", "seed", "worlds", "scenario", "regimes")
MODEL: Final = model_digest()[:12]
"""Equal models give equal numbers; part of what a share link is compared by."""

WORLDS: Final = Whole(100, 1, 400)
SEED: Final = Whole(1, 0, MOST_SEED)
MOST_REPS: Final = 200
MOST_WEEKS: Final = 156
MOST_REGIMES: Final = 6
MOST_VALUES: Final = 300  # in a request; the four presets with every number of the model are half of it
LONGEST_TEXT: Final = 200  # characters
MOST_MATTERS_PER_RUN: Final = 400_000  # a third of a second on one core
MOST_MATTERS: Final = 60_000_000  # of all runs of a request

LAB_HORIZON: Final = Horizon(warmup_weeks=13, window_weeks=26, horizon_weeks=65)
"""Half of the reference's horizon, for the sake of speed: the lab's default, and written into every state as such."""


class State(NamedTuple):
    """A checked state. World n is the run with seed `seed` + n, the same customers under every regime."""

    scenario: Scenario
    regimes: Mapping[str, Regime]  # the first one is the baseline
    seed: int
    worlds: int

    @property
    def baseline(self) -> str:
        """The regime with which the others are compared."""
        return next(iter(self.regimes))


def state_from(data: object, source: str = "state") -> State:
    """A state from plain data. Raises InputError with all faults at once.

    What is left out has the default of an experiment config: the reference firm with its horizon, the four presets; seed 1,
    100 worlds. Of the version nothing is asked but that it be a text: whether numbers still agree is for the page to say.
    """
    if faults := _size_faults(data):
        raise InputError(source, faults)
    table: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    if not isinstance(data, Mapping):
        faults.append(Fault("", "must be a table with the keys " + ", ".join(KEYS)))
    faults += [Fault(key, f"unknown key{nearest(key, KEYS)}") for key in table if key not in KEYS]
    faults += [Fault(key, "must be a text") for key in KEYS[:2] if not isinstance(table.get(key, ""), str)]
    scenario = scenario_from(table.get("scenario", {}), "scenario", faults)
    regimes = regimes_from(table.get("regimes", {name: {} for name in PRESETS}), "regimes", faults)
    faults += unusable_names("regimes.", regimes) + clashes("scenario", faults, scenario)
    if not 1 <= len(regimes) <= MOST_REGIMES:
        faults.append(Fault("regimes", f"there are {len(regimes)}; allowed are 1 to {MOST_REGIMES}"))
    state = State(scenario, regimes, _whole(table, "seed", SEED, faults), _whole(table, "worlds", WORLDS, faults))
    faults += _work_faults(state)
    if faults:
        raise InputError(source, list(dict.fromkeys(faults)))
    return state


def matters_per_run(scenario: Scenario) -> float:
    """How much there is to simulate in a run: opportunities that arrive and spells of prospecting, at most."""
    weekly = scenario.market.opportunities_per_rep_week + HOURS_PER_WEEK / scenario.organisation.prospecting_hours
    return scenario.organisation.reps * scenario.horizon.horizon_weeks * weekly


def as_experiment(state: State) -> Experiment:
    """The state as an experiment that `sellsim run` runs with the same seeds."""
    return Experiment(
        name="lab",
        title="From the teaching lab",
        question="What did the lab show in this state?",
        scenario=state.scenario,
        regimes=state.regimes,
        baseline=state.baseline,
        count=state.worlds,
        first_seed=state.seed,
    )


def as_toml(state: State) -> str:
    """The text of an experiment config with every number of the state in it."""
    head = f"# A state of the teaching lab (sellsim {__version__}, model {MODEL}). Run it: sellsim run FILE.toml\n\n"
    return head + tomli_w.dumps(resolved(as_experiment(state)))


def read_json(text: bytes) -> Any:
    """Plain data from JSON. Raises InputError; NaN and Infinity, which JSON does not have, are refused."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError("request", [Fault("", f"is not valid JSON: {str(error)[:LONGEST_TEXT]}")]) from None


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a number")


def _whole(table: Mapping[str, Any], name: str, limits: Whole, faults: list[Fault]) -> int:
    found: list[Fault] = []
    number = whole_number(table, name, "", limits, found)
    faults += [Fault(name, fault.problem) for fault in found]
    return number


def _size_faults(data: object) -> list[Fault]:
    """What would make checking itself a burden: too many values, or texts too long."""
    for count, value in enumerate(_values(data), 1):
        if count > MOST_VALUES:
            return [Fault("", f"holds more than {MOST_VALUES} values")]
        if len(str(value)) > LONGEST_TEXT:
            return [Fault("", f"holds a text or number of more than {LONGEST_TEXT} characters")]
        if not str(value).isprintable():
            return [Fault("", f"holds characters that cannot be shown: {value!r}")]
    return []


def _values(data: object) -> Iterator[object]:
    """All keys and single values, however deep, with an empty text for each table or list."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
            value = ""
        elif isinstance(value, list):
            waiting += value
            value = ""
        yield value


def _work_faults(state: State) -> list[Fault]:
    """What the lab does not take on, though an experiment may."""
    scenario, faults = state.scenario, []
    for key, value, most in (
        ("organisation.reps", scenario.organisation.reps, MOST_REPS),
        ("horizon.horizon_weeks", scenario.horizon.horizon_weeks, MOST_WEEKS),
    ):
        if value > most:
            faults.append(Fault(f"scenario.{key}", f"{value} is more than the lab takes on; allowed are {most} at most"))
    matters = matters_per_run(scenario)
    total = matters * state.worlds * len(state.regimes)
    remedy = "take fewer reps, weeks, opportunities or worlds, or run it as an experiment"
    if matters > MOST_MATTERS_PER_RUN or total > MOST_MATTERS:
        faults.append(Fault("", f"is more work than the lab takes on ({total:,.0f} matters to simulate); {remedy}"))
    return faults
