"""What people know, remember and dare: each rule against its formula, its bounds and brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.numbers import GRID
from simulation.rules import people
from tests.helpers.strategies import ANSWERS, ISSUE_SETS, LUCK, SHARES, even_draws, within

MINUTES = st.integers(0, 10**8)
MEMORY = st.floats(-1, 1)
MEMORIES = st.lists(MEMORY, min_size=1, max_size=20)


# --- expertise ---


@given(within("expertise_share"), within("specialisation"), LUCK, LUCK, LUCK)
def test_expertise_is_the_teams_where_specialised_and_the_persons_own_elsewhere(
    share, specialisation, which, own, group
):
    draw = group if which < specialisation else own
    assert people.is_expert(share, specialisation, which, own, group) == (draw < share)


@given(within("expertise_share"), LUCK, LUCK, LUCK, LUCK)
def test_full_specialisation_leaves_only_the_teams_draw_and_none_leaves_only_the_own(share, which, a, b, c):
    assert people.is_expert(share, 1.0, which, a, c) == people.is_expert(share, 1.0, which, b, c)
    assert people.is_expert(share, 0.0, which, a, b) == people.is_expert(share, 0.0, which, a, c)


@given(within("specialisation"), LUCK, LUCK, LUCK)
def test_everybody_or_nobody_is_expert_at_the_ends(specialisation, which, own, group):
    assert people.is_expert(1.0, specialisation, which, own, group)
    assert not people.is_expert(0.0, specialisation, which, own, group)


@pytest.mark.parametrize("specialisation", [0.0, 0.3, 1.0])
def test_the_declared_share_is_expert_whatever_the_specialisation(specialisation):
    draws = even_draws(40)
    experts = sum(
        people.is_expert(0.35, specialisation, which, own, group) for which in draws for own in draws for group in draws
    )
    assert experts / 40**3 == pytest.approx(0.35, abs=0.01)


# --- peers ---


@given(MINUTES, MINUTES, within("peer_head_start_hours").map(lambda hours: 60.0 * hours), st.floats(0, 60000))
def test_the_older_matter_goes_first_and_a_head_start_favours_the_request(own, request, head_start, more):
    first = people.own_work_first(own, request, head_start)
    assert first == (own + head_start < request) or abs(own + head_start - request) < 1e-6
    assert people.own_work_first(own, request, head_start + more) <= first


@given(MINUTES, MINUTES)
def test_without_a_head_start_it_is_one_queue(own, request):
    assert people.own_work_first(own, request, 0.0) == (own < request)


DOUBTS = st.lists(st.floats(0, 0.5), min_size=1, max_size=20)


@given(ISSUE_SETS, ISSUE_SETS, SHARES, DOUBTS)
def test_a_peer_is_as_useful_as_the_doubt_the_peer_may_settle_as_far_as_is_known(expertise, known, average, doubt):
    """An issue counts in full where the peer is known to be expert, not at all where known not to be, else by the average."""
    n = len(doubt)
    kinds = [(expertise >> k & 1 if known >> k & 1 else average) for k in range(n)]
    useful = people.usefulness(expertise, known, average, doubt, n)
    assert useful == pytest.approx(sum(d * kind for d, kind in zip(doubt, kinds, strict=True)))
    assert people.usefulness(expertise, known, average, [people.doubt_on(1.0)] * n, n) == 0.0


@given(ISSUE_SETS, ISSUE_SETS, ISSUE_SETS, SHARES, DOUBTS)
def test_what_is_not_known_of_a_peer_makes_no_difference(expertise, other, known, average, doubt):
    alike = expertise & known | other & ~known
    n = len(doubt)
    assert people.usefulness(alike, known, average, doubt, n) == people.usefulness(expertise, known, average, doubt, n)


@given(ISSUE_SETS, ISSUE_SETS, SHARES, DOUBTS)
def test_who_knows_a_peer_fully_needs_no_average_and_more_expertise_is_more_useful(expertise, more, average, doubt):
    n, everything = len(doubt), 2 ** len(doubt) - 1
    useful = people.usefulness(expertise, everything, average, doubt, n)
    assert useful == people.usefulness(expertise, everything, 0.0, doubt, n)
    assert people.usefulness(expertise | more, everything, average, doubt, n) >= useful
    assert people.usefulness(0, everything, average, doubt, n) == 0.0
    assert people.usefulness(expertise, 0, average, doubt, n) == pytest.approx(average * sum(doubt))


# --- memory ---


@given(MEMORY, within("memory_rate"), ANSWERS)
def test_memory_moves_the_rates_share_of_the_way_to_the_evidence(memory, rate, answer):
    toward = 1.0 if answer else -1.0
    moved = people.moved_memory(memory, rate, answer)
    assert moved == pytest.approx((1 - rate) * memory + rate * toward, abs=1e-12)
    assert min(memory, toward) - 1e-15 <= moved <= max(memory, toward) + 1e-15
    assert people.moved_memory(memory, 0.0, answer) == memory
    assert people.moved_memory(memory, 1.0, answer) == pytest.approx(toward, abs=1e-15)


@given(MEMORY, within("memory_rate"))
def test_memory_does_not_care_which_answer_is_called_one(memory, rate):
    assert people.moved_memory(-memory, rate, 0) == -people.moved_memory(memory, rate, 1)


@given(st.lists(ANSWERS, max_size=300), within("memory_rate"))
def test_memory_never_leaves_its_range(answers, rate):
    memory = 0.0
    for answer in answers:
        memory = people.moved_memory(memory, rate, answer)
        assert -1.0 <= memory <= 1.0


@given(ISSUE_SETS, MEMORIES, within("memory_bar"))
def test_memory_speaks_where_it_is_clear_enough_and_the_playbook_elsewhere(playbook, memory, bar):
    n = len(memory)
    template = people.memory_template(playbook & 2**n - 1, memory, bar, n)
    for k, m in enumerate(memory):
        clear = m != 0.0 and (m >= bar or m <= -bar)
        assert template >> k & 1 == (m > 0.0 if clear else playbook >> k & 1)
    assert template < 2**n


@given(ISSUE_SETS, MEMORIES, within("memory_bar"))
def test_templates_do_not_care_which_answers_are_called_one(playbook, memory, bar):
    n = len(memory)
    full = 2**n - 1
    template = people.memory_template(playbook & full, memory, bar, n)
    swapped = people.memory_template(~playbook & full, [-m for m in memory], bar, n)
    assert swapped == template ^ full


@given(ISSUE_SETS, st.integers(1, 20))
def test_a_newcomer_goes_by_the_playbook_at_any_bar(playbook, n):
    playbook &= 2**n - 1
    for bar in (0.0, 0.3, 1.0):
        assert people.memory_template(playbook, [0.0] * n, bar, n) == playbook


@pytest.mark.parametrize("bar", [0.25, 0.5, 1.0])
def test_memory_exactly_at_the_bar_counts(bar):
    assert people.memory_template(0b01, [-bar, bar], bar, 2) == 0b10


# --- playbook reviews ---

WEIGHTS = st.integers(0, 10**9).map(lambda steps: steps * GRID)  # sums of weights on the grid


@given(SHARES)
def test_evidence_counts_in_full_where_it_is_documented_and_by_its_share_elsewhere(undocumented):
    assert people.evidence_weight(1, undocumented) == 1.0
    assert people.evidence_weight(0, undocumented) == undocumented


@given(ANSWERS, WEIGHTS, WEIGHTS)
def test_a_review_follows_most_of_the_evidence_and_a_tie_keeps_the_playbook(current, ones, zeros):
    reviewed = people.reviewed_answer(current, ones, zeros)
    assert reviewed == (current if ones == zeros else int(ones > zeros))
    assert people.reviewed_answer(1 - current, zeros, ones) == 1 - reviewed
    assert people.reviewed_answer(current, ones, ones) == current


@given(WEIGHTS, WEIGHTS, within("review_evidence"))
def test_a_review_needs_enough_evidence_of_either_kind(ones, zeros, needed):
    assert people.enough_evidence(ones, zeros, needed) == (ones + zeros >= needed)
    assert people.enough_evidence(float(needed), 0.0, needed)
    assert people.enough_evidence(0.0, float(needed), needed)
    assert not people.enough_evidence(0.0, needed - GRID, needed)


# --- willingness ---


@given(SHARES, within("sanction_step"), within("reward_step"))
def test_willingness_falls_with_sanctions_and_rises_with_success(willingness, step, reward):
    lower = people.willingness_after_sanction(willingness, step)
    higher = people.willingness_after_success(willingness, reward)
    assert 0.0 <= lower <= willingness <= higher <= 1.0
    assert lower == pytest.approx(willingness * (1 - step), abs=1e-12)
    assert 1 - higher == pytest.approx((1 - willingness) * (1 - reward), abs=1e-12)


@given(SHARES)
def test_whole_steps_reach_the_ends_and_no_step_changes_nothing(willingness):
    assert people.willingness_after_sanction(willingness, 1.0) == 0.0
    assert people.willingness_after_success(willingness, 1.0) == pytest.approx(1.0, abs=1e-15)
    assert people.willingness_after_sanction(willingness, 0.0) == willingness
    assert people.willingness_after_success(willingness, 0.0) == willingness
