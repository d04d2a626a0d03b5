"""The calibration as tables and as a page of Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.calibration import causes
from experiments.calibration.fit import Fit
from experiments.calibration.objective import FREE, SIGMAS, WHOLE, chi_square, defaults, distance, outcomes
from experiments.calibration.profile import TOLERANCE, interval
from experiments.inference import Estimate
from experiments.inference.targets import FITTED, TARGETS, against_targets
from experiments.wording.numbers import number, plus_minus, written
from experiments.wording.tabulated import markdown_table

INTRODUCTION: Final = f"""# Calibration of the reference firm

The strict preset at the reference firm, fitted to published figures. What counts as met was stated before the fit
(`experiments/inference/targets.py`). A distance is (outcome − middle of the band) / (half the band / {SIGMAS:g}), on the
logarithm where the band is by factor; the objective is the sum of its squares over the {len(FITTED)} fitted figures (chi-square).
All candidates meet the same customers (common random numbers). Method: differential evolution (Storn & Price 1997) over all
parameters, then least squares (Branch, Coleman & Li 1999). Reps' selling hours are tried as whole hours: customers arrive on
the hour, so a minute of a begun hour would answer all of that hour's customers, and fractions would fit the tick.

Of the four shares of first responses and the three outcomes of forecast deals, each set adds up to 100 %, so the {len(FITTED)}
figures hold {len(FITTED) - 2} independent numbers for {len(FREE) + len(WHOLE)} parameters.
"""


def fit_table(best: Fit, fitted_runs: Any, default_runs: pd.DataFrame) -> pd.DataFrame:
    """A row per published figure: at the fitted values, and at the rounded defaults with fresh seeds.

    distance: of the outcome at the defaults, in standard deviations.
    """
    table = against_targets(default_runs.assign(regime="strict"))
    at_fit = dict(zip((target.figure for target in TARGETS), outcomes(fitted_runs, TARGETS), strict=True))
    by_name = {target.figure: target for target in TARGETS}
    table.insert(6, "at_fit", table["figure"].map(at_fit))
    rows = table[["figure", "outcome"]].to_dict("records")
    table.insert(11, "distance", [
        distance(by_name[row["figure"]], row["outcome"]) if row["figure"] in by_name else 0.0 for row in rows
    ])
    return table


def parameter_table(best: Fit, profiles: pd.DataFrame) -> pd.DataFrame:
    """A row per calibrated parameter: fitted value, interval, default, and what moves along within the interval."""
    rows = []
    declared = defaults()
    for name in best.point:
        found = interval(profiles, name)
        rows.append({
            "parameter": name, "fitted": best.point[name], "low": found.low, "high": found.high, "open_below": found.open_below,
            "open_above": found.open_above, "default": declared[name], "moves_along": found.along,
        })
    return pd.DataFrame(rows)


def markdown(
    best: Fit, fit: pd.DataFrame, parameters: pd.DataFrame, wholes: pd.DataFrame, tried: pd.DataFrame, forgetting: pd.DataFrame,
    settled: pd.DataFrame, default_runs: pd.DataFrame, figures: Sequence[str],
) -> str:
    """The whole report; figures: file names, or none."""
    pictures = [f"![{name}]({name})\n" for name in figures]
    return "\n".join([
        INTRODUCTION,
        _outcome(best, fit, default_runs), _figures(fit), *pictures[:1],
        "## The parameters\n", _parameters(parameters), *pictures[1:],
        "## Hours a day\n", _wholes(wholes),
        "## Why figures are missed\n", _causes(tried),
        "## Whether forgetting decides anything\n", _forgetting(forgetting),
        "## Whether queues settle\n", _settled(settled),
    ])


def _outcome(best: Fit, fit: pd.DataFrame, default_runs: pd.DataFrame) -> str:
    fitted, predicted = (fit[fit["kind"] == kind] for kind in ("fitted", "predicted"))
    return (
        f"**{(fit['verdict'] == 'within').sum()} of {len(fit)} figures are within their bands**: of {len(fitted)} fitted "
        f"{(fitted['verdict'] == 'within').sum()}, of {len(predicted)} predicted {(predicted['verdict'] == 'within').sum()}, "
        f"and the inputs. Chi-square is {best.chi_square:.1f} at the fitted values, and {chi_square(default_runs):.1f} at the "
        f"rounded defaults with {len(default_runs)} fresh seeds.\n"
    )


def _figures(fit: pd.DataFrame) -> str:
    rows = [
        (
            row["figure"], row["kind"], row["unit"], row["target"], f"{row['target_low']:g} to {row['target_high']:g}",
            number(row["at_fit"]), _with_interval(row), number(row["distance"], 1, "+"), _bold_unless(row["verdict"], "within"),
        )
        for row in fit.to_dict("records")
    ]
    columns = ("figure", "kind", "unit", "published", "met from … to", "at the fit", "at the defaults", "distance", "verdict")
    notes = [f"- {row['figure']}: {row['note']}." for row in fit.to_dict("records") if row["note"]]
    return "\n".join([markdown_table(columns, rows), "", *notes, ""])


def _parameters(parameters: pd.DataFrame) -> str:
    rows = [
        (
            row["parameter"], number(row["fitted"]), _range(row), f"{row['default']:g}",
            row["moves_along"] or ("–" if row["parameter"] in WHOLE else "nothing by more than a quarter"),
        )
        for row in parameters.to_dict("records")
    ]
    text = (
        f"Interval: where chi-square, with all other parameters fitted again, is at most {TOLERANCE:g} above its minimum "
        "(profile likelihood, the bands being the variance). \"Or less\", \"or more\": nothing tried beyond was worse. Moves "
        "along: what the others become from the lower to the upper end of the interval, where it is more than a quarter: a ridge "
        "of values that fit as well together. All points: profile.csv.\n"
    )
    return "\n".join([text, markdown_table(("parameter", "fitted", "interval", "default", "moves along"), rows), ""])


def _range(row: Any) -> str:
    low = f"{row['low']:.3g}" + (" or less" if row["open_below"] and row["low"] > 0 else "")
    return f"{low} to {row['high']:.3g}" + (" or more" if row["open_above"] else "")


def _wholes(wholes: pd.DataFrame) -> str:
    text = "All other parameters fitted again for each number; bold: outside the band. All parameters: whole_hours.csv.\n"
    hours = (name.partition(".")[2] for name in WHOLE)
    columns = (*hours, "chi-square", *(target.figure for target in TARGETS if target.kind != "input"))
    rows = [
        (*(f"{row[name]:g}" for name in WHOLE), number(row["chi_square"], 1),
         *(_marked(row[target.figure], target.low <= row[target.figure] <= target.high) for target in TARGETS
           if target.kind != "input"))
        for row in wholes.to_dict("records")
    ]
    return "\n".join([text, markdown_table(columns, rows), ""])


def _causes(tried: pd.DataFrame) -> str:
    """Every trial's outcomes, and for each figure missed the trials in which it is met."""
    figures = [target.figure for target in TARGETS]
    marked: dict[str, dict[str, str]] = {}
    for row in tried.to_dict("records"):
        marked.setdefault(row["trial"], {})[row["figure"]] = _marked(row["outcome"], row["met"])
    rows = [(trial, *(cells[name] for name in figures)) for trial, cells in marked.items()]
    lines = [
        f"- **{figure}** is met with: {trial}. Newly missed then: {', '.join(left) or 'nothing'}."
        for figure, trial, left in causes.entering(tried)
    ]
    never = [name for name in figures if not tried.loc[tried["figure"] == name, "met"].any()]
    if never:
        lines.append(f"- In no trial met: {', '.join(never)}.")
    text = f"One thing is changed at the defaults (n = {tried['n'].max()} runs each); bold: outside the band.\n"
    return "\n".join([text, markdown_table(("trial", *figures), rows), "", *lines, ""])


