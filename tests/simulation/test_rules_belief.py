"""Readings and beliefs against Bayes' rule and brute force over all needs, and at the ends of v and a."""

import math
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulation import case as cases
from simulation.numbers import GRID, on_grid
from simulation.rules import belief, issues
from tests.helpers.strategies import ANSWERS, ISSUE_SETS, LUCK, SHARES, even_draws, within

READINGS = st.lists(st.tuples(ANSWERS, st.booleans()), max_size=8)  # (what was read, by an expert?)
MOST = 21  # readings of an issue
TALLIES = st.integers(1 - MOST, MOST - 1)
SHADES = st.integers(0, belief.SHADES - 1)
ROUNDED = 0.5 * GRID * (1 + 1e-9)  # what rounding to the grid takes away at most


@dataclass(frozen=True)
class Belief:
    """What a rep knows of a need: the template, tallies per issue, and what prior and readings are worth."""

    n: int
    template: int
    plain: list[int]
    expert: list[int]
    prior: float
    weights: tuple[float, float]  # of a reading without and with expertise
    shade: int = 0

    def log_odds(self, k):
        """Log-odds that the need agrees with the template, by Bayes' rule."""
        side = 1 if self.template >> k & 1 else -1
        return self.prior + side * (self.plain[k] * self.weights[0] + self.expert[k] * self.weights[1])

    @cached_property
    def tables(self):
        """Beliefs after all tallies, for issues of one shade."""
        agreement = [math.nan] * belief.places(MOST)
        belief.note_beliefs(agreement, MOST, self.shade, self.prior, *self.weights)
        return SimpleNamespace(agreement=agreement)

    @property
    def settings(self):
        return SimpleNamespace(issues=self.n, most_readings=MOST)

    def case(self, revealed=0, need=0):
        """Anything with the fields of a case."""
        return SimpleNamespace(template=self.template, plain=self.plain, expert=self.expert, shade=[self.shade] * self.n,
                               revealed=revealed, need=need)

    def agreement(self, k):
        tallies = self.plain[k], self.expert[k]
        return belief.agrees(self.tables.agreement, MOST, self.shade, self.template, k, *tallies)

    def certainty(self, k):
        return belief.certainty(self.agreement(k))

    def predicted_fit(self):
        return cases.predicted_fit(self.settings, self.tables, self.case(), self.template)

    def confidence(self):
        return cases.confidence(self.settings, self.tables, self.case(), self.template)

    def wanted(self, revealed=0, need=0):
        return cases.wanted(self.settings, self.tables, self.case(revealed, need))

    def p_ones(self):
        """Probability of a need of 1, issue by issue."""
        return [self.agreement(k) if self.template >> k & 1 else 1 - self.agreement(k) for k in range(self.n)]

    def relabelled(self, swapped):
        """The same belief with the labels 0 and 1 exchanged on some issues."""
        plain = [-x if swapped >> k & 1 else x for k, x in enumerate(self.plain)]
        expert = [-x if swapped >> k & 1 else x for k, x in enumerate(self.expert)]
        return replace(self, template=self.template ^ swapped, plain=plain, expert=expert)


def believed(template, plain, expert, variety, ambiguity, relief, shade=0):
    """A belief in a market of this variety about issues of this ambiguity."""
    errors = [belief.reading_error(ambiguity, relief, is_expert) for is_expert in (False, True)]
    plain_weight, expert_weight = (belief.reading_weight(error) for error in errors)
    prior = belief.prior_weight(variety)
    return Belief(len(plain), template, plain, expert, prior, (plain_weight, expert_weight), shade)


@st.composite
def beliefs(draw, most_issues=20):
    n = draw(st.integers(1, most_issues))
    tallies = st.lists(TALLIES, min_size=n, max_size=n)
    market = (draw(within(name)) for name in ("variety", "ambiguity", "relief"))
    return believed(draw(st.integers(0, 2**n - 1)), draw(tallies), draw(tallies), *market, draw(SHADES))


# --- readings ---


@given(within("ambiguity"), within("relief"))
def test_error_is_half_the_ambiguity_less_what_expertise_relieves(ambiguity, relief):
    assert belief.reading_error(ambiguity, relief, False) == ambiguity / 2
    assert belief.reading_error(ambiguity, relief, True) == pytest.approx(ambiguity / 2 * (1 - relief))


