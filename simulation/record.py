"""What a run leaves behind: the event log and the weekly record.

The event log is the raw record. One row per activity on a case (an opportunity), written by either engine in the same
order and with the same bytes; every outcome is computed from it (`simulation.measures`).

| column | meaning |
|---|---|
| case | number of the opportunity in order of opening; -1 for the firm's own events |
| resource | rep 0..reps-1, manager reps.., -1 the customer, -2 the firm |
| queued | instant (minutes since the start) from which the matter waited for the resource |
| start, end | instants between which it was handled |
| minutes | minutes of work in between (less than end - start where the working day ended in between) |
| activity, path, outcome, stage | codes, see `simulation.codes`; stage: where a case was when the customer left |
| deviations | issues: of the offer from the playbook (review) or from the template used (draft); changed (playbook review) |
| forced_fits | review: deviations that a manager put back to the playbook for the first time |
| level | review: the manager's level; market shift: the issue |
| answers | confer: answers the rep had when acting; reply: number of the offer, from 1 (32767: or more) |
| readings, heard | consult, review: issues read for the case, and of these, repeated from the owner's account |
| amount | open: deal value in 1,000 USD; discover: predicted fit, or certainty, that chose the path; confer: confidence; \
draft: fit of the offer sent (nobody in the model knows it yet); reply: fit; others 0 |
"""

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from simulation import codes
from simulation.settings import Settings

LOG: Final = np.dtype(
    [(name, np.int32) for name in ("case", "resource", "queued", "start", "end", "minutes")]
    + [(name, np.int8) for name in ("activity", "path", "outcome", "stage")]
    + [
        (name, np.int16)
        for name in ("deviations", "forced_fits", "level", "answers", "readings", "heard")
    ]
    + [("amount", np.float64)],
    align=True,  # no bytes between the columns
)

MOST_COUNTED: Final = 32767  # the largest number that fits into a narrow column

# The weekly record: the state of the firm at the end of each week.
WEEKLY: Final = np.dtype(
    [
        (name, np.float64)
        for name in (
            "hour",  # instant of the record, in hours
            "playbook_accuracy",  # share of issues on which the playbook agrees with the market's standard
            "memory_accuracy",  # the same for the reps' templates (memory, else first playbook), mean over reps
            "willingness",  # mean over reps
            "open_cases",
            "rep_inboxes",  # matters waiting at reps
            "manager_inboxes",  # matters waiting at managers
        )
    ]
)


class Record(NamedTuple):
    """Both records of one run. log: LOG[rows]; weekly: WEEKLY[weeks]."""

    log: Any
    weekly: Any


def resource_name(resource: int, n_reps: int) -> str:
    """A resource in words: "rep 3", "manager 0", "customer", "firm"."""
    if resource == codes.THE_CUSTOMER:
        return "customer"
    if resource == codes.THE_FIRM:
        return "firm"
    return f"rep {resource}" if resource < n_reps else f"manager {resource - n_reps}"


def log_table(log: Any, settings: Settings) -> pd.DataFrame:
    """The event log as a DataFrame with words for codes; columns as in the module's table, plus `customer`.

    customer: A0, A1, ... for those who arrived (the same ones in the same order under every regime), C0, C1, ... for
    those whom a rep found by prospecting; empty for the firm's own events.
    """
    table = pd.DataFrame({name: log[name] for name in LOG.names or ()})
    for column, vocabulary in (
        ("activity", codes.ACTIVITIES), ("path", codes.PATHS), ("outcome", codes.OUTCOMES), ("stage", codes.STAGES),
    ):
        table[column] = pd.Categorical.from_codes(log[column].astype(int), pd.Index(vocabulary))
    resources = np.unique(log["resource"])
    names = {int(r): resource_name(int(r), settings.reps) for r in resources}
    table["resource"] = table["resource"].map(names)
    table.insert(1, "customer", _customer_names(log))
    return table


def _customer_names(log: Any) -> Any:
    openings = log[log["activity"] == codes.OPEN]
    created = openings["outcome"] == codes.CREATED
    numbers = np.where(created, np.cumsum(created), np.cumsum(~created)) - 1
    names = np.array([f"{'C' if c else 'A'}{n}" for c, n in zip(created, numbers, strict=True)] + [""], dtype=object)
    return names[log["case"]]


def weekly_table(weekly: Any) -> pd.DataFrame:
    """The weekly record as a DataFrame, one row per week."""
    return pd.DataFrame(np.asarray(weekly).view(np.ndarray))
