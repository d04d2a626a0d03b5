"""The answer about many cells: who is best in how many and by how much, who is tied, and what the winner hangs on."""

import pandas as pd

from experiments.design.experiment import Experiment
from experiments.inference import Estimate
from experiments.report.chief import Tables, best_by, cells_are, contrast, listed, tied
from experiments.wording import naming, space

SHIFT = 0.2  # of the cells: by how much more often a regime is best at one end of a factor, to be worth a sentence


def who_wins_where(tables: Tables, experiment: Experiment, measure: str) -> str:
    """ "lean wins most deals in 186 of 729 settings (in the middle one of them by 21 [15, 27] deals over strict), ..."."""
    found = of_measure(tables, measure)
    if found.empty:
        return ""
    decided = found[found["decided"].astype(bool)]
    counts, total, noun = decided["winner"].value_counts(), len(found), cells_are(tables["cells"])
    ties = ties_in_words(found[~found["decided"].astype(bool)])
    if counts.empty:
        return f"no regime {best_by(measure)} with certainty in any of {total:,} {noun}{f'; {ties}' if ties else ''}"
    first, *others = ((str(name), int(n)) for name, n in counts.items())
    losers = [name for name in experiment.regimes if name not in counts.index]
    parts = [f"{name} in {n:,}" for name, n in others] + ([f"{listed(losers)} in none"] if losers else []) + [ties]
    lead = typical_lead(decided[decided["winner"] == first[0]], measure)
    rest = ", ".join(part for part in parts if part)
    return f"{first[0]} {best_by(measure)} in {first[1]:,} of {total:,} {noun} ({lead}){f', {rest}' if rest else ''}"


def of_measure(tables: Tables, measure: str) -> pd.DataFrame:
    """The winners by one measure, in cells where there is one."""
    if "winners" not in tables:
        return pd.DataFrame()
    table = tables["winners"]
    return table[(table["measure"] == measure) & table["winner"].notna()]


def typical_lead(rows: pd.DataFrame, measure: str) -> str:
    """The lead over the next in the middle of the cells that a regime wins, with its interval."""
    middle = rows.sort_values("lead", kind="stable").iloc[len(rows) // 2]
    by = naming.interval(measure, Estimate(2, middle["lead"], middle["low"], middle["high"]))
    where = "in the middle one of them " if len(rows) > 2 else ""
    return f"{where}by {by} over {middle['runner_up']}"


def ties_in_words(rows: pd.DataFrame) -> str:
    """How often the best two cannot be told apart, and who they are most often."""
    if rows.empty:
        return ""
    pairs = pd.Series([tied(sorted((str(row["winner"]), str(row["runner_up"])))) for row in rows.to_dict("records")])
    counts = pairs.value_counts()
    if len(counts) == 1:
        return f"{counts.index[0]} in {len(rows):,}"
    return f"tied in {len(rows):,} (most often {counts.index[0]}: {counts.iloc[0]:,})"


def effect_over_cells(tables: Tables, experiment: Experiment, measure: str) -> str:
    """Between what and what the first contrast lies over the cells, and in how many it is clear of zero."""
    if "differences" not in tables:
        return ""
    rows = tables["differences"]
    rows = rows[(rows["measure"] == measure) & (rows["regime"] != rows["baseline"]) & rows["mean"].notna()]
    if rows.empty:
        return ""
    regime, baseline = contrast(rows, experiment)
    of = rows[(rows["regime"] == regime) & (rows["baseline"] == baseline)]
    above, below = int((of["low"] > 0).sum()), int((of["high"] < 0).sum())
    return (
        f"{regime} differs from {baseline} by {naming.span(measure, of['mean'].min(), of['mean'].max())}, clearly above zero in "
        f"{above:,} of {len(of):,} {cells_are(tables['cells'])} and clearly below in {below:,}"
    )


def what_the_winner_hangs_on(tables: Tables, measure: str) -> list[str]:
    """For each factor, the regime that gains most from its lowest value to its highest; the largest shifts first."""
    found = of_measure(tables, measure)
    if found.empty or not space.is_grid(tables["cells"]):
        return []
    decided = found[found["decided"].astype(bool)].merge(tables["cells"], on="cell")
    shifts = [shift for name in space.factors(tables["cells"]) if (shift := _shift(decided, tables["cells"], name))]
    return [text for _, text in sorted(shifts, key=lambda one: -one[0])]


def _shift(decided: pd.DataFrame, cells: pd.DataFrame, name: str) -> tuple[float, str] | None:
    every = space.values(cells[name])
    ends = every[0], every[-1]
    counts = [int((cells[name] == end).sum()) for end in ends]
    shares = {
        str(regime): tuple(float((rows[name] == end).sum() / n) for end, n in zip(ends, counts, strict=True))
        for regime, rows in decided.groupby("winner", observed=True)
    }
    if not shares:
        return None
    regime = max(shares, key=lambda one: abs(shares[one][1] - shares[one][0]))
    low, high = shares[regime]
    if abs(high - low) < SHIFT:
        return None
    first, last = (naming.factor_value(name, end) for end in ends)
    words = (
        f"{regime} is best in {100 * low:.0f} % of the cells where {space.factor_in_words(name)} is "
        f"{first}, in {100 * high:.0f} % where it is {last}"
    )
    return abs(high - low), words
