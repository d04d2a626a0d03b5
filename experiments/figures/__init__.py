"""Figures of an experiment, from its tables alone: a function for each, `figures_for` to choose, `draw_each` to write."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from experiments.design.experiment import Experiment
from experiments.figures import canvas, forest
from experiments.figures.canvas import save
from experiments.figures.compared import compared
from experiments.figures.convergence import convergence
from experiments.figures.decomposition import decomposition
from experiments.figures.dose_response import dose_response
from experiments.figures.firm import organisation
from experiments.figures.forest import differences
from experiments.figures.frontier import frontier
from experiments.figures.hours import touch_and_wait
from experiments.figures.manager_load import QUEUE, UTILISATION, manager_inboxes, manager_load
from experiments.figures.over_cells import over_cells
from experiments.figures.scatter import scatter
from experiments.figures.sensitivity import morris, sobol
from experiments.figures.shares import outcome_split
from experiments.figures.times import time_to_action
from experiments.figures.tornado import tornado
from experiments.figures.turnover import turnover
from experiments.figures.value_stream import value_stream
from experiments.figures.winner_map import winner_map
from experiments.inference.one_by_one import base_cell
from experiments.wording import space

__all__ = ["Drawn", "differences", "draw_each", "figures_for"]

Tables = Mapping[str, pd.DataFrame]
"""The tables of a results folder by name; their columns: docs/architecture.md."""

SPEED: Final = ("acted_within_week", "median_hours_to_action", "acted_within_day", "acted_within_month")
QUALITY: Final = ("best_first_offer_share", "best_answer_share", "fit_of_won")
MOST_DECOMPOSED: Final = 2  # measures of which a figure of its own is drawn
MOST_CURVES: Final = 2  # factors of which a figure of its own is drawn
MANAGERS: Final = ("organisation.review_hours_per_day", "organisation.span", "regime.authority_per_level")


def figures_for(tables: Tables, experiment: Experiment) -> dict[str, Callable[[], Figure]]:
    """The figures that an experiment gets, by the name of their files, the most telling first; drawn when called.

    One cell: everything about one firm. Several: who wins where, what each factor does, what is gained and given up, and
    what the sensitivity table says. A figure whose table or measure is missing is left out.
    """
    cells = tables.get("cells", space.ONE_CELL)
    varying = space.factors(cells)
    measures = set(tables["summary"]["measure"])
    chosen = _of_one_cell(tables, experiment) if not varying else _of_cells(tables, cells, experiment, measures)
    if {UTILISATION, QUEUE} <= measures and varying and space.is_grid(cells):
        factor = next((name for name in (*MANAGERS, *varying) if name in varying), "")
        chosen["manager_load"] = partial(manager_load, tables["summary"], cells, experiment, factor)
    for name, figure in (("morris", morris), ("sobol", sobol)):
        if "sensitivity" in tables and name in set(tables["sensitivity"]["analysis"]):
            chosen[name] = partial(figure, tables["sensitivity"], experiment)
    if "convergence" in tables and space.is_grid(cells):
        chosen["convergence"] = partial(convergence, tables["convergence"], experiment, cells)
    return chosen


def _of_one_cell(tables: Tables, experiment: Experiment) -> dict[str, Callable[[], Figure]]:
    summary = tables["summary"]
    chosen: dict[str, Callable[[], Figure]] = {"compared": partial(compared, summary, experiment)}
    if "curves" in tables:
        chosen["time_to_action"] = partial(time_to_action, tables["curves"], experiment)
    chosen["outcome_split"] = partial(outcome_split, summary, experiment)
    chosen["touch_and_wait"] = partial(touch_and_wait, summary, experiment)
    chosen["organisation"] = partial(organisation, experiment)
    if "differences" in tables:
        from_baseline = tables["differences"][tables["differences"]["baseline"] == experiment.baseline]
        chosen["differences"] = partial(forest.differences, from_baseline, experiment)
    chosen["value_stream"] = partial(value_stream, summary, experiment)
    if "weekly" in tables:
        chosen["manager_inboxes"] = partial(manager_inboxes, tables["weekly"], experiment)
    return chosen


def _of_cells(
    tables: Tables, cells: pd.DataFrame, experiment: Experiment, measures: set[str]
) -> dict[str, Callable[[], Figure]]:
    """Figures of a sweep. Without a grid there is no line and no map: then a tornado, or scattered points, and differences.

    What speed costs in quality is drawn where both are among the outcomes.
    """
    summary, varying = tables["summary"], space.factors(cells)
    numeric = [name for name in varying if space.is_numeric(cells[name])]
    shown = [name for name in experiment.outcomes if name in measures] or sorted(measures)
    chosen = _of_analyses(tables, cells, experiment, shown)
    if "winners" in tables and len(numeric) >= 2 and space.is_grid(cells):
        measure = str(tables["winners"]["measure"].iloc[0])
        n = summary.loc[summary["measure"] == measure, "n"].tolist()
        chosen[f"winner_map_{measure}"] = partial(
            winner_map, tables["winners"], cells, experiment, measure, _most_values(numeric, cells), n
        )
    if (base := base_cell(cells)) is not None:
        chosen["tornado"] = partial(tornado, tables, cells, experiment, shown[0], base)
    elif space.is_grid(cells) or len(varying) == 1:
        levers, chief = space.levers(cells), space.lever(cells)
        for name in sorted(numeric, key=lambda name: (name != chief, name not in levers))[:MOST_CURVES]:
            chosen[f"dose_response_{name.replace('.', '_')}"] = partial(
                dose_response, summary, cells, experiment, name, shown
            )
    elif len(varying) > 1 and numeric:
        chosen["scatter"] = partial(scatter, tables, cells, experiment, shown[0])
    if "differences" in tables and len(experiment.regimes) > 1:
        chosen["differences"] = partial(over_cells, tables["differences"], cells, experiment, shown[0])
    speed, quality = (next((name for name in wanted if name in shown), "") for wanted in (SPEED, QUALITY))
    if speed and quality and space.is_grid(cells):
        chosen["frontier"] = partial(frontier, summary, cells, experiment, speed, quality)
    return chosen


def _of_analyses(
    tables: Tables, cells: pd.DataFrame, experiment: Experiment, shown: list[str]
) -> dict[str, Callable[[], Figure]]:
    """What the tables `shapley` and `turnovers` say."""
    chosen: dict[str, Callable[[], Figure]] = {}
    if "shapley" in tables:
        of = [name for name in shown if (tables["shapley"]["target"] == name).any()]
        for name in of[:MOST_DECOMPOSED]:
            chosen[f"decomposition_{name}"] = partial(decomposition, tables["shapley"], experiment, name)
    if "turnovers" in tables:
        name = str(tables["turnovers"]["measure"].iloc[0])
        chosen[f"turnover_{name}"] = partial(turnover, tables["turnovers"], tables["summary"], cells, experiment, name)
    return chosen


def _most_values(numeric: list[str], cells: pd.DataFrame) -> list[str]:
    """The two factors with most values, in their own order: then fewest panels are needed for the others."""
    widest = sorted(numeric, key=lambda name: -cells[name].nunique())[:2]
    return [name for name in numeric if name in widest]


class Drawn(NamedTuple):
    """A figure in its files, and the words in it."""

    name: str
    title: str
    caption: str
    png: Path
    svg: Path


class Lead(NamedTuple):
    """The figure that answers the question."""

    names: Sequence[str]  # how its name begins; the first of these that there is
    title: str  # the answer


def draw_each(folder: Path, tables: Tables, experiment: Experiment, lead: Lead | None = None) -> Iterator[Drawn]:
    """Write every figure of `figures_for` to folder/figures as PNG and SVG, the lead first, with the answer as its title."""
    tables = {name: _with_cells(name, table) for name, table in tables.items()}
    place = Path(folder) / "figures"
    place.mkdir(parents=True, exist_ok=True)
    chosen = figures_for(tables, experiment)
    first = lead_of(chosen, lead)
    for name in sorted(chosen, key=lambda name: name != first):
        figure = chosen[name]()
        if lead and name == first:
            canvas.retitle(figure, lead.title)
        png, svg = save(figure, place, name)
        yield Drawn(name, canvas.joined(figure.get_suptitle()), canvas.joined(figure.get_supxlabel()), png, svg)


def lead_of(names: Iterable[str], lead: Lead | None) -> str:
    """Which of the figures is the lead; "" if none is."""
    names = list(names)
    return next((name for start in (lead.names if lead else ()) for name in names if name.startswith(start)), "")


def _with_cells(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Tables of one cell may come without its number."""
    return table.assign(cell=0) if name in ("summary", "differences") and "cell" not in table else table
