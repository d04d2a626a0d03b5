"""Firms that tests run, few seeds where runs are slow, and what to print when two logs differ."""

from typing import Any, Final

import numba
import numpy as np

from experiments.twins.random_inputs import CONTESTED, as_toml, drawn
from simulation import Horizon, Market, Organisation, Scenario, codes
from simulation.record import LOG

__all__ = ["APPEALED", "BUSY", "CONTESTED", "NEUTRAL", "PLAIN", "as_toml", "changed", "drawn", "first_difference", "seeds"]

# A firm in which everything the model knows happens within a few weeks. Whatever a test might hang on is said here.
BUSY: Final = Scenario(
    market=Market(
        variety=0.7, ambiguity=0.6, ambiguity_spread=0.8, issues=6, interdependence=2, turbulence_per_year=6.0,
        opportunities_per_rep_week=2.5, patience_mean_weeks=4.0, patience_shape=0.8, expiry_weeks=8.0, reply_lag_hours=8.0,
        selectivity=2.5, second_chance=0.6, candour=1.0, prospect_conversion=0.5, lags="exponential",
    ),
    organisation=Organisation(
        reps=15, span=5.0, least_levels=1, expertise_share=0.4, manager_expertise_share=0.4, specialisation=0.5,
        acquaintance=0.8, acquaintance_across=0.4, hearsay=0.5, needs_expert="either path", confident_of="the offer",
        relief=0.8, discovery_hours=3.0,
        drafting_hours=3.0, customising_hours=1.0, conferring_hours=0.25, consult_hours=2.0, sign_off_hours=1.5,
        work_unit_minutes=1, selling_hours_per_day=6.75, review_hours_per_day=2.0, prospecting_hours=6.0, turnover_per_year=3.0,
        memory_bar=0.3, review_evidence=3, undocumented_share=0.3, forgotten_per_week=0.2, sanction_step=0.25,
        reward_step=0.1, efforts="exponential",
    ),
    horizon=Horizon(warmup_weeks=2, window_weeks=6, horizon_weeks=12),
)
# Managers have a veto, and what one refuses another may grant.
APPEALED: Final = CONTESTED.model_copy(update={"refusal": "appealed", "advice": "veto"})
# With these the rules of the second version (MODEL rules 15 to 23) do nothing, and the model is the first version.
NEUTRAL: Final = {
    "ambiguity_spread": 0.0, "hearsay": 0.0, "needs_expert": "cluster path", "acquaintance": 1.0, "acquaintance_across": 1.0,
    "conferring_hours": 0.0, "undocumented_share": 1.0, "work_unit_minutes": 60, "selling_hours_per_day": 8,
    "forgotten_per_week": 0.0, "confident_of": "the need",
}


def changed(scenario: Scenario = BUSY, **values: Any) -> Scenario:
    """The scenario with some values of its groups changed."""
    groups = {name: dict(group) for name, group in scenario}
    for name, value in values.items():
        next(group for group in groups.values() if name in group)[name] = value
    return Scenario.model_validate(groups)


PLAIN: Final = changed(**NEUTRAL)


def seeds(n: int) -> range:
    """The first n seeds; only some of them where the kernel is not compiled and a run takes a second."""
    return range(max(3, n // 15) if numba.config.DISABLE_JIT else n)


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
    return codes.ACTIVITIES[row["activity"]]


def _in_words(row: Any) -> str:
    coded = {
        "activity": codes.ACTIVITIES,
        "path": codes.PATHS,
        "outcome": codes.OUTCOMES,
        "stage": codes.STAGES,
    }
    return ", ".join(f"{name} {coded[name][row[name]] if name in coded else row[name]}" for name in LOG.names)
