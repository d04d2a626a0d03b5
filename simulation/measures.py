"""Outcomes of a run: pure functions of its event log and weekly record.

Measured are the opportunities opened in the window; utilisation and the firm's state are measured during the window.
Times to an event are cumulative incidences with competing risks and censoring at the horizon (Aalen & Johansen 1978).
"""

from typing import Any, Final, NamedTuple

import numpy as np

from simulation import calendar, codes
from simulation.compiled import rule
from simulation.record import WEEKLY


class Measure(NamedTuple):
    """One outcome of a run. better: +1 more is better, -1 less is better, 0 neither."""

    name: str
    unit: str
    meaning: str
    better: int


MEASURES: Final = tuple(
    Measure(*row)
    for row in (
        ("opened", "deals", "opportunities opened in the window", 0),
        ("won", "deals", "deals enacted", 1),
        ("lost", "deals", "opportunities lost after an offer was declined", 0),
        ("no_decision", "deals", "customers who left without a decision", -1),
        ("still_open", "deals", "open at the horizon (censored)", 0),
        ("value_won", "1,000 USD", "value of the deals enacted", 1),
        ("won_share", "share of opened", "deals enacted", 1),
        ("lost_share", "share of opened", "declined for good", 0),
        ("no_decision_share", "share of opened", "left without a decision", -1),
        ("no_action_share", "share of opened", "left with no action ever", -1),
        ("went_quiet_share", "share of opened", "left after an offer", -1),
        ("still_open_share", "share of opened", "open at the horizon (censored)", 0),
        ("acted_within_day", "probability", "first offer within 8 business hours", 1),
        ("acted_within_week", "probability", "first offer within 40 business hours", 1),
        ("acted_within_month", "probability", "first offer within 173 business hours", 1),
        ("median_hours_to_action", "business hours", "opening to first offer, where half of all get one", -1),
        ("restricted_hours_to_action", "business hours", "opening to first offer, mean; later or never counts as 520", -1),
        ("enacted_within_quarter", "probability", "won within 520 business hours", 1),
        ("median_hours_to_enactment", "business hours", "opening to winning, where half of all are won", -1),
        ("restricted_hours_to_enactment", "business hours", "opening to winning, mean; later or never counts as 2,080", -1),
        ("cycle_days", "calendar days", "median from opening to winning, of deals won", -1),
        ("fit_of_won", "share of blocks", "mean fit of the deals enacted", 1),
        ("best_answer_share", "share of won", "deals enacted with the best answer (fit 1)", 1),
        ("forced_fits", "issues/opportunity", "deviations that managers put back to the playbook", -1),
        ("sign_offs", "1/opportunity", "reviews by managers", 0),
        ("sign_off_queue_hours", "business hours/sign-off", "wait until a manager takes up a request", -1),
        ("sign_off_work_hours", "hours/sign-off", "a manager's work on a request", -1),
        ("flow_efficiency", "share of elapsed", "touched hours / hours from opening to closing", 1),
        ("touched_hours", "hours/opportunity", "the case's time in somebody's hands", 0),
        ("waited_rep_hours", "hours/opportunity", "the case's time in the rep's inbox", -1),
        ("waited_peers_hours", "hours/opportunity", "the case's time waiting for peers", -1),
        ("waited_managers_hours", "hours/opportunity", "the case's time waiting for managers", -1),
        ("waited_customer_hours", "hours/opportunity", "the case's time waiting for the customer", 0),
        ("discover_hours", "hours/opportunity", "reps' work on discovery", 0),
        ("document_hours", "hours/opportunity", "reps' work on documentation", 0),
        ("consult_hours", "hours/opportunity", "peers' work on requests", 0),
        ("review_hours", "hours/opportunity", "managers' work on sign-offs", 0),
        ("draft_hours", "hours/opportunity", "reps' work on drafting", 0),
        ("wasted_hours", "hours/opportunity", "of these: on tasks that came too late", -1),
        ("hours_per_deal", "hours/deal won", "reps' hours on all opportunities per deal enacted", -1),
        ("hours_per_deal_with_managers", "hours/deal won", "the same with managers' hours", -1),
        ("rep_utilisation", "share of hours", "reps' time on cases during the window", 0),
        ("prospecting_share", "share of hours", "reps' time on prospecting during the window", 0),
        ("manager_utilisation", "share of review hours", "managers' review hours used during the window", 0),
        ("created", "deals", "opportunities created by prospecting", 1),
        ("created_won", "deals", "of these: enacted", 1),
        ("diverted_share", "share of discovered", "opportunities that left the process for a cluster", 0),
        ("sanctions", "1/run", "diversions punished", 0),
        ("answers_per_diversion", "answers", "peers' answers a rep had when acting, per diverted opportunity", 0),
        ("playbook_accuracy", "share of issues", "playbook agrees with the market's standard, mean of weeks", 1),
        ("memory_accuracy", "share of issues", "reps' memory, else the first playbook, agrees with it, mean as above", 1),
        ("willingness", "probability", "willingness to leave the process, mean of reps and weeks", 0),
        ("open_cases", "deals", "open opportunities, mean of weeks", 0),
        ("rep_inboxes", "matters", "matters waiting at reps, mean of weeks", -1),
        ("manager_inboxes", "matters", "matters waiting at managers, mean of weeks", -1),
    )
)
NAMES: Final = tuple(measure.name for measure in MEASURES)
OUTCOMES: Final = np.dtype([(name, np.float64) for name in NAMES])
DAY: Final = calendar.HOURS_PER_DAY
WEEK: Final = calendar.HOURS_PER_WEEK
MONTH: Final = calendar.HOURS_PER_MONTH
ROUNDING: Final = 1e-9  # more than sums of shares are off by, less than one opportunity of a million
QUARTER: Final = 13 * calendar.HOURS_PER_WEEK
YEAR: Final = 52 * calendar.HOURS_PER_WEEK

