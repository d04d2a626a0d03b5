"""What varies: numbers and words of scenario and regimes, from the tables [uncertainties] and [levers] of a config and back.

A *factor* is named like the number it varies: "market.variety", "organisation.span", "horizon.window_weeks",
"regime.quorum" (in every regime) or "regimes.blended.quorum" (in one, where it wins over "regime.quorum").
"""

import difflib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from experiments.design.values import Whole, list_of, table_of, whole_number
from simulation.loading import Fault, declared_from
from simulation.parameters import GROUPS, PARAMETERS, Parameter

Value = float | int | str
"""The value of a factor in a cell; infinity where the config says "always" or "never"."""
TABLES: Final = {"uncertainty": "uncertainties", "lever": "levers"}
STEPS: Final = Whole(None, 2, 1000)
_RANGE: Final = ("from", "to", "steps")


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
        return role_of(self.name)

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers only."""
        parameter = declared(self.name)
        return parameter is not None and parameter.whole

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


def declared(name: str) -> Parameter | None:
    """The parameter that a factor of this name varies, in every regime or in one; None if there is none."""
    group, _, last = name.rpartition(".")
    return PARAMETERS.get(f"regime.{last}" if group.startswith("regimes.") else name)


def parameter_of(name: str, regimes: Collection[str]) -> Parameter | None:
    """The same; None also if it names a regime that is not among these."""
    group = name.rpartition(".")[0]
    return declared(name) if not group.startswith("regimes.") or group.removeprefix("regimes.") in regimes else None


def role_of(name: str) -> Literal["uncertainty", "lever"]:
    """Whether the world decides a factor or the firm."""
    parameter = declared(name)
    return parameter.role if parameter else "lever"


def place_of(name: str) -> str:
    """Where a factor is declared: "levers.organisation.span"."""
    return f"{TABLES[role_of(name)]}.{name}"


def written(name: str, value: Value) -> Value:
    """A factor's value as it stands in a config: infinity as the word declared for it."""
    parameter = declared(name)
    checked: Value = parameter.plain(value) if parameter else value
    return checked


def factors_from(data: Mapping[str, Any], regimes: Collection[str], faults: list[Fault]) -> dict[str, Factor]:
    """The factors of a config by name; a faulty one goes from 0 to 1, so that only its own fault is told."""
    found = {table: flat(data.get(table, {}), table, faults) for table in TABLES.values()}
    factors = {}
    for table, entries in found.items():
        for name, given in entries.items():
            values = None
            home, _, _ = place_of(name).partition(".")
            if known(name, f"{table}.{name}", regimes, faults):
                if home == table:
                    values = _values(name, given, regimes, faults)
                else:
                    faults.append(Fault(f"{table}.{name}", _misplaced(home, name in found[home])))
            factors[name] = Factor(name, values or Range(0.0, 1.0, 2))
    return factors


def _misplaced(home: str, is_there: bool) -> str:
    if is_there:
        return f"stands in [{home}] as well, where it belongs; take it out here"
    return f"belongs in the table [{home}], because {'the firm' if home == 'levers' else 'the world'} decides it"


def flat(data: object, key: str, faults: list[Fault]) -> dict[str, Any]:
    """What nested tables give to dotted names; a table of from, to and steps is something given."""
    found: dict[str, Any] = {}
    for name, given in _entries(data, key, faults):
        if name in found:  # "market.variety" in quotation marks is another key of TOML than variety in the table market
            faults.append(Fault(f"{key}.{name}", "is given twice, once in quotation marks; take one of the two out"))
        found[name] = given
    return found


