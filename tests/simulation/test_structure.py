"""The firm's shape: a tree with one top, clusters with a seat for everybody, expertise by person and team."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import chance, structure
from simulation.parameters import Market, Organisation, Regime, Scenario
from simulation.settings import flatten
from simulation.structure import managers_of
from tests.helpers.strategies import DECLARED, within

FIRM_SIZES = st.integers(1, 200)
SEEDS = st.integers(0, 2**64 - 1)
MOST_REPS = int(DECLARED["reps"].high)


def built(seed=7, cluster_size=8, cross_team_share=0.5, issues=1, **organisation):
    """The structure of a firm, and its settings."""
    market = Market(issues=issues, interdependence=1)
    regime = Regime(cluster_size=cluster_size, cross_team_share=cross_team_share)
    p = flatten(Scenario(market=market, organisation=Organisation(**organisation)), regime)
    return structure.build(p, chance.word(seed)), p


def members(firm):
    """The reps of each cluster."""
    first = firm.first_seat.tolist()
    return [firm.seat[a:b].tolist() for a, b in pairwise(first)]


def bits(sets, issues):
    """Sets of issues as a table, one row per set."""
    return np.asarray(sets)[:, None] >> np.arange(issues) & 1


# --- the tree ---


@given(FIRM_SIZES, within("span"))
def test_every_rep_and_manager_reports_one_level_up_to_a_single_top(reps, span):
    superior, level = structure.tree(reps, span, 1)
    top = len(level) - 1
    assert [m for m in range(top + 1) if superior[m] == -1] == [top]
    assert level[0] == 1
    assert all(level[superior[m]] == level[m] + 1 and superior[m] > m for m in range(top))
    assert set(superior[:top].tolist()) == {m for m in range(top + 1) if level[m] > 1}


@given(FIRM_SIZES, within("span"))
def test_teams_are_of_the_span_on_average_and_filled_in_order(reps, span):
    firm, _ = built(reps=reps, span=span)
    assert firm.team.tolist() == sorted(firm.team)
    assert set(firm.team.tolist()) == set(np.flatnonzero(firm.level == 1).tolist())
    sizes = list(Counter(firm.team.tolist()).values())
    assert all(math.floor(span) <= size <= math.ceil(span) for size in sizes[:-1])
    assert 1 <= sizes[-1] <= math.ceil(span)
    assert abs((reps - sizes[-1]) - span * (len(sizes) - 1)) < 1 + 1e-9


@given(FIRM_SIZES, within("span"))
def test_managers_have_the_span_of_reports_too(reps, span):
    superior, level = structure.tree(reps, span, 1)
    for depth in range(2, int(level[-1]) + 1):
        reports = Counter(superior[level == depth - 1].tolist())
        sizes = [reports[m] for m in sorted(reports)]
        assert all(math.floor(span) <= size <= math.ceil(span) for size in sizes[:-1])
        assert 1 <= sizes[-1] <= math.ceil(span)


@given(FIRM_SIZES, within("span"))
def test_managers_report_in_their_order_so_that_a_further_rep_gives_nobody_another_superior(reps, span):
    before, after = structure.tree(reps, span, 1), structure.tree(reps + 1, span, 1)
    superior, level = before
    for depth in range(1, int(level[-1])):
        assert (np.diff(superior[level == depth]) >= 0).all()
    known = names_of_superiors(*after)
    for name, superior_name in names_of_superiors(*before).items():
        assert known[name] == superior_name or superior_name is None  # a former top may get somebody above


def names_of_superiors(superior, level):
    """The superior of each manager, both as (level, place on it); None at the top."""
    level = level.tolist()
    names = [(depth, m - level.index(depth)) for m, depth in enumerate(level)]
    return {name: names[above] if above >= 0 else None for name, above in zip(names, superior.tolist(), strict=True)}


@given(st.integers(1, 20000), within("span"))
def test_there_are_as_many_levels_as_it_takes_and_no_more(reps, span):
    _, level = structure.tree(reps, span, 1)
    per_level = [int((level == depth).sum()) for depth in range(1, int(level[-1]) + 1)]
    assert per_level[-1] == 1
    assert all(n > 1 for n in per_level[:-1])
    for below, above in pairwise([reps, *per_level]):
        # So many units hold everybody, one fewer would not (a span of 8.5 makes units of 8 and 9).
        assert math.ceil((above - 1) * span * (1 - 1e-12)) < below <= math.ceil(above * span)


@given(st.integers(1, 20000), within("span"), within("least_levels"))
def test_number_of_managers_is_that_of_the_tree(reps, span, least):
    assert managers_of(reps, span, least) == len(structure.tree(reps, span, least)[1])


@given(st.integers(1, 2000), within("span"), within("least_levels"))
def test_levels_that_the_span_does_not_need_have_a_single_manager_each_above_the_top(reps, span, least):
    superior, level = structure.tree(reps, span, 1)
    higher_superior, higher_level = structure.tree(reps, span, least)
    n = len(level)
    assert higher_level.tolist() == [*level.tolist(), *range(level[-1] + 1, least + 1)]
    assert higher_superior[: n - 1].tolist() == superior[: n - 1].tolist()
    assert higher_superior[n - 1 :].tolist() == [*range(n, len(higher_level)), -1]
    assert higher_level[-1] == max(level[-1], least)


@given(st.integers(1, 200), within("span"), within("least_levels"), SEEDS)
def test_further_levels_change_nobodys_expertise(reps, span, least, seed):
    few, many = (built(seed, reps=reps, span=span, least_levels=n)[0] for n in (1, least))
    n = len(few.level)
    assert many.manager_name[:n].tolist() == few.manager_name.tolist()
    assert many.manager_expertise[:n].tolist() == few.manager_expertise.tolist()
    assert many.rep_expertise.tolist() == few.rep_expertise.tolist()


@pytest.mark.parametrize(
    ("reps", "span", "levels"),
    [
        (1, 8.5, [1]),
        (2, 2.0, [1]),
        (3, 2.0, [2, 1]),
        (34, 8.5, [4, 1]),
        (35, 8.5, [5, 1]),
        (64, 4.0, [16, 4, 1]),
        (65, 4.0, [17, 5, 2, 1]),
        (20000, 2.0, [10000, 5000, 2500, 1250, 625, 313, 157, 79, 40, 20, 10, 5, 3, 2, 1]),
    ],
)
def test_trees_counted_by_hand(reps, span, levels):
    _, level = structure.tree(reps, span, 1)
    assert [int((level == depth + 1).sum()) for depth in range(len(levels))] == levels
    assert len(level) == sum(levels)


def test_a_lone_rep_has_one_manager_one_cluster_and_no_peers():
    firm, _ = built(reps=1)
    assert firm.team.tolist() == [0]
    assert firm.superior.tolist() == [-1]
    assert members(firm) == [[0]]


# --- clusters ---


@given(FIRM_SIZES, within("span"), within("cluster_size"), within("cross_team_share"), SEEDS)
def test_every_rep_sits_in_exactly_one_cluster_of_the_size_at_most(reps, span, size, share, seed):
    firm, _ = built(seed, size, share, reps=reps, span=span)
    clusters = members(firm)
    assert sorted(rep for cluster in clusters for rep in cluster) == list(range(reps))
    assert all(1 <= len(cluster) <= size for cluster in clusters)
    for number, cluster in enumerate(clusters):
        assert set(firm.cluster[cluster].tolist()) == {number}


@given(FIRM_SIZES, within("span"), within("cluster_size"), SEEDS)
def test_share_zero_cuts_each_team_into_equal_clusters(reps, span, size, seed):
    firm, _ = built(seed, size, 0.0, reps=reps, span=span)
    of_team = {}
    for cluster in members(firm):
        (team,) = set(firm.team[cluster].tolist())
        of_team.setdefault(team, []).append(len(cluster))
    for team, sizes in of_team.items():
        team_size = int((firm.team == team).sum())
        assert len(sizes) == math.ceil(team_size / size)
        assert max(sizes) - min(sizes) <= 1


def share_of_own_team(firm):
    """Among pairs of cluster mates, the share who are of one team."""
    same = pairs = 0
    for cluster in members(firm):
        sizes = Counter(firm.team[cluster].tolist()).values()
        same += sum(n * (n - 1) for n in sizes)
        pairs += len(cluster) * (len(cluster) - 1)
    return same / pairs


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_share_drawn_at_random_loses_its_team_mates(share):
    found = [
        share_of_own_team(built(seed, 10, share, reps=300, span=10.0, specialisation=0.0)[0]) for seed in range(20)
    ]
    # Two who stay are team mates for certain; a pair with one who moves only by chance, 9 in 299.
    expected = (1 - share) ** 2 + (1 - (1 - share) ** 2) * 9 / 299
    assert np.mean(found) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_who_does_not_move_stays_in_the_own_seat(share):
    firm, p = built(3, 10, share, reps=2000, span=10.0)
    moved = int((structure.seating(p, chance.word(3)) != np.arange(2000)).sum())
    assert abs(moved - 2000 * share) < 5 * math.sqrt(2000 * share * (1 - share))
    assert firm.seat.tolist() == structure.seating(p, chance.word(3)).tolist()


def test_at_share_one_every_seat_is_equally_likely_for_everybody():
    seats = np.zeros((4, 4))
    _, p = built(0, 2, 1.0, reps=4, span=2.0)
    for seed in range(2000):
        seats[structure.seating(p, chance.word(seed)), range(4)] += 1
    assert np.abs(seats / 2000 - 0.25).max() < 4.5 * math.sqrt(0.25 * 0.75 / 2000)


# --- who knows what ---


@pytest.mark.parametrize("share", [0.0, 0.2, 0.7, 1.0])
@pytest.mark.parametrize("specialisation", [0.0, 0.5])
def test_the_declared_shares_of_issues_are_known(share, specialisation):
    shares = {"expertise_share": share, "manager_expertise_share": share, "specialisation": specialisation}
    firm, p = built(issues=8, reps=2000, span=2.0, **shares)
    for sets in (firm.rep_expertise, firm.manager_expertise):
        # Team mates share luck, so as many independent draws as there are teams are counted on.
        bound = 5 * math.sqrt(share * (1 - share) / (1000 * p.issues))
        assert abs(bits(sets, p.issues).mean() - share) <= bound


def test_managers_and_reps_each_have_their_own_share():
    firm, p = built(issues=8, reps=60, expertise_share=1.0, manager_expertise_share=0.0)
    assert set(firm.rep_expertise.tolist()) == {2**p.issues - 1}
    assert set(firm.manager_expertise.tolist()) == {0}


@given(SEEDS, within("expertise_share"))
def test_fully_specialised_teams_are_alike_within_and_so_are_their_managers(seed, share):
    shares = {"expertise_share": share, "manager_expertise_share": share, "specialisation": 1.0}
    firm, _ = built(seed, issues=8, reps=40, span=8.0, **shares)
    for team in range(5):
        known = firm.rep_expertise[firm.team == team].tolist()
        assert known == [firm.manager_expertise[team]] * 8


@pytest.mark.parametrize("specialisation", [0.0, 0.4, 0.8, 1.0])
def test_team_mates_agree_as_often_as_specialisation_says_and_others_by_chance(specialisation):
    share, reps = 0.3, 2000
    firm, p = built(issues=8, reps=reps, span=2.0, expertise_share=share, specialisation=specialisation)
    table = bits(firm.rep_expertise, p.issues)
    by_chance = share**2 + (1 - share) ** 2
    both = specialisation**2
    bound = 5 * 0.5 / math.sqrt(reps / 2 * p.issues)
    assert abs((table[::2] == table[1::2]).mean() - (both + (1 - both) * by_chance)) <= bound
    assert abs((table[1:-1:2] == table[2::2]).mean() - by_chance) <= bound  # neighbours in two teams


def test_seeds_differ():
    firms = {tuple(built(seed, issues=8, reps=30)[0].rep_expertise.tolist()) for seed in range(20)}
    assert len(firms) == 20


# --- one rep more ---


@given(st.integers(1, 120), within("span"), SEEDS, within("specialisation"))
def test_a_further_rep_changes_no_others_team_or_expertise(reps, span, seed, specialisation):
    before, _ = built(seed, issues=3, reps=reps, span=span, specialisation=specialisation)
    after, _ = built(seed, issues=3, reps=reps + 1, span=span, specialisation=specialisation)
    assert after.team[:reps].tolist() == before.team.tolist()
    assert after.rep_expertise[:reps].tolist() == before.rep_expertise.tolist()
    assert after.team[reps] in (before.team[-1], before.team[-1] + 1)


@given(st.integers(2, 120), within("span"), SEEDS, within("cluster_size"))
def test_a_further_rep_leaves_clusters_within_other_teams_alone(reps, span, seed, size):
    before, _ = built(seed, size, 0.0, reps=reps, span=span)
    after, _ = built(seed, size, 0.0, reps=reps + 1, span=span)
    others = [c for c in members(before) if before.team[c[0]] != after.team[reps]]
    assert members(after)[: len(others)] == others


@given(st.integers(1, 120), within("span"), SEEDS)
def test_a_further_rep_changes_no_managers_expertise(reps, span, seed):
    before, after = (built(seed, issues=3, reps=n, span=span)[0] for n in (reps, reps + 1))
    known = dict(zip(after.manager_name.tolist(), after.manager_expertise.tolist(), strict=True))
    for name, expertise in zip(before.manager_name.tolist(), before.manager_expertise.tolist(), strict=True):
        assert known[name] == expertise


@given(st.integers(1, 2000), within("span"))
def test_nobodys_draws_are_keyed_by_anothers_name(reps, span):
    _, level = structure.tree(reps, span, 1)
    place = [int(m - np.flatnonzero(level == level[m])[0]) for m in range(len(level))]
    names = {structure.manager_name(int(depth), p) for depth, p in zip(level, place, strict=True)}
    assert len(names) == len(level)
    assert names.isdisjoint(range(MOST_REPS))
    assert all(0 <= name < 2**63 for name in names)
