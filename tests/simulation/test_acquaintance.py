"""Who knows whom (MODEL rule 17): reps know some of their cluster's expertise, more of it within their own team."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulation import PRESETS, Regime, SellingModel, chance, codes, structure
from simulation.settings import flatten
from tests.helpers.handmade_situations import all_issues, customer_of, firm
from tests.helpers.scenarios import BUSY, changed
from tests.helpers.strategies import within

SEEDS = st.integers(0, 2**64 - 1)
few = settings(max_examples=40)  # each builds firms
Pair = tuple[int, int]


def acquaintances(seed: int, regime: Regime | None = None, **values: Any) -> tuple[dict[Pair, int], structure.Structure]:
    """On which issues each rep knows whether each member of the cluster is expert; and the firm."""
    built = structure.build(flatten(changed(BUSY, **values), regime or PRESETS["cluster"]), chance.word(seed))
    known = {}
    for rep, cluster in enumerate(built.cluster.tolist()):
        members = built.seat[built.first_seat[cluster] : built.first_seat[cluster + 1]].tolist()
        known |= {(rep, member): int(built.known[rep, place]) for place, member in enumerate(members)}
    return known, built


@few
@given(SEEDS)
def test_one_knows_oneself_and_at_one_everybody_and_at_none_nobody_else(seed: int) -> None:
    known, _ = acquaintances(seed, acquaintance=0.0, acquaintance_across=0.0)
    assert all(issues == (0b111111 if a == b else 0) for (a, b), issues in known.items())
    known, _ = acquaintances(seed, acquaintance=1.0, acquaintance_across=1.0)
    assert set(known.values()) == {0b111111}


@few
@given(SEEDS, within("acquaintance"), within("acquaintance"))
def test_who_is_known_at_a_low_share_is_known_at_a_higher_one(seed: int, low: float, high: float) -> None:
    low, high = sorted((low, high))
    few, many = (acquaintances(seed, acquaintance=share, acquaintance_across=share)[0] for share in (low, high))
    assert all(few[pair] & ~many[pair] == 0 for pair in few)


@few
@given(SEEDS, st.integers(2, 60), within("acquaintance"), within("acquaintance_across"))
def test_another_rep_changes_no_pair_that_stays_together(seed: int, reps: int, inside: float, across: float) -> None:
    values = {"acquaintance": inside, "acquaintance_across": across}
    before, after = (acquaintances(seed, reps=n, **values)[0] for n in (reps, reps + 1))
    together = before.keys() & after.keys()
    assert {pair: before[pair] for pair in together} == {pair: after[pair] for pair in together}
    assert len(together) >= reps  # oneself at least


@few
@given(SEEDS, within("cluster_size"), within("cross_team_share"))
def test_how_clusters_are_cut_changes_nobody_who_is_in_both(seed: int, size: int, share: float) -> None:
    wide = PRESETS["cluster"].model_copy(update={"cluster_size": 60, "cross_team_share": 1.0})
    narrow = PRESETS["cluster"].model_copy(update={"cluster_size": max(size, 4), "cross_team_share": share})
    first, second = (acquaintances(seed, regime, span=60.0, acquaintance=0.5)[0] for regime in (wide, narrow))
    together = first.keys() & second.keys()
    assert {pair: first[pair] for pair in together} == {pair: second[pair] for pair in together}


@pytest.mark.parametrize(("inside", "across"), [(0.8, 0.4), (0.3, 0.9)])
def test_issues_are_known_with_the_share_of_the_own_team_or_of_another(inside: float, across: float) -> None:
    """Exact binomial tests; every pair and issue has a draw of its own, in one direction and in the other."""
    counts = {True: [0, 0], False: [0, 0]}
    mutual, of_a_pair = [], []
    for seed in range(40):
        known, built = acquaintances(seed, acquaintance=inside, acquaintance_across=across)
        for (a, b), issues in known.items():
            if a != b:
                same = bool(built.team[a] == built.team[b])
                counts[same][0] += issues.bit_count()
                counts[same][1] += 6
                of_a_pair += [(issues & 1, issues >> 1 & 1)] if same else []
                mutual += [(issues >> k & 1, known[b, a] >> k & 1) for k in range(6)] if a < b and same else []
    for same, share in ((True, inside), (False, across)):
        found, n = counts[same]
        assert n > 3000
        assert stats.binomtest(found, n, share).pvalue > 1e-7
    one, other = np.array(mutual).T
    assert stats.pearsonr(one, other).pvalue > 1e-7  # that I know you does not mean that you know me
    one, other = np.array(of_a_pair).T
    assert stats.pearsonr(one, other).pvalue > 1e-7  # nor does knowing one thing of you mean knowing another


# --- whom a rep asks ---

ONE_OF_FIVE = {"cluster_size": 5, "cross_team_share": 0.0, "peers_asked": 1, "quorum": 1, "confidence": 1.0}


@cache
def five_in_a_cluster(average: float) -> SellingModel:
    """A firm to ask in, with so many experts on average."""
    return firm(PRESETS["cluster"], ONE_OF_FIVE, expertise_share=average)


def whom_rep_0_asks(expertise: dict[int, int], known: dict[int, int], average: float = 0.4, key: int = 1) -> int:
    """The one member of a cluster of five whom rep 0 asks about a case on which every issue is as doubtful."""
    model = five_in_a_cluster(average)
    for rep in model.reps[:5]:
        rep.requests.clear()
        rep.expertise = expertise.get(rep.number, 0)
        model.structure.known[0, rep.number] = known.get(rep.number, all_issues(model))
    model.reps[0].follow_path(customer_of(model.reps[0], key, codes.CLUSTER), 1)
    (asked,) = (rep.number for rep in model.reps if rep.requests)
    return int(asked)


def test_the_unknown_rank_as_an_average_peer() -> None:
    """2.4 issues of six on average: below somebody known to be expert on three, above somebody known to be expert on two."""
    nobody_knows = {1: 0}
    for key in range(5):
        assert whom_rep_0_asks({1: 0b111111, 2: 0b000111}, nobody_knows, 0.4, key) == 2
        assert whom_rep_0_asks({1: 0b000000, 2: 0b000011}, nobody_knows, 0.4, key) == 1


def test_an_expert_whom_nobody_knows_for_one_is_asked_no_sooner_than_a_layman_whom_nobody_knows() -> None:
    asked = [whom_rep_0_asks({1: 0b111111}, dict.fromkeys(range(1, 5), 0), 0.4, key) for key in range(80)]
    assert asked == [whom_rep_0_asks({}, dict.fromkeys(range(1, 5), 0), 0.4, key) for key in range(80)]
    assert set(asked) == {1, 2, 3, 4}  # by lot: one left out has probability 4 x 0.75^80, 4e-10


def test_what_is_known_counts_issue_by_issue() -> None:
    """Rep 1 is known to be expert on issues 0 and 1, the rest of rep 1 is unknown: 2 + 4 x 0.3 = 3.2 of six."""
    half_known = {1: 0b000011}
    assert whom_rep_0_asks({1: 0b000011, 2: 0b000111}, half_known, 0.3) == 1
    assert whom_rep_0_asks({1: 0b000011, 2: 0b001111}, half_known, 0.3) == 2
    assert whom_rep_0_asks({1: 0b000001, 2: 0b000111}, half_known, 0.3) == 2


def test_to_be_known_changes_whom_one_asks_and_not_what_they_answer() -> None:
    """A peer who is asked without being known as an expert reads as an expert all the same."""
    model = firm(PRESETS["cluster"], ONE_OF_FIVE, ambiguity=1.0, relief=1.0, expertise_share=0.0)
    model.structure.known[:] = 0
    for rep in model.reps:
        rep.expertise = all_issues(model)
    case = customer_of(model.reps[0], 1, codes.CLUSTER)
    model.reps[0].follow_path(case, 1)
    peer = next(rep for rep in model.reps if rep.requests)
    peer.take_up(60, 60)
    peer.finish(120)
    assert case.expert == [1 if case.need >> k & 1 else -1 for k in range(6)]
