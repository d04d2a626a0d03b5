"""Outcomes of a run: pure functions of its event log and weekly record.

Measured are the opportunities opened in the window; utilisation and the firm's state are measured during the window.
Times to an event are cumulative incidences with competing risks and censoring at the horizon (Aalen & Johansen 1978).
"""

from typing import Any, Final, NamedTuple

import numpy as np

from simulation import calendar, codes, structure
from simulation.compiled import rule
from simulation.rules import timing


class Measure(NamedTuple):
    """One outcome of a run. better: +1 more is better, -1 less is better, 0 neither. label: as on an axis."""

    name: str
    unit: str
    meaning: str
    better: int
    label: str


def _measure(name: str, unit: str, meaning: str, better: int, label: str = "") -> Measure:
    """A measure, labelled with its meaning where that is short and needs no other measure to be understood."""
    return Measure(name, unit, meaning, better, label or meaning[:1].upper() + meaning[1:])


MEASURES: Final = tuple(
    _measure(*row)
    for row in (  # name, unit, meaning, better and, where the meaning does not serve as such, label
        ("opened", "deals", "opportunities opened in the window", 0),
        ("won", "deals", "deals won", 1),
        ("lost", "deals", "opportunities lost after an offer was declined", 0),
        ("no_decision", "deals", "customers who left without a decision", -1),
        ("still_open", "deals", "open at the horizon (censored)", 0, "Still open at the horizon"),
        ("value_won", "1,000 USD", "value of the deals won", 1),
        ("won_share", "share of opened", "deals won", 1, "Opportunities won"),
        ("lost_share", "share of opened", "declined for good", 0),
        ("no_decision_share", "share of opened", "left without a decision", -1),
        ("no_action_share", "share of opened", "left with no action ever", -1),
        ("went_quiet_share", "share of opened", "left after an offer", -1),
        ("still_open_share", "share of opened", "open at the horizon (censored)", 0),
        ("first_response_within_hour", "share of arrived", "discovery begun within a business hour", 1),
        ("first_response_within_day", "share of arrived", "discovery begun later, within 8 business hours", 0),
        ("first_response_later", "share of arrived", "discovery begun later than that", 0),
        ("first_response_never", "share of arrived", "closed before discovery had begun", -1),
        ("forecast", "deals", "with an offer out and the customer there a month (173 business hours) after opening, or later", 0),
        ("forecast_won_share", "share of forecast closed", "won, of the forecast deals that were closed", 1),
        ("forecast_lost_share", "share of forecast closed", "lost, of the forecast deals that were closed", 0),
        ("forecast_no_decision_share", "share of forecast closed", "no decision, of the forecast deals that were closed", -1),
        ("forgotten_share", "share of opened", "opportunities of which a matter was forgotten in an inbox", -1),
        ("acted_within_day", "probability", "first offer within 8 business hours", 1, "First offer within a day"),
        ("acted_within_week", "probability", "first offer within 40 business hours", 1, "First offer within a week"),
        ("acted_within_month", "probability", "first offer within 173 business hours", 1, "First offer within a month"),
        ("median_hours_to_action", "business hours", "opening to first offer, where half of all get one", -1,
         "Median time to first offer"),
        ("restricted_hours_to_action", "business hours", "opening to first offer, mean; later or never counts as 520", -1),
        ("enacted_within_quarter", "probability", "won within 520 business hours", 1),
        ("median_hours_to_enactment", "business hours", "opening to winning, where half of all are won", -1),
        ("restricted_hours_to_enactment", "business hours", "opening to winning, mean; later or never counts as 2,080", -1),
        ("cycle_days", "calendar days", "median from opening to winning, of deals won", -1, "Median cycle of deals won"),
        ("fit_of_won", "share of blocks", "mean fit of the deals won", 1, "Fit of deals won"),
        ("best_answer_share", "share of won", "deals won with the best answer (fit 1)", 1, "Best answer, of deals won"),
        ("best_answer_per_opportunity", "share of opened", "won with the best answer", 1),
        ("best_first_offer_share", "share of first offers", "first offers with the best answer, won or not", 1),
        ("hearsay_share", "share of readings", "readings by peers and managers that repeat the owner's", 0),
        ("forced_fits", "issues/opportunity", "deviations that managers put back to the playbook", -1, "Forced fits"),
        ("sign_offs", "1/opportunity", "reviews by managers", 0),
        ("sign_off_queue_hours", "business hours/sign-off", "wait until a manager takes up a request", -1),
        ("sign_off_work_hours", "hours/sign-off", "a manager's work on a request", -1),
        ("approval_hours", "business hours/approval", "request for sign-off to its last review, all levels", -1),
        ("flow_efficiency", "share of elapsed", "touched hours / hours from opening to closing", 1),
        ("touched_hours", "hours/opportunity", "the case's time in somebody's hands", 0),
        ("waited_rep_hours", "hours/opportunity", "the case's time in the rep's inbox", -1),
        ("waited_peers_hours", "hours/opportunity", "the case's time waiting for peers", -1),
        ("waited_managers_hours", "hours/opportunity", "the case's time waiting for managers", -1, "Wait for managers"),
        ("waited_customer_hours", "hours/opportunity", "the case's time waiting for the customer", 0),
        ("discover_hours", "hours/opportunity", "reps' work on discovery", 0),
        ("document_hours", "hours/opportunity", "reps' work on documentation", 0),
        ("consult_hours", "hours/opportunity", "peers' work on requests", 0),
        ("take_in_hours", "hours/opportunity", "reps' work to take in peers' answers", 0),
        ("review_hours", "hours/opportunity", "managers' work on sign-offs", 0),
        ("draft_hours", "hours/opportunity", "reps' work on drafting", 0),
        ("wasted_hours", "hours/opportunity", "of these: on tasks that came too late", -1, "Work on tasks that came too late"),
        ("hours_per_deal", "hours/deal won", "reps' hours on all opportunities per deal won", -1, "Reps' work per deal won"),
        ("hours_per_deal_with_managers", "hours/deal won", "the same with managers' hours", -1, "Work per deal won"),
        ("rep_utilisation", "share of hours", "reps' time on cases during the window", 0),
        ("prospecting_share", "share of hours", "reps' time on prospecting during the window", 0),
        ("manager_utilisation", "share of review hours", "managers' review hours used during the window", 0),
        ("created", "deals", "opportunities created by prospecting", 1),
        ("created_won", "deals", "of these: won", 1, "Won, of those created by prospecting"),
        ("hours_per_created_won", "hours/deal won", "reps' prospecting in the window per created deal won", -1),
        ("diverted_share", "share of discovered", "opportunities that left the process for a cluster", 0),
        ("sanctions", "1/run", "diversions punished", 0),
        ("answers_per_diversion", "answers", "peers' answers a rep had when acting, per diverted opportunity", 0),
        ("playbook_accuracy", "share of issues", "playbook agrees with the market's standard, mean of weeks", 1),
        ("memory_accuracy", "share of issues", "reps' memory, else the first playbook, agrees with it, mean as above", 1,
         "Accuracy of the reps' memory"),
        ("willingness", "probability", "willingness to leave the process, mean of reps and weeks", 0),
        ("open_cases", "deals", "open opportunities, mean of weeks", 0),
        ("rep_inboxes", "matters", "matters waiting at reps, mean of weeks", -1),
        ("manager_inboxes", "matters", "matters waiting at managers, mean of weeks", -1),
    )
)
NAMES: Final = tuple(measure.name for measure in MEASURES)
LEAD: Final = "won"
"""By which structures are judged where nobody names another measure."""
OUTCOMES: Final = np.dtype([(name, np.float64) for name in NAMES])
MINUTES: Final = float(calendar.MINUTES_PER_HOUR)
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
    cases = _about_window(cases, p)
    _count_deals(cases, p, out)
    _count_responses(cases, p, out)
    _count_forecast(cases, p, out)
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
def hours_each(minutes: float, n: float) -> float:
    """Hours apiece, NaN if there is none."""
    return ratio(minutes / MINUTES, n)


