"""Results as a sales leader reads them: headline measures, published figures beside them, the answer."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.design.experiment import Experiment
from experiments.inference import Estimate, Estimates, estimates
from experiments.report.answer import answered
from experiments.report.remarks import remarks
from experiments.wording import naming
from experiments.wording.numbers import plus_minus, times
from simulation.measures import NAMES

PIPED_WIDTH: Final = 100  # columns, where there is no terminal to ask
_LABEL_WIDTH: Final = 24
_CELL_WIDTH: Final = 14
CLEAR: Final = "*"  # marks differences whose interval excludes 0


# Measures, each with so many decimals.
HEADLINES: Final = {
    "won": 0, "value_won": 1, "won_share": 1, "lost_share": 1, "no_decision_share": 1, "no_action_share": 1,
    "acted_within_day": 1, "acted_within_week": 1, "median_hours_to_action": 1, "cycle_days": 1, "best_answer_share": 1,
    "waited_managers_hours": 1, "hours_per_deal_with_managers": 1, "manager_utilisation": 1, "created": 0,
}


def console_for(stream_is_terminal: bool | None = None) -> Console:
    """A console as wide as the terminal (PIPED_WIDTH without one), coloured as NO_COLOR and it allow."""
    terminal = sys.stdout.isatty() if stream_is_terminal is None else stream_is_terminal
    width = None if terminal or "COLUMNS" in os.environ else PIPED_WIDTH
    return Console(width=width, highlight=False)


def show(console: Console, experiment: Experiment, found: Mapping[str, pd.DataFrame]) -> None:
    """Print question and answer; of one cell, before the answer, the headline table, and targets if there are any.

    found: the tables by name; those of many cells are in the results folder and too long for a terminal.
    """
    console.print(f"\n[bold]{escape(experiment.title)}[/bold]\n{escape(experiment.question)}")
    if len(experiment.cells) == 1:
        for part in _parts(list(experiment.regimes), console.width):
            console.print(headline_table(experiment, found["summary"], found["differences"], part))
        for baseline in dict.fromkeys(baseline for _, baseline in experiment.pairs if baseline != experiment.baseline):
            console.print(contrast_table(experiment, found["differences"], baseline))
        console.print(_legend(experiment))
        if "targets" in found:
            console.print(target_table(found["targets"]))
    said = answered(found, experiment)
    console.print(escape(said.sentence), style="bold")
    for text in said.further:
        console.print(escape(text))
    for text in remarks(found, experiment):
        console.print(f"[yellow]Note:[/yellow] {escape(text)}")


def headline_table(
    experiment: Experiment, summary: pd.DataFrame, differences: pd.DataFrame, regimes: Sequence[str]
) -> Table:
    """One row per headline, one column per regime: the mean, below it the difference from the baseline."""
    table = _table()
    table.add_column("Measure", min_width=_LABEL_WIDTH - 2, overflow="fold")
    for regime in regimes:
        table.add_column(regime, justify="right", overflow="fold", min_width=8)
    means = estimates(summary)
    paired = estimates(differences[differences["baseline"] == experiment.baseline])
    for measure in _rows(experiment, means):
        cells = []
        for name in regimes:
            difference = None if name == experiment.baseline else paired.get((measure, name))
            cells.append(_cell(measure, means[measure, name], difference, experiment.count))
        table.add_row(f"{naming.measure_label(measure)}\n[dim]{naming.measure_unit(measure)}[/dim]", *cells)
    return table


def contrast_table(experiment: Experiment, differences: pd.DataFrame, baseline: str) -> Table:
    """The contrasts with another regime than the baseline: a column per regime that is compared with it."""
    paired = estimates(differences[differences["baseline"] == baseline])
    regimes = [regime for regime, other in experiment.pairs if other == baseline]
    table = _table()
    table.add_column("Difference", min_width=_LABEL_WIDTH - 2, overflow="fold")
    for regime in regimes:
        table.add_column(f"{regime} − {baseline}", justify="right", overflow="fold", min_width=8)
    for measure in _rows(experiment, paired):
        ones = [paired[measure, regime] for regime in regimes]
        cells = [f"{headline_text(measure, one, sign='+')} {CLEAR if one.excludes_zero else ' '}" for one in ones]
        table.add_row(f"{naming.measure_label(measure)}\n[dim]{naming.measure_unit(measure, 'pp')}[/dim]", *cells)
    return table


def _rows(experiment: Experiment, there: Estimates) -> list[str]:
    """The measures of the table: those asked for, else the headlines."""
    wanted = HEADLINES if experiment.outcomes == NAMES else experiment.outcomes
    known = {measure for measure, _ in there}
    return [measure for measure in wanted if measure in known]


def headline_text(measure: str, one: Estimate, sign: str = "") -> str:
    """A headline measure or a difference of it in the unit in which it is drawn: "12.3 ± 0.4"."""
    return plus_minus(times(naming.scale(measure), one), HEADLINES.get(measure, 1), sign)


def outcome_text(target: Mapping[Any, Any]) -> str:
    """What the model gives for a published figure, from a row of the table of targets."""
    known = int(np.isfinite(target["outcome"]))
    return plus_minus(Estimate(known, target["outcome"], target["low"], target["high"]))


def target_table(targets: pd.DataFrame) -> Table:
    """Published figure, outcome of the strict preset with its interval, verdict."""
    table = _table()
    table.title = "Published figures and the strict preset at the reference firm"
    table.caption = "fitted: parameters were chosen to meet it; predicted: they were not, so it can fail"
    for column, side in (
        ("Figure", "left"),
        ("Published", "right"),
        ("Outcome", "right"),
        ("Verdict", "left"),
    ):
        table.add_column(column, overflow="fold", justify="right" if side == "right" else "left")
    for row in targets.to_dict("records"):
        figure, verdict = f"{row['figure']} [dim]({row['unit']})[/dim]", f"{row['kind']}: {row['verdict']}"
        table.add_row(figure, row["target"], outcome_text(row), verdict)
    return table


def _table() -> Table:
    return Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title_justify="left",
        caption_justify="left",
    )


def _cell(measure: str, mean: Estimate, difference: Estimate | None, count: int) -> str:
    """The mean, below it the difference from the baseline, then how many runs count if not all of them do."""
    lines = [headline_text(measure, mean)]
    if difference is not None:
        mark = CLEAR if difference.excludes_zero else " "
        lines.append(f"[italic]{headline_text(measure, difference, sign='+')}[/italic] {mark}")
    if 0 < mean.n < count:
        lines.append(f"{mean.n} of {count} runs")
    return "\n".join(lines)


def _legend(experiment: Experiment) -> str:
    n = experiment.count
    return (
        f"First line: mean of {n} run{'s'[: n != 1]} ± half of its 95 % interval. Second line: difference "
        f"from {experiment.baseline}, paired by seed; {CLEAR} = its interval excludes 0 (by chance alone, "
        "one in twenty would)."
    )


def _parts(regimes: list[str], width: int) -> list[list[str]]:
    """The regimes in groups that fit beside each other."""
    fitting = max(1, (width - _LABEL_WIDTH) // _CELL_WIDTH)
    return [regimes[i : i + fitting] for i in range(0, len(regimes), fitting)]
