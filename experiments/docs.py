"""The tables of docs/model.md that follow from declarations in the code, and those of README.md from results.

    python -m experiments.docs

renews them in place, between `<!-- generated: NAME -->` and `<!-- end -->`, and the map of markets that the lab shows. All other
text is by hand.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pandas as pd

from experiments.claims import claims_table_markdown
from experiments.inference import estimates
from experiments.report.analyses import places_table
from experiments.report.answer import answer
from experiments.report.declared import COLUMNS, parameter_rows, preset_rows
from experiments.report.page import read_results
from experiments.report.terminal import headline_text, outcome_text
from experiments.teaching import market_map
from experiments.wording import naming
from experiments.wording.analyses import factor_in_words
from experiments.wording.numbers import minus
from experiments.wording.tabulated import markdown_table
from simulation import calendar, codes
from simulation.case import __doc__ as case_text
from simulation.measures import LEAD, MEASURES
from simulation.model import SellingModel
from simulation.presets import PRESETS
from simulation.record import LOG
from simulation.record import __doc__ as record_text

ROOT: Final = Path(__file__).parents[1]
DOCUMENT: Final = ROOT / "docs" / "model.md"
README: Final = ROOT / "README.md"
REFERENCE: Final = ROOT / "results" / "three_regimes"
SHOWN: Final = (
    LEAD, "won_share", "no_decision_share", "no_action_share", "acted_within_week", "median_hours_to_action",
    "best_answer_share", "waited_managers_hours", "hours_per_deal_with_managers",
)
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


def case_fields() -> str:
    """What is stored of a case, as `simulation.case` describes it."""
    _, *fields = re.findall(r"^\| ([\w, \[\]]+?) \| (.+) \|$", case_text or "", re.MULTILINE)
    return markdown_table(("state", "meaning"), fields)


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
    means = estimates(pd.read_csv(REFERENCE / "summary.csv"))
    paired = estimates(pd.read_csv(REFERENCE / "differences.csv"))
    regimes = [name for name in PRESETS if (LEAD, name) in means]
    rows = []
    for measure in SHOWN:
        cells = []
        for regime in regimes:
            cell = headline_text(measure, means[measure, regime])
            if regime != "strict":
                cell += f" ({headline_text(measure, paired[measure, regime], '+')})"
            cells.append(cell)
        rows.append((naming.measure_axis(measure), *cells))
    n = max(one.n for one in means.values())
    note = f"Means of n = {n} runs ± half of their 95 % intervals; in brackets the difference from strict, paired by seed."
    return f"{markdown_table(('', *regimes), rows)}\n\n{note}"


def targets() -> str:
    """Published figures beside what the strict preset gives at the reference firm."""
    table = pd.read_csv(REFERENCE / "targets.csv")
    rows = []
    for row in table.to_dict("records"):
        of = (row[name] for name in ("kind", "verdict", "source"))
        rows.append((row["figure"], row["unit"], minus(str(row["target"])), outcome_text(row), *of))
    return markdown_table(("figure", "unit", "published", "outcome", "", "verdict", "source"), rows)


def turnover_of_order() -> str:
    """Where each lead in deals won passes zero as hearsay grows, market by market."""
    found = read_results(ROOT / "results" / "turnover_of_order")
    columns, rows = places_table(found.tables["turnovers"], LEAD)
    n, factor = int(found.tables["turnovers"]["n"].min()), factor_in_words(found.tables["turnovers"].to_dict("records")[0])
    note = f"Values of {factor}; in brackets 95 % intervals by bootstrap over n = {n} seeds; > and < : beyond the values run."
    return f"{markdown_table(columns, rows)}\n\n{note}"


def answer_of(experiment: str) -> str:
    """The answer of an experiment, as its report has it."""
    found = read_results(ROOT / "results" / experiment)
    return answer(found.tables, found.experiment)


TABLES: Final[dict[str, Callable[[], str]]] = {
    "case-fields": case_fields,
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
    "who-wins-where": lambda: answer_of("who_wins_where"),
    "turnover-of-order": turnover_of_order,
    "decomposition": lambda: answer_of("decomposition"),
    "assumptions": lambda: answer_of("assumptions"),
    "claims": lambda: claims_table_markdown(ROOT / "results"),
}


if __name__ == "__main__":
    for path in (DOCUMENT, README):
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
        print(f"renewed the tables in {path.name}")
    market_map.renew(ROOT / "results")
    print(f"renewed {market_map.STORED.name}")
