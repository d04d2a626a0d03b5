"""Designs that move one factor at a time away from a base: what each does, as rows for a tornado."""

from typing import Any

import pandas as pd

from experiments.inference.means import Estimate
from experiments.inference.points import once

COLUMNS = ["factor", "value", "cell", "n", "mean", "low", "high"]


def base_cell(cells: pd.DataFrame) -> int | None:
    """The cell from which every other differs in one factor alone, where two factors or more are moved; None if none."""
    cells = once(cells)
    names = [name for name in cells.columns if name != "cell" and cells[name].nunique(dropna=False) > 1]
    if len(names) < 2:
        return None
    base = cells[names].mode().iloc[0]
    moved = sum((cells[name] != base[name]).astype(int) for name in names)
    at_base = cells.loc[moved == 0, "cell"]
    every = set(moved) <= {0, 1} and all((cells[name] != base[name]).any() for name in names)
    return int(at_base.iloc[0]) if len(at_base) and every else None


def moved_factor(cells: pd.DataFrame, base: int) -> dict[int, tuple[str, Any]]:
    """For each other cell, which factor is moved and where to."""
    names = [name for name in cells.columns if name != "cell"]
    at = cells[cells["cell"] == base].iloc[0]
    found = {}
    for row in cells.to_dict("records"):
        others = [name for name in names if row[name] != at[name]]
        if len(others) == 1:
            found[int(row["cell"])] = (others[0], row[others[0]])
    return found


def estimates_by_cell(rows: pd.DataFrame) -> dict[int, Estimate]:
    """Rows of one measure and one regime or contrast, by cell."""
    return {
        int(row["cell"]): Estimate(int(row["n"]), row["mean"], row["low"], row["high"]) for row in rows.to_dict("records")
    }


def swings(cells: pd.DataFrame, rows: pd.DataFrame, base: int) -> pd.DataFrame:
    """A row per moved cell, columns COLUMNS, the factors with the largest swing first. rows: see `estimates_by_cell`."""
    of, found = estimates_by_cell(rows), []
    for cell, (name, value) in moved_factor(once(cells), base).items():
        if cell in of:
            found.append((name, value, cell, *of[cell]))
    table = pd.DataFrame(found, columns=COLUMNS)
    middle = of[base].mean if base in of else float("nan")
    size = table.groupby("factor")["mean"].agg(lambda means: max([middle, *means]) - min([middle, *means]))
    order = list(size.sort_values(ascending=False, kind="stable").index)
    return table.sort_values("factor", key=lambda names: names.map(order.index), kind="stable", ignore_index=True)
