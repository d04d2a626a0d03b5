"""The cells of a design as figures and reports need them: what varies, in which order, and what is held fixed in a panel."""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.design.factors import declared, role_of
from experiments.inference.points import once
from experiments.wording import naming

MOST_PANELS: Final = 9
ONE_CELL: Final = pd.DataFrame({"cell": [0]})
FULL: Final = 0.5  # share of all combinations of values that makes a design a grid
WIDE: Final = 30.0  # ratio of the largest value to the smallest above which an axis is logarithmic
ROOM: Final = 0.12  # of an axis, for the label of a tick


class Panel(NamedTuple):
    """The cells that share the values of all factors not on the panel's axes."""

    label: str  # these values in words; "" if there is nothing to tell apart
    cells: pd.DataFrame


class Scale(NamedTuple):
    """Where the values of a factor lie on an axis."""

    position: dict[Any, float]  # by value
    ticks: list[float]
    labels: list[str]
    logarithmic: bool


def factors(cells: pd.DataFrame) -> list[str]:
    """The factors with more than one value, in the design's order."""
    return [name for name in cells.columns if name != "cell" and cells[name].nunique(dropna=False) > 1]


def levers(cells: pd.DataFrame) -> list[str]:
    """Those of them that the firm decides."""
    return [name for name in factors(cells) if role_of(name) == "lever"]


def values(column: "pd.Series[Any]") -> list[Any]:
    """The different values of a factor, from small to large; words such as "never" at the end."""
    return sorted(column.unique().tolist(), key=_rank)


def is_numeric(column: "pd.Series[Any]") -> bool:
    """Whether a factor has two values or more that are numbers."""
    return sum(math.isfinite(naming.amount(value)) for value in column.unique()) >= 2


def is_grid(cells: pd.DataFrame) -> bool:
    """Whether (at least half of) all combinations of the factors' values are there; a point that repeats counts once."""
    combinations = math.prod(int(cells[name].nunique()) for name in factors(cells))
    return len(once(cells)) >= FULL * combinations


def is_full(cells: pd.DataFrame) -> bool:
    """Whether all combinations of the factors' values are there."""
    return len(once(cells)) == math.prod(int(cells[name].nunique()) for name in factors(cells))


def few(ordered: Sequence[Any], most: int) -> list[Any]:
    """At most so many of them at even steps, the first and the last among them."""
    return [ordered[i] for i in _spread(len(ordered), most)]


def measured(table: pd.DataFrame, cells: pd.DataFrame, measure: str) -> pd.DataFrame:
    """One measure's rows of `summary` or `differences` with the factors beside them, in the unit of `naming`."""
    factor = naming.scale(measure)
    rows = table[table["measure"] == measure]
    ends = {name: factor * rows[name] for name in ("mean", "low", "high")}
    return rows.assign(**ends).merge(cells, on="cell")


def panels(cells: pd.DataFrame, on_axes: Sequence[str], most: int = MOST_PANELS) -> tuple[list[Panel], int]:
    """A panel for each combination of the other factors' values, and how many there are in all.

    If there are more than `most`, a coarser grid is taken: the smallest and the largest value of a factor and some between.
    """
    fixed = [name for name in factors(cells) if name not in on_axes]
    if not fixed:
        return [Panel("", cells)], 1
    groups: list[tuple[tuple[Hashable, ...], pd.DataFrame]] = sorted(
        ((point, part) for point, part in cells.groupby(fixed, sort=False, dropna=False)),
        key=lambda group: [_rank(value) for value in group[0]],
    )
    chosen = _coarser([values(cells[name]) for name in fixed], most)
    kept = [group for group in groups if all(value in few for value, few in zip(group[0], chosen, strict=True))]
    if not kept or len(groups) <= most:
        kept = [groups[i] for i in _spread(len(groups), most)]
    return [Panel(point_in_words(zip(fixed, point, strict=True)), part) for point, part in kept], len(groups)


