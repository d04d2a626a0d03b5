"""Where a deviation needs somebody expert (MODEL rules 4 and 7): on either path, on the cluster's alone, or nowhere."""

from typing import Any

import pytest

from simulation import PRESETS, Customer, Regime, Scenario, SellingModel, agents, codes, ensemble
from simulation import case as cases
from tests.helpers.handmade_situations import answer_of, asks_for_sign_off, customer_of, discovered, firm, reviewed
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn

SIGNED = {"sign_off_over": -1.0, "guardrail_over": -1.0, "authority_per_level": 20.0}
FREE = {"sign_off_over": float("inf"), "guardrail_over": float("inf")}
PATHS = (codes.PROCESS, codes.CLUSTER)


def departing(needs_expert: str, path: int, numbers: dict[str, Any], expertise: int = 0) -> tuple[SellingModel, Customer]:
    """A case read without error by its rep, who wants to depart from playbook and template on all six issues."""
    model = firm(CONTESTED, numbers, needs_expert=needs_expert, ambiguity=0.0)
    for person in (*model.reps, *model.managers):
        person.expertise = 0
    model.reps[0].expertise = expertise
    case = customer_of(model.reps[0], path=path)
    case.need = 0b111111
    return model, discovered(model.reps[0], case)


# --- without a sign-off ---


@pytest.mark.parametrize(
    ("needs_expert", "path", "offer"),
    [
        ("either path", codes.PROCESS, 0b000011), ("either path", codes.CLUSTER, 0b000011),
        ("cluster path", codes.PROCESS, 0b111111), ("cluster path", codes.CLUSTER, 0b000011),
        ("neither path", codes.PROCESS, 0b111111), ("neither path", codes.CLUSTER, 0b111111),
    ],
)
def test_the_rule_holds_where_it_is_said_to(needs_expert: str, path: int, offer: int) -> None:
    """Where nobody signs, what has no expert falls back to the template at once."""
    _, case = departing(needs_expert, path, FREE, expertise=0b000011)
    assert not asks_for_sign_off(case)
    assert case.offer == offer


@pytest.mark.parametrize("path", PATHS)
def test_the_customers_word_is_as_good_as_an_expert(path: int) -> None:
    _, case = departing("either path", path, FREE, expertise=0b000001)
    case.revealed = 0b100000
    asks_for_sign_off(case)
    assert case.offer == 0b100001


@pytest.mark.parametrize("path", PATHS)
def test_a_peer_who_answered_takes_part_with_all_that_peer_knows(path: int) -> None:
    model, case = departing("either path", path, FREE, expertise=0b000001)
    model.reps[1].expertise, model.reps[2].expertise = 0b001100, 0b110000
    answer_of(model.reps[1], case)
    asks_for_sign_off(case)
    assert case.offer == 0b001101


def test_what_has_no_expert_falls_back_to_the_memory_in_a_cluster_and_to_the_playbook_in_the_process() -> None:
    for path, offer in ((codes.CLUSTER, 0b010100), (codes.PROCESS, 0b001000)):
        model, case = departing("either path", path, FREE)
        model.playbook, case.template = 0b001000, 0b010100
        asks_for_sign_off(case)
        assert case.offer == offer


@pytest.mark.parametrize(("path", "signed"), [(codes.PROCESS, True), (codes.CLUSTER, False)])
def test_the_process_asks_for_what_is_wanted_and_a_guardrail_looks_at_what_could_be_sent(path: int, signed: bool) -> None:
    """Six deviations are wanted, one could be sent, and two are free."""
    _, case = departing("either path", path, {"sign_off_over": 2.0, "guardrail_over": 2.0}, expertise=0b000001)
    assert asks_for_sign_off(case) == signed