@rule
def in_window(case: Any, p: Any) -> bool:
    """Whether an opportunity is measured: opened in the window."""
    return timing.instant(p.window_start) <= case.opened < timing.instant(p.window_end)


@rule
def _about_window(cases: Any, p: Any) -> Any:
    """The cases from the first to the last that are measured; numbered by hour of opening, they have few others among them."""
    first, end = 0, len(cases)
    while first < end and not in_window(cases[first], p):
        first += 1
    while end > first and not in_window(cases[end - 1], p):
        end -= 1
    return cases[first:end]


@rule
def _count_deals(cases: Any, p: Any, out: Any) -> None:
    opened = won = lost = left = unacted = best = created = created_won = forgotten = 0.0
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
        forgotten += case.forgotten > 0
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
    out.best_answer_per_opportunity = ratio(best, opened)
    out.forgotten_share = ratio(forgotten, opened)
    out.forced_fits = ratio(forced, opened)
    out.created, out.created_won = created, created_won
    out.diverted_share = ratio(diverted, discovered)
    out.sanctions = sanctions
    out.answers_per_diversion = ratio(answers, diverted)


@rule
def _count_responses(cases: Any, p: Any, out: Any) -> None:
    arrived = hour = day = later = never = acted = best = 0.0
    for i in range(len(cases)):
        case = cases[i]
        if not in_window(case, p):
            continue
        acted += case.acted >= 0
        best += case.acted >= 0 and case.first_fit == 1.0
        if case.created:
            continue  # the rep had reached that customer
        arrived += 1.0
        waited = (case.responded - case.opened) / MINUTES
        if case.responded < 0:
            never += case.closed >= 0
        elif waited <= 1.0:
            hour += 1.0
        elif waited <= DAY:
            day += 1.0
        else:
            later += 1.0
    out.first_response_within_hour, out.first_response_within_day = ratio(hour, arrived), ratio(day, arrived)
    out.first_response_later, out.first_response_never = ratio(later, arrived), ratio(never, arrived)
    out.best_first_offer_share = ratio(best, acted)


