"""Which measure an answer is about, and the words for being best by it."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.wording import naming, space
from simulation.measures import LEAD, NAMES

Tables = Mapping[str, pd.DataFrame]


def chief_measure(tables: Tables, experiment: Experiment) -> str:
    """The measure that the answer is about: the first outcome of the experiment; the lead where it names none."""
    there = set(tables["summary"]["measure"])
    wanted = (LEAD, *experiment.outcomes) if experiment.outcomes == NAMES else experiment.outcomes
    judged = [name for name in wanted if name in there and naming.better(name)]
    return next(iter([*judged, *(name for name in wanted if name in there), LEAD]))


def asked(tables: Tables, experiment: Experiment) -> list[str]:
    """The outcomes that the experiment names and the tables have; none where it names none."""
    if experiment.outcomes == NAMES:
        return []
    there = set(tables["summary"]["measure"])
    return [name for name in experiment.outcomes if name in there]


def cells_are(cells: pd.DataFrame) -> str:
    """What to call the cells: markets, where only the market varies."""
    return "markets" if all(name.startswith("market.") for name in space.factors(cells)) else "settings"


def best_by(measure: str, several: bool = False) -> str:
    """ "wins most deals", "has the lowest “…”"; of several regimes "win most deals"."""
    if measure == LEAD:
        return "win most deals" if several else "wins most deals"
    extreme = "lowest" if naming.better(measure) < 0 else "highest"
    return f"{'have' if several else 'has'} the {extreme} “{naming.lowered(naming.measure_label(measure))}”"


def contrast(table: pd.DataFrame, experiment: Experiment) -> tuple[str, str]:
    """The first contrast of the experiment that rows with regime and baseline have; the first of the rows otherwise."""
    there = list(dict.fromkeys(zip(table["regime"], table["baseline"], strict=True)))
    return next((pair for pair in experiment.pairs if pair in there), there[0] if there else ("", ""))


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    every = list(words)
    return " and ".join(part for part in (", ".join(every[:-1]), *every[-1:]) if part)


def tied(names: Sequence[str]) -> str:
    """Regimes that cannot be told apart: "blended ≈ lean"."""
    return " ≈ ".join(names)
