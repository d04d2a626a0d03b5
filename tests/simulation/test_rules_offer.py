"""Needs, offers and paths against brute force over issues and blocks, and at the ends of their ranges."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.rules import issues, market, offer, path, sign_off
from tests.helpers.strategies import ISSUE_SETS, LUCK, MOST_ISSUES, SHARES, even_draws, within

SMALL = [(block, n) for n in range(1, 9) for block in range(1, n + 1)]  # (interdependence, issues)


@st.composite
def shapes(draw):
    """Interdependence and number of issues that fit together."""
    n = draw(within("issues"))
    return draw(st.integers(1, n)), n


def bits(chosen, n=MOST_ISSUES):
    return [chosen >> k & 1 for k in range(n)]


# --- sets of issues ---


@given(st.integers(0, 2**40))
def test_size_and_members_of_a_set_are_those_of_its_list(chosen):
    members = [k for k in range(41) if chosen >> k & 1]
    assert issues.size(chosen) == len(members)
    assert [issues.member(chosen, place) for place in range(len(members))] == members


# --- rule 1: the need; deal values ---


@given(within("variety"), LUCK, LUCK)
def test_issues_deviate_more_often_the_larger_the_variety(variety, u, other):
    assert market.deviates(variety, u) == (2 * u < variety)
    assert market.deviates(max(variety, other), u) >= market.deviates(variety, u)


@pytest.mark.parametrize("variety", [0.0, 0.01, 0.45, 1.0])
def test_half_the_variety_of_needs_deviates(variety):
    n = 10000
    assert abs(sum(market.deviates(variety, u) for u in even_draws(n)) - n * variety / 2) <= 1


@given(within("deal_value_kusd"), within("deal_spread"), st.floats(1e-6, 0.5))
def test_deal_value_is_log_logistic(median, spread, p):
    low, high = (market.deal_value(median, spread, u) for u in (p, 1 - p))
    assert market.deal_value(median, spread, 0.5) == median
    assert market.deal_value(median, spread, 0.9) == pytest.approx(median * 9**spread)
    assert low * high == pytest.approx(median * median, rel=1e-6)  # symmetric in logarithms
    if spread > 0.01:  # the quantile turned round: the share of deals below a value
        assert 1 / (1 + (low / median) ** (-1 / spread)) == pytest.approx(p, rel=1e-6)


@given(within("deal_value_kusd"), within("deal_spread"), LUCK, LUCK)
def test_deal_values_are_positive_finite_and_grow_with_the_draw(median, spread, u, v):
    u, v = sorted((u, v))
    assert 0.0 < market.deal_value(median, spread, u) <= market.deal_value(median, spread, v) < math.inf
    assert market.deal_value(median, 0.0, u) == median


# --- rule 14: creating opportunities ---


@given(shapes(), ISSUE_SETS, ISSUE_SETS)
def test_market_match_is_the_share_of_equal_answers(shape, template, standard):
    n = shape[1]
    template, standard = template & 2**n - 1, standard & 2**n - 1
    equal = sum(a == b for a, b in zip(bits(template, n), bits(standard, n), strict=True))
    assert market.market_match(template, standard, n) == pytest.approx(equal / n)
    assert market.market_match(template, standard, n) == market.market_match(standard, template, n)


@given(within("prospect_conversion"), SHARES, SHARES, LUCK)
def test_an_opportunity_is_likelier_the_better_the_template_matches(conversion, match, better, u):
    match, better = sorted((match, better))
    assert market.opens_opportunity(conversion, better, u) >= market.opens_opportunity(conversion, match, u)
    assert not market.opens_opportunity(conversion, 0.0, u)
    assert not market.opens_opportunity(0.0, match, u)
    assert market.opens_opportunity(1.0, 1.0, u)


def test_latent_customers_open_with_conversion_times_match():
    n = 10000
    assert abs(sum(market.opens_opportunity(0.6, 0.75, u) for u in even_draws(n)) - n * 0.45) <= 1


# --- rule 8: drafting ---


@given(within("drafting_hours"), within("customising_hours"), st.integers(0, 20))
def test_every_deviation_adds_its_customising_hours(base, each, deviations):
    assert offer.drafting_mean(base, each, 0) == base
    assert offer.drafting_mean(base, each, deviations) == pytest.approx(base + each * deviations)
    assert offer.drafting_mean(base, 0.0, deviations) == base


# --- rule 9: fit and the customer's answer ---


def fit(offered, need, block, n):
    """The fit as the model has it: matching blocks, of all."""
    return offer.fit(offer.matching_blocks(offered, need, block, n), offer.blocks(block, n))


def fit_by_blocks(offered, need, block, n):
    """Brute force: the share of blocks of neighbouring issues in which every answer is right."""
    right = [a == b for a, b in zip(bits(offered, n), bits(need, n), strict=True)]
    blocks = [right[start : start + block] for start in range(0, n, block)]
    return sum(all(b) for b in blocks) / len(blocks)


@given(shapes(), ISSUE_SETS, ISSUE_SETS)
def test_fit_counts_blocks_in_which_everything_is_right(shape, offered, need):
    block, n = shape
    offered, need = offered & 2**n - 1, need & 2**n - 1
    assert fit(offered, need, block, n) == fit_by_blocks(offered, need, block, n)


@pytest.mark.parametrize(("block", "n"), SMALL)
def test_fit_of_every_offer_by_brute_force(block, n):
    need = 0b10110100 & 2**n - 1
    for offered in range(2**n):
        assert fit(offered, need, block, n) == fit_by_blocks(offered, need, block, n)


@given(shapes(), ISSUE_SETS, ISSUE_SETS, ISSUE_SETS)
def test_fit_does_not_care_which_answers_are_called_one(shape, offered, need, swapped):
    block, n = shape
    offered, need, swapped = (x & 2**n - 1 for x in (offered, need, swapped))
    assert fit(offered ^ swapped, need ^ swapped, block, n) == fit(offered, need, block, n)
    assert fit(offered, need, block, n) == fit(need, offered, block, n)


@given(shapes(), ISSUE_SETS, ISSUE_SETS, st.data())
def test_correcting_an_issue_never_lowers_the_fit(shape, offered, need, data):
    block, n = shape
    offered, need = offered & 2**n - 1, need & 2**n - 1
    issue = 1 << data.draw(st.integers(0, n - 1))
    corrected = offered & ~issue | need & issue
    assert fit(corrected, need, block, n) >= fit(offered, need, block, n)
    assert fit(need, need, block, n) == 1.0
    assert fit(need ^ 2**n - 1, need, block, n) == 0.0


@pytest.mark.parametrize(("block", "n"), SMALL)
def test_coin_flip_fit_is_the_mean_fit_of_all_offers(block, n):
    for need in (0, 2**n - 1, 0b01100101 & 2**n - 1):
        mean = sum(fit(offered, need, block, n) for offered in range(2**n)) / 2**n
        assert offer.coin_flip_fit(block, n) == pytest.approx(mean, rel=1e-12)


@given(shapes())
def test_a_coin_flip_fits_half_of_single_issues_and_less_of_blocks(shape):
    block, n = shape
    assert 2.0**-block <= offer.coin_flip_fit(block, n) <= 0.5 == offer.coin_flip_fit(1, n)


COIN_FITS = shapes().map(lambda shape: offer.coin_flip_fit(*shape))


@given(SHARES, COIN_FITS, within("selectivity"))
def test_acceptance_is_the_fit_beyond_a_coin_flips_to_the_power_of_selectivity(fit, coin_fit, selectivity):
    expected = max(0.0, (fit - coin_fit) / (1 - coin_fit)) ** selectivity if fit > coin_fit else 0.0
    assert offer.acceptance(fit, coin_fit, selectivity) == pytest.approx(expected)


@given(SHARES, SHARES, COIN_FITS, within("selectivity"), within("selectivity"))
def test_better_fit_is_accepted_more_readily_and_the_selective_forgive_less(fit, better, coin_fit, selectivity, more):
    fit, better = sorted((fit, better))
    selectivity, more = sorted((selectivity, more))
    p = offer.acceptance(fit, coin_fit, selectivity)
    assert 0.0 <= p <= offer.acceptance(better, coin_fit, selectivity) <= 1.0
    assert offer.acceptance(fit, coin_fit, more) <= p


@given(COIN_FITS, within("selectivity"), SHARES)
def test_perfect_offers_are_always_accepted_and_a_coin_flips_never(coin_fit, selectivity, fit):
    assert offer.acceptance(1.0, coin_fit, selectivity) == 1.0
    assert offer.acceptance(coin_fit, coin_fit, selectivity) == 0.0
    assert offer.acceptance(fit * coin_fit, coin_fit, selectivity) == 0.0


@given(SHARES, COIN_FITS)
def test_without_selectivity_anything_better_than_a_coin_flip_is_accepted(fit, coin_fit):
    assert offer.acceptance(fit, coin_fit, 0.0) == float(fit > coin_fit)


# --- rules 5, 6 and 7: who has a say ---


@given(SHARES, within("divert_below"), LUCK)
def test_a_rep_follows_the_process_where_the_playbook_fits_well_enough(fit, bar, u):
    assert path.follows_process(fit, bar) == (not fit < bar)
    assert path.follows_process(bar, bar)  # at the bar is good enough
    assert path.follows_process(fit, 0.0)  # divert_below 0: strict
    assert not path.follows_process(fit, math.inf)  # always: pure cluster


@given(within("willingness"), LUCK)
def test_a_rep_diverts_with_the_probability_of_the_willingness(willingness, u):
    assert path.diverts(willingness, u) == (u < willingness)
    assert path.diverts(1.0, u)
    assert not path.diverts(0.0, u)


@given(st.integers(0, 20), within("sign_off_over"))
def test_sign_off_is_for_more_deviations_than_allowed(deviations, over):
    assert sign_off.needs_sign_off(deviations, over) == (deviations > over)
    assert not sign_off.needs_sign_off(deviations, float(deviations))
    assert sign_off.needs_sign_off(deviations, -1.0)  # -1: all
    assert not sign_off.needs_sign_off(deviations, math.inf)  # never


@given(st.integers(0, 20), within("authority_per_level"), st.integers(1, 10))
def test_authority_grows_with_the_level(deviations, authority, level):
    assert sign_off.may_grant(deviations, authority, level, False) == (deviations <= authority * level)
    assert sign_off.may_grant(deviations, authority, level, True)
    assert sign_off.may_grant(deviations, float(deviations), 1, False)
    assert sign_off.may_grant(0, authority, level, False) == (authority >= 0.0)
    if authority >= 0.0:
        higher = sign_off.may_grant(deviations, authority, level + 1, False)
        assert higher >= sign_off.may_grant(deviations, authority, level, False)


@given(ISSUE_SETS, ISSUE_SETS, ISSUE_SETS)
def test_a_manager_reads_what_is_neither_revealed_nor_agreed_to(proposed, revealed, granted):
    read = sign_off.to_read(proposed, revealed, granted)
    for p, r, g, i in zip(*map(bits, (proposed, revealed, granted, read)), strict=True):
        assert i == (p and not r and not g)
    assert read < 2**MOST_ISSUES


@given(ISSUE_SETS, st.booleans())
def test_a_final_refusal_puts_back_at_once_and_an_appealed_one_at_the_top(disputed, top):
    assert sign_off.put_back(disputed, 0, top) == disputed
    assert sign_off.put_back(disputed, 1, top) == (disputed if top else 0)


@given(ISSUE_SETS, ISSUE_SETS)
def test_agreement_is_remembered_only_where_refusals_can_be_appealed(read, also):
    disputed = read & also
    assert sign_off.agreed_to(read, disputed, 0) == 0
    assert sign_off.agreed_to(read, disputed, 1) == read ^ disputed


@given(ISSUE_SETS, st.booleans(), st.booleans())
def test_a_request_goes_up_for_want_of_authority_or_on_appeal(disputed, top, may_grant):
    assert sign_off.goes_up(disputed, 0, top, may_grant) == (not may_grant)
    assert sign_off.goes_up(disputed, 1, top, may_grant) == (disputed > 0 and not top)
    assert not sign_off.goes_up(disputed, 1, True, may_grant)
    assert not sign_off.goes_up(0, 1, top, may_grant)


@pytest.mark.parametrize("appealed", [0, 1])
@pytest.mark.parametrize("levels", [1, 2, 3, 4])
def test_refusals_make_a_hierarchy_or_a_polyarchy(levels, appealed):
    """Over all patterns of agreement, a deviation stays if all agree, or if anybody does (Sah & Stiglitz 1986)."""
    for pattern in product((0, 1), repeat=levels):
        offered, granted = 1, 0
        for n, agrees in enumerate(pattern, 1):
            top = n == levels
            read = sign_off.to_read(offered, 0, granted)
            disputed = read & ~agrees
            offered &= ~sign_off.put_back(disputed, appealed, top)
            granted |= sign_off.agreed_to(read, disputed, appealed)
            if not sign_off.goes_up(disputed, appealed, top, sign_off.may_grant(offered, -1.0, n, top)):
                break
        assert offered == (max(pattern) if appealed else min(pattern))


@given(st.integers(0, 20), st.integers(0, 15))
def test_an_issue_is_read_by_the_rep_by_every_peer_asked_and_once_by_each_level_that_advises(peers, levels):
    assert path.most_readings(peers, levels) == len(["rep"] + ["peer"] * peers + ["level"] * levels)


@given(st.integers(0, 20), st.integers(0, 60))
def test_no_more_peers_are_asked_than_there_are(wanted, others):
    asked = path.peers_to_ask(wanted, others)
    assert asked <= wanted
    assert asked <= others
    assert asked in (wanted, others)


@given(ISSUE_SETS, ISSUE_SETS, ISSUE_SETS, ISSUE_SETS)
def test_deviations_need_an_expert_or_a_revealed_issue(template, wanted, able, revealed):
    implemented = offer.implementable(template, wanted, able, revealed)
    for t, w, a, r, i in zip(*map(bits, (template, wanted, able, revealed, implemented)), strict=True):
        assert i == (w if a or r else t)
    assert implemented < 2**MOST_ISSUES


@given(ISSUE_SETS, ISSUE_SETS, ISSUE_SETS, ISSUE_SETS)
def test_more_expertise_never_takes_an_implementable_deviation_away(template, wanted, able, more):
    fewer = offer.implementable(template, wanted, able, 0) ^ wanted
    assert (offer.implementable(template, wanted, able | more, 0) ^ wanted) & ~fewer == 0
    assert offer.implementable(template, wanted, 2**MOST_ISSUES - 1, 0) == wanted
    assert offer.implementable(template, wanted, 0, 0) == template


@given(st.integers(0, 20), st.integers(0, 20), within("quorum"), st.floats(0.5, 1), within("confidence"))
def test_a_rep_acts_when_enough_have_answered_or_it_is_sure(answers, asked, quorum, sure, bar):
    acts = path.ready_to_act(answers, asked, quorum, sure, bar)
    assert acts == (answers >= quorum or answers >= asked or sure >= bar)
    assert path.ready_to_act(answers, asked, quorum, bar, bar)
    assert path.ready_to_act(0, 0, quorum, 0.5, 1.0)  # nobody to ask: alone
    assert path.ready_to_act(answers + 1, asked, quorum, sure, bar) >= acts
