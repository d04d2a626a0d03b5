"""Who learns what from whom: memories, the pool of evidence, the playbook, willingness. The readable model, deed by deed."""

import numpy as np
import pytest
from scipy import stats

from simulation import PRESETS, codes, learning
from simulation import case as cases
from tests.helpers.handmade_situations import all_issues, answer_of, customer_of, discovered, firm, last_row


def test_all_who_took_part_remember_and_nobody_else() -> None:
    model = firm(regime_values={"memory_rate": 0.25})
    case = customer_of(model.reps[2])
    case.helpers = [model.reps[7], model.reps[11]]
    case.teach(0b101, 0b001)
    for rep in model.reps:
        took_part = rep.number in (2, 7, 11)
        assert rep.memory == ([0.25, 0.0, -0.25, 0.0, 0.0, 0.0] if took_part else [0.0] * 6)


def test_a_won_deal_is_evidence_for_what_was_accepted() -> None:
    """Firm and rep see what the customer signed, not what would have been better."""
    model = firm(regime_values={"memory_rate": 0.25}, selectivity=0.0)
    case = customer_of(model.reps[0])
    case.offer, case.offers, case.stage = case.need ^ 0b10, 1, codes.CUSTOMER
    case.answer(5)
    accepted = [case.offer >> k & 1 for k in range(6)]
    assert case.gone()
    assert model.reps[0].memory == [0.25 * (2 * answer - 1) for answer in accepted]
    assert model.for_one == accepted
    assert model.for_zero == [1 - answer for answer in accepted]


@pytest.mark.parametrize("key", range(8))
def test_a_revealed_issue_is_evidence_for_the_need_on_it_alone(key: int) -> None:
    model = firm(second_chance=1.0)
    case = customer_of(model.reps[0], key)
    case.offer, case.offers, case.stage = case.need ^ all_issues(model), 1, codes.CUSTOMER
    case.answer(5)
    issue = case.revealed.bit_length() - 1
    assert case.revealed == 1 << issue
    needed = case.need >> issue & 1
    assert model.for_one == [int(k == issue and needed == 1) for k in range(6)]
    assert model.for_zero == [int(k == issue and needed == 0) for k in range(6)]


def test_what_the_customer_has_said_is_known_for_good() -> None:
    """Six offers that are wrong on all that is not known yet: each time one more issue is."""
    model = firm(second_chance=1.0)
    case = discovered(model.reps[0], customer_of(model.reps[0]))
    for offers in range(1, 7):
        before = case.revealed
        case.offer, case.offers = case.need ^ all_issues(model) & ~before, offers
        case.stay(5)
        assert case.revealed & before == before
        assert case.revealed.bit_count() == offers


def test_customers_speak_of_any_issue_that_is_wrong() -> None:
    """An exact test of 600 customers, offered something wrong on four of six issues."""
    model = firm(second_chance=1.0)
    spoken_of = []
    for key in range(600):
        case = customer_of(model.reps[0], key)
        case.offer, case.offers = case.need ^ 0b110101, 1
        spoken_of.append(cases.reveal(model.settings, model, case).bit_length() - 1)
        case.close()
    assert set(spoken_of) == {0, 2, 4, 5}
    assert stats.chisquare(np.unique(spoken_of, return_counts=True)[1]).pvalue > 1e-7


@pytest.mark.parametrize("key", range(8))
def test_who_says_nothing_teaches_nothing_and_gets_another_offer_of_what_is_known(key: int) -> None:
    model = firm(second_chance=1.0, candour=0.0)
    case = customer_of(model.reps[0], key)
    discovered(model.reps[0], case)
    case.need, case.offer, case.offers = all_issues(model), 0, 1
    model.playbook = 0b000101  # has moved since
    case.answer(5)
    assert case.revealed == 0
    assert model.for_one == model.for_zero == [0] * 6
    assert case.template == 0b000101
    assert case.stage in (codes.REP_INBOX, codes.MANAGER_INBOX)
    assert last_row(model)["outcome"] == codes.STAYS


