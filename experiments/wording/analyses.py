"""What rows of the tables `shapley` and `turnovers` stand for, in words, for figures and reports alike."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.inference import Estimate
from experiments.inference.shapley import END, NO_SWITCH, START, VALUE, WHOLE
from experiments.inference.turnovers import FALLS
from experiments.wording import naming, numbers, space


def with_words(table: pd.DataFrame, words: Mapping[str, str]) -> pd.DataFrame:
    """The table with a word in each empty cell of some columns, also of those that are empty throughout and so no text."""
    texts = {name: table[name].astype(object).where(table[name].notna(), word) for name, word in words.items() if name in table}
    return table.assign(**texts)


def settings_in_words(table: pd.DataFrame) -> dict[int, str]:
    """What the lines of a table stand for: by the line's number, the values of the factors that differ between lines."""
    varying = [name for name in table.columns if "." in name and table[name].nunique() > 1]
    first = table.drop_duplicates("line")
    return {row["line"]: space.point_in_words((name, row[name]) for name in varying) for row in first.to_dict("records")}


def of_target(shapley: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The rows of one measure: of the first difference between regimes that there is, else of the first regime."""
    rows = with_words(shapley[shapley["target"] == measure], {"baseline": "", "switch": NO_SWITCH})
    between = rows[rows["baseline"] != ""]
    rows = between if len(between) else rows
    first = rows.iloc[:1]
    return rows[rows["regime"].isin(first["regime"]) & rows["baseline"].isin(first["baseline"])]


def target_in_words(rows: pd.DataFrame) -> str:
    """What rows of one target are about: "Deals won" of a regime, "Deals won, cluster − strict" of a difference."""
    target, regime, baseline = (str(rows[name].iloc[0]) for name in ("target", "regime", "baseline"))
    label = naming.measure_label(target)
    return f"{label}, {regime} − {baseline}" if baseline else label


def estimate_of(rows: pd.DataFrame, index: str, switch: str = NO_SWITCH) -> Estimate:
    """One row of one setting and target, in the unit in which its measure is drawn."""
    found = rows[(rows["index"] == index) & (rows["switch"] == switch)].iloc[0]
    scale = naming.scale(str(found["target"]))
    return Estimate(int(found["n"]), *(scale * float(found[name]) for name in ("mean", "low", "high")))


def plus_minus(of: Estimate) -> str:
    """ "+425 ± 15", with as many decimals as the interval warrants."""
    mean, _ = numbers.written(of)
    return numbers.plus_minus(of, len(mean.partition(".")[2]), "+")


def by_size(rows: pd.DataFrame) -> list[str]:
    """The changes of one setting and target, from the one that adds most to the one that takes most away."""
    values = rows[rows["index"] == VALUE]
    return [str(name) for name in values.sort_values("mean", ascending=False, kind="stable")["switch"]]


def whole_in_words(rows: pd.DataFrame) -> str:
    """ "1,026 → 1,531: +505 ± 10" of one setting and target."""
    start, end, whole = (estimate_of(rows, index) for index in (START, END, WHOLE))
    return f"{numbers.number(start.mean)} → {numbers.number(end.mean)}: {plus_minus(whole)}"


def place_in_words(row: Mapping[Any, Any]) -> str:
    """Where a lead is: "until 0.62 [0.58, 0.66]", "from 0.31 [< 0, 0.47]", "throughout", "nowhere, at most until 0.25"."""
    at, falls = float(row["at"]), row["course"] == FALLS
    if math.isnan(at):
        return "nobody leads"
    word, (low, high) = ("until", (row["low"], row["high"])) if falls else ("from", (row["high"], row["low"]))
    if math.isfinite(at):
        ends = (_beyond(row[name], row["from"], row["to"]) for name in ("low", "high"))
        return f"{word} {numbers.number(at, 2)} [{', '.join(ends)}]"
    if (at > 0) == falls:
        return "throughout" + (f", at least {word} {numbers.number(low, 2)}" if math.isfinite(low) else "")
    return "nowhere" + (f", at most {word} {numbers.number(high, 2)}" if math.isfinite(high) else "")


def _beyond(value: float, low: float, high: float) -> str:
    if math.isfinite(value):
        return numbers.number(value, 2)
    return f"> {high:g}" if value > 0 else f"< {low:g}"


def lead_in_words(row: Mapping[Any, Any]) -> str:
    """Whose lead over whom."""
    return f"{row['regime']} ahead of {row['baseline'] or 'all others'}"


def factor_in_words(row: Mapping[Any, Any]) -> str:
    """The factor within a sentence: the word before the colon of its label."""
    return naming.lowered(naming.factor_label(str(row["factor"]), with_unit=False).partition(":")[0])
