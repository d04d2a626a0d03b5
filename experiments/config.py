"""From a TOML file to a checked experiment, with all faults at once."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from experiments.design import Experiment
from simulation.loading import (
    Fault,
    InputError,
    clashes,
    nearest,
    read_toml,
    regimes_from,
    scenario_from,
)
from simulation.parameters import Declared, Regime, Scenario, parameters
from simulation.presets import PRESETS

KEYS: Final = ("name", "title", "question", "baseline", "scenario", "regimes", "replications")
MOST_RUNS: Final = 1_000_000  # per regime
LAST_SEED: Final = 10**15
_NAME: Final = re.compile(r"\w[\w .-]*")
_REPLICATIONS: Final = {"count": (100, 1, MOST_RUNS), "first_seed": (1, 0, LAST_SEED)}  # default, low, high


def load_experiment(path: str | Path) -> Experiment:
    """The experiment in a TOML file. Raises InputError with all faults at once.

    Only `question` must be there. What else is left out: name = the file's, title = name, scenario = the
    reference firm, regimes = the four presets, baseline = the first regime, 100 runs of each from seed 1.
    """
    data = read_toml(path)
    faults = [Fault(key, f"unknown key{nearest(key, KEYS)}") for key in data if key not in KEYS]
    scenario = scenario_from(data.get("scenario", {}), "scenario", faults)
    regimes = regimes_from(data.get("regimes", {name: {} for name in PRESETS}), "regimes", faults)
    if data.get("regimes") == {}:
        faults.append(Fault("regimes", "is empty; an experiment needs at least one regime"))
    faults += _combination_faults(scenario, regimes, faults)
    name = _name(data, Path(path).stem, faults)
    replications = _replications(data.get("replications", {}), faults)
    experiment = Experiment(
        name=name,
        title=_text(data, "title", name, faults),
        question=_text(data, "question", None, faults),
        scenario=scenario,
        regimes=regimes,
        baseline=_baseline(data, regimes, faults),
        count=replications["count"],
        first_seed=replications["first_seed"],
    )
    if faults:
        raise InputError(str(path), list(dict.fromkeys(faults)))
    return experiment


def with_replications(experiment: Experiment, count: int | None, first_seed: int | None) -> Experiment:
    """The same experiment with another number of runs or other seeds; None leaves a number as it is."""
    return replace(
        experiment,
        count=experiment.count if count is None else count,
        first_seed=experiment.first_seed if first_seed is None else first_seed,
    )


def regime_named(experiment: Experiment, name: str, source: str) -> Regime:
    """A regime of the experiment, else the preset of that name. Raises InputError if there is none."""
    known = {**PRESETS, **experiment.regimes}
    if name not in known:
        raise InputError(source, [Fault(f"regimes.{name}", f"there is no such regime{nearest(name, known)}")])
    return known[name]


def resolved(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain data with every number in it. As TOML it loads to an equal experiment."""
    scenario = experiment.scenario
    return {
        "name": experiment.name,
        "title": experiment.title,
        "question": experiment.question,
        "baseline": experiment.baseline,
        "scenario": {group: plain(values) for group, values in scenario},
        "regimes": {name: plain(regime) for name, regime in experiment.regimes.items()},
        "replications": {"count": experiment.count, "first_seed": experiment.first_seed},
    }


def plain(values: Declared) -> dict[str, Any]:
    """Declared values by name, with infinity as the word declared for it ("always" or "never")."""
    words = {p.name: p.word for p in parameters()}
    return {
        name: words[name] if isinstance(value, float) and math.isinf(value) else value
        for name, value in values
    }


def _combination_faults(scenario: Scenario, regimes: Mapping[str, Regime], faults: list[Fault]) -> list[Fault]:
    """Contradictions within the scenario (those within a regime are found where it is read), and unusable names."""
    return clashes("scenario", faults, scenario) + _unusable_names("regimes.", regimes)


def _unusable_names(prefix: str, names: Mapping[str, Any]) -> list[Fault]:
    rule = "may hold letters, digits, spaces and the signs _ . - only, and must begin with a letter or digit"
    return [
        Fault(f"{prefix}{name}", f"the name {name!r} {rule}") for name in names if not _NAME.fullmatch(name)
    ]


def _name(data: Mapping[str, Any], stem: str, faults: list[Fault]) -> str:
    name = _text(data, "name", stem, faults)
    faults += [Fault("name", fault.problem) for fault in _unusable_names("", {name: None})]
    return name


def _text(data: Mapping[str, Any], key: str, default: str | None, faults: list[Fault]) -> str:
    """A text that says something; without a default it must be there."""
    value = data.get(key, default)
    if isinstance(value, str) and value.strip():
        if any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in value):
            faults.append(Fault(key, f"holds control characters: {value!r}"))
        return value.strip()
    if key in data:
        faults.append(Fault(key, f"must be a text in quotation marks, not {value!r}"))
    else:
        faults.append(Fault(key, "is missing; say in one sentence what the experiment is to answer"))
    return default or "?"


def _baseline(data: Mapping[str, Any], regimes: Mapping[str, Regime], faults: list[Fault]) -> str:
    first = next(iter(regimes), "")
    baseline = data.get("baseline", first)
    if isinstance(baseline, str) and (baseline in regimes or not regimes):
        return baseline
    faults.append(
        Fault("baseline", f"{baseline!r} is not one of the regimes{nearest(baseline, tuple(regimes))}")
    )
    return first


def _replications(data: object, faults: list[Fault]) -> dict[str, int]:
    """`count` and `first_seed`, each a whole number within its limits."""
    if not isinstance(data, Mapping):
        faults.append(Fault("replications", f"must be a table, not {data!r}"))
        data = {}
    for key in data:
        if key not in _REPLICATIONS:
            hint = nearest(key, tuple(_REPLICATIONS))
            faults.append(Fault(f"replications.{key}", f"unknown key (value {data[key]!r}){hint}"))
    numbers = {}
    for key, (default, low, high) in _REPLICATIONS.items():
        value = data.get(key, default)
        numbers[key] = value
        if type(value) is not int or not low <= value <= high:
            limits = f"allowed is a whole number from {low} to {high}"
            faults.append(Fault(f"replications.{key}", f"{value!r} is not allowed here; {limits}"))
            numbers[key] = default
    return numbers