# Cumulative incidences of a run, rows of `curves`.
CURVES: Final = ("acted", "gone_before_action", "enacted", "gone_before_enactment")


@rule
def measure(log: Any, n_rows: int, weekly: Any, cases: Any, p: Any, ages: Any, out: Any, curves: Any) -> None:
    """All outcomes of a run into `out` (one OUTCOMES row) and cumulative incidences into `curves`.

    cases: CASES[n] of this log. p: settings. ages: int64[a], business hours; curves: float64[len(CURVES), a].
    """
    _count_deals(cases, p, out)
    _case_hours(cases, p, out)
    _peoples_hours(log, n_rows, p, out)
    _firm_state(weekly, p, out)
    acted, gone, left = events_of_action(cases, p)
    incidence, competing = cumulative_incidence(acted, gone, left)
    out.acted_within_day = at_age(incidence, DAY)
    out.acted_within_week = at_age(incidence, WEEK)
    out.acted_within_month = at_age(incidence, MONTH)
    out.median_hours_to_action = age_reaching(incidence, 0.5)
    out.restricted_hours_to_action = restricted_mean(incidence, QUARTER)
    _sample(incidence, competing, ages, curves, 0)
    won, gone, left = events_of_enactment(cases, p)
    incidence, competing = cumulative_incidence(won, gone, left)
    out.enacted_within_quarter = at_age(incidence, QUARTER)
    out.median_hours_to_enactment = age_reaching(incidence, 0.5)
    out.restricted_hours_to_enactment = restricted_mean(incidence, YEAR)
    out.cycle_days = median_of_counts(won) * calendar.CALENDAR_DAYS_PER_BUSINESS_HOUR
    _sample(incidence, competing, ages, curves, 2)


@rule
def ratio(part: float, whole: float) -> float:
    """part / whole, NaN where there is nothing to divide by."""
    return part / whole if whole > 0.0 else np.nan


@rule
def in_window(case: Any, p: Any) -> bool:
    """Whether an opportunity is measured: opened in the window."""
    return p.window_start <= case.opened < p.window_end


