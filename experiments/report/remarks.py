"""Said unasked: what a reader of results would want to be told even if no question was about it."""

from collections.abc import Iterator

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference.points import repeated
from experiments.inference.weekly import climbs
from experiments.report.chief import Tables, listed
from experiments.wording import naming, space
from experiments.wording.numbers import number

MOST_NAMED = 6


def remarks(tables: Tables, experiment: Experiment) -> list[str]:
    """Precision missed, points that repeat, factors that do nothing, queues that never settle: a sentence each."""
    return [*_precision(tables, experiment), *_repeated(experiment), *_idle(tables, experiment), *_queues(tables, experiment)]


def _precision(tables: Tables, experiment: Experiment) -> Iterator[str]:
    wanted = experiment.precision
    if wanted is None or "differences" not in tables:
        return
    rows = tables["differences"]
    rows = rows[(rows["measure"] == wanted.outcome) & (rows["regime"] == wanted.regime)]
    rows = rows[rows["baseline"] == experiment.baseline]
    half = (rows["high"] - rows["low"]) / 2
    missed = half[~(half <= wanted.half_width)]
    if len(missed):
        name = wanted.outcome
        widest = naming.quantity(name, float(missed.max()), "percentage points")
        where = f" in {len(missed):,} of {len(rows):,} cells" if len(rows) > 1 else ""
        asked = number(naming.scale(name) * wanted.half_width)
        yield (
            f"The precision asked for was missed{where}: {wanted.regime} − {experiment.baseline} was to be "
            f"known to ± {asked}, and is "
            f"known to ± {widest} after {wanted.most:,} runs at most. A larger “most” would narrow it."
        )


def _repeated(experiment: Experiment) -> Iterator[str]:
    """Points of a design that repeat: run once, counted once."""
    if not experiment.factors:
        return
    points = pd.DataFrame([{"cell": cell.number, **cell.point} for cell in experiment.cells])
    n = int(repeated(points).sum())
    if n:
        verb = "repeats an earlier one and counts" if n == 1 else "repeat earlier ones and count"
        yield f"{n:,} of the {len(points):,} points of the design {verb} once, in every table but that of sensitivity."


def _idle(tables: Tables, experiment: Experiment) -> Iterator[str]:
    """Factors that change nothing at all under a regime, wherever the other factors lie."""
    if "cells" not in tables:
        return
    for name in space.factors(tables["cells"]):
        idle = [regime for regime in experiment.regimes if _does_nothing(tables, name, regime)]
        if idle:
            everywhere = len(idle) == len(experiment.regimes)
            under = "under any regime" if everywhere else f"under {listed(idle)}"
            yield f"“{naming.factor_label(name, False)}” changes none of the outcomes {under}, by not one digit."


def _does_nothing(tables: Tables, factor: str, regime: str) -> bool:
    """Whether cells that differ in this factor alone have the same means to the last digit; there must be such cells."""
    cells = tables["cells"]
    others = [name for name in space.factors(cells) if name != factor]
    rows = tables["summary"]
    means = rows[rows["regime"] == regime].pivot(index="cell", columns="measure", values="mean")
    joined = cells.merge(means.fillna(-1.0), left_on="cell", right_index=True)
    keys = joined.groupby(others, sort=False, dropna=False) if others else [((), joined)]
    lines = [line for _, line in keys if line[factor].nunique(dropna=False) > 1]
    return bool(lines) and all((line[list(means.columns)].nunique() <= 1).all() for line in lines)


def _queues(tables: Tables, experiment: Experiment) -> Iterator[str]:
    """Inboxes of managers that are clearly fuller at the end of the measured window than at its beginning."""
    if "weekly" not in tables:
        return
    horizon = experiment.scenario.horizon
    found = climbs(tables["weekly"], horizon.warmup_weeks, horizon.warmup_weeks + horizon.window_weeks)
    growing = [row for row in found.to_dict("records") if row["climbs"]]
    if growing:
        each = [f"{row['regime']} {number(row['first'])} → {number(row['last'])}" for row in growing]
        yield (
            f"Managers' inboxes do not settle: requests waiting in the first and in the last quarter of the "
            f"measured window, {', '.join(each)}. "
            f"So the measures are those of weeks {horizon.warmup_weeks + 1} to "
            f"{horizon.warmup_weeks + horizon.window_weeks} of a firm "
            "that falls behind, not of a steady state: waits get longer the later one looks. A longer "
            "warm-up (warmup_weeks) shows whether they level off."
        )