def _settled(table: pd.DataFrame) -> str:
    """Matters in inboxes early and late in the measured window."""
    rows = [
        (
            row["regime"], row["inboxes"], number(row["first_half"]), number(row["second_half"]),
            " ".join(written(Estimate(row["n"], row["growth"], row["low"], row["high"]), least=1)),
        )
        for row in table.to_dict("records")
    ]
    text = (
        f"Matters waiting in inboxes at the defaults, mean over the first and the second half of the measured window "
        f"(n = {table['n'].max()} runs): a queue that never settles would grow.\n"
    )
    columns = ("regime", "inboxes", "first half", "second half", "growth (95 %)")
    return "\n".join([text, markdown_table(columns, rows), ""])


MARKET: Final = ["variety", "ambiguity", "opportunities_per_rep_week"]


def _forgetting(table: pd.DataFrame) -> str:
    names = [column.removeprefix("won_") for column in map(str, table) if column.startswith("won_")]
    rows = [
        (
            ", ".join(f"{row[name]:g}" for name in MARKET), f"{row['forgotten_per_week']:.3g}",
            row["winner"], row["second"], " ".join(written(Estimate(row["n"], row["ahead"], row["low"], row["high"]), least=1)),
            *(f"{row[f'won_{name}']:.0f}" for name in names),
        )
        for row in table.to_dict("records")
    ]
    same = [len(set(part["winner"])) == 1 for _, part in table.groupby(MARKET)]
    text = (
        f"Deals won of each preset (n = {table['n'].max()} paired runs), without forgetting, at the upper end of the interval of "
        f"its rate, and at one a week. The winner is the same at all rates in {sum(same)} of {len(same)} markets.\n"
    )
    columns = ("v, a, load", "forgotten per week", "winner", "second", "ahead by (95 %)", *names)
    return "\n".join([text, markdown_table(columns, rows), ""])


def _with_interval(row: Any) -> str:
    """Two decimals for small figures, one for others, with half the interval."""
    found = Estimate(int(np.isfinite(row["outcome"])), row["outcome"], row["low"], row["high"])
    return plus_minus(found, 1 if abs(row["outcome"]) >= 10 else 2)


def _marked(value: float, met: bool) -> str:
    return number(value) if met else f"**{number(value)}**"


def _bold_unless(word: str, fine: str) -> str:
    return word if word == fine else f"**{word}**"


def summary(parameters: pd.DataFrame) -> tuple[list[str], Iterable[tuple[str, ...]]]:
    """Columns and rows of the parameters for the terminal."""
    rows = [
        (row["parameter"], number(row["fitted"]), _range(row), f"{row['default']:g}") for row in parameters.to_dict("records")
    ]
    return ["parameter", "fitted", "interval", "default"], rows