def test_candour_is_drawn_anew_for_every_offer() -> None:
    """200 customers who speak half of the time, twice each: none or all with two offers alike has probability 2^-199."""
    said: list[tuple[bool, bool]] = []
    model = firm(second_chance=1.0, candour=0.5)
    for key in range(200):
        case = customer_of(model.reps[0], key)
        revealed = []
        for offers in (1, 2):
            case.offer, case.offers, case.revealed = case.need ^ all_issues(model), offers, 0
            case.stay(5)
            revealed.append(case.revealed > 0)
        said.append((revealed[0], revealed[1]))
    assert 50 < sum(first for first, _ in said) < 150  # 7 standard deviations either way
    assert 0 < sum(a == b for a, b in said) < 200


def test_a_review_uses_up_the_evidence_it_judges_and_leaves_the_rest_in_the_pool() -> None:
    model = firm(review_evidence=3)
    model.for_one, model.for_zero = [3, 2, 1, 0, 2, 0], [0, 0, 2, 3, 2, 0]
    assert learning.review_playbook(model.settings, model) == 0b000001
    assert model.playbook == 0b000001
    assert model.for_one == [0, 2, 0, 0, 0, 0]
    assert model.for_zero == [0, 0, 0, 0, 0, 0]
    model.for_zero[0], model.for_one[1] = 3, 3  # a later majority counts without the evidence of before
    assert learning.review_playbook(model.settings, model) == 0b000011
    assert model.playbook == 0b000010


def test_a_newcomer_takes_over_the_work_but_neither_memory_nor_mood() -> None:
    model = firm(regime_values={"willingness": 0.75})
    rep = model.reps[4]
    case = customer_of(rep)
    rep.receive(case, codes.DISCOVER, 0)
    rep.memory, rep.willingness = [0.5] * 6, 0.1
    rep.hand_over()
    assert rep.memory == [0.0] * 6
    assert rep.willingness == 0.75
    assert list(rep.own_work) == [case]


def test_a_rep_goes_by_its_own_memory_and_the_first_playbook() -> None:
    model = firm(PRESETS["cluster"])
    rep = model.reps[3]
    model.reps[0].memory, model.reps[4].memory = [-1.0] * 6, [1.0] * 6
    model.first_playbook, model.playbook = 0b000110, 0b011000
    rep.memory[0], rep.memory[1] = 1.0, -1.0
    case = customer_of(rep, path=codes.CLUSTER)
    rep.follow_path(case, 1)
    assert case.template == 0b000101


@pytest.mark.parametrize(("playbook", "opens"), [(0b000000, False), (0b111110, True)])
def test_strangers_are_met_with_memory_and_the_playbook_of_today(playbook: int, opens: bool) -> None:
    """Where all agrees with the market and everybody converts, a latent customer opens for certain; where nothing, never."""
    model = firm(prospect_conversion=1.0)
    rep = model.reps[3]
    model.playbook, model.first_playbook = playbook, playbook ^ 0b111111
    rep.memory[0] = 1.0 if opens else -1.0
    model.standard = 0b111111
    for spell in range(1, 41):
        rep.n_spells = spell
        rep.finish_prospecting(1)
    assert len(rep.own_work) == (40 if opens else 0)


@pytest.mark.parametrize(("path", "after"), [(codes.PROCESS, 0.5), (codes.CLUSTER, 0.75)])
def test_only_deals_won_off_the_process_encourage(path: int, after: float) -> None:
    model = firm(reward_step=0.5)
    rep = model.reps[6]
    rep.willingness = 0.5
    case = customer_of(rep, path=path)
    case.offer, case.offers, case.stage = case.need, 1, codes.CUSTOMER
    case.answer(5)
    assert case.gone()
    assert rep.willingness == after


def test_a_helpers_expertise_makes_a_deviation_implementable() -> None:
    model = firm(PRESETS["cluster"], expertise_share=0.0)
    rep, helper = model.reps[0], model.reps[1]
    helper.expertise = 0b000110
    case = customer_of(rep, path=codes.CLUSTER)
    discovered(rep, case)
    assert case.able == 0
    answer_of(helper, case)
    assert case.able == 0b000110
