"""The firm as networks: who reports to whom, and who may ask whom."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import FAINT, INK, WIDTH
from simulation import chance
from simulation.parameters import Regime
from simulation.settings import flatten
from simulation.structure import clusters, tree, unit_of

DRAWN_WHOLE: Final = 150  # reps; of a larger firm only the first teams are drawn
FIRST_TEAMS: Final = 40  # reps in those teams
PER_ROW: Final = 40  # reps side by side under their managers
BETWEEN_TEAMS: Final = 0.8  # widths of a rep
TREE_INCHES: Final = 2.2
TREE_POINTS: Final = 115.0  # from the reps to the top manager
MANAGER_POINTS: Final = 14.0
LINKS_DRAWN: Final = 12  # members of a cluster; in larger ones the links would be a blot

# Tol (2021), "Colour schemes", light: pale enough for a number on it, and no regime's colour.
TEAM_COLOURS: Final = (
    "#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#DDDDDD",
)

Place = tuple[float, float]


class Firm(NamedTuple):
    """A firm's structure as far as it is drawn."""

    chart: "nx.DiGraph[str]"  # superior -> subordinate; "m3" is manager 3, "r12" rep 12
    groups: list[list[int]]  # reps in each cluster
    homes: list[int]  # each cluster's team
    team: list[int]  # of each rep, also of those who are not drawn
    levels: list[int]  # managers on each level, from the lowest, drawn or not
    shown: int  # reps in the teams drawn


@canvas.styled
def organisation(experiment: Experiment) -> Figure:
    """The tree of managers and reps, and the clusters of the first regime that has any, in the first run."""
    with_clusters = [name for name, regime in experiment.regimes.items() if regime.divert_below > 0]
    regime = experiment.regimes[with_clusters[0]] if with_clusters else None
    firm = structure_of(experiment, regime)
    inches = _cluster_inches(firm)
    caption = (
        _counts(firm, experiment.scenario.organisation.span),
        _about_clusters(firm, regime, with_clusters, experiment.first_seed),
        f"Experiment: {experiment.title}",
    )
    figure = canvas.sheet(1.2 + TREE_INCHES + inches, "How is the firm organised?", caption)
    upper, lower = figure.subplots(2, 1, height_ratios=(TREE_INCHES, inches))
    upper.set_title("Who reports to whom")
    lower.set_title("Who may ask whom: clusters" + " (square: sits in another team's cluster)" * bool(regime))
    _draw_chart(upper, firm)
    if regime:
        _draw_clusters(lower, firm)
    else:
        canvas.note(lower, "No regime of this experiment turns to clusters.")
    return figure


def structure_of(experiment: Experiment, regime: Regime | None) -> Firm:
    """The firm of the first run, reduced to its first teams if it is too large to draw."""
    shape = experiment.scenario.organisation
    superior, level = tree(shape.reps, shape.span, shape.least_levels)
    team = [unit_of(rep, shape.span) for rep in range(shape.reps)]
    last = team[-1] if shape.reps <= DRAWN_WHOLE else max(team[FIRST_TEAMS] - 1, 0)
    shown = sum(one <= last for one in team)
    chart: nx.DiGraph[str] = nx.DiGraph()
    for rep in range(shown):
        chart.add_edge(f"m{team[rep]}", f"r{rep}")
    for manager in range(last + 1):
        while superior[manager] >= 0:
            chart.add_edge(f"m{superior[manager]}", f"m{manager}")
            manager = int(superior[manager])
    groups, homes = _clusters_of(experiment, regime, team, shown) if regime else ([], [])
    levels = [int((level == n).sum()) for n in range(1, max(level) + 1)]
    return Firm(chart, groups, homes, team, levels, shown)


def _clusters_of(
    experiment: Experiment, regime: Regime, team: list[int], shown: int
) -> tuple[list[list[int]], list[int]]:
    """Members and home team of each cluster that sits in the teams drawn."""
    settings = flatten(experiment.scenario, regime)
    _, first_seat, seat = clusters(settings, experiment.first_seed & chance.MASK, np.array(team))
    groups = [[int(rep) for rep in seat[a:b]] for a, b in pairwise(first_seat) if a < shown]
    return groups, [team[first_seat[c]] for c in range(len(groups))]


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s'[: n != 1]}"