@rule
def is_forecast(case: Any) -> bool:
    """Whether an opportunity ever stood in a monthly forecast: at an age of a month or more, an offer out, the customer there."""
    month = case.opened + timing.instant(calendar.HOURS_PER_MONTH)
    return case.acted >= 0 and (case.closed < 0 or case.closed > max(case.acted, month))


@rule
def _count_forecast(cases: Any, p: Any, out: Any) -> None:
    forecast = won = lost = left = 0.0
    for i in range(len(cases)):
        case = cases[i]
        if in_window(case, p) and is_forecast(case):
            forecast += 1.0
            won += case.outcome == codes.WON
            lost += case.outcome == codes.LOST
            left += case.outcome == codes.LEAVE
    closed = won + lost + left
    out.forecast = forecast
    out.forecast_won_share, out.forecast_lost_share = ratio(won, closed), ratio(lost, closed)
    out.forecast_no_decision_share = ratio(left, closed)


@rule
def _case_hours(cases: Any, p: Any, out: Any) -> None:
    opened = won = touched = rep = peers = managers = customer = approvals = approving = readings = heard = 0.0
    discover = document = consult = take_in = review = draft = wasted = sign_offs = queue = signing = 0.0
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
        discover += case.discover_minutes
        document += case.document_minutes
        consult += case.consult_minutes
        take_in += case.take_in_minutes
        review += case.review_minutes
        draft += case.draft_minutes
        wasted += case.wasted_minutes
        approvals += case.approvals
        approving += case.approval_minutes
        sign_offs += case.sign_offs
        queue += case.sign_off_queue
        signing += case.sign_off_minutes
        readings += case.readings
        heard += case.heard
    out.sign_offs = ratio(sign_offs, opened)
    out.sign_off_queue_hours, out.sign_off_work_hours = hours_each(queue, sign_offs), hours_each(signing, sign_offs)
    out.approval_hours = hours_each(approving, approvals)
    out.hearsay_share = ratio(heard, readings)
    out.flow_efficiency = ratio(touched, touched + rep + peers + managers + customer)
    out.touched_hours, out.waited_rep_hours = hours_each(touched, opened), hours_each(rep, opened)
    out.waited_peers_hours, out.waited_managers_hours = hours_each(peers, opened), hours_each(managers, opened)
    out.waited_customer_hours = hours_each(customer, opened)
    out.discover_hours, out.document_hours = hours_each(discover, opened), hours_each(document, opened)
    out.consult_hours, out.take_in_hours = hours_each(consult, opened), hours_each(take_in, opened)
    out.review_hours, out.draft_hours = hours_each(review, opened), hours_each(draft, opened)
    out.wasted_hours = hours_each(wasted, opened)
    reps = discover + document + consult + take_in + draft
    out.hours_per_deal, out.hours_per_deal_with_managers = hours_each(reps, won), hours_each(reps + review, won)