# --- with a sign-off ---


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("advice", ["veto", "adds", "any"])
def test_a_manager_who_reviews_is_one_of_the_experts_that_may_be_needed(path: int, advice: str) -> None:
    """All that is wanted is proposed; what nobody among rep and reviewers is expert on falls back when it comes back."""
    model, case = departing("either path", path, SIGNED | {"advice": advice}, expertise=0b000001)
    model.managers[0].expertise, model.managers[1].expertise = 0b000110, 0b111000
    assert asks_for_sign_off(case)
    assert case.offer == 0b111111
    assert not reviewed(model.managers[0], case)
    assert case.offer == 0b000111
    assert case.able == 0b000111


@pytest.mark.parametrize("path", PATHS)
def test_every_level_that_reviews_takes_part(path: int) -> None:
    model, case = departing("either path", path, SIGNED | {"authority_per_level": -1.0, "advice": "veto"})
    model.managers[0].expertise, model.managers[3].expertise = 0b000010, 0b001000
    asks_for_sign_off(case)
    assert reviewed(model.managers[0], case)
    assert case.offer == 0b111111  # still on its way: the next level may know more
    assert not reviewed(model.managers[3], case)
    assert case.offer == 0b001010


def test_where_only_the_cluster_is_bound_managers_do_not_count_and_it_is_settled_before_they_see_it() -> None:
    model, case = departing("cluster path", codes.CLUSTER, SIGNED | {"advice": "veto"}, expertise=0b000001)
    model.managers[0].expertise = 0b111111
    assert asks_for_sign_off(case)
    assert case.offer == 0b000001
    assert not reviewed(model.managers[0], case)
    assert (case.offer, case.able) == (0b000001, 0b000001)


@pytest.mark.parametrize("needs_expert", ["cluster path", "neither path"])
def test_on_the_process_path_all_that_managers_agree_to_stands_where_it_is_not_bound(needs_expert: str) -> None:
    model, case = departing(needs_expert, codes.PROCESS, SIGNED | {"advice": "veto"})
    asks_for_sign_off(case)
    assert not reviewed(model.managers[0], case)
    assert case.offer == 0b111111


def test_what_a_manager_has_put_back_to_the_playbook_needs_nobody_expert() -> None:
    """In a cluster whose memory departs from the playbook on issue 0, that may be a deviation from the template."""
    model, case = departing("either path", codes.CLUSTER, SIGNED | {"advice": "veto"})
    case.template = case.need = 0b000001
    case.offer, model.playbook = 0b000001, 0
    case.need = 0
    assert not reviewed(model.managers[0], case)
    assert case.forced == 0b000001
    assert case.offer == 0


def test_what_was_put_back_in_an_earlier_request_needs_somebody_expert_when_it_is_asked_for_again() -> None:
    """At a shared desk another manager, who reads it otherwise, reviews the revised offer; nobody is expert on issue 0."""
    model, case = departing("either path", codes.PROCESS, SIGNED | {"advice": "veto", "desk": "shared"})
    case.need = 0b000000
    case.offer = 0b000001
    reviewed(model.managers[0], case)
    assert case.forced == 0b000001
    case.need = case.offer = 0b000001  # the second manager reads it as the rep does
    reviewed(model.managers[1], case)
    assert case.offer == 0


def test_what_has_no_expert_falls_back_to_the_playbook_as_it_is_when_the_request_comes_back() -> None:
    """A review of the playbook has turned issue 3 while the request lay with the manager."""
    model, case = departing("either path", codes.PROCESS, SIGNED | {"advice": "veto"}, expertise=0b000001)
    case.need = 0b110111
    for k in range(6):
        case.plain[k] = 2 * (case.need >> k & 1) - 1
    assert asks_for_sign_off(case)
    assert case.offer == 0b110111
    model.playbook = 0b001100
    assert not reviewed(model.managers[0], case)
    assert (case.template, case.offer) == (0b001100, 0b001101)


@pytest.mark.parametrize("advice", ["adds", "any"])
def test_in_a_bound_cluster_advice_makes_nothing_possible_that_nobody_who_takes_part_is_expert_on(advice: str) -> None:
    model, case = departing("cluster path", codes.CLUSTER, SIGNED | {"advice": advice}, expertise=0b000001)
    assert asks_for_sign_off(case)
    assert case.offer == 0b000001
    reviewed(model.managers[0], case)
    assert case.offer == 0b000001


