"""The calibration as tables and as a page of Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.calibration import causes
from experiments.calibration.fit import Fit
from experiments.calibration.objective import FREE, SIGMAS, WHOLE, chi_square, defaults, distance, outcomes
from experiments.calibration.profile import TOLERANCE, interval
from experiments.inference.targets import FITTED, TARGETS, against_targets
from experiments.wording.tabulated import markdown_table

INTRODUCTION: Final = f"""# Calibration of the reference firm

The strict preset at the reference firm, fitted to published figures. What counts as met was stated before the fit
(`experiments/inference/targets.py`). A distance is (outcome − middle of the band) / (half the band / {SIGMAS:g}), on the
logarithm where the band is by factor; the objective is the sum of its squares over the {len(FITTED)} fitted figures (chi-square).
All candidates meet the same customers (common random numbers). Method: differential evolution (Storn & Price 1997) over all
parameters, whole hours as whole numbers, then least squares (Branch, Coleman & Li 1999) for each combination of whole hours.

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
    ])  # fmt: skip
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
        })  # fmt: skip
    return pd.DataFrame(rows)


def markdown(
    best: Fit, fit: pd.DataFrame, parameters: pd.DataFrame, wholes: pd.DataFrame, tried: pd.DataFrame, forgetting: pd.DataFrame,
    default_runs: pd.DataFrame, figures: Sequence[str],
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
    ])  # fmt: skip


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
            _number(row["at_fit"]), _with_interval(row), f"{row['distance']:+.1f}", _bold_unless(row["verdict"], "within"),
        )
        for row in fit.to_dict("records")
    ]  # fmt: skip
    columns = ("figure", "kind", "unit", "published", "met from … to", "at the fit", "at the defaults", "distance", "verdict")
    notes = [f"- {row['figure']}: {row['note']}." for row in fit.to_dict("records") if row["note"]]
    return "\n".join([markdown_table(columns, rows), "", *notes, ""])


def _parameters(parameters: pd.DataFrame) -> str:
    rows = [
        (
            row["parameter"], _number(row["fitted"]), _range(row), f"{row['default']:g}",
            row["moves_along"] or ("–" if row["parameter"] in WHOLE else "nothing by more than a tenth"),
        )
        for row in parameters.to_dict("records")
    ]  # fmt: skip
    text = (
        f"Interval: where chi-square, with all other parameters fitted again, is at most {TOLERANCE:g} above its minimum "
        "(profile likelihood, the bands being the variance). \"Or less\", \"or more\": nothing tried beyond was worse. Moves "
        "along: what the others become from the lower to the upper end of the interval, where it is more than a tenth: a ridge "
        "of values that fit as well together. All points: profile.csv.\n"
    )
    return "\n".join([text, markdown_table(("parameter", "fitted", "interval", "default", "moves along"), rows), ""])


def _range(row: Any) -> str:
    low = f"{row['low']:.3g}" + (" or less" if row["open_below"] and row["low"] > 0 else "")
    return f"{low} to {row['high']:.3g}" + (" or more" if row["open_above"] else "")


def _wholes(wholes: pd.DataFrame) -> str:
    text = "All other parameters fitted again for each combination; bold: outside the band. All parameters: whole_hours.csv.\n"
    columns = ("selling", "desk", "chi-square", *(target.figure for target in TARGETS if target.kind != "input"))
    rows = [
        (*(f"{row[name]:g}" for name in WHOLE), f"{row['chi_square']:.1f}",
         *(_marked(row[target.figure], target.low <= row[target.figure] <= target.high) for target in TARGETS
           if target.kind != "input"))
        for row in wholes.to_dict("records")
    ]  # fmt: skip
    return "\n".join([text, markdown_table(columns, rows), ""])


def _causes(tried: pd.DataFrame) -> str:
    """Every trial's outcomes, and for each figure missed the trials in which it is met."""
    figures = [target.figure for target in TARGETS]
    marked: dict[str, dict[str, str]] = {}
    for row in tried.to_dict("records"):
        marked.setdefault(row["trial"], {})[row["figure"]] = _marked(row["outcome"], row["met"])
    rows = [(trial, *(cells[name] for name in figures)) for trial, cells in marked.items()]
    lines = [
        f"- **{figure}** is met where {trial}; then newly missed: {', '.join(left) or 'nothing'}."
        for figure, trial, left in causes.entering(tried)
    ]
    never = [name for name in figures if not tried.loc[tried["figure"] == name, "met"].any()]
    if never:
        lines.append(f"- In no trial met: {', '.join(never)}.")
    text = f"One thing is changed at the defaults (n = {tried['n'].max()} runs each); bold: outside the band.\n"
    return "\n".join([text, markdown_table(("trial", *figures), rows), "", *lines, ""])


MARKET: Final = ["variety", "ambiguity", "opportunities_per_rep_week"]


def _forgetting(table: pd.DataFrame) -> str:
    names = [column.removeprefix("won_") for column in map(str, table) if column.startswith("won_")]
    rows = [
        (
            ", ".join(f"{row[name]:g}" for name in MARKET), f"{row['forgotten_per_week']:.3g}",
            row["winner"], row["second"], f"{row['ahead']:.1f} ({row['low']:.1f} to {row['high']:.1f})",
            *(f"{row[f'won_{name}']:.0f}" for name in names),
        )
        for row in table.to_dict("records")
    ]  # fmt: skip
    same = [len(set(part["winner"])) == 1 for _, part in table.groupby(MARKET)]
    text = (
        f"Deals won of each preset (n = {table['n'].max()} paired runs), without forgetting, at the upper end of the interval of "
        f"its rate, and at one a week. The winner is the same at all rates in {sum(same)} of {len(same)} markets.\n"
    )
    columns = ("v, a, load", "forgotten per week", "winner", "second", "ahead by (95 %)", *names)
    return "\n".join([text, markdown_table(columns, rows), ""])


def _with_interval(row: Any) -> str:
    half = 0.5 * (row["high"] - row["low"])
    return _number(row["outcome"]) + (f" ± {half:.2g}" if np.isfinite(half) else "")


def _number(value: float) -> str:
    return "–" if not np.isfinite(value) else f"{value:.3g}"


def _marked(value: float, met: bool) -> str:
    return _number(value) if met else f"**{_number(value)}**"


def _bold_unless(word: str, fine: str) -> str:
    return word if word == fine else f"**{word}**"


def summary(parameters: pd.DataFrame) -> tuple[list[str], Iterable[tuple[str, ...]]]:
    """Columns and rows of the parameters for the terminal."""
    rows = [
        (row["parameter"], _number(row["fitted"]), _range(row), f"{row['default']:g}") for row in parameters.to_dict("records")
    ]
    return ["parameter", "fitted", "interval", "default"], rows
