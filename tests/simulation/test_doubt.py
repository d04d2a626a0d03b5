"""Routing by doubt (MODEL rule 22): the cluster is asked where the rep is unsure, not where the playbook fits badly."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from simulation import PRESETS, Customer, Regime, SellingModel, codes, simulate
from simulation import case as cases
from simulation.numbers import GRID
from tests.helpers.handmade_situations import customer_of, firm
from tests.helpers.scenarios import BUSY, changed, drawn

KEYS = range(150)


@cache
def routing_firm(by: str, **values: float) -> SellingModel:
    """A firm in which the way is chosen by fit or by doubt."""
    return firm(PRESETS["blended"], {"divert_by": by, **values}, ambiguity_spread=0.8)


def routed(by: str, key: int, **values: float) -> tuple[SellingModel, Customer]:
    """A case that rep 0 has just finished discovering; values of the regime."""
    model = routing_firm(by, **values)
    rep = model.reps[0]
    rep.willingness = model.settings.willingness
    case = customer_of(rep, key)
    rep._begin_own(case, 0, 0)
    rep.finish(60)
    return model, case


def last_discovery(model: SellingModel) -> tuple[Any, ...]:
    """The latest row of a discovery in the log."""
    return next(row for row in reversed(model.log_rows) if row[6] == codes.DISCOVER)


def reading(need: int, template: int, misread: float) -> tuple[SellingModel, Customer]:
    """A case with this need, read without mistake by somebody who may err so often."""
    model = firm(PRESETS["blended"], ambiguity=2 * misread, expertise_share=0.0, variety=1.0)
    model.playbook = template
    case = customer_of(model.reps[0])
    for k in range(6):
        cases.tally(case, k, need >> k & 1, 0)
    return model, case


def promise(model: SellingModel, case: Customer, by_doubt: int) -> float:
    return float(cases.promise(model.settings._replace(by_doubt=by_doubt), model.tables, model, case))


def test_a_firm_may_be_certain_that_a_case_is_special() -> None:
    """Nothing fits, and it is known for certain: by fit the cluster is asked, by doubt nobody need be."""
    model, case = reading(need=0b111111, template=0, misread=0.01)
    assert promise(model, case, by_doubt=0) == pytest.approx(0.01, abs=1e-6)
    assert promise(model, case, by_doubt=1) == pytest.approx(0.99, abs=1e-6)


def test_a_case_may_fit_as_far_as_anybody_can_tell_and_be_doubtful() -> None:
    model, case = reading(need=0, template=0, misread=0.4)
    assert promise(model, case, by_doubt=0) == promise(model, case, by_doubt=1) == pytest.approx(0.6, abs=1e-6)


def test_certainty_is_that_of_the_likelier_answer_issue_by_issue() -> None:
    model, case = reading(need=0b000111, template=0, misread=0.1)
    assert promise(model, case, by_doubt=0) == pytest.approx((3 * 0.1 + 3 * 0.9) / 6, abs=1e-6)
    assert promise(model, case, by_doubt=1) == pytest.approx(0.9, abs=1e-6)


def test_what_a_case_promises_hangs_on_todays_playbook() -> None:
    model, case = reading(need=0b111111, template=0b111111, misread=0.1)
    assert model.first_playbook == 0
    assert promise(model, case, by_doubt=0) == pytest.approx(0.9, abs=1e-6)
    model.playbook = 0b111000
    assert promise(model, case, by_doubt=0) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("below", [0.6, 0.7, 0.8])
def test_who_asks_for_doubt_would_have_asked_for_want_of_fit(below: float) -> None:
    """Nobody is less certain than the playbook fits, so at the same bar doubt diverts fewer cases, and none of its own."""
    by_fit = {key: routed("fit", key, divert_below=below)[1].path for key in KEYS}
    by_doubt = {key: routed("doubt", key, divert_below=below)[1].path for key in KEYS}
    fewer = [key for key in KEYS if by_doubt[key] == codes.CLUSTER]
    more = [key for key in KEYS if by_fit[key] == codes.CLUSTER]
    assert set(fewer) <= set(more)
    assert len(fewer) < len(more)


@pytest.mark.parametrize("by", ["fit", "doubt"])
def test_the_bar_is_held_against_what_the_way_is_chosen_by_and_the_record_says_it(by: str) -> None:
    paths = set()
    for key in KEYS[:60]:
        model, case = routed(by, key, divert_below=0.8 if by == "doubt" else 0.6)
        amount = last_discovery(model)[-1]
        assert amount == cases.promise(model.settings, model.tables, model, case)
        assert case.path == (codes.PROCESS if amount >= model.settings.divert_below else codes.CLUSTER)
        paths.add(case.path)
    assert paths == {codes.PROCESS, codes.CLUSTER}


def test_a_bar_a_step_below_the_promise_is_reached_and_one_a_step_above_is_not() -> None:
    """A step of the grid on which bars stand. (What is exactly at a bar reaches it: see the rule's test.)"""
    for by in ("fit", "doubt"):
        model, case = routed(by, 1, divert_below=0.8)
        exact = cases.promise(model.settings, model.tables, model, case)
        for below, path in ((exact - GRID, codes.PROCESS), (exact + GRID, codes.CLUSTER)):
            assert routed(by, 1, divert_below=float(below))[1].path == path


def test_reps_who_are_unwilling_or_punished_are_so_for_either_reason() -> None:
    outcomes: dict[str, list[tuple[int, int]]] = {"fit": [], "doubt": []}
    for by, found in outcomes.items():
        for key in KEYS[:60]:
            model, case = routed(by, key, divert_below=1.0, sanction=1.0, willingness=0.5)
            found.append((case.path, last_discovery(model)[8]))
    assert outcomes["fit"] == outcomes["doubt"]
    assert set(outcomes["fit"]) == {(codes.PROCESS, codes.DONE), (codes.CLUSTER, codes.SANCTIONED)}


def decided(regime: Regime, scenario: Any, seed: int) -> bytes:
    """A run's log without the amount that the way was chosen by."""
    log = simulate(scenario, regime, seed).record.log.copy()
    log["amount"][log["activity"] == codes.DISCOVER] = 0.0
    return bytes(log.tobytes())


@pytest.mark.parametrize("number", range(800, 808))
def test_where_the_way_is_given_it_does_not_matter_what_it_would_be_chosen_by(number: int) -> None:
    scenario, regime, seed = drawn(number)
    for below in (0.0, float("inf")):
        given = regime.model_copy(update={"divert_below": below, "peers_asked": 1, "quorum": 1, "cluster_size": 3})
        two = [given.model_copy(update={"divert_by": by}) for by in ("fit", "doubt")]
        assert decided(two[0], scenario, seed) == decided(two[1], scenario, seed)


def test_doubt_sends_the_murky_cases_to_the_cluster_and_leaves_the_clear_ones() -> None:
    """Of those diverted by doubt, the first offer of a rep alone would have been worse than of those left in the process."""
    scenario = changed(BUSY, variety=1.0, ambiguity_spread=1.0)
    alone = PRESETS["solo"].model_copy(update={"divert_below": 0.72, "divert_by": "doubt", "documentation_hours": 0.0})
    fits: dict[str, list[float]] = {"process": [], "cluster": []}
    for seed in range(6):
        found = simulate(scenario, alone, seed).cases
        acted = found[found.acted >= 0]
        for path, mine in fits.items():
            mine += acted.first_fit[acted.path == path].tolist()
    means = {path: np.mean(mine) for path, mine in fits.items()}
    errors = {path: np.std(mine) / np.sqrt(len(mine)) for path, mine in fits.items()}
    assert means["process"] - means["cluster"] > 5 * np.hypot(*errors.values())
