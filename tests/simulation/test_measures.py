"""Every measure again, by another route: from the tables of a run, as somebody with pandas would who doubts it."""

import math
from collections.abc import Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import MEASURES, PRESETS, Horizon, Regime, Run, Scenario, codes, ensemble, measures, simulate
from simulation.cases import CASES
from simulation.run import ensemble_with_curves
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn, seeds

FOLLOWED = BUSY.model_copy(update={"horizon": Horizon(warmup_weeks=2, window_weeks=6, horizon_weeks=16)})
FOLLOWED_LONG = BUSY.model_copy(update={"horizon": Horizon(warmup_weeks=2, window_weeks=6, horizon_weeks=60)})
EASY = changed(FOLLOWED, selectivity=0.2, variety=0.2, patience_mean_weeks=40.0, forgotten_per_week=0.0)  # most are won
FLEETING = changed(FOLLOWED, turnover_per_year=15.0, undocumented_share=0.0)  # much is discovered again
INPUTS: dict[str, tuple[Scenario, Regime, int]] = {
    **{f"{name} {seed}": (FOLLOWED, regime, seed) for name, regime in PRESETS.items() for seed in (1, 2)},
    **{f"contested {seed}": (FOLLOWED, CONTESTED, seed) for seed in (3, 4, 5)},
    **{f"a year {seed}": (FOLLOWED_LONG, CONTESTED, seed) for seed in (6, 7, 8)},
    **{f"easy {seed}": (EASY, PRESETS["lean"], seed) for seed in (9, 10, 12)},
    "fleeting": (FLEETING, CONTESTED, 11),
    **{f"drawn {number}": drawn(number) for number in range(300, 314)},
}
DAY, WEEK, MONTH, QUARTER, YEAR = 8, 40, 173, 520, 2080  # business hours
IN_TIME = ("done", "sanctioned")
UNTOUCHED = ("dropped", "waiting", "forgotten")
OWN = ("discover", "document", "draft", "take in")
TASKS = (*OWN, "consult", "review")


def share(part: float, whole: float) -> float:
    """part / whole, not a number if there is no whole."""
    return part / whole if whole else math.nan