@given(within("ambiguity"), within("ambiguity"), within("relief"), st.booleans())
def test_nobody_reads_worse_than_a_coin_or_better_for_more_ambiguity(low, high, relief, expert):
    low, high = sorted((low, high))
    errors = [belief.reading_error(a, relief, expert) for a in (low, high)]
    assert 0.0 <= errors[0] <= errors[1] <= 0.5
    assert belief.reading_error(low, relief, True) <= belief.reading_error(low, relief, False)


def test_readings_are_perfect_without_ambiguity_and_for_experts_with_full_relief():
    assert belief.reading_error(0.0, 0.5, False) == belief.reading_error(0.0, 0.5, True) == 0.0
    assert belief.reading_error(1.0, 1.0, True) == 0.0
    assert belief.reading_error(1.0, 0.0, True) == belief.reading_error(1.0, 0.0, False) == 0.5


@pytest.mark.parametrize("need", [0, 1])
@pytest.mark.parametrize("error", [0.0, 0.001, 0.2, 0.35, 0.5])
def test_readings_are_wrong_as_often_as_the_error_says(need, error):
    n = 10000
    wrong = sum(belief.reading(need, error, u) != need for u in even_draws(n))
    assert abs(wrong - n * error) <= 1


@given(st.floats(0, 0.5), LUCK)
def test_reading_does_not_care_which_answer_is_called_one(error, u):
    assert belief.reading(1, error, u) == 1 - belief.reading(0, error, u) == int(not u < error)


@given(LUCK)
def test_who_cannot_err_reads_the_need_whatever_the_luck(u):
    assert belief.reading(1, 0.0, 0.0) == belief.reading(1, 0.0, u) == 1
    assert belief.reading(0, 0.0, 0.0) == belief.reading(0, 0.0, u) == 0


@given(TALLIES, st.lists(ANSWERS))
def test_tally_is_the_net_number_of_ones_of_its_kind_in_any_order(start, read):
    for counted in (0, 1):
        total = start + counted * (read.count(1) - read.count(0))
        for order in (read, read[::-1]):
            assert reduce(lambda tally, one: belief.tallied(tally, one, counted), order, start) == total


# --- what prior and readings are worth ---


@given(st.floats(1e-9, 0.5))
def test_a_reading_is_worth_the_log_odds_of_being_right(error):
    weight = belief.reading_weight(error)
    assert abs(weight - math.log((1 - error) / error)) <= ROUNDED
    assert weight == on_grid(weight)


@given(st.floats(1e-6, 1))
def test_prior_is_worth_the_log_odds_of_the_standard(variety):
    weight = belief.prior_weight(variety)
    assert abs(weight - math.log((1 - variety / 2) / (variety / 2))) <= ROUNDED
    assert weight == on_grid(weight)


@given(st.floats(0, 0.5), st.floats(0, 0.5))
def test_weights_are_finite_and_fall_with_error_and_variety(x, y):
    x, y = sorted((x, y))
    assert math.inf > belief.reading_weight(x) >= belief.reading_weight(y) >= 0.0
    assert math.inf > belief.prior_weight(2 * x) >= belief.prior_weight(2 * y) >= 0.0


def test_weights_at_the_ends():
    assert belief.reading_weight(0.5) == 0.0  # a = 1: a reading says nothing
    assert belief.prior_weight(1.0) == 0.0  # v = 1: the template says nothing
    assert belief.reading_weight(0.0) > belief.prior_weight(0.0)  # a = 0: one reading settles it


# --- belief on one issue ---


@given(ANSWERS, READINGS, st.floats(1e-6, 1), st.floats(1e-6, 1), st.floats(0, 0.999))
def test_belief_is_bayes_rule(template, readings, variety, ambiguity, relief):
    agree, differ = 1 - variety / 2, variety / 2
    tallies = {True: 0, False: 0}
    for read, expert in readings:
        error = belief.reading_error(ambiguity, relief, expert)
        agree *= 1 - error if read == template else error
        differ *= error if read == template else 1 - error
        tallies[expert] = belief.tallied(tallies[expert], read, 1)
    known = believed(template, [tallies[False]], [tallies[True]], variety, ambiguity, relief)
    # Nine weights, each rounded by half a step at most; no probability moves by more than a quarter of its log-odds' move.
    assert known.agreement(0) == pytest.approx(agree / (agree + differ), abs=(9 / 4 + 1) * ROUNDED)


