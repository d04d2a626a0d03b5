"""Numbers as people write them, with as many digits as their uncertainty leaves, and how many runs stand behind them."""

import math
import re
from collections.abc import Iterable
from typing import Final

from experiments.inference import Estimate

MONEY_SIZES: Final = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


def minus(text: str) -> str:
    """A number to be read has a true minus sign; only numbers to be typed or computed with have a hyphen."""
    return text.replace("-", "−" if re.search("[1-9]", text) else "")


def number(value: float, decimals: int | None = None, sign: str = "") -> str:
    """As people write it, with about three digits if not told otherwise: 1,536, 66.4, 8.13; "–" for NaN.

    sign: "+" writes a plus as well.
    """
    if not math.isfinite(value):
        return "–"
    if decimals is None:
        size = abs(value)
        decimals = 0 if size >= 99.95 or size == 0 else 1 if size >= 9.995 else 2
    return minus(f"{value:{sign},.{decimals}f}")


def money(thousands: float, sign: str = "") -> str:
    """An amount given in 1,000 USD, as people write it: "$2.0 M", "$69.7 M", "$25 k", "−$400"; "–" for NaN."""
    if not math.isfinite(thousands):
        return "–"
    dollars = abs(thousands) * 1000
    size, letter = next(((size, letter) for size, letter in MONEY_SIZES if dollars >= 0.9995 * size), (1.0, ""))
    before = "−" if thousands < 0 else sign if thousands > 0 else ""
    amount = dollars / size
    short = f"{amount:,.1f}" if size >= 1e6 else f"{amount:,.3g}" if amount < 999.5 else f"{amount:,.0f}"
    return f"{before}${short}{f' {letter}' if letter else ''}"


def plus_minus(of: Estimate, decimals: int = 1, sign: str = "") -> str:
    """The mean and half its 95 % interval: "12.3 ± 0.4"; without an interval "12.3"; without a value "–"."""
    if of.n == 0:
        return "–"
    text = number(of.mean, decimals, sign)
    return f"{text} ± {number((of.high - of.low) / 2, decimals)}" if of.has_interval else text


def times(factor: float, of: Estimate) -> Estimate:
    """The same in a smaller unit, e.g. a share in per cent (times 100)."""
    return Estimate(of.n, factor * of.mean, factor * of.low, factor * of.high)


def written(of: Estimate, least: int = 0, most: int = 3) -> tuple[str, str]:
    """The mean, and `[low, high]` where there is an interval.

    As many decimals, between `least` and `most`, as the interval's width warrants; more where an end would be
    rounded to zero.
    """
    half = (of.high - of.low) / 2
    if not of.has_interval or half <= 0:
        return number(of.mean, least or None), ""
    decimals = min(max(-math.floor(math.log10(half / 3)), least), most)
    while decimals < most and any(end and round(end, decimals) == 0 for end in (of.low, of.high)):
        decimals += 1
    low, high = number(of.low, decimals), number(of.high, decimals)
    return number(of.mean, decimals), f"[{low}, {high}]"


def runs(counts: Iterable[int], one: str = "run", many: str = "runs") -> str:
    """How many runs stand behind a figure, e.g. "n = 200 runs per regime"."""
    counts = sorted(set(counts))
    if not counts:
        return f"n = 0 {many}"
    if len(counts) > 1:
        return f"n = {counts[0]:,} to {counts[-1]:,} {many} per regime"
    return f"n = {counts[0]:,} {one if counts[0] == 1 else many} per regime"


def uncertainty(marks: str, of_what: str, shown: bool) -> str:
    """What the marks of uncertainty are, or that there are none."""
    if not shown:
        return "No 95 % intervals: they take at least two runs."
    return f"{marks}: 95 % intervals of {of_what}."
