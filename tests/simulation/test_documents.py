"""What documents are good for (MODEL rule 19): their evidence counts in full, and readings survive a change of hands."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulation import PRESETS, Customer, SellingModel, codes, learning, simulate
from simulation import case as cases
from tests.helpers.handmade_situations import all_issues, answer_of, customer_of, discovered, firm, last_row
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn

CUSTOMERS = range(400)


# --- evidence ---


@pytest.mark.parametrize(("documented", "weight"), [(1, 1.0), (0, 0.375)])
def test_a_won_deal_counts_in_full_where_it_is_documented(documented: int, weight: float) -> None:
    model = firm(selectivity=0.0, undocumented_share=0.375)
    case = customer_of(model.reps[0])
    case.documented, case.offer, case.offers, case.stage = documented, case.need ^ 0b10, 1, codes.CUSTOMER
    case.answer(300)
    accepted = [case.offer >> k & 1 for k in range(6)]
    assert case.gone()
    assert model.for_one == [weight * answer for answer in accepted]
    assert model.for_zero == [weight * (1 - answer) for answer in accepted]


@pytest.mark.parametrize(("documented", "weight"), [(1, 1.0), (0, 0.375)])
def test_so_does_what_a_customer_reveals(documented: int, weight: float) -> None:
    model = firm(second_chance=1.0, undocumented_share=0.375)
    case = customer_of(model.reps[0], 3)
    case.documented, case.offer, case.offers, case.stage = documented, case.need ^ all_issues(model), 1, codes.CUSTOMER
    case.answer(300)
    needed = [case.need >> k & 1 for k in range(6)]
    of_issue = [case.revealed >> k & 1 for k in range(6)]
    assert sum(of_issue) == 1
    assert model.for_one == [weight * (of_issue[k] and needed[k]) for k in range(6)]
    assert model.for_zero == [weight * (of_issue[k] and 1 - needed[k]) for k in range(6)]


def test_reps_remember_undocumented_deals_as_well_as_others() -> None:
    memories = []
    for documented in (0, 1):
        model = firm(regime_values={"memory_rate": 0.5}, undocumented_share=0.1)
        case = customer_of(model.reps[0])
        case.documented = documented
        case.teach(0b111111, case.need)
        memories.append(model.reps[0].memory)
    assert memories[0] == memories[1]


def test_a_playbook_review_weighs_what_the_pool_weighs() -> None:
    """Three pieces are needed: eight undocumented ones at 3/8 are enough; two documented outweigh five of them."""
    model = firm(review_evidence=3, undocumented_share=0.375)
    undocumented, documented = customer_of(model.reps[0], 1), customer_of(model.reps[0], 2)
    documented.documented = 1
    for _ in range(8):
        learning.pool_evidence(model.settings, model, undocumented, 0b001, 0b001)
    for _ in range(7):
        learning.pool_evidence(model.settings, model, undocumented, 0b010, 0b010)
    for case, times in ((undocumented, 5), (documented, 2)):
        for _ in range(times):
            learning.pool_evidence(model.settings, model, case, 0b100, 0b100 if case.documented else 0)
    assert model.for_one == [3.0, 2.625, 2.0, 0.0, 0.0, 0.0]
    assert model.for_zero == [0.0, 0.0, 1.875, 0.0, 0.0, 0.0]
    assert learning.review_playbook(model.settings, model) == 0b101
    assert model.playbook == 0b101
    assert model.for_one == [0.0, 2.625, 0.0, 0.0, 0.0, 0.0]


def test_documents_are_finished_before_they_count() -> None:
    model = firm(PRESETS["strict"], {"sign_off_over": float("inf")})
    rep = model.reps[0]
    case = customer_of(rep)
    rep._begin_own(case, 0, 0)
    rep.finish(60)
    assert (rep.doing, case.documented) == (codes.DOCUMENT, 0)
    rep.finish(120)
    assert (rep.doing, case.documented) == (codes.DRAFT, 1)


@pytest.mark.parametrize(("path", "minutes"), [(codes.PROCESS, 90), (codes.CLUSTER, 30)])
def test_each_path_has_documents_of_its_own_length(path: int, minutes: int) -> None:
    numbers = {"documentation_hours": 1.5, "cluster_documentation_hours": 0.5}
    model = firm(PRESETS["strict"], numbers, efforts="fixed", work_unit_minutes=1)
    case = discovered(model.reps[0], customer_of(model.reps[0], 1, path))
    case.next_task = codes.DOCUMENT
    assert cases.own_work(model.settings, model.tables, case) == minutes


# --- a change of hands ---


@cache
def firm_with(share: float, **numbers: Any) -> SellingModel:
    return firm(PRESETS["cluster"], numbers, undocumented_share=share)


def left_behind(share: float, key: int = 1, documented: int = 0) -> Customer:
    """A case that the first holder of rep 0's seat has read, and waits to be drafted."""
    rep = firm_with(share).reps[0]
    case = discovered(rep, customer_of(rep, key, codes.CLUSTER))
    case.documented, case.next_task = documented, codes.DRAFT
    return case


