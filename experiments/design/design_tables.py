"""From the table [design] of a config, with its factors, to a design, and back."""

from collections.abc import Collection, Mapping
from typing import Any

from experiments.design.factors import (
    Factor,
    Range,
    Value,
    factor_tables,
    factors_from,
    flat,
    known,
    place_of,
    value_from,
    written,
)
from experiments.design.file import (
    KINDS,
    Combined,
    Covering,
    GridTable,
    ListTable,
    MorrisTable,
    Sampled,
    SwitchesTable,
    UnionTable,
)
from experiments.design.layouts import MOST_CELLS, Cross, Design, Grid, Listing, Point, Sample, Union
from experiments.design.switches import Switches, switches_data, switches_from
from experiments.design.tables import Table, read
from simulation.loading import Fault, nearest


def sweep_from(
    data: Mapping[str, Any], regimes: Collection[str], faults: list[Fault]
) -> tuple[tuple[Factor, ...], Design]:
    """Factors and design of a config; () and the design of a single cell if nothing varies or something is wrong."""
    before = len(faults)
    declared = factors_from(data, regimes, faults)
    reader = _Reader(declared, regimes, faults)
    design = reader.part(data["design"], "design") if "design" in data else reader.grid(GridTable())
    if len(faults) == before and design.size > MOST_CELLS:
        faults.append(Fault("design", f"has {design.size:,} cells; allowed are {MOST_CELLS:,} at most"))
    if len(faults) > before:
        return (), Grid()
    for name in declared:
        if name not in design.names:
            faults.append(Fault(place_of(name), "is in no part of the design; name it in the `factors` of one"))
    factors = declared | _only_listed(declared, design)
    return tuple(factors[name] for name in design.names), design


def sweep_data(factors: tuple[Factor, ...], design: Design) -> dict[str, Any]:
    """The tables of a config from which `sweep_from` makes these factors and this design; {} if nothing varies."""
    return factor_tables(factors) | {"design": _design_data(design)} if factors else {}


class _Reader:
    """Reads designs and parts of designs; what is wrong is noted, and something usable takes its place."""

    def __init__(self, factors: Mapping[str, Factor], regimes: Collection[str], faults: list[Fault]) -> None:
        self._factors, self._regimes, self._faults = factors, regimes, faults

    def part(self, data: object, key: str) -> Design:
        """A design, or a part of one, from the table at `key`."""
        kind = data.get("kind", "grid") if isinstance(data, Mapping) else "grid"
        if not isinstance(kind, str) or kind not in KINDS:
            self._fault(f"{key}.kind", f"{kind!r} is not a kind of design{nearest(kind, KINDS)}")
            return Grid()
        table = read(KINDS[kind], data, key, self._faults, factors=self._factors)
        if isinstance(table, ListTable):
            return self.listing(table, f"{key}.points")
        if isinstance(table, SwitchesTable):
            return switches_from(table.start, table.end, table.switches, f"{key}.switches", self._regimes, self._faults)
        if isinstance(table, Combined):
            return self.combined(table, key)
        if not self._factors:
            self._fault(key, "has nothing to vary; name factors in [uncertainties] or [levers]")
            return Grid()
        return self.sample(table, kind) if isinstance(table, Sampled) else self.grid(table)

    def grid(self, table: Table) -> Grid:
        factors = self._covered(table)
        for factor in factors:
            if not factor.values:
                self._fault(place_of(factor.name), "needs steps, because a grid covers it")
        return Grid(factors)

    def sample(self, table: Sampled, kind: str) -> Design:
        factors = self._covered(table)
        for factor in factors:
            if not isinstance(factor.given, Range):
                problem = f"must be a range {{ from = ..., to = ... }}, because a design of kind {kind} covers it"
                self._fault(place_of(factor.name), problem)
        levels = {"levels": table.levels} if isinstance(table, MorrisTable) else {}
        return Sample(kind, factors, table.samples, table.seed, **levels)

    def listing(self, table: ListTable, key: str) -> Design:
        rows = [self._point(point, f"{key} #{n}") for n, point in enumerate(table.points, 1) if point is not None]
        self._same_factors([tuple(row) for row in rows], key)
        self._no_point_twice(rows, key)
        return Listing(tuple(rows)) if rows else Grid()

    def combined(self, table: Combined, key: str) -> Design:
        before = len(self._faults)
        parts = tuple(self.part(part, f"{key}.parts #{n}") for n, part in enumerate(table.parts, 1) if part is not None)
        if len(self._faults) > before or not parts:
            return Grid()
        if isinstance(table, UnionTable):
            self._same_factors([part.names for part in parts], f"{key}.parts")
            return Union(parts)
        names = [name for part in parts for name in part.names]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            self._fault(key, f"has {', '.join(twice)} in more than one part; say in `factors` what each part covers")
        return Cross(parts)

    def _point(self, data: object, key: str) -> Point:
        if not isinstance(data, Mapping) or not data:
            self._fault(key, f'must give factors their values, as {{ "market.variety" = 0.4 }}, not {data!r}')
            return {}
        point = {}
        for name, given in flat(data, key, self._faults).items():
            if known(name, f"{key}.{name}", self._regimes, self._faults):
                value = value_from(name, given, f"{key}.{name}", self._faults)
                point[name] = 0 if value is None else value
        return point

    def _covered(self, table: Table) -> tuple[Factor, ...]:
        """The factors that a part covers: those it names, else all."""
        names = table.factors if isinstance(table, Covering) else []
        return tuple(self._factors[name] for name in names or self._factors)

    def _no_point_twice(self, rows: list[Point], key: str) -> None:
        """However the points are written: with dots or tables, in any order, as 1 or 1.0."""
        first: dict[tuple[tuple[str, Value], ...], int] = {}
        for n, row in enumerate(rows, 1):
            earlier = first.setdefault(tuple(sorted(row.items())), n)
            if row and earlier < n:
                self._fault(f"{key} #{n}", f"is the same point as #{earlier}")

    def _same_factors(self, names: list[tuple[str, ...]], key: str) -> None:
        for n, others in enumerate(names, 1):
            if odd := sorted(set(others) ^ set(names[0])):
                self._fault(f"{key} #{n}", f"does not name the same factors as the first: {', '.join(odd)}")

    def _fault(self, key: str, problem: str) -> None:
        self._faults.append(Fault(key, problem))


def _only_listed(declared: Collection[str], design: Design) -> dict[str, Factor]:
    """The factors that no table declares, because lists and switches give them their values."""
    names = [name for name in design.names if name not in declared]
    points = list(design.points()) if names else []
    return {name: Factor(name, tuple(dict.fromkeys(point[name] for point in points))) for name in names}


def _design_data(design: Design) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": design.kind}
    if isinstance(design, Cross | Union):
        return data | {"parts": [_design_data(part) for part in design.parts]}
    if isinstance(design, Listing):
        rows = [{name: written(name, value) for name, value in row.items()} for row in design.rows]
        return data | {"points": rows}
    if isinstance(design, Switches):
        return data | switches_data(design)
    data["factors"] = list(design.names)
    if isinstance(design, Sample):
        data |= {"samples": design.samples, "seed": design.seed}
        data |= {"levels": design.levels} if design.kind == "morris" else {}
    return data
