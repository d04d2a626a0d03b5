"""The answer about what matters most: from indices of a sample, from factors moved one at a time, or from scattered points.

Only effects that are clear of zero, and of what noise alone would show, are named.
"""

import math
from typing import Any, Final

import pandas as pd

from experiments.design.experiment import Experiment, sampled
from experiments.inference import Estimate
from experiments.inference.doses import apart
from experiments.inference.one_by_one import base_cell, estimates_by_cell, swings
from experiments.inference.scenarios import Box, rank_correlations
from experiments.inference.sensitivity import NOISE, noise_floor
from experiments.report.chief import Tables, listed
from experiments.wording import naming, space
from experiments.wording.analyses import with_words
from experiments.wording.numbers import number, times, written
from experiments.wording.targets import Target, placed, region, targets

INDICES: Final = {"sobol": "ST", "morris": "mu_star"}
MOST_NAMED: Final = 3
FEWEST: Final = 4  # points of which a rank correlation is told


# Indices of a sample


def indices_of(tables: Tables, experiment: Experiment, measure: str) -> tuple[str, Target, pd.DataFrame] | None:
    """The analysis, the target and its rows of the table of sensitivity; differences between regimes first."""
    if "sensitivity" not in tables:
        return None
    table = with_words(tables["sensitivity"], {"baseline": "", "factor": ""})
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
    return f"{name} (by {naming.quantity(measure, row['value'], 'percentage points')} on average over its range)"


def _index_rows(analysis: str, rows: pd.DataFrame, levels: int) -> list[list[str]]:
    """Factor, size of its effect, further index, and whether it is told from noise; the largest first."""
    clear = set(clear_effects(analysis, rows, levels)["factor"])
    chief, second = (INDICES[analysis], {"sobol": "S1", "morris": "sigma"}[analysis])
    of = rows[rows["index"] == chief].sort_values("value", ascending=False, kind="stable")
    others = rows[rows["index"] == second].set_index("factor")
    return [
        [naming.factor_label(row["factor"]), _shown(row, analysis), _shown(others.loc[row["factor"]], analysis),
         "yes" if row["factor"] in clear else "not told from noise"]
        for row in of.to_dict("records")
    ]


def _shown(row: Any, analysis: str) -> str:
    one = Estimate(2, float(row["value"]), float(row["low"]), float(row["high"]))
    scale = 100.0 if analysis == "sobol" else naming.scale(str(row["target"]))
    return " ".join(written(times(scale, one))).strip()


def matter_rows(tables: Tables, experiment: Experiment, measure: str) -> tuple[str, list[str], list[list[str]]]:
    """Note, columns and rows of the table of what matters."""
    found, sample = indices_of(tables, experiment, measure), sampled(experiment)
    if found is not None:
        analysis, target, rows = found
        unit = "% of the variance" if analysis == "sobol" else naming.measure_unit(measure, "pp")
        columns = {
            "sobol": ["Factor", "alone and with others (ST)", "by itself (S1)", "clear of noise"],
            "morris": ["Factor", "size of its effect (μ*)", "how much that hangs on the rest (σ)", "clear of noise"],
        }[analysis]
        note = f"{_capital(target.words)}, in {unit}. In brackets: 95 % interval."
        return note, columns, _index_rows(analysis, rows, sample.levels if sample else 4)
    target, estimates = targets(tables, experiment, measure)[0]
    base = base_cell(tables["cells"])
    if base is not None:
        moves = swings(tables["cells"], estimates, base).to_dict("records")
        middle = estimates_by_cell(estimates).get(base)
        columns = ["Factor", "moved to", naming.measure_unit(measure, "pp"), "change from the base"]
        moved = [
            [naming.factor_label(row["factor"]), naming.factor_value(row["factor"], row["value"]), _plain(row, measure),
             _interval(apart(_estimate(row), middle), measure) if middle else "–"]
            for row in moves
        ]
        return f"{_capital(target.words)}; each factor by itself. In brackets: 95 % interval.", columns, moved
    ranked = [
        [naming.factor_label(row["factor"]), _rank(row), "yes" if row["clear"] else "not told from chance"]
        for row in correlations(tables, estimates).to_dict("records")
    ]
    note = f"{_capital(target.words)}. Rank correlation (Spearman) over the cells. In brackets: 95 % interval."
    return note, ["Factor", "rank correlation", "clear of chance"], ranked


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _estimate(row: Any) -> Estimate:
    return Estimate(int(row["n"]), float(row["mean"]), float(row["low"]), float(row["high"]))


def _plain(row: Any, measure: str) -> str:
    return _interval(_estimate(row), measure)


def _interval(of: Estimate, measure: str) -> str:
    return " ".join(written(times(naming.scale(measure), of))).strip()


def _rank(row: Any) -> str:
    return " ".join(written(Estimate(2, row["value"], row["low"], row["high"]), 2)).strip()


# One factor at a time


def is_one_at_a_time(tables: Tables) -> bool:
    """Whether the design moves one factor at a time away from a base."""
    return base_cell(tables["cells"]) is not None


def one_at_a_time(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Which factor, moved by itself from the base, moves the outcome most."""
    base = base_cell(tables["cells"])
    if base is None:
        return ""
    target, rows = targets(tables, experiment, measure)[0]
    found, of = swings(tables["cells"], rows, base), estimates_by_cell(rows)
    if base not in of:
        return ""
    named: list[tuple[str, Any, Estimate]] = []
    silent: list[tuple[str, Any, Estimate]] = []
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
    target, rows = targets(tables, experiment, measure)[0]
    found = correlations(tables, rows)
    clear = found[found["clear"]] if len(found) else found
    if len(clear) == 0:
        return f"nothing that was varied goes along with {target.words} by more than chance could"
    first = clear.to_dict("records")[:MOST_NAMED]
    named = [f"“{naming.factor_label(str(row['factor']), False)}” ({_goes(row['value'])})" for row in first]
    others = len(found) - len(clear)
    rest = f"; {others} cannot be told from chance" if others else ""
    return f"what decides {target.words} most is {', then '.join(named)}{rest}"


def _goes(value: float) -> str:
    return f"{'rises' if value > 0 else 'falls'} with it, rank correlation {number(value, 2)}"


def correlations(tables: Tables, rows: pd.DataFrame) -> pd.DataFrame:
    """Rank correlations with an outcome by cell, the largest first."""
    table = placed(tables["cells"], rows)
    if len(table) < FEWEST:
        return pd.DataFrame(columns=["factor", "value", "low", "high", "clear"])
    found = rank_correlations(table.drop(columns=["n", "mean", "low", "high"]), table["mean"].to_numpy(float))
    return found.sort_values("value", key=lambda column: -column.abs(), kind="stable", ignore_index=True)


def scenario(tables: Tables, experiment: Experiment, measure: str) -> tuple[str, Box] | None:
    """Of which cells it is asked where they lie, in words, and the box in which they are dense."""
    target, rows = targets(tables, experiment, measure)[0]
    words, box = region(target, placed(tables["cells"], rows))
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
