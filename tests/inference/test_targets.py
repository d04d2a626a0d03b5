"""Targets against outcomes, on made-up runs whose shares can be reckoned in the head."""

import numpy as np
import pandas as pd
import pytest

from experiments.inference.targets import COLUMNS, TARGETS, against_targets


def runs(**changes: float) -> pd.DataFrame:
    """Three like runs of strict, and one of another regime that must not count."""
    values = {
        "won": 46.0, "lost": 30.0, "no_decision": 24.0, "cycle_days": 60.0, "sign_off_queue_hours": 10.0,
        "sign_off_work_hours": 2.0, "no_action_share": 0.25, "rep_utilisation": 0.5, **changes,
    }  # fmt: skip
    rows = [{"regime": "strict", **values}] * 3 + [{"regime": "other", **dict.fromkeys(values, 1.0)}]
    return pd.DataFrame(rows)


def outcomes(**changes: float) -> pd.DataFrame:
    return against_targets(runs(**changes)).set_index("figure")


def test_outcomes_of_the_strict_regime_in_the_units_of_the_targets() -> None:
    table = outcomes()
    assert table["outcome"].filter(like="closed").tolist() == pytest.approx([46, 30, 24])
    assert table["outcome"]["wait for an approver"] == pytest.approx(
        42
    )  # 10 business hours = 1.25 of 5 days = 42 h
    assert table["outcome"]["work, of elapsed time at an approver"] == pytest.approx(100 * 2 / 44)
    assert table["outcome"]["time per approval"] == pytest.approx(1.5)
    assert table["outcome"]["left with no action ever"] == pytest.approx(25)
    assert (table["n"].drop("reps per manager").drop("first response within 1 hour") == 3).all()


def test_verdicts_say_within_outside_or_that_there_is_nothing_to_meet() -> None:
    table = outcomes()
    assert (table["verdict"][table["kind"] == "fitted"] == "within").all()
    assert table["verdict"]["time per approval"] == "outside"
    assert table["verdict"]["qualified pipeline lost to no decision"] == "outside"
    assert table["verdict"]["reps' time on opportunities"] == "outside"
    assert table["verdict"]["work per approval"] == "no target"
    assert table["verdict"]["first response within 1 hour"] == "no counterpart"
    assert outcomes(cycle_days=70.5)["verdict"]["median sales cycle of deals won"] == "outside"
    assert outcomes(cycle_days=69.5)["verdict"]["median sales cycle of deals won"] == "within"
    assert outcomes(sign_off_queue_hours=np.nan)["verdict"]["wait for an approver"] == "no value"


def test_fitted_are_those_that_the_model_description_names() -> None:
    fitted = {target.figure: (target.low, target.high) for target in TARGETS if target.fitted}
    expected = {
        "won, of closed opportunities": (43.6, 49.6),
        "lost, of closed opportunities": (26.6, 32.6),
        "no decision, of closed opportunities": (20.8, 26.8),
        "median sales cycle of deals won": (50, 70),
    }
    assert fitted.keys() == expected.keys()
    for figure, limits in expected.items():
        assert fitted[figure] == pytest.approx(limits)


def test_columns_and_sources() -> None:
    table = against_targets(runs())
    assert tuple(table.columns) == COLUMNS
    assert (table["source"].str.len() > 5).all()
    assert set(table["kind"]) == {"input", "fitted", "predicted"}