def lost(case: Customer, holder: int) -> bool:
    """Whether readings are lost by the time the seat has had so many other holders."""
    return bool(cases.lose_readings(case.settings, case, holder))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_nothing_is_lost_while_the_seat_stays_or_where_there_is_a_document_or_where_nothing_was_read(share: float) -> None:
    for key in CUSTOMERS[:40]:
        assert not lost(left_behind(share, key), 0)
        assert not lost(left_behind(share, key, documented=1), 5)
        unread = customer_of(firm_with(share).reps[0], key)
        assert not lost(unread, 5)


def test_all_is_lost_at_none_and_nothing_at_one() -> None:
    for key in CUSTOMERS[:40]:
        assert lost(left_behind(0.0, key), 1)
        assert not lost(left_behind(1.0, key), 5)


@pytest.mark.parametrize("share", [0.3, 0.8])
@pytest.mark.parametrize("holders", [1, 2, 3])
def test_readings_survive_each_change_of_hands_with_the_share(share: float, holders: int) -> None:
    """Exact binomial tests, whether the changes are noticed one by one or all at once."""
    together = [not lost(left_behind(share, key), holders) for key in CUSTOMERS]
    one_by_one = []
    for key in CUSTOMERS:
        case = left_behind(share, key)
        losses = [lost(case, holder) for holder in range(1, holders + 1)]
        one_by_one.append(not any(losses))
    assert one_by_one == together
    assert stats.binomtest(sum(together), len(CUSTOMERS), share**holders).pvalue > 1e-7


def test_what_survived_once_is_not_asked_about_again() -> None:
    """Each change of hands has one draw: looking twice loses nothing more."""
    for key in CUSTOMERS[:60]:
        case = left_behind(0.5, key)
        first = lost(case, 1)
        assert not lost(case, 1)
        assert (case.discoveries, case.read_by) == (1, 1)
        assert (case.next_task == codes.DISCOVER) == first


def test_what_is_lost_is_all_that_was_read_and_not_what_the_customer_said_or_got() -> None:
    case = left_behind(0.0)
    answer_of(firm_with(0.0).reps[1], case)
    case.revealed, case.offers, case.able, case.advised = 0b001000, 1, 0b111, 0b10
    assert lost(case, 1)
    assert case.plain == case.expert == [0] * 6
    assert (case.account, case.able, case.advised) == (0, 0, 0)
    assert (case.path, case.next_task) == (codes.NO_PATH, codes.DISCOVER)
    assert (case.revealed, case.offers) == (0b001000, 1)
    assert case.answers == 1
    discovered(firm_with(0.0).reps[0], case)
    assert (case.asked, case.answers) == (0, 0)


