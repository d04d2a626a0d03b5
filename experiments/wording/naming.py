"""Plain words for factors, their values and measures, as on axes and in captions; read from their declarations."""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from simulation.measures import MEASURES, Measure
from simulation.parameters import Parameter, parameters

# Where the declared name alone does not say it to somebody who has not read the model description.
PLAIN: Final = {
    "market.variety": "Variety of customers (v)",
    "market.ambiguity": "Ambiguity of information (a)",
    "market.issues": "Issues of a need (K)",
    "market.interdependence": "Issues that must fit together",
    "market.turbulence_per_year": "Turbulence of the market",
    "market.patience_mean_weeks": "Customers' patience",
    "market.patience_shape": "Shape of customers' patience",
    "market.expiry_weeks": "Longest time that a customer waits",
    "market.reply_lag_hours": "Customers' time to answer an offer",
    "market.selectivity": "Selectivity of customers",
    "market.second_chance": "Second chance after a refusal",
    "market.candour": "Customers who say what was wrong",
    "market.opportunities_per_rep_week": "Opportunities per rep and week",
    "market.prospect_conversion": "Prospects who open an opportunity",
    "market.deal_value_kusd": "Value of a deal",
    "market.deal_spread": "Spread of deal values",
    "market.lags": "Distribution of customers' answering times",
    "organisation.reps": "Size of the firm",
    "organisation.span": "Span of control",
    "organisation.least_levels": "Levels of managers at least",
    "organisation.expertise_share": "Expertise of reps",
    "organisation.manager_expertise_share": "Expertise of managers",
    "organisation.specialisation": "Specialisation of teams",
    "organisation.relief": "Ambiguity that expertise removes",
    "organisation.discovery_hours": "Work to find out the need",
    "organisation.drafting_hours": "Work to draft an offer",
    "organisation.customising_hours": "Work per deviation from the template",
    "organisation.consult_hours": "Work to answer a peer",
    "organisation.sign_off_hours": "Work of a sign-off",
    "organisation.review_hours_per_day": "Managers' time for sign-offs",
    "organisation.prospecting_hours": "Work to find a prospect",
    "organisation.turnover_per_year": "Turnover of reps",
    "organisation.memory_bar": "Certainty at which memory counts",
    "organisation.review_evidence": "Evidence that a playbook review needs",
    "organisation.sanction_step": "Willingness lost by a sanction",
    "organisation.reward_step": "Willingness regained by a win",
    "organisation.efforts": "Distribution of working times",
    "horizon.warmup_weeks": "Warm-up",
    "horizon.window_weeks": "Measured window",
    "horizon.horizon_weeks": "Length of a run",
    "regime.dispatch": "Dispatch of customers",
    "regime.divert_below": "Predicted fit below which reps turn to the cluster",
    "regime.willingness": "Willingness of new reps to leave the process",
    "regime.documentation_hours": "Work of documentation",
    "regime.sign_off_over": "Deviations allowed without sign-off",
    "regime.guardrail_over": "Guardrail: deviations allowed to clusters",
    "regime.authority_per_level": "Managers' authority",
    "regime.desk": "Managers' inboxes",
    "regime.refusal": "What a manager refuses",
    "regime.cluster_size": "Size of a cluster",
    "regime.cross_team_share": "Cluster members from other teams",
    "regime.peers_asked": "Peers asked",
    "regime.quorum": "Quorum: answers before acting",
    "regime.confidence": "Confidence at which reps act",
    "regime.peer_head_start_hours": "Head start of peers' questions",
    "regime.review_weeks": "Time between playbook reviews",
    "regime.memory_rate": "Weight of a new deal in memory",
    "regime.sanction": "Risk of punishment for leaving the process",
}
# Measures of the headlines, and those whose declared meaning leans on the line before it in the table of measures.
SHORT: Final = {
    "won": "Deals won",
    "won_share": "Share of opportunities won",
    "no_action_share": "Left with no action ever",
    "acted_within_week": "First offer within a week",
    "median_hours_to_action": "Median time to first offer",
    "cycle_days": "Median cycle of deals won",
    "waited_managers_hours": "Wait for managers",
    "hours_per_deal": "Reps' work per deal won",
    "hours_per_deal_with_managers": "Work per deal won",
    "created_won": "Won, of those created by prospecting",
    "best_answer_share": "Best answer, of deals won",
    "fit_of_won": "Fit of deals won",
    "forced_fits": "Forced fits",
    "wasted_hours": "Work on tasks that came too late",
    "memory_accuracy": "Accuracy of the reps' memory",
}
IMPLIED_UNITS: Final = ("", "1", "share", "probability", "1/(rep week)", "answers", "issues", "deviations")
SIZE_IN_NAME: Final = re.compile(r"_(hours|weeks|per_year|per_level)$")