@given(beliefs(), st.data())
def test_only_the_issue_asked_about_matters(known, data):
    k = data.draw(st.integers(0, known.n - 1))
    alone = replace(known, template=known.template & 1 << k)
    assert alone.agreement(k) == known.agreement(k)


@given(st.floats())
def test_probability_belongs_to_its_log_odds_without_overflow(odds):
    assume(not math.isnan(odds))
    p = belief.probability(odds)
    assert p == pytest.approx(0.5 * (1 + math.tanh(odds / 2)), abs=ROUNDED + 1e-15)
    assert p == on_grid(p)
    assert p + belief.probability(-odds) == 1.0  # exactly, so that what is undecided is so whichever answer is asked about


def test_even_odds_are_a_half_and_the_slightest_odds_that_count_are_a_step_of_the_grid():
    assert belief.probability(0.0) == belief.probability(-0.0) == belief.probability(1.9 * GRID) == 0.5
    assert belief.probability(2.1 * GRID) == 0.5 + GRID
    assert belief.probability(-2.1 * GRID) == 0.5 - GRID


@given(st.floats(-800, 800), st.floats(-800, 800))
def test_probability_grows_with_log_odds(x, y):
    x, y = sorted((x, y))
    assert 0.0 <= belief.probability(x) <= belief.probability(y) <= 1.0


@given(beliefs(most_issues=3))
def test_tables_hold_the_probabilities_of_the_log_odds(known):
    for k in range(known.n):
        assert known.agreement(k) == belief.probability(known.log_odds(k))
        assert known.certainty(k) == belief.probability(abs(known.log_odds(k)))


@given(beliefs(most_issues=1), st.integers(0, 3))
def test_a_table_for_few_readings_says_the_same_as_one_for_many(known, most):
    few = [math.nan] * belief.places(most)
    belief.note_beliefs(few, most, known.shade, known.prior, *known.weights)
    for plain in range(-most, most + 1):
        for expert in range(-most, most + 1):
            tallies = (known.shade, 1, 0, plain, expert)
            assert belief.agrees(few, most, *tallies) == belief.agrees(known.tables.agreement, MOST, *tallies)


@given(st.integers(0, 6))
def test_every_shade_and_tally_has_a_place_of_its_own(most):
    tallies = range(-most, most + 1)
    found = [belief.place(most, s, 1, a, b) for s in range(belief.SHADES) for a in tallies for b in tallies]
    assert sorted(found) == list(range(belief.places(most)))
    assert all(belief.place(most, 3, -1, a, b) == belief.place(most, 3, 1, -a, -b) for a in tallies for b in tallies)


# --- belief on all issues ---


def share_of_matches(answers, need, n):
    return 1 - issues.size(answers ^ need) / n


def likely(p_ones, need):
    """Probability of a whole need."""
    return math.prod(p if need >> k & 1 else 1 - p for k, p in enumerate(p_ones))


@given(beliefs(most_issues=6))
def test_predicted_fit_is_the_expected_share_of_matches_over_all_needs(known):
    p_ones = known.p_ones()
    expected = sum(likely(p_ones, need) * share_of_matches(known.template, need, known.n) for need in range(2**known.n))
    assert known.predicted_fit() == pytest.approx(expected, abs=1e-9)


@given(beliefs(most_issues=6))
def test_confidence_is_the_expected_share_of_matches_of_the_best_guess(known):
    p_ones = known.p_ones()
    best = sum((p > 0.5) << k for k, p in enumerate(p_ones))
    expected = sum(likely(p_ones, need) * share_of_matches(best, need, known.n) for need in range(2**known.n))
    assert known.confidence() == pytest.approx(expected, abs=1e-9)


@given(beliefs())
def test_confidence_is_between_a_coin_flip_and_certainty_and_not_below_the_fit(known):
    assert 0.5 <= known.confidence() <= 1.0
    assert 0.0 <= known.predicted_fit() <= known.confidence()
    assert all(0.5 <= known.certainty(k) <= 1.0 for k in range(known.n))


@given(beliefs(), st.data())
def test_a_reading_for_the_template_never_lowers_the_predicted_fit(known, data):
    k = data.draw(st.integers(0, known.n - 1))
    before = known.predicted_fit()
    tallies = data.draw(st.sampled_from([known.plain, known.expert]))
    tallies[k] = belief.tallied(tallies[k], known.template >> k & 1, 1)
    assert known.predicted_fit() >= before


