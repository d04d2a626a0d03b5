"""Hold-outs: published findings that nothing in the model was fitted to, and whether it has them too.

A study is mapped to arms: configurations of the ordinary model that differ in what the study compared. What the study does not
say has the reference firm's value. Each finding has a rule, written down with the mapping, of what counts as having it. Arms of a
study are run with the same seeds, so that they meet the same customers, and differences are taken run by run.
"""

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from experiments.validation.case import FALSE_ALARM, LEVEL, ratio_of_sums
from simulation.parameters import Regime, Scenario
from simulation.run import Run, simulate

PASSES: Final = "passes"
FAILS: Final = "fails"
OUTSIDE: Final = "outside the model"

Reading = Callable[[Run], tuple[float, float]]
"""How a ratio (numerator, denominator) is read off one run."""
Sums = Mapping[tuple[str, str], Any]
"""By arm and reading: float64[runs, 2]."""


class Arm(NamedTuple):
    """One side of a study's comparison."""

    scenario: Scenario
    regime: Regime


class Ours(NamedTuple):
    """What the model says to a finding."""

    value: float  # the figure compared: a share, or a difference
    low: float  # ends of its 95 % interval
    high: float
    n: float  # observations: cases, or groups, of the smaller arm
    passes: bool
    words: str = ""  # the figures behind it
    scale: float = math.nan  # of a difference: the larger of the two figures, negative if the difference should be
    number: float = math.nan  # the published number, where it is one


class Finding(NamedTuple):
    """A published finding and the rule that says whether the model has it."""

    finding: str
    published: str  # its number or sign
    rule: str
    judge: Callable[[Sums], Ours]


@dataclass(frozen=True)
class Study:
    """A publication, how it is mapped to the model, and its findings; or why it cannot be."""

    name: str  # author and year
    mapping: str
    arms: Mapping[str, Arm] = field(default_factory=dict)
    readings: Mapping[str, Reading] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    outside: str = ""  # what the model has no counterpart for, where that is all there is to say
    limits: str = ""  # what in the model makes a finding fail, written after the runs
    effort: float = 1.0  # share of the usual number of runs that is enough


class Row(NamedTuple):
    """A line of the report."""

    study: str
    finding: str
    published: str
    verdict: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: float = math.nan
    runs: int = 0
    words: str = ""
    scale: float = math.nan
    number: float = math.nan
    rule: str = ""
    mapping: str = ""
    limits: str = ""


def examine(study: Study, seeds: Iterable[int], workers: int | None = None) -> list[Row]:
    """Run a study's arms with every seed and judge its findings."""
    if study.outside:
        return [Row(study.name, f.finding, f.published, OUTSIDE, words=study.outside) for f in study.findings]
    seeds = list(seeds)
    sums = run_arms(study, seeds, workers)
    rows = []
    for finding in study.findings:
        ours = finding.judge(sums)
        verdict = PASSES if ours.passes else FAILS
        rows.append(Row(
            study.name, finding.finding, finding.published, verdict, *ours[:4], len(seeds), *ours[5:], finding.rule,
            study.mapping, study.limits,
        ))
    return rows


def run_arms(study: Study, seeds: Sequence[int], workers: int | None = None) -> dict[tuple[str, str], Any]:
    """Every reading of every arm: float64[runs, 2] by arm and reading."""
    jobs = [(name, seed) for name in study.arms for seed in seeds]

    def read(job: tuple[str, int]) -> list[tuple[float, float]]:
        arm = study.arms[job[0]]
        run = simulate(arm.scenario, arm.regime, job[1])
        return [reading(run) for reading in study.readings.values()]

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        found = np.array(list(pool.map(read, jobs)), float).reshape(len(study.arms), len(seeds), len(study.readings), 2)
    return {
        (arm, reading): found[i, :, j] for i, arm in enumerate(study.arms) for j, reading in enumerate(study.readings)
    }


# --- rules ---


def is_number(arm: str, reading: str, p: float) -> Callable[[Sums], Ours]:
    """The share of independent events is p: the exact binomial test does not refuse it at the level of the validation."""

    def judge(sums: Sums) -> Ours:
        events, size = (round(total) for total in sums[arm, reading].sum(axis=0))
        low, high = stats.binomtest(events, size).proportion_ci(LEVEL)
        tail = 2.0 * min(float(stats.binom.cdf(events, size, p)), float(stats.binom.sf(events - 1, size, p)))
        return Ours(events / size, float(low), float(high), size, tail > FALSE_ALARM, number=p)

    return judge


def within_chance_of(arm: str, reading: str, events: int, size: int) -> Callable[[Sums], Ours]:
    """The share lies within the 95 % interval (Clopper & Pearson) of the published `events` of `size`."""
    low, high = (float(end) for end in stats.binomtest(events, size).proportion_ci(LEVEL))

    def judge(sums: Sums) -> Ours:
        value, error = ratio_of_sums(sums[arm, reading])
        half = _half_width(sums[arm, reading], error)
        words = f"published interval {low:.3f} to {high:.3f}"
        n = _size(sums[arm, reading])
        return Ours(value, value - half, value + half, n, low <= value <= high, words, number=events / size)

    return judge