def _counts(firm: Firm, span: float) -> str:
    """How large the firm is, and how much of it is drawn."""
    per_level = " → ".join(f"{n:,}" for n in reversed(firm.levels))
    text = (
        f"n = {_counted(len(firm.team), 'rep')} in {_counted(firm.levels[0], 'team')}, span of control "
        f"{span:g}; {_counted(sum(firm.levels), 'manager')} on {_counted(len(firm.levels), 'level')} "
        f"(from the top: {per_level})."
    )
    if firm.shown == len(firm.team):
        return text
    drawn = firm.team[firm.shown - 1] + 1
    teams = "the first team" if drawn == 1 else f"the first {drawn} teams"
    return f"{text} Drawn: {teams} with {_counted(firm.shown, 'rep')} and their superiors."


def _about_clusters(firm: Firm, regime: Regime | None, names: Sequence[str], seed: int) -> str:
    """Whose clusters are drawn, and what the marks mean."""
    text = "Numbers and colours: a rep's own team. No 95 % intervals: one firm, not a mean."
    if regime is None:
        return text
    members = [(rep, home) for group, home in zip(firm.groups, firm.homes, strict=True) for rep in group]
    visitors = sum(firm.team[rep] != home for rep, home in members)
    name = canvas.short_names([names[0]], 40, lines=1)[names[0]]
    return (
        f"{text} Clusters as under “{name}” with seed {seed}: {_counted(regime.cluster_size, 'member')} at "
        f"most, {100 * regime.cross_team_share:g} % of reps change seats by lot, {visitors} of these "
        f"{len(members)} now sit with another team (squares)."
    )


def _draw_chart(axes: Axes, firm: Firm) -> None:
    """The tree: managers by level, each team's reps side by side (in several rows if there are many)."""
    spots, diameter, width = _places(firm)
    links = [(spots[a], spots[b]) for a, b in firm.chart.edges]
    axes.add_collection(LineCollection(links, colors="#AAAAAA", linewidths=0.7, zorder=1))
    for node, (x, y) in spots.items():
        rep = node.startswith("r")
        points = diameter if rep else MANAGER_POINTS
        fill = _colour(firm.team[int(node[1:])]) if rep else "#4A4A4A"
        axes.plot(
            x, y, marker="o" if rep else "s", markersize=points, color=fill, markeredgecolor=INK,
            markeredgewidth=0.5, zorder=3,
        )
        _number(axes, x, y, _team_of(node, firm), points, INK if rep else "white")
    _label_levels(axes, firm, spots, width)
    axes.set_ylim(-12, TREE_POINTS + 12)
    axes.set_axis_off()


def _colour(team: int) -> str:
    return TEAM_COLOURS[team % len(TEAM_COLOURS)]


def _team_of(node: str, firm: Firm) -> str:
    """The team's number (from 1), of reps and of their managers; higher managers have none."""
    who = int(node[1:])
    if node.startswith("r"):
        return str(firm.team[who] + 1)
    return str(who + 1) if who < firm.levels[0] else ""


def _number(axes: Axes, x: float, y: float, text: str, points: float, colour: str = INK) -> None:
    """A number in a mark of so many points, if it can be read there."""
    size = min(8.0, 0.55 * points) * (1.0, 1.0, 0.95, 0.8, 0.65)[min(len(text), 4)]
    if size >= 4:
        canvas.write(axes, x, y, text, "center", size=size, color=colour, zorder=4)


def _places(firm: Firm) -> tuple[dict[str, Place], float, float]:
    """Where each node stands (x in widths of a rep, y in points), a rep's size in points, the whole width."""
    n_rows = math.ceil(firm.shown / PER_ROW)
    sizes = np.unique(firm.team[: firm.shown], return_counts=True)[1]
    width = float(sum(math.ceil(size / n_rows) + BETWEEN_TEAMS for size in sizes))
    diameter = min(15.0, 0.6 * WIDTH * 72 / width)
    spots: dict[str, Place] = {}
    left, rep = 0.0, 0
    for size in sizes:
        n_columns = math.ceil(size / n_rows)
        for place in range(size):
            row = n_rows - 1 - place // n_columns
            spots[f"r{rep}"] = (left + place % n_columns, row * 1.2 * diameter)
            rep += 1
        left += n_columns + BETWEEN_TEAMS
    _place_managers(firm, spots, floor=(n_rows - 1) * 1.2 * diameter)
    return spots, diameter, width


