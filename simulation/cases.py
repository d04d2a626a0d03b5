"""One row per opportunity, read off the event log in a single pass."""

from typing import Any, Final

import numpy as np
import pandas as pd

from simulation import codes
from simulation.compiled import rule
from simulation.rules import timing

# Instants are minutes since the start, -1 = never. Times are in minutes.
CASES: Final = np.dtype(
    [
        ("value", np.float64),  # 1,000 USD
        ("fit", np.float64),  # of the last offer answered
        ("first_fit", np.float64),  # of the first offer sent
        ("opened", np.int32),
        ("responded", np.int32),  # discovery first begun
        ("acted", np.int32),  # first offer sent
        ("closed", np.int32),  # won, lost or left; -1 = open at the horizon
        ("rep", np.int32),
        # The case's own time, from opening to closing (or the horizon): these five add up to it.
        ("touched", np.int32),  # minutes in which somebody worked on it, along the way it took
        ("waited_rep", np.int32),
        ("waited_peers", np.int32),
        ("waited_managers", np.int32),
        ("waited_customer", np.int32),
        # People's minutes spent on it, also in parallel, also after the customer had gone.
        ("discover_minutes", np.int32),
        ("document_minutes", np.int32),
        ("consult_minutes", np.int32),
        ("take_in_minutes", np.int32),
        ("review_minutes", np.int32),
        ("draft_minutes", np.int32),
        ("wasted_minutes", np.int32),  # of these: on a task that came too late
        ("approvals", np.int32),  # requests for sign-off that a first manager has reviewed
        ("sign_offs", np.int32),  # reviews finished for it
        ("sign_off_queue", np.int32),  # minutes before these reviews began
        ("sign_off_minutes", np.int32),  # minutes of work on them
        ("approval_minutes", np.int32),  # minutes from joining the manager's inbox to the end of the review
        ("forced_fits", np.int32),  # deviations put back to the playbook
        ("readings", np.int32),  # by peers and managers, of single issues
        ("heard", np.int32),  # of these, repeated from the owner's account
        ("forgotten", np.int16),  # matters of the case that were forgotten in an inbox
        ("offers", np.int16),
        ("outcome", np.int8),  # codes.WON, codes.LOST, codes.LEAVE (no decision), codes.STILL_OPEN
        ("path", np.int8),
        ("created", np.int8),  # 1 = found by prospecting
        ("sanctioned", np.int8),
        ("answers", np.int8),  # of peers, when the rep acted
    ],
    align=True,
)


@rule
def read_cases(log: Any, n_rows: int, p: Any, cases: Any) -> None:
    """Fill `cases` (CASES[n], zeros) from the first n_rows rows of an event log. p: settings."""
    for i in range(n_rows):
        row = log[i]
        if row.case != codes.NO_CASE and row.activity != codes.PROSPECT:
            activity = row.activity
            if activity == codes.OPEN:
                _open(cases[row.case], row)
            elif activity == codes.REPLY or activity == codes.LEAVE or activity == codes.STILL_OPEN:
                _customer_moves(cases[row.case], row, p)
            elif activity == codes.CONFER:
                case = cases[row.case]
                case.waited_peers += row.end - row.start - row.minutes
                case.touched += row.minutes
                case.answers = row.answers
            else:
                _work(cases[row.case], row)


@rule
def _open(case: Any, row: Any) -> None:
    case.opened = row.end
    case.responded = -1
    case.acted = -1
    case.closed = -1
    case.rep = row.resource
    case.value = row.amount
    case.created = row.outcome == codes.CREATED
    case.outcome = codes.STILL_OPEN


@rule
def _customer_moves(case: Any, row: Any, p: Any) -> None:
    """A reply, a leave, or the horizon: the stage that ends here is added to the case's own time."""
    minutes = row.end - row.start
    if row.activity == codes.REPLY:
        case.waited_customer += minutes
        case.fit = row.amount
        case.offers = row.answers
        if row.outcome != codes.STAYS:
            case.outcome = row.outcome
            case.closed = row.end
        return
    case.outcome = row.activity
    if row.activity == codes.LEAVE:
        case.closed = row.end
    if row.stage == codes.REP_HANDS:
        worked = timing.worked_between(row.start, row.end, p.selling_minutes_per_day)
        case.touched += worked
        case.waited_rep += minutes - worked
    elif row.stage == codes.REP_INBOX:
        case.waited_rep += minutes
    elif row.stage == codes.PEERS:
        case.waited_peers += minutes
    elif row.stage == codes.CUSTOMER:
        case.waited_customer += minutes
    else:
        worked = 0
        if row.stage == codes.MANAGER_HANDS:
            worked = timing.worked_between(row.start, row.end, p.review_minutes_per_day)
        case.touched += worked
        case.waited_managers += minutes - worked


@rule
def _work(case: Any, row: Any) -> None:
    """A task of a rep or manager. What never came into hand (dropped, waiting, forgotten) leaves no minutes."""
    outcome, activity = row.outcome, row.activity
    if outcome == codes.FORGOTTEN:
        case.forgotten += 1
    if outcome == codes.DROPPED or outcome == codes.WAITING or outcome == codes.FORGOTTEN:
        return
    _labour(case, row)
    case.readings += row.readings
    case.heard += row.heard
    if activity == codes.CONSULT:
        return  # parallel to the case's own time, which `confer` covers
    in_time = outcome == codes.DONE or outcome == codes.SANCTIONED
    queue, pause = row.start - row.queued, row.end - row.start - row.minutes
    if activity == codes.REVIEW:
        case.waited_managers += queue
        if in_time:
            case.waited_managers += pause
            case.approvals += row.level == 1
            case.sign_offs += 1
            case.sign_off_queue += queue
            case.sign_off_minutes += row.minutes
            case.approval_minutes += row.end - row.queued
            case.forced_fits += row.forced_fits
    else:
        case.waited_rep += queue
        if activity == codes.DISCOVER:
            if case.responded < 0:
                case.responded = row.start
            if in_time:
                case.path = row.path
                case.answers = 0  # those to readings that were lost before count for nothing
                case.sanctioned += outcome == codes.SANCTIONED
        elif activity == codes.DRAFT and in_time and case.acted < 0:
            case.acted = row.end
            case.first_fit = row.amount
        if in_time:
            case.waited_rep += pause
    if in_time:
        case.touched += row.minutes


@rule
def _labour(case: Any, row: Any) -> None:
    activity = row.activity
    if activity == codes.DISCOVER:
        case.discover_minutes += row.minutes
    elif activity == codes.DOCUMENT:
        case.document_minutes += row.minutes
    elif activity == codes.CONSULT:
        case.consult_minutes += row.minutes
    elif activity == codes.TAKE_IN:
        case.take_in_minutes += row.minutes
    elif activity == codes.REVIEW:
        case.review_minutes += row.minutes
    else:
        case.draft_minutes += row.minutes
    if row.outcome == codes.WASTED:
        case.wasted_minutes += row.minutes


def case_table(cases: Any) -> pd.DataFrame:
    """The cases as a DataFrame with words for codes."""
    table = pd.DataFrame({name: cases[name] for name in CASES.names or ()})
    names = {codes.WON: "won", codes.LOST: "lost", codes.LEAVE: "no decision", codes.STILL_OPEN: "still open"}
    table["outcome"] = pd.Categorical(table["outcome"].map(names), categories=list(names.values()))
    table["path"] = pd.Categorical.from_codes(cases["path"].astype(int), pd.Index(codes.PATHS))
    return table
