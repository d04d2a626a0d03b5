"""What decides: Morris screening and Sobol' indices of outcomes and of differences between regimes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.design.experiment import Experiment
from experiments.figures import canvas
from experiments.figures.canvas import INK
from experiments.wording import naming, numbers

MOST_TARGETS: Final = 3
MOST_FACTORS: Final = 15
NOISE: Final = "noise_share"
STRONG: Final = "#0072B2"
PALE: Final = "#9ECAE9"
FACTOR_WIDTH: Final = 34  # characters
NAMES_WIDTH: Final = 30  # characters of two regimes in one line


class Target(NamedTuple):
    """An outcome of a regime, or its difference from another regime."""

    measure: str
    regime: str
    baseline: str  # "" for a regime by itself
    indices: pd.DataFrame  # a row per factor; columns by index, e.g. S1, with (S1, "low") and the like

    def of(self, index: str, factors: Sequence[str]) -> pd.DataFrame:
        """value, low, high of one index in the order of the factors; NaN where the table has none."""
        rows = self.indices[self.indices["index"] == index].drop_duplicates("factor").set_index("factor")
        return rows[["value", "low", "high"]].astype(float).reindex(list(factors))

    @property
    def noise(self) -> float:
        """Share of the variance of the cells' means that is noise between replications, NaN if unknown."""
        rows = self.indices.loc[self.indices["index"] == NOISE, "value"]
        return float(rows.iloc[0]) if len(rows) else float("nan")


@canvas.styled
def morris(sensitivity: pd.DataFrame, experiment: Experiment) -> Figure:
    """Mean size of a factor's elementary effects (μ*, bars) and their spread (σ, diamonds); at most 15 factors.

    Columns of the table: docs/architecture.md. σ as large as μ* means that the effect depends on other factors.
    """
    targets, left_out = _targets(sensitivity, "morris")
    factors = _largest(targets, "mu_star")
    words = "Bar: by how much the outcome changes, up or down, when the factor alone goes through its whole range (μ*). Diamond: "
    words += "how much that differs from place to place (σ); as large as the bar, the effect hangs on the other factors. Noise "
    words += "share: how much of all variation over the design chance alone makes; bars are undecided where "
    words += "they are no longer than it explains."
    figure, strip, panels = _sheet("Which inputs matter at all?", words, targets, factors, left_out, experiment)
    for axes, target in zip(panels, targets, strict=True):
        factor = naming.scale(target.measure)
        _bars(axes, factor * target.of("mu_star", factors), 0.0, 0.6, STRONG)
        spread = factor * target.of("sigma", factors)["value"].to_numpy()
        axes.plot(spread, np.arange(len(factors)), "D", color="white", markeredgecolor=INK, markersize=4.5, zorder=4)
        axes.set_xlabel(canvas.filled(naming.measure_unit(target.measure, "pp"), 30))
    diamond = Line2D(
        [], [], linestyle="", marker="D", color="white", markeredgecolor=INK, markersize=4.5,
        label="how much that hangs on the rest (σ)",
    )
    canvas.legend(strip, [Patch(color=STRONG, label="size of the effect (μ*)"), diamond])
    return figure


@canvas.styled
def sobol(sensitivity: pd.DataFrame, experiment: Experiment) -> Figure:
    """Shares of the variance that a factor decides by itself (S1) and with the others (ST); at most 15 factors.

    Columns of the table: docs/architecture.md.
    """
    targets, left_out = _targets(sensitivity, "sobol")
    factors = _largest(targets, "ST")
    words = (
        "How much of all variation over the design would be gone without the factor, together with "
        "others (dark, ST), and how "
    )
    words += "much goes back to it alone (pale, S1). Dashed: what chance alone makes (noise share); a dark "
    words += "bar below it cannot be told from none."
    figure, strip, panels = _sheet("Which inputs decide the outcome?", words, targets, factors, left_out, experiment)
    for axes, target in zip(panels, targets, strict=True):
        _bars(axes, 100 * target.of("S1", factors), -0.2, 0.36, PALE)
        _bars(axes, 100 * target.of("ST", factors), 0.2, 0.36, STRONG)
        axes.axvline(100 * target.noise, color=INK, linestyle=canvas.SHORT_DASHES, linewidth=1, zorder=4)
        axes.set_xlabel("% of the variance")
    keys = [Patch(color=PALE, label="by itself (S1)"), Patch(color=STRONG, label="with the others (ST)")]
    noise = Line2D([], [], color=INK, linestyle=canvas.SHORT_DASHES, linewidth=1, label="chance alone (noise share)")
    canvas.legend(strip, [*keys, noise])
    return figure


