"""The answer of an experiment in one sentence, generated from its tables; honest about what is undecided."""

import math
from collections.abc import Mapping
from typing import Final

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import Estimate, estimates
from experiments.report.analyses import decomposed, turned_over
from experiments.wording import naming, space
from experiments.wording.numbers import number, times, written
from simulation.measures import LEAD, NAMES

Tables = Mapping[str, pd.DataFrame]

SOONEST: Final = "median_hours_to_action"
NOTHING_DONE: Final = "no_action_share"
INDICES: Final = {"sobol": "ST", "morris": "mu_star"}


def answer(tables: Tables, experiment: Experiment) -> str:
    """One sentence: who is best and by how much; with several cells, in how many of them, and what decides it.

    tables: by name, with the columns of docs/architecture.md; `summary` must be there, others may be missing.
    """
    measure = chief_measure(tables, experiment)
    if space.factors(tables.get("cells", space.ONE_CELL)):
        parts = [decomposed(tables, experiment, measure), turned_over(tables, measure)]
        parts += [_wins(tables, experiment, measure), _effects(tables, experiment, measure), _decisive(tables, measure)]
    else:
        parts = [_best(tables, experiment, measure), *_speed_and_silence(tables, experiment)]
    text = "; ".join(part for part in parts if part) or "There is nothing to compare"
    return f"{text}." if text.startswith(tuple(experiment.regimes)) else f"{text[:1].upper()}{text[1:]}."


def chief_measure(tables: Tables, experiment: Experiment) -> str:
    """The measure that the answer is about: the first outcome of the experiment; the lead where it names none."""
    there = set(tables["summary"]["measure"])
    wanted = (LEAD, *experiment.outcomes) if experiment.outcomes == NAMES else experiment.outcomes
    judged = [name for name in wanted if name in there and naming.better(name)]
    return next(iter([*judged, *(name for name in wanted if name in there), LEAD]))


def cells_are(cells: pd.DataFrame) -> str:
    """What to call the cells: markets, where only the market varies."""
    return "markets" if all(name.startswith("market.") for name in space.factors(cells)) else "settings"


def _wins(tables: Tables, experiment: Experiment, measure: str) -> str:
    """In how many cells each regime is best."""
    if "winners" not in tables:
        return ""
    found = tables["winners"][tables["winners"]["measure"] == measure]
    if found.empty:
        return ""
    counts = found.loc[found["decided"].astype(bool), "winner"].value_counts()
    total, noun = len(found), cells_are(tables["cells"])
    undecided = total - int(counts.sum())
    if counts.empty:
        return f"no regime {_best_by(measure)} with certainty in any of {total:,} {noun}"
    first, *others = (f"{name} in {n:,}" for name, n in counts.items())
    losers = [name for name in experiment.regimes if name not in counts.index]
    never = f"{' and '.join(losers)} in none" if losers else ""
    unclear = f"undecided in {undecided:,}" if undecided else "undecided in none"
    rest = ", ".join(part for part in (*others, never, unclear) if part)
    name, n = first.rsplit(" in ", 1)
    return f"{name} {_best_by(measure)} in {n} of {total:,} {noun}, {rest}"


def _best_by(measure: str) -> str:
    if measure == LEAD:
        return "wins most deals"
    extreme = "lowest" if naming.better(measure) < 0 else "highest"
    return f"has the {extreme} “{naming.lowered(naming.measure_label(measure))}”"


