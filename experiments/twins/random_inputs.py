"""Random inputs within the declared bounds, mild and extreme, and small enough for the Mesa engine."""

import math
import random
from typing import Any

import tomli_w

from simulation import Horizon, Market, Organisation, Regime, Scenario, calendar
from simulation.parameters import Parameter, contradictions, parameters, plain
from simulation.presets import PRESETS

DECLARED = {(p.group, p.name): p for p in parameters()}
MOST_REPS = 60
MOST_WEEKS = 30
MOST_REP_HOURS = 16_000  # the Mesa engine visits every rep in every hour ...
MOST_CASES = 1_200  # ... and every case several times
UNITS = (1, 15, 60, 7, 13, 37, 59)  # minutes of a unit of work: usual ones, and ones that no hour is a multiple of

# Blended, and everything that can go wrong with it: managers on both paths, levels to climb, sanctions.
CONTESTED = PRESETS["blended"].model_copy(
    update={
        "guardrail_over": 0.0,
        "authority_per_level": 1.0,
        "sanction": 0.5,
        "review_weeks": 1.0,
        "confidence": 0.9,
    }
)
# What one manager refuses another may grant.
APPEALED = CONTESTED.model_copy(update={"refusal": "appealed", "advice": "veto"})


def drawn(number: int, size: float = 1.0) -> tuple[Scenario, Regime, int]:
    """Scenario, regime and seed number `number` of an endless list; the same number gives the same ones.

    size: share of the usual limits on reps, hours and cases, for runs that cost less.
    """
    rng = random.Random(number)
    wildness = rng.choice((0.0, 0.1, 0.3, 1.0))  # how often a parameter leaves the neighbourhood of its usual value
    pace = 10.0 ** rng.uniform(-2.0, 0.0)  # short runs: how much faster than in the reference firm the world turns
    while True:
        market = Market(**_group("market", dict(Market()), rng, wildness, pace))
        organisation = Organisation(**_group("organisation", dict(Organisation()), rng, wildness, pace))
        usual = rng.choice((*PRESETS.values(), CONTESTED, APPEALED))
        regime = Regime(**_group("regime", dict(usual), rng, wildness, pace))
        if rng.random() < 0.15:  # few reps make a deep tree only at the narrowest span
            organisation = organisation.model_copy(update={"span": DECLARED["organisation", "span"].low})
        if rng.random() < 0.15:
            organisation = organisation.model_copy(update={"least_levels": rng.randint(2, 6)})
        if rng.random() < 0.15:  # customers who decline time and again and never say why
            market = market.model_copy(update={"candour": 0.0, "second_chance": 1.0})
        organisation = organisation.model_copy(update=_working_days(rng))
        scenario = _affordable(market, organisation, rng, size)
        if not contradictions(scenario, regime):
            return scenario, regime, rng.choice((0, 2**64 - 1, rng.randrange(10**6)))


def _working_days(rng: random.Random) -> dict[str, Any]:
    """What is not to stay near its usual value: how work is counted, when reps sell, and what they forget meanwhile."""
    days: dict[str, Any] = {"work_unit_minutes": rng.choice(UNITS)}
    if rng.random() < 0.5:
        days["selling_hours_per_day"] = float(rng.randint(1, calendar.HOURS_PER_DAY))
    if rng.random() < 0.3:  # to the minute
        days[rng.choice(("selling_hours_per_day", "review_hours_per_day"))] = rng.uniform(0.1, calendar.HOURS_PER_DAY)
    if rng.random() < 0.3:
        days["forgotten_per_week"] = 10.0 ** rng.uniform(-2.0, 1.0)
    return days


def _group(group: str, usual: dict[str, Any], rng: random.Random, wildness: float, pace: float) -> dict[str, Any]:
    values = {}
    for name, value in usual.items():
        p = DECLARED[group, name]
        if p.choices:
            values[name] = rng.choice(p.choices) if rng.random() < max(wildness, 0.2) else value
        elif rng.random() < wildness:
            values[name] = _typed(p, _extreme(p, rng))
        else:
            values[name] = _typed(p, _near(p, value, rng, pace))
    return values


def _typed(p: Parameter, value: float) -> float | int:
    return round(value) if p.whole else float(value)


def _extreme(p: Parameter, rng: random.Random) -> float:
    """At a bound, at the word, or anywhere between (by orders of magnitude where the bounds are far apart)."""
    u = rng.random()
    if p.word and u < 0.15:
        return math.inf
    if u < 0.35:
        return p.low
    if u < 0.5:
        return p.high
    if p.low > 0 and p.high > 20 * p.low:
        return float(math.exp(rng.uniform(math.log(p.low), math.log(p.high))))
    if p.low <= 0 and p.high > 20:
        sign = -1.0 if p.low < 0 and rng.random() < 0.5 else 1.0
        return float(sign * p.high * 10.0 ** rng.uniform(-4.0, 0.0))
    return float(rng.uniform(p.low, p.high))


def _near(p: Parameter, usual: float, rng: random.Random, pace: float) -> float:
    """Half or double the usual value, at the pace of the run."""
    factor = 1.0 if math.isinf(usual) or rng.random() < 0.3 else 2.0 ** rng.uniform(-1.0, 1.0)
    if p.unit == "weeks" or p.name == "reply_lag_hours":
        factor *= pace
    elif p.unit.endswith("/year"):
        factor /= pace
    return usual if math.isinf(usual) else float(min(max(usual * factor, p.low), p.high))


def _affordable(market: Market, organisation: Organisation, rng: random.Random, size: float) -> Scenario:
    """The scenario with as many reps and weeks as the Mesa engine gets through in a fraction of a second."""
    reps = 1 if rng.random() < 0.1 else round(math.exp(rng.uniform(0.0, math.log(MOST_REPS))))
    weeks = round(math.exp(rng.uniform(0.0, math.log(MOST_WEEKS))))
    created = market.prospect_conversion * calendar.HOURS_PER_WEEK / organisation.prospecting_hours
    cases = market.opportunities_per_rep_week + created
    most_hours, most_cases = size * MOST_REP_HOURS, size * MOST_CASES
    weeks = max(1, min(weeks, int(most_hours / (reps * calendar.HOURS_PER_WEEK)), int(most_cases / (reps * cases + 1))))
    reps = max(1, min(reps, int(most_cases / (weeks * cases + 1))))
    warmup = rng.choice((0, rng.randrange(weeks)))
    window = rng.choice((weeks - warmup, rng.randint(1, weeks - warmup)))
    horizon = Horizon(warmup_weeks=warmup, window_weeks=window, horizon_weeks=weeks)
    return Scenario(market=market, organisation=organisation.model_copy(update={"reps": reps}), horizon=horizon)


def as_toml(scenario: Scenario, regime: Regime, seed: int) -> str:
    """A file that `load_scenario(file)` and `load_regime(file, "drawn")` read back."""
    data = {"scenario": {group: plain(values) for group, values in scenario}, "regimes": {"drawn": plain(regime)}}
    return f"# seed = {seed}\n{tomli_w.dumps(data)}"
