"""Single values of a config, each checked: what is wrong is noted, and something usable is returned in its place."""

import math
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from simulation.loading import Fault, nearest


class Whole(NamedTuple):
    """A whole number within limits; no default: it must be there."""

    default: int | None
    low: int
    high: int

    @property
    def limits(self) -> str:
        return f"allowed is a whole number from {self.low} to {self.high}"


def table_of(data: object, key: str, known: Collection[str], faults: list[Fault]) -> Mapping[str, Any]:
    """A table that should hold known keys only."""
    if not isinstance(data, Mapping):
        faults.append(Fault(key, f"must be a table, not {data!r}"))
        return {}
    for name in data:
        if name not in known:
            hint = nearest(name, tuple(known))
            faults.append(Fault(f"{key}.{name}", f"unknown key (value {data[name]!r}){hint}"))
    return data


def whole_number(table: Mapping[str, Any], name: str, key: str, limits: Whole, faults: list[Fault]) -> int:
    """The whole number under `name` in the table that stands at `key`."""
    fallback = limits.low if limits.default is None else limits.default
    if name not in table and limits.default is None:
        faults.append(Fault(f"{key}.{name}", f"is missing; {limits.limits}"))
    value = table.get(name, fallback)
    if type(value) is int and limits.low <= value <= limits.high:
        return value
    faults.append(Fault(f"{key}.{name}", f"{value!r} is not allowed here; {limits.limits}"))
    return fallback


def positive_number(table: Mapping[str, Any], name: str, key: str, faults: list[Fault]) -> float:
    """The number above 0 under `name` in the table that stands at `key`; it must be there."""
    value = table.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
        return float(value)
    said = f"{value!r} is not allowed here" if name in table else "is missing"
    faults.append(Fault(f"{key}.{name}", f"{said}; allowed is a number above 0"))
    return 1.0


def one_of(value: object, known: Collection[str], key: str, what: str, faults: list[Fault]) -> bool:
    """Whether a value is one of some names; `what` says of what: "a measure"."""
    if isinstance(value, str) and value in known:
        return True
    faults.append(Fault(key, f"{value!r} is not {what}{nearest(value, tuple(known))}"))
    return False


def list_of(data: object, key: str, of: str, faults: list[Fault]) -> list[Any]:
    """A list that is not empty and holds nothing twice; `of` says what it should hold: "measures"."""
    if not isinstance(data, list) or not data:
        faults.append(Fault(key, f"must be a list of {of}, not {data!r}" if data != [] else f"is empty; list {of}"))
        return []
    kept: dict[str, Any] = {}  # by how it is written, since tables have no hash and a list of points may be long
    for value in data:
        if repr(value) in kept:
            faults.append(Fault(key, f"holds {value!r} twice"))
        kept[repr(value)] = value
    return list(kept.values())
