"""The map of markets on the lab's first page is that of the stored results."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.teaching import market_map
from experiments.teaching.declarations import SITUATIONS, declarations
from experiments.teaching.ensembles import compute
from experiments.teaching.lessons.reveal import UNDECIDED, settled
from experiments.teaching.states import state_from
from simulation.parameters import Scenario
from simulation.presets import PRESETS

RESULTS = Path(__file__).parents[2] / "results"
WINNERS = {
    "alike": "lean", "varied": "blended", "puzzling": "cluster", "overloaded": "cluster", "hearsay": "strict", "rush": "solo",
}
"""In the situations to start from; at the reference firm the lead is too small to be promised."""


def test_the_stored_map_is_that_of_the_results() -> None:
    assert market_map.market_map() == market_map.map_of(RESULTS / market_map.EXPERIMENT), "run: python -m experiments.docs"


def test_every_place_of_the_map_is_a_setting_of_the_experiment() -> None:
    told = market_map.market_map()
    hearsay, load, variety, ambiguity = (axis["values"] for axis in told["axes"])
    cells = pd.read_csv(RESULTS / market_map.EXPERIMENT / "cells.csv")
    assert len(told["pages"]) * len(variety) * len(ambiguity) == len(cells) == len(hearsay) * len(load) * 81
    winners = {winner for page in told["pages"] for row in page for either in row for winner in either.split("|")}
    assert winners <= set(told["regimes"])
    assert set(told["regimes"]) <= set(PRESETS) | set(told["labels"])
    assert set(declarations()["looks"]) == set(told["regimes"])


def test_the_map_has_a_page_for_the_reference_firm() -> None:
    axes = {axis["key"]: axis["values"] for axis in market_map.market_map()["axes"]}
    firm = Scenario()
    assert firm.organisation.hearsay in axes["organisation.hearsay"]
    assert firm.market.opportunities_per_rep_week in axes["market.opportunities_per_rep_week"]


def test_renewing_writes_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = market_map.STORED.read_bytes()
    monkeypatch.setattr(market_map, "STORED", tmp_path / "map.json")
    market_map.renew(RESULTS)
    assert (tmp_path / "map.json").read_bytes() == before


@pytest.mark.parametrize("name", WINNERS)
def test_different_structures_win_in_the_situations_to_start_from(name: str) -> None:
    told = {situation["name"]: situation["state"] for situation in declarations()["situations"]}
    assert set(told) == {"reference", *WINNERS} == {situation.name for situation in SITUATIONS}
    won = compute(state_from(told[name]), 100)["measures"]["won"]
    assert settled([*PRESETS, UNDECIDED], True, won) == WINNERS[name]
