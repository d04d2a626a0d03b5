"""Forgotten cases (MODEL rule 21): what lies untouched in an inbox is forgotten at a rate, and nobody takes it up any more."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulation import PRESETS, Customer, SellingModel, chance, codes, simulate
from simulation import case as cases
from simulation.parameters import Organisation
from simulation.rules import timing
from tests.helpers.handmade_situations import customer_of, discovered, firm, last_row
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn

WEEK = 40 * 60
N = 600
OWN = (codes.DISCOVER, codes.DRAFT, codes.TAKE_IN)


def owner_forgets(case: Customer, waited: int) -> bool:
    """Whether the owner has forgotten the case by the time it has waited for so many minutes."""
    fate = cases.fate(case.settings, case, False, chance.FORGOTTEN_CASE, case.next_task, waited)
    assert fate in (codes.DONE, codes.FORGOTTEN)
    return bool(fate == codes.FORGOTTEN)


# --- how often ---


def in_reps_inbox(model: SellingModel, case: Customer) -> None:
    case.owner.receive(case, codes.DISCOVER, 0)


def in_peers_inbox(model: SellingModel, case: Customer) -> None:
    case.stage, case.path, case.since = codes.PEERS, codes.CLUSTER, 0
    model.reps[1].requests.append((case, 0))


def in_managers_inbox(model: SellingModel, case: Customer) -> None:
    model.managers[0].receive(case, 0)


INBOXES: dict[str, Callable[[SellingModel, Customer], None]] = {
    "rep": in_reps_inbox, "peer": in_peers_inbox, "manager": in_managers_inbox,
}


def empty(model: SellingModel, name: str, now: int) -> None:
    """The person whose inbox it is takes up all that is there, one matter after the other."""
    person = {"rep": model.reps[0], "peer": model.reps[1], "manager": model.managers[0]}[name]
    inbox = {"rep": model.reps[0].own_work, "peer": model.reps[1].requests, "manager": model.managers[0].inbox}[name]
    while inbox:
        before = len(inbox)
        person.take_up(now // 60 * 60, now)
        if name == "manager":
            person.subject = None
        else:
            person.doing = codes.NOTHING
        assert len(inbox) < before


@pytest.mark.parametrize("name", INBOXES)
@pytest.mark.parametrize(("per_week", "waited"), [(0.5, WEEK), (2.0, WEEK), (0.5, 4 * WEEK), (10.0, 300)])
def test_the_share_forgotten_is_that_of_an_exponential_time(name: str, per_week: float, waited: int) -> None:
    """Exact binomial tests in every kind of inbox, 600 matters that lie there equally long."""
    model = firm(forgotten_per_week=per_week, prospecting_hours="never")
    for key in range(N):
        INBOXES[name](model, customer_of(model.reps[0], key))
    empty(model, name, waited)
    forgotten = sum(row[8] == codes.FORGOTTEN for row in model.log_rows)
    assert stats.binomtest(forgotten, N, 1.0 - math.exp(-per_week * waited / WEEK)).pvalue > 1e-7


@pytest.mark.parametrize("name", INBOXES)
def test_whoever_has_gone_is_dropped_and_not_forgotten(name: str) -> None:
    model = firm(forgotten_per_week=50.0, prospecting_hours="never")
    for key in range(20):
        case = customer_of(model.reps[0], key)
        INBOXES[name](model, case)
        case.close()
    empty(model, name, 20 * WEEK)
    outcomes = [row[8] for row in model.log_rows if row[6] != codes.OPEN]
    assert outcomes == [codes.DROPPED] * 20


def test_at_none_nothing_is_ever_forgotten() -> None:
    assert not (simulate(changed(forgotten_per_week=0.0), CONTESTED, 3).record.log["outcome"] == codes.FORGOTTEN).any()


def test_what_is_forgotten_early_is_forgotten_late_and_at_a_higher_rate() -> None:
    """One draw a matter: the set of the forgotten grows with the wait and with the rate."""
    before: set[int] = set()
    for per_week, waited in ((0.2, 600), (0.2, WEEK), (1.0, WEEK), (1.0, 3 * WEEK), (20.0, 3 * WEEK)):
        model = firm(forgotten_per_week=per_week)
        found = set()
        for key in range(200):
            case = customer_of(model.reps[0], key)
            case.since = 0
            if owner_forgets(case, waited):
                found.add(key)
        assert before <= found
        before = found
    assert len(before) > 150


def test_every_turn_of_a_case_has_a_draw_of_its_own() -> None:
    """To be discovered, drafted, revised, discovered again: of 400 customers, half of each, and no two the same ones."""
    model = firm(forgotten_per_week=50.0, undocumented_share=0.0)
    half = round(math.log(2) / 50 * WEEK)
    turns: dict[str, list[bool]] = {name: [] for name in ("discover", "draft", "revise", "again")}
    for key in range(400):
        case = customer_of(model.reps[0], key)
        case.since = 0
        turns["discover"].append(owner_forgets(case, half))
        discovered(model.reps[0], case)
        case.next_task = codes.DRAFT
        turns["draft"].append(owner_forgets(case, half))
        case.offers = 1
        turns["revise"].append(owner_forgets(case, half))
        assert cases.lose_readings(model.settings, case, 1)
        turns["again"].append(owner_forgets(case, half))
        case.close()
    table = np.array(list(turns.values()))
    for row in table:
        assert stats.binomtest(int(row.sum()), 400, 0.5).pvalue > 1e-7
    correlations = np.corrcoef(table)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 5.5 / math.sqrt(400)


def test_a_request_made_again_after_a_new_discovery_has_a_draw_of_its_own() -> None:
    """Of those that were not forgotten the first time, as many are the second time: 0 of some 300 has probability 2^-300."""
    model = firm(forgotten_per_week=50.0, undocumented_share=0.0, review_hours_per_day=8)
    half = round(math.log(2) / 50 * WEEK)
    manager, survived, second = model.managers[0], 0, 0
    for key in range(N):
        case = discovered(model.reps[0], customer_of(model.reps[0], key))
        manager.receive(case, 0)
        manager.take_up(half // 60 * 60, half)
        if manager.subject is None:
            continue
        survived += 1
        manager.subject, case.next_task = None, codes.DRAFT
        cases.lose_readings(model.settings, case, 1)
        discovered(model.reps[0], case)
        manager.receive(case, 0)
        manager.take_up(half // 60 * 60, half)
        second += manager.subject is None
        manager.subject = None
        case.close()
    assert survived > 200
    assert second > 0


# --- what becomes of it ---


def test_a_forgotten_case_is_nobodys_until_the_customer_leaves() -> None:
    model = firm(PRESETS["solo"], forgotten_per_week=50.0, opportunities_per_rep_week=0.0, prospecting_hours="never",
                 patience_mean_weeks=1000.0, patience_shape=5.0, expiry_weeks=8.0)
    rep = model.reps[0]
    many = (customer_of(rep, key) for key in range(50))
    case = next(case for case in many if owner_forgets(case, 60))
    rep.receive(case, codes.DISCOVER, 0)
    rep.take_up(60, 60)
    assert last_row(model)["outcome"] == codes.FORGOTTEN
    assert (list(rep.own_work), rep.doing, case.stage) == ([], codes.NOTHING, codes.REP_INBOX)
    assert model.least_loaded(rep, 1).matters_at_hand() == 0  # it does not count as work
    case.leave(8 * WEEK)
    assert (last_row(model)["stage"], last_row(model)["start"]) == (codes.REP_INBOX, 0)


@pytest.mark.parametrize(("answered", "acts"), [(2, True), (1, True), (0, True)])
def test_who_hears_that_a_request_was_forgotten_acts_on_what_there_is(answered: int, acts: bool) -> None:
    """Three are asked and three are needed. It shows when the peer comes to it; then nobody waits for that answer any more."""
    model = firm(PRESETS["cluster"], {"quorum": 3, "confidence": 1.0}, forgotten_per_week=50.0, conferring_hours=0.25)
    case = next(case for case in (customer_of(model.reps[0], key, codes.CLUSTER) for key in range(400))
                if sum(peer_forgets(case, peer.number) for peer in model.reps) == 15)  # whoever is asked
    model.reps[0].follow_path(case, 0)
    peers = [peer for peer in model.reps if peer.requests]
    for peer in peers[:answered]:
        peer.requests.clear()
        peer._begin(codes.CONSULT, case, 0, 60, 30)
        peer.finish(90)
    for n, peer in enumerate(peers[answered:], 1):
        assert case.stage == codes.PEERS
        peer.take_up(20 * WEEK, 20 * WEEK)
        assert case.asked == 3 - n
    assert (case.stage == codes.REP_INBOX) == acts
    assert case.answers == answered
    confer = next(row for row in reversed(model.log_rows) if row[6] == codes.CONFER)
    assert (confer[5], confer[13]) == (0, answered)  # nobody's work, so many answers
    assert case.next_task == (codes.TAKE_IN if answered else codes.DRAFT)  # nothing to take in from nobody
    assert case.since == 20 * WEEK + 1


def test_whose_peer_looks_first_is_drawn_by_lot_in_every_hour() -> None:
    """Two peers have forgotten what they were asked; the owner who hears first is the first at the manager's."""
    first = []
    for hour in range(800, 824):
        model = firm(PRESETS["cluster"], {"guardrail_over": -1.0}, forgotten_per_week=50.0, prospecting_hours="never")
        for owner, peer in ((3, 1), (4, 2)):
            case = discovered(model.reps[owner], customer_of(model.reps[owner], owner, codes.CLUSTER))
            case.stage, case.since, case.asked = codes.PEERS, 0, 1
            model.reps[peer].requests.append((case, 0))
        model.reps_hour(hour)
        assert len(model.managers[0].inbox) == 2 * timing.works_now(hour, model.settings.selling_minutes_per_day)
        first += [case.owner.number for case in list(model.managers[0].inbox)[:1]]
    assert set(first) == {3, 4}


