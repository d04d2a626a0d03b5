"""What the page is generated from: sliders, situations, regimes and measures, read off the model's declarations."""

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from experiments.design.config import plain
from experiments.teaching.states import (
    LAB_HORIZON,
    MODEL,
    MOST_REGIMES,
    MOST_REPS,
    MOST_WEEKS,
    SEED,
    WORLDS,
)
from simulation import __version__
from simulation.measures import MEASURES
from simulation.parameters import Parameter, parameters
from simulation.presets import MEANINGS, PRESETS


class Slider(NamedTuple):
    """A parameter to drag: its usual range, which may be narrower than what is allowed."""

    label: str
    low: float
    high: float
    step: float
    regimes: tuple[str, ...] = ()  # of a regime's parameter: the presets in which it makes a difference


CLUSTERS: Final = ("cluster", "blended")
PROCESSES: Final = ("strict", "blended", "lean")
SLIDERS: Final[Mapping[str, Slider]] = {
    "market.variety": Slider("Variety of customers", 0, 1, 0.05),
    "market.ambiguity": Slider("Ambiguity of information", 0, 1, 0.05),
    "market.turbulence_per_year": Slider("Turbulence of the market", 0, 4, 0.1),
    "market.opportunities_per_rep_week": Slider("Load: opportunities per rep and week", 0.2, 4, 0.1),
    "market.patience_mean_weeks": Slider("Patience of customers", 4, 120, 4),
    "organisation.reps": Slider("Sales reps", 6, 80, 1),
    "organisation.span": Slider("Span: reps per manager", 3, 20, 0.5),
    "organisation.review_hours_per_day": Slider("Manager hours a day for sign-offs", 1, 8, 1),
    "organisation.specialisation": Slider("Specialisation of teams", 0, 1, 0.05),
    "organisation.turnover_per_year": Slider("Turnover of reps", 0, 2, 0.1),
    "regime.divert_below": Slider("Divert to the cluster below this fit", 0, 1, 0.05, ("blended",)),
    "regime.cluster_size": Slider("Cluster size", 4, 20, 1, CLUSTERS),
    "regime.cross_team_share": Slider("Share of reps across team boundaries", 0, 1, 0.05, CLUSTERS),
    "regime.sanction": Slider("Punishment for leaving the process", 0, 1, 0.05, CLUSTERS),
    "regime.documentation_hours": Slider("Documentation hours", 0, 12, 0.5, PROCESSES),
}
LABELS: Final = {
    "strict": "Strict process",
    "cluster": "Clusters",
    "blended": "Blend",
    "lean": "Lean process",
    "warmup_weeks": "Warm-up",
    "window_weeks": "Measured window",
    "horizon_weeks": "Horizon",
}


class Situation(NamedTuple):
    """A market or firm to start from; what it leaves out is the reference firm's."""

    name: str
    label: str
    meaning: str
    market: Mapping[str, Any] = {}
    organisation: Mapping[str, Any] = {}


SITUATIONS: Final = (
    Situation("reference", "Reference firm", "a typical firm that sells to other firms, from published figures"),
    Situation(
        "uniform", "Uniform market", "customers are alike and say clearly what they need",
        {"variety": 0.1, "ambiguity": 0.1},
    ),
    Situation(
        "ambiguous", "Ambiguous market", "customers differ, and what they say needs interpreting",
        {"variety": 0.8, "ambiguity": 0.9},
    ),
    Situation(
        "turbulent", "Turbulent market", "what customers usually want changes two or three times a year",
        {"turbulence_per_year": 2.5},
    ),
    Situation(
        "overloaded", "Overloaded managers", "customers differ, and managers have an hour a day for sign-offs",
        {"variety": 0.7, "opportunities_per_rep_week": 1.6}, {"review_hours_per_day": 1},
    ),
)  # fmt: skip


def declarations() -> dict[str, Any]:
    """Everything the page needs to know of the model before it asks for numbers; plain data for JSON."""
    return {
        "version": __version__,
        "model": MODEL,
        "parameters": [_parameter(p) for p in parameters()],
        "situations": [_situation(situation) for situation in SITUATIONS],
        "regimes": {
            name: {"label": LABELS[name], "meaning": MEANINGS[name], "numbers": plain(regime)}
            for name, regime in PRESETS.items()
        },
        "measures": [measure._asdict() for measure in MEASURES],
        "limits": {
            "worlds": WORLDS.high,
            "reps": MOST_REPS,
            "weeks": MOST_WEEKS,
            "regimes": MOST_REGIMES,
            "seed": SEED.high,
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """A parameter as declared, with its slider if it has one."""
    key = f"{parameter.group}.{parameter.name}"
    slider = SLIDERS.get(key)
    data: dict[str, Any] = {"key": key, **parameter._asdict(), "slider": slider is not None}
    data["default"] = parameter.word if parameter.default == math.inf else parameter.default
    data["allowed"] = [parameter.low, parameter.high]
    data["step"] = 1 if parameter.whole else None
    data["label"] = LABELS.get(parameter.name, parameter.name.replace("_", " ").capitalize())
    return data | (slider._asdict() if slider else {"regimes": ()})


def situation_state(situation: Situation) -> dict[str, Any]:
    """What of a state a situation decides: the scenario, with the lab's horizon."""
    market, organisation = dict(situation.market), dict(situation.organisation)
    return {"scenario": {"market": market, "organisation": organisation, "horizon": plain(LAB_HORIZON)}}


def _situation(situation: Situation) -> dict[str, Any]:
    named = {"name": situation.name, "label": situation.label, "meaning": situation.meaning}
    return {**named, "state": situation_state(situation)}
