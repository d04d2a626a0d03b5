"""Plain words for factors, their values and measures, as on axes and in captions; read from their declarations."""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from experiments.design.factors import declared
from experiments.inference import Estimate
from experiments.wording.numbers import minus, money, number, times, written
from simulation.measures import MEASURES, Measure

MONEY: Final = "1,000 USD"  # the declared unit; in figures and tables millions, in sentences and as values of factors "$25 k"
IMPLIED_UNITS: Final = (MONEY, "", "1", "share", "probability", "1/(rep week)", "answers", "issues", "deviations")


def factor_label(name: str, with_unit: bool = True) -> str:
    """A factor as on an axis: "market.variety" -> "Variety of customers".

    "organisation.span" -> "Span of control (reports)", "regimes.blended.quorum" -> "… (in blended)". A name that is not
    declared is taken apart into words.
    """
    group, *within, key = name.split(".") if "." in name else ("", name)
    parameter = declared(name)
    text = parameter.label if parameter else _words(key)
    unit = [parameter.unit] if with_unit and parameter and parameter.unit not in IMPLIED_UNITS else []
    regime = [f"in {'.'.join(within)}"] if group == "regimes" and within else []
    return f"{text} ({', '.join(unit + regime)})" if unit or regime else text


def lowered(label: str) -> str:
    """A label as within a sentence: "deals won"."""
    return label[:1].lower() + label[1:]


def factor_value(name: str, value: Any) -> str:
    """A value of a factor as people write it: 0.25, 1,000, −1, never."""
    size = amount(value)
    if math.isfinite(size) and is_money(name):
        return money(size)
    if math.isfinite(size):
        return number(size, 0) if size == round(size) else minus(f"{size:.3g}")
    parameter = declared(name)
    return str(parameter.plain(size)) if parameter and math.isinf(size) else str(value)


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
    return found.label if found else _words(name)


def measure_axis(name: str) -> str:
    """What a measure is, with the unit in which it is drawn: "Left with no action ever (% of opened)"."""
    return f"{measure_label(name)} ({measure_unit(name)})"


def measure_unit(name: str, percent: str = "%") -> str:
    """The unit in which a measure is drawn; shares in per cent (differences of shares: pass "pp")."""
    unit = unit_of(name)
    if is_money(name):
        return "million USD"
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


def is_money(name: str) -> bool:
    """Whether a measure, or a factor, is an amount of money, declared in 1,000 USD."""
    parameter = declared(name) if "." in name else None
    return (parameter.unit if parameter else unit_of(name)) == MONEY


def scale(name: str) -> float:
    """By what to multiply a measure to have it in the unit in which it is drawn."""
    return 0.001 if is_money(name) else 100.0 if is_share(name) else 1.0


def quantity(name: str, value: float, percent: str = "%") -> str:
    """A value of a measure with its unit, within a sentence: "528 deals", "36.9 %", "$21.1 M"."""
    if is_money(name):
        return money(value)
    unit = unit_of(name) if not is_share(name) else percent
    return f"{number(scale(name) * value)} {unit}".strip()


def interval(name: str, of: Estimate, percent: str = "percentage points") -> str:
    """An estimate of a measure with its interval and unit: "9.2 [6.2, 12.1] deals", "$0.4 M [$0.2 M, $0.6 M]"."""
    if is_money(name):
        return f"{money(of.mean)} [{money(of.low)}, {money(of.high)}]" if of.has_interval else money(of.mean)
    unit = unit_of(name) if not is_share(name) else percent
    return f"{' '.join(written(times(scale(name), of))).strip()} {unit}".strip()


def span(name: str, low: float, high: float) -> str:
    """From the smallest to the largest of several values: "−71.7 to 306 deals", "$2.0 M to $69.7 M"."""
    first, last = quantity(name, low, "percentage points"), quantity(name, high, "percentage points")
    if first == last:
        return first
    return f"{first} to {last}" if is_money(name) else f"{number(scale(name) * low)} to {last}"


def better(name: str) -> int:
    """+1 more is better, -1 less is better, 0 neither."""
    found = _measures().get(name)
    return found.better if found else 0


def counted(n: int, noun: str) -> str:
    """ "1 cell", "675 cells", "1,350 cells"."""
    return f"{n:,} {noun}{'s'[: n != 1]}"


def _words(text: str) -> str:
    words = text.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


@cache
def _measures() -> Mapping[str, Measure]:
    return {measure.name: measure for measure in MEASURES}
