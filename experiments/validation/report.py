"""The validation report: every quantity as a table, and the same as a page of Markdown with the figures."""

import math
from collections.abc import Sequence
from typing import Final

import pandas as pd

from experiments.validation.case import FALSE_ALARM, Finding
from experiments.validation.littles_law import Inbox

INTRODUCTION: Final = f"""# Special cases against theory

Each case is a configuration of the ordinary model, given in words; every parameter not named has the value of the plain firm
in `experiments/validation/plain.py`. *Theory* is exact by the hour where the model's hour matters, *textbook* the same
result in continuous time. A quantity *agrees* if it is no further from theory than chance explains: a true theory fails with
probability {FALSE_ALARM:g} (shares of independent events: exact binomial test; means: Student's law over independent runs, which
takes their sums to be normal), beyond an *allowance* where theory is approximate. Intervals are those of 95 %.

**What the hour does.** Customers of one hour come as a Poisson batch, and exponential efforts of mean m are geometric. The
formula of Pollaczek and Khinchine holds for such queues as it stands, with E[S²] = 2m² − m for 2m²: M/M/1 waits are shorter by
the factor 1 − 1/(2m), and fixed efforts wait as in the textbook. For several managers at one desk, and where customers leave, the
exact values are those of an hourly chain. Patience ends at the start of an hour, before work begins, so more customers leave than
by Erlang A, by an amount that falls as 1/m. In a chain of approval, what a desk lets go is nearly, but not exactly, independent
from hour to hour: the formula for whole hours has an allowance of ρ/(4(1 − ρ)) hours for each level above the first, and where
single managers follow each other bounds as far apart. All of these vanish against the textbook as efforts grow long against the
hour, as the figure "Efforts against the hour" shows.

**Work shorter than an hour.** A person works to the minute and goes from one matter to the next within the hour, but looks into
the inbox from hour to hour: what has come since the full hour waits for the next one. So a review of 12 minutes waits longer than
in M/M/1: up to an hour before it is looked at (59 minutes in the cases here, in which requests come a minute after the full hour;
half an hour if they come at any time), and then behind a whole hour's batch. The family "Work to the minute" leaves the first out
and shows the second: at a load of 0.3 twice the textbook's wait, at 0.8 a fifth more, an excess of 5 to 10 minutes.
"""


def table(findings: Sequence[Finding]) -> pd.DataFrame:
    """One row per quantity."""
    return pd.DataFrame(
        {
            "family": f.case.family,
            "case": f.case.name,
            "configuration": f.case.configuration,
            "formula": f.case.formula,
            "quantity": f.quantity.name,
            "textbook": f.quantity.textbook,
            "theory": f.quantity.theory,
            "upper_bound": f.quantity.upper,
            "allowance": f.quantity.allowance,
            "simulated": f.simulated,
            "low": f.low,
            "high": f.high,
            "standard_errors_off": f.distance,
            "runs": f.runs,
            "size": f.size,
            "verdict": "agrees" if f.agrees else "FAILS",
        }
        for f in findings
    )


def markdown(
    findings: Sequence[Finding], inboxes: Sequence[Inbox], twins: pd.DataFrame, figures: Sequence[str]
) -> str:
    """The whole report. figures: file names by family, in the order of the families; may be empty."""
    parts = [INTRODUCTION, summary(findings)]
    for i, family in enumerate(dict.fromkeys(f.case.family for f in findings)):
        parts.append(f"## {family}\n")
        if figures:
            parts.append(f"![{family}]({figures[i]})\n")
        parts += [_family([f for f in findings if f.case.family == family])]
    return "\n".join([*parts, little(inboxes), both_engines(twins)])


def summary(findings: Sequence[Finding]) -> str:
    """How many agree, and how often the 95 % intervals hold the theory: of each case one, as its quantities share their runs."""
    failing = [f"{f.case.name}: {f.quantity.name}" for f in findings if not f.agrees]
    sharp = list({id(f.case): f for f in reversed(findings) if f.is_sharp}.values())
    covering = sum(f.covers for f in sharp)
    verdict = f"**{len(findings) - len(failing)} of {len(findings)} quantities agree.**"
    if failing:
        verdict += f" Failing: {'; '.join(failing)}."
    furthest = max((f.distance for f in findings if f.is_sharp), default=math.nan)
    return (
        f"{verdict} Of the first quantities of {len(sharp)} cases, {covering} ({covering / max(1, len(sharp)):.0%}) have the "
        f"theory in their 95 % interval; of all, the furthest is {furthest:.1f} standard errors off.\n"
    )


def _family(findings: Sequence[Finding]) -> str:
    """One table, and below it what each case is."""
    lines = ["| case | quantity | textbook | theory | simulated | 95 % interval | n | verdict |"]
    lines.append("|---" * 8 + "|")
    lines += [_row(f) for f in findings]
    lines += ["", "Configurations:", ""]
    for case in dict.fromkeys(f.case for f in findings):
        lines.append(f"- **{case.name}:** {case.configuration}. Theory: {case.formula}.")
    return "\n".join([*lines, ""])


def _row(f: Finding) -> str:
    q = f.quantity
    theory = _number(q.theory) if math.isnan(q.upper) else f"{_number(q.theory)} to {_number(q.upper)}"
    theory += f" ± {_number(q.allowance)}" if q.allowance else ""
    textbook = "" if math.isnan(q.textbook) else _number(q.textbook)
    interval = f"{_number(f.low)} to {_number(f.high)}"
    verdict = "agrees" if f.agrees else "**FAILS**"
    cells = (f.case.name, q.name, textbook, theory, _number(f.simulated), interval, f"{f.size:,.0f}", verdict)
    return f"| {' | '.join(cells)} |"


def little(inboxes: Sequence[Inbox]) -> str:
    """Little's law as a table; every row must be equal to the minute."""
    equal = sum(box.minutes_counted == box.minutes_logged for box in inboxes)
    lines = [
        "## Little's law\n",
        "One run of the readable model under the blended preset. L·T: matters waiting, counted minute by minute by looking into "
        f"the inbox. λW·T: minutes waited, by the event log. Equal to the minute at {equal} of {len(inboxes)} inboxes.\n",
        "| inbox of person | matters | L·T | λW·T |",
        "|---|---|---|---|",
        *(f"| {box.resource} | {box.matters} | {box.minutes_counted:,} | {box.minutes_logged:,} |" for box in inboxes),
    ]
    return "\n".join([*lines, ""])


def both_engines(twins: pd.DataFrame) -> str:
    """How many random scenarios gave the same bytes in both engines, and where the others part."""
    if twins.empty:
        return "## Two engines\n\nNot compared in this report.\n"
    lines = [
        "## Two engines\n",
        f"The readable Mesa model and the compiled kernel ran {len(twins):,} random scenarios and regimes, drawn from the "
        f"declared bounds, extreme values included ({twins['rows'].sum():,} rows of event log; {twins['reps'].min():,} to "
        f"{twins['reps'].max():,} reps). Event log, weekly record and all measures were equal, byte for byte, in "
        f"**{twins['equal'].sum():,} of {len(twins):,}**.\n",
    ]
    for row in twins[~twins["equal"].astype(bool)].itertuples():
        place = f"tick {row.tick}, phase {row.phase}, {row.agent}, {row.field}: kernel {row.kernel}, Mesa {row.mesa}"
        lines += [f"- Scenario {row.number} differs at {place}. To replay:", "", f"```toml\n{row.replay}\n```"]
    return "\n".join([*lines, ""])


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4g}"
