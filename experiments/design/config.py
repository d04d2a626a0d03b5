"""From a TOML file to a checked experiment, with all faults at once."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from experiments.design.design_tables import sweep_data, sweep_from
from experiments.design.experiment import MOST_RUNS, SWEEP_OUTCOMES, Cell, Experiment, Precision
from experiments.design.factors import written
from experiments.design.layouts import Point
from experiments.design.values import Whole, list_of, one_of, positive_number, table_of, whole_number
from simulation.loading import (
    Fault,
    InputError,
    clashes,
    nearest,
    read_toml,
    regimes_from,
    scenario_from,
)
from simulation.measures import NAMES
from simulation.parameters import Contradiction, Regime, Scenario, contradictions, plain
from simulation.presets import PRESETS

KEYS: Final = (
    "name", "title", "question", "baseline", "outcomes", "contrasts", "scenario", "regimes", "uncertainties", "levers",
    "design", "replications", "precision",
)  # fmt: skip
COUNT: Final = Whole(100, 1, 1_000_000)
FIRST_SEED: Final = Whole(1, 0, 10**15)
STEP: Final = Whole(20, 1, COUNT.high)
MOST: Final = Whole(1000, 1, COUNT.high)
_NAME: Final = re.compile(r"\w[\w .-]*")
_CELLS: Final = ("scenario", "regimes", "uncertainties", "levers", "design")  # the tables that decide the cells


def load_experiment(path: str | Path) -> Experiment:
    """The experiment in a TOML file. Raises InputError with all faults at once.

    Only `question` must be there. What else is left out: name = the file's, title = name, scenario = the
    reference firm, regimes = the four presets, baseline = the first regime, nothing varies, 100 runs of each from
    seed 1. If something varies: every combination, and the outcomes are SWEEP_OUTCOMES, else all measures.
    """
    data = read_toml(path)
    faults = [Fault(key, f"unknown key{nearest(key, KEYS)}") for key in data if key not in KEYS]
    scenario = scenario_from(data.get("scenario", {}), "scenario", faults)
    regimes = regimes_from(data.get("regimes", {name: {} for name in PRESETS}), "regimes", faults)
    if data.get("regimes") == {}:
        faults.append(Fault("regimes", "is empty; an experiment needs at least one regime"))
    faults += _combination_faults(scenario, regimes, faults)
    name = _name(data, Path(path).stem, faults)
    factors, design = sweep_from(data, regimes, faults)
    baseline = _baseline(data, regimes, faults)
    replications = table_of(data.get("replications", {}), "replications", ("count", "first_seed"), faults)
    count = whole_number(replications, "count", "replications", COUNT, faults)
    experiment = Experiment(
        name=name,
        title=_text(data, "title", name, faults),
        question=_text(data, "question", None, faults),
        scenario=scenario,
        regimes=regimes,
        baseline=baseline,
        count=count,
        first_seed=whole_number(replications, "first_seed", "replications", FIRST_SEED, faults),
        outcomes=_outcomes(data, SWEEP_OUTCOMES if factors else NAMES, faults),
        contrasts=_contrasts(data, regimes, faults),
        precision=_precision(data, regimes, baseline, count, faults),
        factors=factors,
        design=design,
    )
    faults += _cell_faults(experiment, faults)
    if faults:
        raise InputError(str(path), list(dict.fromkeys(faults)))
    return experiment


def with_replications(experiment: Experiment, count: int | None, first_seed: int | None) -> Experiment:
    """The same experiment with another number of runs or other seeds; None leaves a number as it is.

    Raises InputError if that is more runs than are allowed in all.
    """
    count = experiment.count if count is None else count
    precision = experiment.precision
    changed = replace(
        experiment,
        count=count,
        first_seed=experiment.first_seed if first_seed is None else first_seed,
        precision=precision and precision._replace(most=max(precision.most, count)),
    )
    changed.__dict__["cells"] = experiment.cells  # the same, and of a large design not to be made twice
    if faults := _too_many_runs(changed, "--replications"):
        raise InputError("command line", faults)
    return changed


def cell_numbered(experiment: Experiment, number: int, source: str) -> Cell:
    """A cell of the experiment. Raises InputError if it has fewer."""
    if number >= len(experiment.cells):
        raise InputError(source, [Fault("--cell", f"there is no cell {number}; the last one is {len(experiment.cells) - 1}")])
    return experiment.cells[number]


def regime_named(cell: Cell, name: str, source: str) -> Regime:
    """A regime as it is in a cell, else the preset of that name. Raises InputError if there is none."""
    known = {**PRESETS, **cell.regimes}
    if name not in known:
        raise InputError(source, [Fault(f"regimes.{name}", f"there is no such regime{nearest(name, known)}")])
    return known[name]


def resolved(experiment: Experiment) -> dict[str, Any]:
    """The experiment as plain data with every number in it. As TOML it loads to an equal experiment."""
    scenario = experiment.scenario
    data: dict[str, Any] = {
        "name": experiment.name,
        "title": experiment.title,
        "question": experiment.question,
        "baseline": experiment.baseline,
    }
    if experiment.outcomes != NAMES or experiment.factors:
        data["outcomes"] = list(experiment.outcomes)
    if experiment.contrasts:
        data["contrasts"] = [list(pair) for pair in experiment.contrasts]
    data["scenario"] = {group: plain(values) for group, values in scenario}
    data["regimes"] = {name: plain(regime) for name, regime in experiment.regimes.items()}
    data |= sweep_data(experiment.factors, experiment.design)
    data["replications"] = {"count": experiment.count, "first_seed": experiment.first_seed}
    if experiment.precision is not None:
        data["precision"] = experiment.precision._asdict()
    return data


def _combination_faults(scenario: Scenario, regimes: Mapping[str, Regime], faults: list[Fault]) -> list[Fault]:
    """Contradictions within the scenario (those within a regime are found where it is read), and unusable names."""
    return clashes("scenario", faults, scenario) + unusable_names("regimes.", regimes)


def unusable_names(prefix: str, names: Mapping[str, Any]) -> list[Fault]:
    rule = "may hold letters, digits, spaces and the signs _ . - only, and must begin with a letter or digit"
    return [
        Fault(f"{prefix}{name}", f"the name {name!r} {rule}") for name in names if not _NAME.fullmatch(name)
    ]


def _name(data: Mapping[str, Any], stem: str, faults: list[Fault]) -> str:
    name = _text(data, "name", stem, faults)
    faults += [Fault("name", fault.problem) for fault in unusable_names("", {name: None})]
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


def _outcomes(data: Mapping[str, Any], default: tuple[str, ...], faults: list[Fault]) -> tuple[str, ...]:
    if "outcomes" not in data:
        return default
    names = list_of(data["outcomes"], "outcomes", "measures", faults)
    return tuple(name for name in names if one_of(name, NAMES, "outcomes", "a measure", faults))


def _contrasts(data: Mapping[str, Any], regimes: Collection[str], faults: list[Fault]) -> tuple[tuple[str, str], ...]:
    if "contrasts" not in data:
        return ()
    pairs = []
    for pair in list_of(data["contrasts"], "contrasts", "pairs of regimes, as [[\"blended\", \"strict\"]]", faults):
        if not isinstance(pair, list) or len(pair) != 2:
            faults.append(Fault("contrasts", f"{pair!r} is not a pair of regimes"))
            continue
        for name in pair:
            one_of(name, regimes, "contrasts", "one of the regimes", faults)
        if pair[0] == pair[1]:
            faults.append(Fault("contrasts", f"{pair!r} compares a regime with itself"))
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def _precision(
    data: Mapping[str, Any], regimes: Collection[str], baseline: str, count: int, faults: list[Fault]
) -> Precision | None:
    if "precision" not in data:
        return None
    table = table_of(data["precision"], "precision", Precision._fields, faults)
    for name, names, what in (("outcome", NAMES, "a measure"), ("regime", regimes, "one of the regimes")):
        if name not in table:
            faults.append(Fault(f"precision.{name}", f"is missing; it names {what}"))
        else:
            one_of(table[name], names, f"precision.{name}", what, faults)
    if table.get("regime") == baseline:
        faults.append(Fault("precision.regime", f"{baseline!r} is the baseline; name a regime to compare with it"))
    most = whole_number(table, "most", "precision", MOST._replace(default=max(MOST.default or 0, count)), faults)
    if most < count:
        faults.append(Fault("precision.most", f"{most} is below replications.count = {count}"))
    return Precision(
        str(table.get("outcome")),
        str(table.get("regime")),
        positive_number(table, "half_width", "precision", faults),
        whole_number(table, "step", "precision", STEP, faults),
        most,
    )


def _cell_faults(experiment: Experiment, faults: list[Fault]) -> list[Fault]:
    """Too many runs, and contradictions within cells; none where what decides the cells is faulty itself."""
    if any(fault.key.split(".")[0] in _CELLS for fault in faults):
        return []
    if not experiment.factors:
        return _too_many_runs(experiment, "replications")  # the scenario and the regimes are known to hold together
    found: dict[str, list[tuple[Cell, Contradiction]]] = {}
    for cell in experiment.cells:
        for key, contradiction in _contradictions_in(cell):
            found.setdefault(key, []).append((cell, contradiction))
    clashing = [
        Fault("design", f"in {len(cases)} of {len(experiment.cells)} cells, first: {_clash(key, *cases[0])}")
        for key, cases in found.items()
    ]
    return clashing + _too_many_runs(experiment, "replications")


def _contradictions_in(cell: Cell) -> Iterator[tuple[str, Contradiction]]:
    """Contradictions of a cell under the name of the number to blame, as a factor would be named."""
    yield from ((clash.key, clash) for clash in contradictions(cell.scenario))
    for name, regime in cell.regimes.items():
        yield from ((f"regimes.{name}.{clash.key}", clash) for clash in contradictions(Scenario(), regime))


def _clash(key: str, cell: Cell, clash: Contradiction) -> str:
    """Where and what: the factors concerned with their values in the cell, and the contradiction."""
    concerned = {key.rpartition(".")[2], clash.other.rpartition(".")[2]}
    point: Point = {name: v for name, v in cell.point.items() if name.rpartition(".")[2] in concerned}
    values = ", ".join(f"{name} = {written(name, value)}" for name, value in point.items())
    return f"{values}: {key}: {clash.problem}"


def _too_many_runs(experiment: Experiment, key: str) -> list[Fault]:
    most = experiment.count if experiment.precision is None else experiment.precision.most
    cells = experiment.design.size
    runs = most * len(experiment.regimes) * cells
    if runs <= MOST_RUNS:
        return []
    return [Fault(key, f"makes {runs:,} runs in {cells:,} cell{'s'[: cells != 1]}; allowed are {MOST_RUNS:,} at most")]
