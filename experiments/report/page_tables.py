"""The tables of a report: those that an answer rests on, short enough to read, with n and intervals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import FALSE_DISCOVERIES, Estimate
from experiments.report.analyses import decomposed_rows, turnover_rows
from experiments.report.answer import question
from experiments.report.chief import asked, chief_measure
from experiments.report.deciding import matter_rows
from experiments.report.levers import dose_rows, doses
from experiments.wording import naming, space
from experiments.wording.analyses import with_words
from experiments.wording.numbers import number, times, written

MOST_ROWS: Final = 200  # of a table in the page; longer ones are cut, and the note names the file
NEEDED: Final = {
    "summary": ("measure", "unit", "regime", "n", "mean", "low", "high"),
    "differences": ("measure", "unit", "regime", "baseline", "n", "mean", "low", "high"),
    "winners": ("cell", "measure", "winner", "runner_up", "lead", "low", "high", "q", "decided"),
}
DOSES: Final = "What the lever does"
MATTERS: Final = "What matters most"
HEADLINES: Final = (
    "won", "value_won", "no_action_share", "acted_within_week", "hours_per_deal_with_managers", "best_answer_share",
)
BRACKETS: Final = "In brackets: 95 % interval."


class View(NamedTuple):
    """A table as it is shown: the first cell of each row is its heading."""

    title: str
    note: str
    columns: list[str]
    rows: list[list[str]]


def views(tables: Mapping[str, pd.DataFrame], experiment: Experiment) -> list[View]:
    """The tables for a report, the most important first."""
    cells, chief = tables.get("cells", space.ONE_CELL), chief_measure(tables, experiment)
    found: list[View] = []
    if "shapley" in tables:
        found.append(_shapley(tables["shapley"]))
    if "turnovers" in tables:
        found.append(_turnovers(tables["turnovers"]))
    found += _of_cells(tables, cells, experiment) if space.factors(cells) else _of_one_firm(tables, experiment)
    if "targets" in tables:
        found.append(_targets(tables["targets"]))
    if "sensitivity" in tables:
        found.append(_sensitivity(tables["sensitivity"]))
    if space.factors(cells):
        found += [_winners(tables["winners"], cells, chief)] if "winners" in tables else []
        found.append(_means_by_cell(tables["summary"], cells, experiment, chief))
    first = question(tables, experiment).table
    found.sort(key=lambda view: view.title != first)
    return [_cut(view) for view in found if view.rows]


def _of_one_firm(tables: Mapping[str, pd.DataFrame], experiment: Experiment) -> list[View]:
    wanted = asked(tables, experiment) or [name for name in HEADLINES if name in set(tables["summary"]["measure"])]
    chosen = tables["summary"]["measure"].isin(wanted)
    found = [_means(tables["summary"][chosen], experiment)._replace(title="Means of the outcomes")]
    found += [_differences(tables["differences"])] if "differences" in tables else []
    return [*found, _means(tables["summary"], experiment)] if (~chosen).any() else found


def _of_cells(tables: Mapping[str, pd.DataFrame], cells: pd.DataFrame, experiment: Experiment) -> list[View]:
    found = [_wins(tables["winners"], experiment)] if "winners" in tables else []
    if "differences" in tables:
        found.append(_over_cells(tables["differences"]))
    if question(tables, experiment).table == DOSES:
        found.append(_doses(tables, experiment))
    if question(tables, experiment).table == MATTERS:
        found.append(_matters(tables, experiment))
    return found


def _doses(tables: Mapping[str, pd.DataFrame], experiment: Experiment) -> View:
    """A row per outcome and regime."""
    found = doses(tables, experiment, chief_measure(tables, experiment))
    if found is None:
        return View(DOSES, "", [], [])
    ends = [f"at {naming.factor_value(found.factor, found.values[i])}" for i in (0, -1)]
    where = f" Held: {space.setting_in_words(found.setting)}." if found.setting else ""
    note = (
        f"{naming.factor_label(found.factor)}.{where} {BRACKETS} It takes the runs of both ends as "
        f"independent, which errs on the "
        "wide side. Does not move: no change, and no turn on the way, that is clear of zero."
    )
    return View(DOSES, note, ["Outcome", "Regime", *ends, "Change", "so it"], dose_rows(tables, experiment))


def _matters(tables: Mapping[str, pd.DataFrame], experiment: Experiment) -> View:
    """A row per factor, those first that matter most."""
    note, columns, rows = matter_rows(tables, experiment, chief_measure(tables, experiment))
    return View(MATTERS, note, columns, rows)


def _cut(view: View) -> View:
    if len(view.rows) <= MOST_ROWS:
        return view
    note = f"{view.note} The first {MOST_ROWS} of {len(view.rows):,} rows; all are in the folder's files."
    return view._replace(note=note, rows=view.rows[:MOST_ROWS])


def _shown(one: Any, scale: float = 1.0) -> str:
    """ "12.3 [11.9, 12.7]" of anything with n, mean, low and high."""
    ends = (float(one[name]) for name in ("mean", "low", "high"))
    return " ".join(written(times(scale, Estimate(int(one["n"]), *ends)))).strip()


def _wins(winners: pd.DataFrame, experiment: Experiment) -> View:
    """In how many cells who is best."""
    rows = []
    for measure, part in winners.groupby("measure", sort=False):
        counts = part.loc[part["decided"].astype(bool), "winner"].value_counts()
        numbers = [f"{counts.get(name, 0):,}" for name in experiment.regimes]
        rows.append([naming.measure_label(str(measure)), *numbers, f"{len(part) - counts.sum():,}", f"{len(part):,}"])
    rate = f"a false-discovery rate of {100 * FALSE_DISCOVERIES:g} %"
    note = f"Cells in which a regime is best; undecided where its lead is not clear of zero at {rate}."
    return View("Who is best in how many cells", note, ["Measure", *experiment.regimes, "undecided", "all"], rows)


def _over_cells(differences: pd.DataFrame) -> View:
    """Each measure and contrast over all cells."""
    rows = []
    there = differences[(differences["regime"] != differences["baseline"]) & differences["mean"].notna()]
    for (measure, regime, baseline), part in there.groupby(["measure", "regime", "baseline"], sort=False, observed=True):
        name = str(measure)
        ends = [number(naming.scale(name) * value) for value in part["mean"].quantile([0, 0.5, 1])]
        above, below = int((part["low"] > 0).sum()), int((part["high"] < 0).sum())
        counts = [f"{count:,}" for count in (above, below, len(part) - above - below)]
        unit = naming.measure_unit(name, "pp")
        rows.append([naming.measure_label(name), f"{regime} − {baseline}", unit, *ends, *counts])
    note = "Mean paired differences of the cells, and in how many of them the 95 % interval lies above, below or on zero."
    columns = ["Measure", "Difference", "Unit", "smallest", "median", "largest", "above 0", "below 0", "includes 0"]
    return View("Differences over all cells", note, columns, rows)


def _shapley(shapley: pd.DataFrame) -> View:
    """A row per setting, outcome and change."""
    note = (
        "What each change adds on average over all orders in which the changes can be made (Shapley value), before all others "
        f"and after all others; the Shapley values add up to the whole. {BRACKETS}"
    )
    columns = ["Setting", "Outcome", "Unit", "Change", "Shapley value", "before others", "after others"]
    return View("What makes the difference", note, columns, decomposed_rows(shapley))


def _turnovers(turnovers: pd.DataFrame) -> View:
    """A row per setting, outcome and lead."""
    factor = naming.factor_label(str(turnovers["factor"].iloc[0]))
    note = (
        f"{factor}: until or from where one regime leads another, or the best of all others. {BRACKETS} > and < : beyond the "
        "values run. Misfit: how far a mean lies off the curve of the lead, which only falls or only rises."
    )
    columns = ["Setting", "Outcome", "Who leads whom", "where", "Misfit", "n"]
    return View("Where the order turns over", note, columns, turnover_rows(turnovers))


def _targets(targets: pd.DataFrame) -> View:
    rows = [
        [
            str(row["figure"]), str(row["unit"]), str(row["target"]),
            _interval(row["outcome"], row["low"], row["high"], row["n"]), f"{row['kind']}: {row['verdict']}", str(row["source"]),
        ]
        for row in targets.fillna({"note": ""}).to_dict("records")
    ]
    note = f"{BRACKETS} Fitted: parameters were chosen to meet it; predicted: they were not, so it can fail."
    columns = ["Figure", "Unit", "Published", "Outcome of strict", "Verdict", "Source"]
    return View("Published figures and the strict preset", note, columns, rows)


def _interval(mean: float, low: float, high: float, n: float) -> str:
    return _shown({"n": n, "mean": mean, "low": low, "high": high})


def _means(summary: pd.DataFrame, experiment: Experiment) -> View:
    """A row per measure, a column per regime."""
    rows = [
        [naming.measure_label(name), naming.measure_unit(name), *cells, _counts(part["n"])]
        for name, part in _by_measure(summary)
        if (cells := _across(part, list(experiment.regimes), naming.scale(name)))
    ]
    note = f"{BRACKETS} n: runs of each regime in which the measure has a value."
    return View("Means of all measures", note, ["Measure", "Unit", *experiment.regimes, "n"], rows)


def _differences(differences: pd.DataFrame) -> View:
    there = differences[differences["regime"] != differences["baseline"]]
    contrasts = list(dict.fromkeys(zip(there["regime"], there["baseline"], strict=True)))
    rows = []
    for name, part in _by_measure(there):
        of = {(row["regime"], row["baseline"]): _shown(row, naming.scale(name)) for row in part.to_dict("records")}
        cells = [of.get(pair, "–") for pair in contrasts]
        rows.append([naming.measure_label(name), naming.measure_unit(name, "pp"), *cells, _counts(part["n"])])
    note = f"Paired by seed. {BRACKETS} By chance alone, one interval in twenty excludes zero. pp: percentage points."
    columns = ["Measure", "Unit", *(f"{regime} − {baseline}" for regime, baseline in contrasts), "n"]
    return View("Differences between regimes", note, columns, rows)


def _by_measure(table: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    return ((str(name), part) for name, part in table.groupby("measure", sort=False))


def _across(part: pd.DataFrame, regimes: Sequence[str], scale: float) -> list[str]:
    of = {row["regime"]: _shown(row, scale) for row in part.to_dict("records")}
    return [of.get(regime, "–") for regime in regimes]


def _counts(n: "pd.Series[int]") -> str:
    low, high = int(n.min()), int(n.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _sensitivity(sensitivity: pd.DataFrame) -> View:
    """A row per target and factor, a column per index."""
    table = with_words(sensitivity, {"baseline": "", "factor": ""})
    indices = list(dict.fromkeys(table["index"]))
    rows = []
    keys = ["analysis", "target", "regime", "baseline", "factor"]
    for key, part in table.groupby(keys, sort=False):
        analysis, target, regime, baseline, factor = map(str, key)
        of = {row["index"]: _index(row) for row in part.to_dict("records")}
        what = f"{regime} − {baseline}" if baseline else regime
        name = naming.factor_label(factor) if factor else "share of noise between replications"
        numbers = [of.get(index, "–") for index in indices]
        rows.append([f"{naming.measure_label(target)}, {what}", analysis, name, *numbers])
    note = f"{BRACKETS} In the units of the measures (Morris), as shares of the variance (Sobol')."
    return View("Sensitivity", note, ["Outcome", "Analysis", "Factor", *indices], rows)


def _index(row: Mapping[Any, Any]) -> str:
    return _interval(row["value"], row["low"], row["high"], row["n"])


def _winners(winners: pd.DataFrame, cells: pd.DataFrame, measure: str) -> View:
    """A row per cell."""
    names = space.factors(cells)
    scale = naming.scale(measure)
    rows = []
    for row in winners[winners["measure"] == measure].merge(cells, on="cell").to_dict("records"):
        lead = _interval(scale * row["lead"], scale * row["low"], scale * row["high"], 2)
        winner = str(row["winner"]) if row["decided"] else f"undecided ({row['winner']})"
        point = [naming.factor_value(name, row[name]) for name in names]
        rows.append([str(row["cell"]), *point, winner, str(row["runner_up"]), lead, f"{row['q']:.3g}"])
    note = f"Lead over the next regime in {naming.measure_unit(measure, 'percentage points')}. {BRACKETS} q: adjusted p."
    heads = ["Cell", *map(naming.factor_label, names), "Best", "Next", "Lead", "q"]
    return View(f"Who is best in each cell: {naming.measure_label(measure)}", note, heads, rows)


def _means_by_cell(summary: pd.DataFrame, cells: pd.DataFrame, experiment: Experiment, measure: str) -> View:
    names = space.factors(cells)
    parts = dict(iter(summary[summary["measure"] == measure].groupby("cell")))
    rows = []
    for row in cells.to_dict("records"):
        point = [naming.factor_value(name, row[name]) for name in names]
        if row["cell"] in parts:
            part = parts[row["cell"]]
            across = _across(part, list(experiment.regimes), naming.scale(measure))
            rows.append([str(row["cell"]), *point, *across, _counts(part["n"])])
    note = f"{naming.measure_axis(measure)}. {BRACKETS} The other measures are in the folder's files."
    columns = ["Cell", *map(naming.factor_label, names), *experiment.regimes, "n"]
    return View(f"Means in each cell: {naming.measure_label(measure)}", note, columns, rows)
