"""One firm under one regime in Mesa's own viewer, for those who know it.

    pip install -e '.[solara]'
    solara run experiments/teaching/watch/mesa_app.py
"""

from typing import Any

import solara
from matplotlib.figure import Figure
from mesa.visualization import Slider, SolaraViz, make_plot_component
from mesa.visualization.utils import update_counter

from experiments.teaching.declarations import SLIDERS
from experiments.teaching.watch.network import draw_firm
from simulation.model import SellingModel
from simulation.parameters import PARAMETERS, Market, Organisation, Scenario
from simulation.presets import PRESETS


class FirmAtWork(SellingModel):
    """The model with the few inputs that this app sets; all others are the reference firm's."""

    def __init__(
        self, regime: str = "blended", variety: float = 0.4, ambiguity: float = 0.5, load: float = 1.0,
        review_hours_per_day: int = 2, seed: int | str = 1,
    ) -> None:
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


def _slider(key: str) -> Slider:
    """As in the lab."""
    parameter, slider = PARAMETERS[key], SLIDERS[key]
    return Slider(parameter.label, parameter.default, slider.low, slider.high, slider.step)


INPUTS: dict[str, Any] = {
    "regime": {"type": "Select", "value": "blended", "values": list(PRESETS), "label": "Regime"},
    "variety": _slider("market.variety"),
    "ambiguity": _slider("market.ambiguity"),
    "load": _slider("market.opportunities_per_rep_week"),
    "review_hours_per_day": _slider("organisation.review_hours_per_day"),
    "seed": {"type": "InputText", "value": "1", "label": "Seed"},
}

page = SolaraViz(
    FirmAtWork(),
    components=[Firm, make_plot_component(["rep_inboxes", "manager_inboxes"]), make_plot_component("open_cases")],
    model_params=INPUTS,
    render_interval=4,
    name="A sales organisation at work",
)
