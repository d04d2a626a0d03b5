"""What a config file may say: one declaration of every table for the check and for the schema that editors read.

Numbers of the model and what varies (scenario, regimes, uncertainties, levers, points) are checked against the declared
parameters, by `simulation.loading` and `experiments.design.factors`.
"""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from experiments.design.layouts import MOST_CELLS
from experiments.design.tables import Table, Text, described, fault, one_of, several, whole
from simulation.measures import LEAD, NAMES

MOST_COUNT: Final = 1_000_000
MOST_SEED: Final = 10**15
MEASURE: Final = one_of("a measure", NAMES, "measure")
REGIME: Final = one_of("one of the regimes", "regimes")
FACTOR: Final = one_of("declared in [uncertainties] or [levers]", "factors")


class Replications(Table):
    """runs"""

    count: int = whole(1, MOST_COUNT, "runs of each regime in each cell", 100)
    first_seed: int = whole(0, MOST_SEED, "seed of the first run; the same seeds in all regimes and cells", 1)


class PrecisionTable(Table):
    """replications until a paired difference is known well enough"""

    STAND_IN: ClassVar = {"outcome": LEAD, "half_width": 1.0}
    outcome: Annotated[str, MEASURE] = Field(description="the measure")
    regime: Annotated[str, REGIME] = Field(description="the regime compared with the baseline")
    half_width: float = Field(gt=0, allow_inf_nan=False, description="of the 95 % interval")
    step: int = whole(1, MOST_COUNT, "runs added at a time", 20)
    most: int = whole(1, MOST_COUNT, "runs at which it ends anyhow", 1000)


class Covering(Table):
    """A design over factors that are declared elsewhere."""

    factors: Annotated[list[Annotated[str, FACTOR]], several("names of factors")] = Field(
        [], description='the factors covered, as "market.variety"; default: all'
    )


class GridTable(Covering):
    """every combination of the factors' values"""

    kind: Literal["grid"] = "grid"


class ListTable(Table):
    """points one by one"""

    STAND_IN: ClassVar = {"points": [None]}
    kind: Literal["list"]
    points: Annotated[list[Annotated[Any, described("point")]], several("points")] = Field(
        description="the points, each with the same factors"
    )


class Sampled(Covering):
    """A design drawn over the factors' ranges."""

    STAND_IN: ClassVar = {"samples": 2}
    samples: int = whole(2, MOST_CELLS, "points")
    seed: int = whole(0, 2**32 - 1, "of the sample", 1)


class HypercubeTable(Sampled):
    """a Latin hypercube over the factors' ranges"""

    kind: Literal["latin_hypercube"]


def _power_of_two(samples: int) -> int:
    below = 1 << (samples.bit_length() - 1)
    if samples != below:
        raise fault(f"{samples} is not a power of two; the nearest are {below} and {2 * below}")
    return samples


class SobolTable(Sampled):
    """a Sobol' sample for variance-based indices; samples × (factors + 2) cells"""

    kind: Literal["sobol"]
    samples: Annotated[int, AfterValidator(_power_of_two)] = whole(2, MOST_CELLS, "base points, a power of two")


class MorrisTable(Sampled):
    """Morris trajectories for screening; samples × (factors + 1) cells"""

    kind: Literal["morris"]
    samples: int = whole(2, MOST_CELLS, "trajectories")
    levels: int = whole(2, 100, "values of each factor, an even number", 4, multiple_of=2)


class SwitchesTable(Table):
    """changes one by one and together, in every combination that there can be"""

    STAND_IN: ClassVar = {"start": "?", "end": "?", "switches": [None]}
    kind: Literal["switches"]
    start: Text = Field(description="what to call the state before all changes")
    end: Text = Field(description="what to call the state after all changes")
    switches: Annotated[
        list[Annotated[Any, described("switch")]], several("switches, each a table with a name and what it changes")
    ] = Field(description="the changes, each a table with a name and what it changes")


class Combined(Table):
    """A design of designs."""

    STAND_IN: ClassVar = {"parts": [None]}
    parts: Annotated[list[Annotated[Any, described("design")]], several("parts, each a table with its kind")] = Field(
        description="designs, each a table with its kind"
    )


class CrossTable(Combined):
    """every point of each part with every point of the others"""

    kind: Literal["cross"]


class UnionTable(Combined):
    """the parts one after another, with the same factors in each"""

    kind: Literal["union"]


KINDS: Final[dict[str, type[Table]]] = {
    "grid": GridTable, "list": ListTable, "latin_hypercube": HypercubeTable, "sobol": SobolTable, "morris": MorrisTable,
    "switches": SwitchesTable, "cross": CrossTable, "union": UnionTable,
}


def _pair(value: object) -> object:
    if not isinstance(value, list) or len(value) != 2:
        raise fault(f"{value!r} is not a pair of regimes")
    if value[0] == value[1]:
        raise fault(f"{value!r} compares a regime with itself")
    return value


Contrast = Annotated[list[Annotated[str, REGIME]], BeforeValidator(_pair), Field(min_length=2, max_length=2)]


class File(Table):
    """one question, and everything that decides its answer"""

    STAND_IN: ClassVar = {"question": "?"}
    name: Text = Field("", description="of the results folder; default: the file's name")
    title: Text = Field("", description="default: the name")
    question: Text = Field(description="what the experiment is to answer")
    baseline: Annotated[str, REGIME] = Field("", description="the regime the others are compared with; default: the first")
    outcomes: Annotated[list[Annotated[str, MEASURE]], several("measures")] = Field(
        [], description="measures in tables and figures, the most important first"
    )
    contrasts: Annotated[list[Contrast], several('pairs of regimes, as [["blended", "strict"]]')] = Field(
        [], description="pairs [regime, minus this regime]; default: every regime minus the baseline"
    )
    scenario: Annotated[Any, described("scenario")] = None
    regimes: Annotated[Any, described("regimes")] = None
    uncertainties: Annotated[Any, described("uncertainties")] = None
    levers: Annotated[Any, described("levers")] = None
    design: Annotated[Any, described("design")] = Field(
        None, description="how cells are placed among the factors; default: a grid"
    )
    replications: Replications = Replications()
    precision: PrecisionTable | None = None
