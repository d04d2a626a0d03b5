"""What a factor does to one outcome of one regime: where it starts, where it ends, and whether it turns in between.

Means of two cells are compared as if their runs were independent. Cells share their seeds, which makes their means move
together, so that these intervals err on the wide side: what is called a change is one.
"""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from experiments.inference.means import Estimate

TURN: Final = 1.5  # how much wider intervals are taken for a turn, which is looked for among many values


class Course(NamedTuple):
    """An outcome along a factor."""

    start: Estimate
    end: Estimate
    change: Estimate  # end less start
    turn: tuple[Any, Estimate] | None  # the value at which it is clearly higher, or clearly lower, than at both ends
    still: bool  # no change and no turn that is clear of zero


def course(values: Sequence[Any], means: Sequence[Estimate]) -> Course:
    """The course of means, one for each value in the values' order."""
    known = [(value, one) for value, one in zip(values, means, strict=True) if one.n > 0 and math.isfinite(one.mean)]
    if len(known) < 2:
        nothing = Estimate(0, math.nan, math.nan, math.nan)
        return Course(nothing, nothing, nothing, None, False)
    start, end = known[0][1], known[-1][1]
    change, turn = apart(end, start), _turn(known)
    return Course(start, end, change, turn, turn is None and not is_clear(change))


def apart(one: Estimate, other: Estimate) -> Estimate:
    """One mean less another, with the interval that independent runs would give."""
    half = math.hypot((one.high - one.low) / 2, (other.high - other.low) / 2)
    mean = one.mean - other.mean
    return Estimate(min(one.n, other.n), mean, mean - half, mean + half)


def is_clear(change: Estimate) -> bool:
    """Whether a change is clear of zero. Without intervals nothing is."""
    return change.excludes_zero


def _turn(known: Sequence[tuple[Any, Estimate]]) -> tuple[Any, Estimate] | None:
    first, *inner, last = known
    found = []
    for value, one in inner:
        steps = [_widened(apart(one, end)) for end in (first[1], last[1])]
        if all(step.low > 0 for step in steps) or all(step.high < 0 for step in steps):
            found.append((min(abs(step.mean) for step in steps), value, one))
    return max(found, key=lambda turn: turn[0])[1:] if found else None


def _widened(of: Estimate) -> Estimate:
    return Estimate(of.n, of.mean, of.mean - TURN * (of.mean - of.low), of.mean + TURN * (of.high - of.mean))