def _place_managers(firm: Firm, spots: dict[str, Place], floor: float) -> None:
    """Managers above the middle of their reports, levels at equal distances."""
    step = (TREE_POINTS - floor) / len(firm.levels)
    level = np.repeat(np.arange(1, len(firm.levels) + 1), firm.levels)
    for node in reversed(list(nx.topological_sort(firm.chart))):
        if node.startswith("m"):
            below = [spots[other][0] for other in firm.chart.successors(node)]
            spots[node] = ((min(below) + max(below)) / 2, floor + step * float(level[int(node[1:])]))


def _label_levels(axes: Axes, firm: Firm, spots: dict[str, Place], width: float) -> None:
    """At the left what stands on each level, at the right how many more there are."""
    left = -0.19 * width - 1.0
    axes.set_xlim(left, width * (1.0 if firm.shown == len(firm.team) else 1.12))
    bounds = np.cumsum([0, *firm.levels])
    rows = [("", len(firm.team), [f"r{rep}" for rep in range(firm.shown)])]
    for level, (first, end) in enumerate(pairwise(bounds), start=1):
        rows.append((f"level {level}: ", int(end - first), [f"m{manager}" for manager in range(first, end)]))
    for prefix, n, nodes in rows:
        drawn = [spots[node] for node in nodes if node in spots]
        y = float(np.mean([place[1] for place in drawn]))
        canvas.write(axes, left, y, prefix + _counted(n, "manager" if prefix else "rep"))
        if n > len(drawn):
            beyond = max(place[0] for place in drawn) + 0.03 * width
            canvas.write(axes, beyond, y, f"… {n - len(drawn):,} more", va="bottom", size=8, color=FAINT)


def _cell_inches(firm: Firm) -> float:
    """The room for one cluster."""
    largest = max(len(group) for group in firm.groups)
    if largest <= 2:
        return 0.5
    if largest <= LINKS_DRAWN:
        return 1.25 if len(firm.groups) <= 14 else 0.85
    return 2.1


def _grid(firm: Firm) -> tuple[int, int]:
    """Columns and rows of clusters."""
    n_columns = min(len(firm.groups), int((WIDTH - 0.5) / _cell_inches(firm)))
    return n_columns, math.ceil(len(firm.groups) / n_columns)


def _cluster_inches(firm: Firm) -> float:
    return _grid(firm)[1] * _cell_inches(firm) + 0.35 if firm.groups else 0.9


def _draw_clusters(axes: Axes, firm: Firm) -> None:
    """A disc for each cluster, with its members on a circle."""
    n_columns, n_rows = _grid(firm)
    largest = max(len(group) for group in firm.groups)
    size = min(0.24, 2 * math.pi * 0.42 / (1.2 * largest + math.pi))
    for i, (group, home) in enumerate(zip(firm.groups, firm.homes, strict=True)):
        middle = (float(i % n_columns), float(-(i // n_columns)))
        axes.add_patch(Circle(middle, 0.46, facecolor="#F2F2F2", edgecolor="none", zorder=0))
        _draw_cluster(axes, firm, group, home, middle, size)
    axes.set_aspect("equal")
    axes.set_anchor("W")
    axes.set_xlim(-0.5, n_columns - 0.5)
    axes.set_ylim(0.5 - n_rows, 0.5)
    axes.set_axis_off()


def _draw_cluster(axes: Axes, firm: Firm, group: list[int], home: int, middle: Place, size: float) -> None:
    """Members on a circle, everybody linked with everybody in a small cluster. size: widths of a cell."""
    links = nx.complete_graph(group) if len(group) <= LINKS_DRAWN else nx.empty_graph(group)
    spots = nx.circular_layout(links, scale=0.44 - size / 2, center=middle)
    segments = [(spots[a], spots[b]) for a, b in links.edges]
    axes.add_collection(LineCollection(segments, colors="#BBBBBB", linewidths=0.5, zorder=1))
    for rep, (x, y) in spots.items():
        fill: dict[str, Any] = {"facecolor": _colour(firm.team[rep]), "edgecolor": INK, "zorder": 3}
        if firm.team[rep] == home:
            axes.add_patch(Circle((x, y), size / 2, linewidth=0.5, **fill))
        else:
            side = 0.86 * size
            axes.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, linewidth=1.4, **fill))
        _number(axes, x, y, str(firm.team[rep] + 1), size * 72 * _cell_inches(firm))
