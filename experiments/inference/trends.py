"""How an estimate moves: with the number of runs, and with the value of one factor."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

import pandas as pd

from experiments.inference.means import differences

FEWEST: Final = 10  # runs at which convergence begins, where there are more; of fewer it begins at two


def convergence(
    runs: pd.DataFrame, measure: str, contrasts: Sequence[tuple[str, str]], fewest: int = FEWEST
) -> pd.DataFrame:
    """Paired differences as they stood after the first 10, 20, 40, ... seeds, and after all; of fewer after 2, 3, 4, ... .

    Columns: those of `differences`, with n from few to all, and half_width, that of the 95 % interval. contrasts: pairs (regime,
    minus this baseline). Cells with fewer seeds than others end earlier.
    """
    seeds = sorted(runs["seed"].unique())
    sizes = [*takewhile(lambda size: size < len(seeds), (fewest * 2**i for i in range(64))), len(seeds)]
    if len(seeds) <= fewest:
        sizes = list(range(min(2, len(seeds)), len(seeds) + 1))
    parts = [differences(runs[runs["seed"] <= seeds[size - 1]], contrasts, [measure]) for size in sizes]
    table = pd.concat(parts, ignore_index=True).drop_duplicates(["cell", "regime", "baseline", "n"])
    table["half_width"] = table["high"] - table["mean"]
    return table.sort_values("cell", kind="stable", ignore_index=True)


def dose_response(table: pd.DataFrame, cells: pd.DataFrame, factor: str) -> pd.DataFrame:
    """A summary or differences as lines over one factor, one line for each combination of the other factors.

    table: of `summarise` or `differences`; cells: column cell and one per factor. Columns: those of the table, `line` (the
    number of the combination, from 0), one per other factor, and `value`, that of the factor, along which each line is sorted
    (in the order of the cells where values are words). Nothing is averaged. Raises KeyError for an unknown factor.
    """
    others = [name for name in cells.columns if name not in ("cell", factor)]
    if factor not in cells.columns:
        raise KeyError(f"no factor {factor!r}; the cells have {', '.join(others)}")
    values = cells[factor]
    step, _ = pd.factorize(values, sort=pd.api.types.is_numeric_dtype(values))  # words come as the design has them
    line = cells.groupby(others, sort=False, dropna=False).ngroup() if others else 0
    placed = cells.rename(columns={factor: "value"}).assign(line=line, step=step)
    joined = table.merge(placed, on="cell", how="left", validate="many_to_one")
    return joined.sort_values(["line", "step"], kind="stable", ignore_index=True).drop(columns="step")
