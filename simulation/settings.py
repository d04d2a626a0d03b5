"""One scenario and one regime flattened into numbers, with the constants that follow from them.

Both engines read a `Settings` (and the `simulation.tables` that follow from it) and nothing else. Derived constants are computed
here, once, by the same rules.
"""

from typing import Any, NamedTuple

from simulation import numbers
from simulation.calendar import HOURS_PER_WEEK, HOURS_PER_YEAR, MINUTES_PER_HOUR
from simulation.codes import ADDS, ADVICE
from simulation.faults import Fault, InputError
from simulation.parameters import Regime, Scenario, checked, contradictions
from simulation.rules import belief, offer, path, timing
from simulation.structure import levels_of

BEYOND_ALL_HOURS = 1e9  # stands for "never" where an engine needs a number of hours


class Settings(NamedTuple):
    """Flat inputs of a run; int fields are whole numbers, float fields may be infinite."""

    # market
    variety: float
    ambiguity: float
    ambiguity_spread: float
    issues: int
    interdependence: int
    selectivity: float
    second_chance: float
    candour: float
    deal_value_kusd: float
    deal_spread: float
    prospect_conversion: float
    reply_lag_hours: float
    # organisation
    reps: int
    least_levels: int
    expertise_share: float
    manager_expertise_share: float
    specialisation: float
    acquaintance: float
    acquaintance_across: float
    hearsay: float
    relief: float
    customising_hours: float
    drafting_hours: float
    work_unit_minutes: int
    prospecting_hours: float
    memory_bar: float
    review_evidence: int
    undocumented_share: float
    sanction_step: float
    reward_step: float
    # regime
    divert_below: float
    willingness: float
    sign_off_over: float
    guardrail_over: float
    authority_per_level: float
    cluster_size: int
    cross_team_share: float
    peers_asked: int
    quorum: int
    confidence: float
    memory_rate: float
    sanction: float
    # derived
    span: float
    direct: int  # 1 if customers stay with the rep they reached
    by_doubt: int  # 1 if the way is chosen by the rep's certainty and not by the playbook's predicted fit
    advice: int  # what a manager's reading does: codes.VETO, ADDS, ANY
    shared_desk: int  # 1 if the managers of a level share an inbox
    appealed: int  # 1 if what a manager refuses goes to the next level for another reading
    process_needs_expert: int  # 1 if a deviation needs somebody expert on the process path
    cluster_needs_expert: int  # the same on the cluster path
    confident_of_offer: int  # 1 if a rep's confidence is in the offer that could be sent, 0 if in what the customer needs
    managers_take_part: int  # 1 if a manager who reviewed is one of those whose expertise counts
    fixed_efforts: int
    fixed_lags: int
    n_ticks: int
    window_start: int  # hours
    window_end: int  # hours
    review_every: int  # hours between playbook reviews; 0 = never
    arrivals_per_hour: float  # of one rep's patch
    flips_per_hour: float  # of one issue
    turnover_per_hour: float  # of one seat
    patience_scale: float  # hours
    patience_inverse_shape: float
    expiry_hours: float
    selling_minutes_per_day: int
    review_minutes_per_day: int
    forgotten_per_minute: float
    head_start_minutes: float  # of a peer's request before own work
    average_peer: float  # expertise on an issue of somebody whose expertise is not known, on the grid
    evidence_weight: float  # in the firm's pool, of a case that is not documented, on the grid
    prior: float
    most_readings: int  # of an issue
    n_blocks: int
    coin_fit: float
    # derived: means in units of work (or hours, of the reply), and the log-probability of a further one, see `timing.going_on`
    discovery_units: float
    documentation_units: float
    cluster_documentation_units: float
    consult_units: float
    conferring_units: float
    sign_off_units: float
    prospecting_units: float
    discovery_further: float
    documentation_further: float
    cluster_documentation_further: float
    consult_further: float
    sign_off_further: float
    prospecting_further: float
    reply_further: float


def flatten(scenario: Scenario, regime: Regime) -> Settings:
    """The numbers both engines read. Raises InputError if one is not allowed or if they contradict each other."""
    scenario, regime = checked(scenario), checked(regime)
    faults = contradictions(scenario, regime)
    if faults:
        raise InputError("values that contradict each other", [Fault(fault.key, fault.problem) for fault in faults])
    values: dict[str, Any] = {**dict(scenario.market), **dict(scenario.organisation), **dict(regime)}
    values |= _words(scenario, regime) | _rates(scenario, regime) | _beliefs(scenario, regime) | _efforts(scenario, regime)
    return Settings(**{name: kind(values[name]) for name, kind in Settings.__annotations__.items()})


