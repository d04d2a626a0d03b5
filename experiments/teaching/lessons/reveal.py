"""The reveal of a lesson: who has won the bet, and the numbers in its text, from the answer to a request for an ensemble.

Placeholders, all in braces:

    {winner}                     label of the option that has won, "undecided" included
    {worlds}                     how many worlds there were
    {MEASURE.REGIME}             the regime's mean: {won.strict}
    {difference.MEASURE.REGIME}  minus the baseline's (the first regime's), paired, with its interval: {difference.won.blended}
    {worlds_won.MEASURE.REGIME}  in how many worlds the regime came first
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt

from simulation.loading import nearest
from simulation.measures import MEASURES, NAMES

UNDECIDED: Final = "undecided"
NO_VALUE: Final = "no value"
PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_FORM: Final = re.compile(r"(?:(difference|worlds_won)\.)?(\w+)\.(\w+)")
FORMS: Final = ("winner", "worlds", "MEASURE.REGIME", "difference.MEASURE.REGIME", "worlds_won.MEASURE.REGIME")
_UNITS: Final = {measure.name: measure.unit for measure in MEASURES}
_RANKED: Final = {measure.name for measure in MEASURES if measure.better}
# Pictures would be fetched from elsewhere, and what a teacher pastes from the web must not run.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).disable("image")

Numbers = Mapping[str, Any]
"""mean, low, high, difference (the same, minus the baseline; None for the baseline) and worlds_won of a measure and regime.

As they come in JSON: a mean that has no value is None.
"""


def html(text: str) -> str:
    """Markdown as HTML. Markup in the text is shown, not obeyed; placeholders stay as they are."""
    return str(_MARKDOWN.render(text))


def placeholders(text: str) -> list[str]:
    """What stands in braces, in order."""
    return PLACEHOLDER.findall(text)


def placeholder_faults(text: str, regimes: Sequence[str]) -> list[str]:
    """What is wrong with the placeholders of a text; the first regime is the baseline."""
    return [f"{{{name}}}: {fault}" for name in placeholders(text) if (fault := _placeholder_fault(name, regimes))]


def settled(options: Sequence[str], highest: bool, numbers: Mapping[str, Numbers]) -> str:
    """The id of the option that has won: of the regimes among the options, the one with the highest (or lowest) mean.

    numbers: of the bet's measure, by regime. The intervals of the differences from the baseline must be apart (the baseline's
    own is 0), or it is UNDECIDED: never by luck alone, though now and then in doubt where a direct comparison would decide.
    """
    sign = 1.0 if highest else -1.0
    leads = []
    for regime in options:
        if regime != UNDECIDED and numbers[regime]["mean"] is not None:
            lead = numbers[regime]["difference"] or {"mean": 0.0, "low": 0.0, "high": 0.0}
            low, high = sorted((sign * lead["low"], sign * lead["high"]))
            leads.append((sign * lead["mean"], low, high, regime))
    leads.sort(reverse=True)
    if len(leads) < 2 or leads[0][1] <= max(high for _, _, high, _ in leads[1:]):
        return UNDECIDED
    return leads[0][3]


def filled(text: str, winner: str, worlds: int, measures: Mapping[str, Mapping[str, Numbers]]) -> str:
    """HTML with its placeholders filled in.

    winner: the label of the option that has won. measures: by name, then regime. Raises KeyError for a measure or a regime of
    which there are no numbers.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "winner":
            return escape(winner)
        if name == "worlds":
            return str(worlds)
        form, measure, regime = _FORM.fullmatch(name).groups("")  # type: ignore[union-attr]  # checked on loading
        return _written(form, _UNITS[measure], measures[measure][regime])

    return PLACEHOLDER.sub(value, text)


def _written(form: str, unit: str, numbers: Numbers) -> str:
    """A number in words that fit into a sentence; shares in percent, differences of shares in points."""
    if form == "worlds_won":
        return str(numbers["worlds_won"])
    share = unit.startswith(("share", "probability"))
    if form == "difference":
        band = numbers["difference"]
        if band["mean"] is None:
            return NO_VALUE
        low, mean, high = (_figure(band[name], share, "+") for name in ("low", "mean", "high"))
        return f"{mean}{' points' * share} ({low} to {high})"
    return NO_VALUE if numbers["mean"] is None else _figure(numbers["mean"], share, "") + "%" * share


def _figure(value: float, share: bool, sign: str) -> str:
    """Two or three figures: more would be read as more than the ensemble knows."""
    value = 100 * value if share else value
    decimals = 0 if abs(value) >= (10 if share else 100) else 1
    return f"{value:{sign},.{decimals}f}".replace("-", "−")


def _placeholder_fault(name: str, regimes: Sequence[str]) -> str:
    if name in ("winner", "worlds"):
        return ""
    match = _FORM.fullmatch(name)
    if match is None:
        return f"unknown placeholder; the forms are: {', '.join(FORMS)}"
    form, measure, regime = match.groups("")
    if measure not in NAMES:
        return f"{measure!r} is not a measure{nearest(measure, NAMES)}"
    if regime not in regimes:
        return f"{regime!r} is not one of the regimes of the state{nearest(regime, tuple(regimes))}"
    if form == "difference" and regime == regimes[0]:
        return f"{regime!r} is the baseline (the first regime), from which differences are taken"
    if form == "worlds_won" and measure not in _RANKED:
        return f"of {measure!r} neither more nor less is better, so nobody comes first"
    return ""