def peer_forgets(case: Customer, peer: int) -> bool:
    """Whether a peer would forget a request that lies there for half a year."""
    fate = cases.fate(case.settings, case, False, chance.FORGOTTEN_REQUEST, peer, 20 * WEEK)
    return bool(fate == codes.FORGOTTEN)


INPUTS = {
    **{name: (changed(forgotten_per_week=3.0), regime, 5) for name, regime in {**PRESETS, "contested": CONTESTED}.items()},
    **{f"drawn {n}": drawn(n) for n in (417, 419, 443, 449, 455)},
}


def log_of(name: str) -> pd.DataFrame:
    log = simulate(*INPUTS[name]).record.log
    return pd.DataFrame({column: log[column] for column in log.dtype.names})


@pytest.mark.parametrize("name", INPUTS)
def test_nobody_works_on_a_case_that_has_been_forgotten(name: str) -> None:
    """Its row is the last of its people's; then the customer leaves from where it lay, or is there at the horizon."""
    log = log_of(name)
    of_cases = log[(log.case >= 0) & (log.activity != codes.PROSPECT)]
    forgotten = of_cases[(of_cases.outcome == codes.FORGOTTEN) & (of_cases.activity != codes.CONSULT)]
    assert not forgotten.case.duplicated().any()
    after = of_cases[of_cases.index > of_cases.case.map(pd.Series(forgotten.index, index=forgotten.case))]
    after = after[after.activity != codes.CONSULT]  # a peer's answer that is too late
    assert set(after.activity) <= {codes.LEAVE, codes.STILL_OPEN}
    ended = after.set_index("case")
    where = np.where(forgotten.activity == codes.REVIEW, codes.MANAGER_INBOX, codes.REP_INBOX)
    assert (ended.stage[forgotten.case] == where).all()
    assert (ended.start[forgotten.case].to_numpy() == forgotten.queued.to_numpy()).all()
    if name in PRESETS:
        assert len(forgotten) > 30


