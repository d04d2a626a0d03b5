"""The tables of docs/model.md that follow from declarations in the code, and those of README.md from results.

    python -m experiments.docs

renews them in place, between `<!-- generated: NAME -->` and `<!-- end -->`. All other text is by hand.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pandas as pd

from experiments.claims import claims_table_markdown
from experiments.report.answer import answer
from experiments.report.declared import COLUMNS, parameter_rows, preset_rows
from experiments.report.page import read_results
from experiments.report.terminal import HEADLINES, Headline
from experiments.wording.tabulated import markdown_table
from simulation import calendar, codes
from simulation.measures import MEASURES
from simulation.model import SellingModel
from simulation.presets import PRESETS
from simulation.record import LOG
from simulation.record import __doc__ as record_text

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "model.md"
README: Final = ROOT / "README.md"
REFERENCE: Final = ROOT / "results" / "three_regimes"
SHOWN: Final = (
    "won", "won_share", "no_decision_share", "no_action_share", "acted_within_week", "median_hours_to_action",
    "best_answer_share", "waited_managers_hours", "hours_per_deal_with_managers",
)  # fmt: skip
BLOCK: Final = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
BETTER: Final = {1: "more", -1: "less", 0: ""}


def renewed(text: str) -> str:
    """The document with every generated block as the code has it. Raises KeyError for an unknown block."""
    tables = {**TABLES, **README_TABLES}
    return BLOCK.sub(lambda block: f"{block[1]}\n{tables[block[2]]()}\n\n{block[3]}", text)


def tick_order() -> str:
    """The phases of a tick as a numbered list, described by the readable model's methods."""
    return "\n".join(
        f"{n}. **{phase}** (`SellingModel.{phase}_hour`): {getattr(SellingModel, f'{phase}_hour').__doc__}"
        for n, phase in enumerate(calendar.TICK_ORDER, 1)
    )


def parameter_table(group: str) -> str:
    """One group of parameters: meaning, unit, default, bounds, grade and source."""
    rows = ((f"`{name}`", *rest) for name, *rest in parameter_rows(group))
    return markdown_table(COLUMNS, rows)


def preset_table() -> str:
    """The presets side by side, one row per parameter of a regime."""
    rows = ((f"`{name}`", *rest) for name, *rest in preset_rows())
    return markdown_table(("parameter", "unit", *PRESETS), rows)


def measure_table() -> str:
    """All measures with unit, meaning, and whether more or less of it is better."""
    rows = ((f"`{m.name}`", m.unit, m.meaning, BETTER[m.better]) for m in MEASURES)
    return markdown_table(("measure", "unit", "meaning", "better"), rows)


def log_columns() -> str:
    """The columns of the event log: their types, and the meanings that `simulation.record` gives."""
    _, *columns = re.findall(r"^\| ([\w, ]+?) \| (.+) \|$", record_text or "", re.MULTILINE)
    rows = (
        (", ".join(f"`{name}`" for name in names.split(", ")), str(LOG[names.split(", ")[0]]), meaning)
        for names, meaning in columns
    )
    return markdown_table(("column", "type", "meaning"), rows)


def log_codes() -> str:
    """The codes in the columns of the event log."""
    columns = {
        "activity": codes.ACTIVITIES,
        "outcome": codes.OUTCOMES,
        "path": codes.PATHS,
        "stage": codes.STAGES,
    }
    rows = (
        (f"`{column}`", ", ".join(f"{n} {word or '(none)'}" for n, word in enumerate(vocabulary)))
        for column, vocabulary in columns.items()
    )
    return markdown_table(("column", "codes"), rows)


def headline() -> str:
    """The headline measures of the reference experiment: means with half their 95 % intervals, paired differences."""
    summary = pd.read_csv(REFERENCE / "summary.csv").set_index(["measure", "regime"])
    differences = pd.read_csv(REFERENCE / "differences.csv").set_index(["measure", "regime"])
    rows = []
    for line in (line for line in HEADLINES if line.measure in SHOWN):
        cells = []
        for regime in PRESETS:
            cell = _plus_minus(summary.loc[(line.measure, regime)], line)
            if regime != "strict":
                cell += f" ({_plus_minus(differences.loc[(line.measure, regime)], line, '+')})"
            cells.append(cell)
        rows.append((f"{line.label.lstrip('– ')}, {line.unit}", *cells))
    n = int(summary["n"].max())
    note = f"Means of n = {n} runs ± half of their 95 % intervals; in brackets the difference from strict, paired by seed."
    return f"{markdown_table(('', *PRESETS), rows)}\n\n{note}"


def _plus_minus(row: Any, line: Headline, sign: str = "") -> str:
    mean, half = row["mean"] * line.scale, (row["high"] - row["low"]) / 2 * line.scale
    return f"{mean:{sign},.{line.decimals}f} ± {half:,.{line.decimals}f}"


def targets() -> str:
    """Published figures beside what the strict preset gives at the reference firm."""
    table = pd.read_csv(REFERENCE / "targets.csv")
    rows = []
    for _, row in table.iterrows():
        half = "" if math.isnan(row.low) else f" ± {(row.high - row.low) / 2:.1f}"
        outcome = "–" if math.isnan(row.outcome) else f"{row.outcome:.1f}{half}"
        rows.append((row.figure, row.unit, str(row.target), outcome, row.kind, row.verdict, row.source))
    return markdown_table(("figure", "unit", "published", "outcome", "", "verdict", "source"), rows)


def who_wins_where() -> str:
    """The answer of the experiment who_wins_where, as its report has it."""
    found = read_results(ROOT / "results" / "who_wins_where")
    return answer(found.tables, found.experiment)


TABLES: Final[dict[str, Callable[[], str]]] = {
    "tick-order": tick_order,
    "parameters-market": lambda: parameter_table("market"),
    "parameters-organisation": lambda: parameter_table("organisation"),
    "parameters-horizon": lambda: parameter_table("horizon"),
    "parameters-regime": lambda: parameter_table("regime"),
    "presets": preset_table,
    "log-columns": log_columns,
    "log-codes": log_codes,
    "measures": measure_table,
    "targets": targets,
}
README_TABLES: Final[dict[str, Callable[[], str]]] = {
    "headline": headline,
    "targets": targets,
    "who-wins-where": who_wins_where,
    "claims": lambda: claims_table_markdown(ROOT / "results"),
}


if __name__ == "__main__":
    for path in (DOCUMENT, README):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
        print(f"renewed the tables in {path.name}")
