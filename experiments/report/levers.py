"""The answer about a lever: from which value to which an outcome moves under each regime, and where it does not."""

from typing import Any, Final, NamedTuple

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import Estimate
from experiments.inference.doses import Course, course
from experiments.report.chief import Tables, chief_measure, listed, tied
from experiments.wording import naming, space
from experiments.wording.numbers import number

MOST_NAMED: Final = 4  # regimes that move, told one by one


class Doses(NamedTuple):
    """One factor, the setting of the others, and what the factor does to an outcome under each regime."""

    factor: str
    values: list[Any]
    setting: dict[str, Any]
    last_cell: int
    courses: dict[str, Course]


def doses(tables: Tables, experiment: Experiment, measure: str) -> Doses | None:
    """What the lever with most values does, where the other factors lie at their usual or middle value."""
    cells = tables["cells"]
    factor = space.lever(cells)
    if not factor:
        return None
    part, setting = space.held(cells, [factor])
    part = part.drop_duplicates(factor)
    at = dict(zip(part[factor], part["cell"], strict=True))
    ordered = [value for value in space.values(cells[factor]) if value in at]
    rows = tables["summary"]
    rows = rows[(rows["measure"] == measure) & rows["cell"].isin(part["cell"])]
    means = {
        (row["cell"], row["regime"]): Estimate(int(row["n"]), row["mean"], row["low"], row["high"])
        for row in rows.to_dict("records")
    }
    nothing = Estimate(0, float("nan"), float("nan"), float("nan"))
    courses = {
        name: course(ordered, [means.get((at[value], name), nothing) for value in ordered]) for name in experiment.regimes
    }
    return Doses(factor, ordered, setting, int(at[ordered[-1]]), {name: one for name, one in courses.items() if one.start.n})


def what_it_does(tables: Tables, experiment: Experiment, measure: str) -> str:
    """ "Deals won, as span of control goes from 4 to 16: strict falls from 1,025 to 765 deals; cluster does not move"."""
    found = doses(tables, experiment, measure)
    if found is None or not found.courses:
        return ""
    first, last = (naming.factor_value(found.factor, found.values[i]) for i in (0, -1))
    where = f" ({space.setting_in_words(found.setting)})" if found.setting else ""
    lever = space.factor_in_words(found.factor)
    moving = {name: one for name, one in found.courses.items() if not one.still}
    named = sorted(moving, key=lambda name: -_size(moving[name]))[:MOST_NAMED]
    parts = [moved(name, moving[name], measure, found.factor) for name in moving if name in named]
    if len(moving) > len(named):
        parts.append(f"{len(moving) - len(named)} more move less")
    still = [name for name in found.courses if name not in moving]
    if still:
        parts.append(f"{listed(still)} {'does' if len(still) == 1 else 'do'} not move")
    parts.append(_who_leads(tables, measure, found.last_cell, last))
    text = "; ".join(part for part in parts if part)
    return f"{naming.measure_label(measure)}, as {lever} goes from {first} to {last}{where}: {text}"


def moved(name: str, of: Course, measure: str, factor: str) -> str:
    """ "strict falls from 1,025 to 765 deals", "blended rises from 500 to 560 at 0.7, then falls to 520 deals"."""
    def short(value: float) -> str:
        return naming.quantity(measure, value) if naming.is_money(measure) else number(naming.scale(measure) * value)

    start, end = short(of.start.mean), naming.quantity(measure, of.end.mean)
    if of.turn is not None:
        value, peak = of.turn
        verbs = ("rises", "falls") if peak.mean > of.start.mean else ("falls", "rises")
        at = naming.factor_value(factor, value)
        return f"{name} {verbs[0]} from {start} to {short(peak.mean)} at {at}, then {verbs[1]} to {end}"
    if not of.change.has_interval:
        return f"{name} goes from {start} to {end}, without an interval"
    return f"{name} {'rises' if of.change.mean > 0 else 'falls'} from {start} to {end}"


def _size(of: Course) -> float:
    peak = of.turn[1].mean if of.turn else of.end.mean
    return max(abs(of.change.mean), abs(peak - of.start.mean))


def _who_leads(tables: Tables, measure: str, cell: int, value: str) -> str:
    """Who leads whom by how much at the last value; a tie is told as one."""
    if "winners" not in tables:
        return ""
    table = tables["winners"]
    rows = table[(table["measure"] == measure) & (table["cell"] == cell) & table["runner_up"].notna()]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    pair = [str(row["winner"]), str(row["runner_up"])]
    if not row["decided"]:
        return f"at {value}, {tied(pair)}"
    by = naming.interval(measure, Estimate(2, row["lead"], row["low"], row["high"]))
    return f"at {value}, {pair[0]} leads {pair[1]} by {by}"


def dose_rows(tables: Tables, experiment: Experiment) -> list[list[str]]:
    """Outcome, regime, at the first value, at the last, change with interval, and what it amounts to; for every outcome."""
    chief, rows = chief_measure(tables, experiment), []
    there = set(tables["summary"]["measure"])
    for measure in dict.fromkeys([chief, *(name for name in experiment.outcomes if name in there)]):
        found = doses(tables, experiment, measure)
        for name, one in found.courses.items() if found else ():
            ends = [naming.quantity(measure, end.mean) for end in (one.start, one.end)]
            does = "does not move" if one.still else moved("", one, measure, found.factor if found else "").strip()
            change = naming.interval(measure, one.change)
            verb = does if one.turn else does.partition(" from ")[0]
            rows.append([naming.measure_label(measure), name, *ends, change, verb])
    return rows


def signs(tables: Tables, measure: str, pair: tuple[str, str]) -> pd.DataFrame:
    """The cells' differences of one contrast with the factors beside them."""
    rows = tables["differences"]
    rows = rows[(rows["measure"] == measure) & (rows["regime"] == pair[0]) & (rows["baseline"] == pair[1])]
    return rows.merge(tables["cells"], on="cell")
