"""What the tables `shapley` and `turnovers` say: in a sentence, and in rows for a report."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from experiments.design.experiment import Experiment, switched
from experiments.inference.shapley import FIRST, LAST, NO_SWITCH, VALUE, WHOLE
from experiments.report.chief import best_by
from experiments.wording import naming, numbers
from experiments.wording.analyses import (
    by_size,
    estimate_of,
    factor_in_words,
    lead_in_words,
    of_target,
    place_in_words,
    plus_minus,
    settings_in_words,
    target_in_words,
    with_words,
)

Tables = Mapping[str, pd.DataFrame]
MOST_NAMED: Final = 6  # changes in a sentence, the largest first


def decomposed(tables: Tables, experiment: Experiment, measure: str) -> str:
    """How much each change adds in the first setting, the largest first; "" if nothing was decomposed."""
    switches = switched(experiment)
    rows = of_target(tables["shapley"], measure) if "shapley" in tables else pd.DataFrame()
    if switches is None or rows.empty:
        return ""
    of = rows[rows["line"] == rows["line"].iloc[0]]
    adds = {name: estimate_of(of, VALUE, name) for name in by_size(of)}
    clear = [name for name, one in adds.items() if one.excludes_zero or not one.has_interval]
    names = sorted(clear, key=lambda name: -abs(adds[name].mean))[:MOST_NAMED]
    listed = ", ".join(f"{naming.lowered(name)} {plus_minus(adds[name])}" for name in names) or "nothing clear of zero"
    silent = [naming.lowered(name) for name in adds if name not in clear]
    rest = f"; not clear of zero: {', '.join(silent)}" if silent and names else ""
    setting = settings_in_words(rows)[of["line"].iloc[0]]
    where = f" ({_within_a_sentence(setting)})" if setting else ""
    what = naming.lowered(target_in_words(of))
    unit = naming.measure_unit(measure, "percentage points")
    return (
        f"from “{switches.start}” to “{switches.end}”{where}, {what} changes by {plus_minus(estimate_of(of, WHOLE))} {unit}, "
        f"of which: {listed}{rest}"
    )


def decomposed_rows(shapley: pd.DataFrame) -> list[list[str]]:
    """Setting, outcome, unit, change, and what it adds: on average, before and after all others; last the whole."""
    table, rows = with_words(shapley, {"baseline": "", "switch": NO_SWITCH}), []
    settings = settings_in_words(table)
    for _, of in table.groupby(["line", "target", "regime", "baseline"], sort=False):
        unit = naming.measure_unit(str(of["target"].iloc[0]), "pp")
        head = [settings[int(of["line"].iloc[0])], target_in_words(of), unit]
        for switch in by_size(of):
            added = [" ".join(numbers.written(estimate_of(of, index, switch))).strip() for index in (VALUE, FIRST, LAST)]
            rows.append([*head, switch, *added])
        rows.append([*head, "all together", " ".join(numbers.written(estimate_of(of, WHOLE))).strip(), "", ""])
    return rows


MOST_TOLD: Final = 2  # settings whose places are told one by one


def turned_over(tables: Tables, measure: str) -> str:
    """Where the leader at the lowest value leads all others, in each setting; "" if that was not looked for."""
    if "turnovers" not in tables:
        return ""
    rows = with_words(tables["turnovers"], {"baseline": ""})
    rows = rows[(rows["measure"] == measure) & (rows["baseline"] == "")]
    if rows.empty:
        return ""
    settings, records = settings_in_words(rows), rows.to_dict("records")
    said = f"who {best_by(measure)} as {factor_in_words(records[0])} grows"
    if len(records) > MOST_TOLD:
        return f"{said}: {'; '.join(_reaches(rows))}"
    groups: dict[str, list[str]] = {}
    for row in records:
        groups.setdefault(f"{row['regime']} {place_in_words(row)}", []).append(_within_a_sentence(settings[row["line"]]))
    ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
    return f"{said}: {'; '.join(f'{place}{_where(where, len(records))}' for place, where in ranked)}"


def _reaches(rows: pd.DataFrame) -> list[str]:
    """Of many settings: in how many each regime leads at first, and how far that reaches at the least and at the most."""
    parts = []
    for regime in rows["regime"].value_counts().index:
        of = rows[rows["regime"] == regime].sort_values("at")
        ends = list(dict.fromkeys(place_in_words(row).partition(" [")[0] for row in of.to_dict("records")))
        reach = ends[0] if len(ends) == 1 else f"{ends[0]} at the least, {ends[-1]} at the most"
        parts.append(f"{regime} in {len(of)} of {len(rows)} settings ({reach})")
    return parts


def _where(settings: list[str], n: int) -> str:
    """In which settings something holds: the one, or how many."""
    if len(settings) > 1:
        return f" in {len(settings)} of {n} settings"
    return f" ({settings[0]})" if settings[0] else ""


def places_table(turnovers: pd.DataFrame, measure: str) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of where each lead passes zero by one measure: a row per setting, a column per contrast."""
    table = with_words(turnovers, {"baseline": ""})
    table = table[table["measure"] == measure]
    settings, places = settings_in_words(table), {}
    contrasts = table[table["baseline"] != ""].drop_duplicates(["regime", "baseline"])
    leads = [lead_in_words(row) for row in contrasts.to_dict("records")]
    for row in table.to_dict("records"):
        name = lead_in_words(row) if row["baseline"] else "first"
        places[row["line"], name] = f"{row['regime']} {place_in_words(row)}" if name == "first" else place_in_words(row)
    rows = [[settings[line], *(places.get((line, name), "–") for name in (*leads, "first"))] for line in settings]
    return ["setting", *leads, "first of all"], rows


def _within_a_sentence(setting: str) -> str:
    return ", ".join(naming.lowered(part) for part in setting.split(", "))


def turnover_rows(turnovers: pd.DataFrame) -> list[list[str]]:
    """Setting, outcome, lead, where it passes zero, misfit, n."""
    table, rows = with_words(turnovers, {"baseline": ""}), []
    settings = settings_in_words(table)
    for row in table.to_dict("records"):
        measure = str(row["measure"])
        misfit = f"{numbers.number(naming.scale(measure) * row['misfit'])} {naming.measure_unit(measure, 'pp')}"
        place = place_in_words(row)
        rows.append([settings[row["line"]], naming.measure_label(measure), lead_in_words(row), place, misfit, f"{row['n']:,}"])
    return rows
