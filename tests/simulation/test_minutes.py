"""Work shorter than an hour (MODEL rule 20): several matters in one hour, to the minute, and nothing passed on within it."""

import numpy as np
import pandas as pd
import pytest

from simulation import PRESETS, Customer, Manager, Rep, SellingModel, codes, simulate
from simulation import case as cases
from tests.helpers.handmade_situations import customer_of, discovered, firm
from tests.helpers.scenarios import BUSY, CONTESTED, PLAIN, changed

TO_THE_MINUTE = {"work_unit_minutes": 1, "efforts": "fixed"}


def hour_of(model: SellingModel, *people: Rep | Manager, hour: int = 0) -> None:
    """What people do in an hour in which they are at work all the time."""
    model._one_hour(people, hour, 8 * 60, by_lot=False)


def ends(model: SellingModel, activity: int) -> list[int]:
    """The instants at which such tasks ended."""
    return [row[4] for row in model.log_rows if row[6] == activity]


def requesting(model: SellingModel, n: int, at: int = 0) -> list[Customer]:
    """So many cases, all waiting for the first manager since an instant."""
    found = [customer_of(model.reps[0], key) for key in range(n)]
    for case in found:
        model.managers[0].receive(case, at)
    return found


# --- one after the other ---


def test_a_manager_reviews_five_requests_of_twelve_minutes_in_an_hour_and_the_sixth_in_the_next() -> None:
    model = firm(sign_off_hours=0.2, **TO_THE_MINUTE)
    manager, waiting = model.managers[0], requesting(model, 6)
    hour_of(model, manager)
    assert ends(model, codes.REVIEW) == [12, 24, 36, 48, 60]
    assert list(manager.inbox) == waiting[5:]
    assert manager.subject is None
    hour_of(model, manager, hour=1)
    assert ends(model, codes.REVIEW)[5:] == [72]


def test_what_does_not_end_in_the_hour_goes_on_in_the_next_to_the_minute() -> None:
    model = firm(sign_off_hours=0.7, **TO_THE_MINUTE)
    manager = model.managers[0]
    requesting(model, 3)
    for hour in range(3):
        hour_of(model, manager, hour=hour)
    assert ends(model, codes.REVIEW) == [42, 84, 126]


def test_a_rep_goes_straight_on_from_reading_to_writing_to_drafting() -> None:
    model = firm(PRESETS["strict"], {"sign_off_over": float("inf"), "documentation_hours": 0.5}, discovery_hours=0.25,
                 drafting_hours=0.2, customising_hours=0.0, **TO_THE_MINUTE)
    rep = model.reps[0]
    rep.receive(customer_of(rep), codes.DISCOVER, 0)
    hour_of(model, rep)
    assert [ends(model, task) for task in (codes.DISCOVER, codes.DOCUMENT, codes.DRAFT)] == [[15], [45], [57]]
    assert rep.doing == codes.PROSPECT  # the three minutes that are left
    assert rep.spell_start == 57
    assert rep.spell_minutes - rep.spell_left == 3


def test_idle_minutes_add_up_to_a_spell_of_prospecting() -> None:
    """Three hours of it: 50 minutes in the first hour, 60 in the second, 50 in the third, 20 in the fourth."""
    model = firm(prospecting_hours=3.0, discovery_hours=1 / 6, **TO_THE_MINUTE)
    rep = model.reps[0]
    for hour in range(4):
        if hour in (0, 2):  # ten minutes go into a customer who leaves meanwhile
            case = customer_of(rep, hour)
            rep.receive(case, codes.DISCOVER, 60 * hour - 30 if hour else 0)
            rep.take_up(60 * hour, 60 * hour)
            case.close()
        hour_of(model, rep, hour=hour)
    assert ends(model, codes.DISCOVER) == [10, 130]
    assert ends(model, codes.PROSPECT) == [200]
    assert (rep.spell_start, rep.spell_minutes - rep.spell_left) == (200, 40)  # and the next has begun


# --- one beside the other ---


def test_at_a_shared_desk_whoever_is_free_first_takes_the_next() -> None:
    """Reviews of 50, 20 and 10 minutes are in hand when the hour begins; whoever is done takes one of ten minutes."""
    model = firm(regime_values={"desk": "shared"}, sign_off_hours=1 / 6, **TO_THE_MINUTE)
    managers = model.managers[:3]
    for manager, minutes in zip(managers, (50, 20, 10), strict=True):
        manager.subject = customer_of(model.reps[0], minutes)
        manager.minutes = manager.minutes_left = minutes
    requesting(model, 6)
    hour_of(model, *managers)
    done = [(row[4], row[1] - 15) for row in model.log_rows if row[6] == codes.REVIEW]
    assert [end for end, _ in done] == [10, 20, 20, 30, 30, 40, 40, 50, 50]
    assert [m for end, m in done if end == 10] == [2]
    assert sorted(m for end, m in done if end == 20) == [1, 2]
    assert sorted(m for end, m in done if end == 50) in ([0, 1], [0, 2])
    assert not managers[0].inbox


def test_what_two_people_send_within_the_hour_lies_in_the_order_of_their_minutes() -> None:
    """Whatever their lots: the owner gets the answer of minute 10 before that of minute 40."""
    for key in range(20):
        model = firm(PRESETS["cluster"], {"peers_asked": 1, "quorum": 1, "confidence": 1.0}, conferring_hours=0.25)
        owner = model.reps[0]
        for peer, minutes in ((model.reps[1], 40), (model.reps[2], 10)):
            case = customer_of(owner, 100 * key + minutes, codes.CLUSTER)
            case.stage, case.asked = codes.PEERS, 1
            peer._begin(codes.CONSULT, case, case.since, 0, minutes)
        hour_of(model, model.reps[1], model.reps[2], hour=0)
        assert [case.since for case in owner.own_work] == [10, 40]


