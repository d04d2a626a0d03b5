"""What the page is generated from: sliders, situations, regimes and measures, read off the model's declarations."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from experiments.teaching.market_map import market_map
from experiments.teaching.states import (
    LAB_HORIZON,
    MODEL,
    MOST_REGIMES,
    MOST_REPS,
    MOST_WEEKS,
    SEED,
    WORLDS,
)
from experiments.wording.regimes import PRESET_NAMES, Called, looks
from simulation import __version__
from simulation.measures import LEAD, MEASURES
from simulation.parameters import Parameter, parameters, plain
from simulation.presets import PRESETS


class Slider(NamedTuple):
    """A parameter to drag, or to choose: its usual range, which may be narrower than what is allowed."""

    low: float
    high: float
    step: float
    plain: str  # what it means, for those who have never seen the model
    first: bool = False  # one of the handful that decide; the others are folded away
    regimes: tuple[str, ...] = ()  # of a regime's parameter: the presets in which it makes a difference


class Choice(NamedTuple):
    """A parameter that is one word of a few: what each of them is called. What is left out stays as each preset has it."""

    words: Mapping[str, str]
    plain: str
    first: bool = False
    regimes: tuple[str, ...] = ()


CLUSTERS: Final = ("cluster", "blended")
PROCESSES: Final = ("strict", "blended", "lean")
SLIDERS: Final[Mapping[str, Slider]] = {
    "market.variety": Slider(
        0, 1, 0.025, "How much customers differ. At 0 all want the same; at 1 every issue is as good as tossed for", True,
    ),
    "market.ambiguity": Slider(
        0, 1, 0.025, "How hard it is to make out what a customer needs. At 0 anybody hears it right; at 1 whoever lacks the "
        "expertise hears every other issue wrong", True,
    ),
    "market.opportunities_per_rep_week": Slider(0.2, 4, 0.1, "How many customers come: so many a week for each rep", True),
    "market.turbulence_per_year": Slider(0, 4, 0.1, "How often a year what is usual on an issue turns into its opposite"),
    "market.patience_mean_weeks": Slider(20, 240, 20, "How long customers wait before they leave, on average; many leave early"),
    "organisation.hearsay": Slider(
        0, 1, 0.05, "How much of what peers and managers say about a customer is only what the rep has told them. At 0 everybody "
        "takes a look; at 1 nobody does", True,
    ),
    "organisation.review_hours_per_day": Slider(
        0.1, 2, 0.05, "Hours a day that a manager keeps for signatures. A request takes some twelve minutes", True,
    ),
    "organisation.selling_hours_per_day": Slider(
        1, 8, 0.5, "Hours of the day that a rep has for customers, for peers' questions and for prospecting",
    ),
    "organisation.acquaintance": Slider(0, 1, 0.1, "How well reps know who in their own team is expert on what"),
    "organisation.acquaintance_across": Slider(0, 1, 0.1, "The same of people in other teams"),
    "organisation.conferring_hours": Slider(0, 2, 0.25, "Hours it takes the asking rep to listen to one answer"),
    "organisation.specialisation": Slider(
        0, 1, 0.05, "How much people of a team know the same things. At 1 a team is a team of like specialists",
    ),
    "organisation.turnover_per_year": Slider(0, 2, 0.1, "How often a year a seat changes hands; memories leave with people"),
    "organisation.reps": Slider(6, 80, 1, "How many people sell"),
    "organisation.span": Slider(3, 20, 0.5, "How many people report to a manager"),
    "regime.divert_below": Slider(
        0, 1, 0.05, "Blend: how badly the usual offer must fit before the rep turns to peers. At 0 never, the higher the sooner",
        True, ("blended",),
    ),
    "regime.cluster_size": Slider(4, 20, 1, "How many people a cluster has", regimes=CLUSTERS),
    "regime.cross_team_share": Slider(0, 1, 0.05, "How many of them come from other teams", regimes=CLUSTERS),
    "regime.sanction": Slider(0, 1, 0.05, "How often whoever leaves the process for peers is punished", regimes=CLUSTERS),
    "regime.documentation_hours": Slider(0, 12, 0.5, "Hours of paperwork per customer on the process", regimes=PROCESSES),
}
CHOICES: Final[Mapping[str, Choice]] = {
    "regime.advice": Choice(
        {"veto": "veto: may strike out what seems wrong", "adds": "advice: adds an opinion"},
        "What a manager may do who is asked to sign. In the strict process a veto, in blend and lean process advice",
        True, PROCESSES,
    ),
}
UNITS: Final[Mapping[str, str]] = {"flips/year": "changes a year", "1/year": "times a year"}
"""What the page writes in the place of a unit that means nothing to pupils."""


PLAINLY: Final[Mapping[str, str]] = {
    "strict": "one way to sell, step by step; a manager must sign whatever departs from the standard, and may strike it out",
    "cluster": "no process: the rep asks three peers and decides; nobody signs, and what is known is what people remember",
    "blended": "the process for what seems usual, a cluster of peers for the rest; managers give advice",
    "lean": "the process without paperwork and with fewer signatures; managers give advice",
    "solo": "every rep decides alone: no signatures, no peers, no paperwork",
}
"""What the presets are, in words for somebody who meets them for the first time."""


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
        "alike", "Customers alike", "most customers want the same, though they are not easy to read",
        {"variety": 0.1, "ambiguity": 0.6},
    ),
    Situation(
        "varied", "Customers who differ", "customers want different things, and every peer who is asked listens for themselves",
        {"variety": 0.75, "ambiguity": 0.6}, {"hearsay": 0.0},
    ),
    Situation(
        "puzzling", "Hard to read", "customers differ a great deal, and what they say is hard to make sense of",
        {"variety": 0.9, "ambiguity": 0.8},
    ),
    Situation(
        "overloaded", "Overloaded managers", "many customers who differ, and managers with twelve minutes a day for signatures",
        {"variety": 0.75, "opportunities_per_rep_week": 1.6}, {"review_hours_per_day": 0.2},
    ),
    Situation(
        "hearsay", "All hearsay", "customers are rather alike and very hard to read, and nearly all that others say is hearsay",
        {"variety": 0.3, "ambiguity": 0.9}, {"hearsay": 0.8},
    ),
    Situation(
        "rush", "Rush and hearsay", "too many customers, each of them a riddle, and nearly all that others say is hearsay",
        {"variety": 0.9, "ambiguity": 1.0, "opportunities_per_rep_week": 1.5}, {"hearsay": 0.8},
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
            name: {"meaning": PLAINLY[name], "numbers": plain(regime), **_called(PRESET_NAMES[name])}
            for name, regime in PRESETS.items()
        },
        "measures": [measure._asdict() for measure in MEASURES],
        "lead": LEAD,
        "units": UNITS,
        "map": market_map(),
        "looks": {name: look._asdict() for name, look in looks(market_map()["regimes"]).items()},
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
    """A parameter as declared, with its slider or choice if it has one."""
    slider, choice = SLIDERS.get(parameter.key), CHOICES.get(parameter.key)
    data: dict[str, Any] = {"key": parameter.key, **parameter._asdict(), "slider": slider is not None}
    data["choice"] = choice is not None
    data["default"] = parameter.plain(parameter.default)
    data["allowed"] = [parameter.low, parameter.high]
    data["step"] = 1 if parameter.whole else None
    shown = slider or choice
    return data | (shown._asdict() if shown else {"regimes": ()})


def situation_state(situation: Situation) -> dict[str, Any]:
    """What of a state a situation decides: the scenario, with the lab's horizon."""
    market, organisation = dict(situation.market), dict(situation.organisation)
    return {"scenario": {"market": market, "organisation": organisation, "horizon": plain(LAB_HORIZON)}}


def _situation(situation: Situation) -> dict[str, Any]:
    named = {"name": situation.name, "label": situation.label, "meaning": situation.meaning}
    return {**named, "state": situation_state(situation)}