@pytest.mark.parametrize("name", INPUTS)
def test_the_forgotten_of_a_run_are_as_many_as_their_waits_make_likely(name: str) -> None:
    """Every matter that came to the top with the customer still there: the sum of 1 - exp(-rate x wait), within 6 standard
    deviations."""
    log, scenario = log_of(name), INPUTS[name][0]
    rate = scenario.organisation.forgotten_per_week / WEEK
    inboxes = log[log.activity.isin((*OWN, codes.CONSULT, codes.REVIEW))]
    straight_on = inboxes.activity.eq(codes.DRAFT) & inboxes.queued.eq(inboxes.start) & inboxes.minutes.gt(0)
    looked_at = inboxes[~inboxes.outcome.isin((codes.DROPPED, codes.WAITING)) & ~straight_on]
    p = -np.expm1(-rate * (looked_at.start - looked_at.queued))
    found = (looked_at.outcome == codes.FORGOTTEN).sum()
    assert abs(found - p.sum()) <= 6 * math.sqrt((p * (1 - p)).sum()) + 1e-9
    assert p.sum() > 5


def test_the_rate_is_the_firms_and_no_structure_has_another() -> None:
    assert "forgotten_per_week" in Organisation.model_fields
    assert not any("forgotten" in name for name in type(PRESETS["strict"]).model_fields)


def test_forgotten_cases_are_counted_once_each() -> None:
    run = simulate(changed(BUSY, forgotten_per_week=3.0), CONTESTED, 5)
    log = run.record.log
    opened = run.cases.index[run.cases.opened.between(60 * run.settings.window_start, 60 * run.settings.window_end - 1)]
    counted = set(log["case"][log["outcome"] == codes.FORGOTTEN].tolist()) & set(opened)
    assert run.outcomes["forgotten_share"] == len(counted) / len(opened)
