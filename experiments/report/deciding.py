"""The answer about what matters most: from indices of a sample, from factors moved one at a time, or from scattered points.

Only effects that are clear of zero, and of what noise alone would show, are named.
"""

import math
from typing import Any, Final, NamedTuple

import pandas as pd

from experiments.design.experiment import Experiment, sampled
from experiments.inference import Estimate
from experiments.inference.doses import apart
from experiments.inference.one_by_one import base_cell, estimates_by_cell, swings
from experiments.inference.scenarios import Box, discover, rank_correlations
from experiments.inference.sensitivity import NOISE, noise_floor
from experiments.report.chief import Tables, contrast, listed
from experiments.wording import naming, space
from experiments.wording.numbers import number

INDICES: Final = {"sobol": "ST", "morris": "mu_star"}
MOST_NAMED: Final = 3


class Target(NamedTuple):
    """What an answer is about: an outcome of a regime, or its difference from another one."""

    measure: str
    regime: str
    baseline: str  # "" for a regime by itself

    @property
    def words(self) -> str:
        """ "deals won, cluster − strict"."""
        who = f"{self.regime} − {self.baseline}" if self.baseline else self.regime
        return f"{naming.lowered(naming.measure_label(self.measure))}, {who}"


def target_of(tables: Tables, experiment: Experiment, measure: str) -> tuple[Target, pd.DataFrame]:
    """The first contrast of the measure, or the first regime, and its rows by cell: n, mean, low, high."""
    differences = tables.get("differences", pd.DataFrame(columns=["measure", "regime", "baseline"]))
    rows = differences[(differences["measure"] == measure) & (differences["regime"] != differences["baseline"])]
    if len(rows):
        regime, baseline = contrast(rows, experiment)
        return Target(measure, regime, baseline), rows[(rows["regime"] == regime) & (rows["baseline"] == baseline)]
    regime, summary = next(iter(experiment.regimes)), tables["summary"]
    return Target(measure, regime, ""), summary[(summary["measure"] == measure) & (summary["regime"] == regime)]


# Indices of a sample


def indices_of(tables: Tables, experiment: Experiment, measure: str) -> tuple[str, Target, pd.DataFrame] | None:
    """The analysis, the target and its rows of the table of sensitivity; differences between regimes first."""
    if "sensitivity" not in tables:
        return None
    table = tables["sensitivity"].fillna({"baseline": "", "factor": ""})
    for analysis, index in INDICES.items():
        rows = table[(table["analysis"] == analysis) & (table["target"] == measure)]
        valued = rows[(rows["index"] == index) & rows["value"].notna()]
        valued = valued.sort_values("baseline", key=lambda names: names == "", kind="stable")
        if len(valued):
            of = [(regime, base) for regime, base in zip(valued["regime"], valued["baseline"], strict=True)]
            regime, baseline = next((pair for pair in experiment.pairs if pair in of), of[0])
            found = rows[(rows["regime"] == regime) & (rows["baseline"] == baseline)]
            return analysis, Target(measure, str(regime), str(baseline)), found
    return None


def clear_effects(analysis: str, rows: pd.DataFrame, levels: int = 4) -> pd.DataFrame:
    """The rows of the chief index that are clear of zero and of noise, the largest first."""
    noise = rows.loc[rows["index"] == NOISE, "value"]
    share = float(noise.iloc[0]) if len(noise) and math.isfinite(noise.iloc[0]) else 0.0
    bar = share if analysis == "sobol" else noise_floor(rows, levels)
    of = rows[rows["index"] == INDICES[analysis]]
    return of[(of["low"] > 0) & (of["value"] > bar)].sort_values("value", ascending=False, kind="stable")


def what_matters(tables: Tables, experiment: Experiment, measure: str) -> str:
    """ "Deals won, cluster − strict: what decides them most is “X” (61 % of the variance), then “Y”; 20 others ..."."""
    found = indices_of(tables, experiment, measure)
    if found is None:
        return one_at_a_time(tables, experiment, measure) or scattered(tables, experiment, measure)
    analysis, target, rows = found
    sample = sampled(experiment)
    clear = clear_effects(analysis, rows, sample.levels if sample else 4)
    others = int((rows["index"] == INDICES[analysis]).sum()) - len(clear)
    if clear.empty:
        return f"nothing that was varied decides {target.words} by more than noise could"
    named = [_index(row, analysis) for row in clear.to_dict("records")[:MOST_NAMED]]
    more = len(clear) - len(named)
    rest = f"; {more} more matter less" if more else ""
    rest += f"; {others} cannot be told from noise" if others else ""
    return f"what decides {target.words} most is {', then '.join(named)}{rest}"


def _index(row: dict[Any, Any], analysis: str) -> str:
    name = f"“{naming.factor_label(str(row['factor']), False)}”"
    if analysis == "sobol":
        return f"{name} ({100 * row['value']:.0f} % of the variance)"
    measure = str(row["target"])
    return f"{name} (± {naming.quantity(measure, row['value'], 'percentage points')} over its range)"


