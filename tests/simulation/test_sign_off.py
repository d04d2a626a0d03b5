"""Which manager signs what, and what a manager's reading does. The readable model, deed by deed."""

import numpy as np
import pytest

from simulation import PRESETS, Customer, Manager, SellingModel, codes
from simulation import case as cases
from simulation.record import LOG
from tests.helpers.handmade_situations import all_issues, asks_for_sign_off, customer_of, discovered, firm, last_row

ALWAYS = {"sign_off_over": -1.0}
# Chances are counted over this many customers: where each is a coin's, all alike has probability 2^-60.
CUSTOMERS = range(60)


def disputed(manager: Manager, case: Customer, to_read: int) -> int:
    """Of the issues to read, those on which the manager reads something else than the offer has."""
    model = case.model
    return to_read & int(cases.read_for_review(model.settings, model.tables, case, manager, to_read) ^ case.offer)


def test_a_request_goes_to_the_manager_of_the_reps_own_team() -> None:
    for number in range(15):
        model = firm(PRESETS["strict"], ALWAYS)
        case = customer_of(model.reps[number])
        model.reps[number].draft_or_sign_off(case, 3)
        assert [list(manager.inbox) for manager in model.managers] == [
            [case] if m == number // 5 else [] for m in range(4)
        ]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_what_exceeds_a_managers_authority_goes_on_to_the_superior(first: int) -> None:
    model = firm(PRESETS["strict"], {**ALWAYS, "authority_per_level": -1.0})
    rep, manager = model.reps[5 * first], model.managers[first]
    manager.subject = case = customer_of(rep)
    manager.finish(2)
    assert [list(m.inbox) for m in model.managers] == [[], [], [], [case]]
    assert case.stage == codes.MANAGER_INBOX
    model.managers[3].subject = model.managers[3].inbox.popleft()
    model.managers[3].finish(3)
    assert list(rep.own_work) == [case]


@pytest.mark.parametrize("path", [codes.PROCESS, codes.CLUSTER])
def test_each_path_has_its_own_bar_for_a_sign_off(path: int) -> None:
    bars = {codes.PROCESS: ("sign_off_over", "guardrail_over"), codes.CLUSTER: ("guardrail_over", "sign_off_over")}
    for own, needed in ((0.0, True), (1.0, False)):
        own_bar, other_bar = bars[path]
        model = firm(regime_values={own_bar: own, other_bar: 1.0 - own})
        case = customer_of(model.reps[0], path=path)
        case.need = case.revealed = 0b1  # one deviation from the playbook, for certain
        assert asks_for_sign_off(case) == needed
        assert case.offer == 0b1


def test_a_manager_puts_back_what_the_reading_contradicts_but_grants_the_customers_word() -> None:
    model = firm(ambiguity=0.0)
    manager = model.managers[0]
    case = customer_of(model.reps[0])
    case.need, case.offer = 0b000000, 0b000111
    assert disputed(manager, case, 0b000111) == 0b000111
    assert disputed(manager, case, 0b000101) == 0b000101
    case.revealed = 0b000010
    manager.subject = case
    manager.finish(1)
    assert case.offer == 0b000010


def test_a_deviation_put_back_again_is_no_further_forced_fit() -> None:
    model = firm(ambiguity=0.0)
    manager = model.managers[0]
    case = customer_of(model.reps[0])
    case.need = 0b000000
    for proposed, new in ((0b000011, 2), (0b000011, 0), (0b000111, 1)):
        case.offer, manager.subject = proposed, case
        manager.finish(1)
        assert last_row(model)["forced_fits"] == new
        assert last_row(model)["deviations"] == proposed.bit_count()
        assert case.offer == 0


def test_a_managers_expertise_saves_misreadings() -> None:
    """With full relief experts read without error; at full ambiguity others might as well flip a coin."""
    model = firm(ambiguity=1.0, relief=1.0)
    manager, misread = model.managers[1], {}
    for expertise in (all_issues(model), 0):
        manager.expertise = expertise
        misread[expertise] = 0
        for key in CUSTOMERS:
            case = customer_of(model.reps[5], key)
            case.offer = case.need
            misread[expertise] += disputed(manager, case, 0b1)
    assert misread[all_issues(model)] == 0
    assert 0 < misread[0] < len(CUSTOMERS)


def test_managers_and_reps_read_each_with_their_own_luck() -> None:
    """At full ambiguity without relief every reading is a coin's: two readers who always agreed would share a draw."""
    model = firm(ambiguity=1.0, relief=0.0)
    wrong: list[list[int]] = []
    for key in CUSTOMERS:
        case = customer_of(model.reps[0], key)
        case.offer = case.need
        managers = [disputed(manager, case, 0b1) for manager in model.managers]
        discovered(model.reps[0], case)
        read = int(case.plain[0] + case.expert[0] > 0)
        wrong.append([*managers, read ^ case.need & 1])
    columns = list(zip(*wrong, strict=True))
    assert len(set(columns)) == 5
    assert all(0 < sum(column) < len(CUSTOMERS) for column in columns)


