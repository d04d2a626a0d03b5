"""Every input of the model, once: type, default, unit, bounds, label, source and grade.

`Scenario()` is the reference firm; a `Regime` is one row of numbers in a parameter space common to all structures. The
tables in the docs, the checks of config files, and the ranges of property tests are read from these declarations.

Grades: *measured* (a published figure is used directly), *calibrated* (chosen so that the strict preset meets published
figures, see `experiments/calibration`), *assumed* (a judgement; vary it before leaning on a result).
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from simulation.faults import Fault, InputError, nearest

Grade = Literal["measured", "calibrated", "assumed", "design"]


class Parameter(NamedTuple):
    """One declared input, as the docs, the checks and the tests need it, and how its values are written."""

    group: str
    name: str
    label: str  # what people read instead of its name
    default: Any
    unit: str
    low: float
    high: float
    word: str  # "always" or "never" where that is allowed besides a number, else ""
    whole: bool
    choices: tuple[str, ...]
    source: str
    grade: Grade
    meaning: str

    @property
    def key(self) -> str:
        """Its name with its group: "market.variety"."""
        return f"{self.group}.{self.name}"

    @property
    def role(self) -> Literal["uncertainty", "lever"]:
        """Whether the world decides it or the firm."""
        return "uncertainty" if self.group in ("market", "horizon") else "lever"

    @property
    def bounds(self) -> str:
        """What is allowed, as one would type it: "0 to 1", '0 to 1 or "always"', '"a" or "b"'."""
        if self.choices:
            return " or ".join(f'"{choice}"' for choice in self.choices)
        limits = f"{self.low:g} to {self.high:g}"
        return f'{limits} or "{self.word}"' if self.word else limits

    def plain(self, value: Any) -> Any:
        """A value as a config has it: infinity as the word that stands for it, every other one as it is."""
        return self.word if value == math.inf else value

    def shown(self, value: Any) -> str:
        """A value as one would type it into a config: 0.4, "never", "direct"."""
        value = self.plain(value)
        return f'"{value}"' if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def quantity(
    default: Any,
    meaning: str,
    *,
    unit: str,
    low: float,
    high: float,
    label: str,
    word: str = "",
    source: str = "judgement",
    grade: Grade = "assumed",
) -> Any:
    """A number with its unit, bounds, label, source and grade. With `word`, that word may stand for infinity."""
    extra: dict[str, Any] = {
        "unit": unit, "low": low, "high": high, "label": label, "word": word, "source": source, "grade": grade,
    }
    bounds: dict[str, Any] = {} if word else {"ge": low, "le": high}
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


def choice(default: str, meaning: str, *, label: str, grade: Grade = "assumed", source: str = "judgement") -> Any:
    """One word out of a few."""
    extra: dict[str, Any] = {"unit": "", "label": label, "source": source, "grade": grade}
    return Field(default, description=meaning, json_schema_extra=extra)


class Declared(BaseModel):
    """Strict about types, names and finite numbers; values cannot be changed afterwards, `replace` makes others.

    Raises InputError, with the name, the value, the limit and the nearest valid name of all that is wrong.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    if not TYPE_CHECKING:  # who checks types is to see the fields as arguments

        def __init__(self, /, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise InputError(type(self).__name__, _faults(type(self), values, error)) from None

    def replace(self, **changes: Any) -> Self:
        """The same with some other values, which are checked (those of `model_copy` are not)."""
        return type(self)(**{**dict(self), **changes})

    @field_validator("*", mode="before")
    @classmethod
    def _word_as_number(cls, value: object, info: ValidationInfo) -> object:
        """Where a word is allowed besides a number, it means: beyond every number."""
        extra: Any = cls.model_fields[info.field_name or ""].json_schema_extra or {}
        word = extra.get("word", "")
        if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
            value = value.item()  # type: ignore[attr-defined]  # a number out of an array
        if word and (value == word or value == math.inf):
            return math.inf
        if word and isinstance(value, (int, float)) and not extra["low"] <= value <= extra["high"]:
            raise PydanticCustomError("out_of_bounds", "out of bounds")
        return value


class Market(Declared):
    """What the world decides."""

    variety: float = quantity(
        0.4, "v: how much customers differ; each issue departs from the standard with probability v/2",
        unit="share", low=0, high=1,
        label="Variety of customers",
    )
    ambiguity: float = quantity(
        0.5, "a: how much information needs interpreting; a reading is wrong with probability a/2 without expertise",
        unit="share", low=0, high=1,
        label="Ambiguity of information",
    )
    ambiguity_spread: float = quantity(
        0.8, "how much issues differ in ambiguity: each customer's issue has its own, even between ambiguity ± spread x room, "
        "the room being what is left up to 0 or 1, whichever is nearer; readers know it; 0 = all alike",
        unit="share", low=0, high=1,
        label="Differences of issues in ambiguity",
    )
    issues: int = quantity(
        8, "K: the binary issues a customer's need consists of",
        unit="issues", low=1, high=20, source="first sketch of the model",
        label="Issues of a need",
    )
    interdependence: int = quantity(
        2, "issues that must fit together: fit counts blocks of so many in which every issue matches",
        unit="issues", low=1, high=20,
        label="Issues that must fit together",
    )
    turbulence_per_year: float = quantity(
        0.2, "rate at which each issue of the market's standard flips",
        unit="flips/year", low=0, high=50,
        label="Turbulence of the market",
    )
    opportunities_per_rep_week: float = quantity(
        1.0, "arrivals in each rep's patch (Poisson); a team's territory is the sum of its reps' patches",
        unit="1/(rep week)", low=0, high=20,
        label="Opportunities per rep and week",
    )
    patience_mean_weeks: float = quantity(
        120.0, "mean of the Weibull time after which a customer leaves without a decision, if there were no expiry",
        unit="weeks", low=0.1, high=1000, grade="calibrated",
        source="no decision 23.8 % of forecast deals, CSO Insights 2016; 40 to 60 % of all, Dixon & McKenna 2022",
        label="Patience of customers",
    )
    patience_shape: float = quantity(
        0.33, "shape of that time; below 1 it is front-loaded",
        unit="1", low=0.2, high=5, grade="calibrated",
        source="the same two shares, and first responses 37/16/24/23 %, Oldroyd et al., HBR 2011",
        label="Shape of customers' patience",
    )
    expiry_weeks: float = quantity(
        52.0, "a customer leaves at this age at the latest",
        unit="weeks", low=0.1, high=1000, word="never",
        label="Longest time that a customer waits",
    )
    reply_lag_hours: float = quantity(
        310.0, "mean time a customer takes to answer an offer",
        unit="hours", low=1, high=2000, grade="calibrated", source="median cycle 60 days, Bridge Group 2017",
        label="Customers' time to answer an offer",
    )
    selectivity: float = quantity(
        3.6, "exponent of the acceptance curve; above 1 a customer forgives little",
        unit="1", low=0, high=10, grade="calibrated", source="won 46.6 %, lost 29.6 % of forecast deals, CSO Insights 2016",
        label="Selectivity of customers",
    )
    second_chance: float = quantity(
        0.5, "probability that a customer who declines stays and waits for a better offer",
        unit="probability", low=0, high=1,
        label="Second chance after a refusal",
    )
    candour: float = quantity(
        1.0, "probability that a customer who declines but stays says what is needed on one wrong issue",
        unit="share", low=0, high=1,
        label="Customers who say what was wrong",
    )
    deal_value_kusd: float = quantity(
        25.0, "median value of a deal (log-logistic)",
        unit="1,000 USD", low=0.001, high=1e6, grade="measured", source="annual contract value, Bridge Group 2017",
        label="Value of a deal",
    )
    deal_spread: float = quantity(
        0.4, "spread of deal values: 0 = all alike; the 90th percentile is 9 ** spread times the median",
        unit="1", low=0, high=0.9,
        label="Spread of deal values",
    )
    prospect_conversion: float = quantity(
        0.2, "probability that a latent customer opens an opportunity when the rep's template matches the market fully",
        unit="probability", low=0, high=1,
        label="Prospects who open an opportunity",
    )
    lags: Literal["exponential", "fixed"] = choice(
        "exponential", "distribution of the customers' reply lags", label="Distribution of customers' answering times",
    )


class Organisation(Declared):
    """Who works here, what each step takes; common to all regimes."""

    reps: int = quantity(
        34, "sales reps (34 at a span of 8.5: four teams and two levels of managers)",
        unit="reps", low=1, high=20000, grade="design", source="four teams of the mean span",
        label="Size of the firm",
    )
    span: float = quantity(
        8.5, "reps per manager and managers per higher manager",
        unit="reports", low=2, high=100, grade="measured", source="mean 8.5 (2-38), Alexander Group 2013",
        label="Span of control",
    )
    least_levels: int = quantity(
        1, "levels of managers at least; where the span makes fewer, single further managers stand above the top one",
        unit="levels", low=1, high=6, grade="design", source="as many as the span makes",
        label="Levels of managers at least",
    )
    expertise_share: float = quantity(
        0.4, "probability that a rep is expert on an issue",
        unit="probability", low=0, high=1,
        label="Expertise of reps",
    )
    manager_expertise_share: float = quantity(
        0.4, "the same for managers; no better than reps unless you say so",
        unit="probability", low=0, high=1,
        label="Expertise of managers",
    )
    specialisation: float = quantity(
        0.5, "probability that a person's expertise on an issue is the team's common one and not the person's own",
        unit="probability", low=0, high=1,
        label="Specialisation of teams",
    )
    acquaintance: float = quantity(
        0.8, "probability that a rep knows whether a cluster member of the own team is expert on an issue; the unknown rank as "
        "an average peer; 1 = everybody knows",
        unit="probability", low=0, high=1,
        label="Acquaintance within teams",
    )
    acquaintance_across: float = quantity(
        0.4, "the same for a cluster member from another team",
        unit="probability", low=0, high=1,
        label="Acquaintance across teams",
    )
    hearsay: float = quantity(
        0.5, "probability that a peer or manager repeats the owner's reading of an issue and does not read independently; "
        "counted alike either way (people neglect correlation)",
        unit="probability", low=0, high=1, source="Broomell & Budescu 2009; Lu, Yuan & McLeod 2012, for the direction",
        label="Hearsay: readings only repeated",
    )
    needs_expert: Literal["either path", "cluster path", "neither path"] = choice(
        "either path", "where a deviation needs somebody expert among those who took part (rep, peers who answered, managers "
        "who reviewed), or the customer's own word; cluster path: there alone, and without the managers",
        source="MODEL rules 4 and 7",
        label="Where a deviation needs an expert",
    )
    confident_of: Literal["the offer", "the need"] = choice(
        "the offer", "what a rep has to be confident of to act before the quorum has answered, and in doubt of to ask: that the "
        "offer that could be sent now is right, or that it knows what the customer needs, whether or not anybody can do it",
        source="MODEL rule 7",
        label="What a rep is confident of",
    )
    relief: float = quantity(
        0.8, "share of the ambiguity that expertise takes away",
        unit="share", low=0, high=1,
        label="Ambiguity that expertise removes",
    )
    discovery_hours: float = quantity(
        5.0, "mean work to find out what a customer needs",
        unit="hours", low=0.01, high=200,
        label="Work to find out the need",
    )
    drafting_hours: float = quantity(
        5.0, "mean work to draft an offer that follows the template",
        unit="hours", low=0.01, high=200,
        label="Work to draft an offer",
    )
    customising_hours: float = quantity(
        1.0, "further mean work per deviation from the template used",
        unit="hours/deviation", low=0, high=100,
        label="Work per deviation from the template",
    )
    conferring_hours: float = quantity(
        0.25, "mean work of the asking rep to take in one answer; 0 = none",
        unit="hours/answer", low=0, high=100,
        label="Work to take in an answer",
    )
    consult_hours: float = quantity(
        1.5, "mean work of a peer to answer a request, taken from the peer's own selling time",
        unit="hours", low=0.01, high=200,
        label="Work to answer a peer",
    )
    sign_off_hours: float = quantity(
        0.2, "mean work of a manager to review one request for sign-off",
        unit="hours", low=0.01, high=200, grade="measured", source="BPI Challenge 2012, 13,087 cases",
        label="Work of a sign-off",
    )
    work_unit_minutes: int = quantity(
        1, "work is counted in whole units of so many minutes; 60 = in whole hours",
        unit="minutes", low=1, high=60, grade="design", source="to the minute",
        label="Unit of work",
    )
    selling_hours_per_day: float = quantity(
        3.0, "hours (to the minute) at the start of each 8-hour day that a rep spends on opportunities, on peers' and on "
        "prospecting",
        unit="hours/day", low=0.1, high=8, grade="calibrated",
        source="28 to 41 % of reps' time, CSO Insights 2011; first response within an hour 37 %, HBR 2011",
        label="Reps' time for selling",
    )
    review_hours_per_day: float = quantity(
        0.35, "hours (to the minute) at the start of each 8-hour day that a manager keeps for sign-offs",
        unit="hours/day", low=0.1, high=8, grade="calibrated", source="53 h wait for an approver, BPI Challenge 2012",
        label="Managers' time for sign-offs",
    )
    prospecting_hours: float = quantity(
        16.0, "mean idle hours it takes to reach one latent customer; \"never\" = no prospecting",
        unit="hours", low=1, high=10000, word="never",
        label="Work to find a prospect",
    )
    turnover_per_year: float = quantity(
        0.3, "rate at which each seat changes hands",
        unit="1/year", low=0, high=20, source="about 35 % a year in Bridge Group surveys, rounded down",
        label="Turnover of reps",
    )
    memory_bar: float = quantity(
        0.3, "a rep's memory on an issue counts once it is this far from undecided (0) on the way to certain (1)",
        unit="1", low=0, high=1,
        label="Certainty at which memory counts",
    )
    review_evidence: int = quantity(
        5, "pieces of evidence on an issue without which a playbook review leaves it alone",
        unit="pieces", low=1, high=100000,
        label="Evidence that a playbook review needs",
    )
    undocumented_share: float = quantity(
        0.3, "what lasts of an undocumented case: the weight of its evidence in the firm's pool, and the probability that its "
        "readings survive when the seat changes hands (else the newcomer discovers again); 1 = as if documented",
        unit="share", low=0, high=1,
        label="What lasts of an undocumented case",
    )
    forgotten_per_week: float = quantity(
        0.0, "rate at which a matter that lies untouched in an inbox is forgotten: nobody takes it up any more",
        unit="1/week", low=0, high=50, grade="calibrated",
        source="23 % never get a response, Oldroyd et al., HBR 2011: met without forgetting, which would break other figures",
        label="Forgetting of waiting matters",
    )
    sanction_step: float = quantity(
        0.25, "share of the willingness to leave the process that one sanction takes away",
        unit="share", low=0, high=1,
        label="Willingness lost by a sanction",
    )
    reward_step: float = quantity(
        0.1, "share of the missing willingness that one won diverted deal gives back",
        unit="share", low=0, high=1,
        label="Willingness regained by a win",
    )
    efforts: Literal["exponential", "fixed"] = choice(
        "exponential", "distribution of all working times", label="Distribution of working times",
    )


class Horizon(Declared):
    """What is simulated and which part of it is measured."""

    warmup_weeks: int = quantity(
        26, "weeks before the measured window",
        unit="weeks", low=0, high=2600, grade="design", source="three median cycles",
        label="Warm-up",
    )
    window_weeks: int = quantity(
        52, "weeks in which the measured opportunities open",
        unit="weeks", low=1, high=2600, grade="design", source="one year",
        label="Measured window",
    )
    horizon_weeks: int = quantity(
        130, "weeks simulated in all; what is still open then is censored",
        unit="weeks", low=1, high=5200, grade="design", source="follows every opportunity for a year",
        label="Length of a run",
    )


class Scenario(Declared):
    """A market, an organisation and a horizon. `Scenario()` is the reference firm."""

    market: Market = Market()
    organisation: Organisation = Organisation()
    horizon: Horizon = Horizon()

    def replace(self, **changes: Any) -> Self:
        """The same with other groups, or with other values in its groups: `replace(variety=0.8, span=6.0)`."""
        faults: list[Fault] = []
        groups = {name: changes.pop(name, part) for name, part in self}
        for name, part in groups.items():
            declared = type(part).model_fields if isinstance(part, Declared) else {}
            within = {key: changes.pop(key) for key in list(changes) if key in declared}
            try:
                groups[name] = part.replace(**within) if within else part
            except InputError as error:
                faults += error.faults
        known = [name for name, parameter in _WORDS.items() if parameter.group != "regime"]
        faults += [Fault(name, f"unknown name (value {value!r}){nearest(name, known)}") for name, value in changes.items()]
        if faults:
            raise InputError(type(self).__name__, faults)
        return type(self)(**groups)


class Regime(Declared):
    """A way to organise selling: one row of numbers. The presets are in `simulation.presets`."""

    dispatch: Literal["manager", "direct"] = choice(
        "manager", "manager: to the least-loaded rep of the territory's team; direct: to the rep the customer reached",
        grade="design", source="MODEL rule 2",
        label="Dispatch of customers",
    )
    divert_below: float = quantity(
        0.0, "predicted fit (or certainty, see divert_by) below which a rep turns to the cluster; 0 = never, \"always\" = pure "
        "cluster",
        unit="probability", low=0, high=1, word="always", grade="design", source="preset",
        label="Predicted fit below which reps turn to the cluster",
    )
    divert_by: Literal["fit", "doubt"] = choice(
        "fit", "fit: the rep leaves the process where the playbook is predicted to fit less than divert_below; doubt: where the "
        "rep's own certainty about the case is less",
        grade="design", source="MODEL rules 5 and 22",
        label="What makes reps turn to the cluster",
    )
    willingness: float = quantity(
        1.0, "a new rep's probability of leaving the process when the fit is below divert_below",
        unit="probability", low=0, high=1, grade="design", source="unpunished at first",
        label="Willingness of new reps to leave the process",
    )
    documentation_hours: float = quantity(
        3.0, "mean work of documenting an opportunity on the process path",
        unit="hours", low=0, high=200, grade="design", source="preset",
        label="Work of documentation",
    )
    cluster_documentation_hours: float = quantity(
        0.0, "mean work of documenting an opportunity on the cluster path",
        unit="hours", low=0, high=200, grade="design", source="preset",
        label="Work of documentation on the cluster path",
    )
    sign_off_over: float = quantity(
        0.0, "process path: offers with more deviations than this need sign-off; -1 = all do",
        unit="deviations", low=-1, high=20, word="never", grade="design", source="preset",
        label="Deviations allowed without sign-off",
    )
    guardrail_over: float = quantity(
        math.inf, "cluster path: offers with more deviations from the playbook than this need sign-off",
        unit="deviations", low=-1, high=20, word="never", grade="design", source="preset",
        label="Guardrail: deviations allowed to clusters",
    )
    authority_per_level: float = quantity(
        2.0, "deviations a first-level manager may grant; level n may grant n times as many, the top any number",
        unit="deviations/level", low=-1, high=20, grade="design", source="preset",
        label="Managers' authority",
    )
    advice: Literal["veto", "adds", "any"] = choice(
        "veto", "veto: a manager who reviews reads the deviations, and what he disagrees with falls back to the playbook; adds: "
        "his readings of all issues join the tally like a peer's and the offer is decided anew; any: what any one reader would "
        "change stands",
        grade="design", source="MODEL rule 16; any: polyarchy, Sah & Stiglitz 1986",
        label="What a manager's reading does",
    )
    desk: Literal["own", "shared"] = choice(
        "own", "own: every manager has an inbox; shared: the managers of a level have one, and whoever is free takes the oldest",
        grade="design", source="a deal desk",
        label="Managers' inboxes",
    )
    refusal: Literal["final", "appealed"] = choice(
        "final", "final: what one manager disagrees with falls back to the playbook at once, and all passed must agree; "
        "appealed: it goes to the next level for another reading, one agreement is enough, and authority is not asked for",
        grade="design", source="hierarchy and polyarchy, Sah & Stiglitz 1986",
        label="What a manager refuses",
    )
    cluster_size: int = quantity(
        9, "members of a cluster at most; a cluster is never larger than a team",
        unit="reps", low=1, high=60, grade="design", source="one team at the mean span",
        label="Size of a cluster",
    )
    cross_team_share: float = quantity(
        0.5, "share of reps whose seats in the clusters are dealt out among them at random (1 = clusters drawn at random)",
        unit="share", low=0, high=1, grade="design", source="judgement",
        label="Cluster members from other teams",
    )
    peers_asked: int = quantity(
        3, "cluster members asked at once; where there are fewer others, all of them",
        unit="reps", low=0, high=20, grade="design", source="preset",
        label="Peers asked",
    )
    quorum: int = quantity(
        3, "answers after which the rep acts",
        unit="answers", low=0, high=20, grade="design", source="preset",
        label="Quorum: answers before acting",
    )
    confidence: float = quantity(
        0.95, "mean certainty over the issues at which the rep acts without waiting for more answers",
        unit="probability", low=0.5, high=1, grade="design", source="preset",
        label="Confidence at which reps act",
    )
    peer_head_start_hours: float = quantity(
        0.0, "a peer's request counts as so much older than it is; 0 = one queue with own work, large = peers first",
        unit="hours", low=-10000, high=10000, grade="assumed", source="neutral: first in, first out",
        label="Head start of peers' questions",
    )
    review_weeks: float = quantity(
        4.0, "weeks between playbook reviews",
        unit="weeks", low=1, high=5200, word="never", grade="design", source="preset",
        label="Time between playbook reviews",
    )
    memory_rate: float = quantity(
        0.0, "share of the way that one piece of evidence moves a rep's memory",
        unit="share", low=0, high=1, grade="design", source="preset",
        label="Weight of a new deal in memory",
    )
    sanction: float = quantity(
        0.0, "probability that leaving the process is punished",
        unit="probability", low=0, high=1, grade="design", source="preset",
        label="Risk of punishment for leaving the process",
    )


GROUPS: dict[str, type[Declared]] = {
    "market": Market,
    "organisation": Organisation,
    "horizon": Horizon,
    "regime": Regime,
}


def _declared(group: str, name: str, field: FieldInfo) -> Parameter:
    extra: Any = field.json_schema_extra
    kind = field.annotation
    choices = getattr(kind, "__args__", ()) if getattr(kind, "__origin__", None) is Literal else ()
    return Parameter(
        group, name, extra["label"], field.default, extra["unit"], extra.get("low", 0), extra.get("high", 0),
        extra.get("word", ""), kind is int, choices, extra["source"], extra["grade"], field.description or "",
    )


PARAMETERS: Final = {
    f"{group}.{name}": _declared(group, name, field)
    for group, model in GROUPS.items()
    for name, field in model.model_fields.items()
}
"""All declared inputs by key, in the order of declaration."""
_WORDS: Final = {parameter.name: parameter for parameter in PARAMETERS.values()}


def parameters() -> Iterator[Parameter]:
    """All declared inputs, in the order of declaration."""
    return iter(PARAMETERS.values())


def plain(values: Declared) -> dict[str, Any]:
    """A group of parameters by name, as a config has them."""
    return {name: _WORDS[name].plain(value) for name, value in values}


def _faults(model: type[Declared], values: dict[str, Any], error: ValidationError) -> list[Fault]:
    """Everything that is wrong with the values of a group, in words."""
    problems = {str(problem["loc"][0]): problem["type"] for problem in error.errors()}
    return [Fault(name, _explain(model, name, values.get(name), kind)) for name, kind in problems.items()]


def _explain(model: type[Declared], name: str, value: object, kind: str) -> str:
    """What is wrong with a value, what is allowed, and which key may have been meant."""
    if kind == "extra_forbidden":
        return f"unknown key (value {value!r}){nearest(name, model.model_fields)}"
    if name not in _WORDS:
        return f"must be a {name.title()}, not {value!r}"
    parameter = _WORDS[name]
    if parameter.choices:
        return f"{value!r} is not one of {', '.join(parameter.choices)}{nearest(value, parameter.choices)}"
    number = "a whole number" if parameter.whole else "a number"
    word = f', or "{parameter.word}"' if parameter.word else ""
    limits = f"{number} from {parameter.low:g} to {parameter.high:g}{word}; unit: {parameter.unit}"
    if kind in ("greater_than_equal", "less_than_equal", "finite_number", "out_of_bounds"):
        return f"{value!r} is out of bounds; allowed is {limits}"
    return f"{value!r} is not allowed here; allowed is {limits}"


D = TypeVar("D", bound=Declared)


def checked(values: D) -> D:
    """The same values, checked once more: `model_copy` lets anything pass. Raises InputError."""
    parts = {name: checked(part) if isinstance(part, Declared) else part for name, part in values}
    return type(values)(**parts)


class Contradiction(NamedTuple):
    """Values that are each legal but cannot hold together."""

    key: str  # of the value to blame, with its group if it is the scenario's
    problem: str
    other: str  # the key it clashes with


def contradictions(scenario: Scenario, regime: Regime | None = None) -> list[Contradiction]:
    """All contradictions within a scenario and a regime."""
    faults = []
    market, horizon = scenario.market, scenario.horizon
    if market.interdependence > market.issues:
        faults.append(Contradiction(
            "market.interdependence",
            f"{market.interdependence} is above market.issues = {market.issues}; a block cannot exceed all issues",
            "market.issues",
        ))
    if horizon.warmup_weeks + horizon.window_weeks > horizon.horizon_weeks:
        faults.append(Contradiction(
            "horizon.horizon_weeks",
            f"{horizon.horizon_weeks} is below warmup_weeks + window_weeks = "
            f"{horizon.warmup_weeks + horizon.window_weeks}; the measured window would end after the horizon",
            "horizon.warmup_weeks" if horizon.warmup_weeks > horizon.window_weeks else "horizon.window_weeks",
        ))
    if regime is not None:
        faults += _regime_contradictions(regime)
    return faults


def _regime_contradictions(regime: Regime) -> list[Contradiction]:
    faults = []
    if regime.quorum > regime.peers_asked:
        faults.append(Contradiction(
            "quorum",
            f"{regime.quorum} is above peers_asked = {regime.peers_asked}; nobody is left to give that many answers",
            "peers_asked",
        ))
    if regime.refusal == "appealed" and regime.advice != "veto":
        faults.append(Contradiction(
            "refusal",
            f"\"appealed\" goes with advice = \"veto\" alone; with \"{regime.advice}\" nothing is refused",
            "advice",
        ))
    return faults
