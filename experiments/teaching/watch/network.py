"""A firm at work, drawn as a network: who reports to whom, who sits in which cluster, whose inbox is full."""

from typing import Final

import networkx as nx
from matplotlib.axes import Axes

from simulation.calendar import HOURS_PER_WEEK
from simulation.model import SellingModel

EMPTY: Final = 60.0  # points² of a person with nothing waiting
PER_MATTER: Final = 45.0
CLUSTER_COLOURS: Final = ("#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#DDDDDD")
MANAGER_COLOUR: Final = "#3B3B3B"
TREE_COLOUR: Final = "#999999"


def firm_network(model: SellingModel) -> "nx.DiGraph[str]":
    """The firm now, an arrow from each superior to each report.

    Nodes "rep 3" and "manager 0" have place (x, y), waiting (matters in the inbox) and cluster (-1 for managers).
    """
    firm = model.structure
    network: nx.DiGraph[str] = nx.DiGraph()
    places = [float(r) for r in range(len(firm.team))]
    for r, rep in enumerate(model.reps):
        waiting = len(rep.own_work) + len(rep.requests)
        network.add_node(f"rep {r}", place=(places[r], 0.0), waiting=waiting, cluster=int(firm.cluster[r]))
    reports: dict[int, list[float]] = {}
    for r, team in enumerate(firm.team):
        reports.setdefault(int(team), []).append(places[r])
    for m, manager in enumerate(model.managers):  # level by level from the lowest, so that reports have their places
        x = sum(reports[m]) / len(reports[m])
        network.add_node(f"manager {m}", place=(x, float(firm.level[m])), waiting=len(manager.inbox), cluster=-1)
        if firm.superior[m] >= 0:
            reports.setdefault(int(firm.superior[m]), []).append(x)
    network.add_edges_from((f"manager {team}", f"rep {r}") for r, team in enumerate(firm.team))
    network.add_edges_from((f"manager {above}", f"manager {m}") for m, above in enumerate(firm.superior) if above >= 0)
    return network


def draw_firm(model: SellingModel, axes: Axes) -> None:
    """Draw the firm: the larger a person, the more is waiting there; reps of one cluster have one colour."""
    network = firm_network(model)
    people = network.nodes(data=True)
    nx.draw_networkx(
        network,
        {name: person["place"] for name, person in people},
        ax=axes,
        arrows=False,
        node_size=[EMPTY + PER_MATTER * person["waiting"] for _, person in people],
        node_color=[_colour(person["cluster"]) for _, person in people],
        labels={name: str(person["waiting"]) for name, person in people if person["waiting"]},
        edge_color=TREE_COLOUR,
        font_size=7,
    )
    axes.set_axis_off()
    axes.set_title(f"Week {model.clock // HOURS_PER_WEEK + 1}: matters waiting at each person; colours are clusters")


def _colour(cluster: int) -> str:
    return MANAGER_COLOUR if cluster < 0 else CLUSTER_COLOURS[cluster % len(CLUSTER_COLOURS)]
