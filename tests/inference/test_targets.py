"""Targets against outcomes, on made-up runs whose shares can be reckoned in the head."""

import numpy as np
import pandas as pd
import pytest

from experiments.inference.targets import COLUMNS, FITTED, TARGETS, against_targets


def runs(**changes: float) -> pd.DataFrame:
    """Three like runs of strict, and one of another regime that must not count."""
    values = {
        "won": 30.0, "lost": 20.0, "no_decision": 50.0, "still_open": 7.0, "cycle_days": 60.0, "forecast_won_share": 0.46,
        "forecast_lost_share": 0.30, "forecast_no_decision_share": 0.24, "first_response_within_hour": 0.4,
        "first_response_within_day": 0.3, "first_response_later": 0.2, "first_response_never": 0.1,
        "sign_off_queue_hours": 10.0, "sign_off_work_hours": 0.2, "approval_hours": 28.0, "rep_utilisation": 0.5,
        "prospecting_share": 0.1, **changes,
    }
    rows = [{"regime": "strict", **values}] * 3 + [{"regime": "other", **dict.fromkeys(values, 1.0)}]
    return pd.DataFrame(rows)


def outcomes(**changes: float) -> pd.DataFrame:
    return against_targets(runs(**changes)).set_index("figure")


def test_outcomes_of_the_strict_regime_in_the_units_of_the_targets() -> None:
    table = outcomes()
    assert table["outcome"].filter(like="of forecast deals").tolist() == pytest.approx([46, 30, 24])
    assert table["outcome"]["no decision, of all opportunities"] == pytest.approx(50)  # still open ones do not count
    assert table["outcome"].filter(like="first response").tolist() == pytest.approx([40, 30, 20])
    assert table["outcome"]["no response ever"] == pytest.approx(10)
    assert table["outcome"]["wait for an approver"] == pytest.approx(42)  # 10 business hours = 1.25 of 5 days = 42 h
    assert table["outcome"]["work, of elapsed time at an approver"] == pytest.approx(100 * 0.2 / 42.2)
    assert table["outcome"]["time per approval"] == pytest.approx(3.5)
    assert table["outcome"]["reps' time on opportunities"] == pytest.approx(50)
    assert (table["n"].drop("reps per manager") == 3).all()


def test_every_figure_has_an_outcome_and_a_band_around_what_was_published() -> None:
    table = outcomes()
    assert np.isfinite(table["outcome"]).all()
    assert (table["target_low"] <= table["target_high"]).all()
    for target in TARGETS:
        assert target.low < float(target.published.split()[0]) * 1.000001
        assert float(target.published.split()[0]) < target.high
    assert len(table) >= 13
    assert table.index.is_unique


def test_verdicts_say_within_or_outside_or_that_no_run_has_a_value() -> None:
    table = outcomes()
    assert table["verdict"]["won, of forecast deals"] == "within"
    assert table["verdict"]["time per approval"] == "within"
    assert table["verdict"]["reps' time on opportunities"] == "outside"
    assert table["verdict"]["first response later, within a day"] == "outside"
    assert outcomes(cycle_days=70.5)["verdict"]["median sales cycle of deals won"] == "outside"
    assert outcomes(cycle_days=69.5)["verdict"]["median sales cycle of deals won"] == "within"
    assert outcomes(sign_off_queue_hours=np.nan)["verdict"]["wait for an approver"] == "no value"


def test_bands_stated_before_the_fit() -> None:
    bands = {target.figure: (target.low, target.high) for target in FITTED}
    expected = {
        "won, of forecast deals": (43.6, 49.6),
        "lost, of forecast deals": (26.6, 32.6),
        "no decision, of forecast deals": (20.8, 26.8),
        "no decision, of all opportunities": (40, 60),
        "median sales cycle of deals won": (50, 70),
        "first response within an hour": (27, 47),
        "first response later, within a day": (6, 26),
        "first response later than a day": (14, 34),
        "no response ever": (13, 33),
        "reps' time on opportunities": (28, 41),
        "wait for an approver": (26.5, 106),
    }
    assert bands.keys() == expected.keys()
    for figure, limits in expected.items():
        assert bands[figure] == pytest.approx(limits)


def test_columns_and_sources() -> None:
    table = against_targets(runs())
    assert tuple(table.columns) == COLUMNS
    assert (table["source"].str.len() > 5).all()
    assert set(table["kind"]) == {"input", "fitted", "predicted"}