def held(cells: pd.DataFrame, on_axes: Sequence[str]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The cells in which all other factors lie at one setting, and that setting.

    Each factor has its declared value where the design has that one, else its middle value; of the combinations that there are,
    that which lies nearest to it, in steps from value to value.
    """
    fixed = [name for name in factors(cells) if name not in on_axes]
    if not fixed:
        return cells, {}
    places = {name: {value: i for i, value in enumerate(values(cells[name]))} for name in fixed}
    wanted = {name: _usual(name, list(places[name])) for name in fixed}
    points = cells[fixed].drop_duplicates().to_dict("records")
    steps = [sum(abs(places[name][point[name]] - places[name][wanted[name]]) for name in fixed) for point in points]
    point = {str(name): value for name, value in points[steps.index(min(steps))].items()}
    chosen = np.logical_and.reduce([(cells[name] == value).to_numpy() for name, value in point.items()])
    return cells[chosen], point


def _usual(name: str, ordered: Sequence[Any]) -> Any:
    """The declared value, if it is among these; else the middle one, of two the lower."""
    parameter = declared(name)
    there = [value for value in ordered if parameter is not None and value == parameter.default]
    return there[0] if there else ordered[(len(ordered) - 1) // 2]


def lever(cells: pd.DataFrame) -> str:
    """The factor whose doses are told: of the firm's own ones with numbers (else of all), that with most values; "" if none."""
    numeric = [name for name in factors(cells) if is_numeric(cells[name])]
    own = [name for name in numeric if name in levers(cells)] or numeric
    return max(own, key=lambda name: cells[name].nunique(), default="")


def _coarser(every: Sequence[list[Any]], most: int) -> list[list[Any]]:
    """Fewer values of each factor, so that they have at most so many combinations."""
    counts = [len(one) for one in every]
    while math.prod(counts) > most:
        largest = counts.index(max(counts))
        counts[largest] -= 1
    return [[one[i] for i in _spread(len(one), count)] for one, count in zip(every, counts, strict=True)]


def _spread(n: int, most: int) -> list[int]:
    """At most so many of the numbers below n at even steps, the first and (if more than one) the last among them."""
    return [int(i) for i in np.unique(np.linspace(0, n - 1, min(most, n)).round())]


def point_in_words(point: Iterable[tuple[str, Any]], with_unit: bool = False) -> str:
    """ "Span of control = 4, Managers' authority = 2"."""
    return ", ".join(
        f"{naming.factor_label(name, with_unit)} = {naming.factor_value(name, value)}" for name, value in point
    )


def setting_in_words(point: Mapping[str, Any]) -> str:
    """The same within a sentence: "variety of customers = 0.4"."""
    return ", ".join(
        f"{factor_in_words(name)} = {naming.factor_value(name, value)}" for name, value in point.items()
    )


def factor_in_words(name: str) -> str:
    """A factor within a sentence: its label up to the colon, with the regime it belongs to."""
    label = naming.factor_label(name, with_unit=False)
    regime = f" (in {'.'.join(name.split('.')[1:-1])})" if name.startswith("regimes.") else ""
    return naming.lowered(label.removesuffix(regime).partition(":")[0]) + regime


def about_panels(shown: int, of: int) -> str:
    """A sentence for the caption where panels are left out; "" where none are."""
    return f"Shown are {shown} of {of} combinations of the other factors' values." if shown < of else ""


def scale(column: "pd.Series[Any]") -> Scale:
    """Places on an axis: numbers where they belong, words beyond the largest number, one step apart."""
    ordered = values(column)
    numbers = [naming.amount(value) for value in ordered if math.isfinite(naming.amount(value))]
    logarithmic = len(numbers) > 2 and numbers[0] > 0 and numbers[-1] / numbers[0] >= WIDE
    last = numbers[-1] if numbers else -1.0
    step = (numbers[-1] - numbers[0]) / (len(numbers) - 1) if len(numbers) > 1 else 1.0
    position: dict[Any, float] = {}
    for beyond, value in enumerate(ordered, start=1 - len(numbers)):
        number = naming.amount(value)
        place = last * (numbers[-1] / numbers[-2]) ** beyond if logarithmic else last + step * beyond
        position[value] = number if math.isfinite(number) else place
    shown = thinned(ordered, 6) if logarithmic else _legible(thinned(ordered, 6), position)
    labels = [naming.factor_value(str(column.name), value) for value in shown]
    return Scale(position, [position[value] for value in shown], labels, logarithmic)


def _legible(shown: Sequence[Any], position: dict[Any, float]) -> list[Any]:
    """Those whose labels have room beside each other; the last and the first among them."""
    first, last = shown[0], shown[-1]
    room = ROOM * (position[last] - position[first])
    kept = [first]
    for value in shown[1:-1]:
        if min(position[value] - position[kept[-1]], position[last] - position[value]) >= room:
            kept.append(value)
    return [*kept, last] if len(shown) > 1 else kept


def thinned(ordered: Sequence[Any], most: int) -> list[Any]:
    """At most so many of them at equal steps from the first, to the last if possible; also the last one if it is a word."""
    n_steps = len(ordered) - 1
    least = max(1, math.ceil(n_steps / max(most - 1, 1)))
    step = next((step for step in range(least, n_steps // 2 + 1) if n_steps % step == 0), least)
    shown = list(ordered[::step])
    if ordered[-1] not in shown and not math.isfinite(naming.amount(ordered[-1])):
        shown.append(ordered[-1])
    return shown


def _rank(value: Any) -> tuple[int, float, str]:
    number = naming.amount(value)
    if math.isfinite(number):
        return 0, number, ""
    return 1, 0.0, str(value)
