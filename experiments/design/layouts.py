"""Designs: how cells are placed among the factors, and an order of them that is even at any time."""

import itertools
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from experiments.design.factors import Factor, Value
from experiments.design.switches import Switches

T = TypeVar("T")
Point = Mapping[str, Value]
"""The value of every factor, by name; {} if nothing varies."""

MOST_CELLS: Final = 200_000
ORDER: Final = 0  # seed of the order of work, which no result hangs on


@dataclass(frozen=True)
class Grid:
    """Every combination of the factors' values, the last factor changing fastest. Of no factors: a single cell."""

    factors: tuple[Factor, ...] = ()
    kind: ClassVar[str] = "grid"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(factor.name for factor in self.factors)

    @property
    def size(self) -> int:
        return math.prod(len(factor.values) for factor in self.factors)

    def points(self) -> Iterable[Point]:
        rows = itertools.product(*(factor.values for factor in self.factors))
        return (dict(zip(self.names, row, strict=True)) for row in rows)


@dataclass(frozen=True)
class Listing:
    """Points one by one, all with the same factors."""

    rows: tuple[Point, ...]
    kind: ClassVar[str] = "list"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.rows[0])

    @property
    def size(self) -> int:
        return len(self.rows)

    def points(self) -> Iterable[Point]:
        return self.rows


@dataclass(frozen=True)
class Sample:
    """Points drawn over the factors' ranges, for an analysis that needs them just so."""

    kind: str  # "latin_hypercube", "sobol" or "morris"
    factors: tuple[Factor, ...]
    samples: int  # points, base points or trajectories
    seed: int
    levels: int = 4  # of a Morris design: values that each factor can have

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(factor.name for factor in self.factors)

    @property
    def bounds(self) -> list[list[float]]:
        """[low, high] of each factor."""
        return [[factor.low, factor.high] for factor in self.factors]

    @property
    def problem(self) -> dict[str, Any]:
        """The factors as SALib wants them described."""
        return {"num_vars": len(self.factors), "names": list(self.names), "bounds": self.bounds}

    @property
    def size(self) -> int:
        extra = {"latin_hypercube": 0, "sobol": len(self.factors) + 1, "morris": len(self.factors)}[self.kind]
        return self.samples * (1 + extra)

    @cached_property
    def matrix(self) -> NDArray[np.float64]:
        """float64[size, factors], rows in the order of the cells: what was drawn, before whole numbers are made of it."""
        # SALib takes a second to import, which other designs need not wait for.
        from SALib.sample import latin, morris, sobol

        if self.kind == "sobol":
            rows = sobol.sample(self.problem, self.samples, calc_second_order=False, seed=self.seed)
        elif self.kind == "morris":
            rows = morris.sample(self.problem, self.samples, num_levels=self.levels, seed=self.seed)
        else:
            rows = latin.sample(self.problem, self.samples, seed=self.seed)
        return np.asarray(rows, np.float64)

    def points(self) -> Iterable[Point]:
        for row in self.matrix.tolist():
            yield {factor.name: factor.taken(x) for factor, x in zip(self.factors, row, strict=True)}


@dataclass(frozen=True)
class Cross:
    """Every point of each part with every point of the others, the last part changing fastest."""

    parts: tuple["Design", ...]
    kind: ClassVar[str] = "cross"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.names)

    @property
    def size(self) -> int:
        return math.prod(part.size for part in self.parts)

    def points(self) -> Iterable[Point]:
        for row in itertools.product(*(tuple(part.points()) for part in self.parts)):
            yield {name: value for point in row for name, value in point.items()}


@dataclass(frozen=True)
class Union:
    """The points of the parts, one part after another; all have the same factors."""

    parts: tuple["Design", ...]
    kind: ClassVar[str] = "union"

    @property
    def names(self) -> tuple[str, ...]:
        return self.parts[0].names

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    def points(self) -> Iterable[Point]:
        return itertools.chain.from_iterable(part.points() for part in self.parts)


Design = Grid | Listing | Sample | Switches | Cross | Union


def interleaved(cells: Sequence[T]) -> list[T]:
    """The cells in a drawn order, always the same, of which every first part is spread evenly over the design.

    Evenly as a sample is without replacement: of the first k of n cells, those with a share p of all have a standard deviation
    of at most sqrt(k p (1 − p)); that at most, since none comes twice, and no regular design can be in step with it.
    """
    return random.Random(ORDER).sample(cells, len(cells))
