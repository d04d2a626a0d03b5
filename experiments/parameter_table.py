"""Tables of all inputs and measures, generated from their declarations: for the docs and for the terminal."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from simulation.parameters import Parameter, parameters
from simulation.presets import MEANINGS, PRESETS

COLUMNS = ("name", "default", "unit", "bounds", "grade", "source", "meaning")


def parameter_rows(group: str | None = None) -> list[tuple[str, ...]]:
    """One row of COLUMNS per declared input, of one group (of `simulation.parameters.GROUPS`) or of all."""
    return [
        (p.name, shown(p, p.default), p.unit, bounds(p), p.grade, p.source, p.meaning)
        for p in parameters()
        if group in (None, p.group)
    ]


def preset_rows() -> list[tuple[str, ...]]:
    """One row per input of a regime: its name, its unit, its number in each preset."""
    return [
        (p.name, p.unit, *(shown(p, getattr(regime, p.name)) for regime in PRESETS.values()))
        for p in parameters()
        if p.group == "regime"
    ]


def parameter_table_markdown(group: str | None = None) -> str:
    """All inputs as Markdown, a table per group; after the group "regime", the presets side by side."""
    parts = []
    for name in dict.fromkeys(p.group for p in parameters()):
        if group in (None, name):
            parts.append(f"### {name.capitalize()}\n\n{markdown_table(COLUMNS, parameter_rows(name))}")
    if group in (None, "regime"):
        meanings = "\n".join(f"- **{name}**: {meaning}" for name, meaning in MEANINGS.items())
        parts.append(f"### Presets\n\n{meanings}\n\n{markdown_table(('name', 'unit', *PRESETS), preset_rows())}")
    return "\n\n".join(parts) + "\n"


def measure_rows() -> list[tuple[str, ...]]:
    """One row per measure: name, unit, meaning."""
    from simulation.measures import MEASURES  # takes a second, which tables of parameters need not wait for

    return [(measure.name, measure.unit, measure.meaning) for measure in MEASURES]


def measure_table_markdown() -> str:
    """All measures as Markdown."""
    return markdown_table(("name", "unit", "meaning"), measure_rows()) + "\n"


def parameter_text(group: str | None, width: int) -> str:
    """All inputs for a terminal: a line of name, default, bounds and grade; below it meaning and (source)."""
    lines = []
    for name in dict.fromkeys(p.group for p in parameters()):
        if group in (None, name):
            lines += ["", name, *(line for row in parameter_rows(name) for line in _entry(row, width))]
    return "\n".join(lines)


def _entry(row: tuple[str, ...], width: int) -> list[str]:
    name, default, unit, limits, grade, source, meaning = row
    value = default if unit == "1" or default.startswith('"') else f"{default} {unit}"
    text = textwrap.wrap(f"{meaning} ({source})", width, initial_indent="      ", subsequent_indent="      ")
    return [f"  {name:<28}{value:<23} {limits:<23} {grade}".rstrip(), *text]


def preset_table() -> Table:
    """The presets side by side, for a terminal."""
    return terminal_table("presets", ("name", "unit", *PRESETS), preset_rows())


def measure_table() -> Table:
    """All measures, for a terminal."""
    return terminal_table("measures", ("name", "unit", "meaning"), measure_rows())


def terminal_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A plain table that folds long texts, except in the first column."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == columns[0])
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    return table


def shown(parameter: Parameter, value: Any) -> str:
    """A value as it would be written in a config file."""
    if isinstance(value, float):
        return f'"{parameter.word}"' if math.isinf(value) else f"{value:g}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def bounds(parameter: Parameter) -> str:
    """What is allowed: "0 to 1", '0 to 1 or "always"', '"a" or "b"'."""
    if parameter.choices:
        return " or ".join(f'"{choice}"' for choice in parameter.choices)
    limits = f"{parameter.low:g} to {parameter.high:g}"
    return f'{limits} or "{parameter.word}"' if parameter.word else limits


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