def test_authority_is_asked_for_what_could_be_sent_and_not_for_what_is_dreamt_of() -> None:
    """Six deviations are wanted, and rep and manager are expert on two of them: these are what a manager has to grant."""
    for authority, up in ((1.0, True), (2.0, False)):
        model, case = departing("either path", codes.PROCESS, SIGNED | {"authority_per_level": authority, "advice": "veto"}, 0b1)
        model.managers[0].expertise = 0b10
        assert asks_for_sign_off(case)
        assert reviewed(model.managers[0], case) == up
        assert case.offer == (0b111111 if up else 0b11)


# --- in whole runs ---


def watch_offers(monkeypatch: pytest.MonkeyPatch, scenario: Scenario, regime: Regime, seed: int) -> list[tuple[int, int, int]]:
    """Path, deviations from the template, and the issues on which somebody may depart from it, of every offer sent."""
    sent: list[tuple[int, int, int]] = []
    send_offer = agents.Rep.send_offer

    def watched(rep: agents.Rep, case: Customer, now: int) -> None:
        sent.append((case.path, case.offer ^ case.template, case.able | case.revealed | case.forced))
        send_offer(rep, case, now)

    with monkeypatch.context() as patch:
        patch.setattr(agents.Rep, "send_offer", watched)
        SellingModel(scenario, regime, seed).run_to_horizon()
    return sent


