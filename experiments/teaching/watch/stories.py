"""A customer's story in plain sentences, from the rows of the event log."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from simulation.calendar import HOURS_PER_DAY, HOURS_PER_WEEK

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
OPENING_HOUR: Final = 9


def stories(log: pd.DataFrame) -> dict[int, list[str]]:
    """Sentences in order of time by case, of a log as `simulation.record.log_table` gives it."""
    told: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    row: Any
    for row in log.itertuples(index=False):
        tell = TELLERS.get(str(row.activity))
        if row.case >= 0 and tell is not None and (sentence := tell(row)):
            told[row.case].append((row.end, sentence))
    return {
        case: [f"{moment(hour)}: {sentence}" for hour, sentence in sorted(lines, key=lambda line: line[0])]
        for case, lines in told.items()
    }


def moment(hour: int) -> str:
    """An instant in words; the working day has eight hours from nine o'clock."""
    week, hours = divmod(hour, HOURS_PER_WEEK)
    day, hours = divmod(hours, HOURS_PER_DAY)
    return f"Week {week + 1}, {DAYS[day]} {OPENING_HOUR + hours}:00"


def _open(row: Any) -> str:
    if row.outcome == "created":
        return f"{_who(row)} finds this customer by prospecting; the deal is worth {row.amount:,.0f} thousand dollars."
    return f"The customer turns up and goes to {row.resource}; the deal is worth {row.amount:,.0f} thousand dollars."


def _discover(row: Any) -> str:
    if row.outcome not in ("done", "sanctioned"):
        return _in_vain(row, "finding out what the customer needs")
    fit = f"the usual offer seems to fit {row.amount:.0%} of it"
    way = "the process" if row.path == "process" else "the cluster, to ask peers"
    punished = " Leaving the process is punished." if row.outcome == "sanctioned" else ""
    return f"{_who(row)} has found out what the customer needs{_waited(row)}; {fit} and it takes the way of {way}.{punished}"


def _document(row: Any) -> str:
    if row.outcome != "done":
        return _in_vain(row, "documenting the opportunity")
    return f"{_who(row)} has documented the opportunity ({_hours(row.hours)} of work)."


def _consult(row: Any) -> str:
    if row.outcome == "wasted":
        return f"{_who(row)} answers as a peer, too late to be of use."
    return f"{_who(row)} answers as a peer{_waited(row)}." if row.outcome == "done" else ""


def _confer(row: Any) -> str:
    waited = row.end - row.start
    answers = f"{row.answers} answer{'s'[: row.answers != 1]} of peers"
    return f"{_who(row)} decides with {answers} after {_hours(waited)}, {row.amount:.0%} certain."


def _review(row: Any) -> str:
    if row.outcome != "done":
        return _in_vain(row, "reviewing the request for sign-off")
    verdict = "changes nothing"
    if row.forced_fits:
        verdict = f"puts {_issues(row.forced_fits)} back to the playbook"
    return f"{_who(row)} reviews {_issues(row.deviations)} that depart from the playbook{_waited(row)} and {verdict}."


def _draft(row: Any) -> str:
    if row.outcome != "done":
        return _in_vain(row, "drafting the offer")
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
    return f"The customer leaves without a decision, after {_hours(row.end - row.start)} {PLACES[str(row.stage)]}."


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
TELLERS: Final[dict[str, Callable[[Any], str]]] = {
    "open": _open,
    "discover": _discover,
    "document": _document,
    "consult": _consult,
    "confer": _confer,
    "review": _review,
    "draft": _draft,
    "reply": _reply,
    "leave": _leave,
    "still open": _still_open,
}


def _in_vain(row: Any, doing: str) -> str:
    """A task that came too late, or has not come to its end."""
    if row.outcome == "wasted":
        return f"{_who(row)} spent {_hours(row.hours)} {doing}, in vain."
    return f"{_who(row)} is still {doing}." if row.outcome == "unfinished" else ""


def _waited(row: Any) -> str:
    waited = row.start - row.queued
    return f" (it lay in the inbox for {_hours(waited)})" if waited > 0 else ""


def _who(row: Any) -> str:
    return str(row.resource).capitalize()


def _hours(hours: int) -> str:
    if hours >= 2 * HOURS_PER_DAY:
        return f"{hours / HOURS_PER_DAY:.0f} working days"
    return f"{hours} hour{'s'[: hours != 1]}"


def _issues(n: int) -> str:
    return f"{n} issue{'s'[: n != 1]}"