# --- not passed on within the hour ---


def test_what_comes_within_an_hour_waits_for_the_next() -> None:
    model = firm(sign_off_hours=0.2, **TO_THE_MINUTE)
    manager = model.managers[0]
    early, late = requesting(model, 2)
    manager.inbox.clear()
    manager.receive(early, 60)
    manager.receive(late, 61)
    hour_of(model, manager, hour=1)
    assert ends(model, codes.REVIEW) == [72]
    assert list(manager.inbox) == [late]
    hour_of(model, manager, hour=2)
    assert ends(model, codes.REVIEW) == [72, 132]


def test_a_peer_looks_in_the_next_hour_at_what_was_asked_within_this_one() -> None:
    model = firm(PRESETS["cluster"], consult_hours=0.2, prospecting_hours="never", **TO_THE_MINUTE)
    peer = model.reps[1]
    for key, asked_at in ((1, 60), (2, 61)):
        case = customer_of(model.reps[0], key, codes.CLUSTER)
        case.stage, case.since, case.asked = codes.PEERS, asked_at, 5
        peer.requests.append((case, asked_at))
    hour_of(model, peer, hour=1)
    assert ends(model, codes.CONSULT) == [72]
    hour_of(model, peer, hour=2)
    assert ends(model, codes.CONSULT) == [72, 132]


def test_a_request_climbs_one_level_an_hour_at_most() -> None:
    model = firm(PRESETS["strict"], {"sign_off_over": -1.0, "authority_per_level": -1.0}, sign_off_hours=0.1, least_levels=4,
                 discovery_hours=0.1, drafting_hours=0.1, review_hours_per_day=8, **TO_THE_MINUTE)
    log = pd.DataFrame(simulate_alone(model))
    reviews = log[(log.activity == codes.REVIEW) & (log.outcome == codes.DONE)]
    for _, climbing in reviews.groupby("case"):
        hours = (climbing.start // 60).tolist()
        assert hours == sorted(set(hours))
    assert set(reviews.level) == {1, 2, 3, 4}
    assert len(reviews) > 200


def simulate_alone(model: SellingModel) -> np.ndarray:
    """The log of some days of a firm."""
    while model.clock < 80:
        model.step()
    return np.asarray(model.close_books().log)


# --- minutes as declared ---


@pytest.mark.parametrize("unit", [1, 15, 60])
def test_efforts_are_whole_units_whose_mean_is_the_declared_one(unit: int) -> None:
    """2,000 customers: within 6 standard errors. The standard deviation of a geometric time is less than its mean."""
    model = firm(discovery_hours=3.0, work_unit_minutes=unit)
    minutes = []
    for key in range(2000):
        case = customer_of(model.reps[0], key)
        minutes.append(cases.own_work(model.settings, model.tables, case))
        case.close()
    assert all(m % unit == 0 and m > 0 for m in minutes)
    assert abs(np.mean(minutes) - 180) < 6 * 180 / np.sqrt(2000)


def test_reviews_take_as_long_as_in_the_published_log() -> None:
    """0.2 hours, BPI Challenge 2012: counted in whole hours each of them would take a whole one."""
    for unit, mean in ((1, 12.0), (60, 60.0)):
        model = firm(sign_off_hours=0.2, work_unit_minutes=unit)
        minutes = []
        for key in range(2000):
            case = customer_of(model.reps[0], key)
            minutes.append(cases.reviewing(model.settings, case, 1))
            case.close()
        assert abs(np.mean(minutes) - mean) < 6 * mean / np.sqrt(2000)


def test_customers_answer_and_leave_on_the_hour() -> None:
    log = simulate(BUSY, CONTESTED, 3).record.log
    assert (log["end"][np.isin(log["activity"], (codes.REPLY, codes.LEAVE))] % 60 == 0).all()
    work = np.isin(log["activity"], (codes.DISCOVER, codes.DRAFT, codes.CONSULT)) & (log["outcome"] == codes.DONE)
    assert len(set((log["end"][work] % 60).tolist())) == 60


def test_an_answer_comes_at_least_the_lag_after_the_offer_and_less_than_an_hour_later() -> None:
    log = simulate(changed(lags="fixed", reply_lag_hours=5.0), CONTESTED, 3).record.log
    replies = log[log["activity"] == codes.REPLY]
    waited = replies["end"] - replies["start"]
    assert (waited >= 300).all()
    assert (waited < 360).all()
    assert len(set(waited.tolist())) > 30


def test_in_whole_hours_everything_is_on_the_hour() -> None:
    log = simulate(changed(PLAIN, hearsay=0.5, conferring_hours=0.25, undocumented_share=0.3), CONTESTED, 3).record.log
    for column in ("queued", "start", "end", "minutes"):
        assert (log[column] % 60 == 0).all()


def test_dispatch_counts_what_is_in_hand_to_the_minute() -> None:
    """Who is done within the hour is free for the customers of the next."""
    model = firm(PRESETS["cluster"], drafting_hours=0.5, customising_hours=0.0, **TO_THE_MINUTE)
    rep = model.reps[0]
    rep.receive(discovered(rep, customer_of(rep, 1, codes.CLUSTER)), codes.DRAFT, 0)
    assert rep.matters_at_hand() == 1
    hour_of(model, rep)
    assert rep.matters_at_hand() == 0
