"""From a TOML file to a checked experiment, with all faults at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from experiments.design.bounded import LONGEST_KEY, read_config
from experiments.design.design_tables import sweep_data, sweep_from
from experiments.design.experiment import MOST_RUNS, SWEEP_OUTCOMES, Cell, Experiment, Precision
from experiments.design.factors import written
from experiments.design.file import File
from experiments.design.layouts import Point
from experiments.design.tables import read
from simulation.loading import (
    Fault,
    InputError,
    clashes,
    nearest,
    regimes_from,
    scenario_from,
)
from simulation.measures import NAMES
from simulation.parameters import Contradiction, Regime, Scenario, contradictions, plain
from simulation.presets import PRESETS

_NAME: Final = re.compile(r"\w[\w .-]*")
_CELLS: Final = ("scenario", "regimes", "uncertainties", "levers", "design")  # the tables that decide the cells


def load_experiment(path: str | Path) -> Experiment:
    """The experiment in a TOML file. Raises InputError with all faults at once.

    Only `question` must be there. What else is left out: name = the file's, title = name, scenario = the
    reference firm, regimes = the presets, baseline = the first regime, nothing varies, 100 runs of each from
    seed 1. If something varies: every combination, and the outcomes are SWEEP_OUTCOMES, else all measures.
    """
    experiment, faults = _read(path)
    faults += _cell_faults(experiment, faults)
    _raise(path, faults)
    return experiment


def outline(path: str | Path) -> Experiment:
    """The experiment in a TOML file without a look at its single cells, which may take long. Raises InputError as above."""
    experiment, faults = _read(path)
    _raise(path, faults)
    return experiment


def _raise(path: str | Path, faults: list[Fault]) -> None:
    if faults:
        raise InputError(str(path), list(dict.fromkeys(faults)))


def _read(path: str | Path) -> tuple[Experiment, list[Fault]]:
    data = read_config(path)
    faults: list[Fault] = []
    scenario = scenario_from(data.get("scenario", {}), "scenario", faults)
    regimes = regimes_from(data.get("regimes", {name: {} for name in PRESETS}), "regimes", faults)
    if data.get("regimes") == {}:
        faults.append(Fault("regimes", "is empty; an experiment needs at least one regime"))
    faults += clashes("scenario", faults, scenario) + unusable_names("regimes.", regimes)
    file = read(File, data, "", faults, regimes=regimes)
    name = file.name or Path(path).stem
    faults += [Fault("name", fault.problem) for fault in unusable_names("", {name: None})]
    factors, design = sweep_from(data, regimes, faults)
    baseline = file.baseline or next(iter(regimes), "")
    experiment = Experiment(
        name=name,
        title=file.title or name,
        question=file.question,
        scenario=scenario,
        regimes=regimes,
        baseline=baseline,
        count=file.replications.count,
        first_seed=file.replications.first_seed,
        outcomes=tuple(file.outcomes) or (SWEEP_OUTCOMES if factors else NAMES),
        contrasts=tuple((regime, minus) for regime, minus in file.contrasts),
        precision=_precision(file, baseline, faults),
        factors=factors,
        design=design,
    )
    return experiment, faults


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


def unusable_names(prefix: str, names: Mapping[str, Any]) -> list[Fault]:
    rule = "may hold letters, digits, spaces and the signs _ . - only, and must begin with a letter or digit"
    long = f"the name has {{}} characters; allowed are {LONGEST_KEY} at most"
    return [
        Fault(f"{prefix}{name}", long.format(len(name)) if len(name) > LONGEST_KEY else f"the name {name!r} {rule}")
        for name in names if len(name) > LONGEST_KEY or not _NAME.fullmatch(name)
    ]


def _precision(file: File, baseline: str, faults: list[Fault]) -> Precision | None:
    table, count = file.precision, file.replications.count
    if table is None:
        return None
    if table.regime == baseline:
        faults.append(Fault("precision.regime", f"{baseline!r} is the baseline; name a regime to compare with it"))
    most = table.most if "most" in table.model_fields_set else max(table.most, count)
    if most < count:
        faults.append(Fault("precision.most", f"{most} is below replications.count = {count}"))
    return Precision(table.outcome, table.regime, table.half_width, table.step, most)


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