@rule
def _count_deals(cases: Any, p: Any, out: Any) -> None:
    opened = won = lost = left = unacted = best = created = created_won = 0.0
    value = fit = forced = discovered = diverted = sanctions = answers = 0.0
    for i in range(len(cases)):
        case = cases[i]
        if not in_window(case, p):
            continue
        opened += 1.0
        created += case.created
        forced += case.forced_fits
        discovered += case.path != codes.NO_PATH
        diverted += case.path == codes.CLUSTER
        sanctions += case.sanctioned
        answers += case.answers
        if case.outcome == codes.WON:
            won += 1.0
            value += case.value
            fit += case.fit
            best += case.fit == 1.0
            created_won += case.created
        elif case.outcome == codes.LOST:
            lost += 1.0
        elif case.outcome == codes.LEAVE:
            left += 1.0
            unacted += case.acted < 0
    out.opened, out.won, out.lost, out.no_decision = opened, won, lost, left
    out.still_open = opened - won - lost - left
    out.value_won = value
    out.won_share, out.lost_share, out.no_decision_share = ratio(won, opened), ratio(lost, opened), ratio(left, opened)
    out.no_action_share = ratio(unacted, opened)
    out.went_quiet_share = ratio(left - unacted, opened)
    out.still_open_share = ratio(out.still_open, opened)
    out.fit_of_won = ratio(fit, won)
    out.best_answer_share = ratio(best, won)
    out.forced_fits = ratio(forced, opened)
    out.created, out.created_won = created, created_won
    out.diverted_share = ratio(diverted, discovered)
    out.sanctions = sanctions
    out.answers_per_diversion = ratio(answers, diverted)


@rule
def _case_hours(cases: Any, p: Any, out: Any) -> None:
    opened = won = touched = rep = peers = managers = customer = 0.0
    discover = document = consult = review = draft = wasted = sign_offs = queue = signing = 0.0
    for i in range(len(cases)):
        case = cases[i]
        if not in_window(case, p):
            continue
        opened += 1.0
        won += case.outcome == codes.WON
        touched += case.touched
        rep += case.waited_rep
        peers += case.waited_peers
        managers += case.waited_managers
        customer += case.waited_customer
        discover += case.discover_hours
        document += case.document_hours
        consult += case.consult_hours
        review += case.review_hours
        draft += case.draft_hours
        wasted += case.wasted_hours
        sign_offs += case.sign_offs
        queue += case.sign_off_queue
        signing += case.sign_off_hours
    out.sign_offs = ratio(sign_offs, opened)
    out.sign_off_queue_hours = ratio(queue, sign_offs)
    out.sign_off_work_hours = ratio(signing, sign_offs)
    out.flow_efficiency = ratio(touched, touched + rep + peers + managers + customer)
    out.touched_hours, out.waited_rep_hours = ratio(touched, opened), ratio(rep, opened)
    out.waited_peers_hours, out.waited_managers_hours = ratio(peers, opened), ratio(managers, opened)
    out.waited_customer_hours = ratio(customer, opened)
    out.discover_hours, out.document_hours = ratio(discover, opened), ratio(document, opened)
    out.consult_hours, out.review_hours = ratio(consult, opened), ratio(review, opened)
    out.draft_hours, out.wasted_hours = ratio(draft, opened), ratio(wasted, opened)
    out.hours_per_deal = ratio(discover + document + consult + draft, won)
    out.hours_per_deal_with_managers = ratio(discover + document + consult + draft + review, won)


@rule
def _peoples_hours(log: Any, n_rows: int, p: Any, out: Any) -> None:
    """Hours are counted in full for tasks that end in the window."""
    work = prospecting = reviews = 0.0
    for i in range(n_rows):
        row = log[i]
        if p.window_start < row.end <= p.window_end:
            if row.activity == codes.REVIEW:
                reviews += row.hours
            elif row.activity == codes.PROSPECT:
                prospecting += row.hours
            elif row.activity != codes.CONFER:
                work += row.hours
    rep_hours = float(p.reps * (p.window_end - p.window_start))
    managers = managers_of(p.reps, p.span, p.least_levels)
    review_hours = managers * p.review_hours_per_day * ((p.window_end - p.window_start) / DAY)
    out.rep_utilisation = ratio(work, rep_hours)
    out.prospecting_share = ratio(prospecting, rep_hours)
    out.manager_utilisation = ratio(reviews, review_hours)


@rule
def _firm_state(weekly: Any, p: Any, out: Any) -> None:
    weeks = 0.0
    sums = np.zeros(len(WEEKLY))
    for i in range(len(weekly)):
        if p.window_start < weekly[i, 0] <= p.window_end:
            weeks += 1.0
            for j in range(len(WEEKLY)):
                sums[j] += weekly[i, j]
    out.playbook_accuracy, out.memory_accuracy = ratio(sums[1], weeks), ratio(sums[2], weeks)
    out.willingness, out.open_cases = ratio(sums[3], weeks), ratio(sums[4], weeks)
    out.rep_inboxes, out.manager_inboxes = ratio(sums[5], weeks), ratio(sums[6], weeks)


