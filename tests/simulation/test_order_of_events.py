"""What comes first within an hour, and who among equals. The readable model; some of it on whole runs, some deed by deed."""

import pandas as pd
import pytest

from simulation import PRESETS, Regime, SellingModel, codes
from simulation.record import LOG
from tests.helpers.handmade_situations import customer_of, firm
from tests.helpers.scenarios import BUSY, CONTESTED, changed

IN_THE_HOUR = (
    "market shift", "turnover", "playbook review", "arrival", "reply", "leave", "a rep looks into the inbox",
    "a rep's hour ends", "a manager looks into the inbox", "a manager's hour ends",
)
FIRST = {
    codes.SHIFT: 0, codes.TURNOVER: 1, codes.PLAYBOOK_REVIEW: 2, codes.OPEN: 3, codes.REPLY: 4, codes.LEAVE: 5,
}


UNTOUCHED = (codes.DROPPED, codes.FORGOTTEN)


def tick_and_place(row: pd.Series, reps: int) -> tuple[int, int]:
    """The tick in which a row was written, and which of IN_THE_HOUR it is."""
    if row.activity in FIRST and row.outcome != codes.CREATED:
        return row.end // 60, FIRST[row.activity]
    looks = 6 if row.resource < reps else 8
    if row.outcome in UNTOUCHED:  # at the hour's beginning, or within it when something else has been finished
        return row.end // 60, looks + (row.end % 60 > 0)
    if row.activity == codes.CONFER and row.minutes == 0:  # a request turned out to be forgotten, the minute before
        return (row.end - 1) // 60, looks + ((row.end - 1) % 60 > 0)
    return (row.end - 1) // 60, looks + 1


def watched(regime: Regime) -> pd.DataFrame:
    """The log of a run in which much happens in an hour, without the rows that close the books; tick and place of each."""
    model = SellingModel(changed(turbulence_per_year=50.0, opportunities_per_rep_week=5.0, reply_lag_hours=2.0), regime, seed=3)
    table = pd.DataFrame(model.run_to_horizon().log)
    closing = table.outcome.isin((codes.UNFINISHED, codes.WAITING)) | (table.activity == codes.STILL_OPEN)
    table = table[~closing]
    places = [tick_and_place(row, 15) for row in table.itertuples()]
    return table.assign(tick=[tick for tick, _ in places], place=[place for _, place in places])


@pytest.mark.parametrize("regime", [CONTESTED, PRESETS["cluster"]])
def test_every_hour_has_the_same_order(regime: Regime) -> None:
    """Market, customers, reps, managers; what the record says in a row was written in that order."""
    table = watched(regime)
    places = list(zip(table.tick, table.place, strict=True))
    assert places == sorted(places)
    assert set(table.place) == (set(range(10)) if regime is CONTESTED else {0, 1, 3, 4, 5, 6, 7})
    assert table.groupby("tick").place.nunique().max() >= 6  # hours in which many things happen could go wrong


@pytest.mark.parametrize("regime", [CONTESTED, PRESETS["cluster"]])
def test_within_an_hour_whoever_is_done_first_acts_first(regime: Regime) -> None:
    """Minute by minute; in one minute, one person after the other."""
    table = watched(regime)
    work = table[table.place.isin((7, 9)) & ~table.activity.isin((codes.CONFER, codes.OPEN))]  # of another rep, or a customer's
    in_hour = work.groupby(["tick", "place"]).end
    assert in_hour.apply(lambda minutes: minutes.is_monotonic_increasing).all()
    assert (in_hour.size() > 5).sum() > 20
    moments = work[["tick", "place", "end", "resource"]]
    assert (moments != moments.shift()).any(axis=1).sum() == len(moments.drop_duplicates())


def test_lots_are_drawn_anew_for_every_hour() -> None:
    """Who is the first of several in one hour need not be so in the next: among reps, among managers, and on arrival."""
    model = firm(span=2.0)
    orders = {
        "reps": {tuple(sorted(range(15), key=lambda n, t=t: model.reps[n].turn(t))) for t in range(40)},
        "managers": {tuple(sorted(range(8), key=lambda n, t=t: model.managers[n].turn(t))) for t in range(40)},
        "arrivals": {tuple(sorted(range(15), key=lambda n, t=t: model._arrival_turn(t, model.reps[n]))) for t in range(40)},
    }
    assert all(len(different) >= 38 for different in orders.values())
    assert not orders["reps"] & orders["arrivals"]


def test_the_order_of_the_phases_is_the_one_documented() -> None:
    model, seen = firm(), []
    for phase in ("market", "customers", "reps", "managers"):
        setattr(model, f"{phase}_hour", lambda t, phase=phase: seen.append((t, phase)))
    model.step()
    model.step()
    assert seen == [(t, phase) for t in range(2) for phase in ("market", "customers", "reps", "managers")]