# One factor at a time


def is_one_at_a_time(tables: Tables) -> bool:
    """Whether the design moves one factor at a time away from a base."""
    return base_cell(tables["cells"]) is not None


def one_at_a_time(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Which factor, moved by itself from the base, moves the outcome most."""
    base = base_cell(tables["cells"])
    if base is None:
        return ""
    target, rows = target_of(tables, experiment, measure)
    found, of = swings(tables["cells"], rows, base), estimates_by_cell(rows)
    if base not in of:
        return ""
    named, silent = [], []
    for name, moves in found.groupby("factor", sort=False):
        ends = [(row["value"], Estimate(int(row["n"]), row["mean"], row["low"], row["high"])) for row in moves.to_dict("records")]
        value, end = max(ends, key=lambda one: abs(one[1].mean - of[base].mean))
        (named if apart(end, of[base]).excludes_zero else silent).append((str(name), value, end))
    start = naming.quantity(measure, of[base].mean, "percentage points")
    if not named:
        return f"no factor, moved by itself, moves {target.words} ({start}) by what is clear of zero"
    parts = [f"“{naming.factor_label(name, False)}” ({number(naming.scale(measure) * end.mean)} at "
             f"{naming.factor_value(name, value)})" for name, value, end in named[:MOST_NAMED]]
    rest = f"; {len(silent)} of {len(named) + len(silent)} do nothing that is clear of zero" if silent else ""
    return f"what moves {target.words} most, from {start} at the base and one at a time, is {', then '.join(parts)}{rest}"


# Scattered points


def scattered(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Which factors go along with an outcome over the points of a sample."""
    target, rows = target_of(tables, experiment, measure)
    found = correlations(tables, rows)
    clear = found[found["clear"]] if len(found) else found
    if len(clear) == 0:
        return f"nothing that was varied goes along with {target.words} by more than chance could"
    named = [f"“{naming.factor_label(str(row['factor']), False)}” ({_goes(row['value'])})" for row in clear.to_dict("records")[:MOST_NAMED]]
    others = len(found) - len(clear)
    rest = f"; {others} cannot be told from chance" if others else ""
    return f"what decides {target.words} most is {', then '.join(named)}{rest}"


def _goes(value: float) -> str:
    return f"{'rises' if value > 0 else 'falls'} with it, rank correlation {number(value, 2)}"


def correlations(tables: Tables, rows: pd.DataFrame) -> pd.DataFrame:
    """Rank correlations with an outcome by cell, the largest first."""
    cells = numeric(tables["cells"])
    placed = cells.merge(rows[["cell", "mean"]].dropna(), on="cell")
    if len(placed) < 4:
        return pd.DataFrame(columns=["factor", "value", "low", "high", "clear"])
    found = rank_correlations(placed.drop(columns="mean"), placed["mean"].to_numpy(float))
    return found.sort_values("value", key=lambda column: -column.abs(), kind="stable", ignore_index=True)


def numeric(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with those factors that are numbers."""
    return cells[["cell", *(name for name in space.factors(cells) if pd.api.types.is_numeric_dtype(cells[name]))]]


def scenario(tables: Tables, experiment: Experiment, measure: str) -> tuple[str, Box] | None:
    """Of which cells it is asked where they lie, in words, and the box in which they are dense."""
    target, rows = target_of(tables, experiment, measure)
    placed = numeric(tables["cells"]).merge(rows[["cell", "mean"]].dropna(), on="cell")
    wanted, words = placed["mean"] > 0, f"{target.regime} is ahead of {target.baseline}"
    if naming.better(measure) < 0:
        wanted = placed["mean"] < 0
    if not target.baseline or not 0.05 <= wanted.mean() <= 0.95:
        wanted = placed["mean"] >= placed["mean"].quantile(0.75)
        words = f"“{target.words}” is in its highest quarter"
    box = discover(placed.drop(columns="mean"), wanted)
    return (words, box) if box is not None else None


def scenario_in_words(found: tuple[str, Box]) -> str:
    """ "cluster is ahead of strict in 82 % of the cells with variety above 0.6 and span below 9 (in 45 % of all)"."""
    words, box = found
    return (
        f"{words} in {100 * box.density:.0f} % of the {box.n:,} cells with {listed(limits_in_words(box))}, against "
        f"{100 * box.everywhere:.0f} % of all; {100 * box.coverage:.0f} % of such cells lie there"
    )


def limits_in_words(box: Box) -> list[str]:
    """ "span of control of at least 9.1"."""
    parts = []
    for name, (low, high) in box.limits.items():
        what, ends = space.factor_in_words(name), [naming.factor_value(name, end) for end in (low, high)]
        if math.isfinite(low) and math.isfinite(high):
            parts.append(f"{what} between {ends[0]} and {ends[1]}")
        else:
            parts.append(f"{what} of at least {ends[0]}" if math.isfinite(low) else f"{what} of at most {ends[1]}")
    return parts