@given(beliefs(), ISSUE_SETS)
def test_beliefs_do_not_care_which_answers_are_called_one(known, swapped):
    swapped &= 2**known.n - 1
    other = known.relabelled(swapped)
    assert [other.agreement(k) for k in range(known.n)] == [known.agreement(k) for k in range(known.n)]
    assert other.predicted_fit() == known.predicted_fit()
    assert other.confidence() == known.confidence()
    assert other.wanted() == known.wanted() ^ swapped


# --- the offer wanted ---


@given(beliefs(most_issues=7), ISSUE_SETS, ISSUE_SETS)
def test_wanted_offer_has_the_likelier_answer_everywhere(known, revealed, need):
    revealed, need = revealed & 2**known.n - 1, need & 2**known.n - 1
    wanted = known.wanted(revealed, need)
    for k in range(known.n):
        answer = wanted >> k & 1
        if revealed >> k & 1:
            assert answer == need >> k & 1
        else:
            agrees = answer == known.template >> k & 1
            assert agrees == (known.agreement(k) >= 0.5)


@given(beliefs(most_issues=5))
def test_no_other_offer_is_expected_to_match_more(known):
    p_ones = known.p_ones()

    def matches(answers):
        return sum(p if answers >> k & 1 else 1 - p for k, p in enumerate(p_ones))

    best = max(matches(answers) for answers in range(2**known.n))
    assert matches(known.wanted()) == best  # sums on the grid are exact


@given(beliefs(), ISSUE_SETS, ISSUE_SETS, ISSUE_SETS)
def test_what_the_customer_has_not_revealed_is_not_used(known, revealed, need, other):
    revealed, need, other = (x & 2**known.n - 1 for x in (revealed, need, other))
    assert known.wanted(revealed, need) == known.wanted(revealed, need & revealed | other & ~revealed)


@pytest.mark.parametrize("template", range(4))
@pytest.mark.parametrize("tallies", [([0, 0], [0, 0]), ([3, -3], [-3, 3])])
def test_an_exact_tie_keeps_the_template(template, tallies):
    torn = believed(template, *tallies, variety=1.0, ambiguity=0.4, relief=0.0)
    assert [torn.log_odds(k) for k in range(2)] == [0.0, 0.0]
    assert torn.wanted() == template
    assert torn.predicted_fit() == torn.confidence() == 0.5


@given(ISSUE_SETS, st.lists(ANSWERS, min_size=1, max_size=20), SHARES, within("relief"), st.booleans())
def test_without_ambiguity_one_reading_settles_an_issue_at_any_variety(template, need, v, relief, expert):
    n = len(need)
    read, none = [2 * bit - 1 for bit in need], [0] * n
    plain, expert = (none, read) if expert else (read, none)
    known = believed(template & 2**n - 1, plain, expert, v, 0.0, relief)
    assert known.wanted() == sum(bit << k for k, bit in enumerate(need))
    assert known.confidence() == 1.0


@given(beliefs())
def test_at_full_ambiguity_a_plain_reading_moves_nobody(known):
    blind = believed(known.template, known.plain, [0] * known.n, 0.3, 1.0, 0.5)
    assert blind.wanted() == blind.template
    assert blind.predicted_fit() == pytest.approx(1 - 0.3 / 2, abs=2 * ROUNDED)


@given(st.integers(1, 20), ISSUE_SETS, within("ambiguity"), within("relief"))
def test_before_any_reading_the_template_fits_as_the_variety_says(n, template, ambiguity, relief):
    for v in (0.0, 0.25, 1.0):
        known = believed(template & 2**n - 1, [0] * n, [0] * n, v, ambiguity, relief)
        assert known.wanted() == known.template
        assert known.predicted_fit() == pytest.approx(1 - v / 2, abs=2 * ROUNDED)


@given(ISSUE_SETS, st.integers(0, 19), LUCK)
def test_the_error_on_an_issue_is_that_of_its_shade_and_the_readers_expertise(need, issue, u):
    error = [shade / 100 for shade in range(belief.SHADES)] + [shade / 1000 for shade in range(belief.SHADES)]
    tables = SimpleNamespace(error=error)
    for shade in (0, 7, belief.SHADES - 1):
        case = SimpleNamespace(need=need, shade=[shade] * 20)
        for expert, e in ((0, shade / 100), (1, shade / 1000)):
            assert cases.read_issue(tables, case, issue, expert, u) == belief.reading(need >> issue & 1, e, u)
