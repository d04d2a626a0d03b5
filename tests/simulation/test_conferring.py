"""Conferring (MODEL rule 18): each answer costs the owner time to take in, so a group's cost grows with its size."""

import pandas as pd
import pytest

from simulation import PRESETS, Customer, SellingModel, codes, simulate
from simulation import case as cases
from tests.helpers.handmade_situations import customer_of, firm, last_row
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn

FIXED = {"efforts": "fixed", "work_unit_minutes": 1}


def conferring(
    hours: float, answers: int, regime_values: dict[str, float] | None = None
) -> tuple[SellingModel, Customer]:
    """A case of rep 0 about which so many peers have been asked, of whom all but the last have answered."""
    numbers = {"confidence": 1.0, "peers_asked": answers, "quorum": answers} | (regime_values or {})
    model = firm(PRESETS["cluster"], numbers, conferring_hours=hours, **FIXED)
    rep = model.reps[0]
    case = customer_of(rep, path=codes.CLUSTER)
    rep.follow_path(case, 0)
    for peer in [peer for peer in model.reps if peer.requests]:
        peer.take_up(60, 60)
        if case.answers < answers - 1:
            peer.finish(100)
    return model, case


def last_answer(model: SellingModel, at: int) -> None:
    """The peer who has not answered yet does so."""
    (peer,) = (rep for rep in model.reps if rep.doing == codes.CONSULT)
    peer.finish(at)


@pytest.mark.parametrize(("answers", "minutes"), [(1, 15), (2, 30), (3, 45), (4, 60)])
def test_taking_in_takes_as_long_as_there_are_answers(answers: int, minutes: int) -> None:
    model, case = conferring(0.25, answers)
    last_answer(model, 130)
    case.next_task = codes.TAKE_IN
    assert case.answers == answers
    assert cases.own_work(model.settings, model.tables, case) == minutes


def test_who_acts_on_few_answers_has_few_to_take_in() -> None:
    """Four are asked, and the owner acts on two answers; the other requests are dropped."""
    model, case = conferring(0.25, 4, regime_values={"quorum": 2})
    assert (case.answers, case.next_task) == (2, codes.TAKE_IN)
    assert cases.own_work(model.settings, model.tables, case) == 30


def test_answers_wait_in_the_owners_inbox_until_they_are_taken_in_and_then_it_goes_straight_on() -> None:
    model, case = conferring(0.25, 3)
    rep = model.reps[0]
    last_answer(model, 130)
    assert list(rep.own_work) == [case]
    assert (case.stage, case.next_task, case.since) == (codes.REP_INBOX, codes.TAKE_IN, 130)
    assert last_row(model)["activity"] == codes.CONFER
    rep.take_up(120, 130)  # came within this hour
    assert rep.own_work
    rep.take_up(180, 180)
    assert (rep.doing, rep.minutes) == (codes.TAKE_IN, 45)
    rep.finish(225)
    row = last_row(model)
    assert (row["activity"], row["resource"], row["queued"], row["start"], row["end"], row["minutes"]) == (
        codes.TAKE_IN, 0, 130, 180, 225, 45,
    )
    assert (rep.doing, case.stage, case.since) == (codes.DRAFT, codes.REP_HANDS, 225)


def test_nothing_is_decided_before_it_is_taken_in() -> None:
    model, case = conferring(0.25, 3, regime_values={"guardrail_over": -1.0})
    last_answer(model, 130)
    assert case.offer == 0
    assert not any(manager.inbox for manager in model.managers)
    model.reps[0].take_up(180, 180)
    model.reps[0].finish(225)
    assert list(model.managers[0].inbox) == [case]
    assert (case.stage, case.since) == (codes.MANAGER_INBOX, 225)


def test_without_it_the_owner_goes_on_to_draft_as_soon_as_it_can() -> None:
    model, case = conferring(0.0, 3)
    last_answer(model, 130)
    assert (case.stage, case.next_task, case.since) == (codes.REP_INBOX, codes.DRAFT, 130)


def test_the_work_of_the_last_who_answered_is_the_cases_own() -> None:
    """Of the time with peers it is touched, and the rest is waiting."""
    log = simulate(changed(forgotten_per_week=0.0), CONTESTED, 5).log
    confers = log[(log.activity == "confer") & (log.answers > 0)]
    answers = log[(log.activity == "consult") & (log.outcome == "done")]
    worked = answers.groupby(["case", "end"]).minutes.agg(set)
    assert len(confers) > 50
    assert all(row.minutes in worked[row.case, row.end] for row in confers.itertuples())


def test_it_costs_the_owner_time_and_changes_no_reading() -> None:
    tallies = []
    for hours in (0.0, 2.0):
        model, case = conferring(hours, 3)
        last_answer(model, 130)
        tallies.append((case.plain, case.expert, case.able, case.account))
    assert tallies[0] == tallies[1]


INPUTS = {
    **{name: (BUSY, regime, 5) for name, regime in {**PRESETS, "contested": CONTESTED}.items()},
    "long": (changed(conferring_hours=3.0), PRESETS["cluster"], 5),
    **{f"drawn {n}": drawn(n) for n in range(760, 768)},
}


@pytest.mark.parametrize("name", INPUTS)
def test_whatever_was_conferred_about_is_taken_in_once_or_discovered_again(name: str) -> None:
    scenario, regime, seed = INPUTS[name]
    log = pd.DataFrame(simulate(scenario, regime, seed).record.log)
    confers = log[(log.activity == codes.CONFER) & (log.answers > 0)]  # none where all requests were forgotten
    taken = log[log.activity == codes.TAKE_IN]
    if scenario.organisation.conferring_hours == 0.0:
        assert taken.empty
        return
    there, then = ["case", "resource", "end"], ["case", "resource", "queued"]
    followed = confers.merge(log, left_on=there, right_on=then, suffixes=("", "_next"))
    followed = followed[followed.activity_next != codes.PROSPECT]
    assert set(followed.activity_next) <= {codes.TAKE_IN, codes.DISCOVER}  # lost before it was taken in
    assert len(followed) == len(confers)
    assert len(taken) == (followed.activity_next == codes.TAKE_IN).sum()
    if name in ("cluster", "blended", "contested", "long"):
        assert len(taken) > 50


def test_a_larger_group_costs_its_owners_more() -> None:
    """In proportion to the answers: exactly, where efforts are fixed."""
    hours = {}
    for size in (1, 2, 4):
        regime = PRESETS["cluster"].model_copy(update={"peers_asked": size, "quorum": size, "confidence": 1.0, "cluster_size": 5,
                                                       "cross_team_share": 0.0})
        log = simulate(changed(efforts="fixed", conferring_hours=0.3, forgotten_per_week=0.0), regime, 5).log
        taken = log[(log.activity == "take in") & (log.outcome == "done")]
        assert len(taken) > 20
        assert (taken.minutes == 18 * size).all()
        hours[size] = taken.minutes.mean()
    assert hours == {1: 18, 2: 36, 4: 72}
