"""One scenario and one regime flattened into numbers, with the constants that follow from them.

Both engines read a `Settings` and nothing else. Derived constants are computed here, once, by the same rules.
"""

from typing import Any, NamedTuple

from simulation.calendar import HOURS_PER_WEEK, HOURS_PER_YEAR
from simulation.parameters import Regime, Scenario, contradictions
from simulation.rules import belief, offer, timing

BEYOND_ALL_HOURS = 1e9  # stands for "never" where an engine needs a number of hours


class Settings(NamedTuple):
    """Flat inputs of a run; int fields are whole numbers, float fields may be infinite."""

    # market
    variety: float
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
    discovery_hours: float
    drafting_hours: float
    customising_hours: float
    consult_hours: float
    sign_off_hours: float
    review_hours_per_day: int
    prospecting_hours: float
    memory_bar: float
    review_evidence: int
    sanction_step: float
    reward_step: float
    # regime
    divert_below: float
    willingness: float
    documentation_hours: float
    sign_off_over: float
    guardrail_over: float
    authority_per_level: float
    cluster_size: int
    cross_team_share: float
    peers_asked: int
    quorum: int
    confidence: float
    peer_head_start_hours: float
    memory_rate: float
    sanction: float
    # derived
    span: float
    direct: int  # 1 if customers stay with the rep they reached
    shared_desk: int  # 1 if the managers of a level share an inbox
    appealed: int  # 1 if what a manager refuses goes to the next level for another reading
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
    error_plain: float
    error_expert: float
    weight_plain: float
    weight_expert: float
    prior: float
    coin_fit: float
    discovery_further: float  # these: log-probability of a further hour, see `timing.going_on`
    documentation_further: float
    consult_further: float
    sign_off_further: float
    prospecting_further: float
    reply_further: float


def flatten(scenario: Scenario, regime: Regime) -> Settings:
    """The numbers both engines read. Raises ValueError if numbers contradict each other."""
    faults = contradictions(scenario, regime)
    if faults:
        raise ValueError("; ".join(f"{fault.key}: {fault.problem}" for fault in faults))
    market, organisation, horizon = scenario.market, scenario.organisation, scenario.horizon
    declared: dict[str, Any] = {**dict(market), **dict(organisation), **dict(regime)}
    plain = belief.reading_error(market.ambiguity, organisation.relief, False)
    expert = belief.reading_error(market.ambiguity, organisation.relief, True)
    derived = {
        "direct": int(regime.dispatch == "direct"),
        "shared_desk": int(regime.desk == "shared"),
        "appealed": int(regime.refusal == "appealed"),
        "fixed_efforts": int(organisation.efforts == "fixed"),
        "fixed_lags": int(market.lags == "fixed"),
        "n_ticks": horizon.horizon_weeks * HOURS_PER_WEEK,
        "window_start": horizon.warmup_weeks * HOURS_PER_WEEK,
        "window_end": (horizon.warmup_weeks + horizon.window_weeks) * HOURS_PER_WEEK,
        "review_every": _whole_hours_between(regime.review_weeks),
        "arrivals_per_hour": market.opportunities_per_rep_week / HOURS_PER_WEEK,
        "flips_per_hour": market.turbulence_per_year / HOURS_PER_YEAR,
        "turnover_per_hour": organisation.turnover_per_year / HOURS_PER_YEAR,
        "patience_scale": timing.weibull_scale(
            market.patience_mean_weeks * HOURS_PER_WEEK, market.patience_shape
        ),
        "patience_inverse_shape": 1.0 / market.patience_shape,
        "expiry_hours": min(market.expiry_weeks * HOURS_PER_WEEK, BEYOND_ALL_HOURS),
        "error_plain": plain,
        "error_expert": expert,
        "weight_plain": belief.reading_weight(plain),
        "weight_expert": belief.reading_weight(expert),
        "prior": belief.prior_weight(market.variety),
        "coin_fit": offer.coin_flip_fit(market.interdependence, market.issues),
        "discovery_further": timing.going_on(organisation.discovery_hours),
        "documentation_further": timing.going_on(regime.documentation_hours),
        "consult_further": timing.going_on(organisation.consult_hours),
        "sign_off_further": timing.going_on(organisation.sign_off_hours),
        "prospecting_further": timing.going_on(organisation.prospecting_hours),
        "reply_further": timing.going_on(market.reply_lag_hours),
    }
    values = {**declared, **derived}
    return Settings(**{name: _plain(kind, values[name]) for name, kind in Settings.__annotations__.items()})


def _plain(kind: type, value: Any) -> Any:
    """The value as the declared type, so that both engines compute with the same one."""
    return kind(value)


def _whole_hours_between(weeks: float) -> int:
    hours = weeks * HOURS_PER_WEEK
    return 0 if hours > BEYOND_ALL_HOURS else int(hours)