def test_the_newcomer_discovers_again_with_efforts_and_readings_of_its_own() -> None:
    """Each holder of the seat has luck of its own with a customer, the first that of the seat's number."""
    model = firm(PRESETS["cluster"], undocumented_share=0.0, discovery_hours=5.0, ambiguity=1.0, relief=0.0)
    rep = model.reps[0]
    minutes, tallies = [], []
    for key in CUSTOMERS:
        case = customer_of(rep, key, codes.CLUSTER)
        minutes.append([])
        tallies.append([])
        for holder in range(3):
            case.next_task = codes.DISCOVER
            minutes[-1].append(cases.own_work(model.settings, model.tables, case))
            cases.discover(model.settings, model.tables, case, holder, rep.expertise)
            assert (case.discoveries, case.read_by, case.answers, case.asked) == (holder + 1, holder, 0, 0)
            tallies[-1].append([a + b for a, b in zip(case.plain, case.expert, strict=True)])
            assert lost(case, holder + 1)
        case.close()
    for table in (np.array(minutes, float), np.array(tallies).transpose(0, 2, 1).reshape(-1, 3)):
        correlations = np.corrcoef(table.T)[np.triu_indices(3, 1)]
        assert np.abs(correlations).max() < 5.5 / np.sqrt(len(table))


def test_a_newcomer_reads_as_well_as_the_leaver() -> None:
    model = firm(PRESETS["cluster"], undocumented_share=0.0, ambiguity=0.4, expertise_share=0.0)
    wrong = 0
    for key in CUSTOMERS:
        case = discovered(model.reps[0], customer_of(model.reps[0], key, codes.CLUSTER))
        assert lost(case, 1)
        cases.discover(model.settings, model.tables, case, 1, 0)
        wrong += (case.account ^ case.need).bit_count()
        case.close()
    assert stats.binomtest(wrong, 6 * len(CUSTOMERS), 0.2).pvalue > 1e-7


def test_it_is_noticed_when_the_case_comes_to_the_top_of_the_newcomers_inbox() -> None:
    model = firm(PRESETS["cluster"], undocumented_share=0.0)
    rep = model.reps[0]
    case = discovered(rep, customer_of(rep, 1, codes.CLUSTER))
    rep.receive(case, codes.DRAFT, 30)
    rep.n_turnovers += 1
    rep.take_up(60, 60)
    assert (rep.doing, rep.subject, rep.queued, rep.start) == (codes.DISCOVER, case, 30, 60)
    rep.finish(60 + rep.minutes)
    row = last_row(model)
    assert (row["activity"], row["outcome"], row["queued"]) == (codes.DISCOVER, codes.DONE, 30)
    assert case.discoveries == 2


def test_peers_who_were_asked_before_all_was_lost_answer_in_vain() -> None:
    """The newcomer has discovered the case and asked again; of the old requests one is in hand, and one waits."""
    model = firm(PRESETS["cluster"], undocumented_share=0.0)
    rep, busy, late = model.reps[:3]
    case = discovered(rep, customer_of(rep, 1, codes.CLUSTER))
    case.stage, case.since, case.asked = codes.PEERS, 0, 2
    late.requests.append((case, 0))
    busy._begin(codes.CONSULT, case, 0, 60, 30)
    case.since = 600
    busy.finish(660)
    assert (last_row(model)["activity"], last_row(model)["outcome"]) == (codes.CONSULT, codes.WASTED)
    late.take_up(660, 660)
    assert (last_row(model)["activity"], last_row(model)["outcome"]) == (codes.CONSULT, codes.DROPPED)
    assert (case.answers, case.asked, case.stage, case.helpers) == (0, 2, codes.PEERS, [])


def test_or_when_the_customer_answers_and_stays() -> None:
    model = firm(PRESETS["cluster"], undocumented_share=0.0, second_chance=1.0)
    rep = model.reps[0]
    case = discovered(rep, customer_of(rep, 1, codes.CLUSTER))
    case.offer, case.offers, case.stage = case.need ^ 0b111111, 1, codes.CUSTOMER
    rep.n_turnovers += 1
    case.answer(600)
    assert list(rep.own_work) == [case]
    assert (case.next_task, case.since, case.revealed.bit_count()) == (codes.DISCOVER, 600, 1)


