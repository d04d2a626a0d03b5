"""A customer's story in plain sentences, from the rows of the event log."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from simulation import codes
from simulation.calendar import HOURS_PER_DAY, HOURS_PER_WEEK, MINUTES_PER_HOUR
from simulation.settings import Settings

Teller = Callable[[Any], str]

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
OPENING_HOUR: Final = 9


def stories(log: pd.DataFrame, settings: Settings) -> dict[int, list[str]]:
    """Sentences in order of time by case, of a log as `simulation.record.log_table` gives it."""
    told: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    tellers = _tellers(settings)
    row: Any
    for row in log.itertuples(index=False):
        tell = tellers.get(str(row.activity))
        if row.case >= 0 and tell is not None and (sentence := tell(row)):
            told[row.case].append((row.end, sentence))
    return {
        case: [f"{moment(minute)}: {sentence}" for minute, sentence in sorted(lines, key=lambda line: line[0])]
        for case, lines in told.items()
    }


def _tellers(settings: Settings) -> dict[str, Teller]:
    """Who tells of which activity; what some columns mean hangs on the regime."""
    discover = _discover_by_doubt if settings.by_doubt else _discover_by_fit
    return {**TELLERS, "discover": discover, "review": REVIEWS[codes.ADVICE[settings.advice]]}


def moment(minute: int) -> str:
    """An instant in words; the working day has eight hours from nine o'clock."""
    hour, minutes = divmod(minute, MINUTES_PER_HOUR)
    week, hours = divmod(hour, HOURS_PER_WEEK)
    day, hours = divmod(hours, HOURS_PER_DAY)
    return f"Week {week + 1}, {DAYS[day]} {OPENING_HOUR + hours}:{minutes:02}"


def _open(row: Any) -> str:
    if row.outcome == "created":
        return f"{_who(row)} finds this customer by prospecting; the deal is worth {row.amount:,.0f} thousand dollars."
    return f"The customer turns up and goes to {row.resource}; the deal is worth {row.amount:,.0f} thousand dollars."


def _discover_by_fit(row: Any) -> str:
    return _discover(row, f"the usual offer seems to fit {row.amount:.0%} of it")


def _discover_by_doubt(row: Any) -> str:
    return _discover(row, f"the rep is {row.amount:.0%} certain of it")


def _discover(row: Any, finding: str) -> str:
    if row.outcome not in ("done", "sanctioned"):
        return _in_vain(row, "finding out what the customer needs", "The customer")
    way = "the process" if row.path == "process" else "the cluster, to ask peers"
    punished = " Leaving the process is punished." if row.outcome == "sanctioned" else ""
    found = f"{_who(row)} has found out what the customer needs{_waited(row)}"
    return f"{found}; {finding} and it takes the way of {way}.{punished}"


def _document(row: Any) -> str:
    if row.outcome != "done":
        return _in_vain(row, "documenting the opportunity", "The opportunity")
    return f"{_who(row)} has documented the opportunity ({_time(row.minutes)} of work)."


def _consult(row: Any) -> str:
    if row.outcome == "forgotten":
        return _in_vain(row, "", "The request to a peer")
    if row.outcome == "wasted":
        return f"{_who(row)} answers as a peer, too late to be of use."
    return f"{_who(row)} answers as a peer{_waited(row)}{_from_hearsay(row)}." if row.outcome == "done" else ""


def _confer(row: Any) -> str:
    answers = f"{row.answers} answer{'s'[: row.answers != 1]} of peers"
    return f"{_who(row)} has {answers} after {_time(row.end - row.start)}, and is {row.amount:.0%} certain."


def _take_in(row: Any) -> str:
    if row.outcome != "done":
        return _in_vain(row, "taking in what the peers say", "The opportunity")
    return f"{_who(row)} has taken in what the peers say{_waited(row)}."


def _review_with_veto(row: Any) -> str:
    verdict = "changes nothing"
    if row.forced_fits:
        verdict = f"puts {_issues(row.forced_fits)} back to the playbook"
    hearsay = _from_hearsay(row)
    return _review(row, f"{hearsay}, and {verdict}" if hearsay else f" and {verdict}")


