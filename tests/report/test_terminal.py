"""What is printed: every headline, marks that need no colour, any width, the answer below them."""

import io
import re
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console

from experiments.design.experiment import Experiment
from experiments.inference import paired_differences, summarise, targets
from experiments.report import terminal
from experiments.running.runner import Results
from experiments.wording import naming
from simulation.measures import NAMES


def printed(experiment: Experiment, results: Results, width: int, **options: bool) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, **options)  # type: ignore[arg-type]
    terminal.show(console, experiment, results.tables)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_everything_fits_into_the_width(small: Experiment, results: Results, width: int) -> None:
    text = printed(small, results, width)
    assert max(map(len, text.splitlines())) <= width
    for measure in terminal.HEADLINES:
        assert all(word in text for word in naming.measure_label(measure).split())
    assert "…" not in text, "nothing is cut off"


def test_four_regimes_stand_beside_each_other_in_80_columns(small: Experiment, results: Results) -> None:
    regimes = dict.fromkeys(("one", "two", "three", "four"), small.regimes["strict"])
    parts = [results.runs.query("regime == 'strict'").assign(regime=name) for name in regimes]
    runs = pd.concat(parts)
    many = replace(small, regimes=regimes, baseline="one")
    found = results._replace(runs=runs, tables={"summary": summarise(runs), "differences": paired_differences(runs, "one")})
    heading = next(line for line in printed(many, found, 80).splitlines() if line.startswith(" Measure"))
    assert heading.split() == ["Measure", "one", "two", "three", "four"]


def test_without_colour_nothing_is_lost(
    small: Experiment, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    codes = re.findall(r"\x1b\[([\d;]*)m", printed(small, results, 100, force_terminal=True))
    assert codes, "bold and italic may stay"
    assert not [code for code in codes if re.search(r"\b([349]\d|10\d)\b", code)], "colours"
    assert "\x1b" not in printed(small, results, 100)


def runs_of(experiment: Experiment, **values: list[float]) -> tuple[Experiment, pd.DataFrame]:
    """An experiment with runs in which every measure has the given values, by regime."""
    regimes = dict.fromkeys(values, experiment.regimes["strict"])
    count = len(next(iter(values.values())))
    frames = [
        pd.DataFrame({"regime": name, "seed": range(count), **dict.fromkeys(NAMES, given)})
        for name, given in values.items()
    ]
    return replace(experiment, regimes=regimes, baseline=next(iter(values)), count=count), pd.concat(
        frames, ignore_index=True
    )


def cells(experiment: Experiment, runs: pd.DataFrame) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False)
    differences = paired_differences(runs, experiment.baseline)
    console.print(terminal.headline_table(experiment, summarise(runs), differences, list(experiment.regimes)))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_difference_is_marked_where_its_interval_excludes_zero(small: Experiment) -> None:
    text = cells(*runs_of(small, base=[1.0, 2.0, 3.0], clear=[11.0, 12.1, 13.0], unclear=[2.0, 2.0, 2.0]))
    line = next(line for line in text.splitlines() if line.lstrip().startswith("calendar days"))
    assert "+10.0 ± 0.1 *" in line
    assert "+0.0 ± 2.5" in line
    assert line.count("*") == 1


def test_missing_values_are_shown_as_missing(small: Experiment) -> None:
    gap = float("nan")
    text = cells(*runs_of(small, base=[1.0, 2.0, 3.0], some=[gap, 2.0, 3.0], none=[gap, gap, gap]))
    assert "2 of 3 runs" in text
    assert "–" in text
    assert "nan" not in text


def test_one_run_has_no_interval(small: Experiment) -> None:
    experiment, runs = runs_of(small, base=[4.0], other=[5.0])
    assert "±" not in cells(experiment, runs)
    assert "nan" not in cells(experiment, runs)


def test_the_answer_stands_below_the_table_and_follows_the_numbers(small: Experiment, results: Results) -> None:
    experiment, runs = runs_of(small, low=[1.0, 2.0, 3.0], high=[11.0, 12.1, 13.0])
    found = {"summary": summarise(runs), "differences": paired_differences(runs, "low")}
    text = " ".join(printed(experiment, results._replace(tables=found), 200).split())
    assert experiment.question in text
    assert text.index("Deals won") < text.index("high wins most deals (12")
    assert "Median time to first offer: low 2.00, high 12.0 business hours." in text
    assert "Left with no action ever: low 200, high 1,203 %." in text


@pytest.mark.parametrize("values", [{"a": [1.0, 2.0, 3.0], "b": [3.0, 2.0, 1.0]}, {"a": [4.0], "b": [5.0]}])
def test_the_answer_names_no_winner_where_there_is_none(
    small: Experiment, results: Results, values: dict[str, list[float]]
) -> None:
    experiment, runs = runs_of(small, **values)
    found = {"summary": summarise(runs), "differences": paired_differences(runs, "a")}
    text = " ".join(printed(experiment, results._replace(tables=found), 200).split())
    assert ", but " in text or "a ≈ b: which of them wins most deals cannot be told" in text
    assert "the next" not in text


def test_targets_stand_beside_outcomes(small: Experiment) -> None:
    _, runs = runs_of(small, strict=[1.0, 2.0, 3.0])
    console = Console(file=io.StringIO(), width=80, highlight=False)
    console.print(terminal.target_table(targets.against_targets(runs)))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "46.6 ± 3" in text
    assert "fitted: outside" in text
    assert "predicted: outside" in text
    assert "nan" not in text


def test_titles_are_printed_as_they_are_written(small: Experiment, results: Results) -> None:
    assert "[red]alert[/red]" in printed(replace(small, title="[red]alert[/red]"), results, 100)


def test_without_a_terminal_the_width_is_that_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert terminal.console_for(stream_is_terminal=False).width == terminal.PIPED_WIDTH
    monkeypatch.setenv("COLUMNS", "72")
    assert terminal.console_for(stream_is_terminal=False).width == 72