@rule
def events_of_action(cases: Any, p: Any) -> Any:
    """Per age in hours: first offers, closings without any (competing), censorings. int64[ages] each."""
    longest = p.n_ticks - p.window_start + 1
    acted, gone, censored = np.zeros(longest, np.int64), np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for i in range(len(cases)):
        case = cases[i]
        if in_window(case, p):
            if case.acted >= 0:
                acted[case.acted - case.opened] += 1
            elif case.closed >= 0:
                gone[case.closed - case.opened] += 1
            else:
                censored[p.n_ticks - case.opened] += 1
    return acted, gone, censored


@rule
def events_of_enactment(cases: Any, p: Any) -> Any:
    """Per age in hours: deals won, opportunities lost or left (competing), censorings. int64[ages] each."""
    longest = p.n_ticks - p.window_start + 1
    won, gone, censored = np.zeros(longest, np.int64), np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for i in range(len(cases)):
        case = cases[i]
        if in_window(case, p):
            if case.outcome == codes.WON:
                won[case.closed - case.opened] += 1
            elif case.closed >= 0:
                gone[case.closed - case.opened] += 1
            else:
                censored[p.n_ticks - case.opened] += 1
    return won, gone, censored


@rule
def cumulative_incidence(events: Any, competing: Any, censored: Any) -> Any:
    """Aalen-Johansen incidence of an event and of its competitor at every whole age; exact for tied times.

    At one age events come before censorings. NaN if there is nobody at risk. Source: Aalen & Johansen 1978. float64[ages] each.
    """
    n = len(events)
    incidence, other = np.zeros(n), np.zeros(n)
    at_risk = 0
    for age in range(n):
        at_risk += events[age] + competing[age] + censored[age]
    free, first, second = 1.0, 0.0, 0.0
    if at_risk == 0:
        first = second = np.nan
    for age in range(n):
        if at_risk > 0:
            first += free * events[age] / at_risk
            second += free * competing[age] / at_risk
            free *= 1.0 - (events[age] + competing[age]) / at_risk
            at_risk -= events[age] + competing[age] + censored[age]
        incidence[age] = first
        other[age] = second
    return incidence, other


@rule
def at_age(incidence: Any, age: int) -> float:
    """The incidence by an age in hours, NaN beyond the observed ages."""
    return incidence[age] if age < len(incidence) else np.nan


@rule
def age_reaching(incidence: Any, level: float) -> float:
    """The first age in hours at which an incidence reaches a level (but for rounding), NaN if it never does."""
    for age in range(len(incidence)):
        if incidence[age] >= level - ROUNDING:
            return float(age)
    return np.nan


@rule
def restricted_mean(incidence: Any, limit: int) -> float:
    """Mean of min(age at the event, limit) in hours: limit − ∫ incidence from 0 to limit.

    Who never has the event, having left for instance, waits for the whole limit. Exact for whole ages, between which the
    incidence is constant. NaN if nobody is observed for so long. Source: Royston & Parmar 2013; Andersen 2013 (competing risks).
    """
    if limit >= len(incidence):
        return np.nan
    mean = 0.0
    for age in range(limit):
        mean += 1.0 - incidence[age]
    return mean


@rule
def median_of_counts(counts: Any) -> float:
    """The median age of the events counted per age (the mean of the middle two if they are even), NaN without events."""
    total = 0
    for age in range(len(counts)):
        total += counts[age]
    if total == 0:
        return np.nan
    low, high, below = -1, -1, 0
    for age in range(len(counts)):
        below += counts[age]
        if low < 0 and 2 * below >= total:
            low = age
        if 2 * below > total:
            high = age
            break
    return (low + high) / 2.0


@rule
def _sample(incidence: Any, competing: Any, ages: Any, curves: Any, row: int) -> None:
    for i in range(len(ages)):
        curves[row, i] = at_age(incidence, ages[i])
        curves[row + 1, i] = at_age(competing, ages[i])


@rule
def managers_of(reps: int, span: float, least_levels: int) -> int:
    """Number of managers of all levels for so many reps (see `simulation.structure.tree`)."""
    managers, levels, units = 0, 0, reps
    while True:
        units = int((units - 1) / span) + 1
        managers += units
        levels += 1
        if units == 1 and levels >= least_levels:
            return managers
