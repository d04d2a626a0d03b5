"""The event log on the calendar: columns for process mining, office hours, nothing lost."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.design.experiment import Experiment
from experiments.report.trace import LEADING, as_text, time_stamps, trace_table, write_trace
from simulation.run import Run, simulate


@pytest.fixture(scope="module")
def run(small: Experiment) -> Run:
    return simulate(small.scenario, small.regimes["blended"], 7)


@pytest.fixture(scope="module")
def trace(run: Run) -> pd.DataFrame:
    return trace_table(run)


@pytest.mark.parametrize(
    ("minute", "start", "end"),
    [
        (0, "2024-01-01 09:00", None),  # a Monday
        (1, "2024-01-01 09:01", "2024-01-01 09:01"),
        (60, "2024-01-01 10:00", "2024-01-01 10:00"),
        (479, "2024-01-01 16:59", "2024-01-01 16:59"),
        (480, "2024-01-02 09:00", "2024-01-01 17:00"),
        (39 * 60 + 17, "2024-01-05 16:17", "2024-01-05 16:17"),
        (40 * 60, "2024-01-08 09:00", "2024-01-05 17:00"),
        (52 * 40 * 60, "2024-12-30 09:00", "2024-12-27 17:00"),
    ],
)
def test_business_hours_on_the_calendar(minute: int, start: str, end: str | None) -> None:
    assert time_stamps([minute])[0] == pd.Timestamp(start)
    if end is not None:
        assert time_stamps([minute], closing=True)[0] == pd.Timestamp(end)


def test_columns_for_process_mining_come_first(trace: pd.DataFrame) -> None:
    assert tuple(trace.columns[: len(LEADING)]) == LEADING
    assert {"minutes", "outcome", "path", "deviations", "forced_fits", "level", "answers", "amount"} <= set(trace.columns)


def test_time_stamps_are_ordered_and_within_office_hours(trace: pd.DataFrame) -> None:
    assert len(trace) > 100
    assert (trace["start"] <= trace["end"]).all()
    assert trace["start"].is_monotonic_increasing
    for name in ("start", "end"):
        assert (trace[name].dt.day_of_week < 5).all()
        of_day = trace[name] - trace[name].dt.normalize()
        assert of_day.between(pd.Timedelta("9h"), pd.Timedelta("17h")).all()
        assert (trace[name] == trace[name].dt.floor("min")).all()
        assert (trace[name].dt.minute > 0).mean() > 0.2, "to the minute, and not in hours"
    assert (trace["start"].dt.hour < 17).all()


def test_time_stamps_tell_the_business_minutes(trace: pd.DataFrame) -> None:
    """Working days and minutes between two stamps are the business minutes between the two instants."""
    first, last = trace["start"], trace["end"]
    days = np.busday_count(first.to_numpy().astype("datetime64[D]"), last.to_numpy().astype("datetime64[D]"))
    between = 8 * 60 * days + 60 * (last.dt.hour - first.dt.hour) + last.dt.minute - first.dt.minute
    assert (between == trace["end_minute"] - trace["start_minute"]).all()
    assert (between >= trace["minutes"]).all(), "no more work than there is time for it"
    assert (trace["queued_minute"] <= trace["start_minute"]).all()


def test_no_event_is_lost_and_the_firms_own_have_no_case(run: Run, trace: pd.DataFrame) -> None:
    assert len(trace) == len(run.log)
    assert trace["activity"].value_counts().to_dict() == run.log["activity"].value_counts().to_dict()
    assert trace["case"].isna().sum() == (run.log["case"] < 0).sum() > 0
    assert trace["case"].dropna().nunique() == len(run.cases)


def test_a_stage_is_given_only_where_it_means_something(trace: pd.DataFrame) -> None:
    assert set(trace.dropna(subset="stage")["activity"]) <= {"leave", "still open"}
    assert trace["stage"].notna().any()


def test_csv_and_parquet_hold_the_same(run: Run, trace: pd.DataFrame, tmp_path: Path) -> None:
    write_trace(run, tmp_path / "t.csv")
    write_trace(run, tmp_path / "new" / "t.parquet")
    csv = pd.read_csv(tmp_path / "t.csv", parse_dates=["start", "end"])
    parquet = pd.read_parquet(tmp_path / "new" / "t.parquet")
    pd.testing.assert_frame_equal(parquet, trace)
    assert list(csv.columns) == list(trace.columns)
    for name in ("start", "end", "minutes", "activity", "resource"):
        assert (csv[name] == trace[name].astype(csv[name].dtype)).all()
    np.testing.assert_allclose(csv["amount"], trace["amount"])
    np.testing.assert_array_equal(csv["case"], trace["case"].astype("float64"))


def test_text_time_stamps_are_iso(trace: pd.DataFrame) -> None:
    texts = as_text(trace)
    assert texts["start"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00").all()
    assert (pd.to_datetime(texts["end"]) == trace["end"]).all()
