"""From plain data (a parsed TOML file) to validated inputs, with all faults at once."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulation.faults import Fault, InputError, near, nearest
from simulation.parameters import D, Declared, Horizon, Market, Organisation, Regime, Scenario, contradictions
from simulation.presets import PRESETS

__all__ = [
    "Fault", "InputError", "clashes", "declared_from", "load_regime", "load_scenario", "nearest", "read_toml", "regimes_from",
    "scenario_from",
]

SCENARIO_GROUPS: dict[str, type[Declared]] = {"market": Market, "organisation": Organisation, "horizon": Horizon}


# What the model's second version added. A table that has all the rest of its group and none of these was written out in full by
# the first version: read with today's defaults for these, it would mean another firm.
SECOND_VERSION: dict[type[Declared], frozenset[str]] = {
    Market: frozenset({"ambiguity_spread"}),
    Organisation: frozenset({
        "acquaintance", "acquaintance_across", "hearsay", "needs_expert", "conferring_hours", "work_unit_minutes",
        "selling_hours_per_day", "undocumented_share", "forgotten_per_week", "confident_of",
    }),
    Regime: frozenset({"divert_by", "advice"}),
}


def read_toml(path: str | Path) -> dict[str, Any]:
    """The contents of a TOML file. Raises InputError if it cannot be read, is empty or is not TOML."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors put a mark at the start
    except FileNotFoundError:
        close = near(path.name, [p.name for p in path.parent.glob("*.toml")])
        hint = f"; did you mean {path.parent / close}?" if close else ""
        raise InputError(str(path), [Fault("", f"there is no such file{hint}")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), [Fault("", f"cannot be read: {error}")]) from None
    if not text.strip():
        raise InputError(str(path), [Fault("", "the file is empty")])
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), [Fault("", f"is not valid TOML: {error}")]) from None


def load_scenario(path: str | Path) -> Scenario:
    """The scenario in a TOML file, from its [scenario] table if there is one, else from its whole.

    What the file leaves out has the reference firm's value. Raises InputError naming file, key, value, limit and the nearest
    valid key, for all faults at once.
    """
    data = read_toml(path)
    faults: list[Fault] = []
    prefix = "scenario" if "scenario" in data else ""
    scenario = scenario_from(data.get("scenario", data), prefix, faults)
    faults += clashes(prefix, faults, scenario)
    if faults:
        raise InputError(str(path), faults)
    return scenario


def load_regime(path: str | Path, name: str) -> Regime:
    """The regime `name` of a TOML file: its table [regimes.name], else the preset of that name. Raises InputError."""
    data = read_toml(path)
    faults: list[Fault] = []
    regimes = regimes_from(data.get("regimes", {}), "regimes", faults)
    if faults:
        raise InputError(str(path), faults)
    known = {**PRESETS, **regimes}
    if name not in known:
        raise InputError(str(path), [Fault(f"regimes.{name}", f"there is no such regime{nearest(name, known)}")])
    return known[name]


def scenario_from(data: object, prefix: str, faults: list[Fault]) -> Scenario:
    """A scenario from nested plain data; what is faulty is noted in `faults` and has its default."""
    groups: dict[str, Any] = {}
    for name, table in _table(data, prefix, faults).items():
        key = _join(prefix, name)
        if name in SCENARIO_GROUPS:
            groups[name] = declared_from(SCENARIO_GROUPS[name], table, key, faults)
        else:
            home = next((group for group, model in SCENARIO_GROUPS.items() if name in model.model_fields), None)
            hint = f"; {name!r} belongs in the table [{_join(prefix, home)}]" if home else nearest(name, SCENARIO_GROUPS)
            faults.append(Fault(key, f"unknown table{hint}"))
    return Scenario(**groups)


def regimes_from(data: object, prefix: str, faults: list[Fault]) -> dict[str, Regime]:
    """Regimes from plain data, one table each. A `base` names the preset whose numbers hold where none are given."""
    regimes = {}
    for name, table in _table(data, prefix, faults).items():
        key = _join(prefix, name)
        numbers = dict(_table(table, key, faults))
        base = numbers.pop("base", name if name in PRESETS else None)
        if base is None and set(Regime.model_fields) <= set(numbers):
            base = "strict"  # every number is given: it starts from nothing
        elif base is None:
            hint = f"; did you mean the table [{_join(prefix, close)}]?" if (close := near(name, PRESETS)) else ""
            faults.append(Fault(f"{key}.base", f"is missing: name the preset it starts from ({', '.join(PRESETS)}){hint}"))
            base = "strict"
        if not isinstance(base, str) or base not in PRESETS:
            faults.append(Fault(f"{key}.base", f"{base!r} is not a preset{nearest(base, PRESETS)}"))
            base = "strict"
        regimes[name] = declared_from(Regime, numbers, key, faults, PRESETS[base])
        faults += clashes(key, faults, Scenario(), regimes[name])
    return regimes


def clashes(prefix: str, faults: list[Fault], scenario: Scenario, regime: Regime | None = None) -> list[Fault]:
    """Contradictions between values as they were given; one that hangs on a stand-in for a faulty value is none."""
    faulty = {fault.key for fault in faults}
    return [
        Fault(_join(prefix, clash.key), clash.problem)
        for clash in contradictions(scenario, regime)
        if not faulty & {_join(prefix, clash.key), _join(prefix, clash.other)}
    ]


def declared_from(model: type[D], data: object, prefix: str, faults: list[Fault], base: D | None = None) -> D:
    """One group of parameters from plain data; faulty values are noted and left at the base's value (or default)."""
    table = dict(_table(data, prefix, faults))
    if _of_first_version(model, table):
        faults.append(Fault(prefix, _FIRST_VERSION.format(", ".join(sorted(SECOND_VERSION[model])))))
    given = {name: getattr(base, name) for name in model.model_fields} if base is not None else {}
    try:
        return model(**{**given, **table})
    except InputError as error:
        for name, problem in error.faults:
            if name in table:
                del table[name]
                faults.append(Fault(_join(prefix, name), problem))
    return model(**{**given, **table})


def _of_first_version(model: type[Declared], table: Mapping[str, Any]) -> bool:
    """Whether a table has every value of its group but those that the second version added."""
    added = SECOND_VERSION.get(model, frozenset())
    return bool(added) and not added & set(table) and set(model.model_fields) - added <= set(table)


_FIRST_VERSION = (
    "was written out by the model's first version, which knew nothing of {} and counted work in hours (CHANGELOG.md says what "
    "changed). Run the experiment's own file anew: sellsim run experiments/configs/NAME.toml"
)


def _table(data: object, key: str, faults: list[Fault]) -> Mapping[str, Any]:
    if isinstance(data, Mapping):
        return data
    faults.append(Fault(key, f"must be a table, not {data!r}"))
    return {}


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name
