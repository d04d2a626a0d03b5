"""What the page is generated from: sliders, situations, regimes and measures, read off the model's declarations."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from experiments.teaching.states import (
    LAB_HORIZON,
    MODEL,
    MOST_REGIMES,
    MOST_REPS,
    MOST_WEEKS,
    SEED,
    WORLDS,
)
from experiments.wording.regimes import PRESET_NAMES, Called
from simulation import __version__
from simulation.measures import LEAD, MEASURES
from simulation.parameters import Parameter, parameters, plain
from simulation.presets import MEANINGS, PRESETS


class Slider(NamedTuple):
    """A parameter to drag: its usual range, which may be narrower than what is allowed."""

    low: float
    high: float
    step: float
    regimes: tuple[str, ...] = ()  # of a regime's parameter: the presets in which it makes a difference


CLUSTERS: Final = ("cluster", "blended")
PROCESSES: Final = ("strict", "blended", "lean")
SLIDERS: Final[Mapping[str, Slider]] = {
    "market.variety": Slider(0, 1, 0.05),
    "market.ambiguity": Slider(0, 1, 0.05),
    "market.turbulence_per_year": Slider(0, 4, 0.1),
    "market.opportunities_per_rep_week": Slider(0.2, 4, 0.1),
    "market.patience_mean_weeks": Slider(4, 120, 4),
    "organisation.reps": Slider(6, 80, 1),
    "organisation.span": Slider(3, 20, 0.5),
    "organisation.review_hours_per_day": Slider(1, 8, 1),
    "organisation.specialisation": Slider(0, 1, 0.05),
    "organisation.turnover_per_year": Slider(0, 2, 0.1),
    "regime.divert_below": Slider(0, 1, 0.05, ("blended",)),
    "regime.cluster_size": Slider(4, 20, 1, CLUSTERS),
    "regime.cross_team_share": Slider(0, 1, 0.05, CLUSTERS),
    "regime.sanction": Slider(0, 1, 0.05, CLUSTERS),
    "regime.documentation_hours": Slider(0, 12, 0.5, PROCESSES),
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
)


def declarations() -> dict[str, Any]:
    """Everything the page needs to know of the model before it asks for numbers; plain data for JSON."""
    return {
        "version": __version__,
        "model": MODEL,
        "parameters": [_parameter(p) for p in parameters()],
        "situations": [_situation(situation) for situation in SITUATIONS],
        "regimes": {
            name: {"meaning": MEANINGS[name], "numbers": plain(regime), **_called(PRESET_NAMES[name])}
            for name, regime in PRESETS.items()
        },
        "measures": [measure._asdict() for measure in MEASURES],
        "lead": LEAD,
        "limits": {
            "worlds": WORLDS.high,
            "reps": MOST_REPS,
            "weeks": MOST_WEEKS,
            "regimes": MOST_REGIMES,
            "seed": SEED.high,
        },
    }


def _called(preset: Called) -> dict[str, Any]:
    """How a preset is called; its look comes with an ensemble, as that of every regime."""
    return {"label": preset.label, "subject": preset.subject, "plural": preset.plural}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """A parameter as declared, with its slider if it has one."""
    slider = SLIDERS.get(parameter.key)
    data: dict[str, Any] = {"key": parameter.key, **parameter._asdict(), "slider": slider is not None}
    data["default"] = parameter.plain(parameter.default)
    data["allowed"] = [parameter.low, parameter.high]
    data["step"] = 1 if parameter.whole else None
    return data | (slider._asdict() if slider else {"regimes": ()})


def situation_state(situation: Situation) -> dict[str, Any]:
    """What of a state a situation decides: the scenario, with the lab's horizon."""
    market, organisation = dict(situation.market), dict(situation.organisation)
    return {"scenario": {"market": market, "organisation": organisation, "horizon": plain(LAB_HORIZON)}}


def _situation(situation: Situation) -> dict[str, Any]:
    named = {"name": situation.name, "label": situation.label, "meaning": situation.meaning}
    return {**named, "state": situation_state(situation)}