def _targets(sensitivity: pd.DataFrame, analysis: str) -> tuple[list[Target], str]:
    """What is drawn, differences between regimes first, and what to say about the rest."""
    rows = sensitivity[sensitivity["analysis"] == analysis].fillna({"baseline": "", "factor": ""})
    groups = rows.groupby(["target", "regime", "baseline"], sort=False)
    every = [Target(str(measure), str(regime), str(base), part) for (measure, regime, base), part in groups]
    every.sort(key=lambda target: not target.baseline)
    left_out = len(every) - MOST_TARGETS
    text = f"Shown are {MOST_TARGETS} of {len(every)} outcomes; the others are in the table of sensitivity."
    return every[:MOST_TARGETS], text if left_out > 0 else ""


def _largest(targets: Sequence[Target], index: str) -> list[str]:
    """The factors with the largest value relative to the largest of any target, the largest first."""
    size: dict[str, float] = {}
    for target in targets:
        names = [name for name in dict.fromkeys(target.indices["factor"]) if name]
        found = target.of(index, names)["value"].abs()
        for name, value in (found / (found.max() or 1.0)).fillna(0).items():
            size[str(name)] = max(size.get(str(name), 0.0), float(value))
    return sorted(size, key=lambda name: -size[name])[:MOST_FACTORS]


def _sheet(
    title: str, words: str, targets: Sequence[Target], factors: Sequence[str], left_out: str, experiment: Experiment
) -> tuple[Figure, Axes, list[Axes]]:
    """Figure, legend's strip and a panel per target with the factors' names at the left."""
    caption = (f"{_about(targets, factors)} {words} {left_out}".strip(), f"Experiment: {experiment.title}")
    figure = canvas.sheet(2.7 + 0.34 * max(len(factors), 1), title, caption)
    strip, panels = canvas.below_legend(figure, max(len(targets), 1), max(len(targets), 1), share_y=True)
    names = canvas.short_names(experiment.regimes, 20, lines=1)
    for axes, target in zip(panels, targets, strict=False):
        who = names.get(target.regime, target.regime)
        if target.baseline:
            other = names.get(target.baseline, target.baseline)
            who += f" − {other}" if len(who) + len(other) < NAMES_WIDTH else f" −\n{other}"
        noise = f"\nchance alone {100 * target.noise:.1f} %" if np.isfinite(target.noise) else ""
        axes.set_title(f"{canvas.filled(naming.measure_label(target.measure), 34)}\n{who}{noise}", fontsize=8)
        axes.grid(axis="x")
        axes.locator_params(axis="x", nbins=5)
    if not targets:
        canvas.note(panels[0], "No data")
        return figure, strip, []
    labels = [canvas.filled(naming.factor_label(name, with_unit=False), FACTOR_WIDTH) for name in factors]
    panels[0].set_yticks(range(len(factors)), labels, fontsize=7.5)
    panels[0].set_ylim(len(factors) - 0.5, -0.5)
    return figure, strip, panels


def _about(targets: Sequence[Target], factors: Sequence[str]) -> str:
    """n, intervals and how many factors there are."""
    rows = pd.concat([target.indices for target in targets]) if targets else pd.DataFrame({"n": [0], "low": [np.nan]})
    shown = bool(rows["low"].notna().any())
    n = numbers.runs(rows["n"].dropna().astype(int)).replace(" per regime", " behind each target")
    names = {name for target in targets for name in target.indices["factor"] if name}
    some = f" The {len(factors)} largest of {len(names)} factors." if len(names) > len(factors) else ""
    return f"{n}. {numbers.uncertainty('Whiskers', 'the indices', shown)}{some}"


def _bars(axes: Axes, of: pd.DataFrame, shift: float, height: float, colour: str) -> None:
    places = np.arange(len(of)) + shift
    value, low, high = (of[name].to_numpy() for name in ("value", "low", "high"))
    axes.barh(places, value, height, color=colour, zorder=2)
    axes.hlines(places, low, high, color=INK, linewidth=1, zorder=3)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=3)
    if not np.isfinite(value).any():
        axes.set_xlim(0, 1)
    for place in places[~np.isfinite(value)]:
        canvas.write(axes, 0, place, " undefined", size=6.5, color=canvas.FAINT)
