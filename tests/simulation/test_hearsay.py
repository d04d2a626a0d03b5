"""Hearsay (MODEL rule 15): who has not met the customer repeats the owner's reading of an issue now and then."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from scipy import stats

from simulation import PRESETS, Customer, SellingModel, codes, simulate
from simulation import case as cases
from simulation.rules import belief
from tests.helpers.handmade_situations import all_issues, answer_of, customer_of, discovered, firm, last_row, reviewed
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn
from tests.helpers.strategies import ANSWERS

CUSTOMERS = range(200)
MURKY = {"ambiguity": 1.0, "relief": 0.0}  # every own reading is a coin's


@cache
def murky_firm(hearsay: float) -> SellingModel:
    """People to read customers in a market in which own readings say nothing."""
    return firm(PRESETS["cluster"], {"sign_off_over": -1.0}, hearsay=hearsay, **MURKY)


def asked(hearsay: float, key: int, account: int | None = None) -> tuple[Customer, list[tuple[int, ...]], list[int]]:
    """A case read by its owner, and what each of three peers adds to its tallies, of how many readings repeated.

    account: what the owner is made to tell instead of what it read.
    """
    owner, *peers = murky_firm(hearsay).reps[:4]
    case = discovered(owner, customer_of(owner, key, codes.CLUSTER))
    if account is not None:
        case.account = account
    added, heard = [], []
    for peer in peers:
        before = tallies(case)
        heard.append(answer_of(peer, case))
        added.append(tuple(b - a for a, b in zip(before, tallies(case), strict=True)))
    return case, added, heard


def tallies(case: Customer) -> list[int]:
    """Net readings of 1 by issue, experts' and others' together."""
    return [plain + expert for plain, expert in zip(case.plain, case.expert, strict=True)]


def signs(answers: int, n: int = 6) -> tuple[int, ...]:
    """A set of issues as what a reading of it adds to the tallies."""
    return tuple(1 if answers >> k & 1 else -1 for k in range(n))


@given(ANSWERS, ANSWERS)
def test_who_repeats_says_what_the_owner_said_and_who_does_not_what_was_read(own: int, account: int) -> None:
    assert belief.told(own, account, True) == account
    assert belief.told(own, account, False) == own


def test_the_account_is_what_the_owner_read() -> None:
    for key in CUSTOMERS[:30]:
        owner = murky_firm(0.5).reps[0]
        case = discovered(owner, customer_of(owner, key))
        assert tuple(tallies(case)) == signs(case.account)


def test_at_one_every_peer_says_what_the_owner_said_and_it_is_counted_each_time() -> None:
    for key in CUSTOMERS[:30]:
        case, added, heard = asked(1.0, key)
        assert added == [signs(case.account)] * 3
        assert heard == [6, 6, 6]
        assert tallies(case) == [4 * sign for sign in signs(case.account)]  # people neglect that it is one reading


def test_at_none_nobody_minds_the_account() -> None:
    for key in CUSTOMERS[:30]:
        _, added, heard = asked(0.0, key)
        assert heard == [0, 0, 0]
        for account in (0, 0b111111):
            assert asked(0.0, key, account)[1] == added


@pytest.mark.parametrize("hearsay", [0.2, 0.5, 0.9])
def test_each_issue_is_either_the_owners_reading_or_an_own_one(hearsay: float) -> None:
    """What repeats shows when the owner is made to tell the opposite; the rest is what is read without hearsay."""
    for key in CUSTOMERS[:40]:
        case, added, heard = asked(hearsay, key)
        opposite = asked(hearsay, key, case.account ^ 0b111111)[1]
        own = asked(0.0, key)[1]
        for peer in range(3):
            repeats = [a != b for a, b in zip(added[peer], opposite[peer], strict=True)]
            assert sum(repeats) == heard[peer]
            expected = [signs(case.account)[k] if repeats[k] else own[peer][k] for k in range(6)]
            assert list(added[peer]) == expected


def test_who_repeats_at_a_low_rate_repeats_at_a_higher_one() -> None:
    counts = [[asked(hearsay, key)[2] for key in CUSTOMERS] for hearsay in (0.1, 0.4, 0.8)]
    for low, high in pairwise(counts):
        assert all(a <= b for few, many in zip(low, high, strict=True) for a, b in zip(few, many, strict=True))


@pytest.mark.parametrize("hearsay", [0.25, 0.5])
def test_issues_are_repeated_with_the_probability_by_each_reader_alone(hearsay: float) -> None:
    """Exact binomial tests; three peers, and pairs of them, so that a common draw would show."""
    counts = [asked(hearsay, key)[2] for key in CUSTOMERS]
    n = 6 * len(CUSTOMERS)
    for peer in range(3):
        assert stats.binomtest(sum(row[peer] for row in counts), n, hearsay).pvalue > 1e-7
    assert {1, 2, 3, 4} <= {row[0] for row in counts}  # issue by issue, not all or nothing
    correlation = stats.pearsonr([row[0] for row in counts], [row[1] for row in counts])
    assert correlation.pvalue > 1e-7


def test_who_repeats_has_not_read_worse_than_who_does_not() -> None:
    """An exact binomial test: those who do not repeat the owner misread as many issues as the error says."""
    model = firm(PRESETS["cluster"], hearsay=0.5, ambiguity=0.4, expertise_share=0.0)
    wrong = total = 0
    for key in range(400):
        case = discovered(model.reps[0], customer_of(model.reps[0], key, codes.CLUSTER))
        case.account = case.need  # who repeats is right, so that all errors are of those who do not
        before = tallies(case)
        total += 6 - answer_of(model.reps[1], case)
        added = (b - a for a, b in zip(before, tallies(case), strict=True))
        wrong += sum(a != b for a, b in zip(added, signs(case.need), strict=True))
        case.close()
    assert stats.binomtest(wrong, total, 0.2).pvalue > 1e-7


def veto_of(hearsay: float, key: int) -> tuple[int, int, int]:
    """Deviations that the owner read and a manager puts back; how many he read, and of them repeated."""
    rep, manager = murky_firm(hearsay).reps[0], murky_firm(hearsay).managers[0]
    case = discovered(rep, customer_of(rep, key))
    case.offer = case.account
    reviewed(manager, case)
    return manager.forced_fits, manager.readings, manager.heard


def test_a_manager_who_repeats_the_owner_puts_nothing_back() -> None:
    for key in CUSTOMERS[:30]:
        forced, readings, heard = veto_of(1.0, key)
        assert forced == 0
        assert heard == readings
    assert sum(veto_of(0.0, key)[0] for key in CUSTOMERS) > 200  # a coin on each of some 600
    assert sum(veto_of(0.0, key)[2] for key in CUSTOMERS) == 0


def test_managers_repeat_with_their_own_luck_and_the_probability() -> None:
    reads = [veto_of(0.3, key) for key in CUSTOMERS]
    total, heard = sum(n for _, n, _ in reads), sum(n for _, _, n in reads)
    assert stats.binomtest(heard, total, 0.3).pvalue > 1e-7
    by_peers = [asked(0.3, key)[2][0] for key in CUSTOMERS]
    assert [n for _, _, n in reads] != by_peers


def test_the_record_says_how_many_readings_were_repeated() -> None:
    model = firm(PRESETS["cluster"], {"confidence": 1.0}, hearsay=1.0)
    owner = model.reps[0]
    case = discovered(owner, customer_of(owner, 1, codes.CLUSTER))
    owner.follow_path(case, 10)
    peer = next(rep for rep in model.reps if rep.requests)
    peer.take_up(60, 60)
    peer.finish(80)
    row = last_row(model)
    assert (row["activity"], row["readings"], row["heard"]) == (codes.CONSULT, 6, 6)


@pytest.mark.parametrize("number", range(700, 712))
@pytest.mark.parametrize("hearsay", [0.0, 1.0])
def test_in_any_run_all_is_repeated_at_one_and_nothing_at_none(number: int, hearsay: float) -> None:
    scenario, regime, seed = drawn(number)
    run = simulate(changed(scenario, hearsay=hearsay), regime, seed)
    log = run.record.log
    assert (log["heard"] == hearsay * log["readings"]).all()
    assert (log["readings"][~((log["activity"] == codes.CONSULT) | (log["activity"] == codes.REVIEW))] == 0).all()
    if log["readings"].any() and run.cases.readings.sum() > 0:
        assert run.cases.heard.sum() == hearsay * run.cases.readings.sum()


def test_the_share_of_hearsay_in_a_run_is_the_probability() -> None:
    """Every reading of an issue is repeated or not by a draw of its own, but for a manager's who reads a revision."""
    for hearsay in (0.3, 0.7):
        cases_of_run = simulate(changed(BUSY, hearsay=hearsay, turnover_per_year=0.0), CONTESTED, 3).cases
        heard, readings = int(cases_of_run.heard.sum()), int(cases_of_run.readings.sum())
        assert readings > 3000
        assert stats.binomtest(heard, readings, hearsay).pvalue > 1e-7


def test_with_hearsay_alone_asking_changes_no_mind_about_which_answer_is_likelier() -> None:
    """Where all are alike and all repeat, an issue's tally keeps its sign: the group knows what the owner knew, only surer."""
    model: SellingModel = firm(PRESETS["cluster"], hearsay=1.0, variety=1.0, ambiguity=0.7, expertise_share=0.0)
    for key in CUSTOMERS[:60]:
        owner, peers = model.reps[0], model.reps[1:4]
        case = discovered(owner, customer_of(owner, key, codes.CLUSTER))
        wanted, sure = cases.wanted(model.settings, model.tables, case), sureness(model, case)
        assert wanted == case.account & all_issues(model)
        for peer in peers:
            answer_of(peer, case)
            assert case.expert == [0] * 6  # nobody is, and repeating makes nobody one
            assert cases.wanted(model.settings, model.tables, case) == wanted
            assert sureness(model, case) > sure
            sure = sureness(model, case)


def sureness(model: SellingModel, case: Customer) -> float:
    """The owner's confidence."""
    return float(cases.confidence(model.settings, model.tables, case, case.template))
