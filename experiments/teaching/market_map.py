"""The map of markets on the lab's first page: who wins most deals in which, out of stored results.

The page cannot compute it (729 settings), and the results stay out of the installed package, so what is needed of them is a
small file beside this one; `python -m experiments.docs` renews it, and a test compares it with the results.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from simulation.measures import LEAD

STORED: Final = Path(__file__).with_name("market_map.json")
EXPERIMENT: Final = "who_wins_where"
AXES: Final = ("organisation.hearsay", "market.opportunities_per_rep_week", "market.variety", "market.ambiguity")
"""A page of the map for each hearsay and, within it, load; on it a row for each variety, in it a column for each ambiguity."""

LABELS: Final = {"advised": "Strict, managers advise"}
"""What regimes of the experiment are called that are no presets."""


@cache
def market_map() -> dict[str, Any]:
    """The map as it is stored."""
    told: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return told


def map_of(results: Path) -> dict[str, Any]:
    """The map that follows from the folder of results of EXPERIMENT.

    `pages` hold a text per setting: the regime that clearly wins most deals, or two with a bar between them that cannot be
    told apart at the top ("lean|strict").
    """
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    winners = pd.read_csv(results / "winners.csv")
    cells = winners[winners["measure"] == LEAD].merge(pd.read_csv(results / "cells.csv"), on="cell").sort_values(list(AXES))
    either = cells["winner"].where(cells["decided"], cells["winner"] + "|" + cells["runner_up"])
    levels = [sorted(cells[axis].unique().tolist()) for axis in AXES]
    pages = len(levels[0]) * len(levels[1])
    return {
        "experiment": EXPERIMENT,
        "date": manifest["date"][:10],
        "seeds": manifest["seeds"]["count"],
        "measure": LEAD,
        "regimes": manifest["regimes"],
        "labels": LABELS,
        "axes": [{"key": axis, "values": values} for axis, values in zip(AXES, levels, strict=True)],
        "pages": either.to_numpy(dtype=object).reshape(pages, len(levels[2]), len(levels[3])).tolist(),
    }


def renew(results: Path) -> None:
    """Write the file anew, a line for each row of the map."""
    told = map_of(results / EXPERIMENT)
    pages = ",\n".join("[" + ",\n ".join(json.dumps(row) for row in page) + "]" for page in told.pop("pages"))
    head = json.dumps(told, indent=1).removesuffix("\n}")
    STORED.write_text(f'{head},\n "pages": [\n{pages}\n ]\n}}\n', encoding="utf-8", newline="\n")
