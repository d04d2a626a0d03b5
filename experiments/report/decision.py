"""What a decision takes besides the answer: the money, how sure it is, and what would change it. A sentence or two each."""

import math
from typing import Final

from experiments.design.experiment import Experiment
from experiments.inference import FALSE_DISCOVERIES, Estimate, estimates
from experiments.report.answer import Answer, scenario_sentence, varied
from experiments.report.chief import Tables, cells_are, listed
from experiments.report.deciding import clear_effects, indices_of
from experiments.report.maps import of_measure, what_the_winner_hangs_on
from experiments.report.one_firm import lead, ranking
from experiments.wording import naming, numbers
from experiments.wording.targets import targets

VALUE: Final = "value_won"
WORK: Final = "hours_per_deal_with_managers"
MOST_SHIFTS: Final = 3
NOTHING: Final = Estimate(0, math.nan, math.nan, math.nan)


def decision(tables: Tables, experiment: Experiment, said: Answer) -> list[tuple[str, list[str]]]:
    """Pairs of a heading and its sentences."""
    return [
        ("Money", money(tables, experiment)),
        ("How sure", how_sure(tables, experiment, said)),
        ("What would change it", what_would_change_it(tables, experiment, said)),
    ]


def money(tables: Tables, experiment: Experiment) -> list[str]:
    """What the deals won are worth, and the work that a deal takes; of many cells, how far that reaches."""
    there = set(tables["summary"]["measure"])
    value = _money_over_cells(tables) if varied(tables) else _money_of_one_firm(tables, experiment)
    parts = [value] if VALUE in there else []
    if WORK in there and not varied(tables):
        means = estimates(tables["summary"])
        known = {name: means[WORK, name].mean for name in experiment.regimes if (WORK, name) in means and means[WORK, name].n}
        each = ", ".join(f"{numbers.number(value)} under {name}" for name, value in sorted(known.items(), key=lambda one: one[1]))
        parts += [f"Work per deal won, managers' included: {each} hours."] if known else []
    silent = f"The value of deals was not among the outcomes: add “{VALUE}” to outcomes to have it told."
    return [part for part in parts if part] or [silent]


def _money_of_one_firm(tables: Tables, experiment: Experiment) -> str:
    best, rest, means = ranking(tables, experiment, VALUE)
    if not best:
        return ""
    each = ", ".join(f"{naming.quantity(VALUE, means[name].mean)} under {name}" for name in [*best, *rest])
    weeks = experiment.scenario.horizon.window_weeks
    if len(means) == 1:
        return f"Deals won from {numbers.number(weeks, 0)} weeks of openings are worth {each}."
    second = rest[0] if len(best) == 1 else best[1]
    gap = lead(tables, VALUE, best[0], second, means)
    ahead = (
        f"{best[0]} is {naming.interval(VALUE, gap)} ahead of "
        f"{second}{'' if gap.excludes_zero else ', which is not clear of zero'}"
    )
    return f"Deals won from {numbers.number(weeks, 0)} weeks of openings are worth {each}; {ahead}."


def _money_over_cells(tables: Tables) -> str:
    rows = tables["summary"]
    rows = rows[(rows["measure"] == VALUE) & rows["mean"].notna()]
    each = [
        f"{naming.span(VALUE, part['mean'].min(), part['mean'].max())} under {regime}"
        for regime, part in rows.groupby("regime", sort=False, observed=True)
    ]
    return f"Over the {cells_are(tables['cells'])}, deals won are worth {listed(each)}." if each else ""


def how_sure(tables: Tables, experiment: Experiment, said: Answer) -> list[str]:
    """How many runs, how wide the interval of the difference is, what is left undecided, and what more runs would bring."""
    rows = tables["summary"]
    counts = rows.loc[(rows["measure"] == said.measure) & rows["mean"].notna(), "n"].astype(int).tolist()
    where = " and cell" if varied(tables) else ""
    parts = [f"{numbers.runs(counts)}{where}, paired by seed."] if counts else ["No run has a value of it."]
    parts.append(_known_to(tables, experiment, said.measure))
    found = of_measure(tables, said.measure)
    if len(found) and varied(tables):
        undecided = int((~found["decided"].astype(bool)).sum())
        parts.append(
            f"Undecided in {undecided:,} of {len(found):,} {cells_are(tables['cells'])}, at a false-discovery rate of "
            f"{100 * FALSE_DISCOVERIES:g} %."
        )
    return [*parts, "Intervals say how well the model's answer is known, not how well the model fits a real firm."]


def _known_to(tables: Tables, experiment: Experiment, measure: str) -> str:
    """How well the difference that the answer is about is known: of one firm, the lead over the next; else the first contrast."""
    who, middle = "", ""
    if varied(tables):
        target, of = targets(tables, experiment, measure)[0]
        half = ((of["high"] - of["low"]) / 2).dropna().median() if target.baseline else math.nan
        who, middle = target.who, ", in the median cell"
    else:
        best, rest, means = ranking(tables, experiment, measure)
        pair = [*best, *rest][:2]
        one = means[pair[0]] if pair else NOTHING
        if len(pair) == 2:
            one = lead(tables, measure, pair[0], pair[1], means)
        half, who = (one.high - one.low) / 2, " − ".join(pair)
    if not math.isfinite(half):
        return "There are no intervals, which take at least two runs: nothing here is told from chance."
    return (
        f"{who} is known to ± {naming.quantity(measure, half, 'percentage points')} (95 %){middle}; half "
        f"of that takes four times the runs."
    )


def what_would_change_it(tables: Tables, experiment: Experiment, said: Answer) -> list[str]:
    """What the answer hangs on, as far as anything was varied."""
    if not varied(tables):
        return ["Nothing was varied, so this folder cannot say: give [uncertainties] or [levers] some values and run it again."]
    parts = what_the_winner_hangs_on(tables, said.measure)[:MOST_SHIFTS]
    found = indices_of(tables, experiment, said.measure)
    if found is not None:
        analysis, target, rows = found
        names = [f"“{naming.factor_label(str(name), False)}”" for name in clear_effects(analysis, rows)["factor"]]
        if names:
            parts.append(f"{target.who} hangs on {listed(names[:5])}{f' and {len(names) - 5} more' if len(names) > 5 else ''}")
    parts += [text] if (text := scenario_sentence(tables, experiment, said.measure)) and text not in said.further else []
    parts += [_flips(tables, experiment, said.measure)]
    regimes = tuple(experiment.regimes)
    told = [f"{part if part.startswith(regimes) else part[:1].upper() + part[1:]}." for part in parts if part]
    return told or ["None of what was varied changes who is best in one cell of five or more."]


def _flips(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Whether the first contrast has another sign elsewhere, clear of zero."""
    target, rows = targets(tables, experiment, measure)[0]
    if not target.baseline or rows.empty:
        return ""
    above, below = int((rows["low"] > 0).sum()), int((rows["high"] < 0).sum())
    if above and below:
        return f"the sign of {target.who} changes: above zero in {above:,} of {len(rows):,} cells, below in {below:,}"
    if above or below:
        return (
            f"the sign of {target.who} changes nowhere: {'above' if above else 'below'} zero in "
            f"{above + below:,} of {len(rows):,} cells, never clearly the other way"
        )
    return f"{target.who} is clear of zero in none of {len(rows):,} cells"
