"""What a report says of decompositions and of where the order turns over."""

import re
from pathlib import Path

import numpy as np
import pytest

from experiments.report import page_tables
from experiments.report.analyses import decomposed, places_table, turned_over
from experiments.report.answer import answer
from tests.helpers import analysed


def test_the_answer_names_what_adds_most_and_by_how_much(tmp_path: Path) -> None:
    tables, experiment = analysed.decomposed(tmp_path)
    text = answer(tables, experiment)
    assert text.startswith("From “strict” to “cluster” (variety of customers = 0.1), deals won changes by +5")
    assert re.search(r"changes by \+5\d(\.\d)? ± \d", text)
    order = [text.index(name) for name in ("peers' readings +", "no sign-off +", "customers stay with the rep")]
    assert order == sorted(order)
    assert re.search(r"reach −\d", text)
    assert "There is nothing to compare" not in text


def test_of_a_difference_the_answer_says_whose(tmp_path: Path) -> None:
    tables, experiment = analysed.decomposed(tmp_path, ("strict", "lean"))
    assert "deals won, lean − strict changes by −5" in decomposed(tables, experiment, "won")


def test_rows_of_a_decomposition_add_up(tmp_path: Path) -> None:
    tables, experiment = analysed.decomposed(tmp_path, settings=1)
    (view,) = [view for view in page_tables.views(tables, experiment) if view.title == "What makes the difference"]
    won = [row for row in view.rows if row[1] == "Deals won"]
    assert [row[3] for row in won][-1] == "all together"
    sizes = [float(row[4].split()[0].replace("−", "-").replace(",", "")) for row in won]
    assert sum(sizes[:-1]) == pytest.approx(sizes[-1], abs=2)
    assert all("[" in row[4] for row in won)


def test_the_answer_says_up_to_where_who_leads(tmp_path: Path) -> None:
    tables, experiment = analysed.turned_over(tmp_path)
    text = turned_over(tables, "won")
    assert re.match(r"who wins most deals as hearsay grows: cluster until 0\.(4|5)\d \[", text)
    assert re.search(r"cluster until 0\.2\d \[0\.2\d, 0\.\d\d\] \(variety of customers = 0\.2\)", text)
    assert text in answer(tables, experiment).replace("Who wins", "who wins")


def test_a_lead_that_lasts_throughout_is_called_so(tmp_path: Path) -> None:
    tables, _ = analysed.turned_over(tmp_path, settings=1)
    table = tables["turnovers"].assign(at=np.inf, low=0.9, high=np.inf)
    assert turned_over({**tables, "turnovers": table}, "won").endswith("cluster throughout, at least until 0.90")
    table = table.assign(low=np.inf)
    assert turned_over({**tables, "turnovers": table}, "won").endswith("cluster throughout")


def test_rows_of_turnovers_say_lead_place_and_misfit(tmp_path: Path) -> None:
    tables, experiment = analysed.turned_over(tmp_path, settings=1)
    (view,) = [view for view in page_tables.views(tables, experiment) if view.title == "Where the order turns over"]
    leads = [row for row in view.rows if row[1] == "Deals won"]
    assert [row[2] for row in leads] == ["cluster ahead of strict", "cluster ahead of all others"]
    assert all(re.fullmatch(r"until 0\.(4|5)\d \[0\.\d\d, 0\.\d\d\]", row[3]) for row in leads)
    assert all(row[4].endswith(" deals") for row in leads)
    assert "Hearsay" in view.note


def test_a_table_of_places_has_a_row_per_setting_and_a_column_per_lead(tmp_path: Path) -> None:
    tables, _ = analysed.turned_over(tmp_path)
    columns, rows = places_table(tables["turnovers"], "won")
    assert columns == ["setting", "cluster ahead of strict", "first of all"]
    assert [row[0] for row in rows] == ["Variety of customers = 0.1", "Variety of customers = 0.2"]
    assert all(re.fullmatch(r"until 0\.\d\d \[0\.\d\d, 0\.\d\d\]", row[1]) for row in rows)
    assert all(row[2] == f"cluster {row[1]}" for row in rows)


def test_what_was_not_analysed_is_not_spoken_of(tmp_path: Path) -> None:
    tables, experiment = analysed.turned_over(tmp_path, settings=1)
    assert decomposed(tables, experiment, "won") == ""
    assert turned_over({}, "won") == ""
    assert turned_over(tables, "acted_within_week") == ""