def more(first: tuple[str, str], second: tuple[str, str]) -> Callable[[Sums], Ours]:
    """The first arm's reading is larger: the 95 % interval of the difference lies above 0."""

    def judge(sums: Sums) -> Ours:
        ours = difference(sums, first, second)
        return ours._replace(passes=ours.low > 0.0)

    return judge


def not_more(first: tuple[str, str], second: tuple[str, str]) -> Callable[[Sums], Ours]:
    """The first is not larger: the 95 % interval of the difference does not lie above 0."""

    def judge(sums: Sums) -> Ours:
        ours = difference(sums, first, second)
        return ours._replace(passes=ours.low <= 0.0, scale=-ours.scale)

    return judge


def step_by_step(reading: str, arms: Sequence[str], rising: bool) -> Callable[[Sums], Ours]:
    """The reading rises (or falls) from each arm to the next; the figure is the difference between the last and the first."""

    def judge(sums: Sums) -> Ours:
        steps = [difference(sums, (after, reading), (before, reading)) for before, after in pairwise(arms)]
        passes = all(step.low > 0.0 if rising else step.high < 0.0 for step in steps)
        words = ", ".join(f"{arm} {_ratio(sums[arm, reading]):.3f}" for arm in arms)
        whole = difference(sums, (arms[-1], reading), (arms[0], reading))
        return whole._replace(passes=passes, words=words, scale=whole.scale if rising else -whole.scale)

    return judge


def difference(sums: Sums, first: tuple[str, str], second: tuple[str, str]) -> Ours:
    """First minus second, paired by seed: the error is that of the mean difference of the residuals X − rN."""
    residuals, ratios = [], []
    for which in (first, second):
        above, below = sums[which][:, 0], sums[which][:, 1]
        ratios.append(_ratio(sums[which]))
        residuals.append((above - ratios[-1] * below) / below.mean())
    apart = residuals[0] - residuals[1]
    half = _half_width(apart, float(apart.std(ddof=1) / math.sqrt(len(apart))))
    value = ratios[0] - ratios[1]
    names = [which[0] if first[0] != second[0] else which[1] for which in (first, second)]
    words = f"{names[0]} {ratios[0]:.3f}, {names[1]} {ratios[1]:.3f}"
    n = min(_size(sums[first]), _size(sums[second]))
    return Ours(value, value - half, value + half, n, False, words, scale=max(abs(ratio) for ratio in ratios))


def _ratio(sums: Any) -> float:
    return ratio_of_sums(sums)[0]


def _half_width(runs: Any, error: float) -> float:
    return float(stats.t.ppf(0.5 + LEVEL / 2.0, len(runs) - 1)) * error


def _size(sums: Any) -> float:
    return float(sums[:, 1].sum())


# --- the report ---


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """One line per finding."""
    return pd.DataFrame([row._asdict() for row in rows], columns=list(Row._fields))


def markdown(rows: Sequence[Row], figure: str = "") -> str:
    """The findings as a table, with the verdicts counted, and below it mappings and rules. figure: a file's name or none."""
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in (PASSES, FAILS, OUTSIDE)}
    lines = [
        "## Hold-outs\n",
        "Published findings that nothing in the model was fitted to. Each is mapped to configurations of the ordinary model; "
        "what the study does not say has the reference firm's value. Mapping and rule were written down before the runs. "
        f"**{counts[PASSES]} pass, {counts[FAILS]} fail, {counts[OUTSIDE]} are outside the model.** A finding that fails is a "
        "limit of the model, and one that is outside of it is no evidence for it either.\n",
    ]
    if figure:
        lines.append(f"![Hold-outs]({figure})\n")
    lines.append("| study | finding | published | ours | 95 % interval | n | verdict |")
    lines.append("|---" * 7 + "|")
    lines += [_line(row) for row in rows]
    lines += ["", "Mappings, reasons and rules:", ""]
    for study in dict.fromkeys(row.study for row in rows):
        own = [row for row in rows if row.study == study]
        lines.append(f"- **{study}.** {own[0].mapping or own[0].words}")
        for rule in dict.fromkeys(row.rule for row in own if row.rule):
            which = [row.finding for row in own if row.rule == rule]
            lines.append(f"    - Rule{'' if len(which) == len(own) else ' for: ' + '; '.join(which)}: {rule}.")
        if own[0].limits and any(row.verdict == FAILS for row in own):
            lines.append(f"    - What fails: {own[0].limits}")
    return "\n".join([*lines, ""])


def _line(row: Row) -> str:
    if row.verdict == OUTSIDE:
        return f"| {row.study} | {row.finding} | {row.published} | – | – | – | {OUTSIDE} |"
    ours = f"{row.value:.3g}" + (f" ({row.words})" if row.words else "")
    verdict = row.verdict if row.verdict == PASSES else f"**{row.verdict}**"
    interval = f"{row.low:.3g} to {row.high:.3g}"
    return f"| {row.study} | {row.finding} | {row.published} | {ours} | {interval} | {row.n:,.0f} | {verdict} |"