BRIEF = changed(BUSY, horizon_weeks=5, window_weeks=2, warmup_weeks=1, expertise_share=0.2, manager_expertise_share=0.2)
INPUTS: dict[str, tuple[Scenario, Regime, int]] = {
    **{name: (BRIEF, PRESETS[name], 2) for name in PRESETS}, "contested": (BRIEF, CONTESTED, 2),
    **{f"drawn {n}": drawn(n, size=0.3) for n in range(740, 746)},
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("needs_expert", ["either path", "cluster path", "neither path"])
def test_no_offer_departs_from_its_template_without_somebody_who_may(
    name: str, needs_expert: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, regime, seed = INPUTS[name]
    bound = {"either path": PATHS, "cluster path": (codes.CLUSTER,), "neither path": ()}[needs_expert]
    sent = watch_offers(monkeypatch, changed(scenario, needs_expert=needs_expert), regime, seed)
    assert not any(departs & ~may for path, departs, may in sent if path in bound)
    if name in (*PRESETS, "contested"):
        assert any(departs for _, departs, _ in sent)


@pytest.mark.parametrize(
    ("needs_expert", "name"), [("cluster path", "strict"), ("neither path", "cluster"), ("neither path", "solo")]
)
def test_where_nobody_need_be_expert_offers_do_depart_without(
    needs_expert: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = watch_offers(monkeypatch, changed(BRIEF, needs_expert=needs_expert), PRESETS[name], 2)
    assert sum((departs & ~may) != 0 for _, departs, may in sent) > 10


def test_managers_who_took_part_have_made_more_possible() -> None:
    """Of the same readings, what a rep and the managers who signed are expert on is offered, not only what the rep is."""
    widened = 0
    for key in range(60):
        model = firm(PRESETS["strict"], SIGNED, needs_expert="either path", expertise_share=0.3, manager_expertise_share=0.3)
        case = discovered(model.reps[0], customer_of(model.reps[0], key))
        alone = cases.wanted(model.settings, model.tables, case) & model.reps[0].expertise
        asks_for_sign_off(case)
        reviewed(model.managers[0], case)
        assert case.offer & ~(model.reps[0].expertise | model.managers[0].expertise) == 0
        widened += (case.offer & ~alone) != 0
    assert widened > 5


# --- what a rep is confident of ---

ALONE = {**FREE, "confidence": 0.9, "peers_asked": 3, "quorum": 3}
FIRST_TWO, FIRST_FOUR = 0b000011, 0b001111


def confident(confident_of: str, needs_expert: str = "cluster path", expertise: int = FIRST_TWO) -> tuple[SellingModel, Customer]:
    """A case on the cluster path whose rep reads without error that all six issues depart from the template."""
    model = firm(CONTESTED, ALONE, needs_expert=needs_expert, confident_of=confident_of, ambiguity=0.0)
    for person in (*model.reps, *model.managers):
        person.expertise = 0
    model.reps[0].expertise = expertise
    case = customer_of(model.reps[0], path=codes.CLUSTER)
    case.need = 0b111111
    return model, discovered(model.reps[0], case)


def asks_peers(model: SellingModel, case: Customer) -> bool:
    rep = model.reps[0]
    return bool(cases.may_ask(case.settings, model.tables, model, case, rep.memory, 8))


@pytest.mark.parametrize(
    ("confident_of", "needs_expert", "sure"),
    [
        ("the offer", "cluster path", 2 / 6), ("the need", "cluster path", 1.0),
        ("the offer", "neither path", 1.0), ("the need", "neither path", 1.0),
    ],
)
def test_confidence_is_in_the_offer_that_could_be_sent_or_in_the_need(confident_of: str, needs_expert: str, sure: float) -> None:
    model, case = confident(confident_of, needs_expert)
    assert cases.assurance(case.settings, model.tables, case) == pytest.approx(sure, abs=1e-6)
    assert asks_peers(model, case) == (sure < 0.9)


def test_who_could_do_what_is_known_is_asked_first() -> None:
    """The doubt is on the issues that the rep reads and cannot meet; confident of the need, there is none on any."""
    for confident_of, left in (("the offer", 1.0), ("the need", 0.0)):
        model, case = confident(confident_of)
        doubt = [0.5] * 6
        cases.note_doubts(case.settings, model.tables, case, doubt)
        assert doubt == pytest.approx([0.0, 0.0, left, left, left, left], abs=1e-6)


def test_an_expert_who_answers_makes_a_rep_confident_as_far_as_that_expertise_goes() -> None:
    model, case = confident("the offer")
    model.reps[1].expertise = FIRST_FOUR
    answer_of(model.reps[1], case)
    assert cases.assurance(case.settings, model.tables, case) == pytest.approx(4 / 6, abs=1e-6)
    case.revealed = 0b110000
    assert cases.assurance(case.settings, model.tables, case) == pytest.approx(1.0, abs=1e-6)


def test_an_issue_left_to_the_template_against_the_reading_counts_by_the_chance_that_the_template_is_right() -> None:
    """With readings that may err: the mean over the issues of P(need = offer), issue by issue."""
    model = firm(CONTESTED, ALONE, confident_of="the offer", ambiguity=0.5, ambiguity_spread=0.0)
    model.reps[0].expertise = FIRST_TWO
    case = discovered(model.reps[0], customer_of(model.reps[0], path=codes.CLUSTER))
    settings, tables = case.settings, model.tables
    cases.may_ask(settings, tables, model, case, model.reps[0].memory, 8)
    agrees = [cases.agreement(settings, tables, case, case.template, k) for k in range(6)]
    able = [k in (0, 1) for k in range(6)]
    expected = [1 - p if p < 0.5 and can else p for p, can in zip(agrees, able, strict=True)]
    assert min(agrees) < 0.5
    assert cases.assurance(settings, tables, case) == pytest.approx(sum(expected) / 6, abs=1e-9)


def test_the_clearer_the_market_the_more_a_cluster_wins_if_reps_are_confident_of_the_offer() -> None:
    """Confident of the need they win the less the clearer it is: sure of themselves, they ask nobody who could do it."""
    won = {}
    for confident_of in ("the offer", "the need"):
        for ambiguity in (0.02, 0.3):
            scenario = changed(confident_of=confident_of, ambiguity=ambiguity, ambiguity_spread=0.0, needs_expert="either path")
            won[confident_of, ambiguity] = ensemble(scenario, {"cluster": PRESETS["cluster"]}, range(12)).won.mean()
    assert won["the offer", 0.02] > won["the offer", 0.3]
    assert won["the offer", 0.02] > 1.2 * won["the need", 0.02]