def test_what_is_in_hand_when_the_seat_changes_is_finished() -> None:
    model = firm(PRESETS["cluster"], undocumented_share=0.0)
    rep = model.reps[0]
    case = discovered(rep, customer_of(rep, 1, codes.CLUSTER))
    case.next_task = codes.DRAFT
    rep._begin_own(case, 0, 0)
    rep.n_turnovers += 1
    rep.finish(120)
    assert (case.offers, case.stage) == (1, codes.CUSTOMER)


# --- in whole runs ---

FLEETING = changed(turnover_per_year=15.0, undocumented_share=0.2)
INPUTS = {
    **{name: (FLEETING, regime, 5) for name, regime in {**PRESETS, "contested": CONTESTED}.items()},
    **{f"drawn {n}": drawn(n) for n in range(780, 790)},
}


@pytest.mark.parametrize("name", INPUTS)
def test_only_undocumented_cases_are_discovered_again_and_only_after_a_change_of_hands(name: str) -> None:
    scenario, regime, seed = INPUTS[name]
    log = pd.DataFrame(simulate(scenario, regime, seed).record.log)
    in_time = log.outcome.isin((codes.DONE, codes.SANCTIONED))
    documents = log[(log.activity == codes.DOCUMENT) & in_time].set_index("case").end
    begun = log[(log.activity == codes.DISCOVER) & ~log.outcome.isin((codes.DROPPED, codes.WAITING, codes.FORGOTTEN))]
    changes = log[log.activity == codes.TURNOVER].groupby("resource").end.agg(list)
    found = begun.sort_values(["case", "start"])
    before = found.shift()
    repeated = found.case == before.case
    for was, now in zip(before[repeated].itertuples(), found[repeated].itertuples(), strict=True):
        assert documents.get(now.case, np.inf) > now.start
        assert any(was.end - 60 <= at <= now.start for at in changes[now.resource])
    again = repeated.sum()
    if name in ("cluster", "solo", "lean", "blended", "contested"):
        assert again > 20
    if name == "strict" or scenario.organisation.undocumented_share == 1.0:
        assert again == 0  # straight on from reading to writing


def test_every_diversion_that_was_punished_is_counted() -> None:
    run = simulate(FLEETING, CONTESTED, 5)
    log = run.record.log
    opened = pd.Series(run.cases.opened.between(60 * run.settings.window_start, 60 * run.settings.window_end - 1))
    punished = log[(log["activity"] == codes.DISCOVER) & (log["outcome"] == codes.SANCTIONED)]["case"]
    assert opened[punished].sum() == run.outcomes["sanctions"]


def test_answers_that_were_lost_are_none_that_a_rep_acted_on() -> None:
    """The last discovery left the process and somebody was asked; or nobody was, and the case has no answers."""
    run = simulate(FLEETING, CONTESTED, 5)
    log = pd.DataFrame(run.record.log)
    last = log[(log.activity == codes.DISCOVER) & log.outcome.isin((codes.DONE, codes.SANCTIONED))].groupby("case").end.last()
    confers = log[log.activity == codes.CONFER]
    valid = confers[confers.end > confers.case.map(last)].groupby("case").answers.last()
    assert (run.cases.answers == valid.reindex(run.cases.index, fill_value=0)).all()


def test_documents_keep_the_playbook_nearer_to_the_market_by_the_weight_of_what_is_known() -> None:
    """Paired by seed: with little evidence kept, fewer issues are reviewed."""
    regime = PRESETS["lean"].model_copy(update={"review_weeks": 1.0})
    changes = []
    for share in (0.05, 1.0):
        logs = [simulate(changed(BUSY, undocumented_share=share, turnover_per_year=0.0), regime, seed).log for seed in range(5)]
        changes.append(sum(log[log.activity == "playbook review"].deviations.sum() for log in logs))
    assert changes[0] < changes[1] / 2
