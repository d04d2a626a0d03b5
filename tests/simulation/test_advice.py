"""What a manager's reading does (MODEL rule 16): it vetoes, it adds to the tally like a peer's, or any reader's change stands."""

from functools import cache
from itertools import product

import numpy as np
import pytest

from simulation import PRESETS, Customer, Manager, SellingModel, codes, simulate, structure
from simulation import case as cases
from simulation.kernel import arrays
from simulation.settings import flatten
from tests.helpers.handmade_situations import (
    all_issues,
    asks_for_sign_off,
    customer_of,
    discovered,
    firm,
    last_row,
    reviewed,
)
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn

KEYS = range(60)


def advised(advice: str, key: int = 1, authority: float = -1.0) -> tuple[SellingModel, Customer]:
    """A firm in which managers' readings do this, and a case that its rep has read and asks to have signed."""
    model = advising_firm(advice, authority)
    case = discovered(model.reps[0], customer_of(model.reps[0], key))
    assert asks_for_sign_off(case)
    return model, case


@cache
def advising_firm(advice: str, authority: float) -> SellingModel:
    """Three levels of managers; everything is signed, and below the top so many deviations may be granted per level."""
    numbers = {"sign_off_over": -1.0, "authority_per_level": authority, "advice": advice}
    return firm(PRESETS["strict"], numbers, least_levels=3, variety=0.8, ambiguity=0.6)


def tally(case: Customer) -> list[tuple[int, int]]:
    """Net readings of 1 by others and by experts, issue by issue."""
    return list(zip(case.plain, case.expert, strict=True))


def own_reading(manager: Manager, case: Customer) -> int:
    """What a manager takes the need to be on all issues, as a set."""
    model = manager.model
    read = cases.read_for_review(model.settings, model.tables, case, manager, all_issues(model))
    return int(read)


def with_reading(case: Customer, read: int, expertise: int) -> list[tuple[int, int]]:
    """The tallies with one reading more of all issues."""
    signs = [1 if read >> k & 1 else -1 for k in range(6)]
    kinds = [expertise >> k & 1 for k in range(6)]
    return [(a + s * (1 - x), b + s * x) for (a, b), s, x in zip(tally(case), signs, kinds, strict=True)]


# --- adds ---


@pytest.mark.parametrize("expertise", [0, 0b010110, 0b111111])
def test_a_managers_readings_of_all_issues_join_the_tally_like_a_peers(expertise: int) -> None:
    for key in KEYS:
        model, case = advised("adds", key)
        manager = model.managers[0]
        manager.expertise = expertise
        expected = with_reading(case, own_reading(manager, case), expertise)
        reviewed(manager, case)
        assert tally(case) == expected
        assert case.offer == cases.wanted(model.settings, model.tables, case)  # decided anew, and what departs is granted
        assert (manager.readings, manager.forced_fits) == (6, 0)


def test_a_manager_may_add_a_deviation_as_well_as_talk_the_rep_out_of_one() -> None:
    more = fewer = 0
    for key in KEYS:
        model, case = advised("adds", key)
        before = case.offer
        reviewed(model.managers[0], case)
        more += (case.offer & ~before) != 0
        fewer += (before & ~case.offer) != 0
    assert more > 0
    assert fewer > 0


def test_each_level_is_heard_once_however_often_it_is_asked() -> None:
    model, case = advised("adds")
    first, top = model.managers[0], model.managers[-1]
    assert reviewed(first, case)
    once = tally(case)
    for manager in (first, model.managers[1]):  # at a shared desk it may be another of the level
        assert reviewed(manager, case)
        assert tally(case) == once
        assert (manager.readings, manager.heard) == (0, 0)
    for manager in (model.managers[3], top):
        before = tally(case)
        reviewed(manager, case)
        assert tally(case) != before
        assert manager.readings == 6
    assert not reviewed(top, case)
    assert top.readings == 0


def test_the_highest_level_has_a_place_among_those_who_have_been_heard() -> None:
    """20,000 reps under a span of 2 make fifteen levels, the most there can be; the kernel notes them in one column."""
    deepest = flatten(changed(reps=20000, span=2.0, least_levels=6), PRESETS["lean"])
    levels = deepest.most_readings - 1 - deepest.peers_asked
    assert levels == structure.tree(20000, 2.0, 6)[1].max() == 15
    assert 1 << levels <= np.iinfo(arrays.CASE["advised"]).max


def test_authority_still_decides_whether_it_goes_up() -> None:
    ups = []
    for key in KEYS:
        model, case = advised("adds", key, authority=2.0)
        up = reviewed(model.managers[0], case)
        assert up == ((case.offer ^ model.playbook).bit_count() > 2)
        ups.append(up)
    assert 0 < sum(ups) < len(KEYS)


def test_what_the_customer_has_revealed_is_nobodys_to_read() -> None:
    for key in KEYS:
        model, case = advised("adds", key)
        case.revealed = 0b100001
        reviewed(model.managers[0], case)
        assert case.offer & case.revealed == case.need & case.revealed


