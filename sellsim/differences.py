"""Paired differences: the same seeds, one regime minus another, with n and interval."""

from collections.abc import Mapping, Sequence

import pandas as pd

from experiments.inference import differences
from simulation.faults import Fault, InputError, nearest
from simulation.measures import NAMES

COLUMNS = ["measure", "regime", "baseline", "n", "mean", "low", "high", "p", "unit"]


def paired_differences(
    runs: pd.DataFrame | Mapping[str, pd.DataFrame], baseline: str, measures: Sequence[str] = ("won",)
) -> pd.DataFrame:
    """Each regime minus the baseline, seed by seed: mean, 95 % t interval (low, high), p of the paired t test, n seeds.

    runs: what `ensemble` gives, or several such tables by name, each of one regime (say, with and without rules of your own).
    Raises InputError for an unknown baseline or measure.
    """
    table = _joined(runs) if isinstance(runs, Mapping) else runs
    regimes = list(dict.fromkeys(map(str, table["regime"])))
    measures = [measures] if isinstance(measures, str) else list(measures)
    faults = [] if baseline in regimes else [Fault("baseline", f"there are no runs of {baseline!r}{nearest(baseline, regimes)}")]
    faults += [Fault("measures", f"{name!r} is not a measure{nearest(name, NAMES)}") for name in measures if name not in NAMES]
    if faults:
        raise InputError("paired_differences", faults)
    table = table.assign(cell=0, regime=pd.Categorical(table["regime"].astype(str), categories=regimes))
    pairs = [(name, baseline) for name in regimes if name != baseline]
    return differences(table.sort_values(["regime", "seed"]), pairs, measures)[COLUMNS]


def _joined(runs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    for name, table in runs.items():
        if table["regime"].nunique() != 1:
            raise InputError("paired_differences", [Fault(f"runs.{name}", "holds several regimes; a table by name holds one")])
    return pd.concat([table.assign(regime=name) for name, table in runs.items()], ignore_index=True)
