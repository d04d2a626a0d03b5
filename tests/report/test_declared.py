"""Generated tables: complete, and as a config file would have it."""

from experiments.design.values import bounds, shown
from experiments.report.declared import COLUMNS, measure_table_markdown, parameter_table_markdown, parameter_text
from simulation.measures import MEASURES
from simulation.parameters import GROUPS, parameters
from simulation.presets import PRESETS

BY_NAME = {p.name: p for p in parameters()}


def test_every_input_has_a_row_with_all_columns() -> None:
    text = parameter_table_markdown()
    for parameter in parameters():
        row = next(line for line in text.splitlines() if line.startswith(f"| {parameter.name} |"))
        assert row.replace("\\|", "").count("|") == len(COLUMNS) + 1
        assert parameter.source in row
        assert parameter.grade in row


def test_presets_stand_side_by_side() -> None:
    text = parameter_table_markdown("regime")
    assert f"| name | unit | {' | '.join(PRESETS)} |" in text
    assert '| divert_below | probability | 0 | "always" | 0.85 | 0 |' in text
    assert "| variety |" not in text


def test_values_and_bounds_as_in_a_config_file() -> None:
    assert shown(BY_NAME["review_weeks"], float("inf")) == '"never"'
    assert shown(BY_NAME["divert_below"], float("inf")) == '"always"'
    assert shown(BY_NAME["dispatch"], "direct") == '"direct"'
    assert shown(BY_NAME["quorum"], 3) == "3"
    assert bounds(BY_NAME["variety"]) == "0 to 1"
    assert bounds(BY_NAME["divert_below"]) == '0 to 1 or "always"'
    assert bounds(BY_NAME["lags"]) == '"exponential" or "fixed"'


def test_the_terminal_gets_the_same_within_its_width() -> None:
    text = parameter_text(None, 80)
    assert [line for line in text.splitlines() if line in GROUPS] == list(GROUPS)
    for parameter in parameters():
        assert f"  {parameter.name} " in text
    assert max(map(len, text.splitlines())) <= 90  # limits of a few inputs are wider than their column


def test_every_measure_has_a_row() -> None:
    text = measure_table_markdown()
    assert len(text.splitlines()) == len(MEASURES) + 2
    assert "| won | deals | deals enacted |" in text