# --- any ---


@pytest.mark.parametrize("revealed", [0, 0b000110])
def test_what_any_reader_would_change_stands(revealed: int) -> None:
    """Over three levels: the rep's deviations and every manager's, but for issues on which the customer has spoken."""
    widened = 0
    for key in KEYS:
        model, case = advised("any", key)
        case.revealed = revealed
        for manager in (model.managers[0], model.managers[3], model.managers[4]):
            before = case.offer ^ model.playbook
            expected = before | (own_reading(manager, case) ^ model.playbook) & ~revealed
            assert reviewed(manager, case) == (manager.superior >= 0)
            assert case.offer ^ model.playbook == expected
            assert (manager.readings, manager.forced_fits) == (6, 0)
            widened += expected != before
    assert widened > 60


def test_a_project_passes_a_polyarchy_where_one_of_all_readers_is_for_it() -> None:
    """One issue, no prior, all alike: the offer departs if the rep or any of three managers reads so (Sah & Stiglitz 1986).

    The three structures of the theory on the same readings: all (veto), any, and the tally between them.
    """
    outcomes = set()
    firms = {advice: one_issue_firm(advice) for advice in ("veto", "adds", "any")}
    for key in range(300):
        departs, reads = {}, set()
        for advice, model in firms.items():
            case = discovered(model.reps[0], customer_of(model.reps[0], key))
            chain = (model.managers[0], model.managers[3], model.managers[4])
            readings = (case.account, *(own_reading(manager, case) for manager in chain))
            asks_for_sign_off(case)
            for manager in chain:
                reviewed(manager, case)
            departs[advice] = case.offer
            reads.add(readings)
        (readings,) = reads  # the same readers read the same whatever their readings do
        assert departs["any"] == max(readings)
        assert departs["veto"] == min(readings)
        assert departs["adds"] == (2 * sum(readings) > len(readings))  # a tie keeps the playbook
        outcomes.add(readings)
    assert outcomes == set(product((0, 1), repeat=4))


@cache
def one_issue_firm(advice: str) -> SellingModel:
    numbers = {"sign_off_over": -1.0, "authority_per_level": -1.0, "advice": advice}
    return firm(PRESETS["strict"], numbers, least_levels=3, issues=1, interdependence=1, variety=1.0, ambiguity=0.8,
                expertise_share=0.0, manager_expertise_share=0.0)


# --- whatever a reading does ---


def test_a_review_takes_as_long_whatever_it_does() -> None:
    for key in KEYS:
        minutes = set()
        for advice in ("veto", "adds", "any"):
            model, case = advised(advice, key)
            minutes.add(cases.reviewing(model.settings, case, 1))
        assert len(minutes) == 1


def test_the_record_of_a_review_says_how_many_issues_were_read() -> None:
    for advice, readings in (("veto", 2), ("adds", 6), ("any", 6)):
        model, case = advised(advice)
        case.offer, case.revealed, manager = 0b000111, 0b000100, model.managers[0]
        manager.subject = case
        manager.finish(70)
        row = last_row(model)
        assert (row["activity"], row["readings"], row["deviations"]) == (codes.REVIEW, readings, 3)


@pytest.mark.parametrize("number", range(720, 732))
@pytest.mark.parametrize("advice", ["adds", "any"])
def test_in_any_run_only_a_veto_puts_back_and_a_level_is_heard_once_per_discovery(number: int, advice: str) -> None:
    scenario, regime, seed = drawn(number)
    run = simulate(scenario, regime.model_copy(update={"advice": advice, "refusal": "final"}), seed)
    log = run.log
    reviews = log[(log.activity == "review") & (log.outcome == "done")]
    assert (reviews.forced_fits == 0).all()
    if advice == "any":
        assert (reviews.readings == run.settings.issues).all()
        return
    assert set(reviews.readings) <= {0, run.settings.issues}
    discoveries = log[(log.activity == "discover") & log.outcome.isin(["done", "sanctioned"])]
    so_far = [(discoveries.case.loc[:row] == case).sum() for row, case in zip(reviews.index, reviews.case, strict=True)]
    first = ~reviews.assign(so_far=so_far).duplicated(["case", "level", "so_far"])
    assert ((reviews.readings > 0) == first).all()


def test_where_managers_veto_only_deviations_are_read_and_some_put_back() -> None:
    log = simulate(BUSY, CONTESTED.model_copy(update={"advice": "veto"}), 3).log
    reviews = log[(log.activity == "review") & (log.outcome == "done")]
    assert (reviews.readings <= reviews.deviations).all()
    assert (reviews.forced_fits <= reviews.readings).all()
    assert reviews.forced_fits.sum() > 30


def test_presets_say_what_a_reading_does() -> None:
    said = {name: regime.advice for name, regime in PRESETS.items()}
    assert said == {"strict": "veto", "cluster": "veto", "blended": "adds", "lean": "adds", "solo": "veto"}