def test_a_customer_leaves_in_the_hour_in_which_patience_ends() -> None:
    model = firm(PRESETS["strict"], patience_mean_weeks=1000.0, patience_shape=5.0, expiry_weeks=0.1)
    for _ in range(40):
        model.step()
    log = pd.DataFrame(model.close_books().log)
    opened = log[log.activity == codes.OPEN].set_index("case").end
    leaves = log[log.activity == codes.LEAVE]
    assert len(leaves) > 10
    assert (leaves.end == 60 * (-(-leaves.case.map(opened) // 60) + 4)).all()


def test_of_equally_busy_reps_any_may_get_the_customer() -> None:
    """200 customers, five reps: that one of them gets nobody has probability 5 x 0.8^200, or 2e-19."""
    model = firm(PRESETS["strict"])
    chosen = {model.least_loaded(model.reps[7], key).number for key in range(200)}
    assert chosen == {5, 6, 7, 8, 9}


def test_a_rep_who_prospects_is_not_busy_and_one_with_a_matter_in_hand_or_inbox_is() -> None:
    model = firm(PRESETS["strict"])
    idle, asked, waiting, working, queue = model.reps[:5]
    idle.doing = codes.PROSPECT
    customers = [customer_of(model.reps[10], key) for key in range(5)]
    asked.requests.append((customers[0], 0))
    waiting.receive(customers[1], codes.DISCOVER, 0)
    working.doing, working.subject = codes.DISCOVER, customers[2]
    queue.own_work.extend(customers[3:])
    assert [rep.matters_at_hand() for rep in model.reps[:5]] == [0, 1, 1, 1, 2]
    assert {model.least_loaded(model.reps[0], key).number for key in range(60)} == {0}


def test_of_equally_useful_peers_any_may_be_asked_but_never_oneself() -> None:
    """One cluster of five, one peer asked, 200 times: that one of the four is never asked has probability 4 x 0.75^200."""
    values = {"cluster_size": 5, "cross_team_share": 0.0, "peers_asked": 1, "quorum": 1, "confidence": 1.0}
    model = firm(PRESETS["cluster"], values, expertise_share=0.0)
    rep = model.reps[2]
    for key in range(200):
        rep.follow_path(customer_of(rep, key, codes.CLUSTER), 1)
    asked = [len(other.requests) for other in model.reps]
    assert sum(asked) == 200
    assert [n > 0 for n in asked] == [True, True, False, True, True, *[False] * 10]


def test_the_peer_who_knows_most_of_what_is_in_doubt_is_asked_first() -> None:
    values = {"cluster_size": 5, "cross_team_share": 0.0, "peers_asked": 1, "quorum": 1, "confidence": 1.0}
    model = firm(PRESETS["cluster"], values, expertise_share=0.0)
    rep = model.reps[0]
    model.reps[1].expertise, model.reps[2].expertise, model.reps[3].expertise = 0b011100, 0b000011, 0b000001
    case = customer_of(rep, 1, codes.CLUSTER)
    case.plain = [0, 0, -2, -2, -2, -2]  # four issues have been read as the template has them, two not at all
    rep.follow_path(case, 1)
    assert [len(other.requests) for other in model.reps[:5]] == [0, 0, 1, 0, 0]


def test_the_answer_to_a_revised_offer_is_drawn_anew() -> None:
    """Each answer is yes with probability 2/3; with one draw for all of them, who said no once would say no for ever."""
    model = firm(second_chance=1.0, selectivity=1.0, interdependence=1)
    again = []
    for key in range(300):
        case = customer_of(model.reps[0], key)
        for offers in (1, 2):
            if not case.gone():
                case.offer, case.offers, case.stage = case.need ^ 0b1, offers, codes.CUSTOMER
                case.answer(5)
                again += [case.gone()] if offers == 2 else []
    assert len(again) > 60  # of 300, each with probability 1/3; fewer than 61 has probability 4e-7
    assert 0 < sum(again) < len(again)  # all alike has probability (2/3)^61 at most, 2e-11


def test_the_process_is_documented_before_anything_is_drafted() -> None:
    log = pd.DataFrame(SellingModel(BUSY, PRESETS["strict"], seed=2).run_to_horizon().log)
    assert LOG.names == tuple(log.columns)
    done = log[log.outcome == codes.DONE]
    documented = done[done.activity == codes.DOCUMENT].set_index("case").end
    drafted = done[done.activity == codes.DRAFT].groupby("case").start.min()
    assert len(drafted) > 100
    assert (documented.reindex(drafted.index) <= drafted).all()
