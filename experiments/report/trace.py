"""The event log of one run with the columns that process-mining tools read, on a calendar of office hours."""

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments import store
from simulation.calendar import HOURS_PER_DAY, HOURS_PER_WEEK, MINUTES_PER_DAY, MINUTES_PER_HOUR
from simulation.run import Run

FIRST_DAY: Final = np.datetime64("2024-01-01", "D")  # a Monday
OPENING: Final = 9 * MINUTES_PER_HOUR  # minutes after midnight
DAYS_PER_WEEK: Final = HOURS_PER_WEEK // HOURS_PER_DAY
CALENDAR_DAYS_PER_WEEK: Final = 7
LEADING: Final = (
    "case",
    "activity",
    "resource",
    "start",
    "end",
    "start_minute",
    "end_minute",
    "customer",
    "queued_minute",
)


def trace_table(run: Run) -> pd.DataFrame:
    """One row per activity, ordered by start: the columns LEADING, then the rest of the event log.

    case: number of the opportunity, empty for what belongs to none (prospecting, turnover, reviews of the
    playbook). start, end: time stamps within office hours, to the minute. start_minute, end_minute,
    queued_minute: business minutes since the run began. stage: only where the customer leaves or the run ends.
    Meanings of the others: `simulation.record`.
    """
    log = run.log.rename(columns={"start": "start_minute", "end": "end_minute", "queued": "queued_minute"})
    begins, ends = log["start_minute"].to_numpy(), log["end_minute"].to_numpy()
    start = time_stamps(begins)
    log["start"] = start
    log["end"] = np.where(ends > begins, time_stamps(ends, closing=True), start)
    log["case"] = log["case"].astype("Int64").mask(log["case"] < 0)
    log["stage"] = log["stage"].where(log["activity"].isin(("leave", "still open")))
    others = [name for name in log.columns if name not in LEADING]
    return log[[*LEADING, *others]].sort_values(["start_minute", "end_minute"], kind="stable", ignore_index=True)


def write_trace(run: Run, out: Path | None) -> None:
    """Write the trace of a run to a .csv or .parquet file, or as CSV to standard output.

    Raises StoreError if the file cannot be written.
    """
    table = trace_table(run)
    if out is None:
        as_text(table).to_csv(sys.stdout, index=False, lineterminator="\n")
    elif out.suffix == ".parquet":
        store.write_parquet(table, out)
    else:
        store.write_csv(as_text(table), out)


def time_stamps(minutes: Any, closing: bool = False) -> pd.DatetimeIndex:
    """Business minutes since the start (int[n]) as dates and times: weeks of five days from 09:00 to 17:00.

    The end of one day and the beginning of the next are the same business minute: 17:00 if `closing`, else
    09:00.
    """
    late = np.asarray(minutes, np.int64) - int(closing)
    day, minute = late // MINUTES_PER_DAY, late % MINUTES_PER_DAY + int(closing)
    calendar = day // DAYS_PER_WEEK * CALENDAR_DAYS_PER_WEEK + day % DAYS_PER_WEEK
    moment = (FIRST_DAY + calendar).astype("datetime64[ms]") + np.timedelta64(60, "s") * (OPENING + minute)
    return pd.DatetimeIndex(moment)


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The same with ISO 8601 time stamps as text, for CSV."""
    texts = {name: table[name].dt.strftime("%Y-%m-%dT%H:%M:%S") for name in ("start", "end")}
    return table.assign(**texts)