def _effects(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Between what and what the first contrast lies over the cells, and in how many it is clear of zero."""
    if "differences" not in tables:
        return ""
    rows = tables["differences"]
    rows = rows[(rows["measure"] == measure) & (rows["regime"] != rows["baseline"]) & rows["mean"].notna()]
    wanted = [pair for pair in experiment.contrasts if ((rows["regime"] == pair[0]) & (rows["baseline"] == pair[1])).any()]
    if rows.empty:
        return ""
    regime, baseline = wanted[0] if wanted else _widest(rows)
    of = rows[(rows["regime"] == regime) & (rows["baseline"] == baseline)]
    scale = naming.scale(measure)
    low, high = number(scale * of["mean"].min()), number(scale * of["mean"].max())
    span = low if low == high else f"{low} to {high}"
    above, below = int((of["low"] > 0).sum()), int((of["high"] < 0).sum())
    return (
        f"{regime} differs from {baseline} by {span} {naming.measure_unit(measure, 'percentage points')}, clearly "
        f"above zero in {above:,} of {len(of):,} {cells_are(tables['cells'])} and clearly below in {below:,}"
    )


def _widest(rows: pd.DataFrame) -> tuple[str, str]:
    """The contrast that changes most over the cells."""
    groups = rows.groupby(["regime", "baseline"], observed=True, sort=False)["mean"]
    ranges = groups.max() - groups.min()
    regime, baseline = ranges.index[int(ranges.to_numpy().argmax())]
    return str(regime), str(baseline)


def _decisive(tables: Tables, measure: str) -> str:
    """The factor that sensitivity analysis names first, for the first difference between regimes that it looked at."""
    if "sensitivity" not in tables:
        return ""
    table = tables["sensitivity"].fillna({"baseline": "", "factor": ""})
    for analysis, index in INDICES.items():
        rows = table[(table["analysis"] == analysis) & (table["index"] == index) & (table["target"] == measure)]
        rows = rows[rows["value"].notna()].sort_values("baseline", key=lambda names: names == "", kind="stable")
        if rows.empty:
            continue
        one = rows.iloc[0]
        of = rows[(rows["regime"] == one["regime"]) & (rows["baseline"] == one["baseline"])]
        names = [f"“{naming.factor_label(name, False)}”" for name in of.nlargest(2, "value")["factor"]]
        what = f"{one['regime']} − {one['baseline']}" if one["baseline"] else str(one["regime"])
        return f"what decides {what} most is {', then '.join(names)}"
    return ""


def _best(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Who is best in the one cell, and how far ahead of the next."""
    means = estimates(tables["summary"])
    sign = naming.better(measure) or 1
    valued = [name for name in experiment.regimes if (measure, name) in means and means[measure, name].n > 0]
    if not valued:
        return ""
    ranked = sorted(valued, key=lambda name: -sign * means[measure, name].mean)
    best, unit = ranked[0], naming.measure_unit(measure)
    value = _with_interval(means[measure, best], measure)
    if len(ranked) == 1:
        return f"{best}: {naming.measure_label(measure)}, {value} {unit}"
    lead = _lead(tables, measure, best, ranked[1])
    if lead.excludes_zero:
        ahead = f"{_with_interval(_sized(lead), measure)} ahead of {ranked[1]}, the next"
        return f"{best} {_best_by(measure)} ({value} {unit}), {ahead}"
    doubt = "is not clearly ahead of" if lead.has_interval else "the tables have no interval of its lead over"
    return f"{best} {_best_by(measure)} in the sample ({value} {unit}), but {doubt} {ranked[1]}"


def _lead(tables: Tables, measure: str, best: str, second: str) -> Estimate:
    """The paired difference between the best two, as far as the tables have it; without an interval otherwise."""
    if "differences" in tables:
        rows = tables["differences"]
        for regime, baseline in ((best, second), (second, best)):
            of = rows[(rows["measure"] == measure) & (rows["regime"] == regime) & (rows["baseline"] == baseline)]
            if len(of):
                return estimates(of)[measure, regime]
    if "winners" in tables:
        of = tables["winners"][tables["winners"]["measure"] == measure]
        if len(of) and of.iloc[0]["winner"] == best and of.iloc[0]["runner_up"] == second:
            lead, low, high = (float(of.iloc[0][name]) for name in ("lead", "low", "high"))
            return Estimate(2, lead, low, high)
    return Estimate(0, math.nan, math.nan, math.nan)


def _sized(one: Estimate) -> Estimate:
    """A lead is positive, whichever way round the table has it."""
    return one if one.mean >= 0 else Estimate(one.n, -one.mean, -one.high, -one.low)


def _speed_and_silence(tables: Tables, experiment: Experiment) -> list[str]:
    """By when half of the opportunities have an offer, and how many customers leave with none, in each regime."""
    means = estimates(tables["summary"])
    parts = []
    for measure, text, unit in (
        (SOONEST, "half of the opportunities have an offer after", "business hours"),
        (NOTHING_DONE, "customers who leave with no action ever are", "%"),
    ):
        values = {name: means[measure, name].mean for name in experiment.regimes if (measure, name) in means}
        ranked = sorted((name for name in values if math.isfinite(values[name])), key=lambda name: values[name])
        if ranked:
            listed = [f"{number(naming.scale(measure) * values[name])} ({name})" for name in ranked]
            parts.append(f"{text} {', '.join(listed)} {unit}")
    return parts


def _with_interval(one: Estimate, measure: str) -> str:
    """ "1,475 [1,463, 1,487]" in the unit in which the measure is drawn."""
    return " ".join(written(times(naming.scale(measure), one))).strip()