def factor_label(name: str, with_unit: bool = True) -> str:
    """A factor as on an axis: "market.variety" -> "Variety of customers (v)".

    "organisation.span" -> "Span of control (reports)", "regimes.blended.quorum" -> "… (in blended)". A name that is not
    declared is taken apart into words.
    """
    group, *within, key = name.split(".") if "." in name else ("", name)
    declared = _declared().get(_key(name))
    text = PLAIN.get(_key(name)) or _words(SIZE_IN_NAME.sub("", key))
    unit = [declared.unit] if with_unit and declared and declared.unit not in IMPLIED_UNITS else []
    regime = [f"in {'.'.join(within)}"] if group == "regimes" and within else []
    return f"{text} ({', '.join(unit + regime)})" if unit or regime else text


def lowered(label: str) -> str:
    """A label as within a sentence: "deals won"."""
    return label[:1].lower() + label[1:]


def factor_value(name: str, value: Any) -> str:
    """A value of a factor as people write it: 0.25, 1,000, never."""
    number = amount(value)
    if math.isfinite(number):
        return f"{number:,.0f}" if number == round(number) else f"{number:.3g}"
    declared = _declared().get(_key(name))
    return declared.word if declared and math.isinf(number) else str(value)


def amount(value: Any) -> float:
    """A factor's value as a number; the words "always" and "never" are beyond every number, other words are NaN."""
    if value in ("always", "never"):
        return math.inf
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def measure_label(name: str) -> str:
    """What a measure is, without its unit: "Deals won"."""
    found = _measures().get(name)
    return SHORT.get(name) or _words(found.meaning if found else name)


def measure_axis(name: str) -> str:
    """What a measure is, with the unit in which it is drawn: "Left with no action ever (% of opened)"."""
    return f"{measure_label(name)} ({measure_unit(name)})"


def measure_unit(name: str, percent: str = "%") -> str:
    """The unit in which a measure is drawn; shares in per cent (differences of shares: pass "pp")."""
    unit = unit_of(name)
    if not is_share(name):
        return unit or "units"
    return f"{percent} {re.sub('^(share|probability)', '', unit).strip()}".strip()


def unit_of(name: str) -> str:
    """The declared unit; "" if there is no such measure."""
    found = _measures().get(name)
    return found.unit if found else ""


def is_share(name: str) -> bool:
    """Whether a measure is a share or a probability, drawn in per cent."""
    return unit_of(name).startswith(("share", "probability"))


def scale(name: str) -> float:
    """By what to multiply a measure to have it in the unit in which it is drawn."""
    return 100.0 if is_share(name) else 1.0


def better(name: str) -> int:
    """+1 more is better, -1 less is better, 0 neither."""
    found = _measures().get(name)
    return found.better if found else 0


def counted(n: int, noun: str) -> str:
    """ "1 cell", "675 cells", "1,350 cells"."""
    return f"{n:,} {noun}{'s'[: n != 1]}"


def _key(name: str) -> str:
    """The declared name of a factor: a regime's parameter is the same in one regime as in all."""
    parts = name.split(".")
    return f"regime.{parts[-1]}" if parts[0] == "regimes" else name


def _words(text: str) -> str:
    words = text.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


@cache
def _declared() -> Mapping[str, Parameter]:
    return {f"{p.group}.{p.name}": p for p in parameters()}


@cache
def _measures() -> Mapping[str, Measure]:
    return {measure.name: measure for measure in MEASURES}
