"""Results as a sales leader reads them: headline measures, published figures beside them, the answer."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.design.experiment import Experiment
from experiments.inference import Estimate, estimates
from experiments.report.answer import answer

PIPED_WIDTH: Final = 100  # columns, where there is no terminal to ask
_LABEL_WIDTH: Final = 24
_CELL_WIDTH: Final = 14
CLEAR: Final = "*"  # marks differences whose interval excludes 0


class Headline(NamedTuple):
    """A measure in plain words. Shown is its value times `scale`, with so many decimals."""

    measure: str
    label: str
    unit: str
    scale: float = 1.0
    decimals: int = 1


HEADLINES: Final = (
    Headline("won", "Deals enacted", "per run", decimals=0),
    Headline("value_won", "Value enacted", "million USD", 0.001),
    Headline("won_share", "Enacted", "% of opportunities", 100),
    Headline("lost_share", "Lost: offer declined", "% of opportunities", 100),
    Headline("no_decision_share", "No decision", "% of opportunities", 100),
    Headline("no_action_share", "– no action ever", "% of opportunities", 100),
    Headline("acted_within_day", "First offer in a day", "% of opportunities", 100),
    Headline("acted_within_week", "First offer in a week", "% of opportunities", 100),
    Headline("median_hours_to_action", "Half have an offer by", "business hours"),
    Headline("cycle_days", "Median cycle, deals won", "calendar days"),
    Headline("best_answer_share", "Best answer", "% of deals enacted", 100),
    Headline("waited_managers_hours", "Wait for managers", "hours/opportunity"),
    Headline("hours_per_deal_with_managers", "Work per deal enacted", "hours"),
    Headline("manager_utilisation", "Review hours in use", "% of managers' hours", 100),
    Headline("created", "Created by prospecting", "opportunities", decimals=0),
)


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
        console.print(_legend(experiment))
        if "targets" in found:
            console.print(target_table(found["targets"]))
    console.print(escape(answer(found, experiment)), style="bold")


def headline_table(
    experiment: Experiment, summary: pd.DataFrame, differences: pd.DataFrame, regimes: Sequence[str]
) -> Table:
    """One row per headline, one column per regime: the mean, below it the difference from the baseline."""
    table = _table()
    table.add_column("Measure", min_width=_LABEL_WIDTH - 2, overflow="fold")
    for regime in regimes:
        table.add_column(regime, justify="right", overflow="fold", min_width=8)
    means, paired = estimates(summary), estimates(differences)
    for headline in HEADLINES:
        cells = []
        for name in regimes:
            key = (headline.measure, name)
            difference = None if name == experiment.baseline else paired[key]
            cells.append(_cell(headline, means[key], difference, experiment.count))
        table.add_row(f"{headline.label}\n[dim]{headline.unit}[/dim]", *cells)
    return table


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
        known = int(np.isfinite(row["outcome"]))
        outcome = _plus_minus(Estimate(known, row["outcome"], row["low"], row["high"]))
        figure, verdict = f"{row['figure']} [dim]({row['unit']})[/dim]", f"{row['kind']}: {row['verdict']}"
        table.add_row(figure, row["target"], outcome, verdict)
    return table


def _table() -> Table:
    return Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title_justify="left",
        caption_justify="left",
    )


def _cell(headline: Headline, mean: Estimate, difference: Estimate | None, count: int) -> str:
    """The mean, below it the difference from the baseline, then how many runs count if not all of them do."""
    scale, decimals = headline.scale, headline.decimals
    lines = [_plus_minus(mean, scale, decimals)]
    if difference is not None:
        mark = CLEAR if difference.excludes_zero else " "
        lines.append(f"[italic]{_plus_minus(difference, scale, decimals, sign='+')}[/italic] {mark}")
    if 0 < mean.n < count:
        lines.append(f"{mean.n} of {count} runs")
    return "\n".join(lines)


def _plus_minus(estimate: Estimate, scale: float = 1.0, decimals: int = 1, sign: str = "") -> str:
    """ "12.3 ± 0.4"; without an interval "12.3"; without a value "–"."""
    if estimate.n == 0:
        return "–"
    text = format(scale * estimate.mean, f"{sign},.{decimals}f")
    half = scale * (estimate.high - estimate.mean)
    return f"{text} ± {half:,.{decimals}f}" if estimate.has_interval else text


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
