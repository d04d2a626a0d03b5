"""Switches: groups of numbers and words that change together, in every combination that there can be.

A decomposition asks how much of the difference between two states each of several changes makes. All numbers that belong to
one change are a *switch*: they have their first values or their second ones. Some changes can be made only after others (peers
are asked only outside the process), and combinations against that order are left out.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final

from experiments.design.factors import Value, flat, known, value_from, written
from experiments.design.values import list_of
from simulation.loading import Fault, nearest

MOST_SWITCHES: Final = 12  # 4,096 combinations
OWN_KEYS: Final = ("name", "after")


@dataclass(frozen=True)
class Switch:
    """One change: from the first to the second value of each of its factors."""

    name: str
    values: Mapping[str, tuple[Value, Value]]  # by factor
    after: tuple[str, ...] = ()  # names of the switches that are made before it


@dataclass(frozen=True)
class Switches:
    """Every combination of changes in which each has those behind it that it comes after, the last changing fastest."""

    start: str  # what to call the state before all changes
    end: str  # and the one after them
    switches: tuple[Switch, ...] = field(default=())
    kind: ClassVar[str] = "switches"

    @property
    def names(self) -> tuple[str, ...]:
        """Of all factors."""
        return tuple(name for switch in self.switches for name in switch.values)

    @property
    def before(self) -> tuple[tuple[int, ...], ...]:
        """For each switch, the places of those that are made before it."""
        places = {switch.name: place for place, switch in enumerate(self.switches)}
        return tuple(tuple(places[name] for name in switch.after) for switch in self.switches)

    @cached_property
    def combinations(self) -> tuple[tuple[bool, ...], ...]:
        """For each combination, which changes have been made."""
        every = itertools.product((False, True), repeat=len(self.switches))
        return tuple(made for made in every if all(made[j] for i, on in enumerate(made) if on for j in self.before[i]))

    @property
    def size(self) -> int:
        return len(self.combinations)

    def points(self) -> Iterable[Mapping[str, Value]]:
        for made in self.combinations:
            states = zip(self.switches, made, strict=True)
            yield {name: pair[on] for switch, on in states for name, pair in switch.values.items()}

    def made_at(self, point: Mapping[str, Value]) -> tuple[bool, ...]:
        """Which changes have been made at a point of a design."""
        return tuple(all(point[name] == pair[1] for name, pair in switch.values.items()) for switch in self.switches)


def switches_from(
    start: str, end: str, listed: list[Any], key: str, regimes: Collection[str], faults: list[Fault]
) -> Switches:
    """The switches listed at `key`; faulty ones are told, and what is usable of them is kept."""
    if len(listed) > MOST_SWITCHES:
        faults.append(Fault(key, f"holds {len(listed)} switches; allowed are {MOST_SWITCHES} at most"))
        return Switches(start, end)
    read: list[Switch] = []
    for n, data in enumerate((data for data in listed if data is not None), 1):
        switch = _switch(data, f"{key} #{n}", regimes, faults)
        _check_against(read, switch, f"{key} #{n}", faults)
        read.append(switch)
    return Switches(start, end, tuple(read))


def switches_data(design: Switches) -> dict[str, Any]:
    """The table from which `switches_from` makes this design."""
    return {"start": design.start, "end": design.end, "switches": [_switch_data(switch) for switch in design.switches]}


def _switch_data(switch: Switch) -> dict[str, Any]:
    pairs = {name: [written(name, value) for value in pair] for name, pair in switch.values.items()}
    return {"name": switch.name, **({"after": list(switch.after)} if switch.after else {}), **pairs}


def _switch(data: object, key: str, regimes: Collection[str], faults: list[Fault]) -> Switch:
    if not isinstance(data, Mapping):
        faults.append(Fault(key, f"must be a table with a name and what it changes, not {data!r}"))
        return Switch("", {})
    name = _text(data, "name", key, faults)
    after = list_of(data["after"], f"{key}.after", "names of switches", faults) if "after" in data else []
    pairs = flat({name: value for name, value in data.items() if name not in OWN_KEYS}, key, faults)
    if not pairs:
        faults.append(Fault(key, 'changes nothing; give it what it changes, as regime.dispatch = ["manager", "direct"]'))
    values = {factor: _pair(factor, given, f"{key}.{factor}", regimes, faults) for factor, given in pairs.items()}
    return Switch(name, values, tuple(str(one) for one in after))


def _pair(
    factor: str, given: object, key: str, regimes: Collection[str], faults: list[Fault]
) -> tuple[Value, Value]:
    if not known(factor, key, regimes, faults):
        return 0, 0
    if not isinstance(given, list) or len(given) != 2:
        faults.append(Fault(key, f"must be a pair, the value before the change and the one after it, not {given!r}"))
        return 0, 0
    before, after = (value_from(factor, value, key, faults) for value in given)
    if before is None or after is None:
        return 0, 0
    if before == after:
        faults.append(Fault(key, f"is {given[0]!r} before and after the change"))
    return before, after


def _check_against(earlier: list[Switch], switch: Switch, key: str, faults: list[Fault]) -> None:
    """Names are its own, it changes what no other changes, and it comes after earlier ones only, so that there is an order."""
    names = [other.name for other in earlier]
    if switch.name in names:
        faults.append(Fault(f"{key}.name", f"{switch.name!r} is the name of an earlier switch, too"))
    for other in (name for name in switch.after if name not in names):
        faults.append(Fault(f"{key}.after", f"{other!r} is not one of the switches before it{nearest(other, tuple(names))}"))
    for other_switch in earlier:
        for factor in switch.values.keys() & other_switch.values.keys():
            faults.append(Fault(f"{key}.{factor}", f"is changed by {other_switch.name!r} already"))


def _text(table: Mapping[str, Any], name: str, key: str, faults: list[Fault]) -> str:
    value = table.get(name)
    if isinstance(value, str) and value.strip():
        return value.strip()
    said = f"must be a text in quotation marks, not {value!r}" if name in table else "is missing"
    faults.append(Fault(f"{key}.{name}", said))
    return "?"
