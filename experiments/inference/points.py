"""Points of a design that repeat: what holds of a point is told, counted and tested once, however often the design names it."""

from collections.abc import Mapping

import pandas as pd

BY_CELL = ("cells", "summary", "differences", "winners", "convergence", "curves")


def repeated(cells: pd.DataFrame) -> "pd.Series[bool]":
    """For each cell, whether an earlier one lies at the same point."""
    names = [name for name in cells.columns if name != "cell"]
    return cells.duplicated(names) if names else pd.Series(False, cells.index)


def once(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells without those that repeat a point; each keeps its number."""
    return cells[~repeated(cells)].reset_index(drop=True)


def tables_once(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables of a design without the rows of cells that repeat a point."""
    if "cells" not in tables or not repeated(tables["cells"]).any():
        return dict(tables)
    kept = set(once(tables["cells"])["cell"])
    return {
        name: table[table["cell"].isin(kept)].reset_index(drop=True) if name in BY_CELL and "cell" in table else table
        for name, table in tables.items()
    }
