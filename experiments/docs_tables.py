"""The tables of docs/model.md that follow from declarations in the code.

    python -m experiments.docs_tables

renews them in place, between `<!-- generated: NAME -->` and `<!-- end -->`. All other text is by hand.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from simulation import words
from simulation.measures import MEASURES
from simulation.model import SellingModel
from simulation.parameters import Parameter, parameters
from simulation.presets import PRESETS
from simulation.record import LOG
from simulation.record import __doc__ as record_text

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "model.md"
BLOCK: Final = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
BETTER: Final = {1: "more", -1: "less", 0: ""}


def renewed(text: str) -> str:
    """The document with every generated block as the code has it. Raises KeyError for an unknown block."""
    return BLOCK.sub(lambda block: f"{block[1]}\n{TABLES[block[2]]()}\n\n{block[3]}", text)


def tick_order() -> str:
    """The phases of a tick as a numbered list, described by the readable model's methods."""
    return "\n".join(
        f"{n}. **{phase}** (`SellingModel.{phase}_hour`): {getattr(SellingModel, f'{phase}_hour').__doc__}"
        for n, phase in enumerate(words.TICK_ORDER, 1)
    )


def parameter_table(group: str) -> str:
    """One group of parameters: meaning, unit, default, bounds, grade and source."""
    rows = (
        (f"`{p.name}`", p.meaning, p.unit, number(p.default, p.word), bounds(p), p.grade, p.source)
        for p in parameters()
        if p.group == group
    )
    return table(("parameter", "meaning", "unit", "default", "bounds", "grade", "source"), rows)


def preset_table() -> str:
    """The presets side by side, one row per parameter of a regime."""
    rows = (
        (f"`{p.name}`", *(number(getattr(preset, p.name), p.word) for preset in PRESETS.values()))
        for p in parameters()
        if p.group == "regime"
    )
    return table(("parameter", *PRESETS), rows)


def measure_table() -> str:
    """All measures with unit, meaning, and whether more or less of it is better."""
    rows = ((f"`{m.name}`", m.unit, m.meaning, BETTER[m.better]) for m in MEASURES)
    return table(("measure", "unit", "meaning", "better"), rows)


def log_columns() -> str:
    """The columns of the event log: their types, and the meanings that `simulation.record` gives."""
    _, *columns = re.findall(r"^\| ([\w, ]+?) \| (.+) \|$", record_text or "", re.MULTILINE)
    rows = (
        (", ".join(f"`{name}`" for name in names.split(", ")), str(LOG[names.split(", ")[0]]), meaning)
        for names, meaning in columns
    )
    return table(("column", "type", "meaning"), rows)


def log_codes() -> str:
    """The codes in the columns of the event log."""
    columns = {
        "activity": words.ACTIVITIES,
        "outcome": words.OUTCOMES,
        "path": words.PATHS,
        "stage": words.STAGES,
    }
    rows = (
        (f"`{column}`", ", ".join(f"{n} {word or '(none)'}" for n, word in enumerate(vocabulary)))
        for column, vocabulary in columns.items()
    )
    return table(("column", "codes"), rows)


def number(value: Any, word: str) -> str:
    """A value as it stands in a config file."""
    if isinstance(value, str):
        return value
    return word if value == float("inf") else f"{value:,.10g}"


def bounds(p: Parameter) -> str:
    """What a parameter may be."""
    if p.choices:
        return " / ".join(p.choices)
    return f"{number(p.low, '')} to {number(p.high, '')}" + (f" or {p.word}" if p.word else "")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


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
}


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    print(f"renewed {len(TABLES)} tables in {DOCUMENT.name}")