@rule
def _peoples_hours(log: Any, n_rows: int, p: Any, out: Any) -> None:
    """Hours are counted in full for tasks that end in the window."""
    work = prospecting = reviews = 0.0
    for i in range(n_rows):
        row = log[i]
        if timing.instant(p.window_start) < row.end <= timing.instant(p.window_end):
            if row.activity == codes.REVIEW:
                reviews += row.minutes / MINUTES
            elif row.activity == codes.PROSPECT:
                prospecting += row.minutes / MINUTES
            elif row.activity != codes.CONFER:
                work += row.minutes / MINUTES
    rep_hours = float(p.reps * (p.window_end - p.window_start))
    managers = structure.managers_of(p.reps, p.span, p.least_levels)
    review_hours = managers * p.review_minutes_per_day / MINUTES * ((p.window_end - p.window_start) / DAY)
    out.rep_utilisation = ratio(work, rep_hours)
    out.prospecting_share = ratio(prospecting, rep_hours)
    out.manager_utilisation = ratio(reviews, review_hours)
    out.hours_per_created_won = ratio(prospecting, out.created_won)


@rule
def _firm_state(weekly: Any, p: Any, out: Any) -> None:
    weeks = playbook = memory = willingness = cases = reps = managers = 0.0
    for i in range(len(weekly)):
        row = weekly[i]
        if p.window_start < row.hour <= p.window_end:
            weeks += 1.0
            playbook += row.playbook_accuracy
            memory += row.memory_accuracy
            willingness += row.willingness
            cases += row.open_cases
            reps += row.rep_inboxes
            managers += row.manager_inboxes
    out.playbook_accuracy, out.memory_accuracy = ratio(playbook, weeks), ratio(memory, weeks)
    out.willingness, out.open_cases = ratio(willingness, weeks), ratio(cases, weeks)
    out.rep_inboxes, out.manager_inboxes = ratio(reps, weeks), ratio(managers, weeks)


@rule
def hours_after(opened: int, at: int) -> int:
    """Age in hours at an instant, a begun hour counted in full: so the incidence at every whole age is exact."""
    return timing.hour_from(at - opened)


@rule
def events_of_action(cases: Any, p: Any) -> Any:
    """Per age in hours: first offers, closings without any (competing), censorings. int64[ages] each."""
    longest = p.n_ticks - p.window_start + 1
    acted, gone, censored = np.zeros(longest, np.int64), np.zeros(longest, np.int64), np.zeros(longest, np.int64)
    for i in range(len(cases)):
        case = cases[i]
        if in_window(case, p):
            if case.acted >= 0:
                acted[hours_after(case.opened, case.acted)] += 1
            elif case.closed >= 0:
                gone[hours_after(case.opened, case.closed)] += 1
            else:
                censored[hours_after(case.opened, timing.instant(p.n_ticks))] += 1
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
                won[hours_after(case.opened, case.closed)] += 1
            elif case.closed >= 0:
                gone[hours_after(case.opened, case.closed)] += 1
            else:
                censored[hours_after(case.opened, timing.instant(p.n_ticks))] += 1
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