def _entries(data: object, key: str, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    if not isinstance(data, Mapping):
        faults.append(Fault(key, f"must be a table, not {data!r}"))
        return
    for name, value in data.items():
        if isinstance(value, Mapping) and not _is_range(value):
            yield from ((f"{name}.{rest}", given) for rest, given in _entries(value, f"{key}.{name}", faults))
        else:
            yield name, value


def _is_range(value: Mapping[str, Any]) -> bool:
    """Whether a table is a range and not a table of factors (a regime may be named "to")."""
    return not value or any(not isinstance(value.get(key, {}), Mapping) for key in _RANGE)


def known(name: str, key: str, regimes: Collection[str], faults: list[Fault]) -> bool:
    """Whether there is a parameter of this name; if not, the nearest is named."""
    if parameter_of(name, regimes) is not None:
        return True
    names = [*PARAMETERS, *(f"regimes.{regime}.{last}" for regime in regimes for last in GROUPS["regime"].model_fields)]
    same = [other for other in names if other.rpartition(".")[2] == name.rpartition(".")[2]]
    near = difflib.get_close_matches(name, same or names, 1, 0.0 if same else 0.6)
    hint = f"did you mean {near[0]!r}?" if near else "`sellsim parameters` lists all"
    faults.append(Fault(key, f"there is no such parameter; {hint}"))
    return False


def value_from(name: str, value: object, key: str, faults: list[Fault]) -> Value | None:
    """One value of a factor, of the type and within the bounds declared for its parameter; None if it is faulty.

    key: of the value's place, to be told with its fault.
    """
    table, _, last = name.rpartition(".")
    own: list[Fault] = []
    model = GROUPS["regime" if table.startswith("regimes.") else table]
    checked: Value = getattr(declared_from(model, {last: value}, table, own), last)
    faults += [Fault(key, fault.problem) for fault in own]
    return None if own else checked


def _values(
    name: str, given: object, regimes: Collection[str], faults: list[Fault]
) -> tuple[Value, ...] | Range | None:
    """What a factor is given: a list of values or a range; None if something is wrong with it."""
    key = place_of(name)
    if isinstance(given, Mapping):
        parameter = parameter_of(name, regimes)
        return None if parameter is None else _range(given, key, name, parameter, faults)
    before = len(faults)
    listed = list_of(given, key, "values, or { from = ..., to = ..., steps = ... }", faults)
    checked = [value_from(name, value, key, faults) for value in listed]
    values = tuple(value for value in checked if value is not None)
    if len(faults) == before and len(set(values)) < len(values):
        faults.append(Fault(key, f"holds a value twice: {listed}"))
    return values if len(faults) == before else None


def _range(
    given: Mapping[str, Any], key: str, name: str, parameter: Parameter, faults: list[Fault]
) -> Range | None:
    if parameter.choices:
        faults.append(Fault(key, f"is a word, not a number; list some of {', '.join(parameter.choices)}"))
        return None
    before = len(faults)
    table_of(given, key, _RANGE, faults)
    low, high = (_end(given, end, key, name, faults) for end in ("from", "to"))
    steps = whole_number(given, "steps", key, STEPS, faults) if "steps" in given else None
    if len(faults) > before:
        return None
    if low >= high:
        faults.append(Fault(key, f"from = {low:g} is not below to = {high:g}"))
    elif parameter.whole and steps and steps > high - low + 1:
        count = f"{high - low + 1:g} whole numbers from {low:g} to {high:g}"
        faults.append(Fault(f"{key}.steps", f"{steps} is too many; there are {count}"))
    elif len(set(Factor(name, Range(low, high, steps)).values)) < (steps or 0):
        faults.append(Fault(f"{key}.steps", f"{steps} is too many; from = {low!r} and to = {high!r} differ by too little"))
    return Range(low, high, steps)


def _end(given: Mapping[str, Any], end: str, key: str, name: str, faults: list[Fault]) -> float:
    """One end of a range: a finite number."""
    if end not in given:
        faults.append(Fault(f"{key}.{end}", "is missing; a range goes { from = ..., to = ..., steps = ... }"))
        return 0.0
    value = value_from(name, given[end], f"{key}.{end}", faults)
    if isinstance(value, float) and math.isinf(value):
        faults.append(Fault(f"{key}.{end}", f"{given[end]!r} is no end of a range; list the values to have it among them"))
    return value if isinstance(value, int | float) else 0.0


def factor_tables(factors: Iterable[Factor]) -> dict[str, Any]:
    """The tables of a config from which `factors_from` makes these factors."""
    data: dict[str, Any] = {}
    for factor in factors:
        table, _, last = factor.name.rpartition(".")
        place = data.setdefault(TABLES[factor.role], {})
        for step in table.split(".", 1):  # a regime's name may have dots
            place = place.setdefault(step, {})
        place[last] = _factor_data(factor)
    return data


def _factor_data(factor: Factor) -> Any:
    if not isinstance(factor.given, Range):
        return [written(factor.name, value) for value in factor.given]
    low, high, steps = factor.given
    return {"from": low, "to": high} | ({} if steps is None else {"steps": steps})