def _words(scenario: Scenario, regime: Regime) -> dict[str, Any]:
    """Words as numbers."""
    market, organisation = scenario.market, scenario.organisation
    return {
        "direct": regime.dispatch == "direct",
        "by_doubt": regime.divert_by == "doubt",
        "advice": ADVICE.index(regime.advice),
        "shared_desk": regime.desk == "shared",
        "appealed": regime.refusal == "appealed",
        "process_needs_expert": organisation.needs_expert == "either path",
        "cluster_needs_expert": organisation.needs_expert != "neither path",
        "confident_of_offer": organisation.confident_of == "the offer",
        "managers_take_part": organisation.needs_expert == "either path",
        "fixed_efforts": organisation.efforts == "fixed",
        "fixed_lags": market.lags == "fixed",
    }


def _rates(scenario: Scenario, regime: Regime) -> dict[str, Any]:
    """Instants, spans and rates."""
    market, organisation, horizon = scenario.market, scenario.organisation, scenario.horizon
    patience = market.patience_mean_weeks * HOURS_PER_WEEK
    return {
        "n_ticks": horizon.horizon_weeks * HOURS_PER_WEEK,
        "window_start": horizon.warmup_weeks * HOURS_PER_WEEK,
        "window_end": (horizon.warmup_weeks + horizon.window_weeks) * HOURS_PER_WEEK,
        "review_every": _whole_hours_between(regime.review_weeks),
        "arrivals_per_hour": market.opportunities_per_rep_week / HOURS_PER_WEEK,
        "flips_per_hour": market.turbulence_per_year / HOURS_PER_YEAR,
        "turnover_per_hour": organisation.turnover_per_year / HOURS_PER_YEAR,
        "patience_scale": timing.weibull_scale(patience, market.patience_shape),
        "patience_inverse_shape": 1.0 / market.patience_shape,
        "expiry_hours": min(market.expiry_weeks * HOURS_PER_WEEK, BEYOND_ALL_HOURS),
        "selling_minutes_per_day": round(organisation.selling_hours_per_day * MINUTES_PER_HOUR),
        "review_minutes_per_day": round(organisation.review_hours_per_day * MINUTES_PER_HOUR),
        "forgotten_per_minute": organisation.forgotten_per_week / (HOURS_PER_WEEK * MINUTES_PER_HOUR),
        "head_start_minutes": regime.peer_head_start_hours * MINUTES_PER_HOUR,
    }


def _beliefs(scenario: Scenario, regime: Regime) -> dict[str, Any]:
    """What readings are worth and how many of them there can be."""
    market, organisation = scenario.market, scenario.organisation
    levels = levels_of(organisation.reps, organisation.span, organisation.least_levels)
    return {
        "average_peer": numbers.on_grid(organisation.expertise_share),
        "evidence_weight": _grid_above(organisation.undocumented_share),  # n pieces of 1 / n make a whole one
        "divert_below": numbers.on_grid(regime.divert_below),  # bars for what is on the grid are on it too
        "confidence": numbers.on_grid(regime.confidence),
        "prior": belief.prior_weight(market.variety),
        "most_readings": path.most_readings(regime.peers_asked, levels if ADVICE.index(regime.advice) == ADDS else 0),
        "n_blocks": offer.blocks(market.interdependence, market.issues),
        "coin_fit": offer.coin_flip_fit(market.interdependence, market.issues),
    }


def _efforts(scenario: Scenario, regime: Regime) -> dict[str, Any]:
    """Means in units of work, and the log-probability of a further one."""
    organisation = scenario.organisation
    hours = {
        "discovery": organisation.discovery_hours,
        "documentation": regime.documentation_hours,
        "cluster_documentation": regime.cluster_documentation_hours,
        "consult": organisation.consult_hours,
        "conferring": organisation.conferring_hours,
        "sign_off": organisation.sign_off_hours,
        "prospecting": organisation.prospecting_hours,
    }
    units = {task: timing.in_units(mean, organisation.work_unit_minutes) for task, mean in hours.items()}
    return {
        **{f"{task}_units": mean for task, mean in units.items()},
        **{f"{task}_further": timing.going_on(mean) for task, mean in units.items()},
        "reply_further": timing.going_on(scenario.market.reply_lag_hours),
    }


def _grid_above(share: float) -> float:
    """The next place on the grid that is not below a share."""
    near = numbers.on_grid(share)
    return near if near >= share else near + numbers.GRID


def _whole_hours_between(weeks: float) -> int:
    hours = weeks * HOURS_PER_WEEK
    return 0 if hours > BEYOND_ALL_HOURS else int(hours)
