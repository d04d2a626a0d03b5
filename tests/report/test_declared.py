"""Generated tables: complete, and as a config file would have it."""

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
    assert '| divert_below | probability | 0 | "always" | 0.85 | 0 | "always" |' in text
    assert "| variety |" not in text


def test_values_and_bounds_as_in_a_config_file() -> None:
    assert BY_NAME["review_weeks"].shown(float("inf")) == '"never"'
    assert BY_NAME["divert_below"].shown(float("inf")) == '"always"'
    assert BY_NAME["dispatch"].shown("direct") == '"direct"'
    assert BY_NAME["quorum"].shown(3) == "3"
    assert BY_NAME["sign_off_over"].shown(-1.0) == "-1", "as it is typed"
    assert BY_NAME["variety"].bounds == "0 to 1"
    assert BY_NAME["divert_below"].bounds == '0 to 1 or "always"'
    assert BY_NAME["lags"].bounds == '"exponential" or "fixed"'


def test_the_terminal_gets_the_same_within_its_width() -> None:
    text = parameter_text(None, 80)
    assert [line for line in text.splitlines() if line in GROUPS] == list(GROUPS)
    for parameter in parameters():
        assert f"  {parameter.name} " in text
    assert max(map(len, text.splitlines())) <= 80


def test_every_measure_has_a_row() -> None:
    text = measure_table_markdown()
    assert len(text.splitlines()) == len(MEASURES) + 2
    assert "| won | deals | deals won |" in text