# --- Refusals that may be appealed ---

APPEALED = {**ALWAYS, "refusal": "appealed"}


def reviewed_by_all(model: SellingModel, case: Customer) -> list[int]:
    """The levels of the managers who review the customer's request, one after the other, until it is back with the rep."""
    levels = []
    while case.stage == codes.MANAGER_INBOX:
        manager = next(m for m in model.managers if case in m.inbox)
        manager.inbox.remove(case)
        manager.subject = case
        manager.finish(1)
        levels.append(manager.level)
    assert case.stage == codes.REP_INBOX
    return levels


def requesting(model: SellingModel, offer: int, need: int) -> Customer:
    """A customer whose request with this offer has just reached the manager of the rep's team."""
    case = customer_of(model.reps[0])
    case.offer, case.need = offer, need
    model.managers[0].receive(case, 0)
    return case


def test_what_every_level_refuses_falls_back_at_the_top_only() -> None:
    """Nobody misreads: the deviation on issue 1 is right, that on issue 0 is wrong."""
    model = firm(regime_values=APPEALED, ambiguity=0.0, least_levels=4)
    case = requesting(model, offer=0b11, need=0b10)
    assert reviewed_by_all(model, case) == [1, 2, 3, 4]
    assert case.offer == 0b10
    reviews = [dict(zip(LOG.names, row, strict=True)) for row in model.log_rows[-4:]]
    assert [row["forced_fits"] for row in reviews] == [0, 0, 0, 1]
    assert [row["deviations"] for row in reviews] == [2, 2, 2, 2]


def test_a_final_refusal_falls_back_at_once() -> None:
    model = firm(regime_values={**ALWAYS, "authority_per_level": -1.0}, ambiguity=0.0, least_levels=4)
    case = requesting(model, offer=0b11, need=0b10)
    assert reviewed_by_all(model, case) == [1, 2, 3, 4]
    reviews = [dict(zip(LOG.names, row, strict=True)) for row in model.log_rows[-4:]]
    assert [row["forced_fits"] for row in reviews] == [1, 0, 0, 0]
    assert [row["deviations"] for row in reviews] == [2, 1, 1, 1]


@pytest.mark.parametrize("authority", [-1.0, 20.0])
def test_what_one_manager_agrees_to_needs_no_authority(authority: float) -> None:
    model = firm(regime_values={**APPEALED, "authority_per_level": authority}, ambiguity=0.0, least_levels=3)
    case = requesting(model, offer=0b111, need=0b111)
    assert reviewed_by_all(model, case) == [1]
    assert case.offer == 0b111


def test_an_offer_without_deviations_goes_no_further_than_the_first_level() -> None:
    model = firm(regime_values={**APPEALED, "authority_per_level": -1.0}, least_levels=3)
    case = requesting(model, offer=0, need=0b111)
    assert reviewed_by_all(model, case) == [1]


def test_what_one_manager_has_agreed_to_is_not_read_again() -> None:
    """The first level agrees on issue 1, which every other manager would dispute; issue 0 is wrong for all."""
    model = firm(regime_values=APPEALED, ambiguity=0.0, least_levels=3)
    case = requesting(model, offer=0b11, need=0b10)
    first = model.managers[0]
    first.inbox.remove(case)
    first.subject = case
    first.finish(1)
    assert case.granted == 0b10
    case.need = 0b00  # from now on nobody would agree
    assert reviewed_by_all(model, case) == [2, 3]
    assert case.offer == 0b10


def test_the_customers_word_is_not_read_at_any_level() -> None:
    model = firm(regime_values=APPEALED, ambiguity=0.0, least_levels=3)
    case = requesting(model, offer=0b11, need=0b00)
    case.revealed = 0b11
    assert reviewed_by_all(model, case) == [1]
    assert case.offer == 0b11
    assert case.granted == 0


def test_the_review_of_a_revised_offer_has_an_effort_of_its_own() -> None:
    """Of 200 customers, the minutes of two reviews by one level, and of the next level's, have nothing to do with each other."""
    model = firm(sign_off_hours=3.0, work_unit_minutes=1)
    minutes = []
    for key in range(200):
        case = customer_of(model.reps[0], key)
        row = []
        for case.offers, level in ((0, 1), (1, 1), (0, 2)):
            row.append(cases.reviewing(model.settings, case, level))
        minutes.append(row)
        case.close()
    assert np.abs(np.corrcoef(np.array(minutes).T)[np.triu_indices(3, 1)]).max() < 5.5 / np.sqrt(200)


def test_a_new_request_is_read_afresh() -> None:
    model = firm(regime_values=APPEALED, ambiguity=0.0)
    case = customer_of(model.reps[0])
    case.granted, case.need, case.revealed = 0b111, 0b1, 0b1
    assert asks_for_sign_off(case)
    assert case.granted == 0
