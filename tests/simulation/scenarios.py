"""Random inputs within the declared bounds, mild and extreme; and what to print when two logs differ."""

import math
import random
from typing import Any

import numba
import numpy as np
import tomli_w

from simulation import Horizon, Market, Organisation, Regime, Scenario, words
from simulation.parameters import Parameter, contradictions, parameters
from simulation.presets import PRESETS
from simulation.record import LOG

DECLARED = {(p.group, p.name): p for p in parameters()}
MOST_REPS = 60
MOST_WEEKS = 30
MOST_REP_HOURS = 16_000  # the Mesa engine visits every rep in every hour ...
MOST_CASES = 1_200  # ... and every case several times

# A firm in which everything the model knows happens within a few weeks.
BUSY = Scenario(
    market=Market(
        variety=0.7, ambiguity=0.6, issues=6, turbulence_per_year=6.0, opportunities_per_rep_week=2.5,
        patience_mean_weeks=4.0, expiry_weeks=8.0, reply_lag_hours=8.0, second_chance=0.6,
        prospect_conversion=0.5,
    ),
    organisation=Organisation(
        reps=15, span=5.0, discovery_hours=3.0, drafting_hours=3.0, consult_hours=2.0, sign_off_hours=1.5,
        prospecting_hours=6.0, turnover_per_year=3.0, review_evidence=3,
    ),
    horizon=Horizon(warmup_weeks=2, window_weeks=6, horizon_weeks=12),
)  # fmt: skip
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


def changed(scenario: Scenario = BUSY, **values: Any) -> Scenario:
    """The scenario with some values of its groups changed."""
    groups = {name: dict(group) for name, group in scenario}
    for name, value in values.items():
        next(group for group in groups.values() if name in group)[name] = value
    return Scenario.model_validate(groups)


def seeds(n: int) -> range:
    """The first n seeds; only some of them where the kernel is not compiled and a run takes a second."""
    return range(max(3, n // 15) if numba.config.DISABLE_JIT else n)


def drawn(number: int) -> tuple[Scenario, Regime, int]:
    """Scenario, regime and seed number `number` of an endless list; the same number gives the same ones."""
    rng = random.Random(number)
    wildness = rng.choice((0.0, 0.1, 0.3, 1.0))  # how often a parameter leaves the neighbourhood of its usual value
    pace = 10.0 ** rng.uniform(-2.0, 0.0)  # short runs: how much faster than in the reference firm the world turns
    while True:
        market = Market(**_group("market", dict(Market()), rng, wildness, pace))
        organisation = Organisation(**_group("organisation", dict(Organisation()), rng, wildness, pace))
        usual = rng.choice((*PRESETS.values(), CONTESTED))
        regime = Regime(**_group("regime", dict(usual), rng, wildness, pace))
        if rng.random() < 0.15:  # few reps make a deep tree only at the narrowest span
            organisation = organisation.model_copy(update={"span": DECLARED["organisation", "span"].low})
        scenario = _affordable(market, organisation, rng)
        if not contradictions(scenario, regime):
            return scenario, regime, rng.choice((0, 2**64 - 1, rng.randrange(10**6)))


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
        return math.exp(rng.uniform(math.log(p.low), math.log(p.high)))
    if p.low <= 0 and p.high > 20:
        sign = -1.0 if p.low < 0 and rng.random() < 0.5 else 1.0
        return sign * p.high * 10.0 ** rng.uniform(-4.0, 0.0)
    return rng.uniform(p.low, p.high)


def _near(p: Parameter, usual: float, rng: random.Random, pace: float) -> float:
    """Half or double the usual value, at the pace of the run."""
    factor = 1.0 if math.isinf(usual) or rng.random() < 0.3 else 2.0 ** rng.uniform(-1.0, 1.0)
    if p.unit == "weeks" or p.name == "reply_lag_hours":
        factor *= pace
    elif p.unit.endswith("/year"):
        factor /= pace
    return usual if math.isinf(usual) else min(max(usual * factor, p.low), p.high)


def _affordable(market: Market, organisation: Organisation, rng: random.Random) -> Scenario:
    """The scenario with as many reps and weeks as the Mesa engine gets through in a fraction of a second."""
    reps = 1 if rng.random() < 0.1 else round(math.exp(rng.uniform(0.0, math.log(MOST_REPS))))
    weeks = round(math.exp(rng.uniform(0.0, math.log(MOST_WEEKS))))
    created = market.prospect_conversion * words.HOURS_PER_WEEK / organisation.prospecting_hours
    cases = market.opportunities_per_rep_week + created
    weeks = max(1, min(weeks, MOST_REP_HOURS // (reps * words.HOURS_PER_WEEK), int(MOST_CASES / (reps * cases + 1))))
    reps = max(1, min(reps, int(MOST_CASES / (weeks * cases + 1))))
    warmup = rng.choice((0, rng.randrange(weeks)))
    window = rng.choice((weeks - warmup, rng.randint(1, weeks - warmup)))
    horizon = Horizon(warmup_weeks=warmup, window_weeks=window, horizon_weeks=weeks)
    return Scenario(market=market, organisation=organisation.model_copy(update={"reps": reps}), horizon=horizon)


def as_toml(scenario: Scenario, regime: Regime, seed: int) -> str:
    """A file that `load_scenario(file)` and `load_regime(file, "drawn")` read back."""
    groups = {group: _words(group, dict(values)) for group, values in scenario}
    data = {"scenario": groups, "regimes": {"drawn": _words("regime", dict(regime))}}
    return f"# seed = {seed}\n{tomli_w.dumps(data)}"


def _words(group: str, values: dict[str, Any]) -> dict[str, Any]:
    return {name: DECLARED[group, name].word if value == math.inf else value for name, value in values.items()}


def first_difference(log_a: Any, log_b: Any) -> str:
    """The first row in which two event logs differ, with the rows before it; empty if they are equal."""
    n = min(len(log_a), len(log_b))
    for row in np.flatnonzero(_bytes(log_a[:n]) != _bytes(log_b[:n]))[:1]:
        a, b = log_a[row], log_b[row]
        fields = [f"  {name}: {a[name]} against {b[name]}" for name in LOG.names if a[name] != b[name]]
        place = f"row {row}, tick {a['end']} against {b['end']}, {_activity(a)} against {_activity(b)}"
        before = [f"  row {i}: {_in_words(log_a[i])}" for i in range(max(0, row - 3), row)]
        both = [f"  a: {_in_words(a)}", f"  b: {_in_words(b)}"]
        return "\n".join([f"first difference in {place}:", *fields, "rows before (equal):", *before, "then", *both])
    if len(log_a) != len(log_b):
        longer, which = (log_a, "a") if len(log_a) > len(log_b) else (log_b, "b")
        head = f"the first {n} rows are equal; {which} has {len(longer) - n} more, the first of which, row {n}, tick "
        return f"{head}{longer[n]['end']}, {_activity(longer[n])}:\n  {_in_words(longer[n])}"
    return ""


def _bytes(log: Any) -> Any:
    return np.ascontiguousarray(log).view(f"V{LOG.itemsize}")


def _activity(row: Any) -> str:
    return words.ACTIVITIES[row["activity"]]


def _in_words(row: Any) -> str:
    coded = {
        "activity": words.ACTIVITIES,
        "path": words.PATHS,
        "outcome": words.OUTCOMES,
        "stage": words.STAGES,
    }
    return ", ".join(f"{name} {coded[name][row[name]] if name in coded else row[name]}" for name in LOG.names)
