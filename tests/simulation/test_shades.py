"""Issues differ (MODEL rule 23): each customer's issue has an ambiguity of its own, spread about the market's."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulation import PRESETS, codes
from simulation import case as cases
from simulation.kernel.arrays import MOST_ISSUES
from simulation.rules import belief
from simulation.settings import flatten
from simulation.tables import Tables, blank_tables, fill_tables
from tests.helpers.handmade_situations import customer_of, discovered, firm
from tests.helpers.scenarios import BUSY, changed
from tests.helpers.strategies import within

SHADES = range(belief.SHADES)
EIGHTHS = st.integers(0, 8).map(lambda n: n / 8)  # sums and products of these are exact


def tables_of(**values: float) -> Tables:
    """What follows from the settings of a firm."""
    settings = flatten(changed(BUSY, **values), PRESETS["cluster"])
    tables = blank_tables(settings)
    fill_tables(settings, tables)
    return tables


# --- the rule ---


@given(EIGHTHS, EIGHTHS)
def test_the_mean_over_the_shades_is_the_markets_exactly(mean: float, spread: float) -> None:
    ambiguities = [Fraction(belief.issue_ambiguity(mean, spread, shade)) for shade in SHADES]
    assert sum(ambiguities) / belief.SHADES == Fraction(mean)


@given(within("ambiguity"), within("ambiguity_spread"))
def test_shades_are_evenly_spaced_about_the_mean_and_within_bounds(mean: float, spread: float) -> None:
    ambiguities = np.array([belief.issue_ambiguity(mean, spread, shade) for shade in SHADES])
    room = min(mean, 1 - mean)
    assert (ambiguities >= 0.0).all()
    assert (ambiguities <= 1.0).all()
    assert ambiguities.mean() == pytest.approx(mean, abs=1e-14)
    assert np.diff(ambiguities) == pytest.approx(spread * room / 16, abs=1e-14)
    assert ambiguities[-1] - mean == pytest.approx(spread * room * 31 / 32, abs=1e-14)


@given(within("ambiguity"))
def test_without_spread_there_is_one_shade(mean: float) -> None:
    assert {belief.issue_ambiguity(mean, 0.0, shade) for shade in SHADES} == {mean}


def test_a_market_that_is_plain_or_fully_ambiguous_has_no_room_for_shades() -> None:
    for mean in (0.0, 1.0):
        assert {belief.issue_ambiguity(mean, 1.0, shade) for shade in SHADES} == {mean}


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("ambiguity", [0.1, 0.5, 0.8])
def test_errors_follow_the_shade_and_are_the_markets_on_average(ambiguity: float, spread: float) -> None:
    tables = tables_of(ambiguity=ambiguity, ambiguity_spread=spread, relief=0.75)
    plain, expert = tables.error[: belief.SHADES], tables.error[belief.SHADES :]
    assert plain == pytest.approx([belief.issue_ambiguity(ambiguity, spread, shade) / 2 for shade in SHADES])
    assert expert == pytest.approx(plain / 4)
    assert plain.mean() == pytest.approx(ambiguity / 2, abs=1e-14)


# --- customers ---


def test_every_shade_is_as_likely_on_every_issue_and_issues_know_nothing_of_each_other() -> None:
    """With as many issues as there can be: their shades come from more than one random word."""
    n = MOST_ISSUES
    model = firm(ambiguity_spread=0.8, issues=n)
    shades = []
    for key in range(3200):
        case = customer_of(model.reps[0], key)
        shades.append(case.shade)
        case.close()
    table = np.array(shades)
    for k in range(n):
        p = stats.chisquare(np.bincount(table[:, k], minlength=belief.SHADES)).pvalue
        assert 1e-7 < p < 1 - 1e-7
    correlations = np.corrcoef(table.T)[np.triu_indices(n, 1)]
    assert n > belief.SHADES_IN_A_WORD
    assert np.abs(correlations).max() < 5.5 / math.sqrt(3200)


def test_a_customers_shades_are_its_own_whoever_reads_it_whenever() -> None:
    """They hang on neither spread, regime nor seat."""
    for key in range(20):
        one = customer_of(firm(PRESETS["cluster"], ambiguity_spread=1.0).reps[0], key)
        other = customer_of(firm(PRESETS["strict"], ambiguity_spread=0.0, reps=20).reps[7], key)
        assert one.shade == other.shade
        assert (one.need, one.key) == (other.need, other.key)


def test_readings_are_wrong_as_often_as_the_shade_says() -> None:
    """Exact binomial tests of the clearest quarter of the issues, of the murkiest, and of all."""
    model = firm(ambiguity=0.5, ambiguity_spread=1.0, expertise_share=0.0)
    wrong, shade = [], []
    for key in range(1500):
        case = discovered(model.reps[0], customer_of(model.reps[0], key))
        wrong += [(case.account ^ case.need) >> k & 1 for k in range(6)]
        shade += case.shade
        case.close()
    wrong_by, shades = np.array(wrong), np.array(shade)
    for chosen in (shades < 8, shades >= 24, shades >= 0):
        expected = np.mean([belief.issue_ambiguity(0.5, 1.0, s) / 2 for s in shades[chosen]])
        assert stats.binomtest(int(wrong_by[chosen].sum()), int(chosen.sum()), expected).pvalue > 1e-7


# --- readers know it ---


def test_readers_weigh_what_they_read_by_the_shade() -> None:
    """Read against the template once: a clear issue departs, a murky one does not, and between them is where they balance."""
    model = firm(PRESETS["cluster"], variety=0.3, ambiguity=0.3, ambiguity_spread=1.0, issues=1, interdependence=1)
    departs = []
    for shade in SHADES:
        case = customer_of(model.reps[0], 1, codes.CLUSTER)
        case.shade, case.plain = [shade], [1]
        departs.append(cases.wanted(model.settings, model.tables, case))
        error = belief.issue_ambiguity(0.3, 1.0, shade) / 2
        assert departs[-1] == (error < 0.15)  # the prior is worth as much as a reading that is wrong in 15 % of all cases
    assert departs == [1] * 16 + [0] * 16


def test_murky_issues_leave_more_doubt_to_settle() -> None:
    model = firm(PRESETS["cluster"], ambiguity=0.5, ambiguity_spread=1.0, variety=0.5)
    case = customer_of(model.reps[0], 1, codes.CLUSTER)
    case.shade, case.plain = [0, 6, 12, 18, 24, 31], [-1] * 6  # all read as the template has them
    doubt = [0.0] * 6
    cases.note_doubts(model.settings, model.tables, case, doubt)
    assert doubt == sorted(doubt)
    assert len(set(doubt)) == 6


def test_the_peer_who_knows_the_murkiest_issue_is_asked_first() -> None:
    values = {"cluster_size": 5, "cross_team_share": 0.0, "peers_asked": 1, "quorum": 1, "confidence": 1.0}
    model = firm(PRESETS["cluster"], values, expertise_share=0.0, ambiguity_spread=1.0)
    rep = model.reps[0]
    model.reps[1].expertise, model.reps[2].expertise = 0b011111, 0b100000
    case = customer_of(rep, 1, codes.CLUSTER)
    case.shade, case.plain = [0, 0, 0, 0, 0, 31], [-1] * 6
    rep.follow_path(case, 1)
    assert [len(other.requests) for other in model.reps[:5]] == [0, 0, 1, 0, 0]


def test_who_knows_that_issues_differ_does_better_than_where_they_are_all_alike() -> None:
    """The same mean error, but it is known where: the likelier answer is right more often (at variety 1, by the mean of the
    larger of error and 1 - error, which without spread is the same)."""
    right = {}
    for spread in (0.0, 1.0):
        model = firm(PRESETS["cluster"], ambiguity=0.5, ambiguity_spread=spread, variety=0.5, expertise_share=0.0)
        right[spread] = 0
        for key in range(1500):
            case = discovered(model.reps[0], customer_of(model.reps[0], key, codes.CLUSTER))
            wanted = cases.wanted(model.settings, model.tables, case)
            right[spread] += 6 - (wanted ^ case.need).bit_count()
            case.close()
    assert right[1.0] > right[0.0]
