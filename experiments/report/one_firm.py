"""The answer about one firm: who is best and by how much, who is tied, what it costs, and how sure that is."""

import math
from typing import Final, NamedTuple

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import Estimate, estimates
from experiments.inference.doses import apart
from experiments.report.chief import Tables, asked, best_by, listed, tied
from experiments.wording import naming
from experiments.wording.numbers import number

SOONEST: Final = "median_hours_to_action"
NOTHING_DONE: Final = "no_action_share"
MOST_FURTHER: Final = 3  # further outcomes told in words


class Ranking(NamedTuple):
    """The regimes of one firm by one measure."""

    best: list[str]  # the best in the sample, and those that cannot be told from it
    rest: list[str]  # the others, the best first
    means: dict[str, Estimate]


def ranking(tables: Tables, experiment: Experiment, measure: str) -> Ranking:
    """Who is best, who is tied with it, and who comes after; without a value a regime takes no part."""
    found, sign = estimates(tables["summary"]), naming.better(measure) or 1
    means = {name: found[measure, name] for name in experiment.regimes if (measure, name) in found}
    means = {name: one for name, one in means.items() if one.n > 0 and math.isfinite(one.mean)}
    order = sorted(means, key=lambda name: -sign * means[name].mean)
    best = [name for name in order if name == order[0] or not lead(tables, measure, order[0], name, means).excludes_zero]
    return Ranking(best, [name for name in order if name not in best], means)


def lead(tables: Tables, measure: str, first: str, second: str, means: dict[str, Estimate]) -> Estimate:
    """How far one regime is ahead of another, a positive number: paired by seed as far as the tables have it."""
    for name, one, other in (("differences", "regime", "baseline"), ("winners", "winner", "runner_up")):
        table = tables.get(name, pd.DataFrame(columns=["measure", one, other]))
        table = table[table["measure"] == measure]
        for pair in ((first, second), (second, first)):
            rows = table[(table[one] == pair[0]) & (table[other] == pair[1])]
            if len(rows):
                return _sized(_estimate(rows.iloc[0], means[first].n))
    return _sized(apart(means[first], means[second]))


def _estimate(row: "pd.Series[float]", n: int) -> Estimate:
    mean = row["lead"] if "lead" in row else row["mean"]
    return Estimate(int(row.get("n", n)), float(mean), float(row["low"]), float(row["high"]))


def _sized(one: Estimate) -> Estimate:
    """A lead is positive, whichever way round the table has it."""
    return one if one.mean >= 0 else Estimate(one.n, -one.mean, -one.high, -one.low)


def who_is_best(tables: Tables, experiment: Experiment, measure: str) -> str:
    """ "blended wins most deals (528 [522, 533] deals), 9.2 [6.2, 12.1] deals ahead of lean, the next"."""
    best, rest, means = ranking(tables, experiment, measure)
    if not best:
        return ""
    first = best[0]
    if len(means) == 1:
        return f"{first}: {naming.measure_label(measure)}, {naming.interval(measure, means[first], '%')}"
    if len(best) > 1:
        return _told_as_tied(tables, measure, best, rest, means)
    ahead = naming.interval(measure, lead(tables, measure, first, rest[0], means))
    next_ = f"{ahead} ahead of {rest[0]}{', the next' if len(rest) > 1 else ''}"
    return f"{first} {best_by(measure)} ({naming.interval(measure, means[first], '%')}), {next_}"


def _told_as_tied(tables: Tables, measure: str, best: list[str], rest: list[str], means: dict[str, Estimate]) -> str:
    first, second = best[:2]
    between = lead(tables, measure, first, second, means)
    values = listed([*(number(naming.scale(measure) * means[name].mean) for name in best[:-1]),
                     naming.quantity(measure, means[best[-1]].mean)])
    if not between.has_interval:
        return f"{first} {best_by(measure)} in the sample ({values}), but the tables have no interval of its lead over {second}"
    gap = f"{first} leads {second} by {naming.interval(measure, between)}"
    if not rest:
        return f"{tied(best)}: which of them {best_by(measure)} cannot be told ({values}; {gap})"
    behind = naming.interval(measure, lead(tables, measure, best[-1], rest[0], means))
    both = "both" if len(best) == 2 else "all"
    return f"{tied(best)} {best_by(measure, True)} ({values}; {gap}), {both} above {rest[0]}, the next, by {behind} or more" \
        if naming.better(measure) >= 0 else \
        f"{tied(best)} {best_by(measure, True)} ({values}; {gap}), {both} below {rest[0]}, the next, by {behind} or more"


def further_outcomes(tables: Tables, experiment: Experiment, measure: str) -> list[str]:
    """The other outcomes asked for, regime by regime, the best first; where none was asked for, speed and silence."""
    means = estimates(tables["summary"])
    wanted = [name for name in asked(tables, experiment) if name != measure][:MOST_FURTHER]
    parts = []
    for name in wanted or ([] if asked(tables, experiment) else [SOONEST, NOTHING_DONE]):
        values = {regime: means[name, regime].mean for regime in experiment.regimes if (name, regime) in means}
        known = {regime: value for regime, value in values.items() if math.isfinite(value)}
        ranked = sorted(known, key=lambda regime: -(naming.better(name) or 1) * known[regime])
        if ranked:
            scaled = {regime: number(naming.scale(name) * known[regime]) for regime in ranked[:-1]}
            words = {regime: naming.quantity(name, known[regime]) for regime in ranked}
            words |= {} if naming.is_money(name) else scaled
            parts.append(f"{naming.measure_label(name)}: {', '.join(f'{regime} {words[regime]}' for regime in ranked)}")
    return parts


def how_sure(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Whether a difference is known as well as was asked for."""
    asked_for = experiment.precision
    if asked_for is None or "differences" not in tables:
        return who_is_best(tables, experiment, measure)
    rows = tables["differences"]
    rows = rows[(rows["measure"] == asked_for.outcome) & (rows["regime"] == asked_for.regime)]
    rows = rows[(rows["baseline"] == experiment.baseline) & rows["low"].notna()]
    if rows.empty:
        return who_is_best(tables, experiment, measure)
    row, name = rows.iloc[0], asked_for.outcome
    half = (row["high"] - row["low"]) / 2
    reached = half <= asked_for.half_width
    known = f"known to ± {naming.quantity(name, half, 'percentage points')} after {int(row['n']):,} runs"
    than = (
        f"{'as precise as' if reached else 'not as precise as the'} ± "
        f"{number(naming.scale(name) * asked_for.half_width)} asked for"
    )
    size = naming.interval(name, _estimate(row, 0))
    return (
        f"{asked_for.regime} − {experiment.baseline} is {size} in "
        f"“{naming.lowered(naming.measure_label(name))}”, {known}, {than}"
    )
