"""One firm under one regime in Mesa's own viewer, for those who know it.

    pip install -e '.[solara]'
    solara run experiments/teaching/watch/mesa_app.py
"""

from typing import Any

import solara
from matplotlib.figure import Figure
from mesa.visualization import Slider, SolaraViz, make_plot_component
from mesa.visualization.utils import update_counter

from experiments.teaching.watch.network import draw_firm
from simulation.model import SellingModel
from simulation.parameters import Market, Organisation, Scenario
from simulation.presets import PRESETS


class FirmAtWork(SellingModel):
    """The model with the few inputs that this app sets; all others are the reference firm's."""

    def __init__(
        self, regime: str = "blended", variety: float = 0.4, ambiguity: float = 0.5, load: float = 1.0,
        review_hours_per_day: int = 2, seed: int | str = 1,
    ) -> None:  # fmt: skip
        market = Market(variety=variety, ambiguity=ambiguity, opportunities_per_rep_week=load)
        organisation = Organisation(review_hours_per_day=review_hours_per_day)
        super().__init__(Scenario(market=market, organisation=organisation), PRESETS[regime], int(seed))


@solara.component
def Firm(model: SellingModel) -> None:
    """Who reports to whom, who sits in which cluster, whose inbox is full."""
    update_counter.get()  # draws anew after every step
    figure = Figure(figsize=(7, 5), layout="constrained")
    draw_firm(model, figure.subplots())
    solara.FigureMatplotlib(figure)


INPUTS: dict[str, Any] = {
    "regime": {"type": "Select", "value": "blended", "values": list(PRESETS), "label": "Regime"},
    "variety": Slider("Variety of customers", 0.4, 0.0, 1.0, 0.05),
    "ambiguity": Slider("Ambiguity of information", 0.5, 0.0, 1.0, 0.05),
    "load": Slider("Opportunities per rep and week", 1.0, 0.2, 4.0, 0.1),
    "review_hours_per_day": Slider("Manager hours a day for sign-offs", 2, 1, 8, 1),
    "seed": {"type": "InputText", "value": "1", "label": "Seed"},
}

page = SolaraViz(
    FirmAtWork(),
    components=[Firm, make_plot_component(["rep_inboxes", "manager_inboxes"]), make_plot_component("open_cases")],
    model_params=INPUTS,
    render_interval=4,
    name="A sales organisation at work",
)