def hours(minutes: Any) -> Any:
    """Whole hours, begun ones counted in full."""
    return -(-minutes // 60)


class Doubter:
    """Recomputes all outcomes of a run from its log, its weekly table and the scenario."""

    def __init__(self, scenario: Scenario, run: Run) -> None:
        self.organisation = scenario.organisation
        horizon = scenario.horizon
        self.start, self.horizon = horizon.warmup_weeks * WEEK, horizon.horizon_weeks * WEEK
        self.end = self.start + horizon.window_weeks * WEEK
        self.log, self.weekly = run.log, run.weekly
        opens = self.log[(self.log.activity == "open") & self.log.end.between(60 * self.start, 60 * self.end - 1)]
        self.cases = opens.set_index("case")
        of_cases = self.log.case.isin(self.cases.index) & (self.log.activity != "prospect")
        self.rows = self.log[of_cases]
        self.opened = len(self.cases)

    def outcomes(self) -> dict[str, float]:
        """Every measure by name."""
        return {
            **self.deals(), **self.responses(), **self.forecast(), **self.times(), **self.quality(), **self.sign_offs(),
            **self.hours(), **self.waits(), **self.utilisation(), **self.firm(),
        }

    def replies(self, outcome: str) -> pd.DataFrame:
        """Answers of measured customers, by case."""
        return self.rows[(self.rows.activity == "reply") & (self.rows.outcome == outcome)].set_index("case")

    def left(self) -> pd.DataFrame:
        """Departures of measured customers, by case."""
        return self.rows[self.rows.activity == "leave"].set_index("case")

    def first_offers(self) -> pd.DataFrame:
        """The first offers, by case."""
        offers = self.rows[(self.rows.activity == "draft") & (self.rows.outcome == "done")]
        return offers.groupby("case").first()

    def acted(self) -> pd.Series:
        """Instant of the first offer, by case."""
        return self.first_offers().end

    def closed(self) -> pd.Series:
        """Instant of the end, by case."""
        return pd.concat([self.replies("won").end, self.replies("lost").end, self.left().end])

    def deals(self) -> dict[str, float]:
        won, lost, left = self.replies("won"), self.replies("lost"), self.left()
        silent = (~left.index.isin(self.acted().index)).sum()
        still_open = (self.rows.activity == "still open").sum()
        created = self.cases[self.cases.outcome == "created"]
        n = {"won": len(won), "lost": len(lost), "no_decision": len(left), "still_open": still_open}
        return {
            "opened": self.opened, **n,
            **{f"{name}_share": share(count, self.opened) for name, count in n.items()},
            "no_action_share": share(silent, self.opened), "went_quiet_share": share(len(left) - silent, self.opened),
            "value_won": self.cases.amount[won.index].sum(),
            "created": len(created), "created_won": created.index.isin(won.index).sum(),
            "forgotten_share": share(self.rows.case[self.rows.outcome == "forgotten"].nunique(), self.opened),
        }

    def responses(self) -> dict[str, float]:
        """Of those who came of their own accord."""
        arrived = self.cases.index[self.cases.outcome == "arrived"]
        begun = self.rows[(self.rows.activity == "discover") & ~self.rows.outcome.isin(UNTOUCHED)]
        first = begun[begun.case.isin(arrived)].groupby("case").start.min()
        waited = first - self.cases.end[first.index]
        closed = self.closed().index
        never = closed.isin(arrived) & ~closed.isin(first.index)
        counts = {
            "within_hour": (waited <= 60).sum(), "within_day": (waited.between(61, 480)).sum(), "later": (waited > 480).sum(),
            "never": never.sum(),
        }
        return {f"first_response_{name}": share(n, len(arrived)) for name, n in counts.items()}

    def forecast(self) -> dict[str, float]:
        """Of those who got an offer, a month after opening or when it came, whichever is later, some are still there."""
        month = self.cases.end + MONTH * 60
        acted, closed = self.acted(), self.closed()
        looked_at = np.maximum(acted, month[acted.index])
        there = looked_at[~(closed.reindex(acted.index) <= looked_at)].index
        ends = {"won": self.replies("won"), "lost": self.replies("lost"), "no_decision": self.left()}
        n = {name: rows.index.isin(there).sum() for name, rows in ends.items()}
        return {"forecast": len(there), **{f"forecast_{name}_share": share(count, sum(n.values())) for name, count in n.items()}}

    def times(self) -> dict[str, float]:
        acted, won = self.acted(), self.replies("won").end
        closed = self.closed()
        to_action = self.incidence(acted, closed[~closed.index.isin(acted.index)])
        to_enactment = self.incidence(won, closed[~closed.index.isin(won.index)])
        days = hours(won - self.cases.end[won.index]) * 7 / 40
        return {
            "acted_within_day": to_action.by(DAY), "acted_within_week": to_action.by(WEEK),
            "acted_within_month": to_action.by(MONTH), "median_hours_to_action": to_action.reaches_half(),
            "enacted_within_quarter": to_enactment.by(QUARTER),
            "restricted_hours_to_action": to_action.waited_within(QUARTER),
            "restricted_hours_to_enactment": to_enactment.waited_within(YEAR),
            "median_hours_to_enactment": to_enactment.reaches_half(), "cycle_days": days.median(),
        }

    def incidence(self, events: pd.Series, competing: pd.Series) -> "Incidence":
        """Who had the event, who something else first, who neither by the horizon; in ages."""
        opened = self.cases.end
        rest = opened.drop(events.index).drop(competing.index)
        ages = [hours(at - opened[at.index]).tolist() for at in (events, competing)]
        return Incidence(*ages, hours(60 * self.horizon - rest).tolist(), self.horizon - self.start)

    def quality(self) -> dict[str, float]:
        won, found = self.replies("won"), self.rows[self.rows.activity == "discover"]
        found = found[found.outcome.isin(IN_TIME)]
        last = found.groupby("case").last()  # the last time, where readings had been lost
        confers = self.rows[self.rows.activity == "confer"]
        confers = confers[confers.end > confers.case.map(last.end)].groupby("case").last()
        diverted, first = (last.path == "cluster").sum(), self.first_offers()
        read = self.rows[["readings", "heard"]].sum()
        return {
            "fit_of_won": won.amount.mean(), "best_answer_share": (won.amount == 1.0).mean(),
            "best_answer_per_opportunity": share((won.amount == 1.0).sum(), self.opened),
            "best_first_offer_share": (first.amount == 1.0).mean(), "hearsay_share": share(read.heard, read.readings),
            "diverted_share": share(diverted, len(last)), "sanctions": (found.outcome == "sanctioned").sum(),
            "answers_per_diversion": share(confers.answers.sum(), diverted),
        }

    def sign_offs(self) -> dict[str, float]:
        reviews = self.rows[self.rows.activity == "review"]
        done = reviews[reviews.outcome == "done"]
        return {
            "forced_fits": share(done.forced_fits.sum(), self.opened), "sign_offs": share(len(done), self.opened),
            "sign_off_queue_hours": (done.start - done.queued).mean() / 60,
            "sign_off_work_hours": done.minutes.mean() / 60,
            "approval_hours": share((done.end - done.queued).sum() / 60, (done.level == 1).sum()),
        }

    def hours(self) -> dict[str, float]:
        work = self.rows[self.rows.activity.isin(TASKS)]
        per_task = {task.replace(" ", "_"): work.minutes[work.activity == task].sum() / 60 for task in TASKS}
        of_reps = sum(spent for task, spent in per_task.items() if task != "review")
        won = len(self.replies("won"))
        return {
            **{f"{task}_hours": share(spent, self.opened) for task, spent in per_task.items()},
            "wasted_hours": share(work.minutes[work.outcome == "wasted"].sum() / 60, self.opened),
            "hours_per_deal": share(of_reps, won),
            "hours_per_deal_with_managers": share(of_reps + per_task["review"], won),
        }

    def waits(self) -> dict[str, float]:
        """A case's life in parts, in minutes: what was cut short (by leaving or the horizon) counts where the case was."""
        rows, lasted = self.rows, self.rows.end - self.rows.start
        queued, paused = rows.start - rows.queued, lasted - rows.minutes
        begun, in_time = ~rows.outcome.isin(UNTOUCHED), rows.outcome.isin(IN_TIME)
        own, review = rows.activity.isin(OWN) & begun, (rows.activity == "review") & begun
        confer = rows.activity == "confer"
        cut = {stage: lasted[rows.stage.eq(stage) & rows.activity.isin(["leave", "still open"])].sum()
               for stage in rows.stage.cat.categories}
        cut_tasks = self.kept(rows[rows.stage == "rep's hands"], self.organisation.selling_hours_per_day)
        cut_reviews = self.kept(rows[rows.stage == "manager's hands"], self.organisation.review_hours_per_day)
        touched = rows.minutes[(own | review | confer) & in_time].sum() + cut_tasks + cut_reviews
        parts = {
            "touched": touched,
            "waited_rep": queued[own].sum() + paused[own & in_time].sum()
            + cut["rep's inbox"] + cut["rep's hands"] - cut_tasks,
            "waited_peers": paused[confer].sum() + cut["peers"],
            "waited_managers": queued[review].sum() + paused[review & in_time].sum()
            + cut["manager's inbox"] + cut["manager's hands"] - cut_reviews,
            "waited_customer": lasted[rows.activity == "reply"].sum() + cut["customer"],
        }
        per_case = {f"{name}_hours": share(minutes / 60, self.opened) for name, minutes in parts.items()}
        return {**per_case, "flow_efficiency": share(touched, sum(parts.values()))}

    def kept(self, rows: pd.DataFrame, per_day: float) -> int:
        """Minutes kept for work, in the first hours (to the minute) of each day, between start and end of the rows."""
        return sum(minute % 480 < round(60 * per_day) for row in rows.itertuples() for minute in range(row.start, row.end))

    def utilisation(self) -> dict[str, float]:
        weeks = (self.end - self.start) / WEEK
        ended = self.log[(self.log.end > 60 * self.start) & (self.log.end <= 60 * self.end)]
        spent = {task: ended.minutes[ended.activity == task].sum() / 60 for task in (*TASKS, "prospect")}
        of_reps = sum(spent[task] for task in (*OWN, "consult"))
        rep_hours = self.organisation.reps * weeks * WEEK
        kept = self.managers() * round(60 * self.organisation.review_hours_per_day) / 60 * weeks * 5
        created_won = self.cases.index[self.cases.outcome == "created"].isin(self.replies("won").index).sum()
        return {
            "rep_utilisation": of_reps / rep_hours, "prospecting_share": spent["prospect"] / rep_hours,
            "manager_utilisation": spent["review"] / kept, "hours_per_created_won": share(spent["prospect"], created_won),
        }

    def managers(self) -> int:
        """Reports at each level, until one manager has all; and one for each level that is still missing."""
        total, levels, reports = 0, 0, self.organisation.reps
        while total == 0 or reports > 1:
            reports = 1 + max(math.floor(i / self.organisation.span) for i in range(reports))
            total, levels = total + reports, levels + 1
        return total + max(0, self.organisation.least_levels - levels)

    def firm(self) -> dict[str, float]:
        within = self.weekly[(self.weekly.hour > self.start) & (self.weekly.hour <= self.end)]
        return within.drop(columns="hour").mean().to_dict()


class Incidence:
    """Cumulative incidence of an event with competing risks and censoring, in exact fractions, person by person."""

    def __init__(self, events: Sequence[int], competing: Sequence[int], censored: Sequence[int], observed: int) -> None:
        self.observed = observed
        self.everybody = bool(events or competing or censored)
        self.steps: list[tuple[int, Fraction]] = []
        free, so_far = Fraction(1), Fraction(0)
        for age in sorted({*events, *competing}):
            at_risk = sum(a >= age for group in (events, competing, censored) for a in group)
            so_far += free * Fraction(events.count(age), at_risk)
            free *= 1 - Fraction(events.count(age) + competing.count(age), at_risk)
            self.steps.append((age, so_far))

    def by(self, age: int) -> float:
        """The probability of the event by an age; not a number if nobody was observed for so long."""
        if age > self.observed or not self.everybody:
            return math.nan
        return float(max((p for a, p in self.steps if a <= age), default=0))

    def reaches_half(self) -> float:
        """The age by which the event has happened to half of all."""
        return next((float(age) for age, p in self.steps if p >= Fraction(1, 2)), math.nan)

    def waited_within(self, limit: int) -> float:
        """Mean age at the event, at most the limit: each step up of the incidence saves the rest of the time."""
        if limit > self.observed or not self.everybody:
            return math.nan
        waited, before = Fraction(limit), Fraction(0)
        for age, p in self.steps:
            waited -= (p - before) * max(limit - age, 0)
            before = p
        return float(waited)


@pytest.mark.parametrize("name", INPUTS)
def test_every_measure_follows_from_the_tables(name: str) -> None:
    scenario, regime, seed = INPUTS[name]
    run = simulate(scenario, regime, seed)
    again = Doubter(scenario, run).outcomes()
    assert again.keys() == run.outcomes.keys()
    assert run.outcomes == pytest.approx(again, rel=1e-9, abs=1e-12, nan_ok=True)


def test_the_inputs_leave_no_measure_idle() -> None:
    rows = [ensemble(scenario, {"": regime}, [seed]) for scenario, regime, seed in INPUTS.values()]
    table = pd.concat(rows)
    assert list(table.columns) == ["regime", "seed", *(measure.name for measure in MEASURES)]
    few = table[[measure.name for measure in MEASURES]].nunique()[lambda distinct: distinct < 3]
    assert few.empty, few.to_dict()


def test_the_outcomes_of_opened_opportunities_add_up() -> None:
    table = ensemble(BUSY, {**PRESETS, "contested": CONTESTED}, seeds(30))
    split = table[["won_share", "lost_share", "no_decision_share", "still_open_share"]].sum(axis=1)
    assert np.allclose(split, 1.0)
    assert np.allclose(table.no_action_share + table.went_quiet_share, table.no_decision_share)
    assert (table[["won", "lost", "no_decision", "still_open"]].sum(axis=1) == table.opened).all()


# --- Cumulative incidence ---


def ages_of(counts: Any) -> list[int]:
    """Every age as often as it is counted."""
    return np.repeat(np.arange(len(counts)), counts).tolist()


def test_who_is_open_at_the_horizon_is_censored_there_and_not_at_the_end_of_the_window() -> None:
    """Window from hour 40 to 80, followed to 200. (opened, acted, closed) in hours and outcome per case; the last two are not
    measured, and a begun hour of age counts in full."""
    settings = SimpleNamespace(window_start=40, window_end=80, n_ticks=200)
    rows = [
        (50, -1, -1, codes.STILL_OPEN), (60, 71, -1, codes.STILL_OPEN), (40, 44.2, 90, codes.WON), (41.5, 46.5, 66, codes.LOST),
        (79.5, -1, 99, codes.LEAVE), (70, 85, 95, codes.LEAVE), (39.9, 45, 50, codes.WON), (80, -1, -1, codes.STILL_OPEN),
    ]
    cases = np.zeros(len(rows), CASES).view(np.recarray)
    for case, (*instants, outcome) in zip(cases, rows, strict=True):
        case.opened, case.acted, case.closed = (60 * hour if hour >= 0 else -1 for hour in instants)
        case.outcome = outcome
    acted, gone, censored = measures.events_of_action(cases, settings)
    assert (ages_of(acted), ages_of(gone), ages_of(censored)) == ([5, 5, 11, 15], [20], [150])
    won, gone, censored = measures.events_of_enactment(cases, settings)
    assert (ages_of(won), ages_of(gone), ages_of(censored)) == ([50], [20, 25, 25], [140, 150])


@pytest.mark.parametrize(
    ("acted", "closed", "there"),
    [
        (-1, -1, False), (-1, 500, False),  # no offer
        (10, -1, True), (200, -1, True),  # out, and nothing has ended it
        (10, 173, False), (10, 174, True),  # gone at the age of a month, or an hour later
        (200, 201, True), (200, 200, False),  # an offer after more than a month is in the forecast as long as it is out
    ],
)
def test_a_deal_is_in_the_forecast_with_an_offer_out_at_a_month_or_later(acted: int, closed: int, there: bool) -> None:
    opened = 7 * 60
    instants = {name: opened + 60 * age if age >= 0 else -1 for name, age in (("acted", acted), ("closed", closed))}
    assert measures.is_forecast(SimpleNamespace(opened=opened, **instants)) == there


def counted(ages: Sequence[int], n: int) -> Any:
    """How many at each age: int64[n]."""
    return np.bincount(np.array(ages, int), minlength=n)


def incidences(events: Sequence[int], competing: Sequence[int], censored: Sequence[int], n: int) -> Any:
    """The project's curves of the event and its competitor at ages 0..n-1."""
    return measures.cumulative_incidence(counted(events, n), counted(competing, n), counted(censored, n))


def test_incidence_of_a_hand_worked_example() -> None:
    """Eight people: at age 1 two events; at 2 one of each and one censored; at 4 one competing; at 6 two events.

    At risk: 8, 6, 3 (the censored one is at risk at 2, gone after), 2. By hand: 2/8; + 6/8 * 1/6 = 3/8; + 0;
    + (6/8 * 4/6 * 2/3 = 1/3) * 2/2 = 17/24. The competitor: 6/8 * 1/6 = 1/8; + 6/8 * 4/6 * 1/3 = 7/24. Together 1.
    """
    incidence, other = incidences([1, 1, 2, 6, 6], [2, 4], [2], 8)
    assert incidence.tolist() == pytest.approx([0, 1 / 4, 3 / 8, 3 / 8, 3 / 8, 3 / 8, 17 / 24, 17 / 24])
    assert other.tolist() == pytest.approx([0, 0, 1 / 8, 1 / 8, 7 / 24, 7 / 24, 7 / 24, 7 / 24])
    assert measures.age_reaching(incidence, 0.5) == 6.0
    assert measures.age_reaching(other, 0.5) != measures.age_reaching(other, 0.5)  # not a number: never reached
    assert measures.at_age(incidence, 2) == pytest.approx(3 / 8)
    assert math.isnan(measures.at_age(incidence, 8))


def test_without_censoring_incidence_is_the_share_of_all() -> None:
    events, competing = [0, 3, 3, 5], [1, 3, 7, 7, 7, 9]
    incidence, other = incidences(events, competing, [], 11)
    for age in range(11):
        assert incidence[age] == pytest.approx(sum(e <= age for e in events) / 10)
        assert other[age] == pytest.approx(sum(e <= age for e in competing) / 10)


def test_incidence_equals_the_exact_fractions_of_random_examples() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        events, competing, censored = (rng.integers(0, 12, rng.integers(0, 15)).tolist() for _ in range(3))
        curve, other = incidences(events, competing, censored, 12)
        exact, exact_other = Incidence(events, competing, censored, 99), Incidence(competing, events, censored, 99)
        if exact.everybody:
            assert curve.tolist() == pytest.approx([exact.by(age) for age in range(12)], abs=1e-12)
            assert other.tolist() == pytest.approx([exact_other.by(age) for age in range(12)], abs=1e-12)


def test_the_median_age_is_reached_when_exactly_half_have_had_the_event() -> None:
    """Ten people, five events, nobody censored: the fifth event brings the incidence to one half."""
    events, competing = [2, 6, 6, 8, 10], [4, 6, 13, 14, 14]
    incidence, _ = incidences(events, competing, [], 15)
    assert incidence[10] == pytest.approx(0.5)
    assert measures.age_reaching(incidence, 0.5) == 10.0


def test_the_restricted_mean_of_a_hand_worked_example() -> None:
    """Four people, nobody censored: events at 2 and 5, one leaves at 1, one has the event only after the limit."""
    incidence, _ = incidences([2, 5, 9], [1], [], 10)
    assert measures.restricted_mean(incidence, 8) == pytest.approx((2 + 5 + 8 + 8) / 4)
    assert measures.restricted_mean(incidence, 9) == pytest.approx((2 + 5 + 9 + 9) / 4)
    assert math.isnan(measures.restricted_mean(incidence, 10))  # followed for 9 hours at most
    nobody, _ = incidences([], [], [], 10)
    assert math.isnan(measures.restricted_mean(nobody, 8))


def test_the_restricted_mean_of_random_examples_with_censoring() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        events, competing, censored = (rng.integers(0, 12, rng.integers(0, 15)).tolist() for _ in range(3))
        curve, _ = incidences(events, competing, censored, 13)
        exact = Incidence(events, competing, censored, 12)
        for limit in (1, 5, 12):
            assert measures.restricted_mean(curve, limit) == pytest.approx(exact.waited_within(limit), nan_ok=True)


@pytest.mark.parametrize(
    ("ages", "median"), [([], math.nan), ([3], 3.0), ([1, 4], 2.5), ([0, 1], 0.5), ([2, 2, 9], 2.0), ([0, 2, 2, 3, 9, 9], 2.5)]
)
def test_the_median_of_counts_is_that_of_the_ages(ages: list[int], median: float) -> None:
    assert measures.median_of_counts(counted(ages, 10)) == pytest.approx(median, nan_ok=True)


def test_curves_of_an_ensemble_are_those_of_its_runs() -> None:
    ages = np.array([0, 8, 40, 173, 400, 401, 10_000])
    table, curves = ensemble_with_curves(BUSY, {"contested": CONTESTED}, range(3), ages)
    assert curves.shape == (1, 3, 4, len(ages))
    assert np.array_equal(curves[0, :, 0, 1], table.acted_within_day)
    assert np.array_equal(curves[0, :, 0, 3], table.acted_within_month)
    doubter = Doubter(BUSY, simulate(BUSY, CONTESTED, 2))
    acted, won = doubter.acted(), doubter.replies("won").end
    exact = doubter.incidence(won, pd.concat([doubter.replies("lost").end, doubter.left().end]))
    assert curves[0, 2, 2].tolist() == pytest.approx([exact.by(age) for age in ages], nan_ok=True)
    assert len(acted) > 50
    assert np.isnan(curves[0, :, :, 5:]).all()  # opened in the window from week 2, followed to week 12: 400 hours
    assert not np.isnan(curves[0, :, :, :5]).any()
