"""Special cases whose outcome is known without running them."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import PRESETS, Regime, Run, Scenario, codes, simulate
from tests.helpers.scenarios import BUSY, CONTESTED, changed

REGIMES = {**PRESETS, "contested": CONTESTED}
NEVER = math.inf


def regime(name: str, **values: Any) -> Regime:
    """A preset with some values changed."""
    return Regime.model_validate({**dict(REGIMES[name]), **values})


def log_of(scenario: Scenario, regime: Regime, seed: int = 3) -> pd.DataFrame:
    """The event log of a run."""
    return simulate(scenario, regime, seed).log


def rows(log: pd.DataFrame, activity: str, outcome: str = "done") -> pd.DataFrame:
    """The rows of an activity with an outcome."""
    return log[(log.activity == activity) & (log.outcome == outcome)]


def log_bytes(scenario: Scenario, regime: Regime, seed: int = 3) -> bytes:
    """The raw event log of a run."""
    return simulate(scenario, regime, seed).record.log.tobytes()


# --- Nothing to interpret, nothing that varies ---


@pytest.mark.parametrize("name", REGIMES)
def test_in_a_uniform_and_plain_market_everybody_follows_the_playbook_and_wins(name: str) -> None:
    log = log_of(changed(variety=0.0, ambiguity=0.0, turbulence_per_year=0.0), REGIMES[name])
    replies = log[log.activity == "reply"]
    assert len(rows(log, "draft")) > 100
    assert (rows(log, "draft").deviations == 0).all()
    assert (rows(log, "playbook review").deviations == 0).all()
    assert not (log.activity == "review").any()
    assert (replies.amount == 1.0).all()
    assert (replies.outcome == "won").all()


@pytest.mark.parametrize("name", ["strict", "lean"])
def test_without_ambiguity_nobody_disagrees_and_every_answered_offer_is_best(name: str) -> None:
    log = log_of(changed(ambiguity=0.0, turbulence_per_year=0.0, needs_expert="neither path"), REGIMES[name])
    assert len(rows(log, "review")) > 100
    assert (rows(log, "review").forced_fits == 0).all()
    assert (log[log.activity == "reply"].amount == 1.0).all()


def test_full_ambiguity_without_relief_makes_readings_worthless() -> None:
    """At e = 1/2 nobody learns anything from a reading: only what customers reveal departs from the template."""
    noise = changed(ambiguity=1.0, relief=0.0, turbulence_per_year=0.0, second_chance=0.0)
    log = log_of(noise, regime("strict", review_weeks=NEVER))
    assert (rows(log, "draft").deviations == 0).all()
    assert not (log.activity == "review").any()
    assert log[log.activity == "reply"].amount.lt(1.0).any()


# --- Regimes that coincide ---


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    "values",
    [{"willingness": 0.0}, {"divert_below": 0.0}, {"divert_below": 0.0, "peers_asked": 0, "quorum": 0}],
)
def test_blended_without_diversions_or_memory_is_strict_to_the_byte(values: dict[str, float], seed: int) -> None:
    blended = regime("blended", memory_rate=0.0, advice="veto", **values)
    strict = log_bytes(BUSY, PRESETS["strict"], seed)
    assert log_bytes(BUSY, blended, seed) == strict
    assert log_bytes(BUSY, regime("blended", memory_rate=0.0, advice="veto"), seed) != strict


def test_a_cluster_that_asks_nobody_is_solo_to_the_byte() -> None:
    assert log_bytes(BUSY, regime("cluster", peers_asked=0, quorum=0)) == log_bytes(BUSY, PRESETS["solo"])
    assert log_bytes(BUSY, regime("solo", peers_asked=3, quorum=3)) == log_bytes(BUSY, PRESETS["cluster"])


def test_always_diverting_is_diverting_at_any_fit() -> None:
    """A predicted fit can reach 1 only where nothing is in doubt, so a bar of 1 means always."""
    cluster = log_bytes(BUSY, PRESETS["cluster"])
    assert log_bytes(BUSY, regime("cluster", divert_below=1.0)) == cluster
    assert log_bytes(BUSY, regime("cluster", divert_below=0.5)) != cluster


def test_a_regime_is_nothing_but_its_numbers() -> None:
    numbers = dict(PRESETS["cluster"])
    assert log_bytes(BUSY, Regime(**numbers)) == log_bytes(BUSY, PRESETS["cluster"])
    assert log_bytes(BUSY, regime("strict", **numbers)) == log_bytes(BUSY, PRESETS["cluster"])


IRRELEVANT: dict[str, dict[str, Any]] = {
    "strict": {
        "willingness": 0.3, "guardrail_over": 0.0, "cluster_documentation_hours": 2.0,
        "cluster_size": 4, "cross_team_share": 0.1, "peers_asked": 5,
        "quorum": 1, "confidence": 0.6, "peer_head_start_hours": 50.0, "sanction": 1.0,
    },
    "cluster": {"documentation_hours": 50.0, "sign_off_over": 3.0, "authority_per_level": 0.0, "desk": "shared",
        "refusal": "appealed", "advice": "any",
    },
    "blended": {},
}
IRRELEVANT["lean"] = IRRELEVANT["strict"]
IRRELEVANT["solo"] = IRRELEVANT["cluster"] | {
    "cluster_size": 4, "cross_team_share": 0.1, "confidence": 0.6, "peer_head_start_hours": 50.0,
}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, values in IRRELEVANT.items() for key in values])
def test_a_number_that_a_regime_does_not_use_changes_nothing(name: str, key: str) -> None:
    value = IRRELEVANT[name][key]
    assert getattr(PRESETS[name], key) != value
    assert log_bytes(BUSY, regime(name, **{key: value})) == log_bytes(BUSY, PRESETS[name])


@pytest.mark.parametrize("name", PRESETS)
def test_every_other_number_of_a_regime_changes_something(name: str) -> None:
    others = {
        "dispatch": "direct" if PRESETS[name].dispatch == "manager" else "manager", "divert_below": 0.6,
        "willingness": 0.3, "documentation_hours": 9.0, "cluster_documentation_hours": 2.0,
        "sign_off_over": 2.0, "guardrail_over": 1.0,
        "authority_per_level": -1.0, "cluster_size": 4, "cross_team_share": 0.1, "peers_asked": 2, "quorum": 1,
        "confidence": 0.6, "peer_head_start_hours": 50.0, "review_weeks": 2.0, "memory_rate": 0.7, "sanction": 1.0,
        "desk": "shared", "refusal": "appealed", "advice": "any", "divert_by": "doubt",
    }
    assert set(others) == set(Regime.model_fields)
    # Nobody waits for more answers than are asked for, and only a veto can be appealed.
    alongside: dict[str, Any] = {
        "peers_asked": {"peers_asked": 1, "quorum": 1}, "quorum": {"peers_asked": 2, "quorum": 2}, "refusal": {"advice": "veto"},
    }
    for key in set(others) - set(IRRELEVANT[name]):
        before = alongside.get(key, {})
        assert log_bytes(BUSY, regime(name, **{**before, key: others[key]})) != log_bytes(BUSY, regime(name, **before)), key


# --- The cluster ---


def test_a_pure_cluster_has_neither_sign_offs_nor_documents_nor_playbook_reviews() -> None:
    log = log_of(BUSY, PRESETS["cluster"])
    assert (rows(log, "discover").path == "cluster").all()
    assert not log.activity.isin(["review", "document", "playbook review"]).any()
    assert (log.activity == "confer").sum() > 50


@pytest.mark.parametrize(
    ("values", "others"),
    [({"peers_asked": 0, "quorum": 0}, {}), ({"quorum": 0}, {}), ({"confidence": 0.5}, {}),
     ({}, {"reps": 1}), ({"cluster_size": 1, "peers_asked": 0, "quorum": 0}, {})],
)
def test_who_needs_no_answer_or_can_ask_nobody_drafts_straight_on(values: Any, others: dict[str, int]) -> None:
    log = log_of(changed(**others, opportunities_per_rep_week=6.0, undocumented_share=1.0), regime("cluster", **values))
    discovered = rows(log, "discover").set_index("case").end
    first_offers = rows(log, "draft").groupby("case").start.first()
    assert not log.activity.isin(["consult", "confer"]).any()
    assert len(first_offers) > 20
    assert (first_offers == discovered[first_offers.index]).all()


def test_the_quorum_is_what_a_rep_waits_for() -> None:
    unsure = {"confidence": 1.0, "peers_asked": 4, "cluster_size": 5, "cross_team_share": 0.0}
    for quorum in (1, 2, 4):
        log = log_of(changed(ambiguity=0.9, forgotten_per_week=0.0), regime("cluster", quorum=quorum, **unsure))
        confers = log[log.activity == "confer"]
        assert len(confers) > 20
        assert (confers.answers == quorum).all()


def test_confidence_saves_answers() -> None:
    bar = {
        confidence: rows(log_of(changed(forgotten_per_week=0.0), regime("cluster", confidence=confidence)), "confer")
        for confidence in (0.8, 1.0)
    }
    assert bar[0.8].answers.mean() < bar[1.0].answers.mean()
    early = bar[0.8][bar[0.8].answers < 3]
    assert len(early) > 10
    assert (early.amount >= 0.8).all()


def test_a_guardrail_sends_what_exceeds_it_to_a_manager_and_nothing_else() -> None:
    no_memory = {"memory_rate": 0.0}  # the template is the playbook, so that nothing wanted lies between offer and playbook
    log = log_of(changed(second_chance=0.0), regime("cluster", guardrail_over=1.0, authority_per_level=20.0, **no_memory))
    assert len(rows(log, "review")) > 20
    assert (rows(log, "review").deviations > 1).all()
    assert (rows(log, "review").path == "cluster").all()


# --- Authority ---


def test_who_may_grant_nothing_passes_everything_on_to_the_top() -> None:
    log = log_of(changed(second_chance=0.0), regime("strict", authority_per_level=-1.0))
    reviews = rows(log, "review")
    back = reviews[reviews.case.isin(rows(log, "draft").case)].groupby("case")["level"].max()
    assert set(reviews.level) == {1, 2}
    assert len(back) > 20
    assert (back == 2).all()


def test_full_authority_keeps_every_request_at_the_first_level() -> None:
    reviews = rows(log_of(BUSY, regime("strict", authority_per_level=20.0)), "review")
    assert len(reviews) > 50
    assert (reviews.level == 1).all()


def test_where_every_offer_needs_a_signature_every_offer_gets_one() -> None:
    log = log_of(changed(variety=0.0, ambiguity=0.0), regime("strict", sign_off_over=-1.0))
    reviews, drafts = rows(log, "review"), rows(log, "draft")
    assert len(drafts) > 50
    assert set(drafts.case) <= set(reviews.case)


# --- Refusals ---


def test_where_one_agreement_is_enough_most_requests_end_at_the_first_level() -> None:
    reviews = rows(log_of(changed(least_levels=4), regime("strict", refusal="appealed")), "review")
    per_level = reviews.groupby("level").size()
    assert list(per_level.index) == [1, 2, 3, 4]
    assert per_level.is_monotonic_decreasing
    assert (reviews[reviews.level < 4].forced_fits == 0).all()
    assert (reviews[reviews.level == 4].forced_fits > 0).any()


def test_with_one_level_there_is_nobody_to_appeal_to() -> None:
    small = changed(reps=5)
    assert log_bytes(small, regime("strict", refusal="appealed")) == log_bytes(small, PRESETS["strict"])
    assert log_bytes(BUSY, regime("strict", refusal="appealed")) != log_bytes(BUSY, PRESETS["strict"])


def test_levels_that_the_span_makes_anyhow_change_nothing() -> None:
    for name in REGIMES:
        assert log_bytes(changed(least_levels=2), REGIMES[name]) == log_bytes(BUSY, REGIMES[name])
    assert log_bytes(changed(least_levels=3), regime("strict", authority_per_level=-1.0)) != log_bytes(
        BUSY, regime("strict", authority_per_level=-1.0)
    )


def test_managers_above_the_top_one_sign_in_turn() -> None:
    scenario = changed(least_levels=5, second_chance=0.0)
    run = simulate(scenario, regime("strict", authority_per_level=-1.0), 3)
    reviews = rows(run.log, "review")
    signed = reviews[reviews.case.isin(rows(run.log, "draft").case)].groupby("case")["level"].agg(list)
    assert len(signed) > 20
    assert all(levels == [1, 2, 3, 4, 5] for levels in signed)
    in_window = (reviews.end > 60 * run.settings.window_start) & (reviews.end <= 60 * run.settings.window_end)
    used = reviews[in_window].minutes.sum() / 60
    hours = run.outcomes["manager_utilisation"] * 7 * 2 * 5 * 6  # seven managers, 2 hours on each of 5 days, 6 weeks
    assert used > 100
    assert hours >= used
    wasted = run.log[(run.log.activity == "review") & (run.log.outcome == "wasted")].minutes.sum() / 60
    assert hours <= used + wasted + 1e-9


# --- Candour ---


def test_without_candour_and_learning_the_rep_offers_the_same_again() -> None:
    calm = {"forgotten_per_week": 0.0, "opportunities_per_rep_week": 0.5, "patience_mean_weeks": 50.0, "expiry_weeks": NEVER,
            "review_hours_per_day": 8}
    log = log_of(changed(candour=0.0, second_chance=0.9, **calm), regime("strict", review_weeks=NEVER))
    replies = log[log.activity == "reply"].groupby("case")
    assert (replies.amount.nunique() == 1).all()
    assert replies.size().max() > 7  # more offers than six revealed issues would have ended with
    assert log_bytes(changed(candour=1.0, second_chance=0.9), PRESETS["strict"]) == log_bytes(
        changed(second_chance=0.9), PRESETS["strict"]
    )


# A customer who never takes anything but the best, never says why, and has all the time in the world.
ENDLESS = changed(
    candour=0.0, second_chance=1.0, interdependence=6, selectivity=10.0, reps=2, opportunities_per_rep_week=0.2,
    prospecting_hours=NEVER, patience_mean_weeks=1000.0, patience_shape=5.0, expiry_weeks=NEVER, drafting_hours=1.0,
    customising_hours=0.0, reply_lag_hours=1.0, sign_off_hours=0.1, selling_hours_per_day=8, review_hours_per_day=8,
    forgotten_per_week=0.0, horizon_weeks=30,
)


@pytest.mark.parametrize("name", ["strict", "cluster"])
def test_offers_of_an_endless_case_are_all_made_and_answered(name: str) -> None:
    kernel, mesa = (simulate(ENDLESS, PRESETS[name], 3, engine) for engine in ("kernel", "mesa"))
    assert kernel.record.log.tobytes() == mesa.record.log.tobytes()
    replies = kernel.log[kernel.log.activity == "reply"]
    made = replies.groupby("case").size()
    assert made.max() > 150
    assert (replies.groupby("case").answers.max() == made).all()


def test_offers_of_an_endless_case_are_all_counted() -> None:
    run = simulate(ENDLESS, PRESETS["strict"], 3)
    made = run.log[run.log.activity == "reply"].groupby("case").size()
    assert made.max() > 150
    assert (run.cases.offers[made.index] == made).all()


# --- Sanctions, turnover, learning ---


def willingness_by_hand(run: Run, start: float, step: float, reward: float) -> list[float]:
    """Mean willingness at the end of each week from the log alone: start, down by step, up by reward."""
    log, n_reps = run.log, run.settings.reps
    tick = (log.end - (log.activity == "discover")) // 60
    reps = dict.fromkeys((f"rep {r}" for r in range(n_reps)), start)
    rep_of = log[log.activity == "open"].set_index("case").resource
    means = []
    for week in range(len(run.weekly)):
        for row in log[tick // 40 == week].itertuples():
            if row.activity == "turnover":
                reps[row.resource] = start
            elif row.outcome == "sanctioned":
                reps[row.resource] *= 1.0 - step
            elif row.outcome == "won" and row.path == "cluster":
                reps[rep_of[row.case]] += reward * (1.0 - reps[rep_of[row.case]])
        means.append(sum(reps.values()) / n_reps)
    return means


@pytest.mark.parametrize(("start", "step", "reward"), [(1.0, 1.0, 0.0), (0.8, 0.5, 0.3), (1.0, 1.0, 1.0)])
def test_willingness_falls_by_sanctions_and_rises_by_won_diverted_deals_only(
    start: float, step: float, reward: float
) -> None:
    scenario = changed(sanction_step=step, reward_step=reward)
    run = simulate(scenario, regime("blended", sanction=0.7, willingness=start), 5)
    assert rows(run.log, "discover", "sanctioned").shape[0] > 10
    assert np.allclose(run.weekly.willingness, willingness_by_hand(run, start, step, reward), rtol=1e-12)


def test_after_a_full_sanction_nobody_diverts_again() -> None:
    scenario = changed(sanction_step=1.0, reward_step=0.0, turnover_per_year=0.0)
    run = simulate(scenario, regime("blended", sanction=1.0), 3)
    diverted = run.log[(run.log.path == "cluster") & (run.log.activity == "discover")]
    assert (diverted.outcome == "sanctioned").all()
    assert diverted.resource.is_unique
    assert len(diverted) == 15
    assert run.weekly.willingness.iloc[-1] == 0.0


def test_only_a_won_diverted_deal_brings_willingness_back_after_a_full_sanction() -> None:
    scenario = changed(sanction_step=1.0, reward_step=0.5, turnover_per_year=0.0)
    log = log_of(scenario, regime("blended", sanction=1.0))
    rep_of = log[log.activity == "open"].set_index("case").resource
    wins = log[(log.outcome == "won") & (log.path == "cluster")]
    wins = wins.assign(rep=wins.case.map(rep_of))
    again = 0
    for rep, diverted in rows(log, "discover", "sanctioned").groupby("resource", observed=True):
        own = wins[wins.rep == rep]
        for before, after in zip(diverted.index, diverted.index[1:], strict=False):
            assert ((own.index > before) & (own.index < after)).any()
            again += 1
    assert again > 3


def test_without_turnover_nobody_is_replaced() -> None:
    assert (log_of(BUSY, PRESETS["blended"]).activity == "turnover").any()
    assert not (log_of(changed(turnover_per_year=0.0), PRESETS["blended"]).activity == "turnover").any()


@pytest.mark.parametrize("name", ["strict", "blended"])
def test_a_playbook_that_is_never_reviewed_never_changes(name: str) -> None:
    calm = changed(turbulence_per_year=0.0, variety=1.0)
    run = simulate(calm, regime(name, review_weeks=NEVER), 3)
    assert not (run.log.activity == "playbook review").any()
    assert (run.weekly.playbook_accuracy == 1.0).all()
    assert not (simulate(calm, regime(name, review_weeks=1.0), 3).weekly.playbook_accuracy == 1.0).all()


def test_without_a_memory_rate_templates_are_the_first_playbook() -> None:
    run = simulate(BUSY, regime("cluster", memory_rate=0.0), 3)
    shifts = np.zeros((6, run.settings.n_ticks + 1), int)
    for row in run.log[run.log.activity == "market shift"].itertuples():
        shifts[row.level, row.end // 60 + 1 :] ^= 1
    accuracy = 1.0 - shifts[:, run.weekly.hour.astype(int)].mean(axis=0)
    assert np.allclose(run.weekly.memory_accuracy, accuracy)
    assert accuracy.min() < 1.0


def test_playbook_reviews_come_every_so_many_weeks() -> None:
    log = log_of(BUSY, regime("strict", review_weeks=2.5))
    assert list(log[log.activity == "playbook review"].end) == [6000, 12000, 18000, 24000]


# --- Small and empty firms ---


@pytest.mark.parametrize("engine", ["kernel", "mesa"])
@pytest.mark.parametrize("name", PRESETS)
def test_without_customers_nothing_happens(name: str, engine: Any) -> None:
    silent = changed(
        opportunities_per_rep_week=0.0, prospecting_hours=NEVER, turnover_per_year=0.0, turbulence_per_year=0.0
    )
    run = simulate(silent, PRESETS[name], 3, engine=engine)
    assert set(run.log.activity) <= {"playbook review"}
    assert len(run.cases) == 0
    counts = (
        "opened",
        "won",
        "lost",
        "no_decision",
        "still_open",
        "value_won",
        "created",
        "sanctions",
        "rep_utilisation",
    )
    assert [run.outcomes[name] for name in counts] == [0.0] * len(counts)
    for name in ("won_share", "no_decision_share", "flow_efficiency", "hours_per_deal", "cycle_days"):
        assert math.isnan(run.outcomes[name])
    assert run.outcomes["playbook_accuracy"] == 1.0


def test_without_customers_no_probability_is_known() -> None:
    silent = changed(opportunities_per_rep_week=0.0, prospecting_hours=NEVER)
    outcomes = simulate(silent, PRESETS["strict"], 3).outcomes
    for name in ("acted_within_day", "acted_within_week", "acted_within_month", "median_hours_to_action"):
        assert math.isnan(outcomes[name]), name


def test_without_arrivals_reps_live_on_what_they_create() -> None:
    log = log_of(changed(opportunities_per_rep_week=0.0), PRESETS["blended"])
    opens = log[log.activity == "open"]
    assert len(opens) > 50
    assert (opens.outcome == "created").all()
    assert len(rows(log, "prospect", "opened")) == len(opens)


@pytest.mark.parametrize("name", REGIMES)
def test_a_single_rep_has_one_manager_and_nobody_to_ask(name: str) -> None:
    log = log_of(changed(reps=1, opportunities_per_rep_week=10.0), REGIMES[name])
    assert set(log.resource) <= {"rep 0", "manager 0", "customer", "firm"}
    assert not log.activity.isin(["consult", "confer"]).any()
    assert len(rows(log, "draft")) > 10


@pytest.mark.parametrize("name", REGIMES)
def test_a_window_up_to_the_horizon_censors_what_is_still_open(name: str) -> None:
    run = simulate(changed(warmup_weeks=0, window_weeks=6, horizon_weeks=6), REGIMES[name], 3)
    measured = run.cases[run.cases.opened < 60 * 240]
    out = run.outcomes
    assert out["opened"] == len(measured)
    assert out["still_open"] == (measured.outcome == "still open").sum() > 5
    assert out["won"] + out["lost"] + out["no_decision"] + out["still_open"] == out["opened"]
    assert not math.isnan(out["acted_within_month"])


@pytest.mark.parametrize("name", REGIMES)
def test_a_longer_horizon_changes_nothing_before_it(name: str) -> None:
    short = simulate(changed(warmup_weeks=0, window_weeks=6, horizon_weeks=6), REGIMES[name], 3).record.log
    longer = simulate(changed(warmup_weeks=2, window_weeks=6, horizon_weeks=9), REGIMES[name], 3).record.log
    final = np.isin(short["outcome"], (codes.UNFINISHED, codes.WAITING)) | (short["activity"] == codes.STILL_OPEN)
    cut = int(np.flatnonzero(final)[0])
    before = 60 * 240 - 1  # who is reached in the very last minute opens an opportunity only if there is a next one
    kept = int(np.flatnonzero(short["end"] > before)[0])
    assert cut > 200
    assert kept > 200
    assert short[:kept].tobytes() == longer[:kept].tobytes()


def test_the_shortest_run_is_a_week() -> None:
    week = changed(Scenario(), warmup_weeks=0, window_weeks=1, horizon_weeks=1)
    run = simulate(week, PRESETS["strict"], 3)
    assert list(run.weekly.hour) == [40.0]
    assert run.outcomes["opened"] > 0


# --- Time ---


@pytest.mark.parametrize("unit", [1, 20, 60])
def test_fixed_efforts_take_their_mean_in_whole_units(unit: int) -> None:
    scenario = changed(efforts="fixed", lags="fixed", discovery_hours=2.5, consult_hours=2.0, sign_off_hours=1.2,
                       conferring_hours=0.45, customising_hours=1.5, reply_lag_hours=7.5, work_unit_minutes=unit)

    def minutes(hours: Any) -> Any:
        return unit * np.ceil(np.round(hours * 60 / unit, 9))

    log = log_of(scenario, regime("contested", documentation_hours=3.2))
    for activity, hours in (("discover", 2.5), ("document", 3.2), ("consult", 2.0), ("review", 1.2)):
        assert len(rows(log, activity)) > 20
        assert (rows(log, activity).minutes == minutes(hours)).all()
    drafts, replies, confers = rows(log, "draft"), log[log.activity == "reply"], log[log.activity == "confer"]
    assert (drafts.minutes == minutes(3.0 + 1.5 * drafts.deviations)).all()
    assert (replies.end == 60 * (np.ceil(replies.start / 60) + 8)).all()
    taken_in = rows(log, "take in").merge(confers, left_on=["case", "queued"], right_on=["case", "end"], suffixes=("", "_confer"))
    assert len(taken_in) > 20
    assert (taken_in.minutes == minutes(0.45 * taken_in.answers_confer)).all()


def test_patience_of_nothing_leaves_no_time_to_act() -> None:
    log = log_of(changed(expiry_weeks=0.1), PRESETS["strict"])
    leaves = log[log.activity == "leave"]
    assert len(leaves) > 100
    assert (leaves.end - leaves.case.map(log[log.activity == "open"].set_index("case").end) < 4 * 60 + 60).all()


def test_customers_who_never_expire_leave_by_patience_alone() -> None:
    calm = {"patience_mean_weeks": 1000.0, "patience_shape": 5.0}
    assert (log_of(changed(**calm, expiry_weeks=1.0), PRESETS["cluster"]).activity == "leave").any()
    assert not (log_of(changed(**calm, expiry_weeks=NEVER), PRESETS["cluster"]).activity == "leave").any()
