"""Forgotten cases (MODEL rule 21): what lies untouched in an inbox is forgotten at a rate, and nobody takes it up any more."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulation import PRESETS, Customer, SellingModel, codes, simulate
from simulation import case as cases
from simulation.parameters import Organisation
from tests.helpers.handmade_situations import customer_of, discovered, firm, last_row
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn

WEEK = 40 * 60
N = 600
OWN = (codes.DISCOVER, codes.DRAFT, codes.TAKE_IN)


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
}  # fmt: skip


def look(model: SellingModel, name: str, now: int) -> None:
    """The person whose inbox it is takes up what is there, one after the other."""
    person = {"rep": model.reps[0], "peer": model.reps[1], "manager": model.managers[0]}[name]
    person.take_up(now // 60 * 60, now)
    if name == "manager":
        person.subject = None
    else:
        person.doing = codes.NOTHING


@pytest.mark.parametrize("name", INBOXES)
@pytest.mark.parametrize(("per_week", "waited"), [(0.5, WEEK), (2.0, WEEK), (0.5, 4 * WEEK), (10.0, 300)])
def test_the_share_forgotten_is_that_of_an_exponential_time(name: str, per_week: float, waited: int) -> None:
    """Exact binomial tests in every kind of inbox, 600 matters that lie there equally long."""
    model = firm(forgotten_per_week=per_week, prospecting_hours="never")
    for key in range(N):
        INBOXES[name](model, customer_of(model.reps[0], key))
    while model.reps[0].own_work or model.reps[1].requests or model.managers[0].inbox:
        look(model, name, waited)
    forgotten = sum(row[8] == codes.FORGOTTEN for row in model.log_rows)
    assert stats.binomtest(forgotten, N, 1.0 - math.exp(-per_week * waited / WEEK)).pvalue > 1e-7


@pytest.mark.parametrize("name", INBOXES)
def test_whoever_has_gone_is_dropped_and_not_forgotten(name: str) -> None:
    model = firm(forgotten_per_week=50.0, prospecting_hours="never")
    for key in range(20):
        case = customer_of(model.reps[0], key)
        INBOXES[name](model, case)
        case.close()
    while model.reps[0].own_work or model.reps[1].requests or model.managers[0].inbox:
        look(model, name, 20 * WEEK)
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
            if cases.forgotten_by_owner(model.settings, case, waited):
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
        turns["discover"].append(cases.forgotten_by_owner(model.settings, case, half))
        discovered(model.reps[0], case)
        case.next_task = codes.DRAFT
        turns["draft"].append(cases.forgotten_by_owner(model.settings, case, half))
        case.offers = 1
        turns["revise"].append(cases.forgotten_by_owner(model.settings, case, half))
        assert cases.lose_readings(model.settings, case, 1)
        turns["again"].append(cases.forgotten_by_owner(model.settings, case, half))
        case.close()
    table = np.array(list(turns.values()))
    for row in table:
        assert stats.binomtest(int(row.sum()), 400, 0.5).pvalue > 1e-7
    correlations = np.corrcoef(table)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 5.5 / math.sqrt(400)


@pytest.mark.xfail(strict=True, reason="a request that is made again after a new discovery has the draw of the first")
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
                 patience_mean_weeks=1000.0, patience_shape=5.0, expiry_weeks=8.0)  # fmt: skip
    rep = model.reps[0]
    many = (customer_of(rep, key) for key in range(50))
    case = next(case for case in many if cases.forgotten_by_owner(model.settings, case, 60))
    rep.receive(case, codes.DISCOVER, 0)
    rep.take_up(60, 60)
    assert last_row(model)["outcome"] == codes.FORGOTTEN
    assert (list(rep.own_work), rep.doing, case.stage) == ([], codes.NOTHING, codes.REP_INBOX)
    assert model.least_loaded(rep, 1).matters_at_hand() == 0  # it does not count as work
    case.leave(8 * WEEK)
    assert (last_row(model)["stage"], last_row(model)["start"]) == (codes.REP_INBOX, 0)


def test_a_forgotten_request_to_a_peer_holds_up_nobody_who_can_do_without() -> None:
    """Three are asked, two are enough: one may forget. If two forget, the owner waits for as long as the customer does."""
    for forgetful, stage in ((1, codes.REP_INBOX), (2, codes.PEERS)):
        model = firm(PRESETS["cluster"], {"quorum": 2, "confidence": 1.0})
        case = customer_of(model.reps[0], 1, codes.CLUSTER)
        model.reps[0].turn_to_cluster(case, 0)
        peers = [peer for peer in model.reps if peer.requests]
        for peer in peers[forgetful:]:
            peer.take_up(60, 60)
            peer.finish(120)
        assert case.stage == stage


INPUTS = {
    **{name: (changed(forgotten_per_week=3.0), regime, 5) for name, regime in {**PRESETS, "contested": CONTESTED}.items()},
    **{f"drawn {n}": drawn(n) for n in (405, 427, 436, 430)},
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
