"""Tables of runs with one measure, `won`, made up for tests of what is inferred from them."""

from typing import Any

import numpy as np
import pandas as pd


def runs_of(**values: list[float]) -> pd.DataFrame:
    """Runs of one cell, for regimes named by keyword and seeds 0, 1, ..."""
    parts = [
        pd.DataFrame({"regime": name, "seed": range(len(won)), "won": won}) for name, won in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def runs_of_cells(values: Any, measure: str = "won") -> pd.DataFrame:
    """Runs of several cells with regimes a, b, ...: values[cells, regimes, seeds]."""
    values = np.asarray(values, np.float64)
    cell, regime, seed = np.indices(values.shape).reshape(3, -1)
    names = pd.Categorical.from_codes(regime, list("abcdefgh"[: values.shape[1]]))
    return pd.DataFrame({"cell": cell, "regime": names, "seed": seed, measure: values.ravel()})
