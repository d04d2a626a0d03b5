"""Tables of all inputs and measures, generated from their declarations: for the docs and for the terminal."""

import textwrap

from rich.table import Table

from experiments.wording.tabulated import markdown_table, terminal_table
from simulation.parameters import parameters
from simulation.presets import MEANINGS, PRESETS

COLUMNS = ("name", "default", "unit", "bounds", "grade", "source", "meaning")


def parameter_rows(group: str | None = None) -> list[tuple[str, ...]]:
    """One row of COLUMNS per declared input, of one group (of `simulation.parameters.GROUPS`) or of all."""
    return [
        (p.name, p.shown(p.default), p.unit, p.bounds, p.grade, p.source, p.meaning)
        for p in parameters()
        if group in (None, p.group)
    ]


def preset_rows() -> list[tuple[str, ...]]:
    """One row per input of a regime: its name, its unit, its number in each preset."""
    return [
        (p.name, p.unit, *(p.shown(getattr(regime, p.name)) for regime in PRESETS.values()))
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
    head = f"  {name:<28}{value:<23}"
    line = f"{head} {limits:<23} {grade}".rstrip()
    return [*([line] if len(line) <= width else [head.rstrip(), f"      {limits}  {grade}"]), *text]


def preset_table() -> Table:
    """The presets side by side, for a terminal."""
    return terminal_table("presets", ("name", "unit", *PRESETS), preset_rows())


def measure_table() -> Table:
    """All measures, for a terminal."""
    return terminal_table("measures", ("name", "unit", "meaning"), measure_rows())
