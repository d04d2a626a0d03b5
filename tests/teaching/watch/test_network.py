"""The firm as Mesa's viewer draws it."""

import networkx as nx
import pytest
from matplotlib.figure import Figure

from experiments.teaching.watch.network import draw_firm, firm_network
from simulation.model import SellingModel
from simulation.parameters import Market, Organisation, Scenario
from simulation.presets import PRESETS


@pytest.fixture(scope="module")
def busy() -> SellingModel:
    """A small firm with three levels after a week of too much work."""
    scenario = Scenario(market=Market(opportunities_per_rep_week=15.0), organisation=Organisation(reps=10, span=3))
    model = SellingModel(scenario, PRESETS["blended"].model_copy(update={"cluster_size": 5}), 3)
    for _ in range(40):
        model.step()
    return model


def test_the_network_is_the_tree_of_the_firm(busy: SellingModel) -> None:
    network = firm_network(busy)
    assert nx.is_arborescence(network)
    assert len(network) == 10 + len(busy.managers)
    for number, rep in enumerate(busy.reps):
        assert list(network.predecessors(f"rep {number}")) == [f"manager {rep.team}"]
    for above, below in network.edges:
        assert network.nodes[above]["place"][1] == network.nodes[below]["place"][1] + 1


def test_the_network_shows_what_is_waiting(busy: SellingModel) -> None:
    people = firm_network(busy).nodes(data=True)
    at_reps = sum(person["waiting"] for name, person in people if name.startswith("rep"))
    at_managers = sum(person["waiting"] for name, person in people if name.startswith("manager"))
    assert (at_reps, at_managers) == (busy.rep_inboxes(), busy.manager_inboxes())
    assert at_reps > 0


def test_the_drawing_has_a_mark_for_everybody_larger_where_more_is_waiting(busy: SellingModel) -> None:
    axes = Figure().subplots()
    draw_firm(busy, axes)
    waiting = [person["waiting"] for _, person in firm_network(busy).nodes(data=True)]
    (marks,) = (part for part in axes.collections if len(part.get_offsets()) == len(waiting))
    sizes = marks.get_sizes()
    assert all((sizes[i] > sizes[j]) == (waiting[i] > waiting[j]) for i in range(len(waiting)) for j in range(i))
    assert {text.get_text() for text in axes.texts} == {str(n) for n in waiting if n}
    assert "Week 2" in axes.get_title()
