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
    ("hour", "start", "end"),
    [
        (0, "2024-01-01 09:00", None),  # a Monday
        (1, "2024-01-01 10:00", "2024-01-01 10:00"),
        (8, "2024-01-02 09:00", "2024-01-01 17:00"),
        (39, "2024-01-05 16:00", "2024-01-05 16:00"),
        (40, "2024-01-08 09:00", "2024-01-05 17:00"),
        (52 * 40, "2024-12-30 09:00", "2024-12-27 17:00"),
    ],
)
def test_business_hours_on_the_calendar(hour: int, start: str, end: str | None) -> None:
    assert time_stamps([hour])[0] == pd.Timestamp(start)
    if end is not None:
        assert time_stamps([hour], closing=True)[0] == pd.Timestamp(end)


def test_columns_for_process_mining_come_first(trace: pd.DataFrame) -> None:
    assert tuple(trace.columns[: len(LEADING)]) == LEADING
    assert {"hours", "outcome", "path", "deviations", "forced_fits", "level", "answers", "amount"} <= set(
        trace.columns
    )


def test_time_stamps_are_ordered_and_within_office_hours(trace: pd.DataFrame) -> None:
    assert len(trace) > 100
    assert (trace["start"] <= trace["end"]).all()
    assert trace["start"].is_monotonic_increasing
    for name in ("start", "end"):
        assert (trace[name].dt.day_of_week < 5).all()
        assert trace[name].dt.hour.between(9, 17).all()
        assert (trace[name].dt.minute == 0).all()
    assert (trace["start"].dt.hour < 17).all()


def test_time_stamps_tell_the_business_hours(trace: pd.DataFrame) -> None:
    """Working days and hours between two stamps are the business hours between the two instants."""
    days = np.busday_count(
        trace["start"].to_numpy().astype("datetime64[D]"), trace["end"].to_numpy().astype("datetime64[D]")
    )
    between = 8 * days + trace["end"].dt.hour - trace["start"].dt.hour
    assert (between == trace["end_hour"] - trace["start_hour"]).all()


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
    for name in ("start", "end", "hours", "activity", "resource"):
        assert (csv[name] == trace[name].astype(csv[name].dtype)).all()
    np.testing.assert_allclose(csv["amount"], trace["amount"])
    np.testing.assert_array_equal(csv["case"], trace["case"].astype("float64"))


def test_text_time_stamps_are_iso(trace: pd.DataFrame) -> None:
    texts = as_text(trace)
    assert texts["start"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:00:00").all()
    assert (pd.to_datetime(texts["end"]) == trace["end"]).all()