def _review_that_adds(row: Any) -> str:
    if row.outcome == "done" and not row.readings:
        return _review(row, ", adding nothing to an earlier reading")
    return _review(row, f" and adds a reading of every issue{_from_hearsay(row)}")


def _review_by_any(row: Any) -> str:
    return _review(row, f"{_from_hearsay(row)}; what either of the two would change stands")


def _review(row: Any, upshot: str) -> str:
    if row.outcome != "done":
        return _in_vain(row, "reviewing the request for sign-off", "The request")
    asked = "an offer that keeps to the playbook"
    if row.deviations:
        asked = f"{_issues(row.deviations)} that depart{'s'[: row.deviations == 1]} from the playbook"
    return f"{_who(row)} reviews {asked}{_waited(row)}{upshot}."


def _draft(row: Any) -> str:
    if row.outcome != "done":
        return _in_vain(row, "drafting the offer", "The opportunity")
    changes = f"with {_issues(row.deviations)} changed" if row.deviations else "without a change"
    return f"{_who(row)} sends the offer, the usual one {changes}{_waited(row)}."


def _reply(row: Any) -> str:
    fit = f"fits {row.amount:.0%} of the need"
    if row.outcome == "won":
        return f"The customer accepts: the offer {fit}. The deal is won."
    if row.outcome == "lost":
        return f"The customer declines: the offer {fit}. The deal is lost."
    return f"The customer declines, for the offer {fit}, but stays and waits for a better one."


def _leave(row: Any) -> str:
    return f"The customer leaves without a decision, after {_time(row.end - row.start)} {PLACES[str(row.stage)]}."


def _still_open(row: Any) -> str:
    return f"Here the replay ends; the opportunity is {PLACES[str(row.stage)]}."


PLACES: Final = {
    "": "nowhere",
    "rep's inbox": "in the rep's inbox",
    "rep's hands": "in the rep's hands",
    "peers": "waiting for peers",
    "manager's inbox": "in a manager's inbox",
    "manager's hands": "in a manager's hands",
    "customer": "with the customer, who has an offer",
    "gone": "closed",
}
REVIEWS: Final[dict[str, Teller]] = {"veto": _review_with_veto, "adds": _review_that_adds, "any": _review_by_any}
TELLERS: Final[dict[str, Teller]] = {
    "open": _open,
    "document": _document,
    "consult": _consult,
    "confer": _confer,
    "take in": _take_in,
    "draft": _draft,
    "reply": _reply,
    "leave": _leave,
    "still open": _still_open,
}


def _in_vain(row: Any, doing: str, matter: str) -> str:
    """A task that came too late, has not come to its end, or was never taken up."""
    if row.outcome == "forgotten":
        return f"{matter} was forgotten in {row.resource}'s inbox (it lay there for {_time(row.end - row.queued)})."
    if row.outcome == "wasted":
        return f"{_who(row)} spent {_time(row.minutes)} {doing}, in vain."
    return f"{_who(row)} is still {doing}." if row.outcome == "unfinished" else ""


def _waited(row: Any) -> str:
    waited = row.start - row.queued
    return f" (it lay in the inbox for {_time(waited)})" if waited > 0 else ""


def _from_hearsay(row: Any) -> str:
    """On how many of the issues read the reader goes by what the owner of the case says."""
    return f", going by the rep's account on {row.heard} of {_issues(row.readings)}" if row.heard else ""


def _who(row: Any) -> str:
    return str(row.resource).capitalize()


def _time(minutes: int) -> str:
    """A stretch of business time, to the minute up to a day."""
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    if hours >= 2 * HOURS_PER_DAY:
        return f"{minutes / (MINUTES_PER_HOUR * HOURS_PER_DAY):.0f} working days"
    if hours >= HOURS_PER_DAY or (hours and not rest):
        return _count(round(minutes / MINUTES_PER_HOUR), "hour")
    return f"{_count(hours, 'hour')} and {_count(rest, 'minute')}" if hours else _count(rest, "minute")


def _issues(n: int) -> str:
    return _count(n, "issue")


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s'[: n != 1]}"
